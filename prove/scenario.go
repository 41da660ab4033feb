package prove

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection/suite"
	"goshawk/event"
	"goshawk/plan"
)

// Excluded is a rule with the exclusions of a scenario in force.
type Excluded struct {
	Rule *compile.Rule
	// Where is what the exclusion asks of an event, over the columns of the rule's feeds; nil where it asks something of rows.
	Where plan.Expr
	Bound bool // it ends, or is to be looked at again, on some day
}

// most is the share of other matches that an exclusion may silence, unless the scenario says otherwise.
const most = 0.2

// scenario judges an exclusion: what becomes of the benign events, of the attacks, of everything else that matches, and of an
// attack that borrows what the benign events have.
func (b *bench) scenario(ctx context.Context, i item, result *Result) {
	c := i.scenario
	without, with, err := b.excluded(i.suite, c, result.Rule)
	var refused *unapplied
	if errors.As(err, &refused) {
		result.Verdicts, result.Details = []suite.Verdict{suite.NotExpressible}, []string{refused.why}
		b.judge(c, result)
		return
	}
	if err != nil {
		result.fail(err)
		return
	}
	benign, err := b.stock.of(ctx, i.suite, c.Data)
	if err != nil {
		result.fail(err)
		return
	}
	attackData := c.Attack
	if len(attackData) == 0 {
		attackData = b.attacks(i.suite, result.Rule)
	}
	attack, err := b.stock.of(ctx, i.suite, attackData)
	if err != nil {
		result.fail(err)
		return
	}
	history, err := b.history(ctx, i)
	if err != nil {
		result.fail(err)
		return
	}
	result.Data = benign.names
	j := judgement{bench: b, rule: without, with: with, benign: benign.events, attack: attack.events, history: history.events, most: most}
	if c.Most != nil {
		j.most = *c.Most
	}
	if err := j.run(ctx); err != nil {
		result.fail(err)
		return
	}
	result.Rows = j.fires
	result.Verdicts, result.Details = j.verdicts, j.notes
	switch {
	case j.fires == 0:
		result.Verdict, result.Reason = Fail, "the detection does not find the benign events, so that there is nothing to exclude"
	case j.attacked == 0:
		result.Verdict, result.Reason = Error, "there is no attack that the detection finds: name one with attack:, or give the detection a test that finds something"
	default:
		b.judge(c, result)
	}
}

// judge compares the verdicts of a scenario with those that it expects.
func (b *bench) judge(c *suite.Scenario, result *Result) {
	wanted := []suite.Verdict{suite.Sound}
	if len(c.Verdicts) > 0 {
		wanted = nil
		for _, w := range c.Verdicts {
			wanted = append(wanted, suite.Verdict(w.Text))
		}
	}
	if sameVerdicts(wanted, result.Verdicts) {
		result.Verdict, result.Reason = Pass, verdictText(result.Verdicts)
		return
	}
	result.Verdict, result.Reason = Fail, fmt.Sprintf("it is %s, where %s is expected", verdictText(result.Verdicts), verdictText(wanted))
}

// attacks is the data of all tests of a rule in a suite that want findings.
func (b *bench) attacks(s *Suite, r *compile.Rule) []suite.Data {
	var list []suite.Data
	for _, i := range b.items[r] {
		if i.suite == s && i.test != nil && kindOf(i.test) == Unit {
			list = append(list, i.test.Data...)
		}
	}
	return list
}

// history is what usually matches: what the scenario names, else all data of the suite.
func (b *bench) history(ctx context.Context, i item) (material, error) {
	if len(i.scenario.History) > 0 {
		return b.stock.of(ctx, i.suite, i.scenario.History)
	}
	var all material
	for _, list := range everything(i.suite) {
		one, err := b.stock.of(ctx, i.suite, list)
		if err != nil {
			return all, err
		}
		all.events = append(all.events, one.events...)
	}
	return all, nil
}

func everything(s *Suite) (all [][]suite.Data) {
	for _, t := range s.Tests {
		all = append(all, t.Data)
	}
	for _, c := range s.Scenarios {
		all = append(all, c.Data)
	}
	return all
}

func sameVerdicts(a, b []suite.Verdict) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func verdictText(list []suite.Verdict) string {
	var parts []string
	for _, v := range list {
		parts = append(parts, string(v))
	}
	return strings.Join(parts, ", ")
}

// judgement is an exclusion under trial.
type judgement struct {
	bench                   *bench
	rule                    *compile.Rule
	with                    *Excluded
	benign, attack, history []*event.Event
	most                    float64

	attacked int // attacks that it finds
	fires    int // benign events that the detection finds without the exclusion
	verdicts []suite.Verdict
	notes    []string
}

