package plan

import (
	"strconv"
	"strings"

	"goshawk/event"
	"goshawk/plan/fn"
)

// String returns the plan as text: its source first, then one operator a line, the inputs of a join or union indented in
// brackets. Read reads it back. Marks are not written.
//
//	plan     = source { "|" stage } .
//	source   = "scan" name columns [ "open" ]
//	         | "values" columns [ row { "," row } ]
//	         | "union" columns [ "open" ] { "(" plan ")" "from" "[" ( column | "null" ) { "," … } "]" }
//	         | "join" kind "(" plan ")" "(" plan ")" [ "on" key { "," key } ] [ "where" expr ] [ "first" ] "give" assigns [ rest ] .
//	stage    = "filter" expr [ "because" text ]
//	         | ( "project" | "extend" ) assigns [ rest ]
//	         | "aggregate" "[" { agg } "]" [ "by" assigns ] [ "drop" "null" ]
//	         | "window" "[" { function } "]" [ "partition" "(" exprs ")" ] [ "order" keys ] frame
//	         | "sort" keys [ "limit" number ]
//	         | "limit" number [ "skip" number ]
//	         | "expand" assigns [ "index" definition ] [ "keep" "empty" ] [ "limit" number ]
//	         | "lookup" table [ "on" match { "," match } ] [ "limit" number ] [ "least" number "else" literal ] "give" "[" { definition "=" text } "]"
//	         | "sequence" [ "ordered" ] "within" timespan "of" expr [ "by" "(" exprs ")" ] { step } "give" "[" { column } "]"
//	         | "correlate" "within" ( timespan | "all" ) "of" operand [ "arrival" operand ] [ "rank" operand ] [ "by" assigns ] [ "keep" assigns ]
//	           [ "measure" "[" { agg } "]" ] { "chain" definition "=" "(" exprs ")" } "when" expr
//	         | "trace" [ "by" "(" exprs ")" ] columns [ "match" definition ] { tracestep } .
//	columns  = "[" { definition } "]" .
//	definition = column type .
//	assigns  = "[" { column | definition "=" expr } "]" .
//	rest     = "keep" "rest" [ "except" texts ] [ "only" texts ] .
//	agg      = definition "=" name "(" [ "distinct" ] exprs ")" [ "where" expr ] [ "order" keys ] .
//	function = definition "=" name "(" exprs ")" .
//	frame    = "rows" bound "to" bound [ "without" "current" ] | "time" bound "to" bound [ "without" "current" ] .
//	bound    = number | timespan | "all" .
//	keys     = "(" expr [ "desc" ] [ "nulls" "first" ] { "," … } ")" .
//	key      = operand "==" operand .
//	table    = name texts [ row { "," row } ] | name texts "of" number "rows" text | name texts "found" "outside" .
//	match    = operand ( "exact" | "glob" | "cidr" ) [ "~" ] text .
//	step     = "step" text "when" expr [ "keep" assigns ] .
//	tracestep = "step" text ( "all" | "last" | "none" ) "keep" "[" { definition "=" expr "else" literal } "]" "when" operand "set" "(" exprs ")" .
//	row      = "(" { literal } ")" .
//
// A column is written by its name; of several columns of one name the first that the text mentions stands alone and the
// others as name#2, name#3 … Of a table with more than 200 rows only their number and a digest are written, of one whose rows
// are found outside nothing; neither can be read back. A column without type and value in a list of assigns is passed on as it is. The syntax of
// expressions stands at ExprString.
func String(n Node) string {
	p := &printer{numbers: map[*Column]int{}, counts: map[string]int{}}
	p.node(n)
	return p.String()
}

// printer writes a plan, numbering the columns of equal names in the order in which it meets them.
type printer struct {
	strings.Builder
	indent  string
	numbers map[*Column]int
	counts  map[string]int
	params  []string // of the lambdas around
}

func (p *printer) write(parts ...string) {
	for _, part := range parts {
		p.WriteString(part)
	}
}

func (p *printer) line(parts ...string) {
	p.write("\n", p.indent)
	p.write(parts...)
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case *Scan:
		p.write("scan ", quoteName(n.Table), " ")
		p.columns(n.Out)
		p.open(n.Rest)
	case *Values:
		p.values(n)
	case *Union:
		p.union(n)
	case *Join:
		p.join(n)
	case nil:
		p.write("nothing")
	default:
		p.node(n.Inputs()[0])
		p.line("| ")
		p.stage(n)
	}
}

