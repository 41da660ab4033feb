package kql

import (
	"strings"
	"unicode/utf8"

	"goshawk/diag"
)

// kind is what a token is.
type kind uint8

const (
	end      kind = iota
	word          // an identifier or keyword
	number        // 12, 0x1F, 1.5, 1e3
	timespan      // 3d
	quoted        // a string literal
	symbol        // an operator or a bracket
	broken        // complained about already
)

// token is one element of the text.
type token struct {
	kind  kind
	text  string // as written; of a quoted one the value
	at    diag.Span
	blank bool // blanks or comments stand before it
}

// units are the units of a timespan literal in ticks of 100 ns.
var units = map[string]int64{
	"d": 864e9, "day": 864e9, "days": 864e9, "h": 36e9, "hr": 36e9, "hrs": 36e9, "hour": 36e9, "hours": 36e9,
	"m": 6e8, "min": 6e8, "minute": 6e8, "minutes": 6e8, "s": 1e7, "sec": 1e7, "second": 1e7, "seconds": 1e7,
	"ms": 1e4, "milli": 1e4, "millis": 1e4, "millisecond": 1e4, "milliseconds": 1e4,
	"micro": 10, "micros": 10, "microsecond": 10, "microseconds": 10, "tick": 1, "ticks": 1, "nano": 0, "nanos": 0, "nanosecond": 0, "nanoseconds": 0,
}

// symbols are the operators and brackets of more than one character, longest first.
var symbols = []string{"=~", "==", "=>", "!=", "!~", "<>", "<=", ">=", "..", "["}

// lexer cuts a text into tokens, one at a time from wherever it is told.
type lexer struct {
	text string
	*complaints
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// skip returns the place of the next token behind blanks and comments.
func (l *lexer) skip(pos int) int {
	for pos < len(l.text) {
		switch c := l.text[pos]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v':
			pos++
		case c == '/' && strings.HasPrefix(l.text[pos:], "//"):
			i := strings.IndexByte(l.text[pos:], '\n')
			if i < 0 {
				return len(l.text)
			}
			pos += i + 1
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(l.text[pos:])
			if r != '\u00a0' && r != '\ufeff' && r != '\u200b' && (r < '\u2000' || r > '\u200a') && r != '\u3000' && r != '\u2028' && r != '\u2029' {
				return pos
			}
			pos += n
		default:
			return pos
		}
	}
	return pos
}

// next returns the token behind a place.
func (l *lexer) next(from int) token {
	pos := l.skip(from)
	t := token{at: diag.Span{Start: pos, End: pos}, blank: pos > from}
	if pos >= len(l.text) {
		return t
	}
	c := l.text[pos]
	switch {
	case c == '"' || c == '\'':
		return l.quoted(t, pos, false)
	case (c == '@' || c == 'h' || c == 'H') && l.prefixed(pos):
		return l.prefixedString(t, pos)
	case strings.HasPrefix(l.text[pos:], "```"), strings.HasPrefix(l.text[pos:], "~~~"):
		return l.fenced(t, pos)
	case isLetter(c) || c == '$' && pos+1 < len(l.text) && isLetter(l.text[pos+1]):
		t.kind = word
		i := pos + 1
		for i < len(l.text) && (isLetter(l.text[i]) || isDigit(l.text[i])) {
			i++
		}
		return l.done(t, i)
	case isDigit(c):
		return l.number(t, pos)
	case c == '!' && pos+1 < len(l.text) && isLetter(l.text[pos+1]):
		t.kind = symbol
		i := pos + 1
		for i < len(l.text) && (isLetter(l.text[i]) || isDigit(l.text[i])) {
			i++
		}
		if i < len(l.text) && l.text[i] == '~' {
			i++
		}
		return l.done(t, i)
	}
	t.kind = symbol
	for _, s := range symbols {
		if strings.HasPrefix(l.text[pos:], s) {
			return l.done(t, pos+len(s))
		}
	}
	if strings.IndexByte("+-*/%<>=()[]{}|,;:.@~", c) >= 0 {
		return l.done(t, pos+1)
	}
	if c == '#' && strings.TrimSpace(l.text[strings.LastIndexByte(l.text[:pos], '\n')+1:pos]) == "" { // a line for the tools of the service
		stop := strings.IndexByte(l.text[pos:], '\n')
		if stop < 0 {
			stop = len(l.text) - pos
		}
		t = l.done(t, pos+stop)
		l.errorf(t.at, "directive", "KS250", "%s is no line of a query", diag.Printable(strings.TrimSpace(t.text))).Hint = "a comment begins with //"
		return l.next(t.at.End)
	}
	_, n := utf8.DecodeRuneInString(l.text[pos:])
	t = l.done(t, pos+n)
	t.kind = broken
	d := l.errorf(t.at, "syntax", "KS002", "unexpected %s", diag.Printable(t.text))
	if strings.ContainsAny(t.text, "“”‘’„") {
		d.Hint = "write straight quotation marks"
	}
	return t
}

func (l *lexer) done(t token, end int) token {
	t.at.End = end
	t.text = l.text[t.at.Start:end]
	return t
}

