package eval

import (
	"regexp/syntax"
	"unicode/utf8"
)

// byteRun is bytes of a set, so many of them one after the other.
type byteRun struct {
	set    [256]bool
	most   int  // which is the length of the run
	beyond bool // the class has runes beyond ASCII, of which any byte counts
}

// shortestRun is how long a run must be to be worth looking for.
const shortestRun = 8

// runOf returns a run that each match of an expression holds: that of a class that is repeated often, such as [0-9a-f]{32}. Such an
// expression has no text to look for, and is the dearest to run. nil: there is none.
func runOf(re *syntax.Regexp) *byteRun {
	switch re.Op {
	case syntax.OpCapture, syntax.OpPlus:
		return runOf(re.Sub[0])
	case syntax.OpConcat:
		var best *byteRun
		for _, sub := range re.Sub {
			if run := runOf(sub); run != nil && (best == nil || run.most > best.most) {
				best = run
			}
		}
		return best
	case syntax.OpRepeat:
		if re.Min < 1 {
			return nil
		}
		if sub := re.Sub[0]; sub.Op == syntax.OpCharClass && re.Min >= shortestRun {
			return runOfClass(sub.Rune, re.Min)
		}
		return runOf(re.Sub[0])
	}
	return nil
}

// runOfClass returns the run of a class. Of a rune beyond ASCII any byte counts.
func runOfClass(pairs []rune, count int) *byteRun {
	run := &byteRun{most: count}
	for i := 0; i < len(pairs); i += 2 {
		for r := pairs[i]; r <= min(pairs[i+1], utf8.RuneSelf-1); r++ {
			run.set[r] = true
		}
		if pairs[i+1] >= utf8.RuneSelf {
			run.beyond = true
			for b := utf8.RuneSelf; b < len(run.set); b++ {
				run.set[b] = true
			}
		}
	}
	return run
}

// occursIn says whether a text holds the run. A nil run occurs in every text.
func (r *byteRun) occursIn(text []byte) bool {
	if r == nil {
		return true
	}
	// A run that begins at from ends at from+most-1 at the earliest: looking backwards from there, the first byte that is not
	// of the set says where the next run can begin.
	for from := 0; from+r.most <= len(text); {
		at := from + r.most - 1
		for at >= from && r.set[text[at]] {
			at--
		}
		if at < from {
			return true
		}
		from = at + 1
	}
	return false
}
