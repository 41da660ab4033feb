package suite

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// Files may come with the content of strangers: these are the sizes beyond which one is refused rather than read.
var limits = yamltext.Limits{Text: 8 << 20, Document: 8 << 20, Nodes: 200_000, Depth: 32}

// Is says whether a text is a suite by what stands at its top, without reading it.
func Is(text string) bool {
	tests, rule := look(text)
	return tests && !rule
}

// IsRule says whether a text is a detection by what stands at its top.
func IsRule(text string) bool {
	_, rule := look(text)
	return rule
}

func look(text string) (tests, other bool) {
	for line := range strings.Lines(text) {
		key, _, found := strings.Cut(line, ":")
		switch {
		case !found:
		case key == "tests" || key == "scenarios" || key == "hunt":
			tests = true
		case key == "detection" || key == "correlation" || key == "filter" || key == "search" || key == "query" || key == "data_source":
			other = true
		}
	}
	return tests, other
}

// Read reads a suite. What could be read is returned even if the list holds errors.
func Read(source *diag.Source) (*Suite, diag.List) {
	r := &reader{source: source, places: yamltext.New(source), suite: &Suite{Source: source}}
	documents := 0
	r.places.Documents(limits, func(root *yaml.Node) {
		if documents++; documents > 1 {
			r.errorf(r.places.Span(root), "test-documents", "a file of tests is one document").Hint = "put the others into files of their own"
			return
		}
		r.top(root)
	}, r.yaml)
	if documents == 0 && !r.list.Failed() {
		r.errorf(diag.Span{}, "test-empty", "the file holds no tests")
	}
	r.checkNames()
	r.list.Sort()
	return r.suite, r.list
}

type reader struct {
	source *diag.Source
	places *yamltext.Places
	suite  *Suite
	list   diag.List
}

func (r *reader) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	r.list.Add(diag.Diagnostic{Code: code, Severity: diag.Error, Source: r.source, Span: span, Message: fmt.Sprintf(format, args...)})
	return &r.list[len(r.list)-1]
}

func (r *reader) yaml(p yamltext.Problem) {
	r.errorf(p.Span, "test-"+p.What, "%s", p.Message).Hint = p.Hint
}

// entries calls the function of each key of a map; keys without one are unknown.
func (r *reader) entries(n *yaml.Node, what string, known map[string]func(yamltext.Pair)) {
	n = yamltext.Follow(n)
	if n.Kind != yaml.MappingNode {
		r.errorf(r.places.Span(n), "test-shape", "%s must be a map", what)
		return
	}
	for _, p := range r.places.Pairs(n, r.yaml) {
		read := known[p.Key.Value]
		if read == nil {
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			d := r.errorf(r.places.Span(p.Key), "test-key", "unknown key %q in %s", p.Key.Value, what)
			if near := diag.Nearest(p.Key.Value, names); near != "" {
				d.Hint = "did you mean " + near + "?"
			}
			continue
		}
		read(p)
	}
}

func (r *reader) top(root *yaml.Node) {
	s := r.suite
	r.entries(root, "a file of tests", map[string]func(yamltext.Pair){
		"rule":     func(p yamltext.Pair) { s.Rule = r.word(p.Value) },
		"datasets": func(p yamltext.Pair) { r.sets(p.Value) },
		"tests": func(p yamltext.Pair) {
			r.each(p.Value, "tests", func(n *yaml.Node) { s.Tests = append(s.Tests, r.test(n)) })
		},
		"scenarios": func(p yamltext.Pair) {
			r.each(p.Value, "scenarios", func(n *yaml.Node) { s.Scenarios = append(s.Scenarios, r.scenario(n)) })
		},
		"hunt": func(p yamltext.Pair) { s.Hunts = append(s.Hunts, r.hunt(p.Value)) },
	})
	for _, t := range s.Tests {
		r.fillRule(&t.Rule, "test", t.Name)
	}
	for _, t := range s.Scenarios {
		r.fillRule(&t.Rule, "scenario", t.Name)
	}
}

