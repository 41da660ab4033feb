package sigma

import (
	"regexp"
	"strings"

	"goshawk/diag"
)

// Edits of a document. Each touches as few bytes as it can, so that comments and layout stay; what cannot be found byte by byte in
// the text is not edited.

// replace returns the fix that writes something else in the place of a part of a word; nil if that part is not spelled as it is.
func (c *linter) replace(w Word, from, to int, text, doc string) *diag.Fix {
	span := w.Part(c.src, from, to)
	if span.End > len(c.src.Text) || c.src.Text[span.Start:span.End] != w.Text[from:to] {
		return nil
	}
	return &diag.Fix{Doc: doc, Edits: []diag.Edit{{Span: span, Text: text}}}
}

// rewrite returns the fix that replaces a whole word.
func (c *linter) rewrite(w Word, text, doc string) *diag.Fix {
	return c.replace(w, 0, len(w.Text), text, doc)
}

var (
	entryHead = regexp.MustCompile(`^[ \t]*-[ \t]+$`)
	blankTail = regexp.MustCompile(`^[ \t]*\r?$`)
)

// lineOf returns the line that a span lies in, its break included, and what of it is before and behind the span.
func (c *linter) lineOf(span diag.Span) (line diag.Span, before, behind string) {
	text := c.src.Text
	line.Start = strings.LastIndexByte(text[:span.Start], '\n') + 1
	line.End = len(text)
	end := len(text)
	if i := strings.IndexByte(text[span.End:], '\n'); i >= 0 {
		end = span.End + i
		line.End = end + 1
	}
	return line, text[line.Start:span.Start], text[span.End:end]
}

// removeEntry returns the fix that takes an entry, not the first, out of a list; nil if it shares its lines with anything else.
func (c *linter) removeEntry(w Word, doc string) *diag.Fix {
	line, before, behind := c.lineOf(w.Span)
	if entryHead.MatchString(before) && blankTail.MatchString(behind) {
		return &diag.Fix{Doc: doc, Edits: []diag.Edit{{Span: line}}}
	}
	if head := strings.TrimRight(before, " \t"); strings.HasSuffix(head, ",") { // in a list between brackets
		return &diag.Fix{Doc: doc, Edits: []diag.Edit{{Span: diag.Span{Start: line.Start + len(head) - 1, End: w.Span.End}}}}
	}
	return nil
}

// removeKey returns the fix that takes a key with a value of one line out of a document.
func (c *linter) removeKey(p *pair, doc string) *diag.Fix {
	line, before, behind := c.lineOf(p.span)
	if before != "" || !blankTail.MatchString(behind) {
		return nil
	}
	return &diag.Fix{Doc: doc, Edits: []diag.Edit{{Span: line}}}
}

// removeModifier returns the fix that takes the modifier at an index out of an item's key; nil if the key that remains is there
// already.
func (c *linter) removeModifier(item *Item, beside []*Item, index int, doc string) *diag.Fix {
	start := len(item.Field.Text)
	for _, m := range item.Modifiers[:index] {
		start += 1 + len(m.Text)
	}
	end := start + 1 + len(item.Modifiers[index].Text)
	key := item.Key.Text
	if end > len(key) || taken(beside, item, key[:start]+key[end:]) {
		return nil
	}
	return c.replace(item.Key, start, end, "", doc)
}

// taken says whether another item of a map has a key.
func taken(beside []*Item, item *Item, key string) bool {
	for _, other := range beside {
		if other != item && other.Key.Text == key {
			return true
		}
	}
	return false
}
