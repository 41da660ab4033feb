package eval

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// standIn is a character of private use that expressions hardly have, and how package syntax writes it.
const (
	standIn     = '\U000F5CA9'
	standInText = `\x{f5ca9}`
)

// textOf writes an expression down. Package syntax asks of each character of each class whether it has another case, which takes
// milliseconds for a class such as [^a]; so here a character stands in for each class while it writes the others.
func textOf(re *syntax.Regexp) string {
	if hasRune(re, standIn) {
		return re.String()
	}
	var classes []string
	text := withoutClasses(re, &classes).String()
	for _, class := range classes {
		text = strings.Replace(text, standInText, class, 1)
	}
	return text
}

func hasRune(re *syntax.Regexp, r rune) bool {
	return re.Op == syntax.OpLiteral && slices.Contains(re.Rune, r) ||
		slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return hasRune(sub, r) })
}

// withoutClasses returns an expression with a stand-in for each class, and appends the texts of the classes in their order.
func withoutClasses(re *syntax.Regexp, classes *[]string) *syntax.Regexp {
	if re.Op == syntax.OpCharClass {
		*classes = append(*classes, classText(re.Rune))
		return &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune{standIn}}
	}
	if len(re.Sub) == 0 {
		return re
	}
	out := *re
	out.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		out.Sub[i] = withoutClasses(sub, classes)
	}
	return &out
}

// classText writes a class down, which has both cases already of what is without regard to case.
func classText(pairs []rune) string {
	if len(pairs) == 0 {
		return `[^\x{0}-\x{10ffff}]`
	}
	var b strings.Builder
	b.WriteString(`(?-i:[`)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, `\x{%x}-\x{%x}`, pairs[i], pairs[i+1])
	}
	b.WriteString(`])`)
	return b.String()
}
