// Package prove runs what detections ship with: the tests that say on which data a detection must answer, and what its answer
// must hold.
//
// In go rules, and the folders where data lies; out comes a Result for each test of each rule, told apart as pass, fail, skip
// and error, so that "did not fire" is never taken for "could not be run".
//
// The rules for a test are those of Splunk's contentctl. A unit test passes if there is a row (or as many as the test expects),
// every risk object of every row has a value other than the text "null", and every threat object has one in some row. An
// integration test looks at what becomes of the rows: the risk events with their scores, types and messages, and the finding.
package prove

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/suite"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/source"
	"goshawk/taxonomy"
)

// Verdict is how a test ended.
type Verdict string

// The verdicts.
const (
	Pass  Verdict = "pass"
	Fail  Verdict = "fail"  // the detection does not do what the test asks
	Skip  Verdict = "skip"  // the test is not for this place: nobody can say
	Error Verdict = "error" // the test could not be run
)

// Kind is what a test looks at.
type Kind string

// The kinds of tests, in the order in which they are run.
const (
	Validation  Kind = "validation"  // the detection can be read and run at all
	Unit        Kind = "unit"        // it finds what it should on its data
	Negative    Kind = "negative"    // it is silent where it should be
	Integration Kind = "integration" // the rows become the findings and the risk that it declares
	Equivalence Kind = "equivalence" // it finds the same events as another
	Scenario    Kind = "scenario"    // an exclusion silences a benign cause, and no attack
	Mutation    Kind = "mutation"    // the tests notice when the detection is changed
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{Validation, Unit, Negative, Integration, Equivalence, Scenario, Mutation}
}

// Options say what is proved and with what.
type Options struct {
	Rules    []*compile.Rule // refused ones too: their validation fails
	All      []*compile.Rule // those that tests may name beside; nil: Rules
	Taxonomy *taxonomy.Taxonomy
	// Find returns the files of a piece of test data, several if it is there in several versions: the first with which the test
	// passes counts. None: the data is not here. See InFolders.
	Find   func(detection.TestData) []string
	Suites []*Suite
	// Exclusions are those that scenarios may name. Reload compiles a rule anew with some exclusions in force, and no others; without it
	// scenarios cannot be run.
	Exclusions []*detection.Exclusion
	Reload     func(r *compile.Rule, with Beside) (*compile.Rule, error)
	Exclusion  string // if not empty, only scenarios that name this one are run
	// Folders are where data is looked for that lies beside neither the rules nor the suites, SigmaHQ's regression_data among it.
	Folders    []string
	Source     source.Options
	LeastScore float64 // the share of mutants below which a mutation fails
	Kinds      []Kind  // empty: all
	Threads    int     // detections at a time; 0: 1
	Now        int64   // ticks: the time of searches that depend on it
}

// Beside is what a rule is compiled with for a test.
type Beside struct {
	Exclusions []*detection.Exclusion
	Pipelines  []string // files of pySigma's processing pipelines
	Filters    []string // files of Sigma's filters
}

// Result is what became of one test.
type Result struct {
	Rule    *compile.Rule
	Kind    Kind
	Test    string // its name; empty for a validation
	Verdict Verdict
	Reason  string   // why it did not pass; or what was found
	Details []string // more about it, in the order of weight
	Place   string   // where the test stands: file:line:column
	// Verdicts are what became of the exclusion of a scenario, and Mutation what mutants showed; empty for other kinds.
	Verdicts []suite.Verdict
	Mutation *Score
	Rows     int      // that the search gave
	Data     []string // the files that were read
	Elapsed  time.Duration
}

// InFolders looks for test data below folders: at its path as a test names it, and without its first part ("datasets").
func InFolders(folders []string) func(detection.TestData) []string {
	return func(d detection.TestData) []string {
		clean := path.Clean("/" + d.Path)[1:]
		short := strings.TrimPrefix(clean, "datasets/")
		for _, folder := range folders {
			for _, name := range []string{clean, short, path.Join("datasets", short)} {
				file := filepath.Join(folder, filepath.FromSlash(name))
				if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
					return []string{file}
				}
			}
		}
		return nil
	}
}

