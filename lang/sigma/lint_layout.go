package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// The layout of a file, as far as it means nothing.

var _ = lints(diag.GoshawkLints,
	lint{Lint: diag.Lint{Code: "sigma-trailing-blanks", Severity: diag.Info, Doc: "lines that end in blanks",
		Help: "Nobody sees them, and every tool that shows differences does.", Fixes: true},
		check: checkTrailing},
	lint{Lint: diag.Lint{Code: "sigma-last-line", Severity: diag.Info, Doc: "a last line without an end",
		Help: "A file of lines ends with the end of a line; a line that is appended would go on the last one.", Fixes: true},
		check: func(c *linter) {
			end := len(c.src.Text)
			if strings.HasSuffix(c.src.Text, "\n") || c.meta.Span.End < len(strings.TrimRight(c.src.Text, " \t\r\n")) || c.manyLines(end) {
				return
			}
			c.say(diag.Span{Start: end, End: end}, "the last line does not end").
				fix(&diag.Fix{Doc: "end the last line", Edits: []diag.Edit{{Span: diag.Span{Start: end, End: end}, Text: "\n"}}})
		}},
)

// checkTrailing looks for blanks at the ends of the lines of a document, but not in texts of several lines, which they belong to.
func checkTrailing(c *linter) {
	var edits []diag.Edit
	text := c.src.Text
	for start := c.meta.Span.Start; start < c.meta.Span.End; {
		end := lineEnd(text, start)
		line := strings.TrimSuffix(text[start:end], "\r")
		if kept := len(strings.TrimRight(line, " \t")); kept < len(line) && !c.manyLines(start+kept) && !c.manyLines(end) {
			edits = append(edits, diag.Edit{Span: diag.Span{Start: start + kept, End: start + len(line)}})
		}
		start = end + 1
	}
	if edits == nil {
		return
	}
	r := c.say(edits[0].Span, "line ends in blanks").fix(&diag.Fix{Doc: "take the blanks away", Edits: edits})
	if n := len(edits); n > 1 {
		r.Message = "line ends in blanks, and so do others"
	}
}

// manyLines says whether a place lies in a scalar of several lines, or in the blank lines behind it.
func (c *linter) manyLines(offset int) bool {
	if c.blocks == nil {
		c.blocks = []diag.Span{{Start: -1, End: -1}}
		for _, p := range c.keys {
			c.gatherBlocks(p.value)
		}
	}
	for _, b := range c.blocks {
		if b.Start <= offset && offset <= b.End {
			return true
		}
	}
	return false
}

func (c *linter) gatherBlocks(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		for _, child := range n.Content {
			c.gatherBlocks(follow(child))
		}
		return
	}
	span := c.reader.span(n)
	text := c.src.Text
	if !strings.Contains(text[span.Start:span.End], "\n") && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return
	}
	span.End = lineEnd(text, span.End)
	for span.End < len(text) {
		next := lineEnd(text, span.End+1)
		if strings.TrimSpace(text[span.End:next]) != "" {
			break
		}
		span.End = next
	}
	c.blocks = append(c.blocks, span)
}

// lineEnd returns where the line of an offset ends, its break not included.
func lineEnd(text string, offset int) int {
	if i := strings.IndexByte(text[offset:], '\n'); i >= 0 {
		return offset + i
	}
	return len(text)
}
