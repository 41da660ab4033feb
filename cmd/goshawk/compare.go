package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/prove"
	"goshawk/taxonomy"
)

// compareFlags are what compare can be told.
type compareFlags struct {
	rules   ruleFlags
	read    readFlags
	format  choice
	limit   number
	threads number
	now     moment
}

func (p program) compareCommand() *cobra.Command {
	f := compareFlags{limit: number{value: 5}}
	c := &cobra.Command{
		Use:   "compare A B [DATA…]",
		Short: "Show the events that one of two detections finds and the other does not",
		Long: `Compare runs two detections, of whatever languages, over the same logs and lists the events that only one of them finds, with the
clauses of the other that are not met. A and B are files, ids (or the first 8 characters of one) or titles.

Without logs it makes events near the edges of both: each literal met and just missed, in the other case, with something around it,
fields empty and absent, and the same on the records of other products and systems. That finds differences; that it finds none is
no proof that there are none.

The exit status is 0 if no event tells the two apart, 1 if one does.`,
		Example: `  goshawk compare d2d642d7 3f9b6a52
  goshawk compare d2d642d7 3f9b6a52 examples/at/audit.log
  goshawk compare rule.yml translated.kql logs.zip -f json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fail(exitUsage, "compare wants two detections\nTry 'goshawk compare --help'")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.compareTwo(c.Context(), &f, args) },
	}
	f.rules.bindPaths(c)
	f.read.bind(c)
	f.format = choice{what: "format", words: []string{"table", "json"}, value: "table"}
	c.Flags().VarP(&f.format, "format", "f", "table, json (one object)")
	c.Flags().Var(&f.limit, "limit", "show at most so many kinds of difference on each side; 0 shows all")
	f.threads.most = maxThreads
	c.Flags().VarP(&f.threads, "threads", "j", "number of workers (default: one for each core)")
	c.Flags().Var(&f.now, "now", "take `TIME` for the present in searches that ask for it")
	complete(c, "format", &f.format)
	return c
}

// compareTwo runs the compare command.
func (p program) compareTwo(ctx context.Context, f *compareFlags, args []string) error {
	if err := allExist(args[2:]); err != nil {
		return err
	}
	if f.now.relative {
		return fail(exitUsage, "--now: %q is told from the present; write it like 2026-05-12T08:00:00Z", f.now.text)
	}
	var pair [2]*compile.Rule
	for i := range pair {
		flags := explainFlags{rules: f.rules}
		rule, err := flags.rule(p, args[i])
		if err != nil {
			return err
		}
		pair[i] = rule
	}
	o := prove.Compare{A: pair[0], B: pair[1], Paths: args[2:], Source: f.read.options(ctx, p), Taxonomy: taxonomy.Default(),
		Threads: f.threads.value, Now: presentOf(&f.now)}
	result, err := o.Run(ctx)
	switch {
	case errors.Is(err, context.Canceled):
		return failure{exitInterrupted, nil}
	case err != nil:
		return fail(exitRule, "%w", err)
	}
	if len(o.Paths) > 0 {
		if err := unread(o.Paths, result.Report.Inputs, false); err != nil && result.Events == 0 {
			return err
		}
	}
	if f.format.value == "json" {
		err = p.write(append(jsonOf(comparedAs(&o, result, f.limit.value)), '\n'))
	} else {
		err = p.showComparison(&o, result, f.limit.value)
	}
	if err == nil && !result.Same() {
		return failure{exitFindings, nil}
	}
	return err
}

// comparedRule and compared are a comparison in the shape that other programs rely on.
type comparedRule struct {
	ID       jsonText `json:"id"`
	Title    jsonText `json:"title"`
	Language string   `json:"language"`
	Path     jsonText `json:"path"`
}

type compared struct {
	A           comparedRule         `json:"a"`
	B           comparedRule         `json:"b"`
	Events      int64                `json:"events"`
	Made        bool                 `json:"made"`
	Templates   []string             `json:"templates,omitempty"`
	Untried     int                  `json:"untried,omitempty"` // literals and events beyond what is made
	Both        int                  `json:"both"`
	OnlyA       int                  `json:"only_a"`
	OnlyB       int                  `json:"only_b"`
	Differences []comparedDifference `json:"differences"`
}

type comparedDifference struct {
	Only    string           `json:"only"`  // a or b
	Count   int              `json:"count"` // of events for which the same clauses are responsible; one of them is told of
	Source  jsonText         `json:"source"`
	Record  uint64           `json:"record"`
	Event   jsonText         `json:"event,omitempty"` // of one that was made: what was made of it
	Clauses []comparedClause `json:"clauses"`         // of the other, which the event does not meet
}

type comparedClause struct {
	Clause jsonText `json:"clause"`
	Field  jsonText `json:"field,omitempty"`
	Value  jsonText `json:"value,omitempty"`
	Absent bool     `json:"absent,omitempty"`
}

func comparedAs(o *prove.Compare, r *prove.Comparison, limit int) compared {
	rule := func(r *compile.Rule) comparedRule {
		d := r.Detection
		return comparedRule{jsonText(d.ID), jsonText(d.Title), string(d.Language), jsonText(d.Path)}
	}
	out := compared{A: rule(o.A), B: rule(o.B), Events: r.Events, Made: r.Made, Templates: r.Bases, Untried: r.Left, Both: r.Both, OnlyA: r.OnlyA, OnlyB: r.OnlyB,
		Differences: []comparedDifference{}}
	shown := map[bool]int{}
	for _, g := range r.Groups {
		if shown[g.OnlyA]++; limit > 0 && shown[g.OnlyA] > limit {
			continue
		}
		d := g.Example
		one := comparedDifference{Only: "b", Count: g.Count, Source: jsonText(d.Evidence.Source), Record: d.Evidence.Record, Event: jsonText(d.Event), Clauses: []comparedClause{}}
		if d.OnlyA {
			one.Only = "a"
		}
		for _, c := range d.Clauses {
			one.Clauses = append(one.Clauses, comparedClause{jsonText(c.Text), jsonText(c.Field), jsonText(c.Value), c.Absent})
		}
		out.Differences = append(out.Differences, one)
	}
	return out
}

// showComparison writes a comparison for people.
func (p program) showComparison(o *prove.Compare, r *prove.Comparison, limit int) error {
	var b strings.Builder
	w := bufio.NewWriter(&b)
	for i, rule := range []*compile.Rule{o.A, o.B} {
		fmt.Fprintf(w, " %c  %s (%s)\n", 'A'+i, diag.Printable(titleOf(rule.Detection)), rule.Detection.Language)
	}
	fmt.Fprintf(w, "\n %s", plural(r.Events, "event"))
	if r.Made {
		fmt.Fprintf(w, " made near the edges of both, of %s", strings.Join(slices.Compact(slices.Clone(r.Bases)), ", "))
		if r.Left > 0 {
			fmt.Fprintf(w, " (%s more were not tried)", count(r.Left))
		}
	}
	fmt.Fprintf(w, "\n both %s   only A %s   only B %s\n", count(r.Both), count(r.OnlyA), count(r.OnlyB))
	for _, side := range []struct {
		name  string
		other string
		onlyA bool
		all   int
	}{{"A", "B", true, r.OnlyA}, {"B", "A", false, r.OnlyB}} {
		shown, told := 0, 0
		for _, g := range r.Groups {
			if g.OnlyA != side.onlyA || limit > 0 && shown == limit {
				continue
			}
			shown++
			told += g.Count
			d := g.Example
			fmt.Fprintf(w, "\n only %s  %s", side.name, plural(g.Count, "event"))
			for i, c := range d.Clauses {
				if i == 0 {
					fmt.Fprintf(w, ", because of %s:\n", side.other)
				}
				fmt.Fprintf(w, "   %s\n", diag.Printable(c.Text))
			}
			place := fmt.Sprintf("%s record %d", diag.Printable(d.Evidence.Source), d.Evidence.Record)
			if d.Event != "" {
				place = diag.Printable(d.Event)
			}
			fmt.Fprintf(w, "   such as %s\n", place)
			for _, c := range d.Clauses {
				if text := c.Met(); text != "" {
					fmt.Fprintf(w, "     %s\n", diag.Printable(text))
				}
			}
		}
		if more := side.all - told; more > 0 {
			fmt.Fprintf(w, "\n only %s  %s more, for other reasons (--limit)\n", side.name, count(more))
		}
	}
	if r.Same() {
		fmt.Fprintf(w, " no event tells the two apart\n")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return p.write([]byte(b.String()))
}
