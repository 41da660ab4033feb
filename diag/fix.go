package diag

import (
	"slices"
	"strings"
)

// Edit replaces a span of a source by a text; an empty span inserts, an empty text deletes.
type Edit struct {
	Span Span
	Text string
}

// Fix is what puts a complaint right, whatever the author may have meant: edits that belong together.
type Fix struct {
	Doc   string // what it does, as an order: "write endswith"
	Edits []Edit
}

// Apply returns the text with fixes applied, and which of them were. A fix that touches what an earlier one of the list has
// changed is left out as a whole; it may be asked for again on the new text.
func Apply(text string, fixes []*Fix) (fixed string, applied []*Fix) {
	var edits []Edit
	touches := func(e Edit) bool {
		return slices.ContainsFunc(edits, func(o Edit) bool { return e.Span.Start <= o.Span.End && o.Span.Start <= e.Span.End })
	}
	for _, f := range fixes {
		if f == nil || len(f.Edits) == 0 || slices.ContainsFunc(f.Edits, func(e Edit) bool { return touches(e) || !e.within(text) }) {
			continue
		}
		edits = append(edits, f.Edits...)
		applied = append(applied, f)
	}
	slices.SortStableFunc(edits, func(a, b Edit) int { return a.Span.Start - b.Span.Start })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.Span.Start])
		b.WriteString(e.Text)
		at = e.Span.End
	}
	b.WriteString(text[at:])
	return b.String(), applied
}

func (e Edit) within(text string) bool {
	return 0 <= e.Span.Start && e.Span.Start <= e.Span.End && e.Span.End <= len(text)
}
