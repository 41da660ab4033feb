package kql

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// binder gives names their meaning, and makes the plan.
type binder struct {
	*complaints
	env    Env
	query  *Query
	used   map[string]int // names of columns of the plan
	clause string         // the operator that a condition stands in, for marks
	scope  *scope         // of the operator that is being bound
	size   int            // how much was bound, to stop what explodes
	calls  int            // functions in functions
}

// maxSize bounds what a query can become when everything it names is written out; maxCalls how deep functions call functions.
const (
	maxSize    = 200_000
	maxCalls   = 40
	maxColumns = 10_000 // of a row, as in the service
)

// tooWide says that rows have more columns than they may, and complains.
func (b *binder) tooWide(n int, at diag.Span) bool {
	if n > maxColumns {
		b.errorf(at, "too-large", "", "these are %d columns, and rows have at most %d", n, maxColumns)
	}
	return n > maxColumns
}

func itoa(n int) string { return strconv.Itoa(n) }

// enough says that the query has become as large as it may, and complains when that happens.
func (b *binder) enough(at diag.Span) bool {
	if b.size++; b.size == maxSize {
		b.errorf(at, "too-large", "", "the query becomes too large when all that it names is written out").Hint = "let statements that use each other several times multiply"
	}
	return b.size >= maxSize
}

// program binds a whole text: one query for each expression statement, or only the first.
func (b *binder) program(p *block, all bool) []*Query {
	s := (*scope)(nil).inner()
	b.statements(s, p.statements)
	if len(p.results) == 0 {
		b.errorf(diag.Span{Start: 0, End: len(b.text.String)}, "no-query", "KS198", "the text asks for nothing").Hint = "write an expression behind the let statements"
		return []*Query{b.query}
	}
	var queries []*Query
	for i, x := range p.results {
		if i > 0 && !all {
			if b.query.Plan != nil {
				b.notef(x.span(), "second-query", "only the first expression of the text is asked; this one is not")
			}
			break
		}
		if i > 0 {
			b.query = &Query{Text: b.query.Text}
		}
		b.whole(s, x)
		queries = append(queries, b.query)
	}
	return queries
}

// whole binds the expression that a query is.
func (b *binder) whole(s *scope, x node) {
	var r *relation
	if b.tabular(s, x) {
		if pl, ok := bare(x).(*pipeline); ok {
			r = b.noGraph(b.pipeline(s, pl, b.stageNoted), x)
		} else {
			r = b.rows(s, x)
		}
	} else { // a scalar is one row with one column
		r = (&printStage{list: []named{{x: x}}}).bind(b, &stage{at: x.span(), name: "print", word: x.span()}, &relation{})
	}
	if r == nil {
		return
	}
	b.query.Plan, b.query.Columns = b.settle(r)
	b.query.Ordered = r.promised
}

// stageNoted notes a stage of the outermost pipeline.
func (b *binder) stageNoted(s *stage, r *relation) {
	text := b.text.String[s.at.Start:s.at.End]
	b.query.Stages = append(b.query.Stages, Stage{text, s.at, r.node})
}

// statements enters let statements into a scope.
func (b *binder) statements(s *scope, list []statement) {
	for _, st := range list {
		switch st.word {
		case "let":
			if st.name == nil || st.x == nil {
				continue
			}
			if s.names[st.name.text] != nil {
				b.errorf(st.name.span(), "declared-twice", "KS201", "`%s` is declared twice", st.name.text)
				continue
			}
			s.names[st.name.text] = &binding{at: st.name.span(), text: b.text, x: st.x, env: s.snapshot()}
		case "set":
			b.set(s, st)
		case "declare query_parameters":
			b.queryParameters(s, st.x.(*lambda))
		default:
			b.errorf(st.at, "refused", "", "`%s` statements are not supported", st.word)
		}
	}
}

// snapshot returns the names as they are now: a let sees those before it.
func (s *scope) snapshot() *scope {
	c := &scope{outer: s.outer, names: make(map[string]*binding, len(s.names)), depth: s.depth}
	for n, x := range s.names {
		c.names[n] = x
	}
	return c
}

