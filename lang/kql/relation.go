package kql

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// relation is the rows between two operators: a plan, and the columns that are visible there. It must not be changed once an
// operator has been given it; operators work on a copy (derive).
type relation struct {
	node    plan.Node
	columns []*column
	// star is an object with further columns that come from data; nil if there are none.
	star *plan.Column
	// order says that the order of rows means something: behind sort, top, serialize, range. Promised is stronger: the query's
	// last word on order was a sort.
	order, promised bool
	// group are hidden columns inside of mv-apply and partition: every operator that looks at more than one row must treat the
	// rows of each combination of their values apart.
	group []*plan.Column
	// carried are further columns of such a place that every operator passes on: they are the same in all rows of a combination.
	carried []*plan.Column
	// name is what withsource calls the rows: that of the table, or what `as` said.
	name string
	// absent says that the rows are of something that is not there, so that any column may be asked of it.
	absent bool
	// unique is the join that the rows come right out of, of which one row of each key of the left side counts, whichever; nil for
	// other rows.
	unique *uniqueJoin
	// scan says that nothing but conditions stand between the rows and the table, so that a condition on time says which window is
	// looked at.
	scan bool
	// graph is what make-graph made; nil for rows.
	graph *graph
	// reads are the places in which the query reads the tables that the rows are of, where scan is set.
	reads []int
}

// column is a column as the query sees it. Columns of a table get their place in the plan when they are first used.
type column struct {
	name   string
	typ    schema.Type // schema.Any where only the data tell
	hidden bool        // found by name, but not one of those that * means
	col    *plan.Column
	from   *plan.Scan // of a column that is not used yet
	source string     // its name in the scan
}

// derive returns a copy that may be changed.
func (r *relation) derive() *relation {
	c := *r
	c.columns = slices.Clone(r.columns)
	return &c
}

// at returns the place of a column by name, -1 if there is none.
func (r *relation) at(name string) int {
	return slices.IndexFunc(r.columns, func(c *column) bool { return c.name == name })
}

// find returns the column of a name, nil if there is none.
func (r *relation) find(name string) *column {
	if i := r.at(name); i >= 0 {
		return r.columns[i]
	}
	return nil
}

// names returns the names of the columns, hidden ones included.
func (r *relation) names() []string {
	out := make([]string, len(r.columns))
	for i, c := range r.columns {
		out[i] = c.name
	}
	return out
}

// visible returns the columns that * means.
func (r *relation) visible() []*column {
	out := make([]*column, 0, len(r.columns))
	for _, c := range r.columns {
		if !c.hidden {
			out = append(out, c)
		}
	}
	return out
}

// place returns the column of the plan; a column of a table becomes part of its scan now.
func (c *column) place() *plan.Column {
	if c.col == nil {
		if i := slices.IndexFunc(c.from.Out, func(o *plan.Column) bool { return o.Name == c.source }); i >= 0 { // another name of it is used already
			c.col = c.from.Out[i]
			return c.col
		}
		c.col = &plan.Column{Name: c.source, Type: c.typ}
		c.from.Out = append(c.from.Out, c.col)
	}
	return c.col
}

// value returns the value of a column.
func (c *column) value() value {
	return value{expr: &plan.Ref{Column: c.place()}, typ: c.typ}
}

// newColumn returns a column of the plan whose name no other column of the query has.
func (b *binder) newColumn(name string, t schema.Type) *plan.Column {
	n := b.used[name]
	b.used[name] = n + 1
	if n > 0 {
		name += "'" + strings.Repeat("'", min(n-1, 2))
		if n > 3 {
			name += itoa(n)
		}
		if b.used[name] > 0 {
			return b.newColumn(name+"'", t)
		}
		b.used[name] = 1
	}
	return &plan.Column{Name: name, Type: t}
}

// temp returns a column that the query does not see.
func (b *binder) temp(what string, t schema.Type) *plan.Column { return b.newColumn("$"+what, t) }

// extend computes columns: in the place of those of their names, else behind. The values must be over r.
func (b *binder) extend(r *relation, list []assigned) *relation {
	out := r.derive()
	out.node = &plan.Project{Input: r.node, Extend: true, Out: b.assigns(list, out)}
	return out
}

// assigned is a column's name with its value.
type assigned struct {
	name string
	v    value
}

// assigns makes columns of values, and enters them into a relation.
func (b *binder) assigns(list []assigned, out *relation) []plan.Assign {
	var assigns []plan.Assign
	for _, a := range list {
		c := &column{name: a.name, typ: a.v.typ, col: b.newColumn(a.name, a.v.typ)}
		assigns = append(assigns, plan.Assign{Column: c.col, Value: a.v.exact()})
		if i := out.at(a.name); i >= 0 {
			out.columns[i] = c
		} else {
			out.columns = append(out.columns, c)
		}
	}
	return assigns
}

// only returns the rows with exactly these columns of theirs.
func (r *relation) only(columns []*column) *relation {
	out := *r
	out.columns = columns
	out.star = nil
	return &out
}

// settle returns the rows with nothing but their visible columns in the plan, each under its name where that is free, so that a
// plan ends as the query sees it.
func (b *binder) settle(r *relation) (plan.Node, []Column) {
	p := &plan.Project{Input: r.node}
	var out []Column
	taken := map[string]bool{}
	for _, c := range r.visible() {
		to := &plan.Column{Name: c.name, Type: c.typ}
		for taken[to.Name] {
			to.Name += "'"
		}
		taken[to.Name] = true
		p.Out = append(p.Out, plan.Assign{Column: to, Value: &plan.Ref{Column: c.place()}})
		out = append(out, Column{c.name, c.typ, to})
	}
	if r.star != nil {
		to := &plan.Column{Name: "*", Type: schema.Dynamic}
		p.Out = append(p.Out, plan.Assign{Column: to, Value: &plan.Ref{Column: r.star}})
		out = append(out, Column{"*", schema.Dynamic, to})
	}
	return p, out
}

// free returns a name that no column of a relation has: the name itself, or with the first number behind it that makes it free.
func free(name string, taken func(string) bool) string {
	if !taken(name) {
		return name
	}
	for i := 1; ; i++ {
		if n := name + itoa(i); !taken(n) {
			return n
		}
	}
}

// emptyOf returns what stands where a value of a type is missing: an empty text, else null.
func emptyOf(t schema.Type) *plan.Literal {
	if t == schema.String {
		return &plan.Literal{Value: event.TextValue(""), Type: schema.String}
	}
	return &plan.Literal{Value: event.NullValue(), Type: t}
}

// oneRow returns a single row without columns.
func oneRow() *relation { return &relation{node: &plan.Values{Rows: [][]event.Value{{}}}} }

// passed returns the columns that an operator in mv-apply or partition must pass on beside those that the query sees.
func (r *relation) passed() []*plan.Column { return append(slices.Clone(r.group), r.carried...) }
