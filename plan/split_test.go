package plan_test

import (
	"path/filepath"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/plan"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestSplit runs each case of testdata/split: a plan, what single events must meet, what remains, and when it can be
// answered.
func TestSplit(t *testing.T) {
	files, err := filepath.Glob("testdata/split/*.txtar")
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
			class, reason := plan.Mode(n)
			got["mode"] = class.String() + ": " + reason + "\n"
			if condition, table, rest, ok := plan.Split(n); ok {
				got["table"] = table + "\n"
				if condition != nil {
					got["per-event"] = plan.ExprString(condition) + "\n"
				}
				if rest != nil {
					got["rest"] = plan.String(rest) + "\n"
					if strings.Contains(got["rest"], "nothing") || plan.Check(rest).Failed() {
						t.Errorf("the rest is not sound:\n%s", got["rest"])
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
