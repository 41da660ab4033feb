package spl

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// What where and eval can say. A condition there has three values, and so it is written with the answer that is wanted, as it is
// read (eval_lower.go): truth(e, true) is a text that is true where e is true, truth(e, false) one that is true where e is false;
// where e is null, neither is.

// truth writes a condition of where.
func (w *writer) truth(e plan.Expr, want bool) phrase {
	if holds, ok := literalTruth(e); ok {
		if holds == want {
			return phrase{"true()", whole}
		}
		return phrase{"false()", whole}
	}
	switch e := e.(type) {
	case *plan.And:
		return w.truths(e.List, want, want)
	case *plan.Or:
		return w.truths(e.List, want, !want)
	case *plan.Not:
		return w.truth(e.X, !want)
	case *plan.IsNull:
		if want {
			return phrase{"isnull(" + w.value(e.X) + ")", whole}
		}
		return phrase{"isnotnull(" + w.value(e.X) + ")", whole}
	case *plan.Has:
		w.warn("spl-write-has", "Splunk does not tell a field without a value from one that is not there")
		return w.truth(&plan.IsNull{X: e.X}, !want)
	case *plan.Match:
		return w.matchTruth(e, want)
	case *plan.Compare:
		return w.compareTruth(e, want)
	case *plan.Call:
		return w.callTruth(e, want)
	}
	w.refuse("spl-write-condition", "the condition %s cannot be written as SPL", clip(plan.ExprString(e)))
	return phrase{}
}

// truths writes conditions of which all must hold, or one.
func (w *writer) truths(list []plan.Expr, want, conjunction bool) phrase {
	parts := make([]phrase, len(list))
	for i, x := range list {
		parts[i] = w.truth(x, want)
	}
	if conjunction {
		return linked(parts, " AND ", and)
	}
	return linked(parts, " OR ", or)
}

// matchTruth writes that a value meets patterns, or that it does not: a Match is false where there is no value, match() is null.
func (w *writer) matchTruth(m *plan.Match, want bool) phrase {
	subject := w.matched(m.Subject)
	tests := w.tests(m, subject)
	if want {
		if m.All {
			return linked(tests, " AND ", and)
		}
		return linked(tests, " OR ", or)
	}
	var parts []phrase
	if w.prefix == "" { // behind tstats there is always a text
		parts = []phrase{{"isnull(" + subject + ")", whole}}
	}
	if m.All {
		for _, t := range tests {
			parts = append(parts, phrase{"NOT " + t.in(not), not})
		}
		return linked(parts, " OR ", or)
	}
	none := make([]phrase, len(tests))
	for i, t := range tests {
		none[i] = phrase{"NOT " + t.in(not), not}
	}
	return linked(append(parts, linked(none, " AND ", and)), " OR ", or)
}

// matched writes what patterns are asked of.
func (w *writer) matched(e plan.Expr) string {
	if _, everything := e.(*plan.Everything); everything {
		w.warn("spl-write-keywords", "words without a field are looked for in the text of the event, where names of fields and escapes stand as well").
			Hint = "name the field that holds them, if the source has one"
		return "_raw"
	}
	return w.value(e)
}

// tests writes each of a Match's patterns, or all of them as one, as a test that is null where there is no value.
func (w *writer) tests(m *plan.Match, subject string) []phrase {
	var list []phrase
	if m.Op == plan.CIDR {
		for _, p := range m.Patterns {
			list = append(list, phrase{"cidrmatch(" + quoteText(p.Source) + ", " + subject + ")", whole})
		}
		return list
	}
	if text, ok := equalText(m); ok {
		return []phrase{{subject + "=" + text, whole}}
	}
	if emptyAffix(m) {
		return []phrase{{"isnotnull(" + subject + ")", whole}}
	}
	for _, s := range w.expressions(m) {
		list = append(list, phrase{"match(" + subject + ", " + quoteExpression(s) + ")", whole})
	}
	return list
}

// emptyAffix says whether a Match asks for no more than a value.
func emptyAffix(m *plan.Match) bool {
	if m.Op != plan.Prefix && m.Op != plan.Suffix && m.Op != plan.Contains {
		return false
	}
	empty := 0
	for _, p := range m.Patterns {
		if len(p.Pieces) == 0 || len(p.Pieces) == 1 && p.Pieces[0].Kind == plan.Many {
			empty++
		}
	}
	return empty == len(m.Patterns) && empty > 0 || empty > 0 && !m.All
}

