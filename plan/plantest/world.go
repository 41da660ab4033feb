package plantest

import (
	"fmt"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// world is the taxonomy of a case. Without a section `tables` every event is a row of every table, and a column is the field
// of its name.
type world struct {
	events  []*event.Event
	tables  []rule
	columns []rule
	given   map[string]bool // tables whose rows stand in a section of their own
}

// rule is one line of the section `tables`.
type rule struct {
	name  string
	class event.Class // what it is for; empty parts fit everything
	expr  plan.Expr   // a table's condition (nil: none), or a column's source
}

func (r rule) fits(c *event.Class) bool {
	fit := func(want, is string) bool { return want == "" || want == is }
	return fit(r.class.Product, c.Product) && fit(r.class.Channel, c.Channel) &&
		fit(r.class.Provider, c.Provider) && fit(r.class.ID, c.ID)
}

// rowsProduct is the Product of events that are rows of a section rows.NAME; their Channel is the table.
const rowsProduct = "rows"

// Route says whether events of a class are rows of a table.
func (w *world) Route(table string, class *event.Class) (plan.Expr, bool) {
	if class.Product == rowsProduct {
		return nil, class.Channel == table
	}
	if w.given[table] {
		return nil, false
	}
	for _, r := range w.tables {
		if r.name == table && r.fits(class) {
			return r.expr, true
		}
	}
	return nil, len(w.tables) == 0
}

// Source says where a column comes from for events of a class.
func (w *world) Source(class *event.Class, column string) plan.Expr {
	if class.Product != rowsProduct {
		for _, r := range w.columns {
			if r.name == column && r.fits(class) {
				return r.expr
			}
		}
	}
	return &plan.Field{Name: column}
}

// addTables reads lines such as
//
//	table logs for product=windows id=1 when $x == 1
//	column user for product=windows = $SubjectUserName
func (w *world) addTables(text string) error {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := w.addRule(line); err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
	}
	return nil
}

func (w *world) addRule(line string) error {
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != "table" && words[0] != "column" {
		return fmt.Errorf("a line begins `table NAME` or `column NAME`")
	}
	r := rule{name: words[1]}
	i := 2
	if i < len(words) && words[i] == "for" {
		for i++; i < len(words) && words[i] != "when" && words[i] != "="; i++ {
			key, value, _ := strings.Cut(words[i], "=")
			switch key {
			case "product":
				r.class.Product = value
			case "channel":
				r.class.Channel = value
			case "provider":
				r.class.Provider = value
			case "id":
				r.class.ID = value
			default:
				return fmt.Errorf("a class has no part %q", key)
			}
		}
	}
	if i < len(words) {
		if words[i] != "when" && words[i] != "=" {
			return fmt.Errorf("%q should be `for`, `when` or `=`", words[i])
		}
		text := strings.Join(words[i+1:], " ")
		e, list := plan.ReadExpr(&diag.Source{Text: text}, nil)
		if list.Failed() {
			return list
		}
		r.expr = e
	}
	if words[0] == "table" {
		w.tables = append(w.tables, r)
		return nil
	}
	if r.expr == nil {
		return fmt.Errorf("column %s has no source", r.name)
	}
	w.columns = append(w.columns, r)
	return nil
}

// addRows reads the rows of a table, which are written as a Values, as events with typed fields.
func (w *world) addRows(table, text string) error {
	v, err := readValues(text)
	if err != nil {
		return err
	}
	if w.given == nil {
		w.given = make(map[string]bool)
	}
	w.given[table] = true
	class := event.ClassOf(event.Class{Product: rowsProduct, Channel: table})
	for i, row := range v.Rows {
		ev := &event.Event{Class: class, Origin: event.Origin{Source: "rows." + table, Record: uint64(i + 1), Offset: -1}}
		for j, value := range row {
			if !value.IsAbsent() {
				ev.Record.Set(v.Out[j].Name, value)
			}
		}
		w.events = append(w.events, ev)
	}
	return nil
}
