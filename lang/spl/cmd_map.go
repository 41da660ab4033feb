package spl

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// map runs a search for each row, with fields of the row put into its text. Here all of these searches are one: the rows are
// joined with those of the inner search, the conditions that hold fields of the row being the condition of the join, and every
// row of the result knows the number of its outer row. What is put in stands for a value; it cannot be a piece of syntax.

var _ = define(spec{
	name: "map", doc: "Runs a search for each row, with the row's fields in the place of $field$.",
	parse: func(a *args) stage {
		s := &mapStage{at: a.nameAt()}
		known := []string{"search", "maxsearches"}
		for !a.done() {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "maxsearches":
				s.most = a.count(v)
			case ok:
				if s.inner = a.inner(a.unquoted(v)); s.inner == nil {
					return nil
				}
			case a.unknownOption(known...):
			case a.peek() == '[':
				span, ok := a.square()
				if !ok {
					return nil
				}
				text := &diag.TextBuilder{}
				text.AddText(a.lowering.text, span, nil)
				if s.inner = a.inner(text.Text()); s.inner == nil {
					return nil
				}
			default:
				if v, ok := a.value(); ok && s.saved.text == "" {
					s.saved = v
				} else {
					a.rest()
				}
			}
		}
		if (s.inner == nil) == (s.saved.text == "") {
			a.errorf(s.at, "spl-map", `map needs the search to run, written search="…", or the name of a saved one`)
			return nil
		}
		return s
	},
})

type mapStage struct {
	inner *inner
	saved value
	most  int64 // outer rows; 0: those of the limit
	at    diag.Span
}

func (s *mapStage) lower(l *lowering, in *relation) *relation {
	if s.saved.text != "" {
		l.errorf(s.saved.span, "spl-map", "map of a saved search is not run").Hint = `write the search itself: search="…"`
		return nil
	}
	most := s.most
	if most == 0 {
		most = l.env.Limits.Map
	}
	m := &mapper{lowering: l, outer: map[string]*plan.Column{}}
	rows := l.limited(in, most).clone()
	l.arrange(rows)
	m.prepare(rows, s.inner.text.String, s.at)
	var out *relation
	l.nested++
	l.within(s.inner.text, func() { out = m.run(s.inner.pipeline.commands) })
	l.nested--
	return out
}

// mapper lowers the search of a map.
type mapper struct {
	*lowering
	rows   plan.Node               // the outer rows: their numbers, and the fields that are put in
	number *plan.Column            // of the outer row
	outer  map[string]*plan.Column // fields of the outer row, as texts
	filled int                     // places for fields that were understood
	failed bool
}

// prepare makes the outer rows what the inner search needs of them.
func (m *mapper) prepare(rows *relation, text string, at diag.Span) {
	n := m.numbered(rows)
	p := &plan.Project{Input: rows.node}
	m.number = m.column("row", schema.Long)
	p.Out = append(p.Out, plan.Assign{Column: m.number, Value: &plan.Ref{Column: n}})
	for _, found := range token.FindAllStringSubmatch(text, -1) {
		name := found[1]
		if m.outer[name] != nil {
			continue
		}
		c := m.column(name, schema.Any)
		m.outer[name] = c
		p.Out = append(p.Out, plan.Assign{Column: c, Value: wholeText(m.field(rows, name, at))})
	}
	p.Input = rows.node
	m.rows = p
}

// wholeText is a value as one text, several values one a line.
func wholeText(e plan.Expr) plan.Expr {
	return &plan.Case{Arms: []plan.Arm{{
		When: &plan.Not{X: &plan.IsNull{X: e}},
		Then: apply("join", apply("spl_items", apply("spl_text", e)), textLiteral("\n")),
	}}}
}

func (m *mapper) fail(at diag.Span, format string, args ...any) {
	if !m.failed {
		m.errorf(at, "spl-map", format, args...)
	}
	m.failed = true
}

