package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/taxonomy"
)

// checkFlags are what rules check can be told.
type checkFlags struct {
	rules    ruleFlags
	read     readFlags
	format   choice
	data     pathList
	warnings bool
	failOn   choice
	lint     lintFlags
}

func (p program) rulesCheckCommand() *cobra.Command {
	f := checkFlags{
		format: choice{what: "format", words: []string{"table", "json"}, value: "table"},
		failOn: choice{what: "severity", words: []string{"error", "warning", "info", "none"}, value: "error"},
	}
	c := &cobra.Command{
		Use:   "check",
		Short: "Say of every rule whether it loads, and why not",
		Long: `Check compiles every rule and reports what is wrong with it: file, line, column, a stable code and a hint. The exit status is
1 if a rule is refused. With --data it also says which rules could not fire on those logs, because no record is of their log
source or none has their fields.

Lints remark on what is legal and perhaps not meant: those of pySigma (core), the conventions of SigmaHQ (sigmahq) and our own
(goshawk). --explain CODE says what one is about, docs/lints.md lists them all, and --fix puts right what is certain.`,
		Example: `  goshawk rules check -r sigma/rules
  goshawk rules check -r my-rule.yml --data /var/log/audit
  goshawk rules check -r my-rules -w --lint all
  goshawk rules check -r my-rules --fix --dry-run
  goshawk rules check -r my-rules --sarif rules.sarif --fail-on warning
  goshawk rules check --explain sigma-wildcard-edge`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return p.check(c.Context(), &f) },
	}
	f.rules.bind(c)
	c.Flags().VarP(&f.format, "format", "f", "table or json")
	c.Flags().Var(&f.data, "data", "log file, folder or archive to compare the rules with; may be repeated")
	f.read.bind(c)
	c.Flags().BoolVarP(&f.warnings, "warnings", "w", false, "show warnings as well as errors in the table")
	c.Flags().Var(&f.failOn, "fail-on", "exit with status 1 for an `error`, also for a warning, also for an info, or for none")
	f.lint.bind(c)
	complete(c, "format", &f.format)
	complete(c, "fail-on", &f.failOn)
	return c
}

// check runs rules check.
func (p program) check(ctx context.Context, f *checkFlags) error {
	if err := allExist(f.data.values); err != nil {
		return err
	}
	if f.lint.explain != "" {
		return p.explainLint(f.lint.explain)
	}
	t := taxonomy.Default()
	lints, err := f.lint.options(t)
	if err != nil {
		return err
	}
	set, functions, err := f.chosen(p, t)
	if err != nil {
		return err
	}
	if f.lint.fix {
		wrote, err := p.fixFiles(set.Rules, lints, f.lint.dryRun)
		if err != nil || f.lint.dryRun {
			return err
		}
		if wrote {
			if set, functions, err = f.chosen(p, t); err != nil {
				return err
			}
		}
	}
	compile.Lint(set, lints)
	v := verdicts{set: set, functions: functions, warnings: f.warnings, withData: len(f.data.values) > 0}
	var cannotRead error
	if v.withData {
		s := engine.Scan{Paths: f.data.values, Rules: set.Loaded(), Taxonomy: t, Source: f.read.options(ctx, p), Finding: func(*finding.Finding) error { return nil }}
		result, err := s.Run(ctx)
		if err != nil {
			return failure{exitInput, err}
		}
		if result.Interrupted {
			return failure{exitInterrupted, nil}
		}
		if cannotRead = unread(f.data.values, result.Inputs, false); result.Events == 0 && cannotRead != nil {
			return cannotRead // every rule would be blind
		}
		v.blind = map[*compile.Rule]engine.Blind{}
		for _, b := range result.Blind {
			v.blind[b.Rule] = b
			b.Rule.Diagnostics = append(b.Rule.Diagnostics, b.Diagnostic())
		}
	}
	text := v.table
	if f.format.value == "json" {
		text = v.json
	}
	if f.lint.sarif != "" {
		if err := p.writeSARIF(f.lint.sarif, &v); err != nil {
			return err
		}
	}
	if f.lint.sarif != "-" {
		if err := p.write(text()); err != nil {
			return err
		}
	}
	if v.fails(f.failOn.value) {
		return failure{exitFindings, nil}
	}
	return cannotRead
}

