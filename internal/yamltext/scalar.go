package yamltext

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"goshawk/diag"
)

// Scalar returns the text of the scalar that begins at an offset and means a value, each byte with its place, and the offset
// behind the scalar. A scalar of a kind that is not understood is given as a whole: its value stands for its first byte.
func Scalar(source *diag.Source, start int, value string) (text *diag.Text, end int) {
	start = min(max(start, 0), len(source.Text))
	d := &decoder{source: source, text: source.Text, at: start, value: value}
	lines := strings.Count(source.Text[start:min(start+len(value), len(source.Text))], "\n")
	d.out.Spells(value, 1+2*lines)
	if ok := d.scalar(); ok {
		return d.out.Text(), d.end
	}
	d = &decoder{source: source, text: source.Text, at: start, value: value}
	d.whole()
	return d.out.Text(), d.end
}

// scalarEnd returns the offset behind the scalar that begins at start and means value.
func scalarEnd(source *diag.Source, start int, value string) int {
	text := source.Text
	if start >= len(text) {
		return len(text)
	}
	switch text[start] {
	case '\'', '"':
		return quoteEnd(text, start)
	case '|', '>':
	default:
		if strings.HasPrefix(text[start:], value) {
			return start + len(value)
		}
	}
	_, end := Scalar(source, start, value)
	return end
}

