package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/suite"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/prove"
	"goshawk/taxonomy"
)

// testFlags are what test can be told.
type testFlags struct {
	rules      ruleFlags
	data       pathList
	kinds      choices
	format     choice
	junit      string
	threads    number
	now        moment
	changed    string
	score      string
	all        bool
	noProgress bool
	quiet      bool
}

func (p program) testCommand() *cobra.Command {
	var f testFlags
	c := &cobra.Command{
		Use:   "test [PATH…]",
		Short: "Run the tests that detections ship with",
		Long: `Test runs the tests of detections: over the data that each names, which is looked for below the folders of --data (a
checkout of attack_data, or a folder laid out like it). Paths are rule files and folders; without any, the built-in pack is tested.

A validation says whether the detection can be read at all. A unit test passes if the detection gives rows with a value in every
field for which risk is counted. An integration test looks at the findings and the risk that come of them. What cannot be tested
here (no data, a status other than production, a test by hand) is skipped, and what broke is an error: neither counts as passed.
The exit status is 1 if a test failed or broke.`,
		Example: `  goshawk test
  goshawk test security_content --data attack_data --junit report.xml
  goshawk test my-detection.yml --data data --only unit`,
		RunE: func(c *cobra.Command, args []string) error { return p.test(c.Context(), &f, args) },
	}
	f.rules.bind(c)
	flags := c.Flags()
	flags.Var(&f.data, "data", "folder with the data of tests; may be repeated")
	f.kinds.choice = choice{what: "kind"}
	for _, k := range prove.Kinds() {
		f.kinds.words = append(f.kinds.words, string(k))
	}
	flags.Var(&f.kinds, "only", "only tests of these kinds: "+strings.Join(f.kinds.words, ", "))
	f.format = choice{what: "format", words: []string{"table", "json", "ndjson"}, value: "table"}
	flags.VarP(&f.format, "format", "f", "table, json (one object), ndjson (one object per test)")
	flags.StringVar(&f.junit, "junit", "", "also write JUnit XML to `FILE`")
	f.threads.most = maxThreads
	flags.VarP(&f.threads, "threads", "j", "detections tested at a time (default: one for each core)")
	flags.Var(&f.now, "now", "take `TIME` for the present in searches that ask for it")
	flags.StringVar(&f.changed, "changed", "", "only detections of which the file or the tests differ from the git `REVISION` (without one: HEAD)")
	flags.Lookup("changed").NoOptDefVal = "HEAD"
	flags.StringVar(&f.score, "score", "", "fail a mutation if less than this `SHARE` of the mutants is noticed, such as 80%")
	flags.BoolVar(&f.all, "all", false, "list tests that passed or were skipped, too (they are if there are few detections)")
	flags.BoolVar(&f.noProgress, "no-progress", false, "no count of what is done")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no summary on standard error")
	complete(c, "only", &f.kinds.choice)
	complete(c, "format", &f.format)
	return c
}

// testedTest is a result in the shape that other programs rely on.
type testedTest struct {
	ID      jsonText `json:"id"`
	Title   jsonText `json:"title"`
	Path    jsonText `json:"path"`
	Kind    string   `json:"kind"`
	Test    jsonText `json:"test,omitempty"`
	Verdict string   `json:"verdict"`
	Reason  jsonText `json:"reason,omitempty"`
	Rows    int      `json:"rows"`
	// Place is where the test stands, Verdicts what became of the exclusion of a scenario, Details more about either.
	Place    jsonText        `json:"place,omitempty"`
	Verdicts []suite.Verdict `json:"verdicts,omitempty"`
	Details  []jsonText      `json:"details,omitempty"`
	Mutation *testedMutation `json:"mutation,omitempty"`
	Data     []jsonText      `json:"data,omitempty"`
	Seconds  float64         `json:"seconds"`
}

// testedMutation is what mutants of a detection showed.
type testedMutation struct {
	Mutants  int            `json:"mutants"`
	Noticed  int            `json:"noticed"`
	Survived []testedMutant `json:"survived,omitempty"`
}

type testedMutant struct {
	Clause jsonText `json:"clause"`
	Change string   `json:"change"`
}

func tested(r prove.Result) testedTest {
	d := r.Rule.Detection
	one := testedTest{ID: jsonText(d.ID), Title: jsonText(d.Title), Path: jsonText(d.Path), Kind: string(r.Kind), Test: jsonText(r.Test), Verdict: string(r.Verdict),
		Reason: jsonText(r.Reason), Rows: r.Rows, Seconds: float64(r.Elapsed.Round(time.Millisecond)) / float64(time.Second)}
	one.Place, one.Verdicts = jsonText(r.Place), r.Verdicts
	for _, detail := range r.Details {
		one.Details = append(one.Details, jsonText(detail))
	}
	if m := r.Mutation; m != nil {
		one.Mutation = &testedMutation{Mutants: m.Mutants, Noticed: m.Noticed}
		for _, s := range m.Survived {
			one.Mutation.Survived = append(one.Mutation.Survived, testedMutant{jsonText(s.Clause), s.Change})
		}
	}
	for _, path := range r.Data {
		one.Data = append(one.Data, jsonText(path))
	}
	return one
}