// chosen loads the rules that the flags choose, and the functions beside them.
func (f *checkFlags) chosen(p program, t *taxonomy.Taxonomy) (*compile.Set, []*compile.StoredFunction, error) {
	set, functions, err := f.rules.loadWithFunctions(p, t)
	if err != nil {
		return nil, nil, err
	}
	c, err := f.rules.choose(set, false)
	if err != nil {
		return nil, nil, err
	}
	set.Rules = c.rules
	return set, functions, nil
}

// verdicts are what a check has to say.
type verdicts struct {
	set       *compile.Set
	functions []*compile.StoredFunction // that the content has for its queries
	blind     map[*compile.Rule]engine.Blind
	withData  bool
	warnings  bool
}

// fails says whether there is a complaint of a severity or a graver one.
func (v *verdicts) fails(severity string) bool {
	gravest := map[string]diag.Severity{"error": diag.Error, "warning": diag.Warning, "info": diag.Info}
	most, ok := gravest[severity]
	grave := func(list diag.List) bool {
		return slices.ContainsFunc(list, func(d diag.Diagnostic) bool { return d.Severity <= most })
	}
	return ok && (slices.ContainsFunc(v.set.Rules, func(r *compile.Rule) bool { return grave(r.Diagnostics) }) ||
		slices.ContainsFunc(v.functions, func(f *compile.StoredFunction) bool { return grave(f.Diagnostics) }))
}

// checkedRule is a rule in the shape that other programs rely on.
type checkedRule struct {
	Path        jsonText     `json:"path"`
	ID          jsonText     `json:"id"`
	Title       jsonText     `json:"title"`
	Language    jsonText     `json:"language"`
	Status      jsonText     `json:"status"` // "ok" or "refused"
	Mode        jsonText     `json:"mode"`
	Diagnostics []diagnostic `json:"diagnostics"`

	Related []relatedRule `json:"related,omitempty"`
}

