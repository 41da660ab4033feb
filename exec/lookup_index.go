package exec

import (
	"bytes"
	"net/netip"
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/fn"
)

// lookupIndex finds the rows of a table that meet keys. It is made once for each Lookup of a query and never changes.
//
// Rows are found by all Exact keys together in a hash table; where there are none, by the key that tells most rows apart,
// patterns by the groups of bytes that they need and networks by their prefixes. Whatever was found is then asked for the
// other keys.
type lookupIndex struct {
	keys  []lookupColumn
	exact []int // the places of the Exact keys
	first int   // the key by which rows are found where there are no Exact keys
	rows  int
	table map[string][]int32 // from the texts of the Exact keys
}

// lookupColumn is one key made ready: the column of the table that it is compared with.
type lookupColumn struct {
	match    plan.LookupMatch
	fold     bool
	has      []bool   // which rows have something to compare with
	texts    []string // of Exact, the text of each row, folded where that is asked for
	patterns *eval.Finder
	pattern  []int32   // of Glob, the pattern of each row
	rowsOf   [][]int32 // of Glob, the rows of each pattern
	networks []netip.Prefix
	lengths  []int // of CIDR, the lengths of prefixes that occur
	inside   map[netip.Prefix][]int32
}

func newLookupIndex(n *plan.Lookup) (*lookupIndex, error) {
	x := &lookupIndex{rows: len(n.Table.Rows)}
	for i, k := range n.Keys {
		at := n.Table.Column(k.Column)
		column := lookupColumn{match: k.Match, fold: k.Fold, has: make([]bool, x.rows)}
		texts := make([]string, x.rows)
		for r, row := range n.Table.Rows {
			if column.has[r] = !row[at].IsNull(); column.has[r] {
				texts[r] = row[at].Text()
			}
		}
		if err := column.prepare(texts); err != nil {
			return nil, err
		}
		x.keys = append(x.keys, column)
		if k.Match == plan.MatchExact {
			x.exact = append(x.exact, i)
		}
	}
	if len(x.exact) == 0 {
		for i := range x.keys {
			if x.keys[i].different() > x.keys[x.first].different() {
				x.first = i
			}
		}
		return x, nil
	}
	x.table = make(map[string][]int32, x.rows)
	var key []byte
rows:
	for r := range x.rows {
		key = key[:0]
		for _, i := range x.exact {
			if !x.keys[i].has[r] {
				continue rows
			}
			key = appendPart(key, x.keys[i].texts[r])
		}
		x.table[string(key)] = append(x.table[string(key)], int32(r))
	}
	return x, nil
}

// appendPart adds a text to a key of several.
func appendPart[T string | []byte](key []byte, text T) []byte {
	n := len(text)
	return append(append(key, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), text...)
}

func (c *lookupColumn) prepare(texts []string) error {
	switch c.match {
	case plan.MatchExact:
		c.texts = texts
		if c.fold {
			for r, text := range texts {
				texts[r] = event.Fold(text)
			}
		}
	case plan.MatchGlob:
		return c.preparePatterns(texts)
	case plan.MatchCIDR:
		c.networks, c.inside = make([]netip.Prefix, len(texts)), map[netip.Prefix][]int32{}
		for r, text := range texts {
			network, ok := fn.ParseNetwork(text)
			if c.has[r] = c.has[r] && ok; !ok {
				continue
			}
			c.networks[r] = network
			if c.inside[network] == nil && !slices.Contains(c.lengths, network.Bits()) {
				c.lengths = append(c.lengths, network.Bits())
			}
			c.inside[network] = append(c.inside[network], int32(r))
		}
	}
	return nil
}

func (c *lookupColumn) preparePatterns(texts []string) error {
	var patterns []plan.Pattern
	known := make(map[string]int32)
	c.pattern = make([]int32, len(texts))
	for r, text := range texts {
		if !c.has[r] {
			continue
		}
		p, ok := known[text]
		if !ok {
			p = int32(len(patterns))
			known[text] = p
			patterns = append(patterns, plan.Glob(text))
			c.rowsOf = append(c.rowsOf, nil)
		}
		c.pattern[r] = p
		c.rowsOf[p] = append(c.rowsOf[p], int32(r))
	}
	var err error
	c.patterns, err = eval.NewFinder(plan.Equals, patterns, c.fold)
	return err
}

