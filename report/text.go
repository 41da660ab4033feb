package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"goshawk/diag"
	"goshawk/event"
)

// columns is how many cells of a terminal text takes, which must have gone through diag.Printable.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me) || 0x1160 <= r && r <= 0x11ff: // the latter join the Hangul letter before them
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// head returns the longest beginning of printable text that takes at most n cells.
func head(text string, n int) string {
	for i, r := range text {
		if n -= runeColumns(r); n < 0 {
			return text[:i]
		}
	}
	return text
}

// tail returns the longest end of printable text that takes at most n cells, and begins with no combining character.
func tail(text string, n int) string {
	start := len(text)
	for i := len(text); i > 0; {
		r, size := utf8.DecodeLastRuneInString(text[:i])
		w := runeColumns(r)
		if n -= w; n < 0 {
			break
		}
		i -= size
		if w > 0 {
			start = i
		}
	}
	return text[start:]
}

// cut shortens printable text to n cells; what was left out shows as "…".
func cut(text string, n int) string {
	if columns(text) <= n {
		return text
	}
	if n <= 0 {
		return ""
	}
	return head(text, n-1) + "…"
}

// pad fills printable text with blanks to n cells, or cuts it.
func pad(text string, n int) string {
	text = cut(text, n)
	return text + strings.Repeat(" ", max(n-columns(text), 0))
}

// limit shortens text to about n bytes, on a boundary of characters, and says how much is missing.
func limit(text string, n int) string {
	if len(text) <= n {
		return text
	}
	end := boundary(text, n)
	return text[:end] + " … (" + plural(len(text)-end, "more byte") + ")"
}

// boundary moves an offset to the start of the character that it lies in, and into the text.
func boundary(text string, offset int) int {
	offset = min(max(offset, 0), len(text))
	for back := 0; back < utf8.UTFMax-1 && offset-back >= 0 && offset < len(text); back++ {
		if utf8.RuneStart(text[offset-back]) {
			return offset - back
		}
	}
	return offset
}

// clean returns text as a page shows it: line breaks and tabs stay, every other control character, bidirectional controls,
// noncharacters and invalid bytes appear as escapes. It does not escape for HTML.
func clean(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.ContainsAny(text, "\n\t") {
		return noncharacters.Replace(diag.Printable(text))
	}
	var b strings.Builder
	for len(text) > 0 {
		i := strings.IndexAny(text, "\n\t")
		if i < 0 {
			i = len(text)
		}
		b.WriteString(noncharacters.Replace(diag.Printable(text[:i])))
		if i < len(text) {
			b.WriteByte(text[i])
			i++
		}
		text = text[i:]
	}
	return b.String()
}

var noncharacters = strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`)

// count writes a number with commas.
func count[T int | int64](n T) string {
	text := strconv.FormatInt(int64(n), 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// plural writes a number and what is counted, with an s unless there is one of it.
func plural[T int | int64](n T, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}

// size writes a number of bytes for people.
func size(bytes int64) string {
	if bytes < 1000 {
		return plural(bytes, "byte")
	}
	value := float64(bytes)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		value /= 1000
		if value < 999.5 {
			if value < 9.95 {
				return strconv.FormatFloat(value, 'f', 1, 64) + " " + unit
			}
			return strconv.FormatFloat(value, 'f', 0, 64) + " " + unit
		}
	}
	return strconv.FormatFloat(value/1000, 'f', 1, 64) + " PB"
}

// second writes a time to the second, as RFC 3339 in UTC; it is empty for no time.
func second(ticks int64) string {
	if ticks == 0 {
		return ""
	}
	return event.TimeOf(ticks).Format("2006-01-02T15:04:05Z")
}

// exact writes a time in full, as RFC 3339 in UTC; it is empty for no time.
func exact(ticks int64) string {
	if ticks == 0 {
		return ""
	}
	return event.FormatTime(ticks)
}
