package evtx

import "encoding/binary"

// Token bytes of binary XML. The bit flagMore says that attributes or further
// character data follow; a reader learns that from what does follow.
const (
	byteEnd        = 0x00
	byteOpen       = 0x01
	byteClose      = 0x02
	byteCloseEmpty = 0x03
	byteEndElement = 0x04
	byteText       = 0x05
	byteAttribute  = 0x06
	byteCDATA      = 0x07
	byteCharRef    = 0x08
	byteEntityRef  = 0x09
	bytePITarget   = 0x0A
	bytePIData     = 0x0B
	byteInstance   = 0x0C
	byteNormal     = 0x0D
	byteOptional   = 0x0E
	byteFragment   = 0x0F

	flagMore = 0x40
)

type tokenKind uint8

const (
	tokOpen      tokenKind = iota // name; index is the dependency id
	tokAttribute                  // name; its pieces follow
	tokClose                      // the start tag ends, content follows
	tokEnd                        // the element ends
	tokText                       // piece: UTF-16 text
	tokChar                       // piece: one UTF-16 unit in index
	tokEntity                     // piece: entity of unknown name
	tokValue                      // piece: substitution of value index
	tokOptional                   // piece: the same, left out with what holds it when null
	tokInstance                   // template instance at offset at
)

func (k tokenKind) piece() bool { return k >= tokText && k <= tokOptional }

// noDependency is the dependency id of an element that depends on nothing.
const noDependency = 0xFFFF

// token is one token of a fragment with its name found. at and size locate the
// UTF-16 text or name in the chunk.
type token struct {
	kind  tokenKind
	index uint16
	at    uint32
	size  uint32
}

// openElement is what the lexer remembers of an element until it closes.
type openElement struct{ end int }

// lexer cuts fragments of one chunk into tokens. Its buffers are reused.
type lexer struct {
	b        []byte // the chunk
	tokens   []token
	open     []openElement
	budget   *int
	badNames int // names whose hash does not fit
}

// lex reads a fragment from pos up to its end token or to end, whichever comes
// first, and leaves its tokens in l.tokens. deps says whether elements carry a
// dependency id: in definitions they do, elsewhere they do not. Template
// instances are allowed outside definitions only. A tail that is no token is
// forgiven once something has been read and everything is closed: it is padding.
func (l *lexer) lex(pos, end int, deps bool) (next int, r Reason) {
	b := l.b
	le := binary.LittleEndian
	l.tokens, l.open = l.tokens[:0], l.open[:0]
	for pos < end {
		if *l.budget--; *l.budget < 0 {
			return pos, ReasonBudget
		}
		switch t := b[pos]; t &^ flagMore {
		case byteEnd:
			if len(l.open) > 0 {
				return pos, ReasonUnbalanced
			}
			return pos + 1, ""
		case byteFragment:
			pos += 4
		case byteOpen:
			pos, r = l.startTag(pos, end, deps)
			if r != "" {
				return pos, r
			}
		case byteEndElement:
			pos++
			if r = l.endElement(pos); r != "" {
				return pos, r
			}
		case byteInstance:
			if deps {
				return pos, ReasonNested
			}
			l.tokens = append(l.tokens, token{kind: tokInstance, at: uint32(pos)})
			if pos, r = skipInstance(b, pos, end); r != "" {
				return pos, r
			}
		case bytePITarget:
			if pos+5 > end {
				return pos, ReasonTruncated
			}
			if _, _, pos, r = l.name(pos+1, end); r != "" {
				return pos, r
			}
		case bytePIData:
			if pos+3 > end {
				return pos, ReasonTruncated
			}
			pos += 3 + 2*int(le.Uint16(b[pos+1:]))
		default:
			at := pos
			if pos, r = l.piece(pos, end); r != "" {
				if r == ReasonToken && len(l.open) == 0 && len(l.tokens) > 0 {
					return at, ""
				}
				return at, r
			}
		}
	}
	if pos > end {
		return end, ReasonTruncated
	}
	if len(l.open) > 0 {
		return pos, ReasonTruncated
	}
	return pos, ""
}

// startTag reads an open token with its attributes up to the close token.
func (l *lexer) startTag(pos, end int, deps bool) (int, Reason) {
	b, le := l.b, binary.LittleEndian
	listed := b[pos]&flagMore != 0
	pos++
	dep := uint16(noDependency)
	if deps {
		if pos+2 > end {
			return pos, ReasonTruncated
		}
		dep = le.Uint16(b[pos:])
		pos += 2
	}
	if pos+8 > end {
		return pos, ReasonTruncated
	}
	size := offset(b, pos)
	pos += 4
	stop := pos + size
	if stop > end || len(l.open) > 0 && stop > l.open[len(l.open)-1].end {
		return pos, ReasonElementSize
	}
	if len(l.open) >= maxDepth {
		return pos, ReasonDepth
	}
	at, n, pos, r := l.name(pos, end)
	if r != "" {
		return pos, r
	}
	l.tokens = append(l.tokens, token{kind: tokOpen, index: dep, at: at, size: n})
	l.open = append(l.open, openElement{end: stop})
	listEnd := -1
	if listed {
		if pos+4 > end {
			return pos, ReasonTruncated
		}
		listEnd = pos + 4 + offset(b, pos)
		if listEnd > stop {
			return pos, ReasonAttributes
		}
		pos += 4
	}
	for pos < stop {
		if *l.budget--; *l.budget < 0 {
			return pos, ReasonBudget
		}
		switch b[pos] &^ flagMore {
		case byteClose:
			if listEnd >= 0 && listEnd != pos {
				return pos, ReasonAttributes
			}
			l.tokens = append(l.tokens, token{kind: tokClose})
			return pos + 1, ""
		case byteCloseEmpty:
			if listEnd >= 0 && listEnd != pos {
				return pos, ReasonAttributes
			}
			l.tokens = append(l.tokens, token{kind: tokClose})
			return pos + 1, l.endElement(pos + 1)
		case byteAttribute:
			if pos+5 > end {
				return pos, ReasonTruncated
			}
			at, n, pos, r = l.name(pos+1, end)
			if r != "" {
				return pos, r
			}
			l.tokens = append(l.tokens, token{kind: tokAttribute, at: at, size: n})
		default:
			if pos, r = l.piece(pos, end); r != "" {
				return pos, r
			}
		}
	}
	return pos, ReasonAttributes
}

