package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/prove"
	"goshawk/report"
	"goshawk/taxonomy"
)

// showFlags are what rules show can be told.
type showFlags struct {
	rules   ruleFlags
	read    readFlags
	stage   choice
	format  choice
	data    pathList
	results pathList
	logs    pathList
	now     moment
}

func (p program) rulesShowCommand() *cobra.Command {
	f := showFlags{
		stage:  choice{what: "stage", words: []string{"source", "plan", "all"}},
		format: choice{what: "format", words: []string{"text", "md", "html", "json"}, also: map[string]string{"table": "text", "markdown": "md"}, value: "text"},
	}
	c := &cobra.Command{
		Use: "show RULE", Short: "Show one rule: everything it says and what it means",
		Long: `Show prints the page of a rule of any language: what it is, what it looks for (a search with its macros, and with these
expanded), what it needs, when it runs, what it creates, how it is tested, and what the engine makes of it. The rule is named by its
id, or the first 8 characters of it, by its name or title, or by its file; of a file all rules are shown.

--data names the folder with the data of tests, which are then run. --results names what 'goshawk test -f json' wrote, which says when a
test last passed. --logs compares the rule with logs. --stage shows the author's text or the plan instead.`,
		Example: `  goshawk rules show 4be54858
  goshawk rules show 4be54858 -f md
  goshawk rules show 4be54858 -r security_content --data attack_data
  goshawk rules show my-rule.yml --stage plan`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fail(exitUsage, "name one rule: its id, title or file\nTry 'goshawk rules show --help'")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.show(c.Context(), &f, args[0]) },
	}
	f.rules.bindPaths(c)
	flags := c.Flags()
	flags.VarP(&f.format, "format", "f", "text, md (Markdown), html (one page), json (one object per line)")
	flags.Var(&f.stage, "stage", "instead of the page: source, plan, all (both)")
	flags.Var(&f.data, "data", "folder with the data of tests, which are run; may be repeated")
	flags.Var(&f.results, "results", "what 'goshawk test -f json' wrote, to say when tests last passed; may be repeated")
	flags.Var(&f.logs, "logs", "log file, folder or archive to compare the rule with; may be repeated")
	flags.Var(&f.now, "now", "take `TIME` for the present in searches that ask for it")
	f.read.bind(c)
	complete(c, "stage", &f.stage)
	complete(c, "format", &f.format)
	return c
}

// show runs rules show.
func (p program) show(ctx context.Context, f *showFlags, name string) error {
	if err := allExist(f.logs.values); err != nil {
		return err
	}
	if err := areFolders(f.data.values); err != nil {
		return err
	}
	if f.now.relative {
		return fail(exitUsage, "--now: %q is told from the present; write it like 2026-05-12T08:00:00Z", f.now.text)
	}
	if f.stage.value != "" && (f.format.value == "md" || f.format.value == "html") {
		return fail(exitUsage, "--stage is text or JSON, and --format=%s is the page; leave one of them out", f.format.value)
	}
	passed, err := readResults(f.results.values)
	if err != nil {
		return err
	}
	f.rules.exclusions.now = &f.now
	rules, err := f.rules.mean(p, name)
	if err != nil {
		return err
	}
	var text []byte
	if f.stage.value != "" {
		text = stages(rules, f.stage.value, f.format.value == "json")
	} else {
		views := make([]*report.Rule, len(rules))
		for i, r := range rules {
			views[i] = report.RuleOf(r)
			if err := p.proveFor(ctx, f, r, views[i], passed); err != nil {
				return err
			}
			if len(f.logs.values) > 0 {
				if err := p.compare(ctx, f, r, views[i]); err != nil {
					return err
				}
			}
		}
		text = p.page(views, f.format.value)
	}
	if err := p.write(text); err != nil {
		return err
	}
	if slices.ContainsFunc(rules, func(r *compile.Rule) bool { return r.Refused }) {
		return failure{exitRule, nil}
	}
	return nil
}

// page writes the pages of rules.
func (p program) page(views []*report.Rule, format string) []byte {
	var b bytes.Buffer
	o := report.RuleOptions{Width: p.width(p.stdout), Color: p.colors(p.stdout), Version: version()}
	if format == "html" {
		_ = report.RulesHTML(&b, views, o) // into memory
		return b.Bytes()
	}
	for i, v := range views {
		if i > 0 && format != "json" {
			b.WriteString("\n---\n\n")
		}
		switch format {
		case "json":
			b.Write(append(v.JSON(), '\n'))
		case "md":
			b.WriteString(v.Markdown())
		default:
			b.WriteString(v.Text(o))
		}
	}
	return b.Bytes()
}

// proveFor puts the tests of a rule on its page. Without data, all but the validation were not run.
func (p program) proveFor(ctx context.Context, f *showFlags, r *compile.Rule, v *report.Rule, passed map[testName]string) error {
	o := prove.Options{Rules: []*compile.Rule{r}, Taxonomy: taxonomy.Default(), Find: prove.InFolders(f.data.values), Now: presentOf(&f.now)}
	if len(f.data.values) == 0 {
		o.Kinds = []prove.Kind{prove.Validation}
	}
	data := map[string][]report.RuleTestData{}
	for _, t := range r.Detection.Tests {
		for _, d := range t.Data {
			data[t.Name] = append(data[t.Name], report.RuleTestData{Path: d.Path, URL: d.URL, Source: d.Source, Sourcetype: d.Sourcetype})
		}
	}
	add := func(kind prove.Kind, name, status, reason string, rows int) {
		one := report.RuleTest{Kind: string(kind), Name: name, Status: status, Reason: reason, Rows: rows, Passed: passed[testName{r.Detection.ID, string(kind), name}]}
		if kind != prove.Validation {
			one.Data = data[name]
		}
		v.Tests = append(v.Tests, one)
	}
	err := prove.Run(ctx, o, func(x prove.Result) error {
		add(x.Kind, x.Test, string(x.Verdict), x.Reason, x.Rows)
		return nil
	})
	switch {
	case errors.Is(err, context.Canceled):
		return failure{exitInterrupted, nil}
	case err != nil:
		return failure{exitInput, err}
	}
	if len(f.data.values) == 0 {
		for _, t := range r.Detection.Tests {
			add(prove.Unit, t.Name, "not run", "no data; --data names its folder", 0)
			add(prove.Integration, t.Name, "not run", "no data; --data names its folder", 0)
		}
	}
	return nil
}

