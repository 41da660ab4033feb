package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/taxonomy"
)

// listedExclusion is an exclusion with what became of it.
type listedExclusion struct {
	*detection.Exclusion
	rules   []*compile.Rule
	state   string
	matches int64
	last    int64
	counted bool
}

func (p program) excludeListCommand() *cobra.Command {
	var f excludeFlags
	var read readFlags
	format := choice{what: "format", words: []string{"table", "json"}, value: "table"}
	c := &cobra.Command{
		Use: "list [PATH…]", Short: "List exclusions, with their owners, expiries, rules, and what they suppress",
		Long: `List prints the exclusions with how many rules they are for, and their state: active; expired; review (its day has come); no rule
(its scope holds none of the rules); unapplied (it cannot be applied to a rule of its scope, exclude show says why). Of logs, if paths are given,
it says how many matches each suppresses, and when the last was; one that suppresses nothing is dead.`,
		Example: `  goshawk exclude list -r sigma/rules --exclusions exclusions
  goshawk exclude list logs.zip
  goshawk exclude list -f json | jq -r 'select(.state != "active") | .id'`,
		RunE: func(c *cobra.Command, args []string) error {
			list, err := p.exclusionsWith(c.Context(), &f, &read, args)
			if err != nil {
				return err
			}
			if format.value == "json" {
				return p.write(exclusionsJSON(list))
			}
			return p.write(exclusionsTable(list))
		},
	}
	f.bind(c)
	read.bind(c)
	c.Flags().VarP(&format, "format", "f", "table, or json (one object per line)")
	complete(c, "format", &format)
	return c
}

// exclusionsWith returns the exclusions with their rules and, of logs, what they suppress.
func (p program) exclusionsWith(ctx context.Context, f *excludeFlags, read *readFlags, paths []string) ([]listedExclusion, error) {
	if err := allExist(paths); err != nil {
		return nil, err
	}
	all, err := f.load()
	if err != nil {
		return nil, err
	}
	now := f.rules.exclusions.at()
	active := slices.DeleteFunc(slices.Clone(all), func(x *detection.Exclusion) bool { return x.Expired(now) })
	set, err := f.compiled(p, active)
	if err != nil {
		return nil, err
	}
	list := make([]listedExclusion, len(all))
	for i, x := range all {
		one := listedExclusion{Exclusion: x, state: "active", rules: keep(set.Rules, func(r *compile.Rule) bool { return x.Covers(r.Detection) })}
		switch {
		case x.Expired(now):
			one.state = "expired"
		case len(one.rules) == 0:
			one.state = "no rule"
		case applied(one.rules, x) != nil:
			one.state = "unapplied"
		case !x.Review.IsZero() && !now.Before(x.Review):
			one.state = "review"
		}
		list[i] = one
	}
	if len(paths) == 0 {
		return list, nil
	}
	s := engine.Scan{Paths: paths, Taxonomy: taxonomy.Default(), Source: read.options(ctx, p), Finding: func(*finding.Finding) error { return nil }}
	for _, r := range set.Loaded() {
		if len(r.Exclusions) > 0 {
			s.Rules = append(s.Rules, r)
		}
	}
	report, err := s.Run(ctx)
	switch {
	case err != nil:
		return nil, failure{exitInput, err}
	case report.Interrupted:
		return nil, failure{exitInterrupted, nil}
	}
	if err := unread(paths, report.Inputs, false); err != nil {
		return nil, err
	}
	for i := range list {
		one := &list[i]
		one.counted = true
		for _, s := range report.Suppressions {
			if s.Why == one.Why() {
				one.matches += s.Matches
				one.last = max(one.last, s.Last)
			}
		}
		if one.state == "active" && one.matches == 0 {
			one.state = "dead"
		}
	}
	return list, nil
}

// maxShownPredicate bounds how much of a predicate a table shows.
const maxShownPredicate = 80

func exclusionsTable(list []listedExclusion) []byte {
	var b bytes.Buffer
	counted := len(list) > 0 && list[0].counted
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	head := "ID\tSTATE\tEXPIRES\tOWNER\tRULES\t"
	if counted {
		head += "MATCHES\tLAST\t"
	}
	fmt.Fprintln(w, head+"KIND\tPREDICATE")
	for _, x := range list {
		last := "-"
		if x.last != 0 {
			last = event.FormatTime(x.last)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t", x.ID, x.state, day(lastDay(x.Expires)), diag.Printable(x.Owner), len(x.rules))
		if counted {
			fmt.Fprintf(w, "%s\t%s\t", count(x.matches), last)
		}
		text := x.Text()
		if runes := []rune(text); len(runes) > maxShownPredicate {
			text = string(runes[:maxShownPredicate-1]) + "…"
		}
		fmt.Fprintf(w, "%s\t%s\n", x.Kind(), diag.Printable(text))
	}
	_ = w.Flush() // into memory
	return b.Bytes()
}

// lastDay is the day before a moment of expiry.
func lastDay(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-time.Second)
}