// run lowers the commands of the inner search.
func (m *mapper) run(commands []*command) *relation {
	r := m.first(commands[0])
	for _, c := range commands[1:] {
		if r == nil || m.failed || m.list.Failed() {
			return nil
		}
		r = m.next(r, c)
	}
	if r == nil || m.failed || m.list.Failed() {
		return nil
	}
	if all := token.FindAllStringIndex(m.text.String, -1); len(all) != m.filled {
		m.stray(all)
		return nil
	}
	out := r.clone()
	for name := range m.outer {
		out.fields.remove(hiddenField(name))
	}
	out.by = "map"
	if out.raw && !out.arranged {
		return out
	}
	out.node = &plan.Sort{Input: out.node, Keys: []plan.Key{{Value: &plan.Ref{Column: m.number}}}, Limit: -1}
	return out
}

// stray complains about a place for a field that no value stands in.
func (m *mapper) stray(all [][]int) {
	at := diag.Span{Start: 0, End: len(m.text.String)}
	if len(all) == 1 {
		at = diag.Span{Start: all[0][0], End: all[0][1]}
	}
	m.errorf(at, "spl-map", "a field of the outer row stands where no value can").Hint = "it can stand for a value in search, in the where of tstats, and inside quotes in eval and where"
}

// first lowers the command that makes the inner rows, and joins them with the outer ones.
func (m *mapper) first(c *command) *relation {
	switch s := c.stage.(type) {
	case *searchStage:
		return m.joined(m.rawEvents(), s.where, "search", c.at)
	case *tstatsStage:
		r := s.events(m.lowering)
		if r == nil {
			return nil
		}
		r = m.joined(r, s.withoutNode(), "tstats where", c.at)
		if r == nil {
			return nil
		}
		keys, ok := s.group(m.lowering, r)
		if !ok {
			return nil
		}
		return m.grouped(r, s.list, keys, "tstats")
	}
	r := c.stage.lower(m.lowering, nil)
	if r == nil {
		return nil
	}
	return m.joined(r, nil, c.name, c.at)
}

// joined joins inner rows with the outer ones for which a condition holds.
func (m *mapper) joined(r *relation, c condition, clause string, at diag.Span) *relation {
	plain, correlated := m.sort(c)
	r = m.searchFor(r, plain, clause)
	if r == nil {
		return nil
	}
	r = r.clone()
	scope := &matcher{lowering: m.lowering, in: r, clause: clause}
	var on []plan.Expr
	for _, c := range correlated {
		on = append(on, m.correlate(scope, c, true))
	}
	if m.failed {
		return nil
	}
	m.find(r, "_time")
	join := &plan.Join{Left: m.rows, Kind: plan.Inner, Keys: m.key(scope, correlated)}
	join.Right = r.node
	switch len(on) {
	case 0:
	case 1:
		join.On = on[0]
	default:
		join.On = &plan.And{List: on}
	}
	join.Out = passed(m.rows, r.node)
	if r.events != nil {
		r.events.through = append(r.events.through, join)
	}
	if r.raw && !r.arranged {
		time, _ := m.find(r, "_time")
		r.order = append([]plan.Key{{Value: &plan.Ref{Column: m.number}}}, orderOf(r, time)...)
	}
	r.node = join
	return r
}

