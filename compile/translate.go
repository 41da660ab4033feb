package compile

import (
	"fmt"
	"slices"

	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// TranslateOptions say how a detection is translated.
type TranslateOptions struct {
	Taxonomy *taxonomy.Taxonomy // nil: the built-in one
	// Strict carries the product of a log source, where the target can tell it, and refuses where it cannot; otherwise the
	// product is left out with a warning.
	Strict bool
	// Lossy leaves out conditions that the target cannot say, where that can only widen what is found; otherwise they refuse the
	// detection.
	Lossy bool
	// Only names the one part of a log source's events that is asked for, where the target has them in several (taxonomy.TargetSource.Part);
	// empty: all. It says nothing of log sources that stand in one place.
	Only string
}

// Translation is a detection in the words of another place.
type Translation struct {
	Target   string
	Language string // of the text: kql, spl or sigma
	Table    string // what is read: what the text begins with, or several tables that a comma separates
	Text     string // empty if refused
	// Losses say what became of the meaning: an info that something is carried in another form, a warning that the translation
	// finds other events and how, an error why there is none.
	Losses  diag.List
	Refused bool
	Plan    plan.Node // over the target's table and columns

	Rule   *Rule
	Source *taxonomy.TargetSource
	// LogSource is what the detection is about: what a rule of Sigma states, or what a query's table means.
	LogSource sigma.LogSource
}

// writers write a plan over a target's table and columns as a text of its language. They know neither the taxonomy nor other
// languages, and refuse with an error what they cannot say exactly.
var writers = map[string]func(*Translation, TranslateOptions) (string, diag.List){
	"kql":   writeKQL,
	"spl":   writeSPL,
	"sigma": writeSigma,
}

// Translate writes a detection for a target. The plan of the detection is put over the target's table and columns
// (retarget.go), and the writer of the target's language writes that.
func Translate(r *Rule, target *taxonomy.Target, o TranslateOptions) *Translation {
	if o.Taxonomy == nil {
		o.Taxonomy = taxonomy.Default()
	}
	first := &Translation{Target: target.Name, Language: target.Language, Rule: r}
	if r.Refused {
		first.refuse(diag.Span{}, "translate-refused", "the detection itself cannot be used")
		return first
	}
	from := readAs(r, o.Taxonomy)
	sources := target.SourcesOf(from.category, from.product, from.service)
	switch {
	case from.err != nil:
		first.refuse(diag.Span{}, from.err.code, "%s", from.err.message).Hint = from.err.hint
		return first
	case len(sources) == 0:
		first.refuse(r.LogSource.Span, "translate-no-table", "%s has no table for the log source %s", target.Name, from.logSource())
		return first
	}
	parts := target.PartsOf(from.category, from.product, from.service)
	if from.channels != nil && o.Only == "" && len(parts) > 0 {
		if parts = from.within(parts, o.Taxonomy); len(parts) == 1 {
			sources = parts
		}
	}
	if o.Only != "" && len(parts) > 0 {
		sources = slices.DeleteFunc(parts, func(s *taxonomy.TargetSource) bool { return s.Part != o.Only })
		if len(sources) == 0 {
			first.refuse(r.LogSource.Span, "translate-no-table", "%s has no part %q of the log source %s", target.Name, o.Only, from.logSource())
			return first
		}
	} else if len(parts) > 1 && from.eachEvent() {
		if t := first.together(parts, target, from, o); t != nil {
			return t
		}
	}
	for i, source := range sources {
		t := first.over(source, target, from, o)
		if !t.Refused || i == 0 && !t.lacksColumns() {
			return t
		}
		if i == 0 {
			first = t
		}
	}
	return first
}

// over translates the detection for one source of the target.
func (t *Translation) over(source *taxonomy.TargetSource, target *taxonomy.Target, from *origin, o TranslateOptions) *Translation {
	r, chosen := t.Rule, t.Source
	t = t.fresh(source, from)
	if chosen != nil {
		t.warn(r.LogSource.Span, "translate-second-choice", "%s has no columns for the detection; %s is asked in its place", chosen.Table, source.Table)
	}
	rt := &retargeting{translation: t, target: target, o: o, source: source, origin: from}
	if source.Part != "" {
		rt.records, rt.alone = rt.classes(), true
	}
	t.Plan = rt.run()
	t.Table = source.Table
	t.write(target, o)
	return t
}

// write writes the plan as a text of the target's language.
func (t *Translation) write(target *taxonomy.Target, o TranslateOptions) {
	if t.Plan != nil && !t.Losses.Failed() {
		write := writers[target.Language]
		if write == nil {
			panic(fmt.Sprintf("compile: nobody writes the language %q", target.Language))
		}
		text, list := write(t, o)
		for _, d := range list {
			if d.Source == nil {
				d.Source = t.Rule.Detection.Query
			}
			t.Losses.Add(d)
		}
		t.Text = text
	}
	t.Losses = sorted(t.Losses)
	if t.Refused = t.Losses.Failed(); t.Refused {
		t.Text, t.Plan = "", nil
	}
}

// lacksColumns says whether the detection was refused for columns that the table has not, and for nothing else.
func (t *Translation) lacksColumns() bool {
	for _, d := range t.Losses {
		if d.Severity == diag.Error && d.Code != "translate-no-column" && d.Code != "translate-value" {
			return false
		}
	}
	return t.Refused
}

// refuse adds an error.
func (t *Translation) refuse(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	t.Refused = true
	if span == (diag.Span{}) {
		span = t.Rule.Detection.Span
		span.End = span.Start
	}
	return t.Losses.Errorf(t.Rule.Detection.Query, span, code, format, args...)
}

// warn adds a warning.
func (t *Translation) warn(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return t.Losses.Warnf(t.Rule.Detection.Query, span, code, format, args...)
}

// note adds an info.
func (t *Translation) note(span diag.Span, code, format string, args ...any) {
	t.Losses.Add(diag.Diagnostic{Code: code, Severity: diag.Info, Source: t.Rule.Detection.Query, Span: span, Message: fmt.Sprintf(format, args...)})
}