// compare says on the page of a rule whether it could have fired on logs.
func (p program) compare(ctx context.Context, f *showFlags, r *compile.Rule, v *report.Rule) error {
	if r.Refused {
		return nil
	}
	s := engine.Scan{Paths: f.logs.values, Rules: []*compile.Rule{r}, Taxonomy: taxonomy.Default(), Source: f.read.options(ctx, p), Now: f.now.ticks,
		Finding: func(*finding.Finding) error { return nil }}
	result, err := s.Run(ctx)
	if err != nil {
		return failure{exitInput, err}
	}
	if result.Interrupted {
		return failure{exitInterrupted, nil}
	}
	if result.Events == 0 {
		if err := unread(f.logs.values, result.Inputs, false); err != nil {
			return err
		}
	}
	v.Logs = &report.RuleLogs{Records: result.Events, Findings: result.Findings - result.Incidents}
	for _, b := range result.Blind {
		if b.Rule == r {
			v.Logs.Blind, v.Logs.Fields = b.Reason(), b.Fields
		}
	}
	for _, failed := range result.Failed {
		return failure{exitRule, fmt.Errorf("the rule could not be finished on these logs: %w", failed.Diagnostics)}
	}
	return nil
}

// stages returns the author's text, the plan or both.
func stages(rules []*compile.Rule, stage string, asJSON bool) []byte {
	texts := make([]string, len(rules))
	show, between := showText, "---\n"
	if asJSON {
		show, between = showJSON, ""
	}
	for i, r := range rules {
		texts[i] = show(r, stage)
	}
	return []byte(strings.Join(texts, between))
}

// shownRule is a stage of a rule in the shape that other programs rely on.
type shownRule struct {
	listedRule
	Source      jsonText     `json:"source,omitempty"`
	Plan        jsonText     `json:"plan,omitempty"`
	Diagnostics []diagnostic `json:"diagnostics"`
}

func showJSON(r *compile.Rule, stage string) string {
	one := shownRule{listedRule: listed(r), Diagnostics: diagnosticsOf(r)}
	if d := r.Detection; stage != "plan" {
		one.Source = jsonText(d.Query.Text[d.Span.Start:d.Span.End])
	}
	if stage != "source" && !r.Refused {
		one.Plan = jsonText(planText(r))
	}
	return string(jsonOf(one)) + "\n"
}

// showText returns the text, the plan and the complaints of a rule.
func showText(r *compile.Rule, stage string) string {
	var b strings.Builder
	if stage != "plan" {
		b.WriteString(strings.TrimRight(textOf(r.Detection), "\n") + "\n")
	}
	if stage != "source" && !r.Refused {
		if stage == "all" {
			fmt.Fprintf(&b, "\n# plan (%s: %s)\n", r.Mode, r.ModeReason)
		}
		b.WriteString(planText(r))
	}
	for _, d := range r.Diagnostics {
		if stage != "source" {
			b.WriteString("\n" + d.Render())
		}
	}
	return b.String()
}

// textOf returns the author's text of a detection, safe for a terminal, lines kept.
func textOf(d *detection.Detection) string {
	lines := strings.Split(d.Query.Text[d.Span.Start:d.Span.End], "\n")
	for i, l := range lines {
		lines[i] = printableTabs(strings.TrimSuffix(l, "\r"))
	}
	return strings.Join(lines, "\n")
}

// printableTabs keeps the tabs, which YAML refuses and an author must see.
func printableTabs(line string) string {
	parts := strings.Split(line, "\t")
	for i, part := range parts {
		parts[i] = diag.Printable(part)
	}
	return strings.Join(parts, "\t")
}

// mean returns the rules that one name means: those of a file, or of an id or title among the rules that the flags name.
func (f *ruleFlags) mean(p program, name string) ([]*compile.Rule, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, fail(exitUsage, "%s is a folder; name one rule: its id, title or file", name)
	case err == nil:
		f.paths.values = []string{name}
		set, err := f.load(p, taxonomy.Default(), 0)
		if err != nil {
			return nil, err
		}
		return set.Rules, nil
	}
	set, loadErr := f.load(p, taxonomy.Default(), 0)
	if loadErr != nil {
		return nil, loadErr
	}
	rule, oneErr := compile.One(set.Rules, name)
	var reference *detection.ReferenceError
	switch {
	case oneErr == nil:
		return []*compile.Rule{rule}, nil
	case errors.As(oneErr, &reference) && len(reference.Candidates) > 0:
		return nil, fail(exitUsage, "%w", oneErr)
	case looksLikeFile(name) && errors.Is(err, os.ErrNotExist):
		return nil, fail(exitUsage, "cannot read the rule %s: %w", name, cause(err))
	}
	return nil, unknownRule(set.Rules, name, f.named())
}

// looksLikeFile says whether a name that means no rule was rather meant as a path.
func looksLikeFile(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml")
}

// planText returns the plan of a rule, ending in a line break.
func planText(r *compile.Rule) string { return strings.TrimRight(plan.String(r.Plan), "\n") + "\n" }
