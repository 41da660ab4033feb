package sigma

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
)

// Pipeline changes rules before they are lowered: a processing pipeline as pySigma defines them, by which users bring their own
// names of fields. It is a list of items, each a transformation that applies where its conditions hold. The reading is that of
// pySigma 1.5 but where that loses or changes the meaning of a rule; comments say so.
//
// A Pipeline is immutable and safe for concurrent use.
type Pipeline struct {
	Name     string
	Priority int      // lower ones go first: 10 for log sources, 20 before a backend's own, 50 of a backend, 60 for output
	Backends []string // the backends that it is for; empty: any

	vars       map[string][]Value
	steps      []*step
	post       []*step
	finalizers []finalizer
}

// step is one item of a pipeline.
type step struct {
	id     Word
	kind   Word
	source *diag.Source
	rule   gate[ruleCondition]
	item   gate[itemCondition]
	field  gate[fieldCondition]
	do     transformation
	text   textTransformation // of an item of postprocessing, instead of do
}

// transformation is what an item does to a rule or correlation.
type transformation interface{ apply(p *processing, s *step) }

// ChainPipelines returns one pipeline that does what several do: in the order of their priorities, and where these are equal in the order
// given. The variables of later ones win. Of no pipeline at all it returns nil, which may be used as one that does nothing.
func ChainPipelines(list ...*Pipeline) *Pipeline {
	list = slices.DeleteFunc(slices.Clone(list), func(p *Pipeline) bool { return p == nil })
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	slices.SortStableFunc(list, func(a, b *Pipeline) int { return cmp.Compare(a.Priority, b.Priority) })
	all := &Pipeline{vars: map[string][]Value{}}
	for _, p := range list {
		for name, values := range p.vars {
			all.vars[name] = values
		}
		all.steps = append(all.steps, p.steps...)
		all.post = append(all.post, p.post...)
		all.finalizers = append(all.finalizers, p.finalizers...)
	}
	return all
}

// processing is the run of a pipeline over one document.
type processing struct {
	pipe *Pipeline
	meta *Meta
	rule *Rule        // the copy that is changed; nil of a correlation
	corr *Correlation // likewise; nil of a rule
	// referenced returns a document that a correlation refers to.
	referenced func(reference string) (Document, bool)

	list            diag.List
	failed          bool
	applied         map[string]bool            // ids of the items whose conditions held for the document
	onItem          map[*Item]map[string]bool  // ids of the items that changed an item
	onField         map[string]map[string]bool // ids of the items that gave a name
	mapped          map[string]bool            // names that mappings took or gave
	state           map[string]event.Value
	made, madeBytes int // values and bytes that were made, which is bounded
	work            int // values that were looked at, likewise
}

// Apply returns a copy of a rule as the pipeline changes it, and complaints about what it could not change. They point at the
// place in the rule, and name the place in the pipeline. With an error among them the copy is Broken.
func (p *Pipeline) Apply(rule *Rule) (*Rule, diag.List) {
	if p == nil || rule.Broken || !complete(rule.Detection) {
		return rule, nil
	}
	changed := cloneRule(rule)
	run := p.start(&changed.Meta)
	run.rule = changed
	run.steps(p.steps)
	run.settle()
	return changed, run.list
}

// ApplyCorrelation is Apply for a correlation. A condition on a log source holds for a correlation if it holds for a rule that
// it refers to; lookup finds these by what the correlation calls them, and must return them as they were before any pipeline.
func (p *Pipeline) ApplyCorrelation(c *Correlation, lookup func(reference string) (Document, bool)) (*Correlation, diag.List) {
	if p == nil || c.Broken {
		return c, nil
	}
	changed := cloneCorrelation(c)
	run := p.start(&changed.Meta)
	run.corr, run.referenced = changed, lookup
	run.steps(p.steps)
	return changed, run.list
}

