package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/plan"
	"goshawk/taxonomy"
)

func (p program) rulesShowCommand() *cobra.Command {
	var f ruleFlags
	stage := choice{what: "stage", words: []string{"source", "plan", "all"}, value: "all"}
	format := choice{what: "format", words: []string{"table", "json"}, value: "table"}
	c := &cobra.Command{
		Use: "show RULE", Short: "Show one rule: what it says and what it means",
		Long: `Show prints a rule with the plan that it became. The rule is named by its id, or the first 8 characters of it, by its title,
or by its file; of a file all rules are shown.`,
		Example: `  goshawk rules show d2d642d7
  goshawk rules show my-rule.yml --stage plan`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fail(exitUsage, "name one rule: its id, title or file\nTry 'goshawk rules show --help'")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := f.mean(args[0])
			if err != nil {
				return err
			}
			show, between := showText, "---\n"
			if format.value == "json" {
				show, between = showJSON, ""
			}
			texts := make([]string, len(rules))
			for i, r := range rules {
				texts[i] = show(r, stage.value)
			}
			if err := p.write([]byte(strings.Join(texts, between))); err != nil {
				return err
			}
			if slices.ContainsFunc(rules, func(r *compile.Rule) bool { return r.Refused }) {
				return failure{exitRule, nil}
			}
			return nil
		},
	}
	f.bindPaths(c)
	c.Flags().Var(&stage, "stage", "what to show: source, plan, all")
	c.Flags().VarP(&format, "format", "f", "table (text), or json (one object per line)")
	complete(c, "stage", &stage)
	complete(c, "format", &format)
	return c
}

// shownRule is a rule in the shape that other programs rely on.
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
func (f *ruleFlags) mean(name string) ([]*compile.Rule, error) {
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return nil, fail(exitUsage, "%s is a folder; name one rule: its id, title or file", name)
	case err == nil:
		f.paths.values = []string{name}
		set, err := f.load(taxonomy.Default(), 0)
		if err != nil {
			return nil, err
		}
		return set.Rules, nil
	}
	set, loadErr := f.load(taxonomy.Default(), 0)
	if loadErr != nil {
		return nil, loadErr
	}
	rules := find(set.Rules, name)
	switch {
	case rules == nil && looksLikeFile(name) && errors.Is(err, os.ErrNotExist):
		return nil, fail(exitUsage, "cannot read the rule %s: %w", name, cause(err))
	case rules == nil:
		return nil, unknownRule(set.Rules, name, f.named())
	case len(rules) > 1:
		var list strings.Builder
		for i, r := range rules {
			if i == listedReasons {
				fmt.Fprintf(&list, "\n  … %s more", plural(len(rules)-i, "rule"))
				break
			}
			fmt.Fprintf(&list, "\n  %s  %s  %s", orDash(r.Detection.ID), diag.Printable(r.Detection.Title), r.Detection.Path)
		}
		return nil, fail(exitUsage, "%s %s called %q; name one by its id or file:%s", plural(len(rules), "rule"), be(len(rules)), name, list.String())
	}
	return rules, nil
}

// looksLikeFile says whether a name that means no rule was rather meant as a path.
func looksLikeFile(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml")
}

// planText returns the plan of a rule, ending in a line break.
func planText(r *compile.Rule) string { return strings.TrimRight(plan.String(r.Plan), "\n") + "\n" }
