package compile

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// part is a detection over one of the sources that together hold the events of its log source.
type part struct {
	*Translation
	retargeting *retargeting
	draft       *draft
}

// together translates the detection for sources that each hold a part of the log source's events: as a union of tables, or as
// alternatives in one search. It gives nil if none of them can be asked.
//
// A part whose records cannot meet the detection is left out with an info, one that cannot be asked with a warning.
func (t *Translation) together(sources []*taxonomy.TargetSource, target *taxonomy.Target, from *origin, o TranslateOptions) *Translation {
	out := t.fresh(sources[0], from)
	var parts []*part
	var left diag.List // complaints about parts that are not asked
	shared := map[string]*plan.Column{}
	for _, source := range sources {
		p := out.part(source, target, from, o, shared)
		switch {
		case p == nil: // it holds nothing of the log source
		case p.Losses.Failed():
			reason := p.Losses[slices.IndexFunc(p.Losses, func(d diag.Diagnostic) bool { return d.Severity == diag.Error })]
			left.Warnf(t.Rule.Detection.Query, reason.Span, "translate-part", "%s is not asked, so that what it has is not found: %s", p.retargeting.sourceName(), reason.Message)
		case p.draft.never() && len(p.retargeting.lacking) > 0:
			p.note(t.Rule.LogSource.Span, "translate-part-empty", "%s is not asked: no event there meets the rule, for want of %s", p.retargeting.sourceName(), strings.Join(p.retargeting.lacking, ", "))
			out.tell(p.Losses)
		default:
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	for _, p := range parts {
		out.tell(p.Losses)
	}
	out.tell(left)
	out.Source = parts[0].Source
	switch {
	case len(parts) == 1:
		out.Table, out.Plan = parts[0].Source.Table, parts[0].draft.node(parts[0].retargeting.read())
	case target.Language == "spl":
		out.Table, out.Plan = parts[0].Source.Table, alternatives(parts)
	default:
		out.Table, out.Plan = partTables(parts), unionOf(parts, target, from, o)
	}
	out.write(target, o)
	return out
}

// fresh returns a translation of the same detection for a source, of which nothing is said yet.
func (t *Translation) fresh(source *taxonomy.TargetSource, from *origin) *Translation {
	out := &Translation{Target: t.Target, Language: t.Language, Rule: t.Rule, Source: source}
	out.LogSource.Category, out.LogSource.Product, out.LogSource.Service = from.category, from.product, from.service
	return out
}

// tell adds what is known of parts, each once.
func (t *Translation) tell(list diag.List) {
	for _, d := range list {
		if !slices.ContainsFunc(t.Losses, func(known diag.Diagnostic) bool {
			return known.Code == d.Code && known.Span == d.Span && known.Message == d.Message
		}) {
			t.Losses.Add(d)
		}
	}
}

// part puts the detection over one source; nil if the source holds no record of the log source. Columns of searches are shared, since
// they read the same events.
func (t *Translation) part(source *taxonomy.TargetSource, target *taxonomy.Target, from *origin, o TranslateOptions, shared map[string]*plan.Column) *part {
	p := &part{Translation: t.fresh(source, from)}
	rt := &retargeting{translation: p.Translation, target: target, o: o, source: source, origin: from}
	p.retargeting = rt
	if rt.records = rt.classes(); len(rt.records) == 0 {
		return nil
	}
	if target.Language == "spl" {
		rt.columns = shared
	}
	if p.draft = rt.draft(); p.draft == nil || p.Losses.Failed() {
		return p
	}
	if target.Language == "spl" && p.draft.computes() {
		p.refuse(diag.Span{}, "translate-value", "what must be computed first cannot stand among the alternatives of a search")
	}
	return p
}

// never says whether no record can meet the detection, for want of what it asks for.
func (d *draft) never() bool { return len(d.where) == 1 && isTruth(d.where[0]) }

func partTables(parts []*part) string {
	var names []string
	for _, p := range parts {
		if !slices.Contains(names, p.Source.Table) {
			names = append(names, p.Source.Table)
		}
	}
	return strings.Join(names, ", ")
}

// alternatives returns the plan of one search for all parts: what all ask stands beside the alternatives.
func alternatives(parts []*part) plan.Node {
	var common []plan.Expr
	for _, e := range parts[0].draft.where {
		if !slices.ContainsFunc(parts[1:], func(p *part) bool { return !p.draft.asks(e) }) {
			common = append(common, e)
		}
	}
	scan := &plan.Scan{Table: parts[0].Source.Table, Rest: true}
	var any []plan.Expr
	for _, p := range parts {
		all := slices.Clone(p.draft.source)
		for _, e := range p.draft.where {
			if !slices.ContainsFunc(common, func(c plan.Expr) bool { return plan.Same(c, e) }) {
				all = append(all, e)
			}
		}
		any = append(any, conjunctionOf(all))
		for _, c := range p.retargeting.out {
			if !slices.Contains(scan.Out, c) {
				scan.Out = append(scan.Out, c)
			}
		}
	}
	return &plan.Filter{Input: scan, Where: conjunctionOf(append([]plan.Expr{&plan.Or{List: any}}, common...))}
}

// asks says whether a condition is one of the detection's.
func (d *draft) asks(e plan.Expr) bool {
	return slices.ContainsFunc(d.where, func(x plan.Expr) bool { return plan.Same(x, e) })
}

// computes says whether the detection asks for anything that must be computed first.
func (d *draft) computes() bool { return slices.ContainsFunc(d.where, d.reads) }

// eachEvent says whether a detection only asks single events for something.
func (o *origin) eachEvent() bool {
	return !slices.ContainsFunc(o.chain, func(n plan.Node) bool { return !isFilter(n) }) && len(o.chain) <= 1
}
