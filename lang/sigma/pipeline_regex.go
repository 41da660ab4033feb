package sigma

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
)

// Regular expressions and replacements of pipelines are Python's. They run as RE2, which reads the same but for look-around and
// back-references (refused) and knows letters and digits of ASCII only in \w, \d, \s and \b.

// pattern returns a regular expression that must be there; match says that it must meet from the beginning, as Python's match does.
func (p *params) pattern(name string, match bool) *regexp.Regexp {
	w := p.needed(name)
	if find(p.list, name) == nil {
		return nil
	}
	return p.expression(w, match)
}

// expression compiles the text of a word; nil if it does not compile.
func (p *params) expression(w Word, match bool) *regexp.Regexp {
	if len(w.Text) > maxRegexp {
		p.errorf(w.Span, "sigma-too-large", "regular expression of %d bytes is larger than %d", len(w.Text), maxRegexp)
		return nil
	}
	source := strings.ReplaceAll(w.Text, `\Z`, `\z`)
	if match {
		source = `\A(?:` + source + `)`
	}
	re, err := regexp.Compile(source)
	if err == nil {
		return re
	}
	var wrong *syntax.Error
	d := p.errorf(w.Span, "sigma-pipeline-regex", "regular expression does not compile: %v", err)
	if errors.As(err, &wrong) {
		d.Message = "regular expression does not compile: " + string(wrong.Code)
		if at := strings.Index(w.Text, wrong.Expr); at >= 0 && wrong.Expr != "" {
			d.Span = w.Part(p.src, at, at+len(wrong.Expr))
		}
		if explain(d, wrong); strings.HasPrefix(d.Hint, "split the test") {
			d.Hint = "write it without, or use two items with conditions"
		}
	}
	return re
}

// replacement is what takes the place of a match: texts and groups in turn.
type replacement []replacementPart

type replacementPart struct {
	text  string
	group int // of the match, where there is no text
}

// replacement reads a template of Python's re.sub: \1, \g<1>, \g<name> and escapes.
func (p *params) replacement(name string, re *regexp.Regexp) replacement {
	w := p.needed(name)
	if re == nil {
		return nil
	}
	var list replacement
	var text strings.Builder
	group := func(n int, from, to int) {
		if n < 0 || n > re.NumSubexp() {
			p.errorf(w.Part(p.src, from, to), "sigma-pipeline-regex", "the regular expression has no group %s", w.Text[from+1:to])
			return
		}
		if text.Len() > 0 {
			list = append(list, replacementPart{text: text.String()})
			text.Reset()
		}
		list = append(list, replacementPart{group: n})
	}
	t := w.Text
	for i := 0; i < len(t); i++ {
		if t[i] != '\\' || i+1 == len(t) {
			if t[i] == '\\' {
				p.errorf(w.Part(p.src, i, i+1), "sigma-pipeline-regex", "a backslash alone ends the replacement").Hint = `write \\ for a backslash`
			}
			text.WriteByte(t[i])
			continue
		}
		from := i
		i++
		switch c := t[i]; {
		case c >= '1' && c <= '9':
			if i+1 < len(t) && t[i+1] >= '0' && t[i+1] <= '9' {
				i++
			}
			n, _ := strconv.Atoi(t[from+1 : i+1])
			group(n, from, i+1)
		case c == 'g' && i+1 < len(t) && t[i+1] == '<':
			end := strings.IndexByte(t[i:], '>')
			if end < 0 {
				p.errorf(w.Part(p.src, from, len(t)), "sigma-pipeline-regex", `\g< is never closed`)
				return nil
			}
			word := t[i+2 : i+end]
			i += end
			n, err := strconv.Atoi(word)
			if err != nil {
				n = re.SubexpIndex(word)
			}
			group(n, from, i+1)
		case strings.IndexByte(`nrtafv\`, c) >= 0:
			text.WriteByte(map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'a': '\a', 'f': '\f', 'v': '\v', '\\': '\\'}[c])
		case c == '0' || unicode.IsLetter(rune(c)):
			p.errorf(w.Part(p.src, from, i+1), "sigma-pipeline-regex", `unknown escape \%c in the replacement`, c).Hint = `write \\ for a backslash`
		default: // no escape
			text.WriteByte('\\')
			text.WriteByte(c)
		}
	}
	if text.Len() > 0 {
		list = append(list, replacementPart{text: text.String()})
	}
	return list
}

// replace puts the replacement in the place of each match.
func (r replacement) replace(re *regexp.Regexp, text string) string {
	var b strings.Builder
	at := 0
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[at:m[0]])
		at = m[1]
		for _, part := range r {
			if part.text != "" {
				b.WriteString(part.text)
			} else if m[2*part.group] >= 0 {
				b.WriteString(text[m[2*part.group]:m[2*part.group+1]])
			}
		}
		if b.Len() > maxMadeBytes {
			return b.String()
		}
	}
	b.WriteString(text[at:])
	return b.String()
}