// key returns what rows of both sides must have in common to be compared at all, so that not each is compared with each: the
// value of the first field that must be equal to something of the outer row. A row with several values is compared for each.
// Where the outer value holds a wildcard, every row is: all rows have one key more for that.
func (m *mapper) key(in *matcher, list []condition) []plan.JoinKey {
	const wildcard = "*"
	for _, c := range list {
		c, ok := c.(*compared)
		if !ok || c.op != "=" || hasTokens(c.field.text) {
			continue
		}
		if _, bound := boundOf(in, c); bound {
			continue
		}
		field, ok := m.find(in.in, c.field.text)
		if !ok {
			continue
		}
		same := func(e plan.Expr) plan.Expr { return apply("spl_auto", apply("fold", apply("spl_text", e))) }
		each := &plan.Lambda{Params: []string{"value"}, Body: same(&plan.Param{Name: "value"})}
		values := apply("list_map", apply("spl_items", field), each)
		column := m.column("key", schema.Any)
		keys := apply("list_distinct", apply("list_concat", apply("list", textLiteral(wildcard)), values))
		in.in.node = &plan.Expand{Input: in.in.node, Lists: []plan.Assign{{Column: column, Value: keys}}, Limit: -1}
		before := m.filled
		word := m.fill(c.value)
		m.filled = before // it is counted where it is compared
		wild := &plan.Match{Subject: word, Op: plan.Contains, Patterns: []plan.Pattern{plan.Plain("*")}}
		left := &plan.Case{Arms: []plan.Arm{{When: wild, Then: textLiteral(wildcard)}}, Else: same(word)}
		return []plan.JoinKey{{Left: left, Right: &plan.Ref{Column: column}}}
	}
	return nil
}

// orderOf returns what rows that are not in order yet are sorted by.
func orderOf(r *relation, time plan.Expr) []plan.Key {
	if r.order != nil {
		return r.order
	}
	return []plan.Key{{Value: time, Descending: true}}
}

// sort takes the conditions apart that must all hold: those that stand for themselves, and those with fields of the outer row.
func (m *mapper) sort(c condition) (plain condition, correlated []condition) {
	all, ok := c.(*allOf)
	if !ok {
		if c != nil && tokensIn(c) > 0 {
			return nil, []condition{c}
		}
		return c, nil
	}
	rest := &allOf{at: all.at, group: all.group}
	for _, x := range all.list {
		p, more := m.sort(x)
		if p != nil {
			rest.list = append(rest.list, p)
		}
		correlated = append(correlated, more...)
	}
	if len(rest.list) == 0 {
		return nil, correlated
	}
	return rest, correlated
}

// tokensIn counts the places for fields in a condition.
func tokensIn(c condition) int {
	count := func(v value) int { return len(token.FindAllStringIndex(v.text, -1)) }
	n := 0
	switch c := c.(type) {
	case *allOf:
		for _, x := range c.list {
			n += tokensIn(x)
		}
	case *oneOf:
		for _, x := range c.list {
			n += tokensIn(x)
		}
	case *noneOf:
		n = tokensIn(c.x)
	case *compared:
		n = count(c.field) + count(c.value)
	case *among:
		n = count(c.field)
		for _, v := range c.list {
			n += count(v)
		}
	case *term:
		n = count(c.value)
	}
	return n
}

// correlate lowers a condition with fields of the outer row; top says that it holds for the search as a whole.
func (m *mapper) correlate(in *matcher, c condition, top bool) plan.Expr {
	if tokensIn(c) == 0 {
		return in.test(c)
	}
	each := func(list []condition) []plan.Expr {
		out := make([]plan.Expr, len(list))
		for i, x := range list {
			out[i] = m.correlate(in, x, false)
		}
		return out
	}
	switch c := c.(type) {
	case *allOf:
		return &plan.And{List: each(c.list)}
	case *oneOf:
		return &plan.Or{List: each(c.list)}
	case *noneOf:
		return &plan.Not{X: m.correlate(in, c.x, false)}
	case *compared:
		if top {
			if e, ok := m.bound(in, c); ok {
				return e
			}
		}
		return m.compare(in, c.field, c.op, c.value, c.at)
	case *among:
		or := &plan.Or{}
		for _, v := range c.list {
			or.List = append(or.List, m.compare(in, c.field, "=", v, c.at))
		}
		return or
	case *term:
		if c.form != "" {
			break
		}
		raw, ok := m.find(in.in, "_raw")
		if !ok {
			break
		}
		call := apply("spl_search_word", raw, m.fill(c.value)).(*plan.Call)
		call.Marked = m.mark(in.clause, "", c.at)
		return call
	}
	m.fail(c.place(), "a field of the outer row cannot stand here")
	return boolLiteral(false)
}

