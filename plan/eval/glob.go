package eval

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"goshawk/plan"
)

// glob is a text pattern made ready: segments that must follow each other, with anything between them.
//
// It is matched from left to right, each segment at its first place behind the one before, the last one at the end of the
// text where nothing may follow it. No choice is ever taken back, so the cost is at most the product of the lengths of text
// and pattern, whatever the pattern.
type glob struct {
	segments   []segment
	start, end bool // the first segment is bound to the start of the text, the last to its end
}

// segment is a row of atoms without Many.
type segment []atom

type atom struct {
	kind plan.PieceKind
	run  []byte
}

// newGlob makes a pattern ready; fold has its runs folded, an open start or end may have anything before or behind.
func newGlob(pieces []plan.Piece, fold func(string) string, openStart, openEnd bool) glob {
	g := glob{start: !openStart, end: !openEnd}
	var current segment
	var run strings.Builder
	endRun := func() {
		if run.Len() > 0 {
			current = append(current, atom{run: []byte(fold(run.String()))})
			run.Reset()
		}
	}
	many := false // the last thing seen is a Many
	for _, p := range pieces {
		switch {
		case p.Kind == plan.Run:
			run.WriteString(p.Text)
			many = many && p.Text == ""
			continue
		case p.Kind == plan.Many:
			endRun()
			if current != nil {
				g.segments = append(g.segments, current)
				current = nil
			} else if len(g.segments) == 0 {
				g.start = false
			}
			many = true
			continue
		}
		endRun()
		current = append(current, atom{kind: p.Kind})
		many = false
	}
	endRun()
	if current != nil {
		g.segments = append(g.segments, current)
	}
	g.end = g.end && !many
	return g
}

// match says whether the pattern meets the text.
func (g glob) match(text []byte) bool {
	_, _, ok := g.find(text)
	return ok
}

// find returns where in the text the pattern's own segments lie.
func (g glob) find(text []byte) (from, to int, ok bool) {
	segments := g.segments
	if len(segments) == 0 {
		return 0, 0, !g.start || !g.end || len(text) == 0
	}
	if len(segments) == 1 && g.start && g.end {
		to, ok = segments[0].at(text, 0)
		return 0, to, ok && to == len(text)
	}
	from = -1
	pos := 0
	if g.start {
		if pos, ok = segments[0].at(text, 0); !ok {
			return 0, 0, false
		}
		from, segments = 0, segments[1:]
	}
	var last segment
	if g.end && len(segments) > 0 {
		last, segments = segments[len(segments)-1], segments[:len(segments)-1]
	}
	for _, s := range segments {
		begin, end, ok := s.first(text, pos)
		if !ok {
			return 0, 0, false
		}
		if from < 0 {
			from = begin
		}
		pos = end
	}
	if last != nil {
		begin, ok := last.before(text, pos)
		if !ok {
			return 0, 0, false
		}
		if from < 0 {
			from = begin
		}
		pos = len(text)
	}
	return from, pos, true
}

// at returns where the segment ends if it begins at i.
func (s segment) at(text []byte, i int) (int, bool) {
	for _, a := range s {
		if a.kind == plan.Run {
			if !bytes.HasPrefix(text[i:], a.run) {
				return 0, false
			}
			i += len(a.run)
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if size == 0 || a.kind == plan.AnyDash && !isDash(r) {
			return 0, false
		}
		i += size
	}
	return i, true
}

// before returns where the segment begins if it ends with the text, not before floor.
func (s segment) before(text []byte, floor int) (int, bool) {
	i := len(text)
	for k := len(s) - 1; k >= 0; k-- {
		if s[k].kind == plan.Run {
			if !bytes.HasSuffix(text[floor:i], s[k].run) {
				return 0, false
			}
			i -= len(s[k].run)
			continue
		}
		r, size := utf8.DecodeLastRune(text[floor:i])
		if size == 0 || s[k].kind == plan.AnyDash && !isDash(r) {
			return 0, false
		}
		i -= size
	}
	return i, true
}

// first returns the first place of the segment at or behind from.
func (s segment) first(text []byte, from int) (begin, end int, ok bool) {
	for i := from; i <= len(text); {
		if s[0].kind == plan.Run {
			next := bytes.Index(text[i:], s[0].run)
			if next < 0 {
				return 0, 0, false
			}
			i += next
		}
		if end, ok := s.at(text, i); ok {
			return i, end, true
		}
		if s[0].kind == plan.Run {
			i++
			continue
		}
		_, size := utf8.DecodeRune(text[i:])
		i += max(size, 1)
	}
	return 0, 0, false
}

func isDash(r rune) bool { return strings.ContainsRune(plan.Dashes, r) }
