package evtx

import (
	"encoding/binary"
	"slices"
)

// Limits on the work that one record or one chunk may ask for.
const (
	maxLevels     = 64                     // template instances within one another
	maxValues     = 4096                   // values of one instance
	maxFields     = 16384                  // fields of one record
	maxText       = 1 << 20                // bytes behind the fields of one record
	maxScratch    = 1 << 18                // bytes of joined and literal text of one record
	workPerChunk  = ChunkSize / 1024 << 16 // operations
	definitionMin = 24                     // next, GUID, size
)

// value locates one value of an instance in the chunk.
type value struct {
	off  uint32
	size uint16
	typ  Type
}

// null reports whether a value counts as missing: its type says so, whatever
// room it takes, or there are no bytes where the type needs some. An empty
// string is not missing.
func (v value) null() bool {
	return v.typ == TypeNull || v.size == 0 && !v.typ.text()
}

// descriptors checks the head of the instance at pos and returns the offset of
// its definition, the number of values and the offset of their descriptors.
func descriptors(b []byte, pos, end int) (def, n, at int, r Reason) {
	le := binary.LittleEndian
	if end-pos < 14 {
		return 0, 0, 0, ReasonTruncated
	}
	def = offset(b, pos+6)
	at = pos + 10
	if def == at {
		if end-at < definitionMin+4 {
			return 0, 0, 0, ReasonTruncated
		}
		size := offset(b, at+20)
		if size > end-at-definitionMin-4 {
			return 0, 0, 0, ReasonDefinition
		}
		at += definitionMin + size
	} else if def < recordsStart || def > pos-definitionMin {
		return 0, 0, 0, ReasonDefinition
	}
	if le.Uint32(b[def+4:]) != le.Uint32(b[pos+2:]) {
		return 0, 0, 0, ReasonTemplateID
	}
	count := le.Uint32(b[at:])
	at += 4
	if count > maxValues || 4*int(count) > end-at {
		return 0, 0, 0, ReasonValueCount
	}
	return def, int(count), at, ""
}

// skipInstance returns the offset behind the instance at pos.
func skipInstance(b []byte, pos, end int) (int, Reason) {
	_, n, at, r := descriptors(b, pos, end)
	if r != "" {
		return pos, r
	}
	next := at + 4*n
	for ; n > 0; n-- {
		next += int(binary.LittleEndian.Uint16(b[at:]))
		at += 4
	}
	if next > end {
		return pos, ReasonValueOverflow
	}
	return next, ""
}

// maxPadding is what may follow the content of a record or of an embedded
// value. It is not always zero, and it is too short for any content.
const maxPadding = 8

// fragments reads the binary XML from pos to end, one fragment or several, and
// puts its fields under parent.
func (d *Decoder) fragments(pos, end int, parent *Path, level int) Reason {
	if level > maxLevels {
		return ReasonDepth
	}
	b := d.b
	for {
		for pos+4 <= end && b[pos] == byteFragment {
			pos += 4
		}
		if pos >= end {
			return ""
		}
		var r Reason
		if b[pos] == byteInstance {
			pos, r = d.instance(pos, end, parent, level)
		} else {
			pos, r = d.direct(pos, end, parent, level)
		}
		if r != "" {
			return r
		}
		if end-pos <= maxPadding {
			return ""
		}
		if b[pos] == byteEnd {
			pos++
		}
		switch b[pos] &^ flagMore {
		case byteFragment, byteInstance, byteOpen:
		default:
			return ""
		}
	}
}

// direct reads elements that stand in the record itself, without a template.
// They are compiled into a scratch template that lives as long as the record.
func (d *Decoder) direct(pos, end int, parent *Path, level int) (int, Reason) {
	next, r := d.lex.lex(pos, end, false)
	if r != "" && r != ReasonBudget {
		// Some forwarders write dependency ids here all the same.
		var again Reason
		if next, again = d.lex.lex(pos, end, true); again != "" {
			return pos, r
		}
		r = ""
	}
	if r != "" {
		return pos, r
	}
	t := d.scratchTemplate(level)
	t.text = d.text // literals join the record's text, where they may stay
	if r = d.compiler.compile(t, parent, false); r != "" {
		return pos, r
	}
	if d.text = t.text; len(d.text) > maxScratch {
		return pos, ReasonTooMuchText
	}
	return next, d.run(t, nil, level)
}

// scratchTemplate returns an empty template for the given level. A level is in
// use at most once at a time: what it contains lies one level deeper.
func (d *Decoder) scratchTemplate(level int) *template {
	for len(d.scratch) <= level {
		d.scratch = append(d.scratch, new(template))
	}
	t := d.scratch[level]
	t.ops = t.ops[:0]
	return t
}

