package compile

import (
	"regexp"
	"slices"
	"strings"

	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/lang/kql"
	"goshawk/taxonomy"
)

// StoredFunction is a function of Sentinel's content, bound by itself: with the defaults of its parameters, and nothing for those that
// have none.
type StoredFunction struct {
	Function    *sentinel.Function
	Workspace   *sentinel.Pack
	Query       *kql.Query
	Diagnostics diag.List
	// Stored is what was bound, and Env what it was bound by.
	Stored *kql.Function
	Env    kql.Env
	// Refused says that no query can call it.
	Refused bool
}

// Functions binds the functions of the content that was asked for, each by itself, in the order of contents and files. Unlike in
// queries, the functions of the content go before ours of the same name: what is looked at is whether they fit each other.
func (s *Set) Functions() []*StoredFunction { return bindFunctions(s.workspaces) }

// Functions binds the functions of contents that nobody asks detections of, each by itself. The contents lie in one workspace.
func Functions(packs []*sentinel.Pack, o Options) []*StoredFunction {
	if o.Taxonomy == nil {
		o.Taxonomy = taxonomy.Default()
	}
	sentinel.Join(append(slices.Clone(packs), o.Workspaces...))
	var spaces []*workspace
	for _, p := range packs {
		functions := functionsOf(p)
		spaces = append(spaces, &workspace{pack: p, functions: functions, env: workspaceEnv(p, functions, o), taxonomy: o.Taxonomy})
	}
	return bindFunctions(spaces)
}

func bindFunctions(spaces []*workspace) []*StoredFunction {
	var list []*StoredFunction
	for _, w := range spaces {
		own := w.env
		own.Function = func(name string) (*kql.Function, bool) {
			if f, ok := w.functions[name]; ok {
				return f, true
			}
			return w.env.Function(name)
		}
		for _, f := range w.pack.Functions {
			source := f.Query.Place(diag.Span{}).Source
			file := w.pack.File(source)
			if file == nil || file.Context {
				continue
			}
			one := &StoredFunction{Function: f, Workspace: w.pack, Stored: w.functions[f.Name], Env: own}
			one.Query, one.Diagnostics = kql.ReadFunction(one.Stored, own)
			for i := range one.Diagnostics {
				one.place(&one.Diagnostics[i], source)
			}
			one.lintSchema(w.taxonomy, source)
			one.Diagnostics = append(one.Diagnostics, file.Diagnostics...)
			one.Diagnostics = sorted(one.Diagnostics)
			one.Refused = one.Diagnostics.Failed()
			list = append(list, one)
		}
	}
	return list
}

// place puts a complaint about the default of a parameter where the parameter stands in the file.
func (f *StoredFunction) place(d *diag.Diagnostic, source *diag.Source) {
	if d.Source == nil || d.Source == source || d.Source.Name != f.Function.Name {
		return
	}
	for _, p := range f.Function.Params {
		if strings.HasPrefix(d.Source.Text, "("+p.Name+":") {
			d.Source, d.Span = source, p.Place
			return
		}
	}
}

// lintSchema holds the columns of a parser of ASIM against those of the schema that it says it is for.
func (f *StoredFunction) lintSchema(t *taxonomy.Taxonomy, source *diag.Source) {
	if f.Function.Schema == "" || f.Query.Plan == nil {
		return
	}
	var columns []taxonomy.LogColumn
	for _, c := range f.Query.Columns {
		if c.Name == "*" { // only the data tell
			return
		}
		columns = append(columns, taxonomy.LogColumn{Name: c.Name, Type: c.Type})
	}
	var missing []string
	for _, c := range t.AsimCheck(f.Function.Schema, columns, nil) {
		switch {
		case c.Code == "asim-missing" && c.Grade == taxonomy.AsimError:
			missing = append(missing, c.Column)
		case c.Code == "asim-schema":
			f.Diagnostics.Warnf(source, f.Function.Place, c.Code, "%s: %s", c.Column, c.Text)
		case c.Code == "asim-type", c.Code == "asim-unknown" && strings.Contains(c.Text, "did you mean"):
			if place, ok := f.assigned(c.Column); ok { // others are left over from the table
				f.Diagnostics.Warnf(source, place, c.Code, "%s, for rows of the schema %s: %s", c.Column, f.Function.Schema, c.Text)
			}
		}
	}
	if missing != nil {
		f.Diagnostics.Warnf(source, f.Function.Place, "asim-missing", "rows of the schema %s must have %s, which the function does not give", f.Function.Schema, strings.Join(missing, ", "))
	}
}

// assigned returns where the query of the function last gives a column its value.
func (f *StoredFunction) assigned(column string) (diag.Span, bool) {
	text := f.Function.Query
	all := regexp.MustCompile(`\b(`+regexp.QuoteMeta(column)+`)\s*=(?:[^=~]|$)`).FindAllStringSubmatchIndex(text.String, -1)
	if all == nil {
		return diag.Span{}, false
	}
	last := all[len(all)-1]
	return text.Place(diag.Span{Start: last[2], End: last[3]}).Span, true
}
