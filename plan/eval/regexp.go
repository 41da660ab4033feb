package eval

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"

	"goshawk/plan"
)

func newRegexp(source string, fold bool) (pattern, error) {
	if _, err := syntax.Parse(source, syntax.Perl); err != nil {
		return pattern{}, fmt.Errorf("regular expression %q: %w", source, err)
	}
	if fold {
		source = "(?i)" + source
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return pattern{}, fmt.Errorf("regular expression %q: %w", source, err)
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	return pattern{regexp: re, folds: err == nil && foldsText(tree), expression: sync.OnceValue(func() *expression { return newExpression(source, re) })}, nil
}

// newWordRegexp spells a Word with wildcards as an expression whose first group is the term. Case is folded by the flag.
func newWordRegexp(p plan.Pattern, fold bool) (pattern, error) {
	var term strings.Builder
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Run:
			if !utf8.ValidString(piece.Text) {
				return pattern{}, fmt.Errorf("word %q has wildcards and is not UTF-8", p)
			}
			term.WriteString(regexp.QuoteMeta(piece.Text))
		case plan.Many:
			term.WriteString(`.*?`)
		case plan.One:
			term.WriteString(`.`)
		case plan.AnyDash:
			term.WriteString(`[` + regexp.QuoteMeta(plan.Dashes) + `]`)
		}
	}
	const edge = `[^\p{L}\p{Nd}]`
	flags, before, behind := `(?s)`, ``, ``
	if fold {
		flags = `(?si)`
	}
	if first := p.Pieces[0]; first.Kind == plan.Run && startsTerm(first.Text) {
		before = `(?:^|` + edge + `)`
	}
	if last := p.Pieces[len(p.Pieces)-1]; last.Kind == plan.Run && endsTerm(last.Text) {
		behind = `(?:$|` + edge + `)`
	}
	re, err := regexp.Compile(flags + before + `(` + term.String() + `)` + behind)
	if err != nil {
		return pattern{}, fmt.Errorf("word %q: %w", p, err)
	}
	return pattern{regexp: re}, nil
}

func startsTerm(text string) bool {
	r, _ := utf8.DecodeRuneInString(text)
	return WordRune(r)
}

func endsTerm(text string) bool {
	r, _ := utf8.DecodeLastRuneInString(text)
	return WordRune(r)
}
