package stream

import (
	"math"
	"math/bits"
	"sort"

	"goshawk/plan"
)

// index finds all literals of one slot in a value.
type index struct {
	wholes  map[string][]int32 // by the folded value; entries are trigger numbers
	ends    anchored
	starts  anchored
	inside  grams
	few     []fewLiteral // instead of inside
	trigger []trigger
	parts   []int32 // the triggers that say nothing about a list or an object
	cased   []int32 // the triggers that say nothing about a text that is not ASCII
}

// fewLiteral is a literal that is looked for anywhere by itself.
type fewLiteral struct {
	text    []byte
	trigger int32
}

// maxFew is how many literals are looked for one after the other, which for few is faster than all groups of a text. So many rules
// are evaluated for every event rather than that its text be searched.
const maxFew = 2

// trigger is a literal with what follows from finding it.
type trigger struct {
	text    string
	atom    int32
	pattern int32
	// exact says that finding the literal in its place is the pattern's whole meaning, so that nothing is left to verify.
	exact bool
	// derived says that the atom is one of another slot, the value of which is made of this one.
	derived bool
}

// anchored finds literals at one end of a value: by hash, for each length that occurs.
type anchored struct {
	lengths []uint64 // bit set of the lengths that occur
	longest int
	table   map[uint64][]int32
	bitmap  []uint64 // of the hashes that occur, by their upper bits: it nearly always says no
	shift   uint8
}

func (a *anchored) add(text string, reverse bool, id int32) {
	if a.table == nil {
		a.table = map[uint64][]int32{}
	}
	n := len(text)
	for len(a.lengths) <= n/64 {
		a.lengths = append(a.lengths, 0)
	}
	a.lengths[n/64] |= 1 << (n % 64)
	a.longest = max(a.longest, n)
	h := uint64(hashSeed)
	for i := range n {
		c := text[i]
		if reverse {
			c = text[n-1-i]
		}
		h = hashStep(h, c)
	}
	a.table[h] = append(a.table[h], id)
}

// seal makes the bit map, when all is added.
func (a *anchored) seal() {
	size := min(max(bits.Len(uint(len(a.table)*32)), 8), 18)
	a.shift = uint8(64 - size)
	a.bitmap = make([]uint64, 1<<size/64)
	for h := range a.table {
		bit := h >> a.shift
		a.bitmap[bit/64] |= 1 << (bit % 64)
	}
}

// has says whether a hash may be one of the table.
func (a *anchored) has(h uint64) bool {
	bit := h >> a.shift
	return a.bitmap[bit/64]>>(bit%64)&1 != 0
}

const hashSeed = 0xcbf29ce484222325

