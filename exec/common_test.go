package exec_test

import (
	"fmt"
	"testing"

	"goshawk/event"
	"goshawk/exec"
)

// TestCommonCalls: what several patterns are matched against gives each row its own answer, whether a column repeats its texts, hardly
// does, lacks some or holds other things than texts.
func TestCommonCalls(t *testing.T) {
	const text = "scan t [id long, user any]\n" +
		`| extend [kind long = case when lower(user) contains "r1" then 1 when lower(user) regexp "^r2|user2" then 2 else 0 end]` + "\n" +
		`| filter id > 3` + "\n" +
		`| extend [first bool = lower(user) regexp "^user1" or id == 4 and lower(user) contains "r0", none bool = is_null(user)]`
	users := map[string]func(i int) event.Value{
		"few words":  func(i int) event.Value { return event.TextValue(fmt.Sprintf("USER%d", i%3)) },
		"many texts": func(i int) event.Value { return event.TextValue(fmt.Sprintf("USER%d.%d", i%3, i)) },
		"gaps": func(i int) event.Value {
			if i%5 == 0 {
				return event.NullValue()
			}
			return event.TextValue(fmt.Sprintf("User%d.%d", i%3, i))
		},
		"numbers": func(i int) event.Value {
			if i%5 == 0 {
				return event.IntValue(int64(i))
			}
			return event.TextValue(fmt.Sprintf("User%d", i%3))
		},
	}
	for name, user := range users {
		list := numbered(200)
		for i, ev := range list {
			ev.Record.Fields[1].Value = user(i)
		}
		rows, _, err := run(t, compile(t, text, exec.Options{BatchSize: 64}), list)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 197 {
			t.Fatalf("%s: %d rows", name, len(rows))
		}
		for n, row := range rows {
			i := n + 3
			kind, first := i%3, i%3 == 1 || i == 3
			if user(i).Kind() != event.Text {
				kind, first = 0, false
			}
			if got := row.Values[2].Int(); got != int64(kind) {
				t.Errorf("%s: row %d is of kind %d, want %d", name, i, got, kind)
			}
			if got := row.Values[3].Bool(); got != first {
				t.Errorf("%s: row %d is first: %v, want %v", name, i, got, first)
			}
		}
	}
}
