package sigma

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// offset returns where a line and column of the YAML library are in the source.
func (r *reader) offset(line, column int) int {
	line = min(max(line-1, 0), len(r.lines)-1)
	start := r.lines[line]
	column = max(column-1, 0)
	if r.ascii {
		return min(start+column, len(r.src.Text))
	}
	end := len(r.src.Text)
	if line+1 < len(r.lines) {
		end = r.lines[line+1]
	}
	if end-start <= 1024 {
		for ; column > 0 && start < end; column-- {
			_, size := utf8.DecodeRuneInString(r.src.Text[start:end])
			start += size
		}
		return start
	}
	table, ok := r.wide[line]
	if !ok {
		for i := range r.src.Text[start:end] {
			table = append(table, int32(i))
		}
		if r.wide == nil {
			r.wide = make(map[int][]int32)
		}
		r.wide[line] = table
	}
	if column >= len(table) {
		return end
	}
	return start + int(table[column])
}

// at returns the empty span at the beginning of a node, behind its anchor and tag.
func (r *reader) at(n *yaml.Node) diag.Span {
	i := r.offset(n.Line, n.Column)
	text := r.src.Text
	for n.Kind != yaml.AliasNode && i < len(text) && (text[i] == '&' || text[i] == '!') {
		for i < len(text) && !isBlank(text[i]) {
			i++
		}
		for i < len(text) && isBlank(text[i]) {
			i++
		}
	}
	return diag.Span{Start: i, End: i}
}

// span returns the place of a node: of a scalar all of it, quotes included; of an alias its name; of a map or list from
// its beginning to the end of its last entry.
func (r *reader) span(n *yaml.Node) diag.Span {
	at := r.at(n)
	switch n.Kind {
	case yaml.AliasNode:
		at.End = at.Start + 1
		for at.End < len(r.src.Text) && !isBlank(r.src.Text[at.End]) && strings.IndexByte(",]}", r.src.Text[at.End]) < 0 {
			at.End++
		}
	case yaml.ScalarNode:
		at.End = scalarEnd(r.src.Text, at.Start, n.Value)
	default:
		for last := n; len(last.Content) > 0; {
			last = last.Content[len(last.Content)-1]
			if last.Kind == yaml.ScalarNode || last.Kind == yaml.AliasNode {
				at.End = max(at.End, r.span(last).End)
			}
		}
	}
	at.End = min(max(at.End, at.Start), len(r.src.Text))
	return at
}

func (r *reader) word(n *yaml.Node) Word { return Word{Text: n.Value, Span: r.span(n)} }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// scalarEnd returns the offset behind the scalar that begins at start and means value.
func scalarEnd(text string, start int, value string) int {
	if start >= len(text) {
		return len(text)
	}
	switch text[start] {
	case '\'':
		for i := start + 1; i < len(text); i++ {
			if text[i] == '\'' {
				if i+1 < len(text) && text[i+1] == '\'' {
					i++
					continue
				}
				return i + 1
			}
		}
		return len(text)
	case '"':
		for i := start + 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(text)
	}
	if strings.HasPrefix(text[start:], value) {
		return start + len(value)
	}
	if _, end, ok := align(text, start, value); ok {
		return end
	}
	return start + 1
}

// Part returns the place in the source of a range of bytes of the word's text, whatever YAML did to it: quotes, escapes,
// folded lines. Where that cannot be told it is the place of the whole word.
func (w Word) Part(src *diag.Source, from, to int) diag.Span { return w.locate(src).part(from, to) }

// locator knows where each byte of a word is.
type locator struct {
	word    Word
	offsets []int // nil: the word is spelled as it is
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
	l.offsets, _, _ = align(src.Text, w.Span.Start, w.Text)
	return l
}

func (l locator) part(from, to int) diag.Span {
	switch {
	case from < 0 || to < from || to > len(l.word.Text):
	case l.spelled:
		return diag.Span{Start: l.word.Span.Start + from, End: l.word.Span.Start + to}
	case to < len(l.offsets):
		for from < to && to+1 < len(l.offsets) && l.offsets[to] == l.offsets[to-1] { // inside an escape
			to++
		}
		return diag.Span{Start: l.offsets[from], End: l.offsets[to]}
	}
	return l.word.Span
}

// align finds, for each byte of value and for its end, the offset in the text of the scalar from which YAML made it, and
// the offset behind the scalar. It reports false if the scalar at start does not mean value.
func align(text string, start int, value string) (offsets []int, end int, ok bool) {
	offsets = make([]int, 0, len(value)+1)
	i := start
	quote := byte(0)
	if i < len(text) {
		switch text[i] {
		case '\'', '"':
			quote = text[i]
			i++
		case '|', '>':
			for i < len(text) && text[i] != '\n' && text[i] != '\r' {
				i++
			}
		}
	}
	behind := i
	for at := 0; at < len(value); {
		c := value[at]
		switch {
		case i < len(text) && quote == '"' && text[i] == '\\':
			decoded, size := unescape(text[i:])
			if size == 0 || !strings.HasPrefix(value[at:], decoded) {
				return nil, 0, false
			}
			for range len(decoded) {
				offsets = append(offsets, i)
			}
			at, i = at+len(decoded), i+size
		case i < len(text) && quote == '\'' && c == '\'' && strings.HasPrefix(text[i:], "''"):
			offsets = append(offsets, i)
			at, i = at+1, i+2
		case i < len(text) && text[i] == c:
			offsets = append(offsets, i)
			at, i = at+1, i+1
		case isBlank(c): // a folded or stripped line break, or the end of a block
			offsets = append(offsets, min(i, len(text)))
			at++
			if i < len(text) && (text[i] == '\n' || text[i] == '\r') {
				i++
			}
			continue
		case i < len(text) && isBlank(text[i]): // indentation, or blanks before a folded line break
			i++
			continue
		default:
			return nil, 0, false
		}
		if !isBlank(c) {
			behind = i
		}
	}
	if quote != 0 {
		for i < len(text) && text[i] != quote {
			i++
		}
		return append(offsets, min(i, len(text))), min(i+1, len(text)), true
	}
	return append(offsets, behind), behind, true
}

// unescape decodes the escape sequence of a double-quoted scalar at the beginning of text: what it means and its length,
// which is 0 if there is none.
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
	case '\n', '\r':
		size = 2
		for size < len(text) && isBlank(text[size]) {
			size++
		}
		return "", size
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
	return string(code), 2 + hex
}