func (m *mapper) compare(in *matcher, field value, op string, v value, at diag.Span) plan.Expr {
	if hasTokens(field.text) {
		m.fail(field.span, "a field of the outer row cannot be the name of a field")
		return boolLiteral(false)
	}
	call := apply("spl_search_compare", in.subject(field), textLiteral(op), m.fill(v)).(*plan.Call)
	call.Marked = m.mark(in.clause, field.text, at)
	return call
}

// bound lowers a time that the inner search sets for itself from a field of the outer row, in seconds since 1970.
func (m *mapper) bound(in *matcher, c *compared) (plan.Expr, bool) {
	op, ok := boundOf(in, c)
	if !ok {
		return nil, false
	}
	time, _ := m.find(in.in, "_time")
	return &plan.Compare{Marked: m.mark(in.clause, c.field.text, c.at), Op: op, Left: time, Right: apply("spl_number", m.fill(c.value))}, true
}

// boundOf says whether a comparison bounds the time of the search, and how.
func boundOf(in *matcher, c *compared) (op plan.CompareOp, ok bool) {
	ok = in.in.events != nil && c.op == "="
	switch strings.ToLower(c.field.text) {
	case "earliest":
		return plan.GreaterEqual, ok
	case "latest":
		return plan.Less, ok
	}
	return 0, false
}

