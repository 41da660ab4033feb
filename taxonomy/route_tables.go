package taxonomy

import (
	"maps"
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// row is how the records of one class are rows of one table.
type row struct {
	kind    *kind
	table   *LogTable
	schema  *tableSchema
	in      bool
	when    plan.Expr // nil: always
	own     bool
	columns map[string]plan.Expr // what blocks say that are about products
	// some is what blocks say that are about a category of Sigma, weakest first: it counts for the records of the category.
	some []someRows
}

// someRows are the rows that meet a condition, nil for none.
type someRows struct {
	when    plan.Expr
	columns map[string]plan.Expr
}

// row returns how records are rows of a table; nil for a table that is not known.
func (k *kind) row(table string) *row {
	if r, ok := k.rows.Load(table); ok {
		return r.(*row)
	}
	r := k.newRow(table)
	if r != nil { // there are only so many tables
		known, _ := k.rows.LoadOrStore(table, r)
		r = known.(*row)
	}
	return r
}

func (k *kind) newRow(table string) *row {
	l, ok := k.taxonomy.table(table)
	if !ok {
		return nil
	}
	views := k.taxonomy.tableViews()
	r := &row{kind: k, table: l, schema: views.schemas[table], in: k.everywhere, own: k.everywhere, columns: map[string]plan.Expr{}}
	if r.schema == nil {
		r.schema = &tableSchema{}
	}
	for _, b := range k.tableBlocks() {
		for _, e := range b.tables {
			if e.table == table || strings.ReplaceAll(e.table, "{channel}", k.class.Channel) == table {
				r.add(b, e)
			}
		}
	}
	switch {
	case r.in && r.when != nil:
		r.when = r.condition(r.when)
	case !r.in && len(r.some) > 0:
		r.in, r.when = true, r.anyOf()
	}
	if l, ok := r.when.(*plan.Literal); ok {
		r.in, r.when = l.Value.Bool(), nil
	}
	return r
}

// tableBlocks returns the blocks that concern the records.
func (k *kind) tableBlocks() []*tableBlock {
	k.rowsOnce.Do(func() {
		for _, b := range k.taxonomy.tableViews().blocks {
			if b.match.meets(&k.class) {
				k.rowBlocks = append(k.rowBlocks, b)
			}
		}
	})
	return k.rowBlocks
}

// add adds what a block says of the table.
func (r *row) add(b *tableBlock, e tableEntry) {
	if e.none || e.own {
		r.in, r.when, r.own, r.columns, r.some = false, nil, e.own, map[string]plan.Expr{}, nil
	}
	switch {
	case e.none:
	case len(b.category) == 0:
		r.in = true
		if e.when != nil {
			r.when = e.when
		}
		maps.Copy(r.columns, e.columns)
		maps.Copy(r.columns, e.byID[r.kind.class.ID])
	default:
		r.addSome(b.category, e)
	}
}

// addSome adds what a block says of the records of some categories.
func (r *row) addSome(categories []string, e tableEntry) {
	var conditions []plan.Expr
	when, in := r.kind.ofCategory(categories)
	if !in {
		return
	}
	if when != nil {
		conditions = append(conditions, when)
	}
	if e.when != nil {
		conditions = append(conditions, r.condition(e.when))
	}
	r.some = append(r.some, someRows{conjunction(conditions), e.columns})
}

func (r *row) condition(e plan.Expr) plan.Expr { return plan.RewriteExpr(r.simple(e, nil)) }

// anyOf returns the condition under which a record is of one of the categories that make rows; nil for none.
func (r *row) anyOf() plan.Expr {
	var conditions []plan.Expr
	for _, s := range r.some {
		if s.when == nil {
			return nil
		}
		conditions = append(conditions, s.when)
	}
	return disjunction(conditions)
}

// said returns what blocks say of a column, and whether they do.
func (r *row) said(name string) (e plan.Expr, said bool) {
	if e, said := r.columns[name]; said {
		return e, true
	}
	var arms []plan.Arm
	for i := len(r.some) - 1; i >= 0; i-- { // the strongest first
		value, there := r.some[i].columns[name]
		if !there {
			continue
		}
		if value == nil {
			value = &plan.Literal{}
		}
		if said = true; r.some[i].when == nil || len(r.some) == 1 {
			e = value
			break
		}
		arms = append(arms, plan.Arm{When: r.some[i].when, Then: value})
	}
	if arms == nil {
		return e, said
	}
	return &plan.Case{Arms: arms, Else: e}, true
}

// routeRow says whether records are rows of a table of KQL.
func (k *kind) routeRow(table string) answer {
	r := k.row(table)
	if r == nil || !r.in {
		return answer{}
	}
	return answer{r.when, true}
}

// rowSource returns where records have a column of a table of KQL: a value of the column's type. A text is never null: where there
// is none stands an empty one. It gives nil where records are no rows of the table.
func (k *kind) rowSource(column string) plan.Expr {
	cut := strings.LastIndexByte(column, '/')
	r := k.row(column[:cut])
	if r == nil || !r.in {
		return nil
	}
	return r.source(column[cut+1:], nil)
}

// source returns the value of a column; within are the columns that ask for it, of which none can be its own answer.
func (r *row) source(name string, within []string) plan.Expr {
	if name == ingestion {
		return r.kind.taxonomy.canonical(r.kind, "event.ingested")
	}
	c, ok := r.table.Column(name)
	switch {
	case !ok:
		return nil
	case r.table.isTime(name):
		return r.kind.taxonomy.canonical(r.kind, "@timestamp")
	case name == "Type" && !strings.HasPrefix(r.table.Table, asimPrefix): // ASIM's is the table that the row was made of
		return &plan.Literal{Value: event.TextValue(r.table.Name), Type: schema.String}
	case slices.Contains(within, name):
		return typed(nil, c.Type)
	}
	e, said := r.schema.aliases[name]
	if !said {
		e, said = r.said(name)
	}
	switch {
	case said:
	case r.own:
		return typed(ownValue(name, c.Type), c.Type)
	default:
		e = r.schema.defaults[name]
	}
	if e == nil {
		return typed(nil, c.Type)
	}
	return plan.RewriteExpr(typed(r.simple(e, append(slices.Clone(within), name)), c.Type))
}

// ownValue is the record's field of a name. Exports write what is dynamic as JSON in a text.
func ownValue(name string, t schema.Type) plan.Expr {
	field := &plan.Field{Name: name}
	if t != schema.Dynamic {
		return field
	}
	text := func(text string) plan.Pattern {
		return plan.Pattern{Pieces: []plan.Piece{{Kind: plan.Run, Text: text}}}
	}
	isJSON := &plan.Match{Subject: field, Op: plan.Prefix, Patterns: []plan.Pattern{text("{"), text("[")}}
	parsed := &plan.Call{Func: coalesce, Args: []plan.Expr{&plan.Call{Func: parseJSON, Args: []plan.Expr{field}}, field}}
	return &plan.Case{Arms: []plan.Arm{{When: isJSON, Then: parsed}}, Else: field}
}

// simple returns what an expression of a view comes to for records of the class.
func (r *row) simple(e plan.Expr, within []string) plan.Expr {
	return plan.TransformExpr(plan.RewriteExpr(r.resolve(e, within)), r.kind.folded)
}

// resolve puts in place of each Ref what the class has for it: a canonical column, or another column of the row.
func (r *row) resolve(e plan.Expr, within []string) plan.Expr {
	return plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		ref, ok := e.(*plan.Ref)
		if !ok {
			return r.kind.folded(simplified(e))
		}
		var source plan.Expr
		if name, ok := strings.CutPrefix(ref.Column.Name, rowColumn); ok {
			source = r.source(name, within)
		} else {
			source = r.kind.taxonomy.canonical(r.kind, ref.Column.Name)
		}
		if source == nil {
			return &plan.Literal{}
		}
		return source
	})
}

