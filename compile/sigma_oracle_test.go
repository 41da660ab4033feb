package compile_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/internal/shared"
	"goshawk/lang/sigma"
	"goshawk/plan"
	"goshawk/plan/plantest"
)

// sigmaCase is one line of the shared conformance cases.
type sigmaCase struct {
	Name, Rule, Target, Error, Why string
	Events                         []struct {
		Data      json.RawMessage
		Raw, Time string
		LogSource *struct{ Category, Product, Service string }
	}
	Matches      []bool
	Emits        map[string][]bool
	Placeholders map[string][]string
}

// TestSigmaOracle runs every conformance case as a plan over its events: rules, rules under filters, and correlations, at once and as
// events arrive; and compares the alerts that each document raises.
func TestSigmaOracle(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "oracles", "sigma-cases"), "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	verdicts, refusals, alerts := 0, 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var c sigmaCase
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			t.Run(filepath.Base(file)+"/"+c.Name, func(t *testing.T) {
				o := compile.Options{Placeholders: c.Placeholders, Threads: 1}
				set := compile.Files([]detection.File{{Language: detection.Sigma, Source: &diag.Source{Name: "rule.yml", Text: c.Rule}}}, o)
				if c.Error != "" {
					refusals++
					if set.Refused() == 0 {
						t.Errorf("nothing is refused: %s\n%s", c.Why, c.Rule)
					}
					return
				}
				if n := set.Refused(); n > 0 {
					t.Fatalf("%d refused: %v\n%s", n, set.Rules, c.Rule)
				}
				run := sigmaRun{t, &c, c.collection()}
				target := run.target()
				got := run.matches(target)
				verdicts += len(got)
				if !slices.Equal(got, c.Matches) {
					t.Errorf("matches %v, want %v: %s\n%s\n%s", got, c.Matches, c.Why, c.Rule, plan.String(run.plan(target)))
				}
				for _, r := range set.Rules {
					want, known := c.Emits[r.Detection.Name]
					if !known {
						continue
					}
					alerts += len(want)
					got := make([]bool, len(c.Events))
					if r.Runs() {
						got = run.matches(run.named(r.Detection.Name))
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s raises %v, want %v: %s\n%s", r.Detection.Name, got, want, c.Why, c.Rule)
					}
				}
			})
		}
	}
	t.Logf("%d verdicts, %d refusals, %d alerts raised or not", verdicts, refusals, alerts)
	if verdicts == 0 || refusals == 0 || alerts == 0 {
		t.Error("no verdicts, refusals or alerts were checked")
	}
}

// sigmaRun runs documents of a case.
type sigmaRun struct {
	t   *testing.T
	c   *sigmaCase
	all *sigmaCollection
}

type sigmaCollection struct {
	file *sigma.File
	*sigma.Collection
}

// collection reads the case with tables that its resolver knows.
func (c *sigmaCase) collection() *sigmaCollection {
	file, _ := sigma.Parse(&diag.Source{Name: "rule.yml", Text: c.Rule})
	view := func(l sigma.LogSource) sigma.View {
		return sigma.View{Table: fmt.Sprintf("%s/%s/%s", l.Category, l.Product, l.Service)}
	}
	return &sigmaCollection{file, sigma.Collect(sigma.Env{Placeholders: c.Placeholders, View: view}, file)}
}

// target returns the document whose verdict counts.
func (r sigmaRun) target() sigma.Document {
	if r.c.Target != "" {
		return r.named(r.c.Target)
	}
	var rule, correlation sigma.Document
	for _, d := range r.all.file.Documents {
		switch {
		case d.Correlation != nil:
			correlation = d
		case d.Rule != nil:
			rule = d
		}
	}
	if correlation.Correlation != nil {
		return correlation
	}
	return rule
}

func (r sigmaRun) named(name string) sigma.Document {
	for _, d := range r.all.file.Documents {
		if d.Meta().Name.Text == name {
			return d
		}
	}
	r.t.Fatalf("no document is called %q", name)
	return sigma.Document{}
}