// different returns how many patterns or networks the column has.
func (c *lookupColumn) different() int { return len(c.rowsOf) + len(c.inside) }

// keyText is one text that a key has in a row of the input: that of its value, or of one element of it.
type keyText struct {
	text, folded []byte
	address      netip.Addr // of CIDR; not valid where the text is no address
}

// keyTexts returns the texts of a value as a key is compared; none for Null.
func (c *lookupColumn) keyTexts(v event.Value, dst []keyText) []keyText {
	switch v.Kind() {
	case event.Null:
		return dst
	case event.List:
		for _, e := range v.List() {
			dst = c.keyTexts(e, dst)
		}
		return dst
	}
	k := keyText{text: v.AppendText(nil)}
	switch {
	case c.match == plan.MatchCIDR:
		k.address, _ = fn.ParseAddress(string(k.text))
	case c.fold:
		k.folded = event.AppendFold(nil, k.text)
	}
	return append(dst, k)
}

// meets says whether a row of the table meets one of the texts of a key.
func (c *lookupColumn) meets(row int32, texts []keyText) bool {
	if !c.has[row] {
		return false
	}
	for _, k := range texts {
		met := false
		switch c.match {
		case plan.MatchExact:
			met = string(c.subject(k)) == c.texts[row]
		case plan.MatchGlob:
			met = c.patterns.MatchOne(int(c.pattern[row]), k.text, k.folded)
		case plan.MatchCIDR:
			met = k.address.IsValid() && c.networks[row].Contains(k.address)
		}
		if met {
			return true
		}
	}
	return false
}

func (c *lookupColumn) subject(k keyText) []byte {
	if c.fold {
		return k.folded
	}
	return k.text
}

// find adds the rows that meet a text of the key.
func (c *lookupColumn) find(dst []int32, k keyText) []int32 {
	if c.match == plan.MatchCIDR {
		for _, bits := range c.lengths {
			if network, err := k.address.Prefix(bits); err == nil {
				dst = append(dst, c.inside[network]...)
			}
		}
		return dst
	}
	for _, p := range c.patterns.Find(nil, k.text, k.folded) {
		dst = append(dst, c.rowsOf[p]...)
	}
	return dst
}

// maxCombined bounds the combinations of the elements of lists that are looked up one by one; beyond it every row is asked.
const maxCombined = 256

// find returns the rows that meet all keys, in the order of the table, at most so many; -1: all.
func (x *lookupIndex) find(keys [][]keyText, most int) []int32 {
	for _, k := range keys {
		if len(k) == 0 {
			return nil
		}
	}
	candidates, asked, sorted := x.candidates(keys)
	if !sorted {
		slices.Sort(candidates)
		candidates = slices.Compact(candidates)
	}
	var out []int32
rows:
	for _, r := range candidates {
		for i := range x.keys {
			if !asked(i) && !x.keys[i].meets(r, keys[i]) {
				continue rows
			}
		}
		if out = append(out, r); len(out) == most {
			break
		}
	}
	return out
}

// candidates returns rows among which are all that meet the keys, says of which keys it has made sure, and whether the rows
// are in the order of the table, each once.
func (x *lookupIndex) candidates(keys [][]keyText) (rows []int32, asked func(key int) bool, sorted bool) {
	all := func() ([]int32, func(int) bool, bool) {
		return countTo(x.rows), func(int) bool { return false }, true
	}
	if len(x.keys) == 0 {
		return all()
	}
	if len(x.exact) == 0 {
		for _, k := range keys[x.first] {
			rows = x.keys[x.first].find(rows, k)
		}
		return rows, func(key int) bool { return key == x.first }, false
	}
	combined := 1
	for _, i := range x.exact {
		if combined *= len(keys[i]); combined > maxCombined {
			return all()
		}
	}
	isExact := func(key int) bool { return x.keys[key].match == plan.MatchExact }
	var combine func(exact []int, key []byte)
	combine = func(exact []int, key []byte) {
		if len(exact) == 0 {
			if combined == 1 {
				rows = x.table[string(key)]
			} else {
				rows = append(rows, x.table[string(key)]...)
			}
			return
		}
		c := &x.keys[exact[0]]
		for _, k := range keys[exact[0]] {
			combine(exact[1:], appendPart(bytes.Clone(key), c.subject(k)))
		}
	}
	combine(x.exact, nil)
	return rows, isExact, combined == 1
}