// equalText returns the text with which = says what a Match does: it regards case, and takes what spells a number for one.
func equalText(m *plan.Match) (string, bool) {
	if m.Op != plan.Equals || len(m.Patterns) != 1 {
		return "", false
	}
	text, plain := m.Patterns[0].IsPlain()
	_, number := event.Number(strings.TrimSpace(text))
	if !plain || number || !plainText(text) || m.Fold && text != "" {
		return "", false
	}
	return quoteText(text), true
}

// compareTruth writes the comparison of two values.
func (w *writer) compareTruth(e *plan.Compare, want bool) phrase {
	op, left, right := e.Op, e.Left, e.Right
	if !want {
		op = [...]plan.CompareOp{plan.NotEqual, plan.Equal, plan.GreaterEqual, plan.Greater, plan.LessEqual, plan.Less}[op]
		if mayBeList(left) {
			w.warn("spl-write-list", "of a field with several values SPL asks each for the opposite, where none must meet the condition")
		}
	}
	sign := op.String()
	if sign == "==" {
		sign = "="
	}
	if !numeric(right) && !numeric(left) {
		w.warn("spl-write-compare", "where compares texts that spell numbers as numbers")
	}
	return phrase{w.value(left) + sign + w.value(right), whole}
}

// mayBeList says whether a value may be several.
func mayBeList(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Field:
		return true
	case *plan.Call:
		return e.Func.Name == "field_numbers" && mayBeList(e.Args[0])
	}
	return false
}

// numeric says whether an expression gives a number, or null.
func numeric(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Literal:
		switch e.Value.Kind() {
		case event.Int, event.Float, event.Decimal:
			return true
		}
	case *plan.Call:
		switch e.Func.Name {
		case "field_numbers", "to_unix_seconds", "spl_tonumber", "length":
			return true
		}
	}
	return false
}

// callTruth writes a function that gives a truth value.
func (w *writer) callTruth(c *plan.Call, want bool) phrase {
	if c.Func.Name == "field_meets" {
		return w.fieldMeets(c, want)
	}
	if kernel, known := writtenComparisons[c.Func.Name]; known && len(c.Args) == 2 {
		p := phrase{w.value(c.Args[0]) + kernel + w.value(c.Args[1]), whole}
		if !want {
			return phrase{"NOT " + p.text, not}
		}
		return p
	}
	switch c.Func.Name {
	case "spl_match", "spl_like":
		name := strings.TrimPrefix(c.Func.Name, "spl_")
		p := phrase{name + "(" + w.value(c.Args[0]) + ", " + w.value(c.Args[1]) + ")", whole}
		if !want {
			return phrase{"NOT " + p.text, not}
		}
		return p
	}
	w.refuse("spl-write-function", "where has no function that does what %s does", c.Func.Name)
	return phrase{}
}

var writtenComparisons = map[string]string{
	"spl_equal": "=", "spl_not_equal": "!=", "spl_less": "<", "spl_less_equal": "<=", "spl_greater": ">", "spl_greater_equal": ">=",
}

// fieldMeets writes that the text of a field has to do with that of another.
func (w *writer) fieldMeets(c *plan.Call, want bool) phrase {
	how, okHow := c.Args[2].(*plan.Literal)
	fold, okFold := c.Args[3].(*plan.Literal)
	if !okHow || !okFold {
		w.refuse("spl-write-function", "how two fields are to be compared is not said in the plan")
		return phrase{}
	}
	a, b := w.value(c.Args[0]), w.value(c.Args[1])
	x, y := a, b
	if fold.Value.Bool() {
		x, y = "lower("+a+")", "lower("+b+")"
	}
	var test string
	switch how.Value.Text() {
	case "equals":
		test = x + "=" + y
	case "contains":
		test = "mvcount(split(" + x + ", " + y + "))>1"
	case "prefix":
		test = "substr(" + x + ", 1, len(" + y + "))=" + y
	case "suffix":
		test = "substr(" + x + ", -len(" + y + "))=" + y
	default:
		w.refuse("spl-write-function", "where cannot say that a field %s another", how.Value.Text())
		return phrase{}
	}
	w.warn("spl-write-fields", "where compares fields that both spell numbers as numbers, and of several values the first or none")
	if want {
		return phrase{test, whole}
	}
	return phrase{"isnull(" + a + ") OR isnull(" + b + ") OR NOT " + test, or}
}

