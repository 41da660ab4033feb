package eval

import (
	"fmt"
	"regexp/syntax"
	"strings"
)

// spelled returns a source of an expression that matches in the same texts; what its groups capture is lost. Its own String looks at
// every character of a class for flags that could be left out, which for a class that leaves out a few takes milliseconds.
func spelled(re *syntax.Regexp) string {
	var b strings.Builder
	spell(&b, re)
	return b.String()
}

func spell(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpCharClass:
		if len(re.Rune) == 0 {
			break
		}
		b.WriteByte('[')
		for i := 0; i < len(re.Rune); i += 2 {
			fmt.Fprintf(b, `\x{%x}-\x{%x}`, re.Rune[i], re.Rune[i+1])
		}
		b.WriteByte(']')
		return
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			spellGroup(b, sub)
		}
		return
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				b.WriteByte('|')
			}
			spellGroup(b, sub)
		}
		return
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		spellGroup(b, re.Sub[0])
		switch {
		case re.Op == syntax.OpStar:
			b.WriteByte('*')
		case re.Op == syntax.OpPlus:
			b.WriteByte('+')
		case re.Op == syntax.OpQuest:
			b.WriteByte('?')
		case re.Max < 0:
			fmt.Fprintf(b, "{%d,}", re.Min)
		default:
			fmt.Fprintf(b, "{%d,%d}", re.Min, re.Max)
		}
		if re.Flags&syntax.NonGreedy != 0 {
			b.WriteByte('?')
		}
		return
	}
	b.WriteString(re.String())
}

func spellGroup(b *strings.Builder, re *syntax.Regexp) {
	b.WriteString("(?:")
	spell(b, re)
	b.WriteByte(')')
}
