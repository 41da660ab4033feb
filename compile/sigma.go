package compile

import (
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/taxonomy"
)

// rules compiles the documents of a Sigma file.
func (s *sigmaTexts) rules(f detection.File, o Options) []*Rule {
	text := s.of[f.Source]
	complaints := text.complaints
	var rules []*Rule
	for _, document := range text.file.Documents {
		r := &Rule{Detection: sigmaDetection(f, s.all.Changed(document))}
		switch {
		case document.Rule != nil:
			s.rule(r, document.Rule, o)
		case document.Correlation != nil:
			s.correlation(r, document.Correlation)
		default:
			s.filter(r, document.Filter)
		}
		s.note(document, r)
		rules = append(rules, r)
	}
	if len(rules) == 0 {
		rules = []*Rule{{Detection: &detection.Detection{Language: detection.Sigma, Path: f.Source.Name, Query: f.Source}}}
		if !complaints.Failed() {
			complaints.Errorf(f.Source, diag.Span{}, "sigma-no-document", "the file holds no document")
		}
	}
	for _, d := range complaints {
		for _, r := range owners(rules, d) {
			r.Diagnostics = append(r.Diagnostics, d)
		}
	}
	for _, r := range rules {
		r.exclude(o)
		r.finish()
	}
	return rules
}

// owners returns the rules that a diagnostic is about: the one in whose document it points, or all of them where it points
// into a document that they share (action: global) or at the file as a whole.
func owners(rules []*Rule, d diag.Diagnostic) []*Rule {
	for i, r := range rules {
		if r.Detection.Span.Start <= d.Span.Start && d.Span.Start < r.Detection.Span.End {
			return rules[i : i+1]
		}
	}
	return rules
}

func dataSource(l sigma.LogSource) string {
	var parts []string
	for _, part := range []string{l.Product, l.Category, l.Service} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

func sigmaDetection(f detection.File, document sigma.Document) *detection.Detection {
	m := document.Meta()
	level, err := detection.LevelOf(m.Level.Text)
	if err != nil {
		level = detection.Informational
	}
	return &detection.Detection{
		ID: m.ID.Text, Name: m.Name.Text, Title: m.Title.Text, Language: detection.Sigma, Level: level, Status: m.Status.Text,
		Description: strings.TrimSpace(m.Description), Author: m.Author, License: m.License, Date: m.Date.Text, Modified: m.Modified.Text,
		References: texts(m.References), Tags: texts(m.Tags), FalsePositives: texts(m.FalsePositives), Fields: texts(m.Fields),
		Related: related(m.Related), Path: f.Source.Name, Query: f.Source, Span: m.Span,
	}
}

// related are the rules that a rule names.
func related(list []sigma.Related) []detection.Relation {
	var out []detection.Relation
	for _, r := range list {
		out = append(out, detection.Relation{ID: strings.ToLower(r.ID.Text), Type: detection.RelationType(r.Type.Text)})
	}
	return out
}

func texts(words []sigma.Word) []string {
	var list []string
	for _, w := range words {
		list = append(list, w.Text)
	}
	return list
}

// lintLogSource remarks on a log source that nobody knows, and on one that no source feeds, which both leave a rule silent.
func (r *Rule) lintLogSource(t *taxonomy.Taxonomy) {
	l := r.LogSource
	if !t.KnownLogSource(l.Category, l.Product, l.Service) {
		d := r.Diagnostics.Warnf(r.Detection.Query, l.Span, "sigma-unknown-logsource", "nobody knows the log source %q", dataSource(l))
		if near := t.NearestLogSource(l.Category, l.Product, l.Service); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		return
	}
	if len(t.Feeds(l.Category, l.Product, l.Service)) == 0 {
		r.Diagnostics.Add(diag.Diagnostic{Code: "sigma-unfed-logsource", Severity: diag.Info, Source: r.Detection.Query, Span: l.Span,
			Message: "no format that Goshawk reads gives records of the log source " + dataSource(l),
			Hint:    "a taxonomy map of your own can say which records they are"})
	}
}