// endElement closes the innermost element, which must end at pos.
func (l *lexer) endElement(pos int) Reason {
	top := len(l.open) - 1
	if top < 0 {
		return ReasonUnbalanced
	}
	if l.open[top].end != pos {
		return ReasonElementSize
	}
	l.open = l.open[:top]
	l.tokens = append(l.tokens, token{kind: tokEnd})
	return ""
}

// piece reads one token of character data.
func (l *lexer) piece(pos, end int) (int, Reason) {
	b, le := l.b, binary.LittleEndian
	switch b[pos] &^ flagMore {
	case byteText:
		if pos+4 > end {
			return pos, ReasonTruncated
		}
		return l.text(pos+2, end)
	case byteCDATA:
		if pos+3 > end {
			return pos, ReasonTruncated
		}
		return l.text(pos+1, end)
	case byteCharRef:
		if pos+3 > end {
			return pos, ReasonTruncated
		}
		l.tokens = append(l.tokens, token{kind: tokChar, index: le.Uint16(b[pos+1:])})
		return pos + 3, ""
	case byteEntityRef:
		if pos+5 > end {
			return pos, ReasonTruncated
		}
		at, n, next, r := l.name(pos+1, end)
		if r != "" {
			return pos, r
		}
		t := token{kind: tokEntity, at: at, size: n}
		if c := entity(b[at : at+n]); c != 0 {
			t = token{kind: tokChar, index: c}
		}
		l.tokens = append(l.tokens, t)
		return next, ""
	case byteNormal, byteOptional:
		if pos+4 > end {
			return pos, ReasonTruncated
		}
		kind := tokValue
		if b[pos]&^flagMore == byteOptional {
			kind = tokOptional
		}
		l.tokens = append(l.tokens, token{kind: kind, index: le.Uint16(b[pos+1:])})
		return pos + 4, ""
	}
	return pos, ReasonToken
}

// text reads a count of UTF-16 units at pos and the units behind it.
func (l *lexer) text(pos, end int) (int, Reason) {
	n := 2 * int(binary.LittleEndian.Uint16(l.b[pos:]))
	pos += 2
	if n > end-pos {
		return pos, ReasonTruncated
	}
	l.tokens = append(l.tokens, token{kind: tokText, at: uint32(pos), size: uint32(n)})
	return pos + n, ""
}

// name reads a name offset at pos and finds the name, which stands right behind
// its offset or anywhere else in the chunk.
func (l *lexer) name(pos, end int) (at, size uint32, next int, r Reason) {
	b, le := l.b, binary.LittleEndian
	off := offset(b, pos)
	next = pos + 4
	if off > len(b)-8 {
		return 0, 0, next, ReasonName
	}
	units := int(le.Uint16(b[off+6:]))
	if units > maxNameUnits || off+8+2*units > len(b) {
		return 0, 0, next, ReasonName
	}
	if off == next { // here it is: the place to check it once
		next += 10 + 2*units
		if next > end {
			return 0, 0, next, ReasonTruncated
		}
		if nameHash(b[off+8:off+8+2*units]) != le.Uint16(b[off+4:]) {
			l.badNames++
		}
	}
	*l.budget -= units / 8
	return uint32(off + 8), uint32(2 * units), next, ""
}

// offset reads an offset or a length. What no chunk can hold is cut to a value
// that fails every check and that sums of a few do not overflow.
func offset(b []byte, pos int) int {
	return int(min(binary.LittleEndian.Uint32(b[pos:]), 1<<28))
}

// nameHash is the hash kept with each name: low half of a product sum.
func nameHash(raw []byte) uint16 {
	var h uint32
	for len(raw) >= 2 {
		h = h*65599 + uint32(binary.LittleEndian.Uint16(raw))
		raw = raw[2:]
	}
	return uint16(h)
}

// entity returns the character of one of the five entities of XML, or 0.
func entity(name []byte) uint16 {
	var s [4]byte
	n := len(name) / 2
	if n > len(s) {
		return 0
	}
	for i := range n {
		if name[2*i+1] != 0 {
			return 0
		}
		s[i] = name[2*i]
	}
	switch string(s[:n]) {
	case "amp":
		return '&'
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	return 0
}

// content appends the tokens with their names and texts written out, so that
// two definitions get the same bytes exactly if they mean the same.
func (l *lexer) content(dst []byte) []byte {
	for _, t := range l.tokens {
		dst = append(dst, byte(t.kind), byte(t.index), byte(t.index>>8))
		switch t.kind {
		case tokOpen, tokAttribute, tokText, tokEntity:
			dst = binary.LittleEndian.AppendUint32(dst, t.size)
			dst = append(dst, l.b[t.at:t.at+t.size]...)
		}
	}
	return dst
}
