package kql

import (
	"strings"
	"sync"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// value returns an expression that is no condition by itself.
func (w *writer) value(e plan.Expr) string {
	switch e := e.(type) {
	case *plan.Ref:
		return writtenName(e.Column.Name)
	case *plan.Literal:
		return w.literal(e)
	case *plan.Call:
		return w.call(e)
	case *plan.Case:
		return w.cases(e)
	case *plan.And, *plan.Or, *plan.Not, *plan.Match, *plan.Compare, *plan.IsNull, *plan.Has:
		return w.truth(e, true).line(false)
	}
	w.refuse("kql-write-value", "%s is not written", plan.ExprString(e))
	return "?"
}

func (w *writer) cases(e *plan.Case) string {
	var args []string
	for _, arm := range e.Arms {
		args = append(args, w.truth(arm.When, false).line(false), w.value(arm.Then))
	}
	if e.Else == nil {
		args = append(args, w.null(plan.TypeOf(e)))
	} else {
		args = append(args, w.value(e.Else))
	}
	if len(e.Arms) == 1 {
		return "iff(" + strings.Join(args, ", ") + ")"
	}
	return "case(" + strings.Join(args, ", ") + ")"
}

// null returns the value of a type that stands for none.
func (w *writer) null(t schema.Type) string {
	switch t {
	case schema.String, schema.Any:
		return `""`
	}
	return t.String() + "(null)"
}

// writtenCalls are the functions of the catalogue that are functions of Kusto with the same arguments.
var writtenCalls = map[string]string{
	"concat": "strcat", "lower": "tolower", "upper": "toupper", "length": "strlen", "coalesce": "coalesce", "is_empty": "isempty",
	"to_text": "tostring", "to_int": "tolong", "to_float": "todouble", "to_bool": "tobool", "parse_json": "parse_json", "abs": "abs",
	"replace": "replace_string", "split": "split", "least": "min_of", "greatest": "max_of", "bin": "bin",
}

// kernels are the functions of the language by the function of the catalogue that does them.
var kernels = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	for name, f := range functions {
		if f.kernel != "" && f.name == name && (names[f.kernel] == "" || name < names[f.kernel]) {
			names[f.kernel] = name
		}
	}
	return names
})

func (w *writer) args(list []plan.Expr) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = w.value(x)
	}
	return out
}

// call writes a function.
func (w *writer) call(e *plan.Call) string {
	args := func() string { return strings.Join(w.args(e.Args), ", ") }
	switch e.Func.Name {
	case "get_field":
		if l, ok := e.Args[1].(*plan.Literal); ok && l.Value.Kind() == event.Text {
			return w.value(e.Args[0]) + writtenMember(l.Value.Text())
		}
	case "field_numbers":
		switch plan.TypeOf(e.Args[0]) {
		case schema.Int, schema.Long, schema.Real, schema.Decimal:
			return w.value(e.Args[0])
		}
		w.say(diag.Info, "kql-write-number", "a text that is a number in hexadecimal counts as a number in Kusto")
		return "todouble(" + w.value(e.Args[0]) + ")"
	case "field_date_part":
		part := w.value(e.Args[0])
		if part == `"week"` {
			part = `"week_of_year"`
		}
		x := w.value(e.Args[1])
		if plan.TypeOf(e.Args[1]) != schema.Datetime {
			x = "todatetime(" + x + ")"
		}
		return "datetime_part(" + part + ", " + x + ")"
	case "regex_extract":
		if len(e.Args) == 3 {
			return "extract(" + w.value(e.Args[1]) + ", " + w.value(e.Args[2]) + ", " + w.value(e.Args[0]) + ")"
		}
	case "hex_to_int":
		return "tolong(" + args() + ")"
	}
	for _, operator := range []struct{ kernel, symbol string }{
		{"add", "+"}, {"subtract", "-"}, {"kql_add", "+"}, {"kql_subtract", "-"}, {"kql_multiply", "*"}, {"kql_divide", "/"}, {"multiply", "*"},
	} {
		if e.Func.Name == operator.kernel && len(e.Args) == 2 {
			return "(" + w.value(e.Args[0]) + " " + operator.symbol + " " + w.value(e.Args[1]) + ")"
		}
	}
	f := writtenCalls[e.Func.Name]
	if f == "" {
		f = kernels()[e.Func.Name]
	}
	if f == "" {
		w.refuse("kql-write-function", "Kusto has no function that does what %s does", e.Func.Name)
		return "?"
	}
	return f + "(" + args() + ")"
}

// writtenMember returns the access to a member of a dynamic value.
func writtenMember(key string) string {
	if n := writtenName(key); n == key {
		return "." + key
	}
	return "[" + writtenText(key) + "]"
}

// fieldCall writes what Sigma asks of two fields; nil for any other call.
func (w *writer) fieldCall(e *plan.Call, negated bool) *phrase {
	if e.Func.Name != "field_meets" {
		return nil
	}
	how, fold := e.Args[2].(*plan.Literal), e.Args[3].(*plan.Literal)
	left, right := w.subject(e.Args[0]), w.subject(e.Args[1])
	folds := fold.Value.Bool()
	guard, text := left, ""
	switch how.Value.Text() {
	case "equals":
		text = left + map[bool]string{true: " =~ ", false: " == "}[folds] + right
	case "prefix":
		guard, text = right, left+cased(" startswith", folds)+right
	case "suffix":
		guard, text = right, left+cased(" endswith", folds)+right
	default:
		guard, text = right, left+cased(" contains", folds)+right
	}
	return joinedPhrase("and", []*phrase{leafPhrase("isnotempty(" + guard + ")"), leafPhrase(text)})
}

// writtenAggregates are the aggregates of the catalogue that are aggregates of Kusto with the same arguments and result.
var writtenAggregates = map[string]string{
	"count": "count", "sum": "sum", "min": "min", "max": "max", "avg": "avg", "dcount": "count_distinct", "make_set": "make_set", "make_list": "make_list",
	"stdev": "stdev", "variance": "variance",
}

// aggregate writes a summarize, or a distinct where nothing is computed.
func (w *writer) aggregate(n *plan.Aggregate) {
	by := w.assigns(n.By)
	if len(n.Aggs) == 0 {
		w.listing("distinct", by)
		return
	}
	var list []string
	for _, a := range n.Aggs {
		f := writtenAggregates[a.Func.Name]
		switch {
		case f == "":
			w.refuse("kql-write-aggregate", "Kusto has no aggregate that does what %s does", a.Func.Name)
			continue
		case len(a.Order) > 0 || a.Distinct && a.Func.Name != "count":
			w.refuse("kql-write-aggregate", "%s over an order or different values is not written", a.Func.Name)
			continue
		case a.Func.Name == "count" && a.Distinct:
			f = "count_distinct"
		case a.Func.Name == "count" && len(a.Args) == 1: // rows where it is there
			f = "countif"
		}
		args := w.args(a.Args)
		if f == "countif" {
			args = []string{w.isNotNull(a.Args[0])}
		}
		if a.Where != nil {
			f += "if"
			args = append(args, w.truth(a.Where, false).line(false))
		}
		list = append(list, writtenName(a.Column.Name)+" = "+f+"("+strings.Join(args, ", ")+")")
	}
	text := listed("summarize", list)
	if len(by) > 0 {
		if rest := " by " + strings.Join(by, ", "); strings.Contains(text, "\n") || len(text)+len(rest) > lineWidth {
			text += "\n    by " + strings.Join(by, ", ")
		} else {
			text += rest
		}
	}
	w.pipe(text)
}
