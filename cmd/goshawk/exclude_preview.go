package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/taxonomy"
)

// excludePreviewFlags are what exclude preview can be told.
type excludePreviewFlags struct {
	excludeFlags
	predicateFlags
	read   readFlags
	format choice
	limit  number
}

func (p program) excludePreviewCommand() *cobra.Command {
	f := excludePreviewFlags{format: choice{what: "format", words: []string{"table", "json"}, value: "table"}, limit: number{value: 10}}
	c := &cobra.Command{
		Use: "preview PREDICATE|FILE PATH…", Short: "Show on given logs what an exclusion would take away, and what would stay",
		Long: `Preview runs the rules in the scope of an exclusion over logs, without it and with it, and shows what goes and what stays, side by
side. Nothing is saved. The exclusion is a predicate with flags, or a file. Exclusions that are there already apply both times.`,
		Example: `  goshawk exclude preview 'user.name in (root, admin)' examples/at --rule d2d642d7
  goshawk exclude preview exclusions/ex-0007.yml logs.zip -f json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fail(exitUsage, "exclude preview wants a predicate or a file, and logs\nTry '%s --help'", c.CommandPath())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return p.excludePreview(c.Context(), &f, args[0], args[1:])
		},
	}
	f.excludeFlags.bind(c)
	f.predicateFlags.bind(c)
	f.read.bind(c)
	c.Flags().VarP(&f.format, "format", "f", "table, or json (one object)")
	c.Flags().Var(&f.limit, "limit", "show at most so many findings that go, and that stay; 0 shows all")
	complete(c, "format", &f.format)
	return c
}

// preview is what an exclusion does to findings.
type preview struct {
	id      string
	rules   []previewRule
	before  []*finding.Finding
	goes    []*finding.Finding
	stays   []*finding.Finding
	changed []*finding.Finding // only there with the exclusion: rows that events are missing from
	matches int64
}

type previewRule struct {
	rule          *compile.Rule
	before, after int
}

func (p program) excludePreview(ctx context.Context, f *excludePreviewFlags, what string, paths []string) error {
	if err := allExist(paths); err != nil {
		return err
	}
	x, err := f.exclusion(what)
	if err != nil {
		return err
	}
	existing, err := f.excludeFlags.rules.exclusions.load(f.excludeFlags.rules.named())
	if err != nil {
		return err
	}
	existing = slices.DeleteFunc(existing, func(other *detection.Exclusion) bool { return strings.EqualFold(other.ID, x.ID) })
	without, err := f.compiled(p, existing)
	if err != nil {
		return err
	}
	with, err := f.compiled(p, append(slices.Clip(existing), x))
	if err != nil {
		return err
	}
	rules, err := inScope(with, x, f.excludeFlags.rules.named())
	if err != nil {
		return err
	}
	if err := applied(rules, x); err != nil {
		return err
	}
	v := preview{id: x.ID}
	scan := func(set *compile.Set, take func(*finding.Finding)) (*engine.Report, error) {
		s := engine.Scan{Paths: paths, Taxonomy: taxonomy.Default(), Source: f.read.options(ctx, p), Finding: func(f *finding.Finding) error {
			take(f)
			return nil
		}}
		for _, r := range set.Loaded() {
			if x.Covers(r.Detection) {
				s.Rules = append(s.Rules, r)
			}
		}
		if len(s.Rules) == 0 {
			return nil, refusal("no rule in the scope of the exclusion can run", rules[0].Diagnostics)
		}
		report, err := s.Run(ctx)
		switch {
		case err != nil:
			return nil, failure{exitInput, err}
		case report.Interrupted:
			return nil, failure{exitInterrupted, nil}
		}
		return report, unread(paths, report.Inputs, false)
	}
	var after []*finding.Finding
	if _, err := scan(without, func(f *finding.Finding) { v.before = append(v.before, f) }); err != nil {
		return err
	}
	report, err := scan(with, func(f *finding.Finding) { after = append(after, f) })
	if err != nil {
		return err
	}
	v.compare(after)
	for _, s := range report.Suppressions {
		if s.Why == x.Why() {
			v.matches += s.Matches
		}
	}
	for _, r := range rules {
		one := previewRule{rule: r}
		is := func(f *finding.Finding) bool {
			return f.Detection.Path == r.Detection.Path && f.Detection.Span == r.Detection.Span
		}
		for _, f := range v.before {
			if is(f) {
				one.before++
			}
		}
		for _, f := range after {
			if is(f) {
				one.after++
			}
		}
		v.rules = append(v.rules, one)
	}
	if f.format.value == "json" {
		return p.write(append(v.json(), '\n'))
	}
	return p.write([]byte(v.table(f.limit.value, p.width(p.stdout))))
}

// exclusion returns the exclusion of a file, or of a predicate with flags.
func (f *excludePreviewFlags) exclusion(what string) (*detection.Exclusion, error) {
	if _, err := os.Stat(what); err != nil {
		x, _, err := f.predicateFlags.draft(exclusion.Draft{ID: "preview", Reason: "preview", Owner: "-"}, what)
		return x, err
	}
	if f.scoped() {
		return nil, fail(exitUsage, "%s says itself which rules it is for; leave --rule, --story, --tag and --all out", what)
	}
	all, err := loadExclusions([]string{what})
	switch {
	case err != nil:
		return nil, err
	case len(all) != 1:
		return nil, fail(exitUsage, "%s holds %s; preview one at a time", what, plural(len(all), "exclusion"))
	}
	return all[0], nil
}

// compare sorts findings into those that go, those that stay and those that are new.
func (v *preview) compare(after []*finding.Finding) {
	type key struct {
		path string
		at   int
		id   string
	}
	keyOf := func(f *finding.Finding) key { return key{f.Detection.Path, f.Detection.Span.Start, f.ID} }
	there, was := map[key]bool{}, map[key]bool{}
	for _, f := range after {
		there[keyOf(f)] = true
	}
	for _, f := range v.before {
		was[keyOf(f)] = true
		if there[keyOf(f)] {
			v.stays = append(v.stays, f)
		} else {
			v.goes = append(v.goes, f)
		}
	}
	for _, f := range after {
		if !was[keyOf(f)] {
			v.changed = append(v.changed, f)
		}
	}
}

// distinct returns the texts of findings, each once, sorted; empty ones left out.
func distinct(list []*finding.Finding, of func(*finding.Finding) string) []string {
	var out []string
	for _, f := range list {
		if text := of(f); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}

func hostOf(f *finding.Finding) string { return f.Host }
func userOf(f *finding.Finding) string { return f.User }

// table writes a preview for people.
func (v *preview) table(limit, width int) string {
	var b strings.Builder
	share := ""
	if n := len(v.before); n > 0 {
		share = fmt.Sprintf(" (%d %%)", (100*len(v.goes)+n/2)/n)
	}
	fmt.Fprintf(&b, "before %s  after %s  removes %s%s  hosts %d  users %d\n", count(len(v.before)), count(len(v.stays)+len(v.changed)), count(len(v.goes)), share,
		len(distinct(v.goes, hostOf)), len(distinct(v.goes, userOf)))
	if n := len(v.changed); n > 0 {
		fmt.Fprintf(&b, "%s of those after %s not among those before: rows that some of their events are missing from\n", count(n), be(n))
	}
	b.WriteByte('\n')
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tLANGUAGE\tBEFORE\tAFTER")
	for _, r := range v.rules {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", diag.Printable(titleOf(r.rule.Detection)), r.rule.Detection.Language, r.before, r.after)
	}
	_ = w.Flush() // into memory
	if width <= 0 {
		width = 160
	}
	half := max(40, width/2-2)
	left, right := column("GOES", v.goes, limit), column("STAYS", append(slices.Clip(v.stays), v.changed...), limit)
	b.WriteByte('\n')
	for i := range max(len(left), len(right)) {
		var l, r string
		if i < len(left) {
			l = cut(left[i], half)
		}
		if i < len(right) {
			r = cut(right[i], half)
		}
		b.WriteString(strings.TrimRight(l+strings.Repeat(" ", half-utf8.RuneCountInString(l))+"| "+r, " ") + "\n")
	}
	return b.String()
}

// column lists findings under a heading, in the order of time.
func column(head string, list []*finding.Finding, limit int) []string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *finding.Finding) int { return cmp.Compare(a.Time, b.Time) })
	lines := []string{fmt.Sprintf("%s %s", head, count(len(list)))}
	for i, f := range list {
		if limit > 0 && i == limit {
			return append(lines, fmt.Sprintf("… %s more", count(len(list)-i)))
		}
		when := "-"
		if f.Time != 0 {
			when, _, _ = strings.Cut(event.FormatTime(f.Time), ".")
		}
		lines = append(lines, strings.TrimSuffix(when, "Z")+"  "+orDash(f.Host)+"  "+orDash(f.User)+"  "+diag.Printable(f.Message))
	}
	return lines
}

// cut shortens a text to so many characters.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) < most {
		return text
	}
	return string(runes[:most-2]) + "…"
}

func (v *preview) json() []byte {
	type ruleJSON struct {
		ID     jsonText `json:"id"`
		Title  jsonText `json:"title"`
		Before int      `json:"before"`
		After  int      `json:"after"`
	}
	rules := make([][]byte, len(v.rules))
	for i, r := range v.rules {
		rules[i] = jsonOf(ruleJSON{jsonText(r.rule.Detection.ID), jsonText(titleOf(r.rule.Detection)), r.before, r.after})
	}
	texts := func(list []string) []byte {
		out := make([]jsonText, len(list))
		for i, text := range list {
			out[i] = jsonText(text)
		}
		return jsonOf(out)
	}
	findings := func(list []*finding.Finding) []byte {
		lines := make([][]byte, len(list))
		for i, f := range list {
			lines[i] = f.AppendJSON(nil)
		}
		return append(append([]byte("["), bytes.Join(lines, []byte(","))...), ']')
	}
	return fmt.Appendf(nil, `{"before":%d,"after":%d,"removed":%d,"changed":%d,"matches":%d,"hosts":%s,"users":%s,"rules":[%s],"goes":%s,"stays":%s,"new":%s}`,
		len(v.before), len(v.stays)+len(v.changed), len(v.goes), len(v.changed), v.matches, texts(distinct(v.goes, hostOf)), texts(distinct(v.goes, userOf)),
		bytes.Join(rules, []byte(",")), findings(v.goes), findings(v.stays), findings(v.changed))
}
