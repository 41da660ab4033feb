package eval

import (
	"bytes"
	"math/bits"

	"goshawk/event"
	"goshawk/plan"
)

// Finder says of many patterns which of them a text meets, at a cost that hardly depends on their number: each pattern is
// filed under the rarest group of up to four bytes that a text which meets it must hold, and only patterns whose group
// occurs are looked at. It may be used by any number of goroutines at a time.
type Finder struct {
	matcher *Matcher
	wholes  map[string][]int32 // of Equals, the patterns without wildcards
	groups  [5]groupTable      // by the number of bytes in a group
	rest    []int32            // the patterns that no group is known of
}

// groupTable leads from the groups of one width to the patterns that are filed under them. Most groups of a text are ruled
// out by the bit map.
type groupTable struct {
	patterns map[uint32][]int32
	bitmap   []uint64
	shift    uint8
}

// NewFinder makes patterns ready; see NewMatcher.
func NewFinder(op plan.MatchOp, patterns []plan.Pattern, fold bool) (*Finder, error) {
	m, err := NewMatcher(op, patterns, false, fold)
	if err != nil {
		return nil, err
	}
	f := &Finder{matcher: m}
	runs := make([][]string, len(patterns))
	counts := map[uint64]int{}
	for i, p := range patterns {
		if runs[i] = f.file(int32(i), p, op, fold); runs[i] == nil {
			continue
		}
		eachGroup(runs[i], func(key uint64) { counts[key]++ })
	}
	for i := range patterns {
		if runs[i] == nil {
			continue
		}
		best, fewest := uint64(0), 0
		eachGroup(runs[i], func(key uint64) {
			// Among groups that as few patterns have, a longer one is rarer in a text.
			if n := counts[key]; best == 0 || key>>32 > best>>32 || key>>32 == best>>32 && n < fewest {
				best, fewest = key, n
			}
		})
		f.groups[best>>32].add(uint32(best), int32(i))
	}
	for w := range f.groups {
		f.groups[w].buildMap()
	}
	return f, nil
}

// file returns the texts that must occur where a pattern is met, folded where the patterns are; nil for one that is filed
// here and now.
func (f *Finder) file(i int32, p plan.Pattern, op plan.MatchOp, fold bool) []string {
	text, plain := p.IsPlain()
	folding := func(text string) string {
		if fold {
			return event.Fold(text)
		}
		return text
	}
	if plain && op == plan.Equals {
		if f.wholes == nil {
			f.wholes = map[string][]int32{}
		}
		f.wholes[folding(text)] = append(f.wholes[folding(text)], i)
		return nil
	}
	var runs []string
	if op < plan.Regexp {
		for _, piece := range p.Pieces {
			// A word with wildcards is an expression that folds by its own rules.
			if piece.Kind == plan.Run && piece.Text != "" && (plain || op != plan.Word || !fold) {
				runs = append(runs, folding(piece.Text))
			}
		}
	}
	if runs == nil {
		f.rest = append(f.rest, i)
	}
	return runs
}

// eachGroup gives the groups of the runs, their width in the upper half.
func eachGroup(runs []string, each func(key uint64)) {
	for _, run := range runs {
		width := min(len(run), 4)
		for i := 0; i+width <= len(run); i++ {
			each(uint64(width)<<32 | uint64(groupAt(run, i, width)))
		}
	}
}

func groupAt[T string | []byte](text T, i, width int) uint32 {
	g := uint32(0)
	for j := range width {
		g |= uint32(text[i+j]) << (8 * j)
	}
	return g
}

// add files a pattern under a group.
func (t *groupTable) add(g uint32, i int32) {
	if t.patterns == nil {
		t.patterns = map[uint32][]int32{}
	}
	t.patterns[g] = append(t.patterns[g], i)
}

// buildMap must be called when all patterns are filed.
func (t *groupTable) buildMap() {
	if t.patterns == nil {
		return
	}
	size := min(max(bits.Len(uint(len(t.patterns)*64)), 10), 20)
	t.shift = uint8(32 - size)
	t.bitmap = make([]uint64, 1<<size/64)
	for g := range t.patterns {
		bit := t.bit(g)
		t.bitmap[bit/64] |= 1 << (bit % 64)
	}
}

// groupHash spreads groups: their first bits are those of the product.
const groupHash = 0x9e3779b1

func (t *groupTable) bit(g uint32) uint32 { return g * groupHash >> t.shift }

// has is false of most groups that nothing is filed under.
func (t *groupTable) has(g uint32) bool {
	bit := t.bit(g)
	return t.bitmap[bit/64]>>(bit%64)&1 != 0
}

// Find adds the indexes of all patterns that the text meets to dst, in no order, each once. What folded must be says
// Matcher.
func (f *Finder) Find(dst []int32, text, folded []byte) []int32 {
	subject := text
	if f.matcher.fold && f.matcher.op != plan.Regexp && f.matcher.op != plan.CIDR {
		subject = folded
	}
	dst = append(dst, f.wholes[string(subject)]...)
	for _, i := range f.rest {
		if f.matcher.MatchOne(int(i), text, folded) {
			dst = append(dst, i)
		}
	}
	for width := range f.groups {
		t := &f.groups[width]
		if t.patterns == nil {
			continue
		}
		for i := 0; i+width <= len(subject); i++ {
			g := groupAt(subject, i, width)
			if !t.has(g) {
				continue
			}
			list := t.patterns[g]
			if list == nil || occursBefore(subject, i, width) {
				continue
			}
			for _, p := range list {
				if f.matcher.MatchOne(int(p), text, folded) {
					dst = append(dst, p)
				}
			}
		}
	}
	return dst
}

// occursBefore says whether the group at a place of a text stands in it earlier.
func occursBefore(text []byte, i, width int) bool {
	return bytes.Contains(text[:i+width-1], text[i:i+width])
}

// MatchOne says whether the text meets the pattern of an index.
func (f *Finder) MatchOne(i int, text, folded []byte) bool {
	return f.matcher.MatchOne(i, text, folded)
}
