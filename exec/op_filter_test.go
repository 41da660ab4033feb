package exec_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/exec"
	"goshawk/plan"
)

// TestDropped asks of every row that filters with reasons drop to be told once, with all reasons for which it would have been.
func TestDropped(t *testing.T) {
	n, list := plan.Read(&diag.Source{Text: `values [n long]
    (1),
    (2),
    (3),
    (4),
    (5),
    (null)
| filter n != 5
| filter not n == 1 because "one"
| filter n > 2 because "small"
| filter n < 4 because "large"
`})
	if list = append(list, plan.Check(n)...); len(list) > 0 {
		t.Fatal(list.Error())
	}
	var told []string
	q, err := exec.Compile(n, exec.Options{Dropped: func(f *plan.Filter, why []string, b *exec.Batch, row int) {
		told = append(told, fmt.Sprintf("%s at %s: %s", b.Value(0, row).Text(), f.Why, strings.Join(why, "+")))
	}})
	if err != nil {
		t.Fatal(err)
	}
	kept := ""
	_, err = q.Run(context.Background(), &exec.EventSource{}, func(b *exec.Batch) error {
		for i := range b.Len {
			kept += b.Value(0, i).Text()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "1 at one: one+small\n2 at small: small\n4 at large: large"
	if got := strings.Join(told, "\n"); kept != "3" || got != want {
		t.Errorf("kept %q, want 3; told\n%s\nwant\n%s", kept, got, want)
	}
}
