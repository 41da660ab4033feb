package engine_test

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/taxonomy"
)

// place tells the events of these tests apart.
type place struct {
	source string
	record uint64
	time   string
}

// timeOf is how an explanation writes a time.
func timeOf(ticks int64) string {
	if ticks == 0 {
		return ""
	}
	return event.FormatTime(ticks)
}

// evidenceOf runs rules over events and returns, for each, which events its findings are made of.
func evidenceOf(t *testing.T, rules []*compile.Rule, events []*event.Event) map[*detection.Detection]map[place]bool {
	t.Helper()
	found := map[*detection.Detection]map[place]bool{}
	s := &engine.Scan{Events: events, Rules: rules, Taxonomy: taxonomy.Default(), Limits: engine.Limits{Evidence: 1 << 30, Memory: 8 << 30, RuleMemory: 4 << 30},
		Finding: func(f *finding.Finding) error {
			if found[f.Detection] == nil {
				found[f.Detection] = map[place]bool{}
			}
			for _, e := range f.Evidence {
				found[f.Detection][place{e.Source, e.Record, timeOf(e.Time)}] = true
			}
			return nil
		}}
	report, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failed {
		t.Errorf("%s: %v", f.Rule.Detection.Title, f.Diagnostics)
	}
	return found
}

// eventsIn reads the events of files, at most so many of each.
func eventsIn(t *testing.T, most int, files ...string) []*event.Event {
	t.Helper()
	var events []*event.Event
	for _, file := range files {
		n := 0
		err := source.ForEach(context.Background(), []string{file}, source.Options{}, func(ev *event.Event) bool {
			events = append(events, ev.Clone())
			n++
			return n < most
		}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	return events
}

// sampleFiles returns every nth log of the shared data.
func sampleFiles(t *testing.T, every int, folders ...string) []string {
	t.Helper()
	var files []string
	n := 0
	for _, folder := range folders {
		err := filepath.WalkDir(shared.Dir(t, "data", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if n++; n%every == 0 {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestExplainAgrees asks of rules of all languages, over events that they find and others, whether what is explained is what a scan finds.
func TestExplainAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many rules")
	}
	events := eventsIn(t, 400, sampleFiles(t, 8, "attack_data", "synthetic", "winlog-json", "linux", "evtx")...)
	for name, content := range map[string][]string{
		"escu":     {shared.Dir(t, "content", "escu")},
		"sentinel": {shared.Dir(t, "content", "sentinel")},
		"sigma":    {shared.Dir(t, "content", "sigma")},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := compile.Load(content, compile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var rules []*compile.Rule
			for _, r := range set.Loaded() {
				a, alert := r.Detection.Answer, r.Detection.Alert
				if a != nil && (a.Kind == detection.Baseline || a.Throttle != nil) || alert != nil && !(alert.Trigger.Met(1) && alert.Trigger.Met(1<<40)) {
					continue // what is found of these depends on more than their rows
				}
				rules = append(rules, r)
			}
			found := evidenceOf(t, rules, events)
			var hits, misses, gathering int
			for i, r := range rules {
				if len(found[r.Detection]) == 0 && i%40 != 0 {
					continue
				}
				h, m := agree(t, r, events, found[r.Detection])
				hits, misses = hits+h, misses+m
				if h > 0 && !r.Single {
					gathering++
				}
			}
			t.Logf("%d events that match and %d that do not, %d rules that gather", hits, misses, gathering)
			if hits == 0 || misses == 0 {
				t.Error("nothing was compared")
			}
		})
	}
}

// agree explains events by a rule, and returns how many of them match and how many do not.
func agree(t *testing.T, r *compile.Rule, events []*event.Event, found map[place]bool) (hits, misses int) {
	t.Helper()
	x := engine.NewExplainer(r, taxonomy.Default())
	if x.Waits() {
		for _, ev := range events {
			if err := x.Note(ev); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Settle(context.Background()); err != nil {
			t.Errorf("%s: %v", r.Detection.Title, err)
			return
		}
	}
	const most = 6 // explained in full, of those that match, that nearly do, and that are only of the right kind
	var full [3]int
	for _, ev := range events {
		e := x.Event(ev)
		want := found[place{ev.Origin.Source, ev.Origin.Record, e.Time}] && !e.Foreign
		verdict, err := x.Verdict(context.Background(), ev)
		if err != nil {
			t.Fatal(err)
		}
		if want != (verdict == engine.VerdictMatch) && !sharedPlace(events, ev, x) {
			t.Errorf("%s (%s): %s %d: found %v, verdict %s", r.Detection.Title, r.Detection.Language, ev.Origin.Source, ev.Origin.Record, want, verdict)
		}
		of := 2
		switch {
		case want:
			of = 0
		case e.Match:
			of = 1
		case e.Foreign:
			continue
		}
		if full[of]++; full[of] > most {
			continue
		}
		why, err := x.Explain(context.Background(), ev)
		if err != nil {
			t.Fatalf("%s: %v", r.Detection.Title, err)
		}
		if why.Verdict != verdict {
			t.Errorf("%s: %s %d: the explanation says %s, the verdict %s", r.Detection.Title, ev.Origin.Source, ev.Origin.Record, why.Verdict, verdict)
		}
		if err := consistent(why, r); err != nil {
			t.Errorf("%s: %s %d: %v", r.Detection.Title, ev.Origin.Source, ev.Origin.Record, err)
		}
		if want {
			hits++
		} else {
			misses++
		}
	}
	return hits, misses
}

// sharedPlace says whether other events have the same place and time, so that evidence does not tell them apart.
func sharedPlace(events []*event.Event, ev *event.Event, x *engine.Explainer) bool {
	at := x.Event(ev).Time
	n := 0
	for _, other := range events {
		if other.Origin.Source == ev.Origin.Source && other.Origin.Record == ev.Origin.Record && x.Event(other).Time == at {
			n++
		}
	}
	return n > 1
}

// consistent says what of an explanation contradicts itself.
func consistent(e *engine.Explanation, r *compile.Rule) error {
	if r.Rest == nil {
		return nil
	}
	if len(e.Stages) == 0 {
		return fmt.Errorf("no stages are told")
	}
	last := e.Stages[len(e.Stages)-1]
	if holds := e.Verdict != engine.VerdictNoMatch; holds != (last.State == engine.StagePassed) {
		return fmt.Errorf("the verdict is %s, and the last stage is %s", e.Verdict, last.State)
	}
	dropped := slices.ContainsFunc(e.Stages, func(s engine.ExplainStage) bool { return s.State == engine.StageDropped })
	if e.Verdict == engine.VerdictNoMatch && !dropped {
		return fmt.Errorf("no stage drops it")
	}
	for _, s := range e.Stages {
		if s.State == engine.StageDropped && s.Why == "" && (len(s.Lines) == 0 || s.Lines[0].Verdict == "true") {
			return fmt.Errorf("stage %d (%s) drops it, and nothing says why: %v", s.Number, s.Text, s.Lines)
		}
	}
	return nil
}
