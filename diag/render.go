package diag

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineWidth is the number of characters of an author's line that a rendering shows around the place it points at.
const lineWidth = 160

// Render returns the diagnostic as a person reads it on a terminal: the one-line head, the author's line, a caret under
// the place, and the hint. Control characters of the text are replaced by Printable.
func (d Diagnostic) Render() string {
	var b strings.Builder
	if d.Source == nil {
		fmt.Fprintf(&b, "%s: %s [%s]\n", d.Severity, Printable(d.Message), d.Code)
	} else {
		p := d.Position()
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s [%s]\n", Printable(d.Source.Name), p.Line, p.Column, d.Severity, Printable(d.Message), d.Code)
		line, column, width := d.Source.excerpt(d.Span)
		if line != "" {
			number := fmt.Sprintf("%5d", p.Line)
			fmt.Fprintf(&b, "%s | %s\n", number, line)
			fmt.Fprintf(&b, "%s | %s%s\n", strings.Repeat(" ", len(number)), strings.Repeat(" ", column), strings.Repeat("^", width))
		}
	}
	if d.Hint != "" {
		fmt.Fprintf(&b, "      hint: %s\n", Printable(d.Hint))
	}
	return b.String()
}

// excerpt returns the line of a span in printable form, the number of characters before the span in it, and the number
// of characters to mark (at least one, at most to the end of the line).
func (s *Source) excerpt(span Span) (line string, column, width int) {
	start := min(max(span.Start, 0), len(s.Text))
	begin := strings.LastIndexByte(s.Text[:start], '\n') + 1
	end := len(s.Text)
	if i := strings.IndexByte(s.Text[start:], '\n'); i >= 0 {
		end = start + i
	}
	before := []rune(Printable(s.Text[begin:start]))
	stop := min(max(span.End, start), end)
	marked := []rune(Printable(s.Text[start:stop]))
	after := []rune(Printable(strings.TrimSuffix(s.Text[stop:end], "\r")))
	if over := len(before) - lineWidth/2; over > 0 {
		before = append([]rune("…"), before[over+1:]...)
	}
	if over := len(before) + len(marked) - lineWidth; over > 0 {
		marked = marked[:max(len(marked)-over, 1)]
	}
	if room := lineWidth - len(before) - len(marked); len(after) > room {
		after = append(after[:max(room-1, 0)], '…')
	}
	return string(before) + string(marked) + string(after), len(before), max(len(marked), 1)
}

// Printable returns text that is safe to show on a terminal: control characters, bidirectional controls and invalid bytes
// appear as escapes, everything else as it is. A tab becomes a blank.
func Printable(text string) string {
	safe := true
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < 0x20 || c >= 0x7f {
			safe = false
			break
		}
	}
	if safe {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// Nearest returns the candidate that is most like name, for "did you mean"; it is empty where nothing is near.
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", max(1, len(name)/3)+1
	lower := strings.ToLower(name)
	var rows [3][]int
	for _, c := range candidates {
		if d := distance(lower, strings.ToLower(c), bestDistance+1, &rows); d < bestDistance || d == bestDistance && best != "" && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of edits (insert, delete, replace, swap neighbours) between two words, or limit if not fewer. The
// rows are what it works in.
func distance(a, b string, limit int, rows *[3][]int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit || apart(a, b) >= limit {
		return limit
	}
	for i := range rows {
		rows[i] = slices.Grow(rows[i][:0], len(b)+1)[:len(b)+1]
	}
	beforeThat, before, row := rows[0], rows[1], rows[2]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		beforeThat, before, row = before, row, beforeThat
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(before[j]+1, row[j-1]+1, before[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforeThat[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit { // and so is all that comes of this row, or, by a swap, of the one before
			return limit
		}
	}
	return min(row[len(b)], limit)
}

// apart returns how many characters of a word the other does not have, of whichever word there are more: so many edits are needed at least.
func apart(a, b string) int {
	var surplus [256]int
	for i := range len(a) {
		surplus[a[i]]++
	}
	more := 0 // of b
	for i := range len(b) {
		if surplus[b[i]]--; surplus[b[i]] < 0 {
			more++
		}
	}
	return max(more, more+len(a)-len(b))
}
