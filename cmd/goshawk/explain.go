package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/source"
	"goshawk/taxonomy"
)

// explainFlags are what explain can be told.
type explainFlags struct {
	rules  ruleFlags
	read   readFlags
	stage  choice
	limit  number
	record recordNumber
	all    bool
	format choice
	at     moment
}

// recordNumber is the number of a record; set says that there is one.
type recordNumber struct {
	number
	set bool
}

func (r *recordNumber) String() string {
	if !r.set {
		return ""
	}
	return r.number.String()
}

func (r *recordNumber) Set(text string) error {
	err := r.number.Set(text)
	r.set = err == nil
	return err
}

func (p program) explainCommand() *cobra.Command {
	f := explainFlags{stage: choice{what: "stage", words: []string{"plan", "rewritten"}}, limit: number{value: 20},
		format: choice{what: "format", words: []string{"text", "json"}}}
	c := &cobra.Command{
		Use:   "explain RULE EVENTS",
		Short: "Say why a rule holds for an event, or does not, clause by clause and stage by stage",
		Long: `Explain evaluates one rule, named by its file, its id (or the first 8 characters of it) or its title, on each event of a log
file, folder or archive ('-' is standard input). Of a Sigma rule it shows every clause with the value it met and its verdict; of a search in
SPL or a query in KQL every stage: passed, dropped with the condition that dropped it, or not reached. A rule that gathers events is run
over all of them, and shows which row an event went into and what became of the row. Exclusions that suppress a match are named, and so
are the runs of the rule's schedule that would see the event. Events that are not of the rule's log source are counted, and shown with
--all.`,
		Example: `  goshawk explain d2d642d7 examples/at/audit.log
  goshawk explain my-rule.yml event.json
  goshawk explain 4be54858 logs/ --record 81214 -f json
  goshawk explain 4be54858 logs/ --at 2026-10-03T12:00:00Z
  goshawk explain my-rule.yml --stage plan`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 2 || len(args) == 1 && f.stage.value != "" {
				return nil
			}
			return fail(exitUsage, "explain wants a rule and a log file\nTry 'goshawk explain --help'")
		},
		RunE: func(c *cobra.Command, args []string) error { return p.explain(c.Context(), &f, args) },
	}
	f.rules.bindPaths(c)
	c.Flags().StringArrayVar(&f.rules.ids, "rule-id", nil, "the rule of this `ID` or title, of a file that holds several")
	f.read.bind(c)
	c.Flags().Var(&f.limit, "limit", "show at most so many events; 0 shows all")
	c.Flags().Var(&f.record, "record", "only the event of this record number, or line")
	c.Flags().BoolVar(&f.all, "all", false, "also show events that are not of the rule's log source")
	c.Flags().VarP(&f.format, "format", "f", "text, or json (one object for each event; default: text)")
	c.Flags().Var(&f.at, "at", "explain as of the first run of the rule's schedule at `TIME` or later: only events of its window count; for a rule without a schedule, take TIME for the present")
	c.Flags().Var(&f.stage, "stage", "print the plan of the rule instead: plan (as its author wrote it), rewritten (as it is run)")
	complete(c, "format", &f.format)
	complete(c, "stage", &f.stage)
	return c
}

// explain runs the explain command.
func (p program) explain(ctx context.Context, f *explainFlags, args []string) error {
	if f.at.relative {
		return fail(exitUsage, "--at: %q is told from the present; write it like 2026-05-12T08:00:00Z", f.at.text)
	}
	if len(args) == 2 {
		if err := allExist(args[1:]); err != nil {
			return err
		}
	}
	rule, err := f.rule(p, args[0])
	if err != nil {
		return err
	}
	if f.stage.value != "" {
		return f.printPlan(p, rule)
	}
	x := explainer{flags: f, rule: rule, path: args[1], out: bufio.NewWriterSize(p.stdout, 1<<16), colors: p.colors(p.stdout)}
	return x.run(ctx, p)
}