// instance reads the template instance at pos and returns the offset behind it.
func (d *Decoder) instance(pos, end int, parent *Path, level int) (int, Reason) {
	b := d.b
	def, n, at, r := descriptors(b, pos, end)
	if r != "" {
		return pos, r
	}
	base := len(d.values)
	if base+n > cap(d.values) {
		grown := make([]value, base, 2*(base+n))
		copy(grown, d.values)
		d.values = grown
	}
	d.values = d.values[:base+n]
	values := d.values[base : base+n : base+n]
	heads := b[at : at+4*n]
	off := uint32(at + 4*n)
	for i := range values {
		x := binary.LittleEndian.Uint32(heads[4*i:])
		values[i] = value{off: off, size: uint16(x), typ: Type(x >> 16)}
		off += x & 0xFFFF
	}
	if int(off) > end {
		r = ReasonValueOverflow
	} else {
		var t *template
		if t, r = d.definition(def, parent); r == "" {
			r = d.run(t, values, level)
		}
	}
	d.values = d.values[:base]
	return int(off), r
}

// compiled remembers for the current chunk what a definition was compiled to.
type compiled struct {
	chunk  uint64 // serial number of the chunk, 0 for an unused entry
	def    uint32
	parent *Path
	t      *template
}

const (
	compiledBits  = 9
	compiledProbe = 8
)

// definition returns the compiled form of the definition at offset def, from
// this chunk's table, from the shared cache, or by compiling it.
func (d *Decoder) definition(def int, parent *Path) (*template, Reason) {
	h := (uint32(def)*0x9E3779B1 ^ uint32(parent.ID)*0x85EBCA6B) >> (32 - compiledBits)
	free := h
	for i := range uint32(compiledProbe) {
		e := &d.compiled[(h+i)%(1<<compiledBits)]
		if e.chunk != d.serial {
			free = (h + i) % (1 << compiledBits)
			break
		}
		if e.def == uint32(def) && e.parent == parent {
			return e.t, ""
		}
	}
	t, r := d.define(def, parent)
	if r == "" {
		d.compiled[free] = compiled{d.serial, uint32(def), parent, t}
	}
	return t, r
}

// define finds or compiles the definition at offset def.
func (d *Decoder) define(def int, parent *Path) (*template, Reason) {
	b := d.b
	size := offset(b, def+20)
	start := def + definitionMin
	if size > len(b)-start {
		return nil, ReasonDefinition
	}
	dependencies := true
	if _, r := d.lex.lex(start, start+size, true); r != "" {
		if r == ReasonBudget {
			return nil, r
		}
		if _, again := d.lex.lex(start, start+size, false); again != "" {
			return nil, r
		}
		for _, t := range d.lex.tokens {
			if t.kind == tokInstance {
				return nil, ReasonNested
			}
		}
		dependencies = false
	}
	d.content = d.lex.content(d.content[:0])
	if d.budget -= len(d.content) / 16; d.budget < 0 {
		return nil, ReasonBudget
	}
	if t := d.cache.template(parent, d.content); t != nil {
		return t, ""
	}
	t := new(template)
	if r := d.compiler.compile(t, parent, dependencies); r != "" {
		return nil, r
	}
	return d.cache.keep(parent, d.content, t), ""
}

// run carries out the operations of a template on the values of an instance.
func (d *Decoder) run(t *template, values []value, level int) Reason {
	ops := t.ops
	if d.budget -= len(ops); d.budget < 0 {
		return ReasonBudget
	}
	var dyn *Path
	for i := 0; i < len(ops); i++ {
		o := &ops[i]
		path := o.path
		if path == nil {
			path = dyn
		}
		switch o.code {
		case opValue:
			var v value
			if int(o.index) < len(values) {
				v = values[o.index]
			}
			if v.size > 0 && v.typ-1 < TypeBinXML-1 { // neither null nor special
				d.put(path, v.typ, d.b[v.off:v.off+uint32(v.size)])
				continue
			}
			if v.null() {
				if !o.optional && path.depth > depthSection {
					d.put(path, TypeNull, nil)
				}
				continue
			}
			if r := d.special(path, v, level); r != "" {
				return r
			}
		case opLiteral:
			d.put(path, TypeUTF8, t.text[o.lo:o.hi])
		case opSkip:
			if int(o.index) >= len(values) || values[o.index].null() {
				i += int(o.n)
			}
		case opEmpty:
			d.put(path, TypeNull, nil)
		case opConcat:
			if r := d.concat(t, ops[i+1:i+1+int(o.n)], path, values, level); r != "" {
				return r
			}
			i += int(o.n)
		case opLabel:
			var r Reason
			if dyn, r = d.relabel(path, o.index, values); r != "" {
				return r
			}
		case opInstance:
			if level >= maxLevels {
				return ReasonDepth
			}
			if _, r := d.instance(int(o.lo), len(d.b), path, level+1); r != "" {
				return r
			}
		}
	}
	return d.excess
}

