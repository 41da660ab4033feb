package plan

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"goshawk/diag"
)

// tokenKind tells the words of a plan's text apart.
type tokenKind uint8

const (
	endToken    tokenKind = iota
	nameToken             // a plain word, also of the grammar
	quotedToken           // a name in back quotes
	textToken
	numberToken
	signToken // punctuation, in token.text
)

type token struct {
	kind tokenKind
	text string // decoded
	span diag.Span
}

// lexer cuts a plan's text into tokens.
type lexer struct {
	src  *diag.Source
	pos  int
	list *diag.List
}

// signs are the tokens of punctuation, longer ones before their beginnings.
var signs = []string{"[-]", "==", "!=", "<=", ">=", "=>", "<", ">", "=", "|", "(", ")", "[", "]", "{", "}", ",", ":", "*", "?", "~", "#", "$"}

func (l *lexer) tokens() []token {
	var out []token
	for {
		t := l.next()
		out = append(out, t)
		if t.kind == endToken {
			return out
		}
	}
}

func (l *lexer) next() token {
	text := l.src.Text
	for l.pos < len(text) {
		switch c := text[l.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			l.pos++
		case strings.HasPrefix(text[l.pos:], "//"):
			if end := strings.IndexByte(text[l.pos:], '\n'); end >= 0 {
				l.pos += end
			} else {
				l.pos = len(text)
			}
		default:
			return l.token()
		}
	}
	return token{kind: endToken, span: diag.Span{Start: len(text), End: len(text)}}
}

func (l *lexer) token() token {
	text, start := l.src.Text, l.pos
	done := func(kind tokenKind, decoded string) token {
		return token{kind, decoded, diag.Span{Start: start, End: l.pos}}
	}
	switch c := text[start]; {
	case c == '"':
		return done(textToken, l.quoted('"'))
	case c == '`':
		return done(quotedToken, l.quoted('`'))
	case strings.HasPrefix(text[start:], `r"`):
		l.pos += 2
		end := strings.IndexByte(text[l.pos:], '"')
		if end < 0 {
			l.pos = len(text)
			l.unfinished(start)
			return done(textToken, text[start+2:])
		}
		l.pos += end + 1
		return done(textToken, text[start+2:l.pos-1])
	case isDigit(c) || c == '-' && start+1 < len(text) && isDigit(text[start+1]):
		l.number()
		return done(numberToken, text[start:l.pos])
	}
	for _, sign := range signs {
		if strings.HasPrefix(text[start:], sign) {
			l.pos += len(sign)
			return done(signToken, sign)
		}
	}
	r, size := utf8.DecodeRuneInString(text[start:])
	if !isNameStart(r) {
		l.pos += size
		l.list.Errorf(l.src, diag.Span{Start: start, End: l.pos}, "plan-unknown-character",
			"a plan has no use for %s", strconv.QuoteToGraphic(text[start:l.pos]))
		return l.next()
	}
	for l.pos < len(text) {
		r, size := utf8.DecodeRuneInString(text[l.pos:])
		if !isNamePart(r) || r == utf8.RuneError {
			break
		}
		l.pos += size
	}
	return done(nameToken, text[start:l.pos])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func (l *lexer) number() {
	text := l.src.Text
	digits := func() {
		for l.pos < len(text) && isDigit(text[l.pos]) {
			l.pos++
		}
	}
	l.pos++ // the sign or the first digit
	digits()
	if l.pos+1 < len(text) && text[l.pos] == '.' && isDigit(text[l.pos+1]) {
		l.pos++
		digits()
	}
	if l.pos < len(text) && (text[l.pos] == 'e' || text[l.pos] == 'E') {
		mark := l.pos
		l.pos++
		if l.pos < len(text) && (text[l.pos] == '+' || text[l.pos] == '-') {
			l.pos++
		}
		if l.pos == len(text) || !isDigit(text[l.pos]) {
			l.pos = mark
			return
		}
		digits()
	}
}

// quoted reads a text or name with escapes up to its closing mark.
func (l *lexer) quoted(mark byte) string {
	text, start := l.src.Text, l.pos
	var b strings.Builder
	for l.pos++; l.pos < len(text); {
		switch c := text[l.pos]; c {
		case mark:
			l.pos++
			return b.String()
		case '\\':
			l.escape(&b, mark)
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	l.unfinished(start)
	return b.String()
}

func (l *lexer) unfinished(start int) {
	l.list.Errorf(l.src, diag.Span{Start: start, End: len(l.src.Text)}, "plan-unfinished-text", "this text is never closed")
}

// escape reads one escape at the lexer's place.
func (l *lexer) escape(b *strings.Builder, mark byte) {
	text, start := l.src.Text, l.pos
	l.pos += 2
	if l.pos > len(text) {
		l.pos = len(text)
		return
	}
	digits := 0
	switch c := text[start+1]; c {
	case mark, '\\':
		b.WriteByte(c)
		return
	case 'n':
		b.WriteByte('\n')
		return
	case 'r':
		b.WriteByte('\r')
		return
	case 't':
		b.WriteByte('\t')
		return
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	if digits > 0 && l.pos+digits <= len(text) {
		n, err := strconv.ParseUint(text[l.pos:l.pos+digits], 16, 32)
		if err == nil && (digits == 2 || utf8.ValidRune(rune(n)) && n <= utf8.MaxRune) {
			l.pos += digits
			if digits == 2 {
				b.WriteByte(byte(n))
			} else {
				b.WriteRune(rune(n))
			}
			return
		}
	}
	d := l.list.Errorf(l.src, diag.Span{Start: start, End: l.pos}, "plan-bad-escape", "a text has no such escape")
	d.Hint = `write \\ for a backslash, or the whole text as r"…"`
}
