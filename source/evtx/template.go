package evtx

import "unsafe"

// opcode says what an operation of a compiled template does.
type opcode uint8

const (
	opLiteral  opcode = iota // a field with text from the template
	opValue                  // a field, or several, from value index
	opEmpty                  // an empty field
	opConcat                 // a field joined from the n pieces that follow
	opPiece                  // piece: text from the template
	opPart                   // piece: value index
	opSkip                   // jump by n operations if value index is null
	opLabel                  // value index is the name of the Data element that follows
	opInstance               // a template instance at chunk offset lo
)

// op is one operation. A nil path means the Data element named by the last
// opLabel. lo and hi bound a literal in the template's text.
type op struct {
	path     *Path
	code     opcode
	optional bool // leave the field out if the value is null
	index    uint16
	n        uint32
	lo, hi   uint32
}

// template is a definition compiled for one place in the event. It refers to
// nothing in the chunk it came from, unless it has opInstance, and is immutable
// once it is in a Cache.
type template struct {
	ops  []op
	text []byte // literals, UTF-8
}

func (t *template) size() int {
	return len(t.ops)*int(unsafe.Sizeof(op{})) + len(t.text)
}

// frame is an element being compiled.
type frame struct {
	path  *Path
	skip  int  // index of its opSkip, or -1
	child bool // has child elements
	full  bool // has content or attributes that make fields
}

// compiler turns tokens into operations. Its buffers are reused.
type compiler struct {
	lex    *lexer
	paths  *pathTable
	frames []frame
	name   []byte // scratch: a decoded name
	label  []byte // scratch: a decoded label
	t      *template
}

// compile appends to t the operations of the tokens in c.lex, to be put under
// parent. values says whether there are values for dependencies to ask about.
func (c *compiler) compile(t *template, parent *Path, values bool) Reason {
	c.t = t
	c.frames = append(c.frames[:0], frame{path: parent, skip: -1, full: true})
	toks := c.lex.tokens
	for i := 0; i < len(toks); {
		switch tok := toks[i]; tok.kind {
		case tokOpen:
			next, r := c.start(i, values)
			if r != "" {
				return r
			}
			i = next
		case tokEnd:
			c.finish()
			i++
		case tokInstance:
			top := &c.frames[len(c.frames)-1]
			top.full = true
			t.ops = append(t.ops, op{code: opInstance, path: top.path, lo: tok.at})
			i++
		case tokText, tokChar, tokEntity, tokValue, tokOptional:
			j := i + 1
			for j < len(toks) && toks[j].kind.piece() {
				j++
			}
			top := &c.frames[len(c.frames)-1]
			inside := top.child || j < len(toks) && toks[j].kind == tokOpen
			if !inside || !c.blank(i, j) {
				top.full = true
				c.pieces(i, j, top.path)
			}
			i = j
		default:
			i++
		}
	}
	return ""
}

// start compiles the start tag at token i and returns the token behind it.
func (c *compiler) start(i int, values bool) (int, Reason) {
	toks := c.lex.tokens
	tok := toks[i]
	above := &c.frames[len(c.frames)-1]
	above.child = true
	parent := above.path
	name := c.raw(tok)

	// The Name of a Data element is no attribute but the name of the field.
	labelAt, from, to := -1, 0, 0
	if (string(name) == rawData || string(name) == rawComplexData) && parent.Section != "System" {
		labelAt, from, to = c.findLabel(i)
	}
	variable := 0
	for _, p := range toks[from:to] {
		if p.kind == tokValue || p.kind == tokOptional {
			variable++
		}
	}
	dynamic := variable == 1 && to == from+1 && c.leaf(i)
	if variable > 0 {
		from, to = 0, 0
		if !dynamic {
			labelAt = -1
		}
	}

	f := frame{skip: -1}
	// A record without EventData is an event all the same: the root stays even
	// if the value it names is null.
	if values && tok.index != noDependency && parent.depth > 0 {
		f.skip = len(c.t.ops)
		c.t.ops = append(c.t.ops, op{code: opSkip, index: tok.index})
	}
	own := c.path(parent, name, toks[from:to])
	if own == nil {
		return i, ReasonPathTooLong
	}
	if f.path = own; dynamic {
		f.path = nil
		c.t.ops = append(c.t.ops, op{code: opLabel, path: own, index: toks[labelAt+1].index})
	}
	for i++; i < len(toks) && toks[i].kind == tokAttribute; {
		j := i + 1
		for j < len(toks) && toks[j].kind.piece() {
			j++
		}
		if name := c.raw(toks[i]); i != labelAt && !namespace(name) {
			p := c.paths.get(own, name, nil, true)
			if p == nil {
				return i, ReasonPathTooLong
			}
			f.full = true
			c.pieces(i+1, j, p)
		}
		i = j
	}
	c.frames = append(c.frames, f)
	return i, ""
}

