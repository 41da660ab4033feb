package exec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan/plantest"
)

// TestReducedJoins ends runs of joins with all of their rows, where those without partners are left out early, and compares them with
// runs that are offered the rows.
func TestReducedJoins(t *testing.T) {
	sides := [2][]string{
		{
			"scan l [a any, b any]",
			`scan l [a any, b any] | expand [x any = coalesce(a, "null":any)] | aggregate [p any = first(x), q any = spl_values(b)] by [g any = to_text(x)] | sort (spl_text(p)) | extend [a any = p, b any = q]`,
			`scan l [a any, b any] | filter not b equals "z" | expand [x any = a] | aggregate [q any = first(b)] by [g any = to_text(x), k any = to_text(b)] drop null | project [a any = g, b any = q]`,
			"scan l [a any, b any] | window [n long = row_number()] partition (a) rows 0 to 0 | filter n <= 1 | project [a any = a, b any = b]",
			`scan l [a any, b any] | aggregate [q any = first(b)] by [g any = to_text(b)] | project [a any = q, b any = g]`,
		},
		{
			"scan r [c any, d any]",
			`scan r [c any, d any] | expand [y any = coalesce(c, "null":any)] | sort (d desc) | aggregate [s any = first(d)] by [h any = to_text(y)] drop null | project [c any = h, d any = s]`,
			`scan r [c any, d any] | sort (c) limit 2`,
		},
	}
	gives := map[string]string{"inner": "[a, b, c, d]", "left": "[a, b, c, d]", "right": "[a, b, c, d]", "full": "[a, b, c, d]",
		"left semi": "[a, b]", "left anti": "[a, b]", "right semi": "[c, d]", "right anti": "[c, d]"}
	random := rand.New(rand.NewPCG(1, 2))
	value := func(mixed bool) event.Value {
		if n := random.IntN(12); n < 8 || !mixed {
			return []event.Value{event.TextValue("1"), event.TextValue("b"), event.TextValue("null"), {}, event.TextValue("z"), event.TextValue("f"),
				event.NullValue(), event.TextValue(fmt.Sprint(random.IntN(40)))}[random.IntN(8)]
		}
		return []event.Value{event.IntValue(1), event.FloatValue(1), event.ListValue(event.TextValue("b"), event.TextValue("1")), event.FloatValue(0.1)}[random.IntN(4)]
	}
	reduced := map[string]int{}
	for range 150 {
		for kind, give := range gives {
			for _, left := range sides[0] {
				for _, right := range sides[1] {
					text := "join " + kind + " (" + left + ") (" + right + ") on spl_text(a) == spl_text(c)"
					if (kind == "inner" || kind == "left") && random.IntN(3) == 0 {
						text += " first"
					}
					q := compile(t, text+" give "+give, exec.Options{Evidence: 3})
					share := exec.NewShare(anything{})
					var last [2]exec.Gathered
					for i, names := range [][2]string{{"a", "b"}, {"c", "d"}} {
						rows, err := share.Rows(q.Scans()[i], exec.Options{Evidence: 3}, nil)
						if err != nil {
							t.Fatal(err)
						}
						mixed := random.IntN(3) == 0
						for _, ev := range numbered(random.IntN(9)) {
							for _, name := range names {
								if v := value(mixed); !v.IsAbsent() {
									ev.Record.Set(name, v)
								}
							}
							share.Begin(ev)
							if err := rows.Add(ev); err != nil {
								t.Fatal(err)
							}
							if random.IntN(3) == 0 {
								last[i].Lines = append(last[i].Lines, rows.Lines())
							}
						}
						last[i].Lines = append(last[i].Lines, rows.Lines())
					}
					var want, got []plantest.Row
					into := func(list *[]plantest.Row) *exec.Run {
						return q.Start(context.Background(), func(b *exec.Batch) error {
							*list = append(*list, rowsOf(b)...)
							return nil
						})
					}
					whole := into(&want)
					for i, g := range last {
						if err := whole.Offer(i, g.Batch()); err != nil {
							t.Fatal(err)
						}
					}
					if _, err := whole.Finish(); err != nil {
						t.Fatal(err)
					}
					s, err := into(&got).FinishWith(func(scan int) int { return last[scan].Batch().Len }, func(scan int) exec.Gathered { return last[scan] })
					if err != nil {
						t.Fatal(err)
					}
					if texts(got) != texts(want) {
						t.Fatalf("%s: got %s, want %s", text, texts(got), texts(want))
					}
					for _, st := range s.Stats {
						if len(st.Node.Inputs()) == 0 && st.Out < st.In {
							reduced[kind]++
						}
					}
				}
			}
		}
	}
	for kind := range gives {
		if (kind == "full") != (reduced[kind] == 0) {
			t.Errorf("join %s: rows were left out in %d runs", kind, reduced[kind])
		}
	}
}
