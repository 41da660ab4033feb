package sigma

import (
	"strings"

	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// Part returns the place in the source of a range of bytes of the word's text, whatever YAML did to it: quotes, escapes,
// folded lines. Where that cannot be told it is the place of the whole word.
func (w Word) Part(src *diag.Source, from, to int) diag.Span { return w.locate(src).part(from, to) }

// locator knows where each byte of a word is.
type locator struct {
	word    Word
	text    *diag.Text // nil: the word is spelled as it is, or not known
	spelled bool
}

func (w Word) locate(src *diag.Source) locator {
	l := locator{word: w}
	if src == nil || w.Span.Start < 0 || w.Span.End > len(src.Text) || w.Span.Start > w.Span.End {
		return l
	}
	if src.Text[w.Span.Start:w.Span.End] == w.Text {
		l.spelled = true
		return l
	}
	l.text, _ = yamltext.Scalar(src, w.Span.Start, w.Text)
	return l
}

func (l locator) part(from, to int) diag.Span {
	switch {
	case from < 0 || to < from || to > len(l.word.Text):
	case l.spelled:
		return diag.Span{Start: l.word.Span.Start + from, End: l.word.Span.Start + to}
	case l.text != nil:
		if end := len(strings.TrimRight(l.word.Text, " \t\r\n")); from == to && from >= end && end > 0 { // behind the text, not in the line after it
			behind := l.text.Place(diag.Span{Start: end - 1, End: end}).Span.End
			return diag.Span{Start: behind, End: behind}
		}
		return l.text.Place(diag.Span{Start: from, End: to}).Span
	}
	return l.word.Span
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