// fillRule gives a test the rule of the suite, unless it names one.
func (r *reader) fillRule(rule *Word, what string, name Word) {
	if rule.Text != "" {
		return
	}
	if *rule = r.suite.Rule; rule.Text == "" {
		r.errorf(name.Span, "test-rule", "the %s does not say which detection it is about", what).Hint = "write rule: with its id or title, here or at the top of the file"
	}
}

func (r *reader) each(n *yaml.Node, what string, read func(*yaml.Node)) {
	n = yamltext.Follow(n)
	if n.Kind != yaml.SequenceNode {
		r.errorf(r.places.Span(n), "test-shape", "%s must be a list", what)
		return
	}
	for _, e := range n.Content {
		read(yamltext.Follow(e))
	}
}

// oneOrMore calls read for the elements of a list, or for what is no list itself.
func oneOrMore(n *yaml.Node, read func(*yaml.Node)) {
	n = yamltext.Follow(n)
	if n.Kind != yaml.SequenceNode {
		read(n)
		return
	}
	for _, e := range n.Content {
		read(yamltext.Follow(e))
	}
}

func (r *reader) word(n *yaml.Node) Word {
	n = yamltext.Follow(n)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.errorf(r.places.Span(n), "test-shape", "this must be a text")
		return Word{Span: r.places.Span(n)}
	}
	return Word{n.Value, r.places.Span(n)}
}

func (r *reader) text(n *yaml.Node) string { return strings.TrimSpace(r.word(n).Text) }

func (r *reader) words(n *yaml.Node) (list []Word) {
	oneOrMore(n, func(e *yaml.Node) { list = append(list, r.word(e)) })
	return list
}

func (r *reader) flag(n *yaml.Node) bool {
	w := r.word(n)
	if w.Text != "true" && w.Text != "false" {
		r.errorf(w.Span, "test-shape", "this is true or false")
	}
	return w.Text == "true"
}

func (r *reader) number(n *yaml.Node) *Number {
	w := r.word(n)
	value, err := strconv.ParseUint(w.Text, 10, 64)
	if err != nil {
		r.errorf(w.Span, "test-number", "%q is no whole number", w.Text)
	}
	return &Number{value, w.Span}
}

func (r *reader) numbers(n *yaml.Node) []Number {
	list := []Number{}
	oneOrMore(n, func(e *yaml.Node) { list = append(list, *r.number(e)) })
	return list
}

func (r *reader) sets(n *yaml.Node) {
	n = yamltext.Follow(n)
	if n.Kind != yaml.MappingNode {
		r.errorf(r.places.Span(n), "test-shape", "datasets must be a map from names to data")
		return
	}
	for _, p := range r.places.Pairs(n, r.yaml) {
		r.suite.Sets = append(r.suite.Sets, &Set{Name: r.word(p.Key), Data: r.data(p.Value), Span: r.places.Whole(p)})
	}
}

// data reads data: the name of a set or file, a map, or a list of them.
func (r *reader) data(n *yaml.Node) (list []Data) {
	oneOrMore(n, func(e *yaml.Node) {
		d := Data{Span: r.places.Span(e)}
		if e.Kind == yaml.ScalarNode {
			d.Set = r.word(e)
			list = append(list, d)
			return
		}
		r.entries(e, "data", map[string]func(yamltext.Pair){
			"set":        func(p yamltext.Pair) { d.Set = r.word(p.Value) },
			"file":       func(p yamltext.Pair) { d.File = r.word(p.Value) },
			"records":    func(p yamltext.Pair) { d.Records = r.numbers(p.Value) },
			"events":     func(p yamltext.Pair) { d.Events = r.events(p.Value) },
			"format":     func(p yamltext.Pair) { d.Format = r.word(p.Value) },
			"source":     func(p yamltext.Pair) { d.Source = r.text(p.Value) },
			"sourcetype": func(p yamltext.Pair) { d.Sourcetype = r.text(p.Value) },
		})
		given := 0
		for _, is := range []bool{d.Set.Text != "", d.File.Text != "", d.Events != nil} {
			if is {
				given++
			}
		}
		if given != 1 {
			r.errorf(d.Span, "test-data", "data is one of: set, file, events")
		}
		list = append(list, d)
	})
	return list
}

