package prove

import (
	"fmt"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/detection/suite"
	"goshawk/plan"
)

// excluded returns the rule without any exclusion, and with that of a scenario alone.
func (b *bench) excluded(in *Suite, c *suite.Scenario, r *compile.Rule) (without *compile.Rule, with *Excluded, err error) {
	list, err := b.exclusionsOf(in, c, r)
	if err != nil {
		return nil, nil, err
	}
	if b.Reload == nil {
		return nil, nil, fmt.Errorf("the detection cannot be compiled with another exclusion")
	}
	if without, err = b.Reload(r, Beside{}); err != nil {
		return nil, nil, err
	}
	one, err := b.Reload(r, Beside{Exclusions: list})
	if err != nil {
		return nil, nil, err
	}
	if without.Refused {
		return nil, nil, fmt.Errorf("by itself the detection is refused: %s", firstError(without))
	}
	for _, d := range one.Diagnostics {
		if d.Code == compile.CodeUnapplied {
			return nil, nil, &unapplied{d.Message}
		}
	}
	if len(one.Exclusions) < len(list) {
		return nil, nil, fmt.Errorf("the exclusion %s is not for this detection", list[len(one.Exclusions)].ID)
	}
	e := &Excluded{Rule: one, Bound: true}
	for _, x := range list {
		e.Bound = e.Bound && (!x.Expires.IsZero() || !x.Review.IsZero())
	}
	// What is asked of events is asked alike wherever the rule reads them; the first place will do.
	var asked []plan.Expr
	for _, f := range one.Feeds {
		for _, s := range f.Suppressors {
			asked = append(asked, &plan.Not{X: s.Keep})
		}
		if len(asked) > 0 {
			e.Where = &plan.Or{List: asked}
			break
		}
	}
	return without, e, nil
}

// unapplied is an exclusion that cannot be asked of what the detection reads.
type unapplied struct{ why string }

func (u *unapplied) Error() string { return u.why }

// exclusionsOf returns the exclusions of a scenario: the one that it names, or those that it writes out.
func (b *bench) exclusionsOf(in *Suite, c *suite.Scenario, r *compile.Rule) ([]*detection.Exclusion, error) {
	if len(c.Exclude) == 0 {
		for _, x := range b.Exclusions {
			if x.ID == c.Exclusion.Text {
				return []*detection.Exclusion{x}, nil
			}
		}
		return nil, placed(in, c.Exclusion.Span.Start, fmt.Errorf("no exclusion is called %s; --exclusions names their folder", c.Exclusion.Text))
	}
	name := r.Detection.ID
	if name == "" {
		name = r.Detection.Title
	}
	var all []*detection.Exclusion
	for i, node := range c.Exclude {
		id := handle(c.Name.Text)
		if len(c.Exclude) > 1 {
			id += fmt.Sprintf("-%d", i+1)
		}
		x, complaints := exclusion.Inline(in.Source, node, detection.Exclusion{
			ID: id, Reason: c.Text, Owner: "the scenario", Scope: detection.ExclusionScope{Rules: []string{name}}})
		if complaints.Failed() {
			return nil, fmt.Errorf("%s", strings.TrimSpace(complaints.Error()))
		}
		all = append(all, x)
	}
	return all, nil
}

// handle makes a short name of a text, as the id of an exclusion.
func handle(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" {
		return "scenario"
	}
	return name[:min(len(name), 60)]
}

// expressible says whether some benign event has a value in a field that the exclusion looks at, and the exclusion sees the difference
// that the value makes.
func (j *judgement) expressible() bool {
	if j.with.Where == nil {
		return true
	}
	for _, ev := range j.benign {
		a := askedOf(j.bench.Taxonomy, ev.Class, j.with.Where)
		if a == nil {
			continue
		}
		has := false
		plan.WalkExpr(a.expr, func(e plan.Expr) bool {
			if f, is := e.(*plan.Field); is {
				v := ev.Record.Lookup(f.Name)
				has = has || !v.IsAbsent() && !v.IsNull() && strings.Trim(v.Text(), "- ") != ""
			}
			return !has
		})
		if has {
			return true
		}
	}
	return false
}
