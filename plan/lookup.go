package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/schema"
)

// maxWrittenRows is the length of the longest table whose rows stand in the text of a plan.
const maxWrittenRows = 200

// Column returns the place of a column of the table, -1 where it has none of the name.
func (t *Table) Column(name string) int { return slices.Index(t.Columns, name) }

// lookup writes a Lookup. Of a long table only the number and a digest of its rows are written, of one whose rows are found
// outside nothing; neither can be read back.
func (p *printer) lookup(n *Lookup) {
	p.write("lookup ")
	p.table(n.Table)
	for i, k := range n.Keys {
		if i == 0 {
			p.write(" on ")
		} else {
			p.write(", ")
		}
		p.expr(k.Value, operand)
		p.write(" ", k.Match.String())
		if k.Fold {
			p.write("~")
		}
		p.write(" ", quote(k.Column))
	}
	p.limit(" limit ", int64(n.Max))
	if n.Min != 0 || !n.Default.IsAbsent() {
		p.write(" least ", strconv.Itoa(n.Min), " else ", valueText(n.Default))
	}
	p.write(" give [")
	for i, o := range n.Out {
		if i > 0 {
			p.write(", ")
		}
		p.definition(o.Column)
		p.write(" = ", quote(o.From))
	}
	p.write("]")
}

func (p *printer) table(t *Table) {
	if t == nil {
		p.write("missing")
		return
	}
	p.write(quoteName(t.Name), " (")
	for i, name := range t.Columns {
		if i > 0 {
			p.write(", ")
		}
		p.write(quote(name))
	}
	p.write(")")
	switch {
	case t.Find != nil:
		p.write(" found outside")
	case len(t.Rows) > maxWrittenRows:
		p.write(" of ", strconv.Itoa(len(t.Rows)), " rows ", quote(t.digest()))
	default:
		p.rows(t.Rows)
	}
}

// digest returns a text that is the same for tables of the same rows.
func (t *Table) digest() string {
	h := sha256.New()
	for _, row := range t.Rows {
		for _, v := range row {
			h.Write([]byte(valueText(v)))
			h.Write([]byte{0})
		}
		h.Write([]byte{1})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (r *reader) lookupStage(in Node) Node {
	n := &Lookup{Input: in, Table: r.table(), Max: -1}
	if r.accept("on") {
		for more := true; more; more = r.accept(",") {
			n.Keys = append(n.Keys, r.lookupKey())
		}
	}
	if r.accept("limit") {
		n.Max = int(r.integer())
	}
	if r.accept("least") {
		n.Min = int(r.integer())
		r.expect("else")
		n.Default = r.value()
	}
	r.expect("give")
	r.listOf("[", "]", func() {
		name, span := r.columnName()
		t := r.typeName()
		r.expect("=")
		n.Out = append(n.Out, LookupOut{r.bind(name, span, t), r.text()})
	})
	return n
}

func (r *reader) lookupKey() LookupKey {
	k := LookupKey{Value: r.operand()}
	for i, word := range lookupMatches {
		if r.accept(word) {
			k.Match, k.Fold = LookupMatch(i), r.accept("~")
			k.Column = r.text()
			return k
		}
	}
	r.wanted("`exact`, `glob` or `cidr`")
	return k
}

func (r *reader) table() *Table {
	name, span := r.name()
	t := &Table{Name: name}
	r.listOf("(", ")", func() { t.Columns = append(t.Columns, r.text()) })
	unwritten := func(why string) {
		r.list.Errorf(r.src, span, "plan-table-unwritten", "the rows of table `%s` do not stand in the text: %s", name, why)
	}
	switch {
	case r.accept("found", "outside"):
		unwritten("they are found outside")
	case r.accept("of"):
		n := r.integer()
		r.expect("rows")
		unwritten("there are " + strconv.FormatInt(n, 10) + " with the digest " + r.text())
	default:
		t.Rows = r.rows()
	}
	return t
}

// lookup checks a Lookup.
func (c *checker) lookup(n *Lookup) {
	if n.Table == nil {
		c.errorf("plan-no-table", "the table is missing")
		return
	}
	c.table(n.Table)
	s := c.scopeOf(n.Input)
	for _, k := range n.Keys {
		c.expr(s, k.Value)
		c.tableColumn(n.Table, k.Column)
		if int(k.Match) >= len(lookupMatches) {
			c.errorf("plan-lookup", "a key of an unknown kind")
		} else if k.Match == MatchCIDR && k.Fold {
			c.errorf("plan-lookup", "a network has no case")
		}
	}
	if n.Max == 0 || n.Max < -1 || n.Min < 0 {
		c.errorf("plan-bad-count", "from %d to %d rows of a table", n.Min, n.Max).Hint = "write -1 for all rows"
	}
	if n.Max > 0 && n.Min > n.Max {
		c.errorf("plan-bad-count", "at least %d rows of at most %d", n.Min, n.Max)
	}
	single := n.Max == 1 && n.Min <= 1
	for _, o := range n.Out {
		c.tableColumn(n.Table, o.From)
		switch {
		case o.Column == nil:
			c.errorf("plan-missing-column", "a column is missing")
		case !single && !loose(o.Column.Type):
			c.errorf("plan-type", "column `%s`, which is a %s, can be given a list", o.Column.Name, o.Column.Type).Hint = "call it dynamic, or take one row only"
		case single:
			c.cells(n, o)
		}
	}
}

func (c *checker) table(t *Table) {
	for i, name := range t.Columns {
		if slices.Contains(t.Columns[:i], name) {
			c.errorf("plan-duplicate-column", "two columns of table `%s` are called `%s`", t.Name, name)
		}
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			c.errorf("plan-row-width", "row %d of table `%s` has %d values for %d columns", i+1, t.Name, len(row), len(t.Columns))
			return
		}
	}
}

func (c *checker) tableColumn(t *Table, name string) {
	if t.Column(name) < 0 {
		d := c.errorf("plan-unknown-column", "table `%s` has no column `%s`", t.Name, name)
		if near := diag.Nearest(name, t.Columns); near != "" {
			d.Hint = "did you mean `" + near + "`?"
		}
	}
}

// cells checks that a column can hold what the table has for it.
func (c *checker) cells(n *Lookup, o LookupOut) {
	at := n.Table.Column(o.From)
	if at < 0 || o.Column.Type == schema.Any {
		return
	}
	wrong := func(v event.Value) bool { return !holds(o.Column.Type, v.Kind()) }
	for i, row := range n.Table.Rows {
		if at < len(row) && wrong(row[at]) {
			c.errorf("plan-type", "row %d of table `%s` has a %s for column `%s`, which is a %s", i+1, n.Table.Name, row[at].Kind(), o.Column.Name, o.Column.Type)
			return
		}
	}
	if n.Min > 0 && wrong(n.Default) {
		c.errorf("plan-type", "the default is a %s and cannot be column `%s`, which is a %s", n.Default.Kind(), o.Column.Name, o.Column.Type)
	}
}