// finish compiles the end of the innermost element.
func (c *compiler) finish() {
	top := len(c.frames) - 1
	if top == 0 {
		return
	}
	f := &c.frames[top]
	if !f.child && !f.full && (f.path == nil || f.path.depth >= depthItem && f.path.Section != "System") {
		c.t.ops = append(c.t.ops, op{code: opEmpty, path: f.path})
	}
	if f.skip >= 0 {
		c.t.ops[f.skip].n = uint32(len(c.t.ops) - f.skip - 1)
	}
	c.frames = c.frames[:top]
}

// pieces compiles the character data in tokens i to j as one field of path.
func (c *compiler) pieces(i, j int, path *Path) {
	toks, t := c.lex.tokens[i:j], c.t
	variable := 0
	for _, p := range toks {
		if p.kind == tokValue || p.kind == tokOptional {
			variable++
		}
	}
	switch {
	case variable == 0:
		lo := len(t.text)
		for _, p := range toks {
			t.text = c.decode(t.text, p)
		}
		t.ops = append(t.ops, op{code: opLiteral, path: path, lo: uint32(lo), hi: uint32(len(t.text))})
	case len(toks) == 1:
		t.ops = append(t.ops, op{code: opValue, path: path, index: toks[0].index, optional: toks[0].kind == tokOptional})
	default:
		t.ops = append(t.ops, op{code: opConcat, path: path, n: uint32(len(toks))})
		for _, p := range toks {
			if p.kind == tokValue || p.kind == tokOptional {
				t.ops = append(t.ops, op{code: opPart, path: path, index: p.index})
				continue
			}
			lo := len(t.text)
			t.text = c.decode(t.text, p)
			t.ops = append(t.ops, op{code: opPiece, path: path, lo: uint32(lo), hi: uint32(len(t.text))})
		}
	}
}

// decode appends the text of a name or a literal piece.
func (c *compiler) decode(dst []byte, t token) []byte {
	switch t.kind {
	case tokChar:
		return appendUTF16(dst, []byte{byte(t.index), byte(t.index >> 8)})
	case tokEntity:
		dst = append(dst, '&')
		dst = appendUTF16(dst, c.lex.b[t.at:t.at+t.size])
		return append(dst, ';')
	}
	return appendUTF16(dst, c.lex.b[t.at:t.at+t.size])
}

// blank reports whether tokens i to j are white space only.
func (c *compiler) blank(i, j int) bool {
	for _, t := range c.lex.tokens[i:j] {
		switch t.kind {
		case tokText:
			b := c.lex.b[t.at : t.at+t.size]
			for k := 0; k+1 < len(b); k += 2 {
				if b[k+1] != 0 || !isBlank(b[k]) {
					return false
				}
			}
		case tokChar:
			if t.index > 0xFF || !isBlank(byte(t.index)) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// findLabel returns the Name attribute of the element at token i, or -1, and
// the attribute's pieces.
func (c *compiler) findLabel(i int) (at, from, to int) {
	toks := c.lex.tokens
	for i++; i < len(toks) && toks[i].kind == tokAttribute; {
		j := i + 1
		for j < len(toks) && toks[j].kind.piece() {
			j++
		}
		if string(c.raw(toks[i])) == rawName {
			return i, i + 1, j
		}
		i = j
	}
	return -1, 0, 0
}

// leaf reports whether the element at token i has no child elements.
func (c *compiler) leaf(i int) bool {
	for _, t := range c.lex.tokens[i+1:] {
		switch t.kind {
		case tokOpen, tokInstance:
			return false
		case tokEnd:
			return true
		}
	}
	return true
}

// path returns the path of an element below parent with the given label.
func (c *compiler) path(parent *Path, name []byte, label []token) *Path {
	switch {
	case len(label) == 0:
		return c.paths.get(parent, name, nil, false)
	case len(label) == 1 && label[0].kind == tokText:
		return c.paths.get(parent, name, c.raw(label[0]), false)
	}
	c.name = appendUTF16(c.name[:0], name)
	c.label = c.label[:0]
	for _, p := range label {
		c.label = c.decode(c.label, p)
	}
	return c.paths.cache.path(parent, c.name, c.label, false)
}

// raw returns the UTF-16 behind a token.
func (c *compiler) raw(t token) []byte { return c.lex.b[t.at : t.at+t.size] }

// Names that matter, as they stand in a chunk.
const (
	rawName        = "N\x00a\x00m\x00e\x00"
	rawData        = "D\x00a\x00t\x00a\x00"
	rawComplexData = "C\x00o\x00m\x00p\x00l\x00e\x00x\x00D\x00a\x00t\x00a\x00"
	rawXMLNS       = "x\x00m\x00l\x00n\x00s\x00"
)

// namespace reports whether an attribute declares a namespace: such attributes
// are no fields.
func namespace(raw []byte) bool {
	n := len(rawXMLNS)
	return len(raw) >= n && string(raw[:n]) == rawXMLNS && (len(raw) == n || raw[n] == ':')
}
