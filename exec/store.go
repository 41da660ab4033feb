package exec

import (
	"slices"

	"goshawk/event"
)

// store keeps the rows of an input until all of them are there.
type store struct {
	batches []*Batch
	n       int
	bytes   int64
}

// add keeps a batch, counting its memory.
func (s *store) add(m *meter, b *Batch, what string) error {
	size := b.size()
	s.batches = append(s.batches, b)
	s.n += b.Len
	s.bytes += size
	return m.grow(size, what)
}

// take returns all rows as one batch with so many columns and empties the store; their memory stays counted.
func (s *store) take(m *meter, columns int, what string) (*Batch, error) {
	if len(s.batches) == 1 {
		b := s.batches[0]
		s.batches = nil
		return b, nil
	}
	b := concat(s.batches, columns)
	s.batches = nil
	if err := m.grow(b.size(), what); err != nil {
		return nil, err
	}
	m.shrink(s.bytes)
	s.bytes = b.size()
	return b, nil
}

// concat returns the rows of all batches in one.
func concat(batches []*Batch, columns int) *Batch {
	out := &Batch{Cols: make([]Vector, columns)}
	rest, from := false, false
	for _, b := range batches {
		out.Len += b.Len
		rest = rest || b.Rest != nil
		from = from || b.From != nil
	}
	parts := make([]Vector, len(batches))
	for c := range columns {
		for i, b := range batches {
			parts[i] = b.Cols[c]
		}
		out.Cols[c] = concatVectors(parts, out.Len)
	}
	for _, b := range batches {
		if rest {
			part := b.Rest
			if part == nil {
				part = make([]Rest, b.Len)
			}
			out.Rest = append(out.Rest, part...)
		}
		if from {
			part := b.From
			if part == nil {
				part = make([]*Trail, b.Len)
			}
			out.From = append(out.From, part...)
		}
	}
	return out
}

// concatVectors returns the values of all vectors in one, typed if all are of one shape.
func concatVectors(parts []Vector, n int) Vector {
	if v := concatInts(parts, n); v != nil {
		return v
	}
	if v := concatTexts(parts, n); v != nil {
		return v
	}
	if v := concatLates(parts, n); v != nil {
		return v
	}
	out := &Mixed{make([]event.Value, 0, n)}
	var b Builder
	for _, p := range parts {
		switch p := p.(type) {
		case *Mixed:
			if b.Len() > 0 {
				out.vals = appendValues(out.vals, b.Finish())
			}
			out.vals = append(out.vals, p.vals...)
		default:
			if len(out.vals) > 0 {
				out.vals = appendValues(out.vals, p)
				continue
			}
			for i := range p.Len() {
				b.Append(p.At(i))
			}
		}
	}
	if len(out.vals) == 0 {
		return b.Finish()
	}
	return out
}

func appendValues(dst []event.Value, v Vector) []event.Value {
	for i := range v.Len() {
		dst = append(dst, v.At(i))
	}
	return dst
}

func concatInts(parts []Vector, n int) Vector {
	out := &Ints{vals: make([]int64, 0, n)}
	gapped := false
	for i, p := range parts {
		v, ok := p.(*Ints)
		if !ok || i > 0 && v.kind != out.kind {
			return nil
		}
		out.kind = v.kind
		gapped = gapped || v.gaps != nil
		out.vals = append(out.vals, v.vals...)
	}
	if len(parts) == 0 {
		return nil
	}
	if gapped {
		for _, p := range parts {
			out.gaps = appendGaps(out.gaps, p)
		}
	}
	return out
}

// concatTexts joins texts, with or without dictionaries. The words of several dictionaries become one.
func concatTexts(parts []Vector, n int) Vector {
	words, gapped := 0, false
	for _, p := range parts {
		switch v := p.(type) {
		case *Words:
			words += len(v.words)
			gapped = gapped || v.gaps != nil
		case *Texts:
			words += len(v.vals)
			gapped = gapped || v.gaps != nil
		default:
			return nil
		}
	}
	if len(parts) == 0 {
		return nil
	}
	var g gaps
	if gapped {
		for _, p := range parts {
			g = appendGaps(g, p)
		}
	}
	if 2*words > n {
		out := &Texts{vals: make([]string, 0, n), gaps: g}
		for _, p := range parts {
			switch v := p.(type) {
			case *Texts:
				out.vals = append(out.vals, v.vals...)
			case *Words:
				for i, code := range v.codes {
					text := ""
					if v.gaps.at(i) == filled {
						text = v.words[code]
					}
					out.vals = append(out.vals, text)
				}
			}
		}
		return out
	}
	out := &Words{codes: make([]uint32, 0, n), gaps: g}
	codeOf := make(map[string]uint32)
	code := func(text string) uint32 {
		c, ok := codeOf[text]
		if !ok {
			c = uint32(len(out.words))
			codeOf[text] = c
			out.words = append(out.words, text)
		}
		return c
	}
	for _, p := range parts {
		switch v := p.(type) {
		case *Texts:
			for i, text := range v.vals {
				c := uint32(0)
				if v.gaps.at(i) == filled {
					c = code(text)
				}
				out.codes = append(out.codes, c)
			}
		case *Words:
			news := make([]uint32, len(v.words))
			for i, word := range v.words {
				news[i] = code(word)
			}
			for i, c := range v.codes {
				if v.gaps.at(i) != filled {
					out.codes = append(out.codes, 0)
				} else {
					out.codes = append(out.codes, news[c])
				}
			}
		}
	}
	return out
}

func appendGaps(dst gaps, v Vector) gaps {
	var g gaps
	switch v := v.(type) {
	case *Ints:
		g = v.gaps
	case *Texts:
		g = v.gaps
	case *Words:
		g = v.gaps
	}
	if g != nil {
		return append(dst, g...)
	}
	return append(dst, make(gaps, v.Len())...)
}

// emitRows emits the given rows of a batch, each once at most, in that order, in batches of a size.
func emitRows(b *Batch, rows []int32, size int, emit func(*Batch) error) error {
	if len(rows) == b.Len && b.Len <= size && slices.IsSorted(rows) { // all of them, as they are
		return emit(b)
	}
	for part := range slices.Chunk(rows, size) {
		if err := emit(b.pick(part)); err != nil {
			return err
		}
	}
	return nil
}
