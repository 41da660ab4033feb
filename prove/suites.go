package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/suite"
	"goshawk/finding"
)

// item is a test or scenario with the suite that it stands in.
type item struct {
	suite    *Suite
	test     *suite.Test
	scenario *suite.Scenario
}

// items are the tests and scenarios of suites by the rule that they are about, and those that are about none of the rules.
func items(suites []*Suite, rules, all []*compile.Rule, exclusion string) (of map[*compile.Rule][]item, lost []Result) {
	of = map[*compile.Rule][]item{}
	chosen := map[*compile.Rule]bool{}
	for _, r := range rules {
		chosen[r] = true
	}
	claim := func(s *Suite, reference suite.Word, i item, kind Kind, name string) {
		named := compile.Named(all, reference.Text)
		mine := slices.DeleteFunc(slices.Clone(named), func(r *compile.Rule) bool { return !chosen[r] })
		switch {
		case len(mine) == 1:
			of[mine[0]] = append(of[mine[0]], i)
		case (len(mine) > 1 || len(named) == 0) && s.Asked && exclusion == "":
			_, err := compile.One(mine, reference.Text)
			if len(mine) == 0 {
				err = compile.Unknown(all, reference.Text)
			}
			place := s.Source.Position(reference.Span.Start)
			lost = append(lost, Result{
				Rule: &compile.Rule{Refused: true, Detection: &detection.Detection{ID: reference.Text, Title: reference.Text, Path: s.Source.Name}},
				Kind: kind, Test: name, Verdict: Error, Place: fmt.Sprintf("%s:%d:%d", s.Source.Name, place.Line, place.Column),
				Reason: err.Error(),
			})
		}
	}
	for _, s := range suites {
		for _, t := range s.Tests {
			claim(s, t.Rule, item{suite: s, test: t}, kindOf(t), t.Name.Text)
		}
		for _, c := range s.Scenarios {
			if exclusion != "" && c.Exclusion.Text != exclusion {
				continue
			}
			claim(s, c.Rule, item{suite: s, scenario: c}, Scenario, c.Name.Text)
		}
	}
	return of, lost
}

func kindOf(t *suite.Test) Kind {
	switch {
	case t.Pair():
		return Equivalence
	case t.Negative():
		return Negative
	}
	return Unit
}

// Place returns where the item stands.
func (i item) place() string {
	span := i.suite.Source.Position
	if i.test != nil {
		p := span(i.test.Name.Span.Start)
		return fmt.Sprintf("%s:%d:%d", i.suite.Source.Name, p.Line, p.Column)
	}
	p := span(i.scenario.Name.Span.Start)
	return fmt.Sprintf("%s:%d:%d", i.suite.Source.Name, p.Line, p.Column)
}

// suites runs what suites say about a rule.
func (b *bench) suites(ctx context.Context, r *compile.Rule) []Result {
	var list []Result
	for _, i := range b.items[r] {
		kind := Scenario
		if i.test != nil {
			kind = kindOf(i.test)
		}
		if !b.wants(kind) {
			continue
		}
		started := time.Now()
		result := Result{Rule: r, Kind: kind, Place: i.place()}
		switch {
		case i.test != nil:
			result.Test = i.test.Name.Text
		default:
			result.Test = i.scenario.Name.Text
		}
		switch {
		case ctx.Err() != nil:
			result.Verdict, result.Reason = Error, "interrupted"
		case r.Refused:
			result.Verdict, result.Reason = Error, "it is refused: "+firstError(r)
		case kind == Equivalence:
			b.same(ctx, i, &result)
		case kind == Scenario:
			b.scenario(ctx, i, &result)
		default:
			b.one(ctx, i, &result)
		}
		result.Elapsed = time.Since(started)
		list = append(list, result)
	}
	return list
}

// fill gives a result what an error says: data that is not here excuses a test, everything else breaks it.
func (r *Result) fail(err error) {
	var missing *absent
	if errors.As(err, &missing) {
		r.Verdict, r.Reason = Skip, err.Error()
		return
	}
	r.Verdict, r.Reason = Error, err.Error()
}

