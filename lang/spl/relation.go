package spl

import (
	"maps"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// relation is the rows between two commands: a plan, and what each field is there. It must not be changed once a command has
// been given it; commands work on a copy.
type relation struct {
	node plan.Node
	// names are the fields that are known by name, in the order in which a table shows them.
	names []string
	// fields says what a field is, as an expression over the columns of node; a nil expression is a field that was taken away.
	fields byName[plan.Expr]
	// events is the scan that gives further fields by being asked, nil if there are none.
	events *events
	// layers change what the scan gives for fields that are asked of it later: what spath found, what fillnull filled in.
	layers []layer
	// star is an object with further fields, nil if there are none.
	star plan.Expr
	// united gives further fields by being asked, as long as star is its own; nil if the rows are not those of several relations.
	united *unitedRows
	// raw rows are events as they were read, in no particular order until arrange has been asked.
	raw, arranged bool
	// order is what arrange sorts them by; nil is by time, newest first.
	order []plan.Key
	// logged fields hold what was logged, as text; others were computed and may be numbers.
	logged byName[bool]
	// delims are the texts between the values of fields, where mvcombine was told one.
	delims map[string]string
	// shown are the formats of fields that fieldformat gives them where they are shown.
	shown []evaluation
	// by names the command that made the rows what they are, for complaints.
	by string
	// void says that rows are known to be none (a lookup without rows): nothing can be said of its fields.
	void bool
}

// events is a scan of raw events or of a data set.
type events struct {
	scan    *plan.Scan
	dataset *Dataset // nil for raw events
	open    bool     // events of a data set have the fields that were logged as well
	columns map[string]*plan.Column
	through []*plan.Join // above the scan, which must pass on what is asked of it later
}

// layer is a command that changes fields nobody has named yet. What it is given is an expression over the rows before it.
type layer interface {
	// field returns what a field is behind the command.
	field(l *lowering, r *relation, name string, e plan.Expr) plan.Expr
	// all returns what the object of all fields is behind the command.
	all(l *lowering, r *relation, star plan.Expr) plan.Expr
	// logged says whether fields still hold what was logged, as text.
	logged() bool
}

// pass makes the joins above a place pass on a column that was added below it. from is how many there were below.
func (r *relation) pass(c *plan.Column, from int) {
	if r.events == nil {
		return
	}
	for _, j := range r.events.through[from:] {
		j.Out = append(j.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
	}
}

// column returns the column of the scan for a name of the taxonomy.
func (e *events) column(name string, typ schema.Type) *plan.Column {
	if c := e.columns[name]; c != nil {
		return c
	}
	c := &plan.Column{Name: name, Type: typ}
	e.columns[name] = c
	e.scan.Out = append(e.scan.Out, c)
	for _, j := range e.through {
		j.Out = append(j.Out, plan.Assign{Column: c, Value: &plan.Ref{Column: c}})
	}
	return c
}

// rawEvents returns all events of all kinds.
func (l *lowering) rawEvents() *relation {
	scan := &plan.Scan{Table: "splunk"}
	return &relation{node: scan, raw: true,
		events: &events{scan: scan, columns: map[string]*plan.Column{}}}
}

// datasetEvents returns the events of a data set.
func (l *lowering) datasetEvents(d Dataset) *relation {
	r := l.rawEvents()
	r.events.dataset = &d
	r.events.scan.Table = d.Table
	return r
}

// fixed returns rows with exactly these columns.
func fixed(node plan.Node, by string) *relation {
	r := &relation{node: node, by: by}
	for _, c := range node.Columns() {
		r.set(c.Name, &plan.Ref{Column: c})
	}
	return r
}

// clone returns a copy that may be changed; an entry of its names may not, but they may become others.
func (r *relation) clone() *relation {
	c := *r
	c.names = slices.Clip(r.names)
	c.fields, c.logged = r.fields.copied(), r.logged.copied()
	return &c
}

// with returns a copy in which a field is something else.
func (r *relation) with(name string, e plan.Expr) *relation {
	c := r.clone()
	c.set(name, e)
	return c
}

// set gives a field a new meaning; nil takes it away.
func (r *relation) set(name string, e plan.Expr) {
	_, known := r.fields.get(name)
	if e == nil {
		r.remove(name)
		return
	}
	if !known || r.fields.of(name) == nil {
		r.names = append(r.names, name)
	}
	r.fields.put(name, e)
	r.logged.remove(name)
	if _, ok := r.delims[name]; ok {
		r.delims = maps.Clone(r.delims)
		delete(r.delims, name)
	}
}

// remove takes a field away.
func (r *relation) remove(name string) {
	for i, n := range r.names {
		if n == name {
			r.names = append(r.names[:i:i], r.names[i+1:]...)
			break
		}
	}
	if r.events != nil || r.star != nil {
		r.fields.put(name, nil)
	} else {
		r.fields.remove(name)
	}
	r.logged.remove(name)
}

// find returns what a field is; ok is false where rows cannot have it.
func (l *lowering) find(r *relation, name string) (e plan.Expr, ok bool) {
	if e, known := r.fields.get(name); known {
		if e == nil {
			return null(), false
		}
		return e, true
	}
	if r.events != nil {
		if e := l.scanned(r, name); e != nil {
			return e, true
		}
	}
	if r.star != nil {
		if e := l.unitedField(r, name); e != nil {
			return e, true
		}
		return apply("get_field", r.star, textLiteral(name)), true
	}
	return null(), false
}

// scanned returns the column of the scan for a field, nil if the data set has none of that name.
func (l *lowering) scanned(r *relation, name string) plan.Expr {
	var e plan.Expr
	switch {
	case name == "_time":
		e = apply("to_unix_seconds", &plan.Ref{Column: r.events.column("@timestamp", schema.Datetime)})
	case r.events.dataset == nil:
		e = &plan.Ref{Column: r.events.column("splunk/"+name, schema.Any)}
	default:
		column, ok := r.events.dataset.Column(name)
		if !ok {
			switch name {
			case "host", "source", "sourcetype", "index", "_raw", "eventtype", "tag":
				column = "splunk/" + name
			default:
				return nil
			}
		}
		e = &plan.Ref{Column: r.events.column(column, schema.Any)}
	}
	logged := name != "_time"
	for _, layer := range r.layers {
		e = layer.field(l, r, name, e)
		logged = logged && layer.logged()
	}
	r.fields.put(name, e)
	r.names = append(r.names, name)
	if logged {
		r.logged.put(name, true)
	}
	return e
}

// field returns what a field is, and complains where rows cannot have it.
func (l *lowering) field(r *relation, name string, span diag.Span) plan.Expr {
	e, ok := l.find(r, name)
	if !ok && !l.lenient && !r.void && !strings.EqualFold(name, "null") { // a bare null is how some write null()
		l.unknownField(r, name, span)
	}
	return e
}

// unknownField complains about a field that rows cannot have.
func (l *lowering) unknownField(r *relation, name string, span diag.Span) {
	if r.events != nil && r.events.dataset != nil && !r.has(name) && r.fields.of(name) == nil {
		set := r.events.dataset.Model
		if r.events.dataset.Name != "" {
			set += "." + r.events.dataset.Name
		}
		d := l.warnf(span, "spl-unknown-model-field", "the data set %s has no field %s, so it is always null", set, name)
		if near := diag.Nearest(name, r.events.dataset.Fields); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return
	}
	message := "the field " + name + " does not exist here, so it is always null"
	if r.by != "" {
		message = "the field " + name + " does not exist behind " + r.by + ", so it is always null"
	}
	d := l.warnf(span, "spl-unknown-field", "%s", message)
	if near := diag.Nearest(name, r.names); near != "" {
		d.Hint = "did you mean " + near + "?"
	} else if len(r.names) > 0 && len(r.names) <= 12 {
		d.Hint = "there are " + strings.Join(r.names, ", ")
	}
}

// has says whether a field is known by name.
func (r *relation) has(name string) bool {
	e, known := r.fields.get(name)
	return known && e != nil
}

// exact says whether all fields are known by name.
func (r *relation) exact() bool { return r.events == nil && r.star == nil }

// matching returns the fields known by name that match a name with wildcards, in the order of the table.
func (r *relation) matching(pattern string) []string {
	if !strings.Contains(pattern, "*") {
		if r.has(pattern) {
			return []string{pattern}
		}
		return nil
	}
	var list []string
	for _, name := range r.names {
		if _, ok := wild(pattern, name); ok {
			list = append(list, name)
		}
	}
	return list
}

// wild matches a name with one with wildcards, and returns what each * stands for.
func wild(pattern, name string) (parts []string, ok bool) {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return nil, pattern == name
	}
	if !strings.HasPrefix(name, head) {
		return nil, false
	}
	name = name[len(head):]
	if !strings.Contains(tail, "*") {
		if len(name) < len(tail) || !strings.HasSuffix(name, tail) {
			return nil, false
		}
		return []string{name[:len(name)-len(tail)]}, true
	}
	for i := 0; i <= len(name); i++ {
		if rest, ok := wild(tail, name[i:]); ok {
			return append([]string{name[:i]}, rest...), true
		}
	}
	return nil, false
}

// filled puts what the wildcards of a name stand for into another.
func filled(pattern string, parts []string) string {
	for _, part := range parts {
		pattern = strings.Replace(pattern, "*", part, 1)
	}
	return pattern
}

// everything makes the further fields of a scan an object, so that a command that cannot ask the scan any more still has them.
func (l *lowering) everything(r *relation) {
	if r.events == nil {
		return
	}
	if r.events.dataset == nil || r.events.open {
		r.star = &plan.Ref{Column: r.events.column("splunk/*", schema.Dynamic)}
		for _, layer := range r.layers {
			r.star = layer.all(l, r, r.star)
		}
		if len(r.layers) > 0 {
			l.setStar(r, r.star)
		}
	}
	if r.events.dataset != nil {
		for _, name := range r.events.dataset.Fields {
			l.find(r, name)
		}
	}
	l.find(r, "_time")
	r.events, r.layers = nil, nil
}

// setStar gives rows another object of further fields.
func (l *lowering) setStar(r *relation, star plan.Expr) {
	c := l.column("*", schema.Dynamic)
	r.node = &plan.Project{Input: r.node, Extend: true, Out: []plan.Assign{{Column: c, Value: star}}}
	r.star = &plan.Ref{Column: c}
}

// compute adds columns to the rows. Values see the rows as they were.
func (l *lowering) compute(r *relation, values ...assignment) {
	if len(values) == 0 {
		return
	}
	for _, v := range values {
		if v.name == "_time" {
			l.keepOrder(r)
		}
	}
	p := &plan.Project{Input: r.node, Extend: true, Out: make([]plan.Assign, 0, len(values))}
	for _, v := range values {
		c := l.column(v.name, v.typ)
		p.Out = append(p.Out, plan.Assign{Column: c, Value: v.value})
		r.set(v.name, &plan.Ref{Column: c})
	}
	r.node = p
}

// assignment is a new column.
type assignment struct {
	name  string
	typ   schema.Type
	value plan.Expr
}

// column returns a new column. Its name is the field's as long as no column before had it: columns of one name would replace
// each other in a Project.
func (l *lowering) column(name string, typ schema.Type) *plan.Column {
	own := name
	for l.used[own] > 0 { // a field may itself be called like that
		own = name + strings.Repeat("'", l.used[name])
		l.used[name]++
	}
	l.used[own]++
	return &plan.Column{Name: own, Type: typ}
}

// keepOrder notes by which time events are to be arranged, before a command changes _time or takes it away.
func (l *lowering) keepOrder(r *relation) {
	if !r.raw || r.arranged || r.order != nil {
		return
	}
	if t, ok := l.find(r, "_time"); ok {
		r.order = []plan.Key{{Value: t, Descending: true}}
	}
}

// arrange puts events into the order in which a search gives them, newest first, for commands that depend on it.
func (l *lowering) arrange(r *relation) {
	if !r.raw || r.arranged {
		return
	}
	keys := r.order
	if t, ok := l.find(r, "_time"); ok && keys == nil {
		keys = []plan.Key{{Value: t, Descending: true}}
	}
	if len(keys) > 0 {
		r.node = &plan.Sort{Input: r.node, Keys: keys, Limit: -1}
	}
	r.arranged = true
}

// project ends the plan of some rows: only the fields known by name stay, under their names, and the object of the others.
func (l *lowering) project(r *relation) *plan.Project {
	l.everything(r)
	p := &plan.Project{Input: r.node, Out: make([]plan.Assign, 0, len(r.names)+1)}
	for _, name := range r.names {
		e := r.fields.of(name)
		if name == "*" || e == nil {
			continue
		}
		typ := schema.Any
		if ref, ok := e.(*plan.Ref); ok {
			typ = ref.Column.Type
		}
		p.Out = append(p.Out, plan.Assign{Column: &plan.Column{Name: name, Type: typ}, Value: e})
	}
	if r.star != nil {
		p.Out = append(p.Out, plan.Assign{Column: &plan.Column{Name: "*", Type: schema.Dynamic}, Value: l.others(r)})
	}
	return p
}

// others returns the object of the fields that are not known by name.
func (l *lowering) others(r *relation) plan.Expr {
	known := r.fields.sorted()
	if len(known) == 0 {
		return r.star
	}
	var names []event.Value
	for _, name := range known {
		names = append(names, event.TextValue(name))
	}
	return apply("remove_fields", r.star, &plan.Literal{Value: event.ListValue(names...)})
}

// close makes the fields of rows the columns of a plan, so that they can be united or joined with others.
func (l *lowering) close(r *relation) *relation {
	if r.order != nil {
		l.arrange(r)
	}
	p := l.project(r)
	for _, a := range p.Out {
		l.used[a.Column.Name] = max(l.used[a.Column.Name], 1)
	}
	out := fixed(p, r.by)
	if c := out.fields.of("*"); c != nil {
		out.star = c
		out.fields.remove("*")
		out.names = out.names[:len(out.names)-1]
		for _, e := range r.fields.list {
			if e.of == nil {
				out.fields.put(e.name, nil)
			}
		}
	}
	for _, e := range r.logged.list {
		out.logged.put(e.name, true)
	}
	out.raw, out.arranged, out.void = r.raw, r.arranged, r.void
	return out
}
