package taxonomy

import (
	"testing"

	"goshawk/plan"
	"goshawk/plan/eval"
)

// Every expression of every map must compile without a column.
func TestExpressionsCompile(t *testing.T) {
	check := func(b *block, what string, e plan.Expr) {
		if e == nil {
			return
		}
		if _, err := eval.Compile(e, func(*plan.Column) int { return -1 }); err != nil {
			t.Errorf("%s, %s: %s: %v", b.file, b.title, what, err)
		}
	}
	plain, all := 0, 0
	for _, b := range Default().blocks {
		for column, e := range b.columns {
			check(b, column, e)
			all++
			if _, ok := e.(*plan.Field); ok {
				plain++
			}
		}
		for _, l := range b.logsources {
			check(b, l.String(), l.When)
		}
	}
	t.Logf("%d of %d sources are plain fields", plain, all)
}

// No two views that the same rule uses may disagree about a field.
func TestViewsAgree(t *testing.T) {
	var rules []LogSource
	for _, v := range Default().views {
		rules = append(rules, v.sources...)
	}
	for _, k := range Default().known {
		rules = append(rules, k.LogSource)
	}
	for _, rule := range rules {
		means := map[string]viewField{}
		from := map[string]string{}
		for _, v := range Default().views {
			if !v.concerns(rule) {
				continue
			}
			for _, f := range v.fields {
				if before, ok := means[f.field]; ok && before.column != f.column {
					t.Errorf("%s: %s is %s in %s and %s in %s", rule, f.field, before.column, from[f.field], f.column, v.file)
				}
				means[f.field], from[f.field] = f, v.file
			}
		}
	}
}