// set obeys set query_now; other options say how a query is run, not what it means.
func (b *binder) set(s *scope, st statement) {
	switch st.name.text {
	case "query_now":
		if st.x == nil {
			b.errorf(st.at, "set", "", "query_now needs a time")
			return
		}
		if v, ok := b.constant(&context{scope: s}, st.x, schema.Datetime); ok && v.Kind() == event.Time {
			b.env.Now = v.Int()
			b.env.AnyTime = false
		}
	default:
		b.notef(st.at, "option", "the option %s has no effect here", st.name.text)
	}
}

// queryParameters gives the parameters of a query their defaults.
func (b *binder) queryParameters(s *scope, f *lambda) {
	for _, p := range f.params {
		if p.value == nil {
			b.errorf(p.span(), "parameter", "", "the query needs a value for its parameter %s", p.name.text).Hint = "give it a default: " + p.name.text + ":string = \"\""
			unknown := wrong()
			s.names[p.name.text] = &binding{at: p.span(), text: b.text, bound: &unknown}
			continue
		}
		s.names[p.name.text] = &binding{at: p.span(), text: b.text, x: p.value, env: s.snapshot()}
	}
}

// bare returns an expression without the brackets around it.
func bare(x node) node {
	for {
		g, ok := x.(*grouped)
		if !ok {
			return x
		}
		x = g.x
	}
}

// tabular says whether an expression gives rows.
func (b *binder) tabular(s *scope, x node) bool {
	switch x := bare(x).(type) {
	case *pipeline:
		return true
	case *name:
		if found := s.find(x.text); found != nil {
			return b.givesRows(found)
		}
		if b.env.Table != nil {
			if _, ok := b.env.Table(x.text); ok {
				return true
			}
		}
		if f := b.stored(x.text); f != nil {
			return b.functionGivesRows(f)
		}
		return false
	case *call:
		if found := s.find(x.fn.text); found != nil {
			return b.givesRows(found)
		}
		if tableFunctions[x.fn.text] != nil {
			return true
		}
		if f := b.stored(x.fn.text); f != nil && functions[x.fn.text] == nil {
			return b.functionGivesRows(f)
		}
		return false
	case *called:
		return true
	case *member:
		c, ok := bare(x.of).(*call)
		if of, further := bare(x.of).(*called); further {
			c, ok = bare(of.of).(*call)
		}
		return ok && (c.fn.text == "workspace" || c.fn.text == "database" || c.fn.text == "app" || c.fn.text == "cluster" || c.fn.text == "arg" || c.fn.text == "adx" || c.fn.text == "resource")
	}
	return false
}

func (b *binder) givesRows(found *binding) bool {
	switch {
	case found.rows != nil:
		return true
	case found.bound != nil || found.using:
		return false
	}
	found.using = true
	defer func() { found.using = false }()
	if f, ok := found.x.(*lambda); ok {
		return b.blockGivesRows(found.env, f.params, f.body)
	}
	return b.tabular(found.env, found.x)
}

// blockGivesRows says whether the result of a function's body are rows.
func (b *binder) blockGivesRows(s *scope, params []*param, body *block) bool {
	if body == nil || len(body.results) == 0 {
		return false
	}
	inner := s.inner()
	for _, p := range params {
		stand := &binding{text: b.text, bound: &value{}}
		if p.table {
			stand = &binding{text: b.text, rows: func() *relation { return nil }}
		}
		inner.names[p.name.text] = stand
	}
	for _, st := range body.statements {
		if st.word == "let" && st.name != nil && st.x != nil {
			inner.names[st.name.text] = &binding{text: b.text, x: st.x, env: inner.snapshot()}
		}
	}
	return b.tabular(inner, body.results[0])
}

// rows binds an expression that must give rows; nil after a complaint.
func (b *binder) rows(s *scope, x node) *relation {
	return b.noGraph(b.rowsOrGraph(s, x), x)
}

