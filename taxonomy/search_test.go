package taxonomy_test

import (
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// valueIn returns the value of a column for an event, as an executor has it.
func valueIn(t testing.TB, tax *taxonomy.Taxonomy, ev *event.Event, column string) event.Value {
	t.Helper()
	if plan.CarrierFirst(column) {
		if v := plan.Carrier(ev, column); !v.IsNull() {
			return v
		}
	}
	if v := evaluate(t, tax.Source(ev.Class, column), &ev.Record); !v.IsNull() {
		return v
	}
	return plan.Carrier(ev, column)
}
