package eval

import "encoding/binary"

// needles are texts that are looked for all at once, at a cost that hardly depends on their number: each is filed under a group of up
// to four of its bytes, the one that the fewest others have, and is compared only where that group stands. None may be empty.
type needles struct {
	texts  []string
	behind []int         // where in each its group stands
	groups [5]groupTable // by the number of bytes in a group
}

func newNeedles(texts []string) *needles {
	n := &needles{texts: texts, behind: make([]int, len(texts))}
	counts := map[uint64]int{}
	eachGroup(texts, func(key uint64) { counts[key]++ })
	for i, text := range texts {
		width, at, fewest := min(len(text), 4), 0, 0
		eachGroup(texts[i:i+1], func(key uint64) {
			if count := counts[key]; fewest == 0 || count < fewest {
				n.behind[i], fewest = at, count
			}
			at++
		})
		n.groups[width].add(groupAt(text, n.behind[i], width), int32(i))
	}
	for width := range n.groups {
		n.groups[width].buildMap()
	}
	return n
}

// find gives the needles that occur in a text by their numbers, each as often as it does, until met says that this is enough, which it
// returns.
func (n *needles) find(text []byte, met func(number int32) (enough bool)) bool {
	for width := range n.groups[:4] {
		t := &n.groups[width]
		if t.patterns == nil {
			continue
		}
		for i := 0; i+width <= len(text); i++ {
			if g := groupAt(text, i, width); t.has(g) && n.compare(t.patterns[g], text, i, met) {
				return true
			}
		}
	}
	t := &n.groups[4]
	if t.patterns == nil {
		return false
	}
	bitmap, shift := t.bitmap, t.shift%32
	for i := 0; i+4 <= len(text); i++ {
		g := binary.LittleEndian.Uint32(text[i:])
		if bit := g * groupHash >> shift; bitmap[bit/64]>>(bit%64)&1 != 0 && n.compare(t.patterns[g], text, i, met) {
			return true
		}
	}
	return false
}

// compare gives those of a list whose group stands at a place of a text, and which stand there themselves.
func (n *needles) compare(list []int32, text []byte, at int, met func(int32) bool) bool {
	for _, number := range list {
		needle := n.texts[number]
		from := at - n.behind[number]
		if from >= 0 && from+len(needle) <= len(text) && string(text[from:from+len(needle)]) == needle && met(number) {
			return true
		}
	}
	return false
}