func (p *printer) stage(n Node) {
	switch n := n.(type) {
	case *Filter:
		p.write("filter ")
		p.expr(n.Where, lowest)
		if n.Why != "" {
			p.write(" because ", quote(n.Why))
		}
	case *Project:
		if n.Extend {
			p.write("extend ")
		} else {
			p.write("project ")
		}
		p.assigns(n.Out)
		p.rest(n.Rest)
	case *Aggregate:
		p.aggregate(n)
	case *Window:
		p.window(n)
	case *Sort:
		p.write("sort ")
		p.keys(n.Keys)
		p.limit(" limit ", n.Limit)
	case *Limit:
		p.write("limit ", strconv.FormatInt(n.Count, 10))
		if n.Skip != 0 {
			p.write(" skip ", strconv.FormatInt(n.Skip, 10))
		}
	case *Expand:
		p.write("expand ")
		p.assigns(n.Lists)
		if n.Index != nil {
			p.write(" index ")
			p.definition(n.Index)
		}
		if n.KeepEmpty {
			p.write(" keep empty")
		}
		p.limit(" limit ", n.Limit)
	case *Lookup:
		p.lookup(n)
	case *Sequence:
		p.sequence(n)
	case *Correlate:
		p.correlate(n)
	case *Trace:
		p.trace(n)
	}
}

func (p *printer) values(n *Values) {
	p.write("values ")
	p.columns(n.Out)
	p.rows(n.Rows)
}

func (p *printer) rows(rows [][]event.Value) {
	for i, row := range rows {
		if i > 0 {
			p.write(",")
		}
		p.line("    (")
		for j, v := range row {
			if j > 0 {
				p.write(", ")
			}
			p.write(valueText(v))
		}
		p.write(")")
	}
}

func (p *printer) union(n *Union) {
	p.write("union ")
	p.columns(n.Out)
	p.open(n.Rest)
	for i, in := range n.Ins {
		p.input(in)
		p.write(" from [")
		for j, c := range n.From[i] {
			if j > 0 {
				p.write(", ")
			}
			if c == nil {
				p.write("null")
			} else {
				p.column(c)
			}
		}
		p.write("]")
	}
}

var joinKinds = [...]string{"inner", "left", "right", "full", "left semi", "left anti", "right semi", "right anti"}

func (k JoinKind) String() string { return joinKinds[k] }

func (p *printer) join(n *Join) {
	p.write("join ", n.Kind.String())
	p.input(n.Left)
	p.input(n.Right)
	for i, k := range n.Keys {
		if i == 0 {
			p.write(" on ")
		} else {
			p.write(", ")
		}
		p.expr(k.Left, operand)
		p.write(" == ")
		p.expr(k.Right, operand)
	}
	if n.On != nil {
		p.write(" where ")
		p.expr(n.On, lowest)
	}
	if n.FirstRight {
		p.write(" first")
	}
	p.write(" give ")
	p.assigns(n.Out)
	p.rest(n.Rest)
}

// input writes a plan inside brackets, indented.
func (p *printer) input(n Node) {
	p.line("(")
	outer := p.indent
	p.indent += "    "
	p.line()
	p.node(n)
	p.indent = outer
	p.line(")")
}

func (p *printer) aggregate(n *Aggregate) {
	p.write("aggregate ")
	p.aggs(n.Aggs)
	if len(n.By) > 0 {
		p.write(" by ")
		p.assigns(n.By)
	}
	if n.DropNull {
		p.write(" drop null")
	}
}

func (p *printer) aggs(list []Agg) {
	p.write("[")
	for i, a := range list {
		if i > 0 {
			p.write(", ")
		}
		p.definition(a.Column)
		p.write(" = ", aggregateName(a.Func), "(")
		if a.Distinct {
			p.write("distinct ")
		}
		p.exprs(a.Args)
		p.write(")")
		if a.Where != nil {
			p.write(" where ")
			p.expr(a.Where, lowest)
		}
		if len(a.Order) > 0 {
			p.write(" order ")
			p.keys(a.Order)
		}
	}
	p.write("]")
}

func aggregateName(f *fn.Aggregate) string {
	if f == nil {
		return "missing"
	}
	return f.Name
}

func (p *printer) window(n *Window) {
	p.write("window [")
	for i, f := range n.Out {
		if i > 0 {
			p.write(", ")
		}
		p.definition(f.Column)
		p.write(" = ", aggregateName(f.Func), "(")
		p.exprs(f.Args)
		p.write(")")
	}
	p.write("]")
	if len(n.PartitionBy) > 0 {
		p.write(" partition (")
		p.exprs(n.PartitionBy)
		p.write(")")
	}
	if len(n.OrderBy) > 0 {
		p.write(" order ")
		p.keys(n.OrderBy)
	}
	if n.Frame.ByTime {
		p.write(" time ")
	} else {
		p.write(" rows ")
	}
	p.bound(n.Frame.ByTime, n.Frame.Preceding)
	p.write(" to ")
	p.bound(n.Frame.ByTime, n.Frame.Following)
	if n.Frame.ExcludeCurrent {
		p.write(" without current")
	}
}

func (p *printer) bound(time bool, n int64) {
	switch {
	case n == -1:
		p.write("all")
	case time:
		p.write(durationText(n))
	default:
		p.write(strconv.FormatInt(n, 10))
	}
}

