package kql

import (
	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// schemaColumns are the columns of getschema.
var schemaColumns = []string{"ColumnName", "ColumnOrdinal", "DataType", "ColumnType"}

// What schema_merge says of a column that has no one place, or no one type.
const (
	outOfOrder  = "ERROR(columns are out of order)"
	typesDiffer = "ERROR(types of the column differ)"
)

var _ = definePlugin("schema_merge", plugin{doc: "one schema of the rows of several getschema", bind: func(b *binder, e *evaluateStage, in *relation) *relation {
	preserve := true
	if x := e.options("PreserveOrder")["PreserveOrder"]; x != nil {
		k, ok := b.constant(&context{scope: b.scope}, x, schema.Bool)
		if !ok {
			return nil
		}
		preserve = k.Bool()
	}
	rows := in.derive()
	var columns []value
	for _, text := range schemaColumns {
		c := b.column(in, &name{at: e.call.fn.at, text: text})
		if c == nil {
			return nil
		}
		columns = append(columns, b.valueOf(in, c))
	}
	gathered := &aggregation{}
	c := &context{scope: b.scope, in: rows, aggs: gathered}
	merged := b.group(rows, []assigned{{"ColumnName", columns[0]}}, gathered, []assigned{
		{"$least", b.add(c, "min", schema.Long, nil, columns[1].exact())}, {"$most", b.add(c, "max", schema.Long, nil, columns[1].exact())},
		{"DataType", b.add(c, "first_row", schema.String, nil, columns[2].exact())}, {"ColumnType", b.add(c, "first_row", schema.String, nil, columns[3].exact())},
		{"$types", b.add(c, "dcount", schema.Long, nil, columns[3].exact())},
	}).derive()
	of := func(text string) value { return merged.find(text).value() }
	ordinal := of("$least")
	moved := boolLiteral(false)
	if preserve {
		moved = &plan.Compare{Op: plan.NotEqual, Left: of("$least").exact(), Right: of("$most").exact()}
	} else {
		merged.node = &plan.Sort{Input: merged.node, Keys: []plan.Key{{Value: of("$most").exact()}}, Limit: -1}
		number := b.window(merged, &plan.Window{Frame: plan.Frame{Preceding: -1}}, "row_number", schema.Long)
		ordinal = made(schema.Long, "subtract", number.exact(), &plan.Literal{Value: event.IntValue(1), Type: schema.Long})
	}
	differ := &plan.Compare{Op: plan.Greater, Left: of("$types").exact(), Right: &plan.Literal{Value: event.IntValue(1), Type: schema.Long}}
	either := func(v value, order, types string) value {
		return value{typ: v.typ, expr: &plan.Case{Arms: []plan.Arm{{When: moved, Then: textOr(order, v.typ)}, {When: differ, Then: textOr(types, v.typ)}}, Else: v.exact()}}
	}
	wrap := func(s string) string { return "ERROR(unknown CSL type:" + s + ")" }
	return b.project(merged, []assigned{
		{"ColumnName", of("ColumnName")}, {"ColumnOrdinal", either(ordinal, "", "")}, {"DataType", either(of("DataType"), wrap(outOfOrder), wrap(typesDiffer))}, {"ColumnType", either(of("ColumnType"), outOfOrder, typesDiffer)},
	})
}})

// textOr returns a text, or -1 where a number is wanted.
func textOr(text string, t schema.Type) plan.Expr {
	if t == schema.Long {
		return &plan.Literal{Value: event.IntValue(-1), Type: t}
	}
	return textValue(text).expr
}

var _ = defineOperator(operator{
	name: "getschema", doc: "the names and types of columns",
	parse: func(p *parser) operation {
		p.properties(func(string, diag.Span) bool { return false })
		return getschemaStage{}
	},
})

type getschemaStage struct{}

// dotNet are the names of the platform's types.
var dotNet = map[schema.Type]string{
	schema.Bool: "System.SByte", schema.Int: "System.Int32", schema.Long: "System.Int64", schema.Real: "System.Double", schema.Decimal: "System.Data.SqlTypes.SqlDecimal",
	schema.String: "System.String", schema.Datetime: "System.DateTime", schema.Timespan: "System.TimeSpan", schema.Guid: "System.Guid", schema.Dynamic: "System.Object",
}

func (getschemaStage) bind(b *binder, s *stage, in *relation) *relation {
	if in.star != nil {
		b.errorf(s.word, "refused", "", "the columns are known only when the data are")
		return nil
	}
	values := &plan.Values{}
	out := &relation{node: values, order: true}
	for i, text := range schemaColumns {
		t := schema.String
		if i == 1 {
			t = schema.Int
		}
		col := b.newColumn(text, t)
		values.Out = append(values.Out, col)
		out.columns = append(out.columns, &column{name: text, typ: t, col: col})
	}
	for i, c := range in.visible() {
		values.Rows = append(values.Rows, []event.Value{event.TextValue(c.name), event.IntValue(int64(i)), event.TextValue(dotNet[c.typ]), event.TextValue(c.typ.String())})
	}
	return out
}
