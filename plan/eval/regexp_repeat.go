package eval

import (
	"regexp/syntax"
	"sort"
	"unicode/utf8"
)

// repeat is an expression that is nothing but a class repeated, such as .{1000,}. Package regexp keeps a thread for each of the
// characters so far, at every character of the text; counting says the same.
type repeat struct {
	class []rune // bounds of ranges, in order
	least int
	most  int // that are taken; negative: any number
}

// everyRune and lineRunes are the classes that a point stands for.
var (
	everyRune = []rune{0, utf8.MaxRune}
	lineRunes = []rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune}
)

// repeatOf returns an expression as a repeat; nil if it is none.
func repeatOf(re *syntax.Regexp) *repeat {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op != syntax.OpRepeat || re.Min < 1 {
		return nil
	}
	r := &repeat{least: re.Min, most: re.Max}
	if re.Flags&syntax.NonGreedy != 0 {
		r.most = re.Min
	}
	switch sub := re.Sub[0]; sub.Op {
	case syntax.OpCharClass:
		r.class = sub.Rune
	case syntax.OpAnyChar:
		r.class = everyRune
	case syntax.OpAnyCharNotNL:
		r.class = lineRunes
	default:
		return nil
	}
	return r
}

// find returns where the expression matches first, as FindIndex of package regexp does. A byte that is not UTF-8 counts as
// utf8.RuneError there, too.
func (r *repeat) find(text []byte) (from, to int, ok bool) {
	if len(text) < r.least {
		return 0, 0, false
	}
	count := 0
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		if !r.has(c) {
			if count >= r.least {
				break
			}
			i += size
			from, to, count = i, i, 0
			continue
		}
		i += size
		to = i
		if count++; count == r.most {
			break
		}
	}
	return from, to, count >= r.least
}

func (r *repeat) has(c rune) bool {
	i := sort.Search(len(r.class)/2, func(i int) bool { return c <= r.class[2*i+1] })
	return 2*i < len(r.class) && r.class[2*i] <= c
}