// testedAll are all results in the shape that other programs, and rules show --results, rely on.
type testedAll struct {
	Time    string                               `json:"time"`
	Version jsonText                             `json:"version"`
	Tests   []testedTest                         `json:"tests"`
	Summary map[prove.Kind]map[prove.Verdict]int `json:"summary"`
}

// areFolders returns an error for the paths that are no folders.
func areFolders(paths []string) error {
	for _, path := range paths {
		if info, err := os.Stat(path); err != nil {
			return fail(exitUsage, "--data: cannot read %s: %w", path, cause(err))
		} else if !info.IsDir() {
			return fail(exitUsage, "--data: %s is no folder", path)
		}
	}
	return nil
}

// presentOf returns what the flag --now says, or the present, in ticks.
func presentOf(m *moment) int64 {
	if m.ticks != 0 {
		return m.ticks
	}
	return event.TicksOf(time.Now())
}

// test runs the test command.
func (p program) test(ctx context.Context, f *testFlags, paths []string) error {
	f.rules.paths.values = append(f.rules.paths.values, paths...)
	if err := areFolders(f.data.values); err != nil {
		return err
	}
	if f.now.relative {
		return fail(exitUsage, "--now: %q is told from the present; write it like 2026-05-12T08:00:00Z", f.now.text)
	}
	t := taxonomy.Default()
	f.rules.exclusions.now = &f.now
	set, err := f.rules.load(p, t, f.threads.value)
	if err != nil {
		return err
	}
	picked, err := f.rules.choose(set, true)
	if err != nil {
		return err
	}
	rules := keep(picked.rules, func(r *compile.Rule) bool { return !isBaseline(r.Detection) })
	if len(rules) == 0 {
		return noRules(picked)
	}
	baselines := len(picked.rules) - len(rules)
	suites, err := p.suites(f.rules.named())
	if err != nil {
		return err
	}
	excluded, err := f.rules.exclusions.load(f.rules.named())
	if err != nil {
		return err
	}
	// Tests are about rules that lie beside those that were chosen as well: a translation, say.
	o := prove.Options{Rules: rules, All: set.Rules, Suites: suites, Folders: f.data.values, Taxonomy: t, Threads: f.threads.value, Now: presentOf(&f.now), Exclusions: excluded, Reload: f.rules.reloader(p, t)}
	if f.changed != "" {
		changed, err := p.changedSince(ctx, f.changed)
		if err != nil {
			return err
		}
		if rules = keepChanged(rules, suites, changed); len(rules) == 0 {
			fmt.Fprintf(p.stderr, " nothing to test: no detection differs from %s\n", f.changed)
			return nil
		}
		o.Rules = rules
	}
	if o.LeastScore, err = shareOf(f.score); err != nil {
		return err
	}
	junit, err := p.junitOutput(f)
	if err != nil {
		return err
	}
	run := testRun{program: p, flags: f, few: len(rules) <= fewRules, total: len(rules), bar: !f.noProgress && !f.quiet && isTerminal(p.stderr)}
	if o.Threads == 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	for _, k := range f.kinds.values {
		o.Kinds = append(o.Kinds, prove.Kind(k))
	}
	err = prove.Run(ctx, o, run.take)
	run.clear()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted && !errors.Is(err, errNoReader) {
		return err
	}
	if f.format.value == "json" {
		if err := p.write(append(jsonOf(run.all(o.Now)), '\n')); err != nil {
			return err
		}
	}
	if junit != nil {
		if err := errors.Join(prove.JUnit(junit, run.results), junit.finish()); err != nil {
			return fail(exitUsage, "--junit: cannot write %s: %w", f.junit, cause(err))
		}
	}
	if !f.quiet && !run.unread {
		run.talk(len(set.Rules)-len(picked.rules), baselines)
	}
	switch {
	case interrupted:
		return failure{exitInterrupted, nil}
	case slices.ContainsFunc(run.results, func(r prove.Result) bool { return r.Verdict == prove.Fail || r.Verdict == prove.Error }):
		return failure{exitFindings, nil}
	}
	return nil
}

// shareOf reads a share: 80%, or 0.8.
func shareOf(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	share, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share <= 1) {
		return 0, fail(exitUsage, "--score: %q is no share; write it like 80%% or 0.8", text)
	}
	return share, nil
}

func isBaseline(d *detection.Detection) bool {
	return d.Answer != nil && d.Answer.Kind == detection.Baseline
}

// junitOutput opens the file of --junit; nil if there is none.
func (p program) junitOutput(f *testFlags) (*output, error) {
	if f.junit == "" {
		return nil, nil
	}
	if f.junit == "-" {
		return nil, fail(exitUsage, "--junit: name a file; standard output is for the results")
	}
	outs := outputs{program: p, read: append(append([]string(nil), f.rules.paths.values...), f.data.values...)}
	out, err := outs.open("junit", f.junit)
	if err == nil {
		err = outs.begin()
	}
	if err != nil {
		outs.abandon()
	}
	return out, err
}

// fewRules is how many detections are so few that each result is worth a line.
const fewRules = 10

