package plantest

import (
	"errors"
	"fmt"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// Predicate is what a plan of Scan and Filters asks of single events.
type Predicate struct {
	Scan  *plan.Scan
	Where plan.Expr // over the columns and the rest of the Scan; nil: always true
}

// PerEvent makes an Executor of something that only says which events meet a predicate: match returns the places in
// in.Events of those that are rows of the table and for which the condition is true. Check lets plans of one Scan and any
// number of Filters pass, and then asks check (nil: all).
func PerEvent(name string, check func(Predicate) error, match func(p Predicate, in *Input) ([]int, error)) Executor {
	return &perEvent{name, check, match}
}

type perEvent struct {
	name  string
	check func(Predicate) error
	match func(Predicate, *Input) ([]int, error)
}

func (x *perEvent) Name() string { return x.name }

var errNotPerEvent = errors.New("the plan is not a scan and filters")

func (x *perEvent) Check(node plan.Node) error {
	p, ok := PredicateOf(node)
	if !ok {
		return errNotPerEvent
	}
	if x.check == nil {
		return nil
	}
	return x.check(p)
}

func (x *perEvent) Run(node plan.Node, in *Input) ([]Row, error) {
	p, ok := PredicateOf(node)
	if !ok {
		return nil, errNotPerEvent
	}
	places, err := x.match(p, in)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, i := range places {
		row, err := RowOf(p.Scan, in.Events[i], in.Resolver)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// PredicateOf returns what a plan asks of single events; it reports false for a plan that is not a Scan and Filters.
func PredicateOf(node plan.Node) (Predicate, bool) {
	var where []plan.Expr
	for {
		switch n := node.(type) {
		case *plan.Filter:
			where = append([]plan.Expr{n.Where}, where...)
			node = n.Input
		case *plan.Scan:
			p := Predicate{Scan: n}
			switch len(where) {
			case 0:
			case 1:
				p.Where = where[0]
			default:
				p.Where = &plan.And{List: where}
			}
			return p, true
		default:
			return Predicate{}, false
		}
	}
}

// RowOf returns an event as a row of a Scan whose table it belongs to.
func RowOf(scan *plan.Scan, ev *event.Event, resolver plan.Resolver) (Row, error) {
	var row Row
	over := eval.Row{Record: &ev.Record, Raw: ev.Raw, FreeText: ev.FreeText}
	for _, c := range scan.Out {
		var v event.Value
		if plan.CarrierFirst(c.Name) {
			v = plan.Carrier(ev, c.Name)
		}
		if source := resolver.Source(ev.Class, c.Name); source != nil && v.IsNull() {
			program, err := eval.Compile(source, func(*plan.Column) int { return -1 })
			if err != nil {
				return Row{}, fmt.Errorf("column %s: %w", c.Name, err)
			}
			v = program.Value(&over)
		}
		if v.IsNull() {
			if carried := plan.Carrier(ev, c.Name); !carried.IsAbsent() {
				v = carried
			}
		}
		row.Values = append(row.Values, v)
	}
	if scan.Rest {
		row.Rest = &ev.Record
	}
	return row, nil
}