// value writes an expression of eval.
func (w *writer) value(e plan.Expr) string {
	if name, ok := w.field(e); ok {
		if w.prefix != "" {
			name = strings.TrimPrefix(name, w.prefix)
		}
		return quoteName(name)
	}
	switch e := e.(type) {
	case *plan.Literal:
		return w.literal(e.Value)
	case *plan.Case:
		return w.cases(e)
	case *plan.Call:
		if text, ok := w.call(e); ok {
			return text
		}
		w.refuse("spl-write-function", "eval has no function that does what %s does", e.Func.Name)
		return ""
	case *plan.Match, *plan.And, *plan.Or, *plan.Not, *plan.IsNull, *plan.Has, *plan.Compare:
		return "if(" + w.truth(e, true).text + ", \"true\", \"false\")"
	}
	w.refuse("spl-write-expression", "%s cannot be written as SPL", clip(plan.ExprString(e)))
	return ""
}

// quoteName writes the name of a field as eval has it.
func quoteName(name string) string {
	bare := name != ""
	for i := 0; i < len(name); i++ {
		bare = bare && (isLetter(name[i]) || i > 0 && isDigit(name[i]))
	}
	if bare && functions[strings.ToLower(name)] == nil {
		switch strings.ToLower(name) {
		case "and", "or", "xor", "not", "like", "in", "true", "false", "null":
		default:
			return name
		}
	}
	return "'" + name + "'"
}

func (w *writer) literal(v event.Value) string {
	switch v.Kind() {
	case event.Text:
		if !plainText(strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(v.Text())) {
			w.refuse("spl-write-text", "a text with the bytes %q cannot be written as SPL", clip(v.Text()))
		}
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(v.Text()) + `"`
	case event.Int, event.Float, event.Decimal:
		return v.Text()
	case event.Bool:
		if v.Bool() {
			return "true()"
		}
		return "false()"
	case event.Null:
		return "null()"
	}
	w.refuse("spl-write-value", "the value %s cannot be written as SPL", clip(v.Text()))
	return ""
}

func (w *writer) cases(e *plan.Case) string {
	otherwise := "null()"
	if e.Else != nil {
		otherwise = w.value(e.Else)
	}
	if len(e.Arms) == 1 {
		return "if(" + w.truth(e.Arms[0].When, true).text + ", " + w.value(e.Arms[0].Then) + ", " + otherwise + ")"
	}
	var parts []string
	for _, a := range e.Arms {
		parts = append(parts, w.truth(a.When, true).text, w.value(a.Then))
	}
	if e.Else != nil {
		parts = append(parts, "true()", otherwise)
	}
	return "case(" + strings.Join(parts, ", ") + ")"
}

// writtenFunctions are functions of the plan that a function of eval is; the others are not written.
var writtenFunctions = map[string]string{
	"field_numbers": "tonumber", "coalesce": "coalesce", "spl_tonumber": "tonumber",
	"lower": "lower", "upper": "upper", "length": "len",
}

// writtenOperators are those that an operator of eval is.
var writtenOperators = map[string]string{
	"spl_add": "+", "spl_subtract": "-", "spl_multiply": "*", "spl_divide": "/", "spl_modulo": "%", "spl_concat": ".",
}

// call writes a call of a function; ok is false for one that eval has not.
func (w *writer) call(c *plan.Call) (string, bool) {
	var args []string
	for _, a := range c.Args {
		if _, lambda := a.(*plan.Lambda); lambda {
			return "", false
		}
		args = append(args, w.value(a))
	}
	if c.Func.Name == "concat" && len(args) > 0 {
		return "(" + strings.Join(args, ".") + ")", true
	}
	if op, ok := writtenOperators[c.Func.Name]; ok && len(args) == 2 {
		return "(" + args[0] + op + args[1] + ")", true
	}
	switch c.Func.Name {
	case "to_unix_seconds": // of the time of an event, which a search counts in seconds
		if args[0] == "_time" {
			return "_time", true
		}
		return "", false
	}
	name := writtenFunctions[c.Func.Name]
	if name == "" {
		if rest, ok := strings.CutPrefix(c.Func.Name, "spl_"); ok && functions[rest] != nil && functions[rest].truth == nil && functions[rest].refused == "" {
			name = rest
		}
	}
	if name == "" {
		return "", false
	}
	return name + "(" + strings.Join(args, ", ") + ")", true
}

// matchesText says whether a Match holds of a text.
func matchesText(sources []string, text string) bool {
	for _, s := range sources {
		v := fn.ByName("spl_match").Eval([]event.Value{event.TextValue(text), event.TextValue(s)})
		if v.Kind() == event.Bool && v.Bool() {
			return true
		}
	}
	return false
}
