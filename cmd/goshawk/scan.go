package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/report"
	"goshawk/source"
)

func (p program) scanCommand() *cobra.Command {
	var f scanFlags
	c := &cobra.Command{
		Use:   "scan PATH…",
		Short: "Run rules over log files, folders and archives",
		Long: `Scan reads every file at and below the paths, archives included, finds out what each is, and runs the rules over the
events. '-' is standard input. A terminal gets a table and a summary, a pipe gets one JSON object per finding.

Rules that are deprecated or unsupported are left out, unless --status names that status (or any), --rule-id names the rule,
or -r its file.

Detections of Splunk's content become findings and risk as Enterprise Security makes them, whatever their schedule, as a scan runs
what it is given: over all events at once, or with --as-scheduled at the times of their schedules. A rule that needs more memory than
it may have is reported, and the exit status is 2.

Each row that a rule of Sentinel's gives is an alert. With --incidents they are put into incidents as well, which come behind all other
findings; automation rules among the files of -r are applied to them, but no playbook is run. Summary rules among these files run whenever
a rule reads their tables.`,
		Example: `  goshawk scan examples/at
  goshawk scan triage.zip -r sigma/rules -m medium --report report.html
  goshawk scan /var/log/audit -r rules/linux -f ndjson | jq .rule.title
  goshawk scan triage.zip -r sigma/rules -r security_content --as-scheduled
  goshawk scan exports/ -r workspace --as-scheduled --incidents
  zcat events.json.gz | goshawk scan - -r sigma/rules --last 24h`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitUsage, "nothing to scan; name files or folders, or '-' for standard input\nTry 'goshawk scan --help'")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.scan(c, &f, args) },
	}
	f.bind(c)
	return c
}

// scan runs the scan command.
func (p program) scan(c *cobra.Command, f *scanFlags, paths []string) error {
	s, err := p.scanOf(c.Context(), f, paths)
	if err != nil {
		return err
	}
	if err := allExist(paths); err != nil {
		return err
	}
	f.rules.exclusions.now = &f.now
	set, err := f.rules.load(p, s.Taxonomy, f.threads.value)
	if err != nil {
		return err
	}
	picked, err := f.rules.choose(set, true)
	if err != nil {
		return err
	}
	if err := f.rules.refusedByItself(set); err != nil {
		return err
	}
	tally := report.Rules{Files: f.rules.paths.values, NotChosen: picked.left, Retired: picked.retired, Languages: map[string]int{}}
	for _, r := range picked.rules {
		if r.Refused {
			tally.Refused++
			continue
		}
		tally.Loaded++
		tally.Languages[string(r.Detection.Language)]++
		if r.Runs() {
			s.Rules = append(s.Rules, r)
		}
	}
	if len(s.Rules) == 0 {
		return noRules(picked)
	}
	unapplied, err := f.automate(p, s, set)
	if err != nil {
		return err
	}
	if !f.noBaselines {
		s.Baselines = keep(set.Rules, func(r *compile.Rule) bool { return r.IsBaseline() && !isRetired(r.Detection.Status) })
	}
	options := report.Options{
		Command: commandLine(c, paths), Version: version(), Rules: tally, KeepFormulas: f.formulas,
		Color: f.output == "" && p.colors(p.stdout), Width: p.width(p.stdout),
	}
	writers, format, err := p.scanWriters(f, paths, options)
	if err != nil {
		return err
	}

	var worst detection.Level
	found := false
	s.Finding = func(x *finding.Finding) error {
		found, worst = true, max(worst, x.Detection.Level)
		return writers.finding(x)
	}
	bar := p.progressBar(f.noProgress || f.quiet)
	s.Progress = bar.show
	result, err := s.Run(c.Context())
	bar.clear()
	if result == nil {
		return failure{exitInput, err}
	}
	noReader := errors.Is(err, errNoReader)
	if noReader {
		err = nil
	} else if err != nil {
		result.Interrupted = true // for the outputs that can still be completed
	}
	err = errors.Join(err, writers.close(result))
	switch f := (failure{}); {
	case errors.As(err, &f):
		return err
	case err != nil:
		return failure{exitInput, err}
	}
	if noReader {
		return f.verdict(found, worst)
	}
	if !f.quiet {
		report.Talk(p.stderr, result, report.TalkOptions{Rules: tally, Skipped: f.skipped, Blind: f.blind, Color: p.colors(p.stderr), Findings: format != "table", Automation: unapplied})
	}
	f.rules.exclusions.talk(p)
	p.unfinished(result.Failed)
	if result.Interrupted {
		return failure{exitInterrupted, nil}
	}
	if err := f.verdict(found, worst); err != nil {
		return err
	}
	return unread(paths, result.Inputs, f.skipped && !f.quiet)
}

