package escu

import (
	_ "embed"
	"sync"

	"goshawk/detection"
	"goshawk/diag"
)

// builtinPrefix goes before the names of files that come with Goshawk.
const builtinPrefix = "builtin:escu/"

//go:embed builtin/macros.yaml
var builtinMacros string

//go:embed builtin/lookups.yaml
var builtinLookups string

// builtins returns the macros and lookups that published content uses but other products of Splunk ship.
var builtins = sync.OnceValue(func() *Pack {
	p, complaints := readBuiltins()
	if len(complaints) > 0 {
		panic("escu: built-in macros and lookups: " + complaints.Error())
	}
	return p
})

// Builtins returns the built-in macros and lookups as a pack, which must not be changed.
func Builtins() *Pack { return builtins() }

func readBuiltins() (*Pack, diag.List) {
	p := &Pack{Root: builtinPrefix, Macros: map[string]*Macro{}, Lookups: map[string]*Lookup{}}
	macros := &reader{source: &diag.Source{Name: builtinPrefix + "macros.yaml", Text: builtinMacros}}
	macros.document("list of macros", func(m *fields) {
		for _, x := range m.each("macros") {
			definition := x.must("definition")
			macro := &Macro{Name: x.must("name").Text, Args: x.texts("arguments"), Description: x.text("description"), Path: macros.source.Name}
			if definition.node != nil {
				macro.Definition = macros.places.Text(definition.node)
			}
			macro.Place = macros.places.Span(x.word("name").node)
			x.done()
			p.take(&File{ReadPart: detection.ReadPart{Part: detection.Part{Source: macros.source}}, macros: []*Macro{macro}}, macros)
		}
	})
	lookups := &reader{source: &diag.Source{Name: builtinPrefix + "lookups.yaml", Text: builtinLookups}}
	lookups.document("list of lookups", func(m *fields) {
		for _, x := range m.each("lookups") {
			l := &Lookup{Name: x.must("name").Text, Description: x.text("description"), Kind: Collection, Columns: x.texts("columns"), Supplied: x.text("supplied_by"),
				CaseSensitive: x.truth("case_sensitive_match", true), Path: lookups.source.Name, Missing: x.text("missing")}
			if l.Missing != "" {
				l.Kind = External
			}
			for _, w := range x.words("match_type") {
				l.matches(lookups, w.Text, lookups.places.Span(w.node))
			}
			max, _ := x.integer("max_matches", 0, 1000)
			l.bounds(0, max, 0, defaultMaxOffset)
			l.Place = lookups.places.Span(x.word("name").node)
			x.done()
			p.take(&File{ReadPart: detection.ReadPart{Part: detection.Part{Source: lookups.source}}, lookups: []*Lookup{l}}, lookups)
		}
	})
	return p, append(macros.list, lookups.list...)
}
