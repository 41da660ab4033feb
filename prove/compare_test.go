package prove_test

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/packs"
	"goshawk/prove"
	"goshawk/taxonomy"
)

// core compiles the built-in pack.
func core(t *testing.T) *compile.Set {
	t.Helper()
	fsys, err := fs.Sub(packs.Core, "core")
	if err != nil {
		t.Fatal(err)
	}
	files, err := detection.FindIn(fsys, "builtin:")
	if err != nil {
		t.Fatal(err)
	}
	return compile.Files(files, compile.Options{})
}

// coreSuites returns the suite of the built-in pack that holds a hunt.
func coreSuites(t *testing.T) *prove.Suite {
	t.Helper()
	fsys, err := fs.Sub(packs.Core, "core")
	if err != nil {
		t.Fatal(err)
	}
	list, complaints, err := prove.SuitesIn(fsys, "builtin:")
	if err != nil || complaints.Failed() {
		t.Fatal(err, complaints)
	}
	for _, s := range list {
		if len(s.Hunts) > 0 {
			return s
		}
	}
	t.Fatal("no hunt")
	return nil
}

func ignore(*finding.Finding) error { return nil }

func sorted(hosts map[string]*engine.CensusHost) []string {
	var names []string
	for name := range hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestCompareFindsMutants compares rules with themselves, which nothing must tell apart, and with what they become when a clause is
// dropped, negated or widened, which the events that are made must tell apart nearly always. Exceptions are clauses that others of
// the rule imply.
func TestCompareFindsMutants(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared.Dir(t, "content", "sigma"), "rules", "*", "process_creation", "*.yml"))
	if len(files) == 0 {
		t.Fatal("no rules")
	}
	mutants, told := 0, 0
	for i := 0; i < len(files); i += max(1, len(files)/8) {
		set, err := compile.Load([]string{files[i]}, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range set.Loaded() {
			same := prove.Compare{A: r, B: r, Taxonomy: taxonomy.Default()}
			c, err := same.Run(context.Background())
			if err != nil {
				t.Errorf("%s: %v", files[i], err)
				continue
			}
			if !c.Same() || c.Both == 0 {
				t.Errorf("%s: a rule compared with itself: both %d, only A %d, only B %d", files[i], c.Both, c.OnlyA, c.OnlyB)
			}
			list, err := prove.Mutants(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range list[:min(len(list), 8)] {
				pair := prove.Compare{A: r, B: m.Rule(), Taxonomy: taxonomy.Default()}
				c, err := pair.Run(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				if mutants++; !c.Same() {
					told++
					if len(c.Groups) == 0 || len(c.Groups[0].Example.Clauses) == 0 {
						t.Errorf("%s: %s %s: a difference without a clause", files[i], m.Clause, m.Change)
					}
				} else {
					t.Logf("%s: %s %s is not told apart", filepath.Base(files[i]), m.Clause, m.Change)
				}
			}
		}
	}
	t.Logf("%d of %d mutants were told apart", told, mutants)
	if told*10 < mutants*9 {
		t.Errorf("only %d of %d mutants were told apart by events at the edges", told, mutants)
	}
}
