package spl

import (
	"fmt"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// WriteOptions say how a search is written.
type WriteOptions struct {
	// By are the fields by which a search of a data model groups, without the name of the data set; those that the conditions
	// name are added. None: those alone.
	By []string
	// Macros names options and times by the macros of Splunk's content (security_content_summariesonly, security_content_ctime);
	// otherwise what they stand for is written out.
	Macros bool
	// Wide writes the search on one line.
	Wide bool
}

// WriteSearch returns the text of a search that gives the rows of a plan: the opposite of Read. The columns of its Scan are called as
// searches call fields, with or without the prefix that Read gives them; the table is "splunk" or that of a data set, such as
// "cim/Endpoint.Processes".
//
// What search, where and stats cannot say as the plan means it is refused, with an error for each reason. What they say with a
// difference that an author may accept is written, with a warning. A condition stands in the search itself where that means the
// same, else in a regex or a where behind it.
func WriteSearch(n plan.Node, o WriteOptions) (string, diag.List) {
	w := &writer{options: o, names: map[*plan.Column]string{}, parts: map[string][]phrase{}}
	w.node(n)
	w.begin()
	if w.list.Failed() {
		return "", w.list
	}
	if o.Wide {
		return strings.Join(w.pipes, " "), w.list
	}
	return strings.Join(w.pipes, "\n"), w.list
}

// writer is the state of writing one search.
type writer struct {
	options WriteOptions
	list    diag.List
	names   map[*plan.Column]string // what columns are called
	scan    *plan.Scan              // what is read
	prefix  string                  // of a data set's fields while its events are searched: "Processes."
	filters []plan.Expr             // conditions on events, not written yet
	began   bool                    // the search itself is written
	parts   map[string][]phrase     // of conditions that are written together, for lines that get too long
	shown   []string                // the fields of the last table or stats
	pipes   []string
}

// refuse says why something cannot be written.
func (w *writer) refuse(code, format string, args ...any) *diag.Diagnostic {
	return w.say(diag.Error, code, fmt.Sprintf(format, args...))
}

// warn says in what the search differs from the plan.
func (w *writer) warn(code, format string, args ...any) *diag.Diagnostic {
	return w.say(diag.Warning, code, fmt.Sprintf(format, args...))
}

// say adds a complaint, each once.
func (w *writer) say(severity diag.Severity, code, message string) *diag.Diagnostic {
	for i, d := range w.list {
		if d.Code == code && d.Message == message {
			return &w.list[i]
		}
	}
	w.list.Add(diag.Diagnostic{Code: code, Severity: severity, Message: message})
	return &w.list[len(w.list)-1]
}

// pipe adds a command.
func (w *writer) pipe(format string, args ...any) {
	w.pipes = append(w.pipes, "| "+fmt.Sprintf(format, args...))
}

// node writes what gives the rows of a plan.
func (w *writer) node(n plan.Node) {
	switch n := n.(type) {
	case *plan.Scan:
		w.scanned(n)
	case *plan.Filter:
		w.node(n.Input)
		if !w.began {
			w.filters = append(w.filters, conjuncts(n.Where)...)
			return
		}
		w.wheres(conjuncts(n.Where))
	case *plan.Project:
		w.rename(n)
		w.node(n.Input)
		w.project(n)
	case *plan.Aggregate:
		w.node(n.Input)
		w.aggregate(n)
	case *plan.Sort:
		w.node(n.Input)
		w.sort(n)
	case *plan.Limit:
		w.node(n.Input)
		w.begin()
		if n.Skip > 0 {
			w.refuse("spl-write-limit", "rows cannot be skipped in a search")
		}
		w.pipe("head %d", n.Count)
	default:
		w.refuse("spl-write-operator", "%s is not written as SPL", operatorName(n))
	}
}

// operatorName says what an operator does, for complaints.
func operatorName(n plan.Node) string {
	switch n.(type) {
	case *plan.Join:
		return "a join"
	case *plan.Union:
		return "a union"
	case *plan.Window:
		return "a function over neighbouring rows"
	case *plan.Expand:
		return "making rows of the values of a list"
	case *plan.Trace:
		return "a scan with steps"
	case *plan.Sequence:
		return "a sequence of events"
	case *plan.Lookup:
		return "a look into a table"
	case *plan.Values:
		return "rows without events"
	}
	return fmt.Sprintf("%T", n)
}

// conjuncts returns the conditions that must all hold. What must not be missing is one of its own: NOT (NOT a=* OR b=1) is a=* NOT b=1.
func conjuncts(e plan.Expr) []plan.Expr {
	var list []plan.Expr
	switch e := e.(type) {
	case *plan.And:
		for _, x := range e.List {
			list = append(list, conjuncts(x)...)
		}
		return list
	case *plan.Not:
		or, ok := e.X.(*plan.Or)
		if !ok {
			break
		}
		var rest []plan.Expr
		for _, x := range or.List {
			switch x.(type) {
			case *plan.IsNull, *plan.Not:
				list = append(list, &plan.Not{X: x})
			default:
				rest = append(rest, x)
			}
		}
		switch {
		case len(list) == 0:
		case len(rest) == 0:
			return list
		case len(rest) == 1:
			return append(list, &plan.Not{X: rest[0]})
		default:
			return append(list, &plan.Not{X: &plan.Or{List: rest}})
		}
	}
	return []plan.Expr{e}
}

// scanned notes what is read, and what its columns are called.
func (w *writer) scanned(n *plan.Scan) {
	w.scan = n
	if set, ok := strings.CutPrefix(n.Table, "cim/"); ok {
		_, name, _ := strings.Cut(set, ".")
		w.prefix = name + "."
	} else if n.Table != "splunk" {
		w.refuse("spl-write-table", "a search reads events or a data set, not the table %s", n.Table)
	}
	for _, c := range n.Out {
		name := c.Name
		if name == "@timestamp" {
			name = "_time"
		} else if rest, ok := strings.CutPrefix(name, "splunk/"); ok {
			name = rest
		} else if strings.HasPrefix(name, "cim/") {
			name = name[strings.LastIndexByte(name, '/')+1:]
		}
		w.names[c] = name
	}
}

// begin writes the search itself, with what was asked of its events so far.
func (w *writer) begin() {
	if w.began || w.scan == nil {
		return
	}
	w.began = true
	base, behind := w.sorted(w.filters)
	if w.prefix != "" {
		w.tstats(base, behind, nil)
		return
	}
	w.search(base)
	w.wheres(behind)
}

// sorted tells conditions that the search itself can hold from those that must stand behind it.
func (w *writer) sorted(filters []plan.Expr) (base []phrase, behind []plan.Expr) {
	for _, e := range filters {
		if p, ok := w.condition(e); ok {
			if p.text != "" {
				base = append(base, p)
			}
			continue
		}
		if p, ok := w.implied(e); ok {
			base, behind = append(base, p), append(behind, w.left(e)...)
			continue
		}
		behind = append(behind, e)
	}
	return base, behind
}

// longLine is the number of characters that a line of conditions has at most, if it has more than one.
const longLine = 110

// search writes the search itself.
func (w *writer) search(base []phrase) {
	text := w.joined(base, "")
	if text == "" {
		text = "*"
	}
	w.pipes = append(w.pipes, text)
}

// joined writes conditions that must all hold, in lines.
func (w *writer) joined(list []phrase, indent string) string {
	var b strings.Builder
	line := 0
	for i, p := range list {
		text := p.in(and)
		if len(list) == 1 {
			text = p.text
		}
		switch {
		case i == 0:
		case !w.options.Wide && (line+len(text) > longLine || line < 0):
			b.WriteString("\n    " + indent)
			line = 0
		default:
			b.WriteString(" ")
		}
		if broken, ok := w.broken(p, text != p.text, indent); ok && len(text) > longLine {
			b.WriteString(broken)
			line = -1 // what follows begins a line
			continue
		}
		b.WriteString(text)
		line += len(text) + 1
	}
	return b.String()
}

// broken writes alternatives in lines of their own; ok is false for what is none.
func (w *writer) broken(p phrase, brackets bool, indent string) (text string, ok bool) {
	if w.options.Wide || p.level != or || w.parts[p.text] == nil {
		return "", false
	}
	var lines []string
	for _, part := range w.parts[p.text] {
		line := part.in(or)
		if conditions := w.parts[part.text]; len(line) > longLine && part.level == and && conditions != nil {
			line = "(" + w.joined(conditions, indent+"    ") + ")"
		}
		lines = append(lines, line)
	}
	text = strings.Join(lines, "\n    "+indent+"OR ")
	if brackets {
		text = "(" + text + ")"
	}
	return text, true
}

// wheres writes conditions on rows: regex for an expression that one field must meet, where for the others.
func (w *writer) wheres(list []plan.Expr) {
	var rest []phrase
	for _, e := range list {
		if holds, ok := literalTruth(e); ok && holds {
			continue
		}
		if text, ok := w.regex(e); ok {
			w.pipe("regex %s", text)
			continue
		}
		rest = append(rest, w.truth(e, true))
	}
	if len(rest) > 0 {
		w.pipe("where %s", linked(rest, " AND ", and).text)
	}
}

// literalTruth returns the truth of a condition that is a constant.
func literalTruth(e plan.Expr) (value, ok bool) {
	switch e := e.(type) {
	case *plan.Literal:
		if e.Value.Kind() == event.Bool {
			return e.Value.Bool(), true
		}
		return false, e.Value.IsNull()
	case *plan.And:
		return true, len(e.List) == 0
	case *plan.Or:
		return false, len(e.List) == 0
	}
	return false, false
}

// level is how tightly the parts of a phrase hang together.
type level uint8

const (
	whole level = iota // needs no brackets
	not
	and
	or
)

// phrase is a condition as it is written.
type phrase struct {
	text string
	level
}

// in returns the phrase as a part of one of a level; whatever mixes AND with OR has brackets, so that no reader has to know which
// binds tighter.
func (p phrase) in(around level) string {
	if p.level > not && p.level != around || around == not && p.level == not {
		return "(" + p.text + ")"
	}
	return p.text
}