func (j *judgement) say(v suite.Verdict, format string, args ...any) {
	if v != suite.Sound && !slices.Contains(j.verdicts, v) {
		j.verdicts = append(j.verdicts, v)
	}
	note := fmt.Sprintf(format, args...)
	if v != suite.Sound {
		note = string(v) + ": " + note
	}
	j.notes = append(j.notes, note)
}

// both returns the events that the detection finds without the exclusion, and those of them that it still finds with it.
func (j *judgement) both(ctx context.Context, events []*event.Event) (without, with map[key]bool, err error) {
	found, err := ask(ctx, j.bench.Options, []*compile.Rule{j.rule, j.with.Rule}, unique(events))
	if err != nil {
		return nil, nil, err
	}
	return evidence(found[j.rule.Detection]), evidence(found[j.with.Rule.Detection]), nil
}

// others returns the events of a history that are not those of a scenario, each once, by what they say.
func others(history, benign []*event.Event) []*event.Event {
	seen := map[string]bool{}
	for _, ev := range benign {
		seen[recordText(&ev.Record)] = true
	}
	var list []*event.Event
	for _, ev := range history {
		if text := recordText(&ev.Record); !seen[text] {
			seen[text] = true
			list = append(list, ev)
		}
	}
	return list
}

// unique leaves out events that stand in a list twice.
func unique(events []*event.Event) []*event.Event {
	seen := map[*event.Event]bool{}
	var list []*event.Event
	for _, ev := range events {
		if !seen[ev] {
			seen[ev] = true
			list = append(list, ev)
		}
	}
	return list
}

func (j *judgement) run(ctx context.Context) error {
	without, with, err := j.both(ctx, j.benign)
	if err != nil {
		return err
	}
	j.fires = len(without)
	if j.fires == 0 {
		return nil
	}
	gone := missingFrom(without, with)
	attacked, kept, err := j.both(ctx, j.attack)
	if err != nil {
		return err
	}
	lost := missingFrom(attacked, kept)
	j.attacked = len(attacked)
	total, left, err := j.both(ctx, others(j.history, j.benign))
	if err != nil {
		return err
	}
	others, removed := 0, 0
	for k := range total {
		others++
		if !left[k] {
			removed++
		}
	}
	if len(lost) > 0 {
		j.say(suite.Unsafe, "it silences %d of %d events of attacks: %s", len(lost), len(attacked), recordsText(lost))
	}
	switch {
	case len(gone) == 0 && !j.expressible():
		j.say(suite.NotExpressible, "%s what it looks for", counted(j.fires, "benign event has nothing of", "benign events have nothing of"))
	case len(gone) == 0 && removed == 0 && len(lost) == 0:
		j.say(suite.Dead, "it silences nothing")
	case len(gone) == 0:
		j.say(suite.Dead, "it silences others, and none of the %s", counted(j.fires, "benign event", "benign events"))
	case len(gone) < j.fires:
		j.say(suite.Partial, "%d of %d benign events still fire: %s", j.fires-len(gone), j.fires, recordsText(missingFrom(without, gone)))
	default:
		j.say(suite.Sound, "%s", counted(j.fires, "benign event is silenced", "benign events are silenced"))
	}
	if others > 0 && float64(removed) > j.most*float64(others) {
		j.say(suite.Overbroad, "it silences %d of %d other matches (%.0f %%)", removed, others, 100*float64(removed)/float64(others))
	}
	if err := j.probe(ctx, attacked, kept); err != nil {
		return err
	}
	if !j.with.Bound {
		j.say(suite.Unbound, "it has neither a day on which it ends nor one on which it is looked at again")
	}
	if len(j.verdicts) == 0 {
		j.verdicts = []suite.Verdict{suite.Sound}
	}
	slices.SortFunc(j.verdicts, func(a, b suite.Verdict) int {
		return slices.Index(suite.Verdicts(), a) - slices.Index(suite.Verdicts(), b)
	})
	return nil
}

func missingFrom(all, some map[key]bool) map[key]bool {
	out := map[key]bool{}
	for k := range all {
		if !some[k] {
			out[k] = true
		}
	}
	return out
}

func recordsText(set map[key]bool) string {
	var numbers []uint64
	for k := range set {
		numbers = append(numbers, k.record)
	}
	slices.Sort(numbers)
	var parts []string
	for _, n := range numbers[:min(len(numbers), 6)] {
		parts = append(parts, fmt.Sprint(n))
	}
	if len(numbers) > 6 {
		parts = append(parts, "…")
	}
	if len(parts) == 1 {
		return "record " + parts[0]
	}
	return "records " + strings.Join(parts, ", ")
}
