package compile_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/diag"
	"goshawk/plan"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var updateExclusions = flag.Bool("update-exclusions", false, "write what becomes of the exclusions into the cases")

// TestExclusionPlaces compiles the rules of testdata/exclusions with their exclusions, once with a scope that names the rule and once with
// one of all rules: what stands in the plan, or what is complained about, and that only the former refuses the rule.
func TestExclusionPlaces(t *testing.T) {
	path := "testdata/exclusions/places.txtar"
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range archive.Files {
		parts[f.Name] = string(f.Data)
	}
	var out []txtar.File
	for _, f := range archive.Files {
		name, file, _ := strings.Cut(f.Name, "/")
		if file != "want" {
			out = append(out, f)
		}
		if !strings.HasPrefix(file, "rule.") {
			continue
		}
		rule := filepath.Join(t.TempDir(), file)
		if err := os.WriteFile(rule, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		compiled := func(scope string) *compile.Rule {
			text := "id: x\nreason: r\nowner: o\nscope: " + scope + "\n" + parts[name+"/exclusion.yml"]
			read := exclusion.Read(&diag.Source{Name: "exclusion.yml", Text: text})
			if read.Diagnostics.Failed() {
				t.Fatalf("%s: %s", name, read.Diagnostics.Error())
			}
			set, err := compile.Load([]string{rule}, compile.Options{Exclusions: read.Exclusions})
			if err != nil || len(set.Rules) != 1 {
				t.Fatalf("%s: %v", name, err)
			}
			return set.Rules[0]
		}
		r := compiled("{all: true}")
		if r.Refused {
			t.Errorf("%s: %s", name, r.Diagnostics.Error())
			continue
		}
		got := told(r)
		named := compiled(fmt.Sprintf("{rules: [%q]}", or(r.Detection.ID, r.Detection.Title)))
		if named.Refused != strings.Contains(got, "cannot be applied") {
			t.Errorf("%s: named in the scope the rule is refused: %v, and\n%s", name, named.Refused, got)
		}
		if want := parts[name+"/want"]; want != got && !*updateExclusions {
			t.Errorf("%s (-want +got)\n%s", name, cmp.Diff(want, got))
		}
		out = append(out, txtar.File{Name: name + "/want", Data: []byte(got)})
	}
	if len(out) == 0 {
		t.Fatal("no cases")
	}
	if *updateExclusions {
		if err := os.WriteFile(path, txtar.Format(&txtar.Archive{Comment: archive.Comment, Files: out}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// told says what became of the exclusions of a rule.
func told(r *compile.Rule) string {
	var b strings.Builder
	for _, d := range r.Diagnostics {
		if d.Code == compile.CodeUnapplied {
			fmt.Fprintf(&b, "%s: %s\n", d.Severity, d.Message)
			if d.Hint != "" {
				fmt.Fprintf(&b, "  hint: %s\n", d.Hint)
			}
		}
	}
	plan.Walk(r.Plan, func(n plan.Node) bool {
		f, ok := n.(*plan.Filter)
		if !ok || f.Why == "" {
			return true
		}
		below := strings.TrimPrefix(fmt.Sprintf("%T", f.Input), "*plan.")
		if scan, ok := f.Input.(*plan.Scan); ok {
			below = "Scan " + scan.Table
		} else if inner, ok := f.Input.(*plan.Filter); ok {
			below = "Filter " + plan.ExprString(inner.Where)
		}
		fmt.Fprintf(&b, "%s\n  %s\n", plan.ExprString(f.Where), below)
		return true
	})
	for _, x := range r.Exclusions {
		if id, ok := detection.ExclusionOf(x.Why()); !ok || id != x.ID {
			fmt.Fprintf(&b, "%s is not the reason of %s\n", x.Why(), x.ID)
		}
		fmt.Fprintf(&b, "over %s\n", x.Over)
	}
	return b.String()
}
