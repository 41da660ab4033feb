package plan_test

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/plan"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestSplitScans runs each case of testdata/split_scans: a plan, which is rewritten first, its feeds, each the table and what
// single events must meet, by the plan's own words and by what they imply, and what remains.
func TestSplitScans(t *testing.T) {
	files, err := filepath.Glob("testdata/split_scans/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		for _, f := range archive.Files {
			want[f.Name] = string(f.Data)
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			n, list := plan.Read(&diag.Source{Name: file, Text: want["plan"]})
			if list = append(list, plan.Check(n)...); len(list) > 0 {
				t.Fatal(list.Error())
			}
			got := map[string]string{"plan": want["plan"]}
			feeds, rest := plan.SplitScans(plan.Rewrite(n))
			for i, f := range feeds {
				text := f.Scan.Table + "\n"
				if f.Where != nil {
					text += plan.ExprString(f.Where) + "\n"
				}
				if f.Implied != nil {
					text += "implied " + plan.ExprString(f.Implied) + "\n"
				}
				if f.Some != nil {
					text += "some " + plan.ExprString(f.Some) + "\n"
				}
				for _, s := range f.Suppressors {
					text += s.Why + ": " + plan.ExprString(s.Keep) + "\n"
				}
				got["feed "+strconv.Itoa(i)] = text
			}
			if rest != nil {
				got["rest"] = plan.String(rest) + "\n"
				if strings.Contains(got["rest"], "nothing") || plan.Check(rest).Failed() {
					t.Errorf("the rest is not sound:\n%s", got["rest"])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
