package kql

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"goshawk/plan"
	"goshawk/schema"
)

// subject returns what a match looks at, as a text unless numbers are asked for.
func (w *writer) subject(x plan.Expr) string {
	text := w.value(x)
	switch plan.TypeOf(x) {
	case schema.String, schema.Any:
		return text
	}
	return "tostring(" + text + ")"
}

// match writes a match.
func (w *writer) match(m *plan.Match, negated bool) *phrase {
	if _, ok := m.Subject.(*plan.Everything); ok {
		w.refuse("kql-write-everything", "words cannot be searched for in all columns as the plan means it")
		return leafPhrase("?")
	}
	if text, ok := w.emptiness(m); ok {
		w.empty()
		return leafPhrase(text)
	}
	word := "or"
	if m.All {
		word = "and"
	}
	switch m.Op {
	case plan.CIDR:
		return w.networks(m, word, negated)
	case plan.Equals:
		if p := w.numbers(m); p != nil {
			return p
		}
	}
	subject := w.subject(m.Subject)
	var list []*phrase
	var same []string // plain texts that one in, has_any or has_all compares with
	folds := false
	for _, p := range m.Patterns {
		text, plain := p.IsPlain()
		if m.Op == plan.Regexp || !plain || m.Fold && !isASCII(text) {
			list = append(list, leafPhrase(subject+" matches regex "+writtenText(regexOf(m.Op, p, m.Fold))))
			continue
		}
		switch m.Op {
		case plan.Equals:
			same, folds = append(same, writtenText(text)), folds || m.Fold && hasCase(text)
		case plan.Word:
			same = append(same, writtenText(text))
		case plan.Prefix:
			list = append(list, leafPhrase(subject+cased(" startswith", m.Fold)+writtenText(text)))
		case plan.Suffix:
			list = append(list, leafPhrase(subject+cased(" endswith", m.Fold)+writtenText(text)))
		case plan.Contains:
			list = append(list, leafPhrase(subject+cased(" contains", m.Fold)+writtenText(text)))
		}
	}
	if p := w.several(m, subject, same, folds); p != nil {
		list = append([]*phrase{p}, list...)
	}
	if len(list) == 0 {
		return leafPhrase(strconv.FormatBool(m.All))
	}
	return joinedPhrase(word, list)
}

// several writes plain texts of which the subject equals or has one, or all.
func (w *writer) several(m *plan.Match, subject string, texts []string, folds bool) *phrase {
	switch {
	case len(texts) == 0:
		return nil
	case m.Op == plan.Word && !m.Fold:
		list := make([]*phrase, len(texts))
		for i, t := range texts {
			list[i] = leafPhrase(subject + " has_cs " + t)
		}
		return joinedPhrase(map[bool]string{true: "and", false: "or"}[m.All], list)
	case m.Op == plan.Word && len(texts) == 1:
		return leafPhrase(subject + " has " + texts[0])
	case m.Op == plan.Word && m.All:
		return &phrase{text: subject + " has_all ", items: texts}
	case m.Op == plan.Word:
		return &phrase{text: subject + " has_any ", items: w.let(texts)}
	case len(texts) == 1:
		return leafPhrase(subject + map[bool]string{true: " =~ ", false: " == "}[folds] + texts[0])
	case m.All:
		list := make([]*phrase, len(texts))
		for i, t := range texts {
			list[i] = leafPhrase(subject + map[bool]string{true: " =~ ", false: " == "}[folds] + t)
		}
		return joinedPhrase("and", list)
	}
	return &phrase{text: subject + map[bool]string{true: " in~ ", false: " in "}[folds], items: w.let(texts)}
}

// longList is the number of values from which a list gets a name.
const longList = 100

// let gives a very long list a name.
func (w *writer) let(texts []string) []string {
	if len(texts) < longList {
		return texts
	}
	name := "Values"
	for i := 2; w.names[name]; i++ {
		name = fmt.Sprintf("Values%d", i)
	}
	w.names[name] = true
	w.lets = append(w.lets, "let "+name+" = dynamic(["+wrapped(texts, "\n    ")+"\n]);")
	return []string{name}
}

