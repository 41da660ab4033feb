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
	f := explainFlags{stage: choice{what: "stage", words: []string{"plan"}}, limit: number{value: 20}}
	c := &cobra.Command{
		Use:   "explain RULE EVENTS",
		Short: "Say why a rule holds for an event, or does not, clause by clause",
		Long: `Explain evaluates one rule, named by its file, its id (or the first 8 characters of it) or its title, on each event of a log
file, folder or archive ('-' is standard input) and shows every clause with the value it met and its verdict. Events that
are not of the rule's log source are counted, and shown with --all.`,
		Example: `  goshawk explain d2d642d7 examples/at/audit.log
  goshawk explain my-rule.yml event.json
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
	c.Flags().Var(&f.stage, "stage", "print a stage of the rule instead: plan")
	complete(c, "stage", &f.stage)
	return c
}

// explain runs the explain command.
func (p program) explain(ctx context.Context, f *explainFlags, args []string) error {
	if len(args) == 2 {
		if err := allExist(args[1:]); err != nil {
			return err
		}
	}
	rule, err := f.rule(p, args[0])
	if err != nil {
		return err
	}
	if f.stage.value == "plan" {
		return p.write([]byte(planText(rule)))
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
		if rules = find(all, f.rules.ids[0]); rules == nil {
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

// explainer shows a rule's clauses for the events of a log.
type explainer struct {
	flags  *explainFlags
	rule   *compile.Rule
	path   string
	out    *bufio.Writer
	colors bool

	inputs                  []engine.InputReport
	events, foreign         int // of those that --record asks for
	shown, matched, hidden  int
	all                     int64
	problems                int64
	writing                 error
	firstRecord, lastRecord uint64
}

func (x *explainer) run(ctx context.Context, p program) error {
	explain := engine.NewExplainer(x.rule, taxonomy.Default())
	err := source.ForEach(ctx, []string{x.path}, x.flags.read.options(ctx, p), func(ev *event.Event) bool {
		x.event(ev, explain)
		return x.writing == nil
	}, func(in *source.Input) {
		report := engine.InputReport{Name: in.Name, Why: in.Skipped, Skipped: in.Skipped != ""}
		if in.Format != nil {
			report.Format = in.Format.Name
		}
		x.inputs = append(x.inputs, report)
	}, x.problem)
	switch {
	case x.writing != nil:
		return unwritable("standard output", x.writing)
	case ctx.Err() != nil:
		_ = x.out.Flush() // what was explained until then
		return failure{exitInterrupted, nil}
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
	fmt.Fprintln(x.out, x.summary())
	if err := x.out.Flush(); err != nil {
		return unwritable("standard output", err)
	}
	x.talk(p)
	return cannotRead
}

// event counts an event, and shows it if it is one to be shown.
func (x *explainer) event(ev *event.Event, explain *engine.Explainer) {
	x.all++
	x.inputs[len(x.inputs)-1].Events++
	if x.firstRecord == 0 || ev.Origin.Record < x.firstRecord {
		x.firstRecord = ev.Origin.Record
	}
	x.lastRecord = max(x.lastRecord, ev.Origin.Record)
	if x.flags.record.set && ev.Origin.Record != uint64(x.flags.record.value) {
		return
	}
	x.events++
	e := explain.Event(ev)
	switch {
	case e.Foreign:
		x.foreign++
		if !x.flags.all {
			return
		}
	case e.Match:
		x.matched++
	}
	if limit := x.flags.limit.value; limit > 0 && x.shown >= limit {
		x.hidden++
		return
	}
	x.shown++
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
