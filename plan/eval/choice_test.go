package eval_test

import (
	"fmt"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// TestChoiceIsTheFunctions: a choice between values that are only read gives what its function says of all of them, and so does one
// whose first or last value is computed.
func TestChoiceIsTheFunctions(t *testing.T) {
	codec := event.NewCodec("after", func(dst []byte, raw string) []byte { return append(dst, raw[1:]...) })
	values := []event.Value{{}, event.NullValue(), event.TextValue(""), event.TextValue("a"), event.EncodedValue(codec, "-"), event.EncodedValue(codec, "-b"), event.IntValue(0), event.ListValue()}
	columns := []*plan.Column{{Name: "x", Type: schema.Any}, {Name: "y", Type: schema.Any}}
	slot := func(c *plan.Column) int {
		if c == columns[1] {
			return 1
		}
		return 0
	}
	x, y := &plan.Ref{Column: columns[0]}, &plan.Ref{Column: columns[1]}
	last := &plan.Literal{Value: event.TextValue("last"), Type: schema.Any}
	same := func(e plan.Expr) plan.Expr { return &plan.Case{Else: e} }
	for _, name := range []string{"coalesce", "first_filled"} {
		f := fn.ByName(name)
		for _, args := range [][]plan.Expr{{x}, {x, y}, {x, y, last}, {y, &plan.Field{Name: "z"}, x}, {same(x), y}, {x, same(y)}, {last, x}} {
			program, err := eval.Compile(&plan.Call{Func: f, Args: args}, slot)
			if err != nil {
				t.Fatal(err)
			}
			for _, vx := range values {
				for _, vy := range values {
					of := map[plan.Expr]event.Value{x: vx, y: vy, last: last.Value}
					var given []event.Value
					for _, a := range args {
						if c, ok := a.(*plan.Case); ok {
							a = c.Else
						}
						given = append(given, of[a])
					}
					got, want := program.Value(&eval.Row{Columns: []event.Value{vx, vy}, Record: &event.Record{}}), f.Eval(given)
					if got.Kind() != want.Kind() || fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("%s%v is %v, want %v", name, given, got, want)
					}
				}
			}
		}
	}
}