func (r *reader) events(n *yaml.Node) []Event {
	list := []Event{}
	r.each(n, "events", func(e *yaml.Node) {
		event := Event{Span: r.places.Span(e)}
		switch e.Kind {
		case yaml.ScalarNode:
			event.Line = r.word(e)
		case yaml.MappingNode:
			event.Object = e
			for _, p := range r.places.Pairs(e, r.yaml) {
				if p.Key.Value == "template" {
					event.Template = r.word(p.Value)
				}
			}
		default:
			r.errorf(event.Span, "test-event", "an event is a line of a log, or a map of its fields")
			return
		}
		list = append(list, event)
	})
	return list
}

func (r *reader) test(n *yaml.Node) *Test {
	t := &Test{Span: r.places.Span(n)}
	r.entries(n, "a test", map[string]func(yamltext.Pair){
		"name": func(p yamltext.Pair) { t.Name = r.word(p.Value) },
		"rule": func(p yamltext.Pair) { t.Rule = r.word(p.Value) },
		"text": func(p yamltext.Pair) { t.Text = r.text(p.Value) },
		"data": func(p yamltext.Pair) { t.Data = append(t.Data, r.data(p.Value)...) },
		"events": func(p yamltext.Pair) {
			t.Data = append(t.Data, Data{Events: r.events(p.Value), Span: r.places.Span(p.Value)})
		},
		"expect":           func(p yamltext.Pair) { t.Expect = r.expect(p.Value) },
		"same":             func(p yamltext.Pair) { t.Same = r.word(p.Value) },
		"translation":      func(p yamltext.Pair) { t.Translation = r.word(p.Value) },
		"strict_logsource": func(p yamltext.Pair) { t.Strict = r.flag(p.Value) },
		"except":           func(p yamltext.Pair) { t.Except = r.except(p.Value) },
	})
	r.named(&t.Name, "test", t.Span)
	if len(t.Data) == 0 {
		r.errorf(t.Name.Span, "test-data", "the test has no data").Hint = "add data: or events:"
	}
	if t.Strict && t.Translation.Text == "" {
		r.errorf(t.Name.Span, "test-translation", "strict_logsource is about a translation")
	}
	if t.Same.Text != "" && t.Translation.Text != "" {
		r.errorf(t.Translation.Span, "test-translation", "a test compares with another detection (same:), or with a translation, not with both")
	}
	if len(t.Except) > 0 && !t.Pair() {
		r.errorf(t.Except[0].Span, "test-except", "only a test of two detections (same:, translation:) has exceptions")
	}
	if t.Pair() && t.Expect.Span != (diag.Span{}) {
		r.errorf(t.Expect.Span, "test-expect", "a test of two detections (same:, translation:) expects that they agree, and nothing else").Hint = "write another test for the rest"
	}
	return t
}

func (r *reader) named(name *Word, what string, span diag.Span) {
	if strings.TrimSpace(name.Text) == "" {
		r.errorf(diag.Span{Start: span.Start, End: span.Start}, "test-name", "the %s has no name", what)
		name.Span = diag.Span{Start: span.Start, End: span.Start}
	}
}

func (r *reader) expect(n *yaml.Node) Expect {
	e := Expect{Span: r.places.Span(n)}
	var exactly *Number
	r.entries(n, "expect", map[string]func(yamltext.Pair){
		"exactly":  func(p yamltext.Pair) { exactly = r.number(p.Value) },
		"at_least": func(p yamltext.Pair) { e.Least = r.number(p.Value) },
		"at_most":  func(p yamltext.Pair) { e.Most = r.number(p.Value) },
		"records":  func(p yamltext.Pair) { e.Records, e.HasRecords = r.numbers(p.Value), true },
		"fields":   func(p yamltext.Pair) { e.Fields = r.fields(p.Value) },
		"message":  func(p yamltext.Pair) { e.Message = r.word(p.Value) },
		"risk":     func(p yamltext.Pair) { e.Risk = r.risks(p.Value) },
	})
	switch {
	case exactly != nil && (e.Least != nil || e.Most != nil):
		r.errorf(exactly.Span, "test-expect", "exactly goes with neither at_least nor at_most")
	case exactly != nil:
		e.Least, e.Most = exactly, exactly
	case e.Least != nil && e.Most != nil && e.Least.Value > e.Most.Value:
		r.errorf(e.Least.Span, "test-expect", "at least %d and at most %d cannot both be", e.Least.Value, e.Most.Value)
	}
	if e.Most != nil && e.Most.Value == 0 && (len(e.Fields) > 0 || e.Message.Text != "" || len(e.Risk) > 0 || len(e.Records) > 0) {
		r.errorf(e.Span, "test-expect", "where no finding is expected nothing can be asked of one")
	}
	return e
}

