package compile

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"

	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/diag"
	"goshawk/lang/spl"
	"goshawk/plan"
	"goshawk/taxonomy"
	"goshawk/taxonomy/attack"
)

// contents reads each content that files belong to, once, and returns what to compile searches with.
func contents(files []detection.File, o Options) map[*detection.Content]*content {
	all := map[*detection.Content]*content{}
	var packs []*escu.Pack
	for _, f := range files {
		if f.Content == nil || f.Content.Language != detection.SPL || all[f.Content] != nil {
			continue
		}
		pack := escu.Read(f.Content, escu.Options{Tactics: tacticsOf, Threads: o.Threads})
		packs = append(packs, pack)
		all[f.Content] = &content{pack: pack}
	}
	escu.Join(append(packs, o.Beside...))
	for _, c := range all {
		for _, by := range o.Overrides {
			c.pack.Override(by)
		}
		c.env = Env(c.pack, o)
	}
	return all
}

// content is one folder of Splunk's content, ready to compile its searches.
type content struct {
	pack   *escu.Pack
	env    spl.Env
	macros macros
}

func tacticsOf(technique string) []string {
	_, tactics, _ := attack.Technique(attack.Current(technique))
	return tactics
}

// Env returns what searches may assume: the macros and lookups of a pack (nil: the built-in ones alone), and the data models of a
// taxonomy.
func Env(pack *escu.Pack, o Options) spl.Env {
	if pack == nil {
		pack = &escu.Pack{}
		for _, by := range o.Overrides {
			pack.Override(by)
		}
	}
	if o.Taxonomy == nil {
		o.Taxonomy = taxonomy.Default()
	}
	lookups := &tables{pack: pack, known: map[string]*spl.Lookup{}}
	known := &macros{}
	env := spl.Env{
		Macro: func(name string, args int) (*spl.Macro, bool) {
			m, ok := pack.Macro(name, args)
			return known.of(m), ok
		},
		MacroNames:  pack.MacroNames,
		Lookup:      lookups.get,
		LookupNames: pack.LookupNames,
		Model:       datasets(o.Taxonomy),
		Saved: func(name string) (*diag.Text, bool) {
			for _, d := range pack.Detections {
				if strings.EqualFold(d.Title, name) && d.Search != nil {
					return d.Search, true
				}
			}
			return nil, false
		},
		Geo: o.Geo, Now: o.Now, Limits: o.Limits,
	}
	if env.Now == 0 { // the search is only read, or run at a moment of its own
		env.Now = moments[0].Now
	}
	return env
}

// macros gives macros in the form in which searches take them, each converted once.
type macros struct{ known sync.Map } // *escu.Macro → *spl.Macro

// of returns nil for nil.
func (k *macros) of(m *escu.Macro) *spl.Macro {
	if m == nil {
		return nil
	}
	if known, ok := k.known.Load(m); ok {
		return known.(*spl.Macro)
	}
	known, _ := k.known.LoadOrStore(m, &spl.Macro{Name: m.Name, Args: m.Args, Definition: m.Definition, Eval: m.Eval, Validation: m.Validation, Message: m.Message})
	return known.(*spl.Macro)
}

// tables gives the lookups of a pack in the form in which searches take them, each converted once.
type tables struct {
	pack  *escu.Pack
	lock  sync.Mutex
	known map[string]*spl.Lookup
}

func (t *tables) get(name string) (*spl.Lookup, bool) {
	l, ok := t.pack.Lookup(name)
	if !ok || l.Kind == escu.External && len(l.Rows) == 0 { // what a program of the original fills, the language may compute itself
		return nil, false
	}
	t.lock.Lock()
	defer t.lock.Unlock()
	if known := t.known[name]; known != nil {
		return known, true
	}
	out := &spl.Lookup{Name: l.Name, Fields: l.Columns, Rows: l.Rows, Missing: l.Missing, CaseFold: !l.CaseSensitive, Min: l.Min, Max: l.Max, Default: l.Default,
		Match: map[string]spl.MatchHow{}}
	switch l.Kind {
	case escu.Model:
		out.Missing = "it is a model of machine learning"
	}
	for column, how := range l.Match {
		switch how {
		case escu.MatchWildcard:
			out.Match[column] = spl.MatchWildcard
		case escu.MatchCIDR:
			out.Match[column] = spl.MatchCIDR
		}
	}
	out.Share()
	t.known[name] = out
	return out, true
}

