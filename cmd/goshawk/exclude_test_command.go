package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/prove"
	"goshawk/taxonomy"
)

func (p program) excludeTestCommand() *cobra.Command {
	var f excludeFlags
	t := testFlags{format: choice{value: "table"}, all: true}
	c := &cobra.Command{
		Use: "test ID", Short: "Try an exclusion: the scenarios that name it, and whether it silences what tests want found",
		Long: `Test runs the scenarios that name an exclusion (docs/tests.md), and, with the exclusion in force, the tests of the detections in its
scope that want findings: one that no longer finds an attack makes the exclusion unsafe. The exit status is 1 if a test failed or broke, and if
nothing was tried: no scenario names the exclusion, and no detection in its scope has a test.`,
		Example: "  goshawk exclude test ex-0007",
		Args:    oneID,
		RunE:    func(c *cobra.Command, args []string) error { return p.excludeTest(c.Context(), &f, &t, args[0]) },
	}
	f.bind(c)
	c.Flags().Var(&t.data, "data", "folder with the data of tests; may be repeated")
	return c
}

func (p program) excludeTest(ctx context.Context, f *excludeFlags, t *testFlags, id string) error {
	if err := areFolders(t.data.values); err != nil {
		return err
	}
	x, err := f.find(id)
	if err != nil {
		return err
	}
	all, err := f.load()
	if err != nil {
		return err
	}
	set, err := f.compiled(p, []*detection.Exclusion{x})
	if err != nil {
		return err
	}
	suites, err := p.suites(f.rules.named())
	if err != nil {
		return err
	}
	tax := taxonomy.Default()
	o := prove.Options{Rules: keep(set.Rules, func(r *compile.Rule) bool { return x.Covers(r.Detection) }), All: set.Rules, Suites: suites, Folders: t.data.values,
		Taxonomy: tax, Now: presentOf(&f.now), Exclusions: all, Exclusion: x.ID, Reload: f.rules.reloader(p, tax), Kinds: []prove.Kind{prove.Unit, prove.Scenario}}
	run := testRun{program: p, flags: t, few: true, total: len(o.Rules)}
	if err := prove.Run(ctx, o, run.take); err != nil {
		return err
	}
	run.talk(0, 0)
	tried := func(kind prove.Kind) bool {
		return slices.ContainsFunc(run.results, func(r prove.Result) bool { return r.Kind == kind && r.Verdict != prove.Skip })
	}
	if !tried(prove.Scenario) {
		fmt.Fprintf(p.stderr, " %-13s%s\n", "hint", "no scenario names "+x.ID+": write one with the benign events that it is for (docs/tests.md)")
	}
	if slices.ContainsFunc(run.results, isBad) || !tried(prove.Scenario) && !tried(prove.Unit) {
		return failure{exitFindings, nil}
	}
	return nil
}