func (r *reader) fields(n *yaml.Node) (list []Field) {
	n = yamltext.Follow(n)
	if n.Kind != yaml.MappingNode {
		r.errorf(r.places.Span(n), "test-shape", "fields must be a map from names to values")
		return nil
	}
	for _, p := range r.places.Pairs(n, r.yaml) {
		list = append(list, Field{Name: r.word(p.Key), Values: r.words(p.Value)})
	}
	return list
}

func (r *reader) risks(n *yaml.Node) (list []Risk) {
	oneOrMore(n, func(e *yaml.Node) {
		var risk Risk
		r.entries(e, "risk", map[string]func(yamltext.Pair){
			"object": func(p yamltext.Pair) { risk.Object = r.word(p.Value) },
			"type":   func(p yamltext.Pair) { risk.Type = r.word(p.Value) },
			"score":  func(p yamltext.Pair) { risk.Score = r.number(p.Value) },
		})
		list = append(list, risk)
	})
	return list
}

func (r *reader) except(n *yaml.Node) (list []Except) {
	oneOrMore(n, func(e *yaml.Node) {
		x := Except{Span: r.places.Span(e)}
		r.entries(e, "an exception", map[string]func(yamltext.Pair){
			"records": func(p yamltext.Pair) { x.Records = r.numbers(p.Value) },
			"only":    func(p yamltext.Pair) { x.Only = r.word(p.Value) },
			"why":     func(p yamltext.Pair) { x.Why = r.text(p.Value) },
		})
		if x.Only.Text != "this" && x.Only.Text != "other" {
			r.errorf(x.Span, "test-except", "an exception says which detection alone gives the events").Hint = "only: this, or only: other"
		}
		if x.Why == "" {
			r.errorf(x.Span, "test-except", "an exception says why it is right").Hint = "add why:"
		}
		list = append(list, x)
	})
	return list
}

func (r *reader) scenario(n *yaml.Node) *Scenario {
	s := &Scenario{Span: r.places.Span(n)}
	r.entries(n, "a scenario", map[string]func(yamltext.Pair){
		"name": func(p yamltext.Pair) { s.Name = r.word(p.Value) },
		"rule": func(p yamltext.Pair) { s.Rule = r.word(p.Value) },
		"text": func(p yamltext.Pair) { s.Text = r.text(p.Value) },
		"why":  func(p yamltext.Pair) { s.Why = r.text(p.Value) },
		"data": func(p yamltext.Pair) { s.Data = append(s.Data, r.data(p.Value)...) },
		"events": func(p yamltext.Pair) {
			s.Data = append(s.Data, Data{Events: r.events(p.Value), Span: r.places.Span(p.Value)})
		},
		"exclusion": func(p yamltext.Pair) { s.Exclusion = r.word(p.Value) },
		"exclude": func(p yamltext.Pair) {
			oneOrMore(p.Value, func(n *yaml.Node) { s.Exclude = append(s.Exclude, n) })
		},
		"attack":  func(p yamltext.Pair) { s.Attack = r.data(p.Value) },
		"history": func(p yamltext.Pair) { s.History = r.data(p.Value) },
		"verdict": func(p yamltext.Pair) { s.Verdicts = r.verdicts(p.Value) },
		"most":    func(p yamltext.Pair) { s.Most = r.share(p.Value) },
	})
	r.named(&s.Name, "scenario", s.Span)
	if len(s.Data) == 0 {
		r.errorf(s.Name.Span, "test-data", "the scenario has no benign events").Hint = "add data: or events:"
	}
	if (s.Exclusion.Text == "") == (len(s.Exclude) == 0) {
		r.errorf(s.Name.Span, "test-exclusion", "a scenario has one exclusion").Hint = "write exclusion: with the id of one, or exclude: with what it excludes"
	}
	return s
}