// number reads a number, a timespan, or a name that begins with digits.
func (l *lexer) number(t token, pos int) token {
	t.kind = number
	i := pos
	if strings.HasPrefix(l.text[i:], "0x") || strings.HasPrefix(l.text[i:], "0X") {
		for i += 2; i < len(l.text) && strings.IndexByte("0123456789abcdefABCDEF", l.text[i]) >= 0; i++ {
		}
		if i > pos+2 && (i == len(l.text) || !isLetter(l.text[i])) {
			return l.done(t, i)
		}
		i = pos
	}
	for i < len(l.text) && isDigit(l.text[i]) {
		i++
	}
	whole := i
	if i < len(l.text) && l.text[i] == '.' && (i+1 == len(l.text) || l.text[i+1] != '.') && !(i+1 < len(l.text) && isLetter(l.text[i+1]) && l.text[i+1]|0x20 != 'e') {
		for i++; i < len(l.text) && isDigit(l.text[i]); i++ {
		}
	}
	digits := i
	for i < len(l.text) && (isLetter(l.text[i]) || isDigit(l.text[i])) {
		i++
	}
	rest := l.text[digits:i]
	if rest == "" {
		return l.done(t, digits)
	}
	if _, ok := units[rest]; ok {
		t.kind = timespan
		return l.done(t, i)
	}
	if rest[0]|0x20 == 'e' {
		j := digits + 1
		if j < len(l.text) && (l.text[j] == '+' || l.text[j] == '-') {
			j++
		}
		exponent := j
		for j < len(l.text) && isDigit(l.text[j]) {
			j++
		}
		if j > exponent && (j == len(l.text) || !isLetter(l.text[j])) {
			return l.done(t, j)
		}
	}
	if digits == whole {
		t.kind = word
		return l.done(t, i)
	}
	t = l.done(t, i)
	t.kind = broken
	l.errorf(t.at, "syntax", "KS002", "%s is neither a number nor a timespan", t.text).Hint = "units are d, h, m, s, ms, microsecond, tick"
	return t
}

// prefixed says whether a string with a prefix begins here.
func (l *lexer) prefixed(pos int) bool {
	rest := l.text[pos:]
	if rest[0]|0x20 == 'h' {
		rest = rest[1:]
	}
	rest = strings.TrimPrefix(rest, "@")
	return rest != "" && len(rest) < len(l.text[pos:]) && (rest[0] == '"' || rest[0] == '\'' || strings.HasPrefix(rest, "```"))
}

func (l *lexer) prefixedString(t token, pos int) token {
	if l.text[pos]|0x20 == 'h' {
		pos++
	}
	if l.text[pos] == '@' {
		return l.quoted(t, pos+1, true)
	}
	if l.text[pos] == '`' {
		return l.fenced(t, pos)
	}
	return l.quoted(t, pos, false)
}

// fenced reads a string between ``` or ~~~, which holds what it holds.
func (l *lexer) fenced(t token, pos int) token {
	mark := l.text[pos : pos+3]
	t.kind = quoted
	i := strings.Index(l.text[pos+3:], mark)
	if i < 0 {
		t = l.done(t, len(l.text))
		t.kind = broken
		l.errorf(diag.Span{Start: pos, End: pos + 3}, "unclosed-text", "KS001", "the text that begins here has no end")
		return t
	}
	t = l.done(t, pos+3+i+3)
	t.text = l.text[pos+3 : pos+3+i]
	return t
}

var escapes = map[byte]byte{'\\': '\\', '\'': '\'', '"': '"', 'n': '\n', 't': '\t', 'r': '\r', 'a': '\a', 'b': '\b', 'f': '\f', 'v': '\v', '0': 0}

// quoted reads a string whose opening quote stands at pos.
func (l *lexer) quoted(t token, pos int, verbatim bool) token {
	t.kind = quoted
	quote := l.text[pos]
	var b strings.Builder
	plain := pos + 1 // begin of what needs no decoding
	for i := pos + 1; i < len(l.text); {
		switch c := l.text[i]; {
		case c == quote && verbatim && i+1 < len(l.text) && l.text[i+1] == quote:
			b.WriteString(l.text[plain : i+1])
			i += 2
			plain = i
		case c == quote:
			b.WriteString(l.text[plain:i])
			t = l.done(t, i+1)
			t.text = b.String()
			return t
		case c == '\n' || c == '\r':
			i = len(l.text)
		case c == '\\' && !verbatim:
			b.WriteString(l.text[plain:i])
			n, ok := unescape(&b, l.text[i:])
			if !ok {
				l.errorf(diag.Span{Start: i, End: min(i+2, len(l.text))}, "escape", "KS002", "unknown escape in a text").Hint =
					`write \\ for a backslash, or @ before the text to have none`
				n = 1
			}
			i += n
			plain = i
		default:
			i++
		}
	}
	t.kind = broken
	line := strings.IndexAny(l.text[pos:], "\r\n")
	if line < 0 {
		line = len(l.text) - pos
	}
	l.errorf(diag.Span{Start: t.at.Start, End: pos + 1}, "unclosed-text", "KS001", "the text that begins here has no end in its line").Hint =
		"write a closing " + string(quote) + ", or ``` around a text of several lines"
	t = l.done(t, pos+line)
	t.text = ""
	return t
}

// unescape decodes the escape at the beginning of s and returns its length.
func unescape(b *strings.Builder, s string) (length int, ok bool) {
	if len(s) < 2 {
		return 0, false
	}
	digits := 0
	switch s[1] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		c, ok := escapes[s[1]]
		if ok {
			b.WriteByte(c)
		}
		return 2, ok
	}
	if len(s) < 2+digits {
		return 0, false
	}
	r, ok := hexRune(s[2 : 2+digits])
	if !ok {
		return 0, false
	}
	// A pair of escapes can be one character.
	if r >= 0xd800 && r < 0xdc00 && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low, ok := hexRune(s[8:12]); ok && low >= 0xdc00 && low < 0xe000 {
			b.WriteRune((r-0xd800)<<10 + (low - 0xdc00) + 0x10000)
			return 12, true
		}
	}
	b.WriteRune(r)
	return 2 + digits, true
}

func hexRune(s string) (rune, bool) {
	var r rune
	for _, c := range []byte(s) {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