func (p *Pipeline) start(meta *Meta) *processing {
	run := &processing{
		pipe: p, meta: meta, applied: map[string]bool{}, onItem: map[*Item]map[string]bool{}, onField: map[string]map[string]bool{},
		mapped: map[string]bool{}, state: map[string]event.Value{},
	}
	meta.processed = run
	return run
}

// steps runs items in order, until one fails: what the others would do to a rule that is half done would mislead.
func (p *processing) steps(list []*step) {
	for _, s := range list {
		if p.failed {
			return
		}
		if !s.rule.holds(func(c ruleCondition) bool { return c.holds(p) }) {
			continue
		}
		s.do.apply(p, s)
		if s.id.Text != "" {
			p.applied[s.id.Text] = true
		}
	}
}

// settle takes identifiers of which nothing is left out of the conditions.
func (p *processing) settle() {
	if p.failed {
		return
	}
	d := &p.rule.Detection
	gone := map[*Identifier]bool{}
	for _, id := range d.Identifiers {
		gone[id] = id.Body == nil
	}
	d.Identifiers = slices.DeleteFunc(d.Identifiers, func(id *Identifier) bool { return gone[id] })
	for _, c := range d.Conditions {
		before := conditionText(c.Expr)
		if c.Expr = remaining(c.Expr, gone); c.Expr == nil {
			p.errorf(c.Span, "sigma-pipeline-nothing-left", "pipeline drops everything that this condition asks for")
			return
		}
		if conditionText(c.Expr) != before {
			c.Text = conditionText(c.Expr)
		}
	}
}

func (p *processing) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	p.failed, p.meta.Broken = true, true
	return p.list.Errorf(p.meta.Source, span, code, format, args...)
}

// errorAt complains about a place of the document on behalf of an item of the pipeline.
func (p *processing) errorAt(s *step, span diag.Span, code, format string, args ...any) {
	p.errorf(span, code, format, args...).Hint = s.where()
}

// warnAt is errorAt for what can go on.
func (p *processing) warnAt(s *step, span diag.Span, code, format string, args ...any) {
	if len(p.list) < maxComplaints {
		p.list.Warnf(p.meta.Source, span, code, format, args...).Hint = s.where()
	}
}

// where names the item and its place in the pipeline.
func (s *step) where() string {
	place := diag.Diagnostic{Source: s.source, Span: s.kind.Span}.Position()
	name := s.kind.Text
	if s.id.Text != "" {
		name += fmt.Sprintf(" %q", s.id.Text)
	}
	return "see the pipeline's item " + name + ", " + s.source.Name + ":" + position(place)
}

// head is the place of a document as a whole.
func (p *processing) head() diag.Span {
	if p.meta.Title.Span != (diag.Span{}) {
		return p.meta.Title.Span
	}
	return diag.Span{Start: p.meta.Span.Start, End: p.meta.Span.Start}
}

// ApplyFile applies the pipeline to every rule and correlation of a file; filters act on rules before pipelines do and stay as they
// are. Correlations are asked for rules of the same file; where the rules stand in other files, use ApplyCorrelation.
func (p *Pipeline) ApplyFile(f *File) (*File, diag.List) {
	if p == nil {
		return f, nil
	}
	changed := &File{Source: f.Source}
	var list diag.List
	for _, d := range f.Documents {
		var more diag.List
		switch {
		case d.Rule != nil:
			d.Rule, more = p.Apply(d.Rule)
		case d.Correlation != nil:
			d.Correlation, more = p.ApplyCorrelation(d.Correlation, f.lookup)
		}
		list = append(list, more...)
		changed.Documents = append(changed.Documents, d)
	}
	return changed, list
}

// lookup returns the rule or correlation of the file with an id or name.
func (f *File) lookup(reference string) (Document, bool) {
	for _, d := range f.Documents {
		if m := d.Meta(); d.Filter == nil && (m.Name.Text == reference || m.ID.Text != "" && strings.EqualFold(m.ID.Text, reference)) {
			return d, true
		}
	}
	return Document{}, false
}