// share reads a part of a whole: 0.2, or 20 %.
func (r *reader) share(n *yaml.Node) *float64 {
	w := r.word(n)
	text, percent := strings.CutSuffix(strings.TrimSpace(w.Text), "%")
	value, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if percent {
		value /= 100
	}
	if err != nil || math.IsNaN(value) || value < 0 || value > 1 {
		r.errorf(w.Span, "test-number", "%q is no share", w.Text).Hint = "write it like 0.2, or 20 %"
	}
	return &value
}

func (r *reader) verdicts(n *yaml.Node) []Word {
	list := r.words(n)
	var names []string
	for _, v := range Verdicts() {
		names = append(names, string(v))
	}
	seen := map[string]bool{}
	for _, w := range list {
		known := false
		for _, name := range names {
			known = known || name == w.Text
		}
		if !known {
			d := r.errorf(w.Span, "test-verdict", "unknown verdict %q", w.Text)
			d.Hint = "verdicts are " + strings.Join(names, ", ")
		}
		if seen[w.Text] {
			r.errorf(w.Span, "test-verdict", "the verdict %q stands twice", w.Text)
		}
		seen[w.Text] = true
	}
	if seen[string(Sound)] && len(list) > 1 {
		r.errorf(list[0].Span, "test-verdict", "ok stands alone")
	}
	return list
}

func (r *reader) hunt(n *yaml.Node) *Hunt {
	h := &Hunt{Span: r.places.Span(n)}
	r.entries(n, "a hunt", map[string]func(yamltext.Pair){
		"id":         func(p yamltext.Pair) { h.ID = r.word(p.Value) },
		"name":       func(p yamltext.Pair) { h.Name = r.word(p.Value) },
		"hypothesis": func(p yamltext.Pair) { h.Hypothesis = r.text(p.Value) },
		"techniques": func(p yamltext.Pair) { h.Techniques = r.words(p.Value) },
		"text":       func(p yamltext.Pair) { h.Text = r.text(p.Value) },
		"author":     func(p yamltext.Pair) { h.Author = r.text(p.Value) },
		"date":       func(p yamltext.Pair) { h.Date = r.text(p.Value) },
		"requires":   func(p yamltext.Pair) { h.Requires = r.telemetry(p.Value) },
		"queries":    func(p yamltext.Pair) { h.Queries = r.queries(p.Value) },
		"supports":   func(p yamltext.Pair) { h.Supports = r.text(p.Value) },
		"refutes":    func(p yamltext.Pair) { h.Refutes = r.text(p.Value) },
		"references": func(p yamltext.Pair) { h.References = r.words(p.Value) },
		"state":      func(p yamltext.Pair) { h.State = r.huntState(p.Value) },
		"notes":      func(p yamltext.Pair) { h.Notes = r.huntNotes(p.Value) },
	})
	if h.State == "" {
		h.State = HuntNew
	}
	r.named(&h.Name, "hunt", h.Span)
	for _, need := range []struct {
		missing bool
		what    string
	}{{h.Hypothesis == "", "hypothesis"}, {len(h.Queries) == 0, "queries"}, {len(h.Requires) == 0, "requires"}} {
		if need.missing {
			r.errorf(h.Name.Span, "hunt-incomplete", "the hunt has no %s", need.what).Hint = "add " + need.what + ":"
		}
	}
	return h
}