// datasets gives the data sets of a taxonomy in the form in which searches take them, each converted once.
func datasets(t *taxonomy.Taxonomy) func(model, dataset string) (spl.Dataset, error) {
	var known sync.Map // the names → spl.Dataset
	return func(model, dataset string) (spl.Dataset, error) {
		name := [2]string{model, dataset}
		if d, ok := known.Load(name); ok {
			return d.(spl.Dataset), nil
		}
		d, err := datasetOf(t, model, dataset)
		if err == nil {
			known.Store(name, d)
		}
		return d, err
	}
}

// datasetOf returns a data set as searches take it.
func datasetOf(t *taxonomy.Taxonomy, model, dataset string) (spl.Dataset, error) {
	m, ok := t.DataModel(model)
	if !ok {
		var names []string
		for _, m := range t.DataModels() {
			names = append(names, m.Name)
		}
		return spl.Dataset{}, unknownName("unknown data model "+model, model, names)
	}
	d, ok := m.Dataset(dataset)
	if !ok {
		var names []string
		for _, d := range m.Datasets() {
			names = append(names, d.Name)
		}
		return spl.Dataset{}, unknownName(fmt.Sprintf("the data model %s has no data set %s", model, dataset), dataset, names)
	}
	out := spl.Dataset{Model: model, Name: d.Name, Table: d.Table, Column: d.Column}
	for _, f := range d.Fields() {
		out.Fields = append(out.Fields, f.Name)
	}
	return out, nil
}

func unknownName(message, name string, names []string) error {
	if near := diag.Nearest(name, names); near != "" {
		message += "; did you mean " + near + "?"
	}
	return errors.New(message)
}

// splFile compiles the searches of one file.
func splFile(f detection.File, c *content, o Options) []*Rule {
	part := c.pack.File(f.Source)
	if part == nil {
		return nil
	}
	if len(part.Detections) == 0 && part.Role == detection.RoleSearches && !part.Diagnostics.Failed() {
		return nil // settings over those of another file, or no searches that are detections: its diagnostics say so
	}
	if len(part.Detections) == 0 {
		r := &Rule{Refused: true, Detection: &detection.Detection{Language: detection.SPL, Path: f.Source.Name, Query: f.Source}, Diagnostics: part.Diagnostics}
		if !r.Diagnostics.Failed() {
			r.Diagnostics.Errorf(f.Source, diag.Span{}, "escu-no-detection", "the file holds no detection")
		}
		return []*Rule{r}
	}
	rules := make([]*Rule, len(part.Detections))
	for i, d := range part.Detections {
		u := &uses{of: c}
		env := c.env
		env.Exclusions = splExclusions(d, o)
		rules[i] = splRule(d, u.noted(env), env)
		rules[i].Content, rules[i].Macros, rules[i].Lookups = c.pack, u.macros, u.lookups
		rules[i].Diagnostics = append(rules[i].Diagnostics, c.pack.DiagnosticsOf(d)...)
		rules[i].exclude(o)
		rules[i].finish()
	}
	return rules
}

// uses are what the search of one detection asked its environment for.
type uses struct {
	of      *content
	macros  []*escu.Macro
	lookups []*escu.Lookup
}

// noted returns an environment of the pack that notes the macros and lookups that it gives. It is for one reading only.
func (u *uses) noted(env spl.Env) spl.Env {
	lookup := env.Lookup
	env.Macro = func(name string, args int) (*spl.Macro, bool) {
		m, ok := u.of.pack.Macro(name, args)
		if ok && !slices.Contains(u.macros, m) {
			u.macros = append(u.macros, m)
		}
		return u.of.macros.of(m), ok
	}
	env.Lookup = func(name string) (*spl.Lookup, bool) {
		if l, ok := u.of.pack.Lookup(name); ok && !slices.ContainsFunc(u.lookups, func(o *escu.Lookup) bool { return o.Name == l.Name }) {
			u.lookups = append(u.lookups, l)
		}
		return lookup(name)
	}
	return env
}

