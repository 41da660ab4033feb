package stream

import (
	"fmt"
	"unsafe"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/schema"
)

// Native rewrites canonical columns to where records of a class have them. One that belongs to the carrier of an event (see
// plan.Carrier) stays a reference, for which CarrierSlot and Row stand ready; any other that the class lacks becomes Null.
func Native(e plan.Expr, resolver plan.Resolver, class *event.Class) plan.Expr {
	return plan.TransformExpr(e, func(e plan.Expr) plan.Expr {
		if ref, ok := e.(*plan.Ref); ok {
			return nativeColumn(ref, resolver, class)
		}
		return e
	})
}

// rawColumn is the text of an event as its carrier has it.
var rawColumn = &plan.Column{Name: "event.original", Type: schema.String}

func nativeColumn(ref *plan.Ref, resolver plan.Resolver, class *event.Class) plan.Expr {
	source := resolver.Source(class, ref.Column.Name)
	if plan.CarrierFirst(ref.Column.Name) {
		raw := &plan.Ref{Column: rawColumn}
		return &plan.Case{Arms: []plan.Arm{{When: &plan.Not{X: &plan.IsNull{X: raw}}, Then: raw}}, Else: source}
	}
	if _, carried := carrierSlots[ref.Column.Name]; carried {
		if source == nil {
			return ref
		}
		return &plan.Case{Arms: []plan.Arm{{When: &plan.Not{X: &plan.IsNull{X: source}}, Then: source}}, Else: ref}
	}
	if source != nil {
		return source
	}
	return &plan.Literal{Type: ref.Column.Type}
}

// isRaw says whether an expression is the text of an event: as its carrier has it or, where it has none, another value.
func isRaw(e plan.Expr) bool {
	c, ok := e.(*plan.Case)
	if !ok || len(c.Arms) == 0 {
		return false
	}
	ref, ok := c.Arms[0].Then.(*plan.Ref)
	return ok && ref.Column == rawColumn
}

// carrierColumns are the columns that plan.Carrier may give.
var carrierColumns = []string{"@timestamp", "event.original", "log.file.path", "log.record", "log.offset", "event.arrival"}

var carrierSlots = func() map[string]int {
	slots := map[string]int{}
	for i, name := range carrierColumns {
		slots[name] = i
	}
	return slots
}()

// CarrierSlot returns the place of a carrier's column in the rows of this package; an expression that Native gave has no
// other columns.
func CarrierSlot(c *plan.Column) int {
	slot, ok := carrierSlots[c.Name]
	if !ok {
		panic(fmt.Sprintf("stream: column %q is left after resolving", c.Name))
	}
	return slot
}

// Row makes row the row of an event for expressions that Native gave.
func Row(row *eval.Row, ev *event.Event) {
	row.Record, row.Raw, row.FreeText = &ev.Record, ev.Raw, ev.FreeText
	row.Columns = row.Columns[:0]
	for _, name := range carrierColumns {
		row.Columns = append(row.Columns, plan.Carrier(ev, name))
	}
}

// Lend is Row for as long as the event is lent.
func Lend(row *eval.Row, ev *event.Event) {
	row.Record, row.Raw, row.FreeText = &ev.Record, ev.Raw, ev.FreeText
	allCarried.lend(row, ev)
}

// Carried are those of the carrier's columns that some expressions read: a bit for each.
type Carried uint8

// CarriedBy returns the carrier's columns that expressions of Native read; one that is nil reads none.
func CarriedBy(list ...plan.Expr) Carried {
	c := Carried(0)
	for _, e := range list {
		plan.WalkExpr(e, func(e plan.Expr) bool {
			if ref, ok := e.(*plan.Ref); ok {
				c |= 1 << CarrierSlot(ref.Column)
			}
			return true
		})
	}
	return c
}

// Lend is Lend for expressions that read no other of the carrier's columns.
func (c Carried) Lend(row *eval.Row, ev *event.Event) {
	row.Record, row.Raw, row.FreeText = &ev.Record, ev.Raw, ev.FreeText
	c.lend(row, ev)
}

const allCarried = ^Carried(0)

// lend puts the carrier's columns into the row of an event as long as the event is lent.
func (c Carried) lend(row *eval.Row, ev *event.Event) {
	row.Columns = row.Columns[:0]
	if c == 0 {
		return
	}
	for i, name := range carrierColumns {
		var v event.Value
		switch {
		case c>>i&1 == 0:
		case name != rawColumn.Name:
			v = plan.Carrier(ev, name)
		case ev.Raw != nil:
			v = event.TextValue(unsafe.String(unsafe.SliceData(ev.Raw), len(ev.Raw)))
		}
		row.Columns = append(row.Columns, v)
	}
}

// Check says whether the stream can ask a predicate of the events of a scan; the error says why not.
func Check(scan *plan.Scan, where plan.Expr) error {
	if scan.Rest || where == nil {
		return nil
	}
	var wrong error
	plan.WalkExpr(where, func(e plan.Expr) bool {
		if _, ok := e.(*plan.Everything); ok {
			wrong = fmt.Errorf("everything of a closed relation is its columns, and the stream sees whole records")
		}
		return wrong == nil
	})
	return wrong
}