// quoteEnd returns the offset behind a quoted scalar.
func quoteEnd(text string, start int) int {
	quote := text[start]
	for i := start + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote == '"':
			i++
		case text[i] == quote && quote == '\'' && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// decoder does to a scalar what YAML does, and notes where every byte came from. The value, which the YAML library found, tells
// it where the scalar ends and whether it was understood.
type decoder struct {
	source *diag.Source
	text   string
	at     int // in text
	value  string
	out    diag.TextBuilder
	end    int
}

// left returns what of the value is still to come.
func (d *decoder) left() string { return d.value[d.out.Len():] }

// exact takes bytes that mean themselves; it reports false if they are not what comes next.
func (d *decoder) exact(from, to int) bool {
	if !strings.HasPrefix(d.left(), d.text[from:to]) {
		return false
	}
	d.out.AddExact(d.source, diag.Span{Start: from, End: to})
	return true
}

// means takes bytes that mean something else.
func (d *decoder) means(what string, from, to int) bool {
	if !strings.HasPrefix(d.left(), what) {
		return false
	}
	d.out.Add(what, d.source, diag.Span{Start: from, End: to})
	return true
}

// newline takes a line break, of which the last byte means itself if it is a line feed.
func (d *decoder) newline(from, to int) bool {
	if d.text[to-1] == '\n' {
		return d.exact(to-1, to)
	}
	if to-from == 3 { // the separators stay what they are
		return d.exact(from, to)
	}
	return d.means("\n", from, to)
}

// scalar decodes the scalar at d.at; it reports false if that does not give the value.
func (d *decoder) scalar() bool {
	if d.at >= len(d.text) {
		d.end = len(d.text)
		return d.value == ""
	}
	switch d.text[d.at] {
	case '\'':
		return d.singleQuoted()
	case '"':
		return d.doubleQuoted()
	case '|', '>':
		return d.block()
	}
	return d.plain()
}

// whole gives the value as standing for the first byte of the scalar.
func (d *decoder) whole() {
	d.end = min(d.at+1, len(d.text))
	if d.at < len(d.text) && (d.text[d.at] == '"' || d.text[d.at] == '\'') {
		d.end = quoteEnd(d.text, d.at)
	}
	d.out.Add(d.value, d.source, diag.Span{Start: d.at, End: d.end})
}

func (d *decoder) plain() bool {
	for d.end = d.at; d.left() != ""; {
		if d.at >= len(d.text) {
			return false
		}
		if d.blankAt(d.at) {
			if !d.fold(d.at, d.blanks(d.at)) {
				return false
			}
			continue
		}
		to := min(d.run(d.at, ""), d.at+len(d.left()))
		if !d.exact(d.at, to) {
			return false
		}
		d.at, d.end = to, to
	}
	return true
}

func (d *decoder) singleQuoted() bool {
	for d.at++; d.at < len(d.text); {
		switch {
		case strings.HasPrefix(d.text[d.at:], "''"):
			if !d.means("'", d.at, d.at+2) {
				return false
			}
			d.at += 2
		case d.text[d.at] == '\'':
			d.end = d.at + 1
			return d.left() == ""
		case d.blankAt(d.at):
			if !d.fold(d.at, d.blanks(d.at)) {
				return false
			}
		default:
			to := d.run(d.at, "'")
			if !d.exact(d.at, to) {
				return false
			}
			d.at = to
		}
	}
	return false
}

func (d *decoder) doubleQuoted() bool {
	for d.at++; d.at < len(d.text); {
		switch c := d.text[d.at]; {
		case c == '"':
			d.end = d.at + 1
			return d.left() == ""
		case c == '\\' && d.at+1 < len(d.text) && breakAt(d.text, d.at+1) > 0:
			d.at += 1 + breakAt(d.text, d.at+1)
			if !d.continued() {
				return false
			}
		case c == '\\':
			decoded, size := unescape(d.text[d.at:])
			if size == 0 || !d.means(decoded, d.at, d.at+size) {
				return false
			}
			d.at += size
		case d.blankAt(d.at):
			if !d.fold(d.at, d.blanks(d.at)) {
				return false
			}
		default:
			to := d.run(d.at, `"\`)
			if !d.exact(d.at, to) {
				return false
			}
			d.at = to
		}
	}
	return false
}

// continued skips what follows an escaped line break: blanks mean nothing, further breaks are kept.
func (d *decoder) continued() bool {
	for d.at < len(d.text) && d.blankAt(d.at) {
		n := breakAt(d.text, d.at)
		if n > 0 && !d.newline(d.at, d.at+n) {
			return false
		}
		d.at += max(n, 1)
	}
	return true
}

// blankAt says whether a blank, a tab or a line break stands at an offset.
func (d *decoder) blankAt(i int) bool {
	return d.text[i] == ' ' || d.text[i] == '\t' || breakAt(d.text, i) > 0
}

// blanks returns the offset behind blanks and line breaks.
func (d *decoder) blanks(i int) int {
	for i < len(d.text) && d.blankAt(i) {
		i += max(breakAt(d.text, i), 1)
	}
	return i
}

// run returns the offset behind the words that begin at an offset and stand on one line, but for blanks at its end; none of some
// characters is among them.
func (d *decoder) run(i int, but string) int {
	end := i
	for ; i < len(d.text); i++ {
		switch c := d.text[i]; {
		case c == ' ' || c == '\t':
			continue
		case c > '\r' && c < 0xc2 && c != '\'' && c != '"' && c != '\\':
		case breakAt(d.text, i) > 0, strings.IndexByte(but, c) >= 0:
			return end
		}
		end = i + 1
	}
	return end
}

// fold takes blanks between two offsets: a line break becomes one blank, further ones stay, blanks around them are nothing.
func (d *decoder) fold(from, to int) bool {
	d.at = to
	breaks := 0
	var first, firstEnd int
	for i := from; i < to; {
		n := breakAt(d.text, i)
		if n > 0 {
			if breaks++; breaks == 1 {
				first, firstEnd = i, i+n
			} else if !d.newline(i, i+n) {
				return false
			}
		}
		i += max(n, 1)
	}
	switch {
	case breaks == 0:
		return d.exact(from, min(to, from+len(d.left())))
	case firstEnd-first == 3: // a separator is kept, unlike other breaks; nobody writes it
		return false
	case breaks == 1:
		return d.means(" ", from, to)
	}
	return true
}

// block decodes a literal or folded block.
func (d *decoder) block() bool {
	folded := d.text[d.at] == '>'
	for d.at < len(d.text) && breakAt(d.text, d.at) == 0 {
		d.at++
	}
	d.end = d.at
	if d.at < len(d.text) {
		d.at += breakAt(d.text, d.at)
	}
	indent := d.indent()
	type lineBreak struct{ from, to int }
	var leading []lineBreak // the break behind the last line, if any
	var trailing []lineBreak
	moreIndented := false // the last line began with a blank
	keep := func(list []lineBreak) bool {
		for _, b := range list {
			if d.left() == "" { // chomped
				return true
			}
			if !d.newline(b.from, b.to) {
				return false
			}
		}
		return true
	}
	for {
		for d.at < len(d.text) { // lines that are blank, and the indentation of one that is not
			i := d.at
			for i < len(d.text) && i-d.at < indent && (d.text[i] == ' ' || d.text[i] == '\t') { // tabs, where the text was mended
				i++
			}
			if i < len(d.text) && breakAt(d.text, i) > 0 {
				n := breakAt(d.text, i)
				trailing = append(trailing, lineBreak{i, i + n})
				d.at = i + n
				continue
			}
			if i-d.at < indent {
				d.at = len(d.text) // less indented: behind the block
			} else {
				d.at = i
			}
			break
		}
		if d.at >= len(d.text) || strings.Trim(d.left(), "\n") == "" {
			if !keep(leading) || !keep(trailing) {
				return false
			}
			rest := d.left() // a line feed that the file does not have
			d.out.Add(rest, d.source, diag.Span{Start: d.end, End: d.end})
			return strings.Trim(rest, "\n") == ""
		}
		blank := d.text[d.at] == ' ' || d.text[d.at] == '\t'
		switch {
		case folded && len(leading) > 0 && !moreIndented && !blank:
			if len(trailing) == 0 && !d.means(" ", leading[0].from, d.at) {
				return false
			}
		default:
			if !keep(leading) {
				return false
			}
		}
		if !keep(trailing) {
			return false
		}
		leading, trailing, moreIndented = nil, nil, blank
		to := d.at
		for to < len(d.text) && breakAt(d.text, to) == 0 {
			to++
		}
		if !d.exact(d.at, to) {
			return false
		}
		d.at, d.end = to, to
		if to < len(d.text) {
			n := breakAt(d.text, to)
			leading = []lineBreak{{to, to + n}}
			d.at += n
		}
	}
}

// indent returns the indentation of the block that begins at d.at: that of its first line with text, less the blanks that the
// value has there.
func (d *decoder) indent() int {
	first := strings.TrimLeft(d.value, "\n")
	own := len(first) - len(strings.TrimLeft(first, " "))
	for i := d.at; i < len(d.text); {
		begin := i
		for i < len(d.text) && d.text[i] == ' ' {
			i++
		}
		if i >= len(d.text) || breakAt(d.text, i) == 0 {
			return max(i-begin-own, 1)
		}
		i += breakAt(d.text, i)
	}
	return 1
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// unescape decodes the escape sequence of a double-quoted scalar at the beginning of text: what it means and its length, which is
// 0 if there is none.
func unescape(text string) (decoded string, size int) {
	if len(text) < 2 {
		return "", 0
	}
	hex := 0
	switch c := text[1]; c {
	case '0':
		return "\x00", 2
	case 'a':
		return "\a", 2
	case 'b':
		return "\b", 2
	case 't', '\t':
		return "\t", 2
	case 'n':
		return "\n", 2
	case 'v':
		return "\v", 2
	case 'f':
		return "\f", 2
	case 'r':
		return "\r", 2
	case 'e':
		return "\x1b", 2
	case ' ', '"', '/', '\\', '\'':
		return string(c), 2
	case 'N':
		return "\u0085", 2
	case '_':
		return "\u00a0", 2
	case 'L':
		return "\u2028", 2
	case 'P':
		return "\u2029", 2
	case 'x':
		hex = 2
	case 'u':
		hex = 4
	case 'U':
		hex = 8
	}
	if hex == 0 || len(text) < 2+hex {
		return "", 0
	}
	code := rune(0)
	for _, c := range []byte(text[2 : 2+hex]) {
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 {
			return "", 0
		}
		code = code<<4 | rune(digit)
	}
	if hex == 4 && utf16.IsSurrogate(code) { // a pair of JSON
		if low, n := unescapeUnit(text[2+hex:]); n > 0 {
			if pair := utf16.DecodeRune(code, low); pair != utf8.RuneError {
				return string(pair), 2 + hex + n
			}
		}
	}
	return string(code), 2 + hex
}

// unescapeUnit reads \u and four digits.
func unescapeUnit(text string) (unit rune, size int) {
	if len(text) < 6 || text[:2] != `\u` {
		return 0, 0
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(n), 6
}
