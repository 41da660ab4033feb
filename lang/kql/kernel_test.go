package kql

import (
	"testing"

	"goshawk/plan/fn"
)

// Every function and aggregate that names a kernel of the catalogue has one.
func TestKernels(t *testing.T) {
	for name, f := range functions {
		if f.kernel != "" && fn.ByName(f.kernel) == nil {
			t.Errorf("function %s: the catalogue has no %s", name, f.kernel)
		}
	}
	for name, a := range aggregates {
		if a.kernel != "" && fn.AggregateByName(a.kernel) == nil {
			t.Errorf("aggregate %s: the catalogue has no %s", name, a.kernel)
		}
	}
}