// special puts a value that is not a plain scalar: binary XML, an array, empty
// text or something unknown.
func (d *Decoder) special(path *Path, v value, level int) Reason {
	raw := d.b[v.off : v.off+uint32(v.size)]
	switch {
	case v.typ == TypeBinXML && !path.Attribute:
		return d.fragments(int(v.off), int(v.off)+int(v.size), path, level+1)
	case v.typ.array():
		item := v.typ.item()
		if d.budget -= len(raw) / 2; d.budget < 0 {
			return ReasonBudget
		}
		for len(raw) > 0 && d.excess == "" {
			n, skip := itemSize(item, raw)
			d.put(path, item, raw[:n])
			raw = raw[n+skip:]
		}
		return d.excess
	}
	d.put(path, v.typ, raw)
	return ""
}

// concat joins pieces of text and values into one field. Embedded binary XML
// among them is read in its place.
func (d *Decoder) concat(t *template, pieces []op, path *Path, values []value, level int) Reason {
	start, any := len(d.text), false
	for k := range pieces {
		o := &pieces[k]
		if o.code == opPiece {
			d.text = append(d.text, t.text[o.lo:o.hi]...)
			any = true
		} else if int(o.index) < len(values) && !values[o.index].null() {
			v := values[o.index]
			raw := d.b[v.off : v.off+uint32(v.size)]
			switch {
			case v.typ == TypeBinXML && !path.Attribute:
				d.putJoined(start, any, path)
				if r := d.fragments(int(v.off), int(v.off)+int(v.size), path, level+1); r != "" {
					return r
				}
				start, any = len(d.text), false
				continue
			case v.typ.array():
				item := v.typ.item()
				for first := true; len(raw) > 0; first = false {
					if !first {
						d.text = append(d.text, ',')
					}
					n, skip := itemSize(item, raw)
					d.text = appendValue(d.text, item, raw[:n])
					raw = raw[n+skip:]
				}
			default:
				d.text = appendValue(d.text, v.typ, raw)
			}
			any = true
		}
		if len(d.text) > maxScratch {
			return ReasonTooMuchText
		}
		if d.budget -= 1 + (len(d.text)-start)/16; d.budget < 0 {
			return ReasonBudget
		}
	}
	d.putJoined(start, any, path)
	return d.excess
}

// putJoined puts the text joined since start, if there is any.
func (d *Decoder) putJoined(start int, any bool, path *Path) {
	if any {
		d.put(path, TypeUTF8, d.text[start:len(d.text):len(d.text)])
	}
}

// relabel returns the path of a Data element that has its name from a value.
func (d *Decoder) relabel(path *Path, index uint16, values []value) (*Path, Reason) {
	if int(index) >= len(values) || values[index].null() {
		return path, ""
	}
	v := values[index]
	if int(v.size) > 2*maxNameUnits {
		return nil, ReasonName
	}
	d.label = appendValue(d.label[:0], v.typ, d.b[v.off:v.off+uint32(v.size)])
	p := d.cache.path(path.Parent, []byte(path.Element), d.label, false)
	if p == nil {
		return nil, ReasonPathTooLong
	}
	return p, ""
}

// put adds a field. It must stay cheap: it runs once for every field there is.
func (d *Decoder) put(path *Path, typ Type, raw []byte) {
	n := len(d.fields)
	if d.textLeft -= len(raw); d.textLeft < 0 || n >= maxFields {
		d.excess = ReasonTooMuchText
		if n >= maxFields {
			d.excess = ReasonTooManyFields
		}
		return
	}
	if n == cap(d.fields) {
		d.fields = slices.Grow(d.fields, max(64, n))
	}
	d.fields = d.fields[:n+1]
	f := &d.fields[n]
	f.Path, f.Raw, f.Type, f.Damaged, f.Index = path, raw, typ, false, 0
	if int(widths[typ]) != len(raw) && !fits(typ, raw) {
		f.Damaged = true
		d.badValues++
	}
	if path.noted {
		d.mark(path, f)
	}
}

// mark remembers a field that callers ask for first, and numbers unnamed ones.
func (d *Decoder) mark(path *Path, f *Field) {
	if path.slot != slotNone && d.slots[path.slot] == 0 {
		d.slots[path.slot] = int32(len(d.fields))
	}
	if path.unnamed {
		f.Index = d.unnamed
		d.unnamed++
	}
}
