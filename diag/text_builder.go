package diag

import (
	"slices"
	"strings"
)

// TextBuilder makes a Text of many pieces; the zero TextBuilder is empty and ready for use.
type TextBuilder struct {
	string strings.Builder
	whole  string // what the text will be, where that is known; string is not used then
	length int    // of what was appended
	pieces []piece
}

// Len returns the number of bytes so far.
func (b *TextBuilder) Len() int { return b.length }

// Spells says before anything is appended what the text will be in the end, so that it need not be put together again: the bytes appended
// must be those of it, one after the other, of so many runs or a few more.
func (b *TextBuilder) Spells(whole string, runs int) {
	b.whole = whole
	b.pieces = slices.Grow(b.pieces, runs)
}

func (b *TextBuilder) write(text string) {
	b.length += len(text)
	if b.whole == "" {
		b.string.WriteString(text)
	}
}

// Grow makes room for so many more bytes of so many runs.
func (b *TextBuilder) Grow(bytes, runs int) {
	b.string.Grow(bytes)
	b.pieces = slices.Grow(b.pieces, runs)
}

// AddExact appends a run of a source as it stands there.
func (b *TextBuilder) AddExact(source *Source, span Span) {
	if span.End <= span.Start {
		return
	}
	length := span.End - span.Start
	if n := len(b.pieces); n > 0 {
		if last := &b.pieces[n-1]; last.exact && last.source == source && last.via == nil && last.start+last.length == span.Start {
			last.length += length
			b.write(source.Text[span.Start:span.End])
			return
		}
	}
	b.pieces = append(b.pieces, piece{at: b.length, source: source, start: span.Start, length: length, exact: true})
	b.write(source.Text[span.Start:span.End])
}

// Add appends a text that stands for a run of a source without being its bytes, such as a decoded escape.
func (b *TextBuilder) Add(text string, source *Source, span Span) {
	if text != "" {
		b.pieces = append(b.pieces, piece{at: b.length, source: source, start: span.Start, length: span.End - span.Start})
		b.write(text)
	}
}

// AddText appends a run of another Text. via, if not nil, is the use that put it there: it becomes the outermost of the run's uses.
func (b *TextBuilder) AddText(other *Text, span Span, via *Use) {
	if span.End <= span.Start {
		return
	}
	base := b.length
	for i := other.pieceAt(span.Start); i < len(other.pieces) && other.pieces[i].at < span.End; i++ {
		p := other.pieces[i]
		end := len(other.String)
		if i+1 < len(other.pieces) {
			end = other.pieces[i+1].at
		}
		from, to := max(p.at, span.Start), min(end, span.End)
		if p.exact {
			p.start += from - p.at
			p.length = to - from
		}
		p.at = base + from - span.Start
		p.via = nest(p.via, via)
		b.pieces = append(b.pieces, p)
	}
	b.write(other.String[span.Start:span.End])
}

// Text returns what was appended.
func (b *TextBuilder) Text() *Text {
	if b.whole != "" {
		return &Text{String: b.whole[:b.length], pieces: b.pieces}
	}
	return &Text{String: b.string.String(), pieces: b.pieces}
}
