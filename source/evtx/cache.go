package evtx

import (
	"encoding/binary"
	"sync"
)

// Bounds of a Cache. Ordinary logs of a whole domain need some hundred
// templates and some thousand paths; only hostile input comes near these.
const (
	maxTemplates     = 16384
	maxTemplateBytes = 64 << 20
	maxPaths         = 65536
	maxPathTotal     = 16 << 20
)

// Cache holds what is worth keeping from chunk to chunk and from file to file:
// compiled templates by their content, and interned paths. It is safe for
// concurrent use and meant to be shared by all Decoders of a process. It is
// bounded: once full it keeps what it has, and what does not fit is made anew
// for each chunk. Use NewCache.
type Cache struct {
	mu            sync.RWMutex
	templates     map[templateKey]*template
	templateBytes int
	paths         map[pathKey]*Path
	byID          []*Path
	pathBytes     int
	root          *Path
}

// templateKey is the content of a definition with all names written out, and
// the place where an instance of it is put. Comparing content rather than ids
// matters: ids of different templates do coincide.
type templateKey struct {
	parent  *Path
	content string
}

type pathKey struct {
	parent    *Path
	element   string
	label     string
	attribute bool
}

// NewCache returns an empty Cache.
func NewCache() *Cache {
	c := &Cache{
		templates: make(map[templateKey]*template),
		paths:     make(map[pathKey]*Path),
		root:      new(Path),
	}
	c.byID = append(c.byID, c.root)
	return c
}

// Paths returns the number of paths interned so far; their ids lie below it.
func (c *Cache) Paths() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.byID)
}

// Path returns the path with the given id, or nil if there is none yet.
func (c *Cache) Path(id int) *Path {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if id < 0 || id >= len(c.byID) {
		return nil
	}
	return c.byID[id]
}

// Templates returns the number of compiled templates held.
func (c *Cache) Templates() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.templates)
}

// path returns the interned child of parent, or a private one where the cache
// is full, or nil where the path would be too long.
func (c *Cache) path(parent *Path, element, label []byte, attribute bool) *Path {
	if parent.ID >= 0 {
		c.mu.RLock()
		p := c.paths[pathKey{parent, string(element), string(label), attribute}]
		c.mu.RUnlock()
		if p != nil {
			return p
		}
	}
	p := newPath(parent, string(element), string(label), attribute)
	if p == nil || parent.ID < 0 {
		return p
	}
	key := pathKey{parent, p.Element, p.Label, attribute}
	size := len(p.Name) + len(p.Element) + len(p.Label)
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.paths[key]; other != nil {
		return other
	}
	if len(c.byID) >= maxPaths || c.pathBytes+size > maxPathTotal {
		return p
	}
	p.ID = len(c.byID)
	c.byID = append(c.byID, p)
	c.paths[key] = p
	c.pathBytes += size
	return p
}

// template returns the compiled form of a definition, or nil.
func (c *Cache) template(parent *Path, content []byte) *template {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.templates[templateKey{parent, string(content)}]
}

// keep stores a compiled template if there is room, and returns the one to use:
// another worker may have been first.
func (c *Cache) keep(parent *Path, content []byte, t *template) *template {
	if parent.ID < 0 {
		return t
	}
	size := len(content) + t.size()
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.templates[templateKey{parent, string(content)}]; other != nil {
		return other
	}
	if len(c.templates) < maxTemplates && c.templateBytes+size <= maxTemplateBytes {
		c.templates[templateKey{parent, string(content)}] = t
		c.templateBytes += size
	}
	return t
}

// pathTable is a worker's own table of recent paths. It needs no lock and no
// decoded names, and a miss costs a question to the shared cache.
type pathTable struct {
	cache       *Cache
	name, label []byte // scratch
	entries     [1 << pathBits]pathEntry
}

// pathEntry is a path under what it was asked by: names as they stand in the
// chunk, the label right behind the element.
type pathEntry struct {
	parent    *Path
	path      *Path
	raw       []byte
	split     int // length of the element
	attribute bool
}

const pathBits = 10

// get returns the child of parent, or nil where the path would be too long.
func (t *pathTable) get(parent *Path, element, label []byte, attribute bool) *Path {
	h := uint64(parent.ID)<<32 ^ uint64(len(element))<<16 ^ uint64(len(label))
	for _, b := range [2][]byte{element, label} {
		if n := len(b); n >= 8 {
			h = h*0x9E3779B97F4A7C15 ^ binary.LittleEndian.Uint64(b) ^ binary.LittleEndian.Uint64(b[n-8:])<<7
		}
	}
	h *= 0x9E3779B97F4A7C15
	e := &t.entries[(h^h>>29)*0xBF58476D1CE4E5B9>>(64-pathBits)]
	if e.parent == parent && e.attribute == attribute && e.split == len(element) &&
		len(e.raw) == len(element)+len(label) &&
		string(e.raw[:e.split]) == string(element) && string(e.raw[e.split:]) == string(label) {
		return e.path
	}
	t.name = appendUTF16(t.name[:0], element)
	t.label = appendUTF16(t.label[:0], label)
	p := t.cache.path(parent, t.name, t.label, attribute)
	if p != nil && p.ID >= 0 {
		*e = pathEntry{parent, p, append(append(e.raw[:0], element...), label...), len(element), attribute}
	}
	return p
}
