package exec_test

import (
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/plan/plantest"
	"goshawk/schema"
)

// rendered writes the text of an event out of its fields, as a view does for carriers that have none.
type rendered struct{ anything }

func (rendered) Source(_ *event.Class, column string) plan.Expr {
	if column == "view/_raw" {
		return &plan.Field{Name: "rendered"}
	}
	return nil
}

// The text that an event came with counts before the one that the resolver writes out.
func TestRawOfAView(t *testing.T) {
	column := &plan.Column{Name: "view/_raw", Type: schema.String}
	scan := &plan.Scan{Table: "any", Out: []*plan.Column{column}}
	for _, test := range []struct {
		raw  []byte
		want string
	}{{[]byte("as it was read"), "as it was read"}, {nil, "written out"}} {
		ev := &event.Event{Class: event.ClassOf(event.Class{Product: "test"}), Raw: test.raw}
		ev.Record.Set("rendered", event.TextValue("written out"))
		rows, err := exec.NewRows(scan, rendered{}, exec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Add(ev); err != nil {
			t.Fatal(err)
		}
		if got := rows.Flush().Cols[0].At(0).Text(); got != test.want {
			t.Errorf("the column is %q, want %q", got, test.want)
		}
		row, err := plantest.RowOf(scan, ev, rendered{})
		if err != nil {
			t.Fatal(err)
		}
		if got := row.Values[0].Text(); got != test.want {
			t.Errorf("the row of the corpus has %q, want %q", got, test.want)
		}
	}
}