// one runs a test of one detection.
func (b *bench) one(ctx context.Context, i item, result *Result) {
	m, err := b.stock.of(ctx, i.suite, i.test.Data)
	if err != nil {
		result.fail(err)
		return
	}
	result.Data = m.names
	if len(m.events) == 0 {
		result.Verdict, result.Reason = Error, "its data holds no event"
		return
	}
	found, silencers, err := askOne(ctx, b.Options, result.Rule, m.events)
	if err != nil {
		result.fail(err)
		return
	}
	result.Rows = len(found)
	result.Verdict = Pass
	if result.Reason = meets(&i.test.Expect, found); result.Reason != "" {
		result.Verdict = Fail
		result.blame(i.test, silencers)
	}
}

// blame says of a test that wants findings which exclusions kept some from it: they are unsafe.
func (r *Result) blame(t *suite.Test, silencers []string) {
	if t.Negative() || len(silencers) == 0 {
		return
	}
	r.Verdicts = []suite.Verdict{suite.Unsafe}
	r.Details = append(r.Details, "unsafe: "+strings.Join(silencers, ", ")+" silences what should be found")
}

// same runs a test of two detections over the same events.
func (b *bench) same(ctx context.Context, i item, result *Result) {
	other, err := b.other(i.test, result.Rule)
	if err != nil {
		result.fail(err)
		return
	}
	m, err := b.stock.of(ctx, i.suite, i.test.Data)
	if err != nil {
		result.fail(err)
		return
	}
	result.Data = m.names
	found, err := ask(ctx, b.Options, []*compile.Rule{result.Rule, other}, m.events)
	if err != nil {
		result.fail(err)
		return
	}
	mine, theirs := evidence(found[result.Rule.Detection]), evidence(found[other.Detection])
	result.Rows = len(found[result.Rule.Detection])
	var onlyThis, onlyOther []uint64
	both := 0
	for k := range mine {
		if theirs[k] {
			both++
		} else {
			onlyThis = append(onlyThis, k.record)
		}
	}
	for k := range theirs {
		if !mine[k] {
			onlyOther = append(onlyOther, k.record)
		}
	}
	unmet := excepted(i.test.Except, &onlyThis, &onlyOther)
	result.Verdict = Pass
	result.Reason = "both find the same " + counted(both, "event", "events")
	if n := len(i.test.Except); n > 0 && unmet == "" {
		result.Reason += "; " + counted(n, "difference is known", "differences are known")
	}
	switch {
	case len(onlyThis) > 0 || len(onlyOther) > 0:
		result.Verdict = Fail
		result.Reason = difference(result.Rule, other, onlyThis, onlyOther)
	case unmet != "":
		result.Verdict, result.Reason = Fail, unmet
	case both == 0 && len(i.test.Except) == 0:
		result.Verdict, result.Reason = Fail, "neither finds anything: the test shows nothing"
	}
}

// other returns what a test compares a rule with.
func (b *bench) other(t *suite.Test, r *compile.Rule) (*compile.Rule, error) {
	if t.Translation.Text == "" {
		other, err := compile.One(b.All, t.Same.Text)
		switch {
		case err != nil:
			return nil, err
		case other.Refused:
			return nil, fmt.Errorf("%s is refused: %s", other.Detection.Title, firstError(other))
		}
		return other, nil
	}
	target, known := b.Taxonomy.Target(t.Translation.Text)
	if !known {
		return nil, fmt.Errorf("no target of translations is called %s; there are %s", t.Translation.Text, strings.Join(b.Taxonomy.Targets(), ", "))
	}
	made := compile.Translate(r, target, compile.TranslateOptions{Taxonomy: b.Taxonomy, Strict: t.Strict})
	if made.Refused {
		return nil, fmt.Errorf("it cannot be translated to %s: %s", target.Name, made.Losses.Error())
	}
	other := made.Back(compile.Options{Taxonomy: b.Taxonomy, Now: b.Now})
	if other.Refused {
		return nil, fmt.Errorf("its translation to %s is refused: %s", target.Name, firstError(other))
	}
	d := *other.Detection
	d.Title += " as " + target.Name
	other.Detection = &d
	return other, nil
}

