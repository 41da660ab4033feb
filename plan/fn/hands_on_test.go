package fn_test

import (
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
)

// TestHandsOn checks that functions give as they are the values of which they say so, whatever the other arguments.
func TestHandsOn(t *testing.T) {
	values := []event.Value{
		event.TextValue(""), event.TextValue("a"), event.TextValue(" 1.0 "), event.TextValue("a\nb"), event.IntValue(7), event.FloatValue(0.5),
		event.BoolValue(true), event.DecimalValue("1.50"), event.TimeValue(1709615167 * event.TicksPerSecond), event.DurationValue(3),
		event.ObjectValue(&event.Record{}), event.ListValue(event.TextValue("a"), event.NullValue()), event.ListValue(),
	}
	for _, f := range fn.All() {
		if f.HandsOn == fn.Nothing {
			continue
		}
		least, most := f.Arity()
		for _, v := range values {
			switch {
			case f.HandsOn == fn.EachText && v.Kind() != event.Text, f.HandsOn == fn.EachSingle && v.Kind() == event.List:
				continue
			}
			for _, other := range append(values, event.NullValue()) {
				args := []event.Value{v}
				for len(args) < max(least, min(most, 2)) || most < 0 && len(args) < 3 {
					args = append(args, other)
				}
				if got := call(f, args); !same(got, v) {
					t.Errorf("%s%s = %s", f.Name, show(args), show1(got))
				}
			}
		}
	}
}
