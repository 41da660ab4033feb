package plan

import "slices"

// columnSet is a set of columns.
type columnSet struct {
	list  []*Column
	known map[*Column]bool // nil for a few, which are faster looked through
}

// fewColumns is the number up to which comparing columns is faster than a table.
const fewColumns = 32

func (s *columnSet) has(c *Column) bool {
	if s.known != nil {
		return s.known[c]
	}
	return slices.Contains(s.list, c)
}

func (s *columnSet) add(c *Column) {
	if s.has(c) {
		return
	}
	s.list = append(s.list, c)
	switch {
	case s.known != nil:
		s.known[c] = true
	case len(s.list) > fewColumns:
		s.known = make(map[*Column]bool, 2*len(s.list))
		for _, c := range s.list {
			s.known[c] = true
		}
	}
}

func (s *columnSet) remove(c *Column) {
	if s.has(c) {
		i := slices.Index(s.list, c)
		s.list = slices.Delete(s.list, i, i+1)
		delete(s.known, c)
	}
}

// set puts a column in or takes it out.
func (s *columnSet) set(c *Column, in bool) {
	if in {
		s.add(c)
	} else {
		s.remove(c)
	}
}
