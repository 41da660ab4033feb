package eval

import (
	"bytes"

	"goshawk/plan"
)

// literals finds which of many plain patterns a text meets, at a cost that hardly depends on their number: a table from the
// first bytes of each pattern (the last ones, for Suffix) to the patterns that have them.
type literals struct {
	width int // of a key, in bytes; 0 for Equals, where the whole pattern is the key
	table map[string][]literal
}

type literal struct {
	text []byte
	at   int // its index among the patterns
}

const (
	indexFrom  = 8 // patterns from which an index is worth its making
	indexWidth = 8 // the longest key
)

// buildIndex puts the plain patterns of a matcher into an index where that helps, and the others into rest.
func (m *Matcher) buildIndex() {
	var in []literal
	for i := range m.patterns {
		p := &m.patterns[i]
		usable := p.plain && !p.word && (len(p.literal) > 1 || m.op == plan.Equals)
		if usable && !m.all {
			in = append(in, literal{p.literal, i})
		} else {
			m.rest = append(m.rest, i)
		}
	}
	if len(in) < indexFrom {
		m.rest = m.rest[:0]
		for i := range m.patterns {
			m.rest = append(m.rest, i)
		}
		return
	}
	x := &literals{table: make(map[string][]literal, len(in))}
	if m.op != plan.Equals {
		x.width = indexWidth
		for _, l := range in {
			x.width = min(x.width, len(l.text))
		}
	}
	for _, l := range in {
		key := x.key(m.op, l.text)
		x.table[string(key)] = append(x.table[string(key)], l)
	}
	m.index = x
}

func (x *literals) key(op plan.MatchOp, text []byte) []byte {
	switch op {
	case plan.Equals:
		return text
	case plan.Suffix:
		return text[len(text)-x.width:]
	}
	return text[:x.width]
}

// find returns the index of a pattern that the text meets, or -1.
func (x *literals) find(op plan.MatchOp, text []byte) int {
	if op == plan.Equals {
		if hit := x.table[string(text)]; hit != nil {
			return hit[0].at
		}
		return -1
	}
	if len(text) < x.width {
		return -1
	}
	if op != plan.Contains {
		for _, l := range x.table[string(x.key(op, text))] {
			if op == plan.Prefix && bytes.HasPrefix(text, l.text) || op == plan.Suffix && bytes.HasSuffix(text, l.text) {
				return l.at
			}
		}
		return -1
	}
	for i := 0; i+x.width <= len(text); i++ {
		for _, l := range x.table[string(text[i:i+x.width])] {
			if bytes.HasPrefix(text[i:], l.text) {
				return l.at
			}
		}
	}
	return -1
}
