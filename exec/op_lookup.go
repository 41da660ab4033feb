package exec

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
)

// lookup finds rows of a table for each row.
type lookup struct {
	through
	*lookupPlan
	run    *Run
	known  map[string][]event.Value // what was found for keys, as long as it is small
	weight int64                    // of known
	key    []byte
}

// lookupPlan is what all runs of a lookup share.
type lookupPlan struct {
	keys      []*expr
	index     *lookupIndex
	table     *plan.Table
	most      int
	least     int
	otherwise event.Value
	from      []int // the columns of the table that are given
	parts     []lookupPart
	remember  bool // finding is worth remembering
}

// lookupPart says where a column of the result comes from: what was found, or else a column of the input.
type lookupPart struct{ found, slot int }

// maxKnown bounds the bytes of results that a run remembers.
const maxKnown = 1 << 20

func (c *compiler) lookup(n *plan.Lookup) maker {
	s := c.scope(n.Input)
	if n.Table == nil {
		c.fail(n, "the table is missing")
		return nil
	}
	p := &lookupPlan{table: n.Table, most: n.Max, least: n.Min, otherwise: n.Default}
	sound := true
	place := func(name string) int {
		at := n.Table.Column(name)
		if at < 0 {
			c.fail(n, "table %q has no column %q", n.Table.Name, name)
			sound = false
		}
		return at
	}
	p.remember = n.Table.Find != nil
	for _, k := range n.Keys {
		p.keys = append(p.keys, c.expr(n, s, k.Value))
		place(k.Column)
		p.remember = p.remember || k.Match != plan.MatchExact
	}
	for _, o := range n.Out {
		p.from = append(p.from, place(o.From))
	}
	for i, row := range n.Table.Rows {
		if len(row) != len(n.Table.Columns) {
			c.fail(n, "row %d of table %q has %d values for %d columns", i+1, n.Table.Name, len(row), len(n.Table.Columns))
			return nil
		}
	}
	if !sound {
		return nil
	}
	var err error
	if p.index, err = newLookupIndex(n); err != nil {
		c.fail(n, "%v", err)
		return nil
	}
	for _, column := range c.scope(n).columns {
		found := lastIndex(n.Out, func(o plan.LookupOut) bool { return o.Column == column })
		p.parts = append(p.parts, lookupPart{found: found, slot: s.slot(column)})
	}
	return func(r *Run, to port) operator {
		return &lookup{through: through{to}, lookupPlan: p, run: r}
	}
}

func (o *lookup) push(_ int, b *Batch) error {
	keys := valuesOf(o.keys, b)
	columns := make([]Builder, len(o.from))
	values := make([]event.Value, len(keys))
	held := int64(0)
	for r := range b.Len {
		for i, k := range keys {
			values[i] = k.At(r)
		}
		found := o.find(values)
		size := int64(0)
		for i, v := range found {
			columns[i].Append(v)
			size += shellSize(v)
		}
		held += size
		if err := o.run.meter.grow(size, "lookup"); err != nil {
			return err
		}
	}
	out := &Batch{Len: b.Len, Cols: make([]Vector, len(o.parts)), Rest: b.Rest, From: b.From}
	made := make([]Vector, len(columns))
	for i := range columns {
		made[i] = columns[i].Finish()
	}
	for i, p := range o.parts {
		if p.found >= 0 {
			out.Cols[i] = made[p.found]
		} else {
			out.Cols[i] = b.Cols[p.slot]
		}
	}
	err := o.to.emit(out)
	o.run.meter.shrink(held)
	if err != nil {
		return err
	}
	return o.run.poll()
}

// find returns, for each column that is given, what the keys of a row find.
func (o *lookup) find(values []event.Value) []event.Value {
	texts := make([][]keyText, len(values))
	missing := false
	o.key = o.key[:0]
	for i, v := range values {
		texts[i] = o.index.keys[i].keyTexts(v, nil)
		missing = missing || len(texts[i]) == 0
		if o.remember {
			o.key = append(o.key, byte(len(texts[i])), byte(len(texts[i])>>8), byte(len(texts[i])>>16))
			for _, k := range texts[i] {
				o.key = appendPart(o.key, k.text)
			}
		}
	}
	if o.remember {
		if found, ok := o.known[string(o.key)]; ok {
			return found
		}
	}
	var rows [][]event.Value
	switch {
	case missing:
	case o.table.Find != nil:
		rows = o.outside(texts)
	default:
		for _, r := range o.index.find(texts, o.most) {
			rows = append(rows, o.table.Rows[r])
		}
	}
	found := o.give(rows)
	if o.remember {
		o.keep(found)
	}
	return found
}

// outside asks who finds the rows of the table, for each combination of texts.
func (o *lookup) outside(texts [][]keyText) [][]event.Value {
	var rows [][]event.Value
	keys := make([]event.Value, len(texts))
	var ask func(i int) bool
	ask = func(i int) bool {
		if i < len(texts) {
			for _, k := range texts[i] {
				keys[i] = event.TextValue(string(k.text))
				if !ask(i + 1) {
					return false
				}
			}
			return true
		}
		for _, row := range o.table.Find(slices.Clone(keys)) {
			if rows = append(rows, row); len(rows) == o.most {
				return false
			}
		}
		return true
	}
	ask(0)
	return rows
}

// give returns the values of rows that were found, column by column.
func (o *lookup) give(rows [][]event.Value) []event.Value {
	out := make([]event.Value, len(o.from))
	for i, at := range o.from {
		if len(rows) == 1 && o.least <= 1 {
			if at < len(rows[0]) {
				out[i] = owned(rows[0][at])
			}
			continue
		}
		var list []event.Value
		for _, row := range rows {
			if at < len(row) && !row[at].IsNull() {
				list = append(list, owned(row[at]))
			}
		}
		for n := len(rows); n < o.least; n++ {
			list = append(list, o.otherwise)
		}
		switch len(list) {
		case 0:
			out[i] = event.NullValue()
		case 1:
			out[i] = list[0]
		default:
			out[i] = event.ListValue(list...)
		}
	}
	return out
}

// keep remembers what was found for the keys in work.
func (o *lookup) keep(found []event.Value) {
	weight := int64(len(o.key)) + keyOverhead
	for _, v := range found {
		weight += valueSize + sizeOf(v)
	}
	if weight > maxKnown/16 {
		return
	}
	if o.weight += weight; o.known == nil || o.weight > maxKnown {
		o.known, o.weight = make(map[string][]event.Value), weight
	}
	o.known[string(o.key)] = found
}