type diagnostic struct {
	Code     jsonText `json:"code"`
	Severity jsonText `json:"severity"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Message  jsonText `json:"message"`
	Hint     jsonText `json:"hint"`
}

func diagnosticsOf(r *compile.Rule) []diagnostic { return diagnosticsIn(r.Diagnostics) }

func diagnosticsIn(all diag.List) []diagnostic {
	list := []diagnostic{}
	for _, d := range all {
		place := d.Position()
		list = append(list, diagnostic{jsonText(d.Code), jsonText(d.Severity.String()), place.Line, place.Column, jsonText(d.Message), jsonText(d.Hint)})
	}
	return list
}

type skippedFile struct {
	Path   jsonText `json:"path"`
	Reason jsonText `json:"reason"`
}

func (v *verdicts) json() []byte {
	rules, skipped := make([][]byte, len(v.set.Rules)), make([][]byte, len(v.set.Skipped))
	for i, r := range v.set.Rules {
		d := r.Detection
		one := checkedRule{
			Path: jsonText(d.Path), ID: jsonText(d.ID), Title: jsonText(d.Title), Language: jsonText(d.Language), Status: "ok",
			Mode: jsonText(r.Mode), Diagnostics: diagnosticsOf(r), Related: relatedTo(d),
		}
		if r.Refused {
			one.Status = "refused"
		}
		rules[i] = jsonOf(one)
	}
	for i, s := range v.set.Skipped {
		skipped[i] = jsonOf(skippedFile{jsonText(s.Path), jsonText(s.Reason)})
	}
	return fmt.Appendf(nil, `{"total":%d,"loaded":%d,"refused":%d,"rules":%s,"functions":%s,"skipped":%s}`+"\n",
		len(v.set.Rules), len(v.set.Loaded()), v.set.Refused(), jsonLines(rules), jsonLines(v.functionsJSON()), jsonLines(skipped))
}

// table returns the complaints with the author's lines, then the sums.
func (v *verdicts) table() []byte {
	var b strings.Builder
	codes := map[string]int{}
	unseen := 0
	tell := func(d diag.Diagnostic) {
		codes[fmt.Sprintf("%-8s %s", d.Severity, d.Code)]++
		switch {
		case d.Severity == diag.Error || v.warnings && d.Severity == diag.Warning:
			b.WriteString(d.Render())
			b.WriteByte('\n')
		case d.Severity == diag.Warning:
			unseen++
		}
	}
	for _, r := range v.set.Rules {
		for _, d := range r.Diagnostics {
			if _, isBlind := v.blind[r]; !isBlind || !strings.HasPrefix(d.Code, "blind-") {
				tell(d)
			}
		}
	}
	for _, f := range v.functions {
		for _, d := range f.Diagnostics {
			tell(d)
		}
	}
	for _, r := range v.set.Rules {
		if x, ok := v.blind[r]; ok {
			fmt.Fprintf(&b, "blind    %s: %s\n", diag.Printable(r.Detection.Title), diag.Printable(x.Reason()))
		}
	}
	if len(v.blind) > 0 {
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "%s: %s loaded, %s refused", plural(len(v.set.Rules), "rule"), count(len(v.set.Loaded())), count(v.set.Refused()))
	if v.withData {
		fmt.Fprintf(&b, ", %s cannot fire on this data", count(len(v.blind)))
	}
	b.WriteByte('\n')
	v.functionsLine(&b)
	v.groups(&b)
	for _, code := range sortedKeys(codes) {
		fmt.Fprintf(&b, "  %6s  %s\n", count(codes[code]), code)
	}
	v.reasons(&b)
	if unseen > 0 {
		fmt.Fprintf(&b, "  (--warnings shows the %s)\n", plural(unseen, "warning"))
	}
	if n := len(v.set.Skipped); n == 1 {
		fmt.Fprintf(&b, "no rule is in %s (%s)\n", diag.Printable(v.set.Skipped[0].Path), diag.Printable(v.set.Skipped[0].Reason))
	} else if n > 1 {
		fmt.Fprintf(&b, "no rule is in %s, the first %s (%s)\n", plural(n, "file"), diag.Printable(v.set.Skipped[0].Path), diag.Printable(v.set.Skipped[0].Reason))
	}
	return []byte(b.String())
}

// groups counts the rules that a scan runs apart from those that it leaves out, and how they run, where not all are alike.
func (v *verdicts) groups(b *strings.Builder) {
	names := []string{"active", "retired", "baselines"}
	all, refused, modes := map[string]int{}, map[string]int{}, map[string]int{}
	for _, r := range v.set.Rules {
		name := names[0]
		switch {
		case isBaseline(r.Detection):
			name = names[2]
		case isRetired(r.Detection.Status):
			name = names[1]
		}
		if all[name]++; r.Refused {
			refused[name]++
		} else {
			modes[r.Mode]++
		}
	}
	if all[names[0]] < len(v.set.Rules) {
		for _, name := range names {
			if all[name] > 0 {
				fmt.Fprintf(b, "  %6s  %s: %s loaded, %s refused\n", count(all[name]), name, count(all[name]-refused[name]), count(refused[name]))
			}
		}
	}
	if len(modes) > 1 {
		fmt.Fprintf(b, "  run as  %s\n", counts(modes))
	}
}

// listedRefusals is how many reasons of refused rules a check lists.
const listedRefusals = 50

// reasons counts the refused rules by what is wrong with them, where there are several.
func (v *verdicts) reasons(b *strings.Builder) {
	why := map[string]int{}
	for _, r := range v.set.Rules {
		for _, d := range r.Diagnostics {
			if d.Severity == diag.Error {
				message, _, _ := strings.Cut(d.Message, " (in macro `") // the place is not the reason
				why[message+" ["+d.Code+"]"]++
				break
			}
		}
	}
	if v.set.Refused() < 2 {
		return
	}
	list := sortedKeys(why)
	slices.SortStableFunc(list, func(a, b string) int { return why[b] - why[a] })
	b.WriteString("refused because\n")
	for i, reason := range list {
		if i == listedRefusals {
			fmt.Fprintf(b, "          … and %s\n", plural(len(list)-i, "other reason"))
			break
		}
		fmt.Fprintf(b, "  %6s  %s\n", count(why[reason]), diag.Printable(reason))
	}
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