var (
	coalesce  = fn.ByName("coalesce")
	parseJSON = fn.ByName("parse_json")
	converts  = map[schema.Type]*fn.Func{
		schema.Bool: fn.ByName("to_bool"), schema.Int: fn.ByName("to_int"), schema.Long: fn.ByName("to_int"), schema.Real: fn.ByName("to_float"),
		schema.Decimal: fn.ByName("to_decimal"), schema.String: fn.ByName("to_text"), schema.Datetime: fn.ByName("parse_time"),
		schema.Timespan: fn.ByName("parse_duration"), schema.Guid: fn.ByName("to_guid"),
	}
	noText = &plan.Literal{Value: event.TextValue(""), Type: schema.String}
)

// typed returns the value as one of a type: Null, of a text the empty one, where it is not; dynamic as it is.
func typed(e plan.Expr, t schema.Type) plan.Expr {
	if l, ok := e.(*plan.Literal); e == nil || ok && l.Value.IsNull() {
		if t == schema.String {
			return noText
		}
		return &plan.Literal{Value: event.NullValue(), Type: t}
	}
	if l, ok := e.(*plan.Literal); ok && t == schema.String && l.Value.Kind() == event.Text {
		return &plan.Literal{Value: l.Value, Type: t}
	}
	if convert := converts[t]; convert != nil && (plan.TypeOf(e) != t || t == schema.Guid) {
		e = &plan.Call{Func: convert, Args: []plan.Expr{e}}
	}
	if t != schema.String || neverNull(e) {
		return e
	}
	return &plan.Call{Func: coalesce, Args: []plan.Expr{e, noText}}
}

// neverNull says whether an expression is a choice that ends in a text.
func neverNull(e plan.Expr) bool {
	call, ok := e.(*plan.Call)
	if !ok || call.Func != coalesce {
		return false
	}
	l, ok := call.Args[len(call.Args)-1].(*plan.Literal)
	return ok && !l.Value.IsNull()
}