func (r sigmaRun) plan(d sigma.Document) plan.Node {
	r.t.Helper()
	var n plan.Node
	var list diag.List
	if d.Correlation != nil {
		var made *sigma.Correlated
		made, list = r.all.LowerCorrelation(d.Correlation)
		n = made.Plan
	} else {
		n, _, list = r.all.Lower(d.Rule)
	}
	if list.Failed() || n == nil {
		r.t.Fatalf("%q is refused: %v\n%s", d.Meta().Title.Text, list, r.c.Rule)
	}
	if list := plan.Check(n); list.Failed() {
		r.t.Fatalf("the plan has complaints: %v\n%s", list, plan.String(n))
	}
	return n
}

// matches says which events are answers: in the plan as it is and rewritten, at once and as a stream.
func (r sigmaRun) matches(d sigma.Document) []bool {
	r.t.Helper()
	n := r.plan(d)
	events := r.events()
	var all [][]bool
	for _, n := range []plan.Node{n, plan.Rewrite(n)} {
		q, err := exec.Compile(n, exec.Options{Evidence: 100})
		if err != nil {
			r.t.Fatal(err)
		}
		for _, follows := range []bool{false, true} {
			matches := make([]bool, len(events))
			emit := func(b *exec.Batch) error {
				for _, trail := range b.From {
					matches[trail.Evidence[len(trail.Evidence)-1].Origin.Record-1] = true
				}
				return nil
			}
			if err := runOver(q, events, follows, emit); err != nil {
				r.t.Fatalf("%v\n%s", err, plan.String(n))
			}
			all = append(all, matches)
		}
	}
	for _, other := range all[1:] {
		if !slices.Equal(other, all[0]) {
			r.t.Errorf("as it is, as a stream, rewritten, rewritten as a stream: %v\n%s", all, plan.String(n))
		}
	}
	return all[0]
}

// runOver runs a query over events, or lets it follow them, with an advance after each event and room for all that is late.
func runOver(q *exec.Query, events []*event.Event, follows bool, emit func(*exec.Batch) error) error {
	ctx := context.Background()
	if !follows {
		_, err := q.Run(ctx, &exec.EventSource{Resolver: logSources{}, Each: func(_ context.Context, each func(*event.Event) error) error {
			for _, ev := range events {
				if err := each(ev); err != nil {
					return err
				}
			}
			return nil
		}}, emit)
		return err
	}
	f, err := q.Follow(ctx, event.TicksPerDay, emit)
	if err != nil {
		return err
	}
	now := int64(0)
	for _, ev := range events {
		if err := f.Push(ev, logSources{}); err != nil {
			return err
		}
		now = max(now, ev.Logged)
		if err := f.Advance(now); err != nil {
			return err
		}
	}
	if f.Late() > 0 {
		return fmt.Errorf("%d rows came too late", f.Late())
	}
	_, err = f.Finish()
	return err
}

func (r sigmaRun) events() []*event.Event {
	var list []*event.Event
	for i, e := range r.c.Events {
		record, err := plantest.Object(e.Data)
		if err != nil {
			r.t.Fatal(err)
		}
		ev := &event.Event{Record: *record, Raw: []byte(e.Raw), FreeText: e.Raw != "", Arrival: int64(i + 1), Origin: event.Origin{Source: "events", Record: uint64(i + 1)}}
		if e.Time != "" {
			ticks, _, ok := event.ParseTime(e.Time)
			if !ok {
				r.t.Fatalf("%q is no time", e.Time)
			}
			ev.Logged = ticks
		}
		class := event.Class{}
		if l := e.LogSource; l != nil {
			class = event.Class{Product: l.Product, Channel: l.Service, Provider: l.Category, ID: "known"}
		}
		ev.Class = event.ClassOf(class)
		list = append(list, ev)
	}
	return list
}

// logSources routes events to the rules whose log source contains theirs; an event that does not say is everybody's.
type logSources struct{}

func (logSources) Route(table string, class *event.Class) (plan.Expr, bool) {
	if class.ID == "" {
		return nil, true
	}
	var l sigma.LogSource
	for i, part := range bytes.Split([]byte(table), []byte("/")) {
		*[]*string{&l.Category, &l.Product, &l.Service}[i] = string(part)
	}
	return nil, l.Contains(sigma.LogSource{Category: class.Provider, Product: class.Product, Service: class.Channel})
}

func (logSources) Source(*event.Class, string) plan.Expr { return nil }
