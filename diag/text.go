package diag

import (
	"sort"
	"strings"
)

// Text is a text that was put together from pieces of sources: the value of a YAML scalar, a search with its macros expanded.
// Every byte of it knows where its author wrote it, and through which uses it came there. The zero Text is empty.
type Text struct {
	String string
	pieces []piece // in the order of at; the first at 0 unless String is empty
}

// piece says where a run of bytes comes from.
type piece struct {
	at     int // its place in the Text
	source *Source
	start  int
	length int  // of the run in the source
	exact  bool // byte for byte the source's; otherwise all of it stands for all of the run in the source
	via    *Use
}

// Use is a place where a named text, such as a macro, was put in.
type Use struct {
	Name   string // as its user knows it
	Source *Source
	Span   Span // of the use
	Via    *Use // the use around it, if it stands in such a text itself
}

// Place is where a span of a Text comes from.
type Place struct {
	Source *Source
	Span   Span
	Via    *Use // nil where the author wrote it there himself
}

// NewText returns the Text of a whole source.
func NewText(source *Source) *Text {
	var b TextBuilder
	b.AddExact(source, Span{0, len(source.Text)})
	return b.Text()
}

// nest puts a use around those that a piece came through already.
func nest(inner, outer *Use) *Use {
	if outer == nil {
		return inner
	}
	if inner == nil {
		return outer
	}
	copied := *inner
	copied.Via = nest(inner.Via, outer)
	return &copied
}

// pieceAt returns the index of the piece that holds a byte.
func (t *Text) pieceAt(offset int) int {
	i := sort.Search(len(t.pieces), func(i int) bool { return t.pieces[i].at > offset })
	return max(i-1, 0)
}

// Place returns where a span of the text comes from: the source of its first byte, and as much of the span as lies in that source
// and came through the same uses.
func (t *Text) Place(span Span) Place {
	if len(t.pieces) == 0 {
		return Place{}
	}
	span.Start = min(max(span.Start, 0), len(t.String))
	span.End = min(max(span.End, span.Start), len(t.String))
	i := t.pieceAt(span.Start)
	first := t.pieces[i]
	place := Place{Source: first.source, Via: first.via}
	place.Span.Start = first.start
	if first.exact {
		place.Span.Start += span.Start - first.at
	}
	place.Span.End = place.Span.Start
	for ; i < len(t.pieces) && (t.pieces[i].at < span.End || t.pieces[i].at <= span.Start); i++ {
		p := t.pieces[i]
		if p.source != first.source || p.via != first.via {
			break
		}
		end := p.start + p.length
		if p.exact {
			end = min(end, p.start+max(span.End-p.at, 0))
		} else if p.at >= span.End {
			break
		}
		place.Span.End = max(place.Span.End, end)
	}
	return place
}

// Outermost returns the place in the text that the author of the whole looks at: that of the outermost use, or the place itself.
func (p Place) Outermost() (*Source, Span) {
	source, span := p.Source, p.Span
	for use := p.Via; use != nil; use = use.Via {
		source, span = use.Source, use.Span
	}
	return source, span
}

// Path names the uses that lead to the place, outermost first, as "a > b"; empty where there is none.
func (p Place) Path() string {
	var names []string
	for use := p.Via; use != nil; use = use.Via {
		names = append([]string{use.Name}, names...)
	}
	return strings.Join(names, " > ")
}