// noGraph complains about a graph where rows are wanted.
func (b *binder) noGraph(r *relation, x node) *relation {
	if r != nil && r.graph != nil {
		b.errorf(x.span(), "rows-wanted", "KS107", "rows are wanted here, not a graph").Hint = "graph-match and graph-to-table give rows"
		return nil
	}
	return r
}

// rowsOrGraph binds what stands where a pipeline begins.
func (b *binder) rowsOrGraph(s *scope, x node) *relation {
	if b.enough(x.span()) {
		return nil
	}
	switch x := bare(x).(type) {
	case *pipeline:
		return b.pipeline(s, x, nil)
	case *name:
		return b.namedRows(s, x)
	case *call:
		if found := s.find(x.fn.text); found != nil {
			return b.callBinding(&context{scope: s}, found, x)
		}
		if f := tableFunctions[x.fn.text]; f != nil {
			return f(b, s, x)
		}
		if f := b.stored(x.fn.text); f != nil && functions[x.fn.text] == nil {
			return b.callStored(&context{scope: s}, f, x)
		}
		if f := functions[x.fn.text]; f != nil && f.refused != "" {
			b.errorf(x.span(), "refused", "", "%s is not run: %s", f.name, f.refused)
			return nil
		}
		b.unknownFunction(x.fn)
		return nil
	case *called:
		if !b.here(x.of) {
			return nil
		}
		return b.rows(s, x.call)
	case *member:
		if b.tabular(s, x) {
			return b.elsewhere(s, x)
		}
	}
	b.errorf(x.span(), "rows-wanted", "KS107", "rows are wanted here, not a value")
	return nil
}

// elsewhere binds workspace("w").T and the like.
func (b *binder) elsewhere(s *scope, x *member) *relation {
	if !b.here(x.of) {
		return nil
	}
	return b.namedRows(s, x.name)
}

// here says whether what stands before a dot means what is asked here anyway; another service is complained about.
func (b *binder) here(x node) bool {
	switch x := bare(x).(type) {
	case *call:
		switch x.fn.text {
		case "workspace", "database", "app":
			b.notef(x.span(), "workspace", "all tables are looked for here, not in another workspace")
			return true
		}
	case *called:
		return b.here(x.of) && b.here(x.call)
	}
	b.errorf(x.span(), "refused", "", "%s asks another service, which is not done", b.words(x.span()))
	return false
}

// namedRows binds a name that stands for rows.
func (b *binder) namedRows(s *scope, n *name) *relation {
	if found := s.find(n.text); found != nil {
		if f, ok := found.x.(*lambda); ok {
			return b.callBinding(&context{scope: s}, found, &call{at: n.at, fn: n})
		} else if f == nil && found.rows != nil {
			return found.rows()
		}
		if found.bound != nil {
			b.errorf(n.span(), "rows-wanted", "KS107", "`%s` is a value, not rows", n.text)
			return nil
		}
		if found.using {
			b.errorf(n.span(), "recursion", "", "`%s` leads to itself", n.text)
			return nil
		}
		found.using = true
		defer func() { found.using = false }()
		var r *relation
		b.inText(found.text, func() { r = b.rowsOrGraph(found.env, found.x) })
		if r != nil {
			r = r.derive()
			r.name = n.text
		}
		return r
	}
	if b.env.Table != nil {
		if t, ok := b.env.Table(n.text); ok {
			return b.table(t, n)
		}
	}
	if f := b.stored(n.text); f != nil {
		r := b.callStored(&context{scope: s}, f, &call{at: n.at, fn: n})
		if r != nil {
			r = r.derive()
			r.name = n.text
		}
		return r
	}
	if strings.Contains(n.text, "*") {
		b.errorf(n.span(), "unknown-table", "KS204", "wildcards stand in union, search and find only")
		return nil
	}
	b.unknownTable(n)
	return nil
}