// testRun takes results as they come.
type testRun struct {
	program
	flags   *testFlags
	few     bool
	total   int
	bar     bool
	drawn   bool
	done    int
	bad     int
	unread  bool // nobody reads standard output any more
	results []prove.Result
}

func (t *testRun) take(r prove.Result) error {
	if len(t.results) == 0 || t.results[len(t.results)-1].Rule != r.Rule {
		t.done++
	}
	t.results = append(t.results, r)
	if isBad(r) {
		t.bad++
	}
	if !t.unread {
		t.clear()
		switch err := t.show(r); {
		case isBrokenPipe(err) && t.flags.junit == "":
			t.unread = true
			return errNoReader
		case isBrokenPipe(err):
			t.unread = true
		case err != nil:
			return unwritable("standard output", err)
		}
	}
	if t.bar {
		t.drawn = true
		fmt.Fprintf(t.stderr, "\r\x1b[K%s of %s tested, %s", count(t.done), plural(t.total, "detection"), plural(t.bad, "failure"))
	}
	return nil
}

func (t *testRun) clear() {
	if t.drawn {
		fmt.Fprint(t.stderr, "\r\x1b[K")
		t.drawn = false
	}
}

func isBad(r prove.Result) bool { return r.Verdict == prove.Fail || r.Verdict == prove.Error }

// show writes one result as it comes.
func (t *testRun) show(r prove.Result) error {
	var line string
	switch t.flags.format.value {
	case "ndjson":
		line = string(jsonOf(tested(r)))
	case "table":
		if !isBad(r) && !t.flags.all && !t.few {
			return nil
		}
		line = fmt.Sprintf("%-5s  %-11s  %s", r.Verdict, r.Kind, orDash(titleOf(r.Rule.Detection)))
		if r.Test != "" {
			line += ": " + diag.Printable(r.Test)
		}
		switch {
		case r.Reason != "":
			line += "\n" + indented(r.Reason, "       ")
		case r.Kind == prove.Unit:
			line += fmt.Sprintf(" (%s)", plural(r.Rows, "row"))
		}
		for _, detail := range r.Details {
			line += "\n" + indented("- "+detail, "       ")
		}
	default:
		return nil
	}
	_, err := io.WriteString(t.stdout, line+"\n")
	return err
}

// indented makes the lines of a text safe for a terminal and puts something in front of each.
func indented(text, lead string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = lead + diag.Printable(l)
	}
	return strings.Join(lines, "\n")
}

func titleOf(d *detection.Detection) string {
	if d.Title != "" {
		return d.Title
	}
	return d.Path
}

func (t *testRun) all(now int64) testedAll {
	all := testedAll{Time: event.FormatTime(now), Version: jsonText(version()), Tests: []testedTest{}, Summary: tallyOf(t.results)}
	for _, r := range t.results {
		all.Tests = append(all.Tests, tested(r))
	}
	return all
}

// tallyOf counts verdicts by kind.
func tallyOf(results []prove.Result) map[prove.Kind]map[prove.Verdict]int {
	out := map[prove.Kind]map[prove.Verdict]int{}
	for _, r := range results {
		if out[r.Kind] == nil {
			out[r.Kind] = map[prove.Verdict]int{prove.Pass: 0, prove.Fail: 0, prove.Skip: 0, prove.Error: 0}
		}
		out[r.Kind][r.Verdict]++
	}
	return out
}

// talk writes the summary: the verdicts by kind, and why tests were skipped.
func (t *testRun) talk(left, baselines int) {
	say := func(label, text string) { fmt.Fprintf(t.stderr, " %-13s%s\n", label, text) }
	tally := tallyOf(t.results)
	for _, k := range prove.Kinds() {
		if n := tally[k]; n != nil {
			say(string(k), fmt.Sprintf("%s passed, %s failed, %s skipped, %s could not be run", count(n[prove.Pass]), count(n[prove.Fail]), count(n[prove.Skip]), count(n[prove.Error])))
		}
	}
	skipped := map[string]int{}
	for _, r := range t.results {
		if r.Verdict == prove.Skip {
			reason, _, _ := strings.Cut(r.Reason, ":")
			skipped[reason]++
		}
	}
	reasons := sortedKeys(skipped)
	slices.SortStableFunc(reasons, func(a, b string) int { return skipped[b] - skipped[a] })
	for _, reason := range reasons {
		say("skipped", count(skipped[reason])+": "+diag.Printable(reason))
	}
	if left > 0 {
		say("left out", plural(left, "detection")+", by flags or as deprecated (--status any)")
	}
	if baselines > 0 {
		say("left out", plural(baselines, "baseline")+", which give no findings")
	}
	if n := skipped["its data is not here"]; n > 0 && len(t.flags.data.values) == 0 {
		say("hint", "name the folder of the test data with --data")
	} else if n > 0 && !slices.ContainsFunc(t.results, func(r prove.Result) bool { return len(r.Data) > 0 }) {
		say("hint", "no data was found below "+diag.Printable(strings.Join(t.flags.data.values, ", "))+"; it lies there under the paths that tests name")
	}
}