// splRule compiles the search of a detection, which still has to be finished. It is read in the environment first; env is what it is
// lowered in again, for searches at other times.
func splRule(d *detection.Detection, first, env spl.Env) *Rule {
	r := &Rule{Detection: d}
	text := d.Search
	if text == nil {
		text = diag.NewText(d.Query)
	}
	first.Fires = d.Answer != nil && d.Answer.Kind != detection.Baseline
	first.Writes = d.Answer != nil && d.Answer.Kind == detection.Baseline // see Shelf
	search, complaints := spl.Read(text, first)
	r.Diagnostics = complaints
	r.Search = search
	if search.Plan == nil {
		r.Refused = true
		return r
	}
	r.Plan = search.Plan
	r.reread = func(m Moment, lookups func(func(string) (*spl.Lookup, bool)) func(string) (*spl.Lookup, bool)) (*spl.Search, error) {
		at := env
		at.Now, at.Earliest, at.Latest, at.Lookup = m.Now, m.Earliest, m.Latest, lookups(env.Lookup)
		s, list := spl.Read(text, at)
		if s.Plan == nil {
			return nil, list
		}
		return s, nil
	}
	if search.TimeDependent {
		r.restage = func(m Moment) (plan.Node, []Stage, error) {
			at := env
			at.Now, at.Earliest, at.Latest = m.Now, m.Earliest, m.Latest
			s, list := spl.Read(text, at)
			if s.Plan == nil {
				return nil, nil, list
			}
			return s.Plan, splStages(s), nil
		}
		r.Relower, r.first = r.relowered, first.Now == moments[0].Now && !search.Bounded
	}
	r.lintAnswer(search)
	return r
}

// tokens gives the names of the fields that a template asks for: those that stand between dollars.
func tokens(template string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, rest, more := strings.Cut(template, "$"); more; {
			end := 0
			for end < len(rest) && isTokenByte(rest[end], end == 0) {
				end++
			}
			if end == 0 || end == len(rest) || rest[end] != '$' {
				_, rest, more = strings.Cut(rest, "$")
				continue
			}
			if !yield(rest[:end]) {
				return
			}
			_, rest, more = strings.Cut(rest[end+1:], "$")
		}
	}
}

// isTokenByte says whether a character may stand in the name of a field in a template, or begin it.
func isTokenByte(c byte, begins bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		return true
	case '0' <= c && c <= '9', c == '.', c == '{', c == '}', c == ':':
		return !begins
	}
	return false
}

// lintAnswer warns of fields that the answer of a detection needs and that its search does not give.
func (r *Rule) lintAnswer(s *spl.Search) {
	a := r.Detection.Answer
	if a == nil || s.Open {
		return
	}
	warned := map[string]bool{}
	missing := func(field, code, what string, written ...string) {
		if slices.Contains(s.Fields, field) || warned[code+field] {
			return
		}
		warned[code+field] = true
		d := r.Diagnostics.Warnf(r.Detection.Query, r.placeOf(written...), code, "%s %s, which the search does not give", what, field)
		if near := diag.Nearest(field, s.Fields); near != "" {
			d.Hint = "did you mean " + near + "?"
		} else if len(s.Fields) <= 12 {
			d.Hint = "it gives " + strings.Join(s.Fields, ", ")
		}
	}
	for _, template := range []string{a.Message, a.Title, a.Description} {
		for name := range tokens(template) {
			missing(name, "spl-message-field", "the message names the field", "$"+name+"$")
		}
	}
	for _, o := range a.RiskObjects {
		missing(o.Field, "spl-risk-field", "risk is counted for the field", "name: "+o.Field, "field: "+o.Field, o.Field)
		for name := range tokens(o.Message) {
			missing(name, "spl-message-field", "the message names the field", "$"+name+"$")
		}
	}
	for _, o := range a.ThreatObjects {
		missing(o.Field, "spl-threat-field", "the threat is told by the field", "name: "+o.Field, "field: "+o.Field, o.Field)
	}
	if a.Throttle != nil {
		for _, field := range a.Throttle.Fields {
			missing(field, "spl-throttle-field", "throttling looks at the field", field)
		}
	}
}

// placeOf returns the place of the first of some texts that stands in the detection, past its search.
func (r *Rule) placeOf(texts ...string) diag.Span {
	d := r.Detection
	whole := d.Query.Text[d.Span.Start:d.Span.End]
	for _, text := range texts {
		if at := strings.LastIndex(whole, text); at >= 0 {
			return diag.Span{Start: d.Span.Start + at, End: d.Span.Start + at + len(text)}
		}
	}
	return d.Span
}
