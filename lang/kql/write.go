package kql

import (
	"fmt"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Write returns the text of a query that gives the rows of a plan: the opposite of Read. The name of the Scan's table is what the
// query begins with, and its columns are called as the table calls them.
//
// What the language cannot say as the plan means it is refused, with an error for each reason. What it says with a difference
// that lies in the nature of Kusto's types (a text is never null) is written, with an info.
func Write(n plan.Node) (string, diag.List) {
	w := &writer{names: map[string]bool{}}
	w.node(n)
	if w.list.Failed() {
		return "", w.list
	}
	return strings.Join(append(w.lets, w.lines...), "\n"), w.list
}

// lineWidth is the number of characters beyond which a line is broken.
const lineWidth = 120

// writer is the state of writing one query.
type writer struct {
	list  diag.List
	lets  []string // statements before the query
	lines []string
	names map[string]bool // of lets
	at    *plan.Mark      // what is being written
}

// refuse says why something cannot be written.
func (w *writer) refuse(code, format string, args ...any) {
	w.say(diag.Error, code, fmt.Sprintf(format, args...))
}

// say adds a complaint about what is being written, each once.
func (w *writer) say(severity diag.Severity, code, message string) {
	d := diag.Diagnostic{Code: code, Severity: severity, Message: message}
	if w.at != nil {
		d.Span = w.at.Span
	}
	for _, known := range w.list {
		if known.Code == code && known.Span == d.Span && known.Message == message {
			return
		}
	}
	w.list.Add(d)
}

// pipe adds an operator.
func (w *writer) pipe(text string) { w.lines = append(w.lines, "| "+text) }

// node writes what gives the rows of a plan.
func (w *writer) node(n plan.Node) {
	switch n := n.(type) {
	case *plan.Scan:
		w.lines = append(w.lines, tableName(n.Table))
	case *plan.Union:
		w.union(n)
	case *plan.Filter:
		w.node(n.Input)
		w.where(n.Where)
	case *plan.Project:
		w.node(n.Input)
		word := "project"
		if n.Extend {
			word = "extend"
		}
		w.listing(word, w.assigns(n.Out))
	case *plan.Aggregate:
		w.node(n.Input)
		w.aggregate(n)
	case *plan.Sort:
		w.node(n.Input)
		w.sort(n)
	case *plan.Limit:
		w.node(n.Input)
		if n.Skip > 0 {
			w.refuse("kql-write-skip", "rows cannot be skipped")
		}
		w.pipe(fmt.Sprintf("take %d", n.Count))
	default:
		w.refuse("kql-write-operator", "%T is not written as a query", n)
	}
}

// where writes a condition: in one operator where that fits a line, else one for each part of it.
func (w *writer) where(e plan.Expr) {
	whole := w.truth(e, false)
	if text := whole.line(false); len(text)+len("| where ") <= lineWidth || whole.word != "and" {
		w.pipe("where " + whole.layout(len("| where "), 4))
		return
	}
	for _, part := range whole.list {
		w.pipe("where " + part.layout(len("| where "), 4))
	}
}

// assigns returns columns with their values; one that only hands a column on is named alone.
func (w *writer) assigns(list []plan.Assign) []string {
	out := make([]string, len(list))
	for i, a := range list {
		value := w.value(a.Value)
		if out[i] = writtenName(a.Column.Name); value != out[i] {
			out[i] += " = " + value
		}
	}
	return out
}

// listing writes an operator with a list, on several lines where it is long.
func (w *writer) listing(word string, items []string) { w.pipe(listed(word, items)) }

func listed(word string, items []string) string {
	if text := word + " " + strings.Join(items, ", "); len(text) <= lineWidth || len(items) == 1 {
		return text
	}
	return word + "\n    " + strings.Join(items, ",\n    ")
}

// sort writes the order of rows. Kusto puts nulls first in ascending order and last in descending.
func (w *writer) sort(n *plan.Sort) {
	keys := make([]string, len(n.Keys))
	for i, k := range n.Keys {
		keys[i] = w.value(k.Value) + " asc"
		if k.Descending {
			keys[i] = w.value(k.Value) + " desc"
		}
		if k.NullsFirst == k.Descending && plan.TypeOf(k.Value) != schema.String { // a text is never null
			keys[i] += map[bool]string{true: " nulls first", false: " nulls last"}[k.NullsFirst]
		}
	}
	if n.Limit >= 0 {
		w.pipe(fmt.Sprintf("top %d by ", n.Limit) + strings.Join(keys, ", "))
		return
	}
	w.pipe("sort by " + strings.Join(keys, ", "))
}

// tableName returns the name by which a query calls a table: what stands behind the last slash of a Scan's.
func tableName(table string) string { return table[strings.LastIndexByte(table, '/')+1:] }

// writtenName returns a name as a query writes it.
func writtenName(text string) string {
	plain := text != "" && isLetter(text[0])
	for i := 0; i < len(text); i++ {
		plain = plain && (isLetter(text[i]) || isDigit(text[i]))
	}
	if plain && !reserved[text] {
		return text
	}
	return "['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "']"
}

// reserved are words that a name must not be.
var reserved = map[string]bool{
	"and": true, "or": true, "in": true, "has": true, "contains": true, "startswith": true, "endswith": true, "matches": true, "between": true,
	"by": true, "on": true, "of": true, "to": true, "true": true, "false": true, "null": true, "dynamic": true, "datetime": true, "let": true, "where": true,
	"has_any": true, "has_all": true, "has_cs": true, "hasprefix": true, "hassuffix": true, "contains_cs": true, "startswith_cs": true, "endswith_cs": true,
	"bool": true, "int": true, "long": true, "real": true, "decimal": true, "string": true, "timespan": true, "guid": true, "time": true, "kind": true, "with": true,
}

// writtenText returns a text as a literal: verbatim where a backslash stands in it and nothing else needs an escape.
func writtenText(text string) string {
	control := strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' })
	if !control && strings.Contains(text, `\`) {
		return `@"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// literal returns a constant.
func (w *writer) literal(l *plan.Literal) string {
	v := l.Value
	switch v.Kind() {
	case event.Text:
		return writtenText(v.Text())
	case event.Int, event.Float:
		if text := v.Text(); strings.HasPrefix(text, "-") {
			return "(" + text + ")"
		}
		return v.Text()
	case event.Bool:
		return v.Text()
	case event.Time:
		return "datetime(" + v.Text() + ")"
	}
	if v.IsNull() {
		return "dynamic(null)"
	}
	w.refuse("kql-write-literal", "the constant %s is not written", v.Text())
	return "?"
}
