package eval

import (
	"regexp/syntax"
	"slices"
)

// shorter returns an expression that matches somewhere in the same texts as another, and has less to run through: what is repeated at an
// end need not be taken more often than it must be, as a match that takes less of it is one as well, and what need not be there is gone.
// Neighbours that repeat the same class become one.
func shorter(re *syntax.Regexp) *syntax.Regexp {
	return shortened(re, true, true)
}

// shortened shortens an expression, before which, or behind which, a match may end.
func shortened(re *syntax.Regexp, first, last bool) *syntax.Regexp {
	if !first && !last {
		return re
	}
	switch re.Op {
	case syntax.OpCapture:
		return shortened(re.Sub[0], first, last)
	case syntax.OpStar, syntax.OpQuest:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case syntax.OpPlus:
		return shortened(re.Sub[0], first, last)
	case syntax.OpRepeat:
		switch {
		case re.Min == 0:
			return &syntax.Regexp{Op: syntax.OpEmptyMatch}
		case re.Min == 1:
			return shortened(re.Sub[0], first, last)
		case re.Min <= maxCopies && re.Sub[0].Op != syntax.OpCharClass:
			return shortened(concat(re.Flags, slices.Repeat(re.Sub, re.Min)), first, last)
		}
		return &syntax.Regexp{Op: syntax.OpRepeat, Flags: re.Flags, Sub: re.Sub, Min: re.Min, Max: re.Min}
	case syntax.OpAlternate:
		out := &syntax.Regexp{Op: syntax.OpAlternate, Flags: re.Flags}
		for _, sub := range re.Sub {
			out.Sub = append(out.Sub, shortened(sub, first, last))
		}
		return out
	case syntax.OpConcat:
		list := flattened(nil, re)
		for first && len(list) > 0 {
			if list[0] = shortened(list[0], true, last && len(list) == 1); list[0].Op != syntax.OpEmptyMatch {
				break
			}
			list = list[1:]
		}
		for end := len(list) - 1; last && end >= 0; end = len(list) - 1 {
			if list[end] = shortened(list[end], first && end == 0, true); list[end].Op != syntax.OpEmptyMatch {
				break
			}
			list = list[:end]
		}
		return concat(re.Flags, joinRepeats(flattened(nil, &syntax.Regexp{Op: syntax.OpConcat, Sub: list})))
	}
	return re
}

func concat(flags syntax.Flags, list []*syntax.Regexp) *syntax.Regexp {
	switch len(list) {
	case 0:
		return &syntax.Regexp{Op: syntax.OpEmptyMatch}
	case 1:
		return list[0]
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Flags: flags, Sub: list}
}

// flattened appends what follows one another in an expression, without the groups that it is written in.
func flattened(list []*syntax.Regexp, re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		return flattened(list, re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			list = flattened(list, sub)
		}
		return list
	}
	return append(list, re)
}

// joinRepeats makes one of neighbours that repeat the same class so many times.
func joinRepeats(list []*syntax.Regexp) []*syntax.Regexp {
	var out []*syntax.Regexp
	for _, re := range list {
		if len(out) > 0 {
			before := out[len(out)-1]
			class, least, most := counted(before)
			same, more, upTo := counted(re)
			if class != nil && same != nil && slices.Equal(class.Rune, same.Rune) && least == most && more == upTo && least+more <= maxRepeat {
				out[len(out)-1] = &syntax.Regexp{Op: syntax.OpRepeat, Sub: []*syntax.Regexp{class}, Min: least + more, Max: least + more}
				continue
			}
		}
		out = append(out, re)
	}
	return out
}

// maxCopies is how often what is repeated is written down, so that one can see how it begins.
const maxCopies = 4

// maxRepeat is how often package syntax lets anything be repeated.
const maxRepeat = 1000

// counted returns the class that an expression takes so many times; nil if it is none.
func counted(re *syntax.Regexp) (class *syntax.Regexp, least, most int) {
	switch {
	case re.Op == syntax.OpCharClass:
		return re, 1, 1
	case re.Op == syntax.OpRepeat && re.Sub[0].Op == syntax.OpCharClass:
		return re.Sub[0], re.Min, re.Max
	}
	return nil, 0, 0
}