func (r *reader) queries(n *yaml.Node) (list []Query) {
	oneOrMore(n, func(e *yaml.Node) {
		q := Query{Span: r.places.Span(e)}
		if e.Kind == yaml.ScalarNode {
			q.Rule = r.word(e)
			list = append(list, q)
			return
		}
		r.entries(e, "a query", map[string]func(yamltext.Pair){
			"rule":     func(p yamltext.Pair) { q.Rule = r.word(p.Value) },
			"name":     func(p yamltext.Pair) { q.Name = r.word(p.Value) },
			"language": func(p yamltext.Pair) { q.Language = r.word(p.Value) },
			"query": func(p yamltext.Pair) {
				if r.word(p.Value).Text != "" {
					q.Text = r.places.Text(yamltext.Follow(p.Value))
				}
			},
		})
		switch {
		case q.Rule.Text != "" && (q.Text != nil || q.Language.Text != "" || q.Name.Text != ""):
			r.errorf(q.Span, "hunt-query", "a query is a detection, or a text of its own")
		case q.Rule.Text != "":
		case q.Text == nil:
			r.errorf(q.Span, "hunt-query", "the query has no text").Hint = "add query: and language:, or rule:"
		case q.Language.Text != "sigma" && q.Language.Text != "spl" && q.Language.Text != "kql":
			r.errorf(q.Span, "hunt-query", "the language of the query is sigma, spl or kql")
		case q.Name.Text == "":
			r.errorf(q.Span, "hunt-query", "the query has no name").Hint = "add name:"
		}
		list = append(list, q)
	})
	return list
}

func (r *reader) telemetry(n *yaml.Node) (list []Telemetry) {
	oneOrMore(n, func(e *yaml.Node) {
		t := Telemetry{Span: r.places.Span(e)}
		r.entries(e, "telemetry", map[string]func(yamltext.Pair){
			"category": func(p yamltext.Pair) { t.Category = r.word(p.Value) },
			"product":  func(p yamltext.Pair) { t.Product = r.word(p.Value) },
			"service":  func(p yamltext.Pair) { t.Service = r.word(p.Value) },
			"fields":   func(p yamltext.Pair) { t.Fields = r.words(p.Value) },
			"why":      func(p yamltext.Pair) { t.Why = r.text(p.Value) },
		})
		if t.Category.Text == "" && t.Product.Text == "" && t.Service.Text == "" {
			r.errorf(t.Span, "hunt-telemetry", "telemetry is a log source").Hint = "write category:, product: or service: as Sigma does"
		}
		list = append(list, t)
	})
	return list
}

// checkNames reports names that stand twice, and references to data that is not there.
func (r *reader) checkNames() {
	s := r.suite
	known := map[string]bool{}
	claim := func(w Word, what string) {
		if w.Text == "" {
			return
		}
		if known[what+w.Text] {
			r.errorf(w.Span, "test-duplicate", "the name %q stands twice", w.Text)
		}
		known[what+w.Text] = true
	}
	var names []string
	for _, set := range s.Sets {
		claim(set.Name, "data ")
		names = append(names, set.Name.Text)
	}
	for _, t := range s.Tests {
		claim(t.Name, "data ")
		names = append(names, t.Name.Text)
	}
	for _, c := range s.Scenarios {
		claim(c.Name, "scenario ")
	}
	check := func(list []Data) {
		for _, d := range list {
			if d.Set.Text == "" || known["data "+d.Set.Text] {
				continue
			}
			e := r.errorf(d.Set.Span, "test-unknown-data", "no set of data and no test is called %q", d.Set.Text)
			if near := diag.Nearest(d.Set.Text, names); near != "" {
				e.Hint = "did you mean " + near + "?"
			} else {
				e.Hint = "a file is named with file:"
			}
		}
	}
	for _, set := range s.Sets {
		check(set.Data)
	}
	for _, t := range s.Tests {
		check(t.Data)
	}
	for _, c := range s.Scenarios {
		check(c.Data)
		check(c.Attack)
		check(c.History)
	}
	if len(s.Tests) == 0 && len(s.Scenarios) == 0 && len(s.Hunts) == 0 && !r.list.Failed() {
		r.errorf(diag.Span{}, "test-empty", "the file holds no tests")
	}
}

// DataOf returns the data that a name stands for: a set, or the data of a test; nil if there is neither.
func (s *Suite) DataOf(name string) []Data {
	for _, set := range s.Sets {
		if set.Name.Text == name {
			return set.Data
		}
	}
	for _, t := range s.Tests {
		if t.Name.Text == name {
			return t.Data
		}
	}
	return nil
}