// Run runs the tests and gives the results in the order of the rules. It returns early, with the context's error, when that ends.
func Run(ctx context.Context, o Options, result func(Result) error) error {
	if len(o.Kinds) == 0 {
		o.Kinds = Kinds()
	}
	if o.Find == nil {
		o.Find = InFolders(o.Folders)
	}
	b := &bench{Options: o, stock: &stock{folders: o.Folders, options: o.Source}, book: &regressionBook{folders: o.Folders}}
	if b.All == nil {
		b.All = b.Rules
	}
	var lost []Result
	b.items, lost = items(o.Suites, b.Rules, b.All, o.Exclusion)
	threads := max(o.Threads, 1)
	type slot struct{ done chan []Result }
	slots := make([]slot, len(o.Rules))
	for i := range slots {
		slots[i].done = make(chan []Result, 1)
	}
	stop, cancel := context.WithCancel(ctx)
	var busy sync.WaitGroup
	defer busy.Wait()
	defer cancel()
	next := make(chan int)
	for range threads {
		busy.Go(func() {
			for i := range next {
				slots[i].done <- b.prove(stop, o.Rules[i])
			}
		})
	}
	go func() {
		defer close(next)
		for i := range o.Rules {
			select {
			case next <- i:
			case <-stop.Done():
				return
			}
		}
	}()
	for i := range slots {
		select {
		case list := <-slots[i].done:
			for _, r := range list {
				if err := result(r); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for _, r := range lost {
		if b.wants(r.Kind) {
			if err := result(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// bench is a run of tests.
type bench struct {
	Options
	stock *stock
	book  *regressionBook
	items map[*compile.Rule][]item
}

func (b *bench) wants(k Kind) bool { return slices.Contains(b.Kinds, k) }

// prove runs the tests of one rule.
func (b *bench) prove(ctx context.Context, r *compile.Rule) []Result {
	list := b.shipped(ctx, r)
	list = append(list, b.sigmaHQ(ctx, r)...)
	list = append(list, b.suites(ctx, r)...)
	return append(list, b.mutation(ctx, r)...)
}

// shipped runs the tests that Splunk's content has in the detection itself.
func (b *bench) shipped(ctx context.Context, r *compile.Rule) []Result {
	var list []Result
	o, wants := b.Options, b.wants
	if wants(Validation) {
		v := Result{Rule: r, Kind: Validation, Verdict: Pass}
		if r.Refused {
			v.Verdict, v.Reason = Fail, firstError(r)
		}
		list = append(list, v)
	}
	for i := range r.Detection.Tests {
		t := &r.Detection.Tests[i]
		if !wants(Unit) && !wants(Integration) {
			break
		}
		base := Result{Rule: r, Kind: Unit, Test: t.Name}
		verdict, reason := excused(r)
		if verdict == "" && ctx.Err() != nil {
			verdict, reason = Error, "interrupted"
		}
		if verdict != "" {
			base.Verdict, base.Reason = verdict, reason
			list = append(list, both(base, wants)...)
			continue
		}
		unit, integration := test(ctx, o, r, t)
		if wants(Unit) {
			list = append(list, unit)
		}
		if wants(Integration) {
			list = append(list, integration)
		}
	}
	return list
}

func both(r Result, wants func(Kind) bool) []Result {
	var list []Result
	for _, k := range []Kind{Unit, Integration} {
		if wants(k) {
			r.Kind = k
			list = append(list, r)
		}
	}
	return list
}

func firstError(r *compile.Rule) string {
	for _, d := range r.Diagnostics {
		if d.Severity == 0 {
			return d.Message + " [" + d.Code + "]"
		}
	}
	return "it is refused"
}

// excused says why the tests of a rule are not run.
func excused(r *compile.Rule) (Verdict, string) {
	d := r.Detection
	switch {
	case d.ManualTest != "":
		return Skip, "its author tests it by hand: " + d.ManualTest
	case d.Answer != nil && d.Answer.Kind == detection.Correlation:
		return Skip, "it reads the risk that others raise, which no single file holds"
	case d.Language == detection.SPL && d.Status != "" && d.Status != "production":
		return Skip, "its status is " + d.Status
	case r.Refused:
		return Error, "it is refused: " + firstError(r)
	case len(d.Baselines) > 0:
		return Error, "it needs a baseline to have run: " + strings.Join(d.Baselines, ", ")
	}
	return "", ""
}

// test runs one test of a rule, over each version of its data until one passes.
func test(ctx context.Context, o Options, r *compile.Rule, t *detection.Test) (unit, integration Result) {
	unit = Result{Rule: r, Kind: Unit, Test: t.Name, Verdict: Skip, Reason: "it names no data"}
	versions := [][]string{}
	for _, d := range t.Data {
		files := o.Find(d)
		if len(files) == 0 {
			unit.Reason = "its data is not here: " + d.Path
			integration = unit
			integration.Kind = Integration
			return unit, integration
		}
		versions = append(versions, files)
	}
	most := 0
	for _, files := range versions {
		most = max(most, len(files))
	}
	for v := range most {
		files := make([]string, len(versions))
		for i, of := range versions {
			files[i] = of[min(v, len(of)-1)]
		}
		started := time.Now()
		rows, err := answer(ctx, o, r, t, files)
		unit = Result{Rule: r, Kind: Unit, Test: t.Name, Rows: len(rows), Data: files}
		integration = unit
		integration.Kind = Integration
		if err != nil {
			unit.Verdict, unit.Reason = Error, err.Error()
			integration.Verdict, integration.Reason = Error, err.Error()
		} else {
			unit.Verdict, unit.Reason = unitVerdict(r.Detection, t, rows)
			integration.Verdict, integration.Reason = integrationVerdict(r.Detection, rows)
		}
		unit.Elapsed = time.Since(started)
		integration.Elapsed = unit.Elapsed
		if unit.Verdict == Pass {
			break
		}
	}
	return unit, integration
}

// answer runs a rule over the data of a test.
func answer(ctx context.Context, o Options, r *compile.Rule, t *detection.Test, files []string) ([]*finding.Finding, error) {
	labels := map[string]source.Label{}
	for i, d := range t.Data {
		labels[files[i]] = source.Label{Source: d.Source, Sourcetype: d.Sourcetype}
	}
	var rows []*finding.Finding
	s := &engine.Scan{Paths: files, Rules: []*compile.Rule{r}, Taxonomy: o.Taxonomy, Threads: 1, Now: o.Now,
		Finding: func(f *finding.Finding) error {
			if f.Detection == r.Detection {
				rows = append(rows, f)
			}
			return nil
		}}
	s.Source.Label = func(input string) source.Label {
		file, _, _ := strings.Cut(input, "!")
		return labels[file]
	}
	report, err := s.Run(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range report.Failed {
		return nil, fmt.Errorf("the search was not finished: %w", f.Diagnostics)
	}
	if report.Interrupted {
		return nil, context.Canceled
	}
	var events int64
	for _, in := range report.Inputs {
		if in.Skipped {
			return nil, fmt.Errorf("%s cannot be read: %s", in.Name, in.Why)
		}
		events += in.Events
	}
	if events == 0 {
		return nil, fmt.Errorf("no record could be read of %s", strings.Join(files, ", "))
	}
	return rows, nil
}

// null is what Splunk's content writes for a value that is missing.
const null = "null"

// unitVerdict applies the rules of a unit test.
func unitVerdict(d *detection.Detection, t *detection.Test, rows []*finding.Finding) (Verdict, string) {
	if t.Expect != nil && len(rows) != *t.Expect {
		return Fail, fmt.Sprintf("it gives %d rows where %d are expected", len(rows), *t.Expect)
	}
	if t.Expect != nil && *t.Expect == 0 {
		return Pass, ""
	}
	if len(rows) == 0 {
		return Fail, "it gives no row"
	}
	if d.Answer == nil {
		return Pass, ""
	}
	for _, o := range d.Answer.RiskObjects {
		for i, row := range rows {
			if missing(row.Fields.Get(o.Field)) {
				return Fail, fmt.Sprintf("row %d has no value in %s, for which risk is counted", i+1, o.Field)
			}
		}
	}
	for _, o := range d.Answer.ThreatObjects {
		if !slices.ContainsFunc(rows, func(f *finding.Finding) bool { return !missing(f.Fields.Get(o.Field)) }) {
			return Fail, fmt.Sprintf("no row has a value in %s, which tells the threat", o.Field)
		}
	}
	return Pass, ""
}

func missing(v event.Value) bool {
	if list := v.List(); len(list) > 0 {
		return !slices.ContainsFunc(list, func(v event.Value) bool { return !missing(v) })
	}
	text := v.Text()
	return v.IsNull() || text == "" || text == null
}

// integrationVerdict looks at what became of the rows.
func integrationVerdict(d *detection.Detection, rows []*finding.Finding) (Verdict, string) {
	a := d.Answer
	if a == nil || !a.Finding && !a.Risk {
		return Skip, "it makes neither findings nor risk"
	}
	if len(rows) == 0 {
		return Fail, "it gives no row"
	}
	if a.Finding && !slices.ContainsFunc(rows, func(f *finding.Finding) bool { return f.Notable }) {
		return Fail, "no row makes a finding"
	}
	if !a.Finding && slices.ContainsFunc(rows, func(f *finding.Finding) bool { return f.Notable }) {
		return Fail, "a row makes a finding, where only risk is declared"
	}
	for _, row := range rows {
		if len(row.Notes) > 0 {
			return Fail, row.Notes[0]
		}
	}
	if !a.Risk {
		return Pass, ""
	}
	for _, o := range a.RiskObjects {
		raised := false
		for _, row := range rows {
			for _, risk := range row.Risk {
				if risk.Type != o.Type || risk.Score != o.Score || !holds(row.Fields.Get(o.Field), risk.Object) {
					continue
				}
				raised = true
			}
		}
		if !raised {
			return Fail, fmt.Sprintf("no risk of %d is raised for %s (%s)", o.Score, o.Field, o.Type)
		}
	}
	return Pass, ""
}

// holds says whether a value is a text, or a list with it.
func holds(v event.Value, text string) bool {
	for _, e := range v.List() {
		if e.Text() == text {
			return true
		}
	}
	return v.Text() == text
}