// rule returns the one rule to explain.
func (f *explainFlags) rule(p program, name string) (*compile.Rule, error) {
	rules, err := f.rules.mean(p, name)
	if err != nil {
		return nil, err
	}
	if len(f.rules.ids) > 0 {
		all := rules
		if rules = compile.Named(all, f.rules.ids[0]); rules == nil {
			return nil, unknownRule(all, f.rules.ids[0], []string{name})
		}
	}
	if len(rules) > 1 {
		var list strings.Builder
		for _, r := range rules {
			fmt.Fprintf(&list, "\n  %s  %s", orDash(r.Detection.ID), orDash(r.Detection.Title))
		}
		return nil, fail(exitUsage, "%s holds %s; name one with --rule-id:%s", name, plural(len(rules), "rule"), list.String())
	}
	if rules[0].Refused {
		return nil, refusal(ruleNames(rules)+" cannot run", rules[0].Diagnostics)
	}
	return rules[0], nil
}

// printPlan prints the plan of the rule before or behind rewriting.
func (f *explainFlags) printPlan(p program, rule *compile.Rule) error {
	if f.stage.value == "rewritten" {
		return p.write([]byte(planText(rule)))
	}
	x := engine.NewExplainer(rule, taxonomy.Default())
	if err := f.when(x); err != nil {
		return err
	}
	n, err := x.Plan()
	if err != nil {
		return failure{exitRule, err}
	}
	return p.write([]byte(strings.TrimRight(plan.String(n), "\n") + "\n"))
}

// when sets the time as of which the rule is explained.
func (f *explainFlags) when(x *engine.Explainer) error {
	if f.at.text == "" {
		return nil
	}
	if !x.Scheduled() {
		x.Now = f.at.ticks
		return nil
	}
	slot, ok := x.SlotAt(f.at.ticks)
	if !ok {
		return fail(exitUsage, "--at: the rule is not run at %s or later", event.FormatTime(f.at.ticks))
	}
	x.At = &slot
	return nil
}

// explainer shows what a rule sees in the events of a log.
type explainer struct {
	flags  *explainFlags
	rule   *compile.Rule
	path   string
	out    *bufio.Writer
	colors bool

	ctx                     context.Context
	explain                 *engine.Explainer
	inputs                  []engine.InputReport
	events, foreign         int // of those that --record asks for
	shown, matched, hidden  int
	suppressed              int
	waiting                 []waitingEvent
	all                     int64
	problems                int64
	failed, writing         error
	firstRecord, lastRecord uint64
}

// waitingEvent is an event of which can be said what a rule sees in it when all have been read.
type waitingEvent struct {
	event  *event.Event
	hidden bool // it is only counted
}

func (x *explainer) run(ctx context.Context, p program) error {
	x.ctx, x.explain = ctx, engine.NewExplainer(x.rule, taxonomy.Default())
	if err := x.flags.when(x.explain); err != nil {
		return err
	}
	err := source.ForEach(ctx, []string{x.path}, x.flags.read.options(ctx, p), func(ev *event.Event) bool {
		x.event(ev)
		return x.writing == nil && x.failed == nil
	}, func(in *source.Input) {
		report := engine.InputReport{Name: in.Name, Why: in.Skipped, Skipped: in.Skipped != ""}
		if in.Format != nil {
			report.Format = in.Format.Name
		}
		x.inputs = append(x.inputs, report)
	}, x.problem)
	if err == nil && ctx.Err() == nil {
		x.settle()
	}
	switch {
	case x.writing != nil:
		return unwritable("standard output", x.writing)
	case ctx.Err() != nil:
		_ = x.out.Flush() // what was explained until then
		return failure{exitInterrupted, nil}
	case x.failed != nil:
		_ = x.out.Flush()
		return failure{exitRule, x.failed}
	case err != nil:
		return failure{exitInput, err}
	}
	cannotRead := unread([]string{x.path}, x.inputs, false)
	if x.all == 0 && cannotRead != nil {
		return cannotRead
	}
	if x.events == 0 && x.flags.record.set {
		return x.noRecord()
	}
	if x.flags.format.value != "json" {
		fmt.Fprintln(x.out, x.summary())
	}
	if err := x.out.Flush(); err != nil {
		return unwritable("standard output", err)
	}
	x.talk(p)
	return cannotRead
}