// unfinished tells of every rule whose answer is not whole. As with a rule that is refused, the others have run: the exit status
// says nothing of it.
func (p program) unfinished(list []engine.RuleFailure) {
	for i, f := range list {
		if i == listedReasons {
			p.talk("… %s more", plural(len(list)-i, "rule"))
			break
		}
		line := fmt.Sprintf("the rule %q could not be finished", titleOf(f.Rule.Detection))
		if f.Slots > 0 {
			line += fmt.Sprintf(" in %s of its searches, the first at %s", count(f.Slots), event.FormatTime(f.Slot))
		}
		if f.Findings > 0 {
			line += fmt.Sprintf(", and the %s of it are not all", plural(f.Findings, "finding"))
		}
		for _, d := range f.Diagnostics {
			line += ": " + d.Error()
			break
		}
		p.talk("%s", line)
	}
}

// verdict returns the failure that --fail-on asks for.
func (f *scanFlags) verdict(found bool, worst detection.Level) error {
	if f.failOn.set && found && worst >= f.failOn.value {
		return failure{exitFindings, nil}
	}
	return nil
}

// allExist returns an error for the paths that are not there.
func allExist(paths []string) error {
	var missing []string
	for _, path := range paths {
		if path == "-" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			missing = append(missing, fmt.Sprintf("cannot read %s: %v", path, cause(err)))
		}
	}
	if missing == nil {
		return nil
	}
	return fail(exitInput, "%s", strings.Join(missing, "\n"))
}

// unread returns an error if nothing could be read, or if something could not that the user named himself. Files that
// are empty were read to their end. With told, the reasons were given already.
func unread(paths []string, inputs []engine.InputReport, told bool) error {
	named := map[string]bool{}
	for _, path := range paths {
		named[path] = true
	}
	var events, lost int64
	read := 0
	var all, own []string
	for _, in := range inputs {
		switch {
		case in.Skipped:
			name := in.Name
			if name == "-" {
				name = "standard input"
			}
			line := name + ": " + in.Why
			all = append(all, line)
			if named[in.Name] && in.Why != "empty" {
				own = append(own, line)
			}
		default:
			read++
			if in.Lost > 0 && in.Events == 0 {
				all = append(all, fmt.Sprintf("%s: no record of it could be read as %s; %s", in.Name, in.Format, firstLost(in.Problems)))
			}
		}
		events += in.Events
		lost += in.Lost
	}
	head, reasons := "", all
	switch {
	case len(inputs) == 0:
		return fail(exitInput, "there is no file in %s", strings.Join(paths, ", "))
	case read == 0 || events == 0 && lost > 0:
		head = "nothing could be read"
	case len(own) > 0:
		head, reasons = plural(len(own), "file")+" could not be read", own
	default:
		return nil
	}
	if told {
		return fail(exitInput, "%s", head)
	}
	for i, line := range reasons {
		if i == listedReasons {
			head += fmt.Sprintf("\n  … %s more (--skipped lists them)", plural(len(reasons)-i, "file"))
			break
		}
		head += "\n  " + diag.Printable(line)
	}
	return fail(exitInput, "%s", head)
}

func firstLost(problems []source.Problem) string {
	for _, p := range problems {
		if p.Lost {
			return p.Reason
		}
	}
	return "see --skipped"
}

// noRules says why no rule is left to run.
func noRules(c chosen) error {
	refused := keep(c.rules, func(r *compile.Rule) bool { return r.Refused })
	var why []string
	if n := len(refused); n > 0 {
		why = append(why, count(n)+" refused")
	}
	if n := len(keep(c.rules, func(r *compile.Rule) bool { return !r.Refused && !r.Runs() })); n > 0 {
		why = append(why, count(n)+" that raise no alerts (filters, parts of correlations, summary rules)")
	}
	if c.left > 0 {
		why = append(why, count(c.left)+" left out by the flags")
	}
	if c.retired > 0 {
		why = append(why, count(c.retired)+" deprecated or unsupported (--status any takes all)")
	}
	text := "no rule is left to run: " + strings.Join(why, ", ")
	if len(refused) > 0 {
		return refusal(text+"; the first refused", refused[0].Diagnostics)
	}
	return fail(exitUsage, "%s", text)
}