func hashStep(h uint64, c byte) uint64 {
	h = (h ^ uint64(c)) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// grams finds literals anywhere in a value. Each literal is filed under one group of up to four of its bytes, the rarest one;
// the value's groups are looked up in a bit map first, which nearly always says no.
type grams struct {
	widths [5]gramTable // by the length of the group; 0 is unused
}

type gramTable struct {
	bitmap []uint64
	shift  uint8
	heads  map[uint32][]gramEntry
}

type gramEntry struct {
	trigger int32
	offset  int32 // of the group in the literal
}

func gramAt[T string | []byte](text T, i, width int) uint32 {
	g := uint32(0)
	for j := range width {
		g |= uint32(text[i+j]) << (8 * j)
	}
	return g
}

// gramFactor spreads groups over the bit map.
const gramFactor = 0x9e3779b1

func (t *gramTable) bit(g uint32) uint32 { return g * gramFactor >> t.shift }

// has says whether a group may be one that literals are filed under.
func (t *gramTable) has(g uint32) bool {
	bit := t.bit(g)
	return t.bitmap[bit/64]>>(bit%64)&1 != 0
}

// build files the literals. The rarity of a group is judged by how many of the literals contain it.
func (g *grams) build(triggers []trigger, members []int32) {
	counts := newGramCounts(len(members))
	each := func(text string, do func(offset int, key uint64)) {
		width := min(len(text), 4)
		for i := 0; i+width <= len(text); i++ {
			do(i, uint64(width)<<32|uint64(gramAt(text, i, width)))
		}
	}
	for _, id := range members {
		each(triggers[id].text, func(_ int, key uint64) { counts.add(key) })
	}
	perWidth := [5]int{}
	for _, id := range members {
		best, bestKey, bestScore := 0, uint64(0), int(^uint(0)>>1)
		each(triggers[id].text, func(i int, key uint64) {
			if score := counts.of(key)*4 + everydayness(uint32(key)); score < bestScore {
				best, bestKey, bestScore = i, key, score
			}
		})
		t := &g.widths[bestKey>>32]
		if t.heads == nil {
			t.heads = map[uint32][]gramEntry{}
		}
		t.heads[uint32(bestKey)] = append(t.heads[uint32(bestKey)], gramEntry{id, int32(best)})
		perWidth[bestKey>>32]++
	}
	for w := 1; w <= 4; w++ {
		t := &g.widths[w]
		if t.heads == nil {
			continue
		}
		size := min(max(bits.Len(uint(perWidth[w]*32)), 10), 18)
		t.shift = uint8(32 - size)
		t.bitmap = make([]uint64, 1<<size/64)
		for gram := range t.heads {
			bit := t.bit(gram)
			t.bitmap[bit/64] |= 1 << (bit % 64)
		}
	}
}

// gramCounts counts groups, now and then several as one: the count only serves to choose well.
type gramCounts struct {
	counts []uint16
	shift  uint8
}

func newGramCounts(literals int) gramCounts {
	size := min(max(bits.Len(uint(literals*32)), 8), 18)
	return gramCounts{make([]uint16, 1<<size), uint8(64 - size)}
}

func (c *gramCounts) at(key uint64) *uint16 { return &c.counts[key*0x9e3779b97f4a7c15>>c.shift] }

func (c *gramCounts) of(key uint64) int { return int(*c.at(key)) }

func (c *gramCounts) add(key uint64) {
	if n := c.at(key); *n < math.MaxUint16 {
		*n++
	}
}

// everydayness adds to the score of groups made of characters that fill ordinary paths and command lines.
func everydayness(gram uint32) int {
	score := 0
	for ; gram != 0; gram >>= 8 {
		switch c := byte(gram); {
		case c == 'e' || c == 's' || c == 't' || c == 'i' || c == 'n' || c == 'o' || c == 'r' || c == 'a' || c == '\\' || c == '.' || c == ' ':
			score += 2
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			score++
		}
	}
	return score
}

// order puts the cheap parts of conjunctions and disjunctions first: those that the index decides, then searches, regular
// expressions and computed predicates last.
func (b *formBuilder) order(t *test) int {
	switch t.op {
	case testAtom:
		switch a := &b.form.atoms[t.atom]; {
		case a.null:
			return 0
		case a.slot < 0:
			return 8
		case a.guarded():
			return 24
		case a.match.Op == plan.Regexp:
			return 16
		case a.complete:
			return 0
		case b.form.slots[a.slot].raw:
			return 7
		default:
			return 1 + min(len(a.match.Patterns), 4)
		}
	case testNot:
		return b.order(t.list[0])
	case testAnd, testOr:
		costs := make([]int, len(t.list))
		dearest := 0
		for i, x := range t.list {
			costs[i] = b.order(x)
			dearest = max(dearest, costs[i])
		}
		if !sort.IntsAreSorted(costs) {
			sort.Stable(byCost{t.list, costs})
		}
		return dearest + 1
	}
	return 0
}

// byCost sorts tests by their costs.
type byCost struct {
	tests []*test
	costs []int
}

func (x byCost) Len() int           { return len(x.tests) }
func (x byCost) Less(i, j int) bool { return x.costs[i] < x.costs[j] }
func (x byCost) Swap(i, j int) {
	x.tests[i], x.tests[j] = x.tests[j], x.tests[i]
	x.costs[i], x.costs[j] = x.costs[j], x.costs[i]
}

// index chooses the literals of every rule and notes in which slots they are looked for.
func (b *formBuilder) index() {
	k := b.form
	needs := make([]*need, len(k.rules))
	raws := 0
	for r := range k.rules {
		if needs[r] = b.needOf(k.rules[r].test, false); needs[r].readsRaw() {
			raws++
		}
	}
	for r, n := range needs {
		if n == nil || b.set.options.NoIndex || raws <= maxFew && n.readsRaw() {
			k.always = append(k.always, int32(r))
			continue
		}
		n.each(func(n *need) {
			if !n.filed {
				n.filed = true
				b.file(n)
			}
			a := &k.atoms[n.atom]
			if len(a.rules) == 0 || a.rules[len(a.rules)-1] != int32(r) {
				a.rules = append(a.rules, int32(r))
			}
		})
	}
	for r := range k.rules {
		b.order(k.rules[r].test)
	}
	for s, needs := range b.filed {
		if len(needs) > 0 {
			k.scanned = append(k.scanned, int32(s))
			k.slots[s].index = &later[index]{make: func() *index { return newIndex(int32(s), needs, k.atoms) }}
		}
	}
}

// readsRaw says whether literals are looked for in the text of the event. To fold and search all of it costs more than to evaluate a few
// rules, which often fail for a single field.
func (n *need) readsRaw() bool {
	reads := false
	if n != nil {
		n.each(func(n *need) { reads = reads || n.sketch.raw })
	}
	return reads
}

// file notes the slots in which the literals of an atom are looked for, of which there may then be more: what computed values come
// from are slots, too.
func (b *formBuilder) file(n *need) {
	literals := n.sketch.literals
	own := b.form.atoms[n.atom].slot
	found, last := 0, int32(-1) // patterns, whose literals stand together
	for i := range literals {
		l := &literals[i]
		if l.pattern != last {
			found, last = found+1, l.pattern
		}
		slot := own
		if l.from != nil {
			slot = b.slot(l.from)
			if n.slots == nil {
				n.slots = make([]int32, len(literals))
				for before := range i {
					n.slots[before] = own
				}
			}
		}
		if n.slots != nil {
			n.slots[i] = slot
		}
		for int(slot) >= len(b.filed) {
			b.filed = append(b.filed, nil)
		}
		if filed := b.filed[slot]; len(filed) == 0 || filed[len(filed)-1] != n {
			b.filed[slot] = append(filed, n)
		}
	}
	a := &b.form.atoms[n.atom]
	a.complete = a.match != nil && !a.match.All && found == len(a.match.Patterns)
}

// newIndex builds the index of a slot for the needs that have literals there.
func newIndex(slot int32, needs []*need, atoms []atom) *index {
	count := 0
	for _, n := range needs {
		n.at(slot, func(*literal) { count++ })
	}
	x := &index{trigger: make([]trigger, 0, count)}
	var inside []int32
	for _, n := range needs {
		m := atoms[n.atom].match
		n.at(slot, func(l *literal) {
			id := int32(len(x.trigger))
			x.trigger = append(x.trigger, trigger{text: l.text, atom: n.atom, pattern: l.pattern, exact: exact(l, m), derived: l.derived})
			if l.derived && !l.elements {
				x.parts = append(x.parts, id)
			}
			if l.cased {
				x.cased = append(x.cased, id)
			}
			switch l.place {
			case whole:
				if x.wholes == nil {
					x.wholes = map[string][]int32{}
				}
				x.wholes[l.text] = append(x.wholes[l.text], id)
			case atStart:
				x.starts.add(l.text, false, id)
			case atEnd:
				x.ends.add(l.text, true, id)
			default:
				inside = append(inside, id)
			}
		})
	}
	for _, a := range []*anchored{&x.starts, &x.ends} {
		if a.table != nil {
			a.seal()
		}
	}
	if len(inside) > maxFew {
		x.inside.build(x.trigger, inside)
		return x
	}
	for _, id := range inside {
		x.few = append(x.few, fewLiteral{[]byte(x.trigger[id].text), id})
	}
	return x
}

// at gives visit the literals that are looked for in a slot.
func (n *need) at(slot int32, visit func(*literal)) {
	for i := range n.sketch.literals {
		if n.slots == nil || n.slots[i] == slot {
			visit(&n.sketch.literals[i])
		}
	}
}

// exact says whether finding a literal in its place proves its pattern.
func exact(l *literal, m *plan.Match) bool {
	if l.derived || !m.Fold || m.Op > plan.Contains {
		return false
	}
	_, plain := m.Patterns[l.pattern].IsPlain()
	return plain
}