// event counts an event, and shows it if it is one to be shown.
func (x *explainer) event(ev *event.Event) {
	x.all++
	x.inputs[len(x.inputs)-1].Events++
	if x.firstRecord == 0 || ev.Origin.Record < x.firstRecord {
		x.firstRecord = ev.Origin.Record
	}
	x.lastRecord = max(x.lastRecord, ev.Origin.Record)
	if x.explain.Waits() {
		if x.failed = x.explain.Note(ev); x.failed != nil {
			return
		}
	}
	if x.flags.record.set && ev.Origin.Record != uint64(x.flags.record.value) {
		return
	}
	x.events++
	e := x.explain.Event(ev)
	if e.Foreign {
		x.foreign++
		if !x.flags.all {
			return
		}
	}
	show := x.flags.limit.value == 0 || x.shown < x.flags.limit.value
	if show {
		x.shown++
	} else {
		x.hidden++
	}
	switch {
	case x.explain.Waits() && show:
		x.waiting = append(x.waiting, waitingEvent{event: ev.Clone()})
	case x.explain.Waits():
		if e.Match {
			x.waiting = append(x.waiting, waitingEvent{event: ev.Clone(), hidden: true})
		}
	default:
		x.tell(ev, show)
	}
}

// settle says what had to wait until all events were read.
func (x *explainer) settle() {
	if !x.explain.Waits() || x.failed != nil {
		return
	}
	if x.failed = x.explain.Settle(x.ctx); x.failed != nil {
		return
	}
	for _, w := range x.waiting {
		if x.tell(w.event, !w.hidden); x.failed != nil || x.writing != nil {
			return
		}
	}
}

// tell counts the verdict on an event, and shows why it is so.
func (x *explainer) tell(ev *event.Event, show bool) {
	var verdict string
	var e *engine.Explanation
	if show {
		if e, x.failed = x.explain.Explain(x.ctx, ev); e != nil {
			verdict = e.Verdict
		}
	} else {
		verdict, x.failed = x.explain.Verdict(x.ctx, ev)
	}
	switch {
	case x.failed != nil:
		return
	case verdict == engine.VerdictMatch:
		x.matched++
	case verdict == engine.VerdictSuppressed:
		x.suppressed++
	}
	if !show {
		return
	}
	if x.flags.format.value == "json" {
		_, x.writing = x.out.Write(append(x.json(ev, e), '\n'))
		return
	}
	_, x.writing = x.out.WriteString(x.text(ev, e))
}

func (x *explainer) problem(problem source.Problem) {
	x.problems++
	in := &x.inputs[len(x.inputs)-1]
	if problem.Lost {
		in.Lost++
	}
	if len(in.Problems) < 1 {
		in.Problems = append(in.Problems, problem)
	}
}

// noRecord says that there is no such record as the user asked for.
func (x *explainer) noRecord() error {
	text := fmt.Sprintf("%s has no record %s", x.path, x.flags.record.String())
	if x.all > 0 {
		text += fmt.Sprintf("; its %s %s numbered %d to %d", plural(x.all, "record"), be(x.all), x.firstRecord, x.lastRecord)
	}
	return fail(exitUsage, "%s", text)
}

// talk remarks on what was not read.
func (x *explainer) talk(p program) {
	skipped := 0
	for _, in := range x.inputs {
		if in.Skipped {
			skipped++
		}
	}
	if skipped > 0 {
		p.talk("%s not read (goshawk scan --skipped says why)", plural(skipped, "file"))
	}
	if x.problems > 0 {
		p.talk("%s while reading %s (goshawk scan --skipped lists them)", plural(x.problems, "problem"), x.path)
	}
}