func (p *printer) sequence(n *Sequence) {
	p.write("sequence")
	if n.Ordered {
		p.write(" ordered")
	}
	p.write(" within ", durationText(n.Within), " of ")
	p.expr(n.Time, lowest)
	if len(n.By) > 0 {
		p.write(" by (")
		p.exprs(n.By)
		p.write(")")
	}
	for _, s := range n.Steps {
		p.line("    step ", quote(s.Name), " when ")
		p.expr(s.When, lowest)
		if len(s.Keeps) > 0 {
			p.write(" keep ")
			p.assigns(s.Keeps)
		}
	}
	p.line("    give [")
	for i, c := range n.Out {
		if i > 0 {
			p.write(", ")
		}
		p.column(c)
	}
	p.write("]")
}

func (p *printer) correlate(n *Correlate) {
	p.write("correlate within ")
	p.bound(true, n.Within)
	p.write(" of ")
	p.expr(n.Time, operand)
	if n.Arrival != nil {
		p.write(" arrival ")
		p.expr(n.Arrival, operand)
	}
	if n.Rank != nil {
		p.write(" rank ")
		p.expr(n.Rank, operand)
	}
	if len(n.By) > 0 {
		p.write(" by ")
		p.assigns(n.By)
	}
	if len(n.Keeps) > 0 {
		p.line("    keep ")
		p.assigns(n.Keeps)
	}
	if len(n.Aggs) > 0 {
		p.line("    measure ")
		p.aggs(n.Aggs)
	}
	for _, c := range n.Chains {
		p.line("    chain ")
		p.definition(c.Column)
		p.write(" = (")
		p.exprs(c.Steps)
		p.write(")")
	}
	p.line("    when ")
	p.expr(n.When, lowest)
}

func (p *printer) open(open bool) {
	if open {
		p.write(" open")
	}
}

func (p *printer) limit(word string, n int64) {
	if n != -1 {
		p.write(word, strconv.FormatInt(n, 10))
	}
}

func (p *printer) rest(r Rest) {
	if !r.Keep {
		return
	}
	p.write(" keep rest")
	for _, part := range []struct {
		word  string
		names []string
	}{{" except (", r.Except}, {" only (", r.Only}} {
		if len(part.names) == 0 {
			continue
		}
		p.write(part.word)
		for i, name := range part.names {
			if i > 0 {
				p.write(", ")
			}
			p.write(quote(name))
		}
		p.write(")")
	}
}

func (p *printer) columns(list []*Column) {
	p.write("[")
	for i, c := range list {
		if i > 0 {
			p.write(", ")
		}
		p.definition(c)
	}
	p.write("]")
}

func (p *printer) definition(c *Column) {
	p.column(c)
	p.write(" ", c.Type.String())
}

func (p *printer) assigns(list []Assign) {
	p.write("[")
	for i, a := range list {
		if i > 0 {
			p.write(", ")
		}
		if r, ok := a.Value.(*Ref); ok && r.Column == a.Column {
			p.column(a.Column)
			continue
		}
		p.definition(a.Column)
		p.write(" = ")
		p.expr(a.Value, lowest)
	}
	p.write("]")
}

func (p *printer) keys(list []Key) {
	p.write("(")
	for i, k := range list {
		if i > 0 {
			p.write(", ")
		}
		p.expr(k.Value, lowest)
		if k.Descending {
			p.write(" desc")
		}
		if k.NullsFirst {
			p.write(" nulls first")
		}
	}
	p.write(")")
}

// column writes the name of a column with its number.
func (p *printer) column(c *Column) {
	if c == nil {
		p.write("missing")
		return
	}
	n, ok := p.numbers[c]
	if !ok {
		p.counts[c.Name]++
		n = p.counts[c.Name]
		p.numbers[c] = n
	}
	p.write(quoteName(c.Name))
	shadowed := false
	for _, name := range p.params {
		shadowed = shadowed || name == c.Name
	}
	if n > 1 || shadowed {
		p.write("#", strconv.Itoa(n))
	}
}

func (p *printer) trace(n *Trace) {
	p.write("trace ")
	if len(n.By) > 0 {
		p.write("by (")
		p.exprs(n.By)
		p.write(") ")
	}
	p.columns(n.Out)
	if n.Match != nil {
		p.write(" match ")
		p.definition(n.Match)
	}
	for _, s := range n.Steps { // all that is remembered first: conditions of a step ask what it remembers itself
		p.line("    step ", quote(s.Name), " ", s.Give.String(), " keep [")
		for i, m := range s.Keep {
			if i > 0 {
				p.write(", ")
			}
			p.definition(m.Column)
			p.write(" = ")
			p.expr(m.Value, lowest)
			p.write(" else ")
			p.write(valueText(m.Empty))
		}
		p.write("] when ")
		p.expr(s.When, operand)
		p.write(" set (")
		p.exprs(s.Set)
		p.write(")")
	}
}
