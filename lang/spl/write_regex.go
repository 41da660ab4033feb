package spl

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"goshawk/plan"
	"goshawk/plan/fn"
)

// regex writes a condition that one field must meet one expression, as the command regex has it.
func (w *writer) regex(e plan.Expr) (string, bool) {
	m, ok := e.(*plan.Match)
	if !ok || m.Op == plan.CIDR || m.All && len(m.Patterns) > 1 {
		return "", false
	}
	field, ok := w.field(m.Subject)
	if w.prefix != "" {
		field = strings.TrimPrefix(field, w.prefix)
	}
	if !ok || !isWord(field) || field == "_time" {
		return "", false
	}
	if _, ok := equalText(m); ok {
		return "", false
	}
	sources := w.expressions(m)
	if len(sources) != 1 {
		return "", false
	}
	return field + "=" + quoteExpression(sources[0]), true
}

// expressions returns the expressions that say what a Match does: one for each pattern if all must be met, else one for all.
func (w *writer) expressions(m *plan.Match) []string {
	var sources []string
	for _, p := range m.Patterns {
		var source string
		if m.Op == plan.Regexp {
			source = w.perl(p.Source, m.Fold)
		} else {
			source = w.patternSource(m.Op, p)
		}
		sources = append(sources, source)
	}
	flags := ""
	if m.Fold {
		flags = "(?i)"
	}
	for _, p := range m.Patterns {
		if m.Op != plan.Regexp && hasWild(p) {
			flags = strings.Replace("(?s"+strings.TrimPrefix(flags, "(?"), "(?si)", "(?is)", 1)
			if !strings.HasSuffix(flags, ")") {
				flags += ")"
			}
			break
		}
	}
	if m.All {
		for i := range sources {
			sources[i] = flags + sources[i]
		}
		return sources
	}
	if len(sources) == 1 {
		return []string{flags + sources[0]}
	}
	if m.Op == plan.Regexp { // flags and alternatives of one must not touch the others
		for i, s := range sources {
			sources[i] = "(?:" + s + ")"
		}
		return []string{flags + strings.Join(sources, "|")}
	}
	return []string{flags + alternatives(m, sources)}
}

// alternatives joins the expressions of patterns of one kind, with what they share at their ends written once.
func alternatives(m *plan.Match, sources []string) string {
	head, tail := "", ""
	if m.Op == plan.Equals || m.Op == plan.Prefix {
		head = "^"
	}
	if m.Op == plan.Equals || m.Op == plan.Suffix {
		tail = `\z`
	}
	for i, s := range sources {
		sources[i] = strings.TrimSuffix(strings.TrimPrefix(s, head), tail)
	}
	if head == "" && tail == "" {
		return strings.Join(sources, "|")
	}
	return head + "(?:" + strings.Join(sources, "|") + ")" + tail
}

func hasWild(p plan.Pattern) bool {
	for _, piece := range p.Pieces {
		if piece.Kind == plan.Many || piece.Kind == plan.One {
			return true
		}
	}
	return false
}

// patternSource returns the expression of a text pattern, under the flag s.
func (w *writer) patternSource(op plan.MatchOp, p plan.Pattern) string {
	var b strings.Builder
	if op == plan.Equals || op == plan.Prefix {
		b.WriteString("^")
	}
	if text, plain := p.IsPlain(); op == plan.Word && !plain {
		w.refuse("spl-write-word", "a word with wildcards, %s, cannot be written as SPL", clip(p.String()))
	} else if op == plan.Word && startsTerm(text) {
		b.WriteString(`(?<![\pL\p{Nd}])`)
	}
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Many:
			b.WriteString(".*")
		case plan.One:
			b.WriteString(".")
		case plan.AnyDash:
			b.WriteString("[-/\u2013\u2014\u2015]")
		default:
			b.WriteString(w.quotedRun(piece.Text))
		}
	}
	if text, plain := p.IsPlain(); op == plan.Word && plain && endsTerm(text) {
		b.WriteString(`(?![\pL\p{Nd}])`)
	}
	if op == plan.Equals || op == plan.Suffix {
		b.WriteString(`\z`)
	}
	return b.String()
}

var (
	termStart = regexp.MustCompile(`^[\pL\p{Nd}]`)
	termEnd   = regexp.MustCompile(`[\pL\p{Nd}]$`)
)

func startsTerm(s string) bool { return termStart.MatchString(s) }
func endsTerm(s string) bool   { return termEnd.MatchString(s) }

// quotedRun escapes a text for an expression.
func (w *writer) quotedRun(text string) string {
	if !plainText(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(text)) {
		w.refuse("spl-write-text", "a text with the bytes %q cannot be written as SPL", clip(text))
	}
	return strings.NewReplacer("\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(quoteMeta(text))
}

// perl returns an expression of RE2 as one of PCRE. Most are both; where one means something else there, what RE2 prints of it is
// tried, which has no signs that PCRE takes otherwise.
func (w *writer) perl(source string, fold bool) string {
	if sameInPerl(source, source, fold) {
		return source
	}
	if parsed, err := syntax.Parse(source, syntax.Perl); err == nil {
		for _, other := range []string{strings.ReplaceAll(source, "$", `\z`), parsed.String()} {
			if sameInPerl(source, other, fold) {
				return other
			}
		}
	}
	w.refuse("spl-write-regex", "the regular expression %s means something else in Splunk", clip(source))
	return source
}

// sameInPerl says whether one expression means in PCRE what another means in RE2.
func sameInPerl(source, perl string, fold bool) bool {
	if fold {
		source, perl = "(?i)"+source, "(?i)"+perl
	}
	re, err := fn.ParsePCRE(perl)
	if err != nil {
		return false
	}
	back, ok := re.RE2()
	return ok && normal(back) == normal(source)
}

// normal returns an expression in a form that equal ones share.
func normal(source string) string {
	re, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return "!" + source
	}
	return uncaptured(re).Simplify().String()
}

// uncaptured takes the groups out of an expression.
func uncaptured(re *syntax.Regexp) *syntax.Regexp {
	if re.Op == syntax.OpCapture {
		return uncaptured(re.Sub[0])
	}
	c := *re
	c.Flags &^= syntax.WasDollar
	c.Sub = nil
	for _, sub := range re.Sub {
		c.Sub = append(c.Sub, uncaptured(sub))
	}
	return &c
}

// quoteExpression writes an expression in quotes. Only a backslash before another one, a quote or the end needs one of its own.
func quoteExpression(source string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '"':
			b.WriteString(`\"`)
		case c != '\\':
			b.WriteByte(c)
		case i+1 < len(source) && source[i+1] == '\\':
			b.WriteString(`\\\\`)
			i++
		case i+1 == len(source) || source[i+1] == '"':
			b.WriteString(`\\`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