// excepted takes the known differences out of the lists, and says which of them there are not.
func excepted(list []suite.Except, onlyThis, onlyOther *[]uint64) (unmet string) {
	for _, x := range list {
		from := onlyThis
		if x.Only.Text == "other" {
			from = onlyOther
		}
		for _, n := range x.Records {
			at := slices.Index(*from, n.Value)
			if at < 0 {
				unmet = fmt.Sprintf("record %d is said to be found by %s alone, which is not so", n.Value, map[string]string{"this": "this detection", "other": "the other"}[x.Only.Text])
				continue
			}
			*from = slices.DeleteFunc(*from, func(m uint64) bool { return m == n.Value })
		}
		if len(x.Records) == 0 {
			*from = nil
		}
	}
	return unmet
}

func difference(this, other *compile.Rule, onlyThis, onlyOther []uint64) string {
	var parts []string
	for _, side := range []struct {
		rule    *compile.Rule
		records []uint64
	}{{this, onlyThis}, {other, onlyOther}} {
		if len(side.records) == 0 {
			continue
		}
		slices.Sort(side.records)
		text := fmt.Sprint(side.records[:min(len(side.records), 8)])
		if len(side.records) > 8 {
			text += " …"
		}
		parts = append(parts, fmt.Sprintf("only %s (%s) finds the records %s", side.rule.Detection.Title, side.rule.Detection.Language, text))
	}
	return strings.Join(parts, "; ")
}

// passed returns the tests that the rule passes as it is: what fails anyway notices nothing.
func passed(ctx context.Context, o Options, r *compile.Rule, trials []trial) ([]trial, error) {
	var list []trial
	for _, t := range trials {
		found, _, err := askOne(ctx, o, r, t.events)
		if err != nil {
			return nil, err
		}
		if t.passes(found) {
			list = append(list, t)
		}
	}
	return list, nil
}

// mutation runs the mutants of a rule through its tests.
func (b *bench) mutation(ctx context.Context, r *compile.Rule) []Result {
	if !b.wants(Mutation) || r.Refused {
		return nil
	}
	var trials []trial
	for _, i := range b.items[r] {
		if i.test == nil || i.test.Pair() {
			continue
		}
		m, err := b.stock.of(ctx, i.suite, i.test.Data)
		if err != nil || len(m.events) == 0 {
			continue // the test itself says so
		}
		expect := &i.test.Expect
		trials = append(trials, trial{i.test.Name.Text, m.events, func(f []*finding.Finding) bool { return meets(expect, f) == "" }})
	}
	for _, t := range b.regressions(r) {
		if len(t.pipelines) > 0 || len(t.filters) > 0 {
			continue // it asks another rule
		}
		if m, err := t.material(ctx, b.stock); err == nil && len(m.events) > 0 {
			trials = append(trials, trial{t.name, m.events, t.passes})
		}
	}
	if len(trials) == 0 {
		return nil
	}
	started := time.Now()
	result := Result{Rule: r, Kind: Mutation, Verdict: Pass}
	trials, err := passed(ctx, b.Options, r, trials)
	var m *Score
	if err == nil && len(trials) > 0 {
		m, err = mutate(ctx, b.Options, r, trials)
	}
	switch {
	case err != nil:
		result.Verdict, result.Reason = Skip, err.Error()
	case m == nil:
		result.Verdict, result.Reason = Skip, "none of its tests passes"
	default:
		result.Mutation = m
		result.Reason, result.Details = m.describe()
		if m.Share() < b.LeastScore {
			result.Verdict = Fail
			result.Reason += fmt.Sprintf(", where %.0f %% are wanted", 100*b.LeastScore)
		}
	}
	result.Elapsed = time.Since(started)
	return []Result{result}
}