// fill returns a text with the fields of the outer row in their places; null where one of them has no value.
func (m *mapper) fill(v value) plan.Expr {
	text := v.text
	var parts []plan.Expr
	from := 0
	for _, at := range token.FindAllStringSubmatchIndex(text, -1) {
		if !m.known(text[at[2]:at[3]], v.span) {
			return null()
		}
		if at[0] > from {
			parts = append(parts, textLiteral(text[from:at[0]]))
		}
		parts = append(parts, &plan.Ref{Column: m.outer[text[at[2]:at[3]]]})
		m.filled++
		from = at[1]
	}
	if from < len(text) || len(parts) == 0 {
		parts = append(parts, textLiteral(text[from:]))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return apply("spl_concat", parts...)
}

// known complains about a place for a field that is one only because quotes or escapes around it are gone.
func (m *mapper) known(name string, at diag.Span) bool {
	if m.outer[name] == nil {
		m.fail(at, "$%s$ is not a place for a field, because quotes stand in it", name)
	}
	return m.outer[name] != nil
}

// hiddenField is the name under which the expressions of the inner search find a field of the outer row.
func hiddenField(name string) string { return "\x00outer " + name }

// next lowers one command behind the first.
func (m *mapper) next(r *relation, c *command) *relation {
	r = r.clone()
	for name, column := range m.outer {
		r.fields.put(hiddenField(name), &plan.Ref{Column: column})
	}
	switch s := c.stage.(type) {
	case *searchStage:
		return m.searched(r, s)
	case *evalStage:
		filled := &evalStage{}
		for _, e := range s.list {
			filled.list = append(filled.list, evaluation{e.field, m.expr(e.x)})
		}
		return filled.lower(m.lowering, r)
	case *whereStage:
		return (&whereStage{m.expr(s.x)}).lower(m.lowering, r)
	case *statsStage:
		if starred(s.list) {
			m.fail(c.at, "stats of fields with wildcards is not run inside map")
			return nil
		}
		return m.grouped(r, s.list, m.keys(r, s.by), "stats")
	}
	out := c.stage.lower(m.lowering, r)
	if out == nil {
		return nil
	}
	if !rowwise(out.node, r.node) || !gives(out.node, m.number) {
		m.fail(c.at, "%s is not run inside map: of the commands that look at several rows only stats and sort are", c.name)
		return nil
	}
	return out
}

func gives(n plan.Node, column *plan.Column) bool {
	for _, c := range n.Columns() {
		if c == column {
			return true
		}
	}
	return false
}

// searched keeps the rows for which a condition holds, which may ask for fields of the outer row.
func (m *mapper) searched(r *relation, s *searchStage) *relation {
	plain, correlated := m.sort(s.where)
	r = m.searchFor(r, plain, "search")
	if r == nil || len(correlated) == 0 {
		return r
	}
	r = r.clone()
	scope := &matcher{lowering: m.lowering, in: r, clause: "search"}
	for _, c := range correlated {
		where := m.correlate(scope, c, false)
		r.node = &plan.Filter{Input: r.node, Where: where}
	}
	return r
}

// expr returns an expression with the fields of the outer row in the places inside its texts.
func (m *mapper) expr(e expr) expr {
	list := func(in []expr) []expr {
		out := make([]expr, len(in))
		for i, x := range in {
			out[i] = m.expr(x)
		}
		return out
	}
	switch e := e.(type) {
	case *literal:
		if e.value.Kind() != event.Text || !hasTokens(e.value.Text()) {
			return e
		}
		return m.spliced(e)
	case *unary:
		return &unary{e.op, m.expr(e.x), e.at}
	case *binary:
		return &binary{e.op, m.expr(e.left), m.expr(e.right), e.at}
	case *inList:
		return &inList{m.expr(e.x), list(e.list), e.at}
	case *invoke:
		return &invoke{e.name, list(e.args), e.nameAt, e.at}
	}
	return e
}

// spliced returns a text with places for fields as texts and fields that are joined.
func (m *mapper) spliced(e *literal) expr {
	text := e.value.Text()
	var out expr
	add := func(x expr) {
		if out == nil {
			out = x
		} else {
			out = &binary{".", out, x, e.at}
		}
	}
	from := 0
	for _, at := range token.FindAllStringSubmatchIndex(text, -1) {
		if !m.known(text[at[2]:at[3]], e.at) {
			return e
		}
		if at[0] > from {
			add(&literal{event.TextValue(text[from:at[0]]), e.at})
		}
		add(&ref{hiddenField(text[at[2]:at[3]]), e.at})
		m.filled++
		from = at[1]
	}
	if from < len(text) {
		add(&literal{event.TextValue(text[from:]), e.at})
	}
	return out
}

// grouped groups the rows of each outer row by themselves.
func (m *mapper) grouped(r *relation, list []measure, by []key, command string) *relation {
	const number = "\x00row"
	list = slices.Clone(list)
	for i := range list {
		if list[i].x != nil {
			list[i].x = m.expr(list[i].x)
		}
	}
	alone := len(by) == 0
	keys := append([]key{{number, &plan.Ref{Column: m.number}}}, by...)
	groups := m.aggregate(r, list, keys, command)
	if groups == nil {
		return nil
	}
	mine := groups.fields.of(number).(*plan.Ref).Column
	groups.remove(number)
	// The groups of each outer row are joined with it again, for its fields; without by there is one even where there are no rows.
	join := &plan.Join{Left: m.rows, Kind: plan.Inner}
	out := groups.clone()
	if alone {
		join.Kind = plan.LeftOuter
		nothing := &relation{node: &plan.Values{Out: []*plan.Column{m.column("nothing", schema.Any)}}, void: true}
		empty := m.aggregate(nothing, list, nil, command)
		if empty == nil {
			return nil
		}
		all := &plan.Join{Left: m.rows, Right: empty.node, Kind: plan.Inner}
		all.Out = passed(m.rows, empty.node)
		join.Left = all
		for _, name := range groups.names {
			out.set(name, &plan.Case{Arms: []plan.Arm{{When: &plan.IsNull{X: &plan.Ref{Column: mine}}, Then: empty.fields.of(name)}}, Else: groups.fields.of(name)})
		}
	}
	join.Right = groups.node
	join.Keys = []plan.JoinKey{{Left: &plan.Ref{Column: m.number}, Right: &plan.Ref{Column: mine}}}
	join.Out = passed(join.Left, join.Right)
	out.node = join
	return out
}
