package prove

import (
	"regexp/syntax"
	"strings"
)

// sampleOf returns a text that a regular expression matches, the shortest that is easy to make.
func sampleOf(source string) (string, bool) {
	e, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return "", false
	}
	var b strings.Builder
	if !writeSample(&b, e.Simplify(), 0) {
		return "", false
	}
	return b.String(), true
}

// maxSampleDepth bounds the nesting of an expression that a sample is made of.
const maxSampleDepth = 200

func writeSample(b *strings.Builder, e *syntax.Regexp, depth int) bool {
	if depth > maxSampleDepth || b.Len() > 1<<16 {
		return false
	}
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		if len(e.Rune) == 0 {
			return false
		}
		b.WriteRune(readable(e.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('q')
	case syntax.OpCapture, syntax.OpPlus:
		return writeSample(b, e.Sub[0], depth+1)
	case syntax.OpRepeat:
		for range max(e.Min, 0) {
			if !writeSample(b, e.Sub[0], depth+1) {
				return false
			}
		}
	case syntax.OpConcat:
		for _, part := range e.Sub {
			if !writeSample(b, part, depth+1) {
				return false
			}
		}
	case syntax.OpAlternate:
		return writeSample(b, e.Sub[0], depth+1)
	case syntax.OpNoMatch:
		return false
	case syntax.OpWordBoundary, syntax.OpNoWordBoundary: // whether it holds shows when the text is tried
	}
	return true
}

// readable returns a character of a class, a letter or digit if it has one.
func readable(ranges []rune) rune {
	for _, want := range []rune{'a', 'q', 'A', '1', '0', ' ', '-'} {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= want && want <= ranges[i+1] {
				return want
			}
		}
	}
	return ranges[0]
}
