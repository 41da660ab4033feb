package main

import (
	"fmt"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/sentinel"
	"goshawk/taxonomy"
)

// loadWithFunctions loads the rules, and binds the functions that lie beside them. Functions alone are no rules, but can be checked.
func (f *ruleFlags) loadWithFunctions(p program, t *taxonomy.Taxonomy) (*compile.Set, []*compile.StoredFunction, error) {
	set, err := f.load(p, t, 0)
	if err == nil {
		return set, set.Functions(), nil
	}
	options := compile.Options{Taxonomy: t}
	if f.data.apply(p, &options) != nil {
		return nil, nil, err
	}
	var packs []*sentinel.Pack
	var skipped []detection.Skipped
	for _, path := range f.paths.values {
		pack, passed, cannot := sentinel.LoadParts(path, sentinel.Options{})
		if cannot != nil || len(pack.Detections) > 0 {
			return nil, nil, err
		}
		packs, skipped = append(packs, pack), append(skipped, passed...)
	}
	functions := compile.Functions(packs, options)
	if len(functions) == 0 {
		return nil, nil, err
	}
	return &compile.Set{Skipped: skipped}, functions, nil
}

// checkedFunction is a function in the shape that other programs rely on.
type checkedFunction struct {
	Path        jsonText     `json:"path"`
	Name        jsonText     `json:"name"`
	Status      jsonText     `json:"status"` // "ok" or "refused"
	Schema      jsonText     `json:"schema,omitempty"`
	Columns     int          `json:"columns"`
	Diagnostics []diagnostic `json:"diagnostics"`
}

func (v *verdicts) functionsJSON() [][]byte {
	list := make([][]byte, len(v.functions))
	for i, f := range v.functions {
		one := checkedFunction{jsonText(f.Function.Path), jsonText(f.Function.Name), "ok", jsonText(f.Function.Schema), len(f.Query.Columns), diagnosticsIn(f.Diagnostics)}
		if f.Refused {
			one.Status = "refused"
		}
		list[i] = jsonOf(one)
	}
	return list
}

// functionsLine counts the functions.
func (v *verdicts) functionsLine(b *strings.Builder) {
	if len(v.functions) == 0 {
		return
	}
	refused := 0
	for _, f := range v.functions {
		if f.Refused {
			refused++
		}
	}
	fmt.Fprintf(b, "%s: %s bound, %s refused\n", plural(len(v.functions), "function"), count(len(v.functions)-refused), count(refused))
}