// emptiness writes what asks only whether there is a text.
func (w *writer) emptiness(m *plan.Match) (string, bool) {
	if len(m.Patterns) != 1 || m.Op == plan.Regexp || m.Op == plan.CIDR || m.Op == plan.Word {
		return "", false
	}
	text, plain := m.Patterns[0].IsPlain()
	switch {
	case plain && text == "" && m.Op == plan.Equals:
		return "isempty(" + w.subject(m.Subject) + ")", true
	case plain && text == "":
		return "isnotempty(" + w.subject(m.Subject) + ")", true
	}
	for _, piece := range m.Patterns[0].Pieces {
		if piece.Kind != plan.Many {
			return "", false
		}
	}
	return "isnotempty(" + w.subject(m.Subject) + ")", true
}

// numbers writes a column of numbers or truths that equals plain values; nil where it must be compared as text.
func (w *writer) numbers(m *plan.Match) *phrase {
	typ := plan.TypeOf(m.Subject)
	var texts []string
	for _, p := range m.Patterns {
		text, plain := p.IsPlain()
		switch {
		case plain && (typ == schema.Int || typ == schema.Long) && isDecimal(text):
		case plain && typ == schema.Bool && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false")):
			text = strings.ToLower(text)
		default:
			return nil
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return nil
	}
	subject := w.value(m.Subject)
	switch {
	case len(texts) == 1:
		return leafPhrase(subject + " == " + texts[0])
	case m.All:
		return nil
	}
	return &phrase{text: subject + " in ", items: w.let(texts)}
}

// isDecimal says whether a text is how a whole number is written.
func isDecimal(text string) bool {
	n, err := strconv.ParseUint(text, 10, 62)
	return err == nil && strconv.FormatUint(n, 10) == text
}

// networks writes whether an address lies in networks. Kusto's answer about what is no address is null.
func (w *writer) networks(m *plan.Match, word string, negated bool) *phrase {
	subject := w.subject(m.Subject)
	byVersion := map[bool][]string{}
	for _, p := range m.Patterns {
		prefix, err := netip.ParsePrefix(p.Source)
		if err != nil {
			w.refuse("kql-write-network", "%s is no network", p.Source)
			continue
		}
		byVersion[prefix.Addr().Is4()] = append(byVersion[prefix.Addr().Is4()], writtenText(p.Source))
	}
	var list []*phrase
	add := func(text string) {
		if negated {
			text = "coalesce(" + text + ", false)"
		}
		list = append(list, leafPhrase(text))
	}
	for _, four := range []bool{true, false} {
		nets, version := byVersion[four], map[bool]string{true: "ipv4", false: "ipv6"}[four]
		switch {
		case len(nets) == 0:
		case len(nets) == 1:
			add(version + "_is_in_range(" + subject + ", " + nets[0] + ")")
		case word == "or":
			add(version + "_is_in_any_range(" + subject + ", " + strings.Join(nets, ", ") + ")")
		default:
			for _, n := range nets {
				add(version + "_is_in_range(" + subject + ", " + n + ")")
			}
		}
	}
	if len(list) == 0 {
		return leafPhrase("false")
	}
	return joinedPhrase(word, list)
}

// cased returns an operator in the form that regards case, or in that which does not.
func cased(operator string, fold bool) string {
	if fold {
		return operator + " "
	}
	return operator + "_cs "
}

// regexOf returns the regular expression that does what a pattern with wildcards does.
func regexOf(op plan.MatchOp, p plan.Pattern, fold bool) string {
	if op == plan.Regexp {
		if fold {
			return "(?i)" + p.Source
		}
		return p.Source
	}
	var b strings.Builder
	b.WriteString("(?s)")
	if fold {
		b.Reset()
		b.WriteString("(?is)")
	}
	if op == plan.Equals || op == plan.Prefix {
		b.WriteByte('^')
	}
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Run:
			b.WriteString(regexp.QuoteMeta(piece.Text))
		case plan.Many:
			b.WriteString(".*")
		case plan.One:
			b.WriteByte('.')
		case plan.AnyDash:
			b.WriteString("[-/\u2013\u2014\u2015]")
		}
	}
	if op == plan.Equals || op == plan.Suffix {
		b.WriteByte('$')
	}
	return strings.TrimPrefix(b.String(), needless(b.String()))
}

// needless returns the flags of an expression that have no effect.
func needless(source string) string {
	flags := source[:strings.IndexByte(source, ')')+1]
	rest := source[len(flags):]
	switch {
	case flags == "(?s)" && !strings.Contains(rest, "."):
		return flags
	}
	return ""
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func hasCase(text string) bool { return strings.ToLower(text) != strings.ToUpper(text) }
