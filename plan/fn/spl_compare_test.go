package fn

import (
	"slices"
	"testing"

	"goshawk/event"
)

func TestOneOfSeveralIsComparedAsOne(t *testing.T) {
	values := []event.Value{
		text("5"), text("5.0"), whole(5), float(5.5), text("0x5"), text("a"), text("A"), text(""), yes, text("true"), text("9007199254740993"),
		event.TimeValue(event.UnixEpoch + 5*event.TicksPerSecond), event.DurationValue(5 * event.TicksPerSecond), text("-"), text("10"), text("9"),
	}
	for name, holds := range map[string]func(order int) bool{
		"equal":     func(order int) bool { return order == 0 },
		"not equal": func(order int) bool { return order != 0 },
		"less":      func(order int) bool { return order < 0 },
	} {
		for _, a := range values {
			for i := range values {
				list := values[i:min(i+2, len(values))]
				want := slices.ContainsFunc(list, func(b event.Value) bool { return holds(splCompare(a, b)) })
				if got := splOneOf(a, list, holds); got != want {
					t.Errorf("%v %s one of %v: %v, want %v", a, name, list, got, want)
				}
			}
		}
	}
}