// exclusionJSON is the line of an exclusion in JSON.
type exclusionJSON struct {
	ID        jsonText   `json:"id"`
	State     jsonText   `json:"state,omitempty"`
	Title     jsonText   `json:"title,omitempty"`
	Reason    jsonText   `json:"reason"`
	Owner     jsonText   `json:"owner"`
	Ticket    jsonText   `json:"ticket,omitempty"`
	Created   jsonText   `json:"created,omitempty"`
	Expires   jsonText   `json:"expires,omitempty"`
	Review    jsonText   `json:"review,omitempty"`
	Kind      jsonText   `json:"kind"`
	Predicate jsonText   `json:"predicate"`
	Path      jsonText   `json:"path"`
	Rules     []jsonText `json:"rules"`
	Matches   *int64     `json:"matches,omitempty"`
	Last      jsonText   `json:"last,omitempty"`
}

func jsonOfExclusion(x listedExclusion) exclusionJSON {
	at := func(t time.Time) jsonText {
		if t.IsZero() {
			return ""
		}
		return jsonText(t.Format(time.RFC3339))
	}
	one := exclusionJSON{ID: jsonText(x.ID), State: jsonText(x.state), Title: jsonText(x.Title), Reason: jsonText(x.Reason), Owner: jsonText(x.Owner), Ticket: jsonText(x.Ticket),
		Created: at(x.Created), Expires: at(x.Expires), Review: at(x.Review), Kind: jsonText(x.Kind()), Predicate: jsonText(x.Text()), Path: jsonText(x.Path), Rules: []jsonText{}}
	for _, r := range x.rules {
		one.Rules = append(one.Rules, jsonText(idOf(r.Detection)))
	}
	if x.counted {
		one.Matches = &x.matches
		if x.last != 0 {
			one.Last = jsonText(event.FormatTime(x.last))
		}
	}
	return one
}

// idOf names a detection: by its id, else its title.
func idOf(d *detection.Detection) string {
	if d.ID != "" {
		return d.ID
	}
	return titleOf(d)
}

func exclusionsJSON(list []listedExclusion) []byte {
	var b bytes.Buffer
	for _, x := range list {
		b.Write(append(jsonOf(jsonOfExclusion(x)), '\n'))
	}
	return b.Bytes()
}

func (p program) excludeShowCommand() *cobra.Command {
	var f excludeFlags
	c := &cobra.Command{
		Use: "show ID", Short: "Show an exclusion: its file, its rules, and what it is in their plans",
		Example: "  goshawk exclude show ex-0007",
		Args:    oneID,
		RunE: func(_ *cobra.Command, args []string) error {
			x, err := f.find(args[0])
			if err != nil {
				return err
			}
			set, err := f.compiled(p, []*detection.Exclusion{x})
			if err != nil {
				return err
			}
			var b strings.Builder
			fmt.Fprintf(&b, "# %s\n%s\n", x.Path, strings.TrimRight(x.Source.Text[x.Span.Start:x.Span.End], "\n"))
			if x.Expired(f.rules.exclusions.at()) {
				fmt.Fprintf(&b, "\nexpired: it has not been applied since %s\n", x.Expires.Format(time.RFC3339))
			}
			rules := keep(set.Rules, func(r *compile.Rule) bool { return x.Covers(r.Detection) })
			if len(rules) == 0 {
				b.WriteString("\nno rule is in its scope\n")
			}
			for _, r := range rules {
				fmt.Fprintf(&b, "\n%s  %s (%s)\n", idOf(r.Detection), diag.Printable(titleOf(r.Detection)), r.Detection.Language)
				for _, one := range r.Exclusions {
					fmt.Fprintf(&b, "  on the %s: %s\n", one.Over, keepsOf(r, one.Why()))
				}
				for _, d := range r.Diagnostics {
					if d.Code == compile.CodeUnapplied {
						b.WriteString("  " + strings.ReplaceAll(strings.TrimRight(d.Render(), "\n"), "\n", "\n  ") + "\n")
					}
				}
			}
			return p.write([]byte(b.String()))
		},
	}
	f.bind(c)
	return c
}

// keepsOf returns the filters of a plan that have a reason, as the plan is printed.
func keepsOf(r *compile.Rule, why string) string {
	var list []string
	if r.Plan != nil {
		plan.Walk(r.Plan, func(n plan.Node) bool {
			if f, ok := n.(*plan.Filter); ok && f.Why == why {
				list = append(list, "filter "+plan.ExprString(f.Where))
			}
			return true
		})
	}
	return strings.Join(list, "; ")
}