// table returns the rows of a table.
func (b *binder) table(t *Table, n *name) *relation {
	scan := &plan.Scan{Table: t.Scan}
	r := &relation{node: scan, name: t.Name, scan: true, reads: []int{b.query.Reads}, columns: make([]*column, len(t.Columns))}
	for i, c := range t.Columns {
		r.columns[i] = &column{name: c.Name, typ: c.Type, hidden: c.Hidden, from: scan, source: c.Column}
	}
	r.columns = append(r.columns, &column{name: "$ingestion", typ: schema.Datetime, hidden: true, from: scan, source: t.Scan + "/$ingestion"})
	b.query.Reads++
	if !slices.Contains(b.query.Tables, t.Name) {
		b.query.Tables = append(b.query.Tables, t.Name)
		if !t.Fed {
			b.query.Unfed = append(b.query.Unfed, t.Name)
			b.notef(n.span(), "no-data", "nothing that is read here gives rows of the table %s", t.Name)
		}
	}
	return r
}

func (b *binder) unknownTable(n *name) {
	d := b.errorf(n.span(), "unknown-table", "KS204", "there is no table `%s`", n.text)
	if b.env.Retired != nil {
		if instead, ok := b.env.Retired(n.text); ok {
			d.Hint = "write `" + instead + "`"
			return
		}
	}
	var names []string
	if b.env.TableNames != nil {
		names = append(names, b.env.TableNames()...)
	}
	if b.env.FunctionNames != nil {
		names = append(names, b.env.FunctionNames()...)
	}
	hintNearest(d, n.text, names)
}

// tablesLike returns the names of tables and views that a wildcard means.
func (b *binder) tablesLike(s *scope, pattern string) []string {
	var out []string
	add := func(names []string) {
		for _, n := range names {
			if ok, _ := path.Match(strings.ReplaceAll(pattern, "[", `\[`), n); ok && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	add(s.views())
	if b.env.TableNames != nil {
		add(b.env.TableNames())
	}
	slices.Sort(out)
	return out
}

// pipeline binds the operators of a pipeline, and tells note about each.
func (b *binder) pipeline(s *scope, p *pipeline, note func(*stage, *relation)) *relation {
	var r *relation
	if p.source != nil {
		if r = b.rowsOrGraph(s, p.source); r == nil {
			return nil
		}
		if note != nil {
			note(&stage{at: p.source.span()}, r)
		}
	}
	return b.stages(s, p.stages, r, note)
}

// stages binds operators over given rows.
func (b *binder) stages(s *scope, list []*stage, r *relation, note func(*stage, *relation)) *relation {
	for i, st := range list {
		if b.enough(st.at) {
			return nil
		}
		o := operators[st.name]
		if r == nil && !o.source {
			b.errorf(st.word, "rows-wanted", "KS176", "%s needs rows in front of it", st.name)
			return nil
		}
		if r != nil && i == 0 && o.source && !o.pipes || i > 0 && o.source && !o.pipes {
			b.errorf(st.word, "rows-unwanted", "KS176", "%s takes no rows", st.name).Hint = "it begins a pipeline"
			return nil
		}
		if isGraph := r != nil && r.graph != nil; isGraph != o.graph {
			what := "rows, not a graph"
			if o.graph {
				what = "a graph, not rows"
			}
			b.errorf(st.word, "graph", "", "%s takes %s", st.name, what).Hint = "make-graph makes a graph of rows, graph-match and graph-to-table give rows"
			return nil
		}
		if !slices.Contains(b.query.Operators, st.name) {
			b.query.Operators = append(b.query.Operators, st.name)
		}
		outer := b.scope
		b.scope = s
		out := st.bind(b, st, r)
		b.scope = outer
		if out == nil {
			return nil
		}
		if note != nil {
			note(st, out)
		}
		r = out
	}
	return r
}

// inText runs something whose places are in another text.
func (b *binder) inText(text *diag.Text, do func()) {
	outer := b.text
	if text != nil {
		b.text = text
	}
	do()
	b.text = outer
}
