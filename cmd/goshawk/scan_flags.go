package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/report"
	"goshawk/taxonomy"
)

// scanFlags are what scan can be told.
type scanFlags struct {
	rules       ruleFlags
	read        readFlags
	format      choice
	output      string
	html        string
	from, to    moment
	last        span
	now         moment
	threads     number
	failOn      level
	noProgress  bool
	quiet       bool
	skipped     bool
	blind       bool
	noIndex     bool
	formulas    bool
	label       labelFlags
	scheduled   bool
	memory      memory
	factors     string
	incidents   bool // none of them
	grouped     bool // alerts of Sentinel's rules become incidents
	automation  pathList
	noBaselines bool
}

// maxThreads is more than any machine can use, and less than would exhaust one.
const maxThreads = 1024

func (f *scanFlags) bind(c *cobra.Command) {
	f.rules.bind(c)
	f.read.bind(c)
	f.label.bind(c)
	f.format.what = "format"
	f.format.words, _ = report.Formats()
	flags := c.Flags()
	flags.VarP(&f.format, "format", "f", "how to write findings: "+strings.Join(f.format.words, ", ")+" (default: table on a terminal, else ndjson)")
	flags.StringVarP(&f.output, "output", "o", "", "write findings to `FILE` instead of standard output")
	flags.StringVar(&f.html, "report", "", "also write an HTML report to `FILE`")
	flags.Var(&f.from, "from", "only events at `TIME` or later: RFC 3339 (UTC if it names no zone), or -24h for a day ago")
	flags.Var(&f.to, "to", "only events before `TIME`")
	flags.Var(&f.last, "last", "only events of the last `DURATION`, such as 24h or 30d")
	flags.Var(&f.now, "now", "take `TIME` for the present, and leave out what is later; searches that ask for the time get it (default: the end of the data)")
	flags.BoolVar(&f.scheduled, "as-scheduled", false, "run detections that have a schedule at its times, each over its window of event time")
	flags.StringVar(&f.factors, "risk-factors", "", "YAML `FILE` with conditions that raise or lower the risk of an entity")
	flags.BoolVar(&f.grouped, "incidents", false, "also put the alerts of Sentinel's rules into incidents, as each rule says, and apply the automation rules among the files of -r")
	flags.Var(&f.automation, "automation", "file or folder of Sentinel's automation rules, besides those among the files of -r; may be repeated, and implies --incidents")
	flags.BoolVar(&f.noBaselines, "no-baselines", false, "do not run the baselines that fill lookup tables for detections; the tables are as the content has them")
	flags.BoolVar(&f.incidents, "no-incidents", false, "do not ask the rules that look at the risk of an entity")
	flags.Var(&f.memory, "max-memory", "what all rules may hold in memory together, such as 4GiB (default 2GiB); a rule that needs more is reported as not finished")
	f.threads.most = maxThreads
	flags.Var(&f.threads, "threads", "workers (default: one for each core); the output does not depend on it")
	flags.Var(&f.failOn, "fail-on", "exit with status 1 if there are findings of this `LEVEL` or above")
	flags.BoolVar(&f.noProgress, "no-progress", false, "no progress bar")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress bar and no summary on standard error")
	flags.BoolVar(&f.skipped, "skipped", false, "list the files that were not read, and all problems, on standard error")
	flags.BoolVar(&f.blind, "blind", false, "list the rules that could not have fired on this data, on standard error")
	flags.BoolVar(&f.formulas, "keep-formulas", false, "leave CSV cells that a spreadsheet would run as formulas as they are")
	flags.BoolVar(&f.noIndex, "no-index", false, "evaluate every rule for every event, for comparison")
	_ = flags.MarkHidden("no-index")
	complete(c, "format", &f.format)
	levels := levelChoice()
	complete(c, "fail-on", &levels)
}

// scanOf turns flags into what to scan, without rules.
func (p program) scanOf(ctx context.Context, f *scanFlags, paths []string) (*engine.Scan, error) {
	s := &engine.Scan{Paths: paths, Taxonomy: taxonomy.Default(), Threads: f.threads.value, NoIndex: f.noIndex, Source: f.read.options(ctx, p)}
	if f.last.text != "" && f.from.text != "" {
		return nil, fail(exitUsage, "--last and --from exclude each other")
	}
	if f.now.relative {
		return nil, fail(exitUsage, "--now: %q is told from the present; write it like 2026-05-12T08:00:00Z", f.now.text)
	}
	now := f.now.ticks
	if now == 0 {
		now = event.TicksOf(time.Now())
	}
	s.From, s.To = f.from.at(now), f.to.at(now)
	if f.last.text != "" {
		s.From = event.TicksOf(event.TimeOf(now).Add(-f.last.value))
	}
	if f.now.text != "" && f.to.text == "" {
		s.To = now
	}
	s.Now, s.AsScheduled, s.Risk.NoIncidents = f.now.ticks, f.scheduled, f.incidents
	if s.Limits.Memory = f.memory.value; s.Limits.Memory > 0 {
		s.Limits.RuleMemory = min(max(s.Limits.Memory/4, defaultRuleMemory), s.Limits.Memory)
	}
	f.label.apply(&s.Source)
	if f.factors != "" {
		var err error
		if s.Risk.Factors, err = readFactors(f.factors); err != nil {
			return nil, err
		}
	}
	if s.To != 0 && s.From >= s.To {
		return nil, fail(exitUsage, "no event can be at %s or later and before %s (--from, --last, --to, --now)", event.FormatTime(s.From), event.FormatTime(s.To))
	}
	return s, nil
}

// defaultRuleMemory is what one rule may hold unless all together may hold much more, or less.
const defaultRuleMemory = 512 << 20

// readFactors reads the file of --risk-factors.
func readFactors(path string) ([]finding.Factor, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fail(exitUsage, "--risk-factors: cannot read %s: %w", path, cause(err))
	}
	factors, complaints := finding.ReadFactors(&diag.Source{Name: path, Text: string(text)})
	if complaints.Failed() {
		return nil, failure{exitUsage, refusal("--risk-factors is wrong", complaints)}
	}
	return factors, nil
}

// silent are the flags that change nothing about what is found, and that a report does not mention.
var silent = map[string]bool{"threads": true, "no-progress": true, "quiet": true, "skipped": true, "blind": true, "no-index": true, "output": true, "report": true, "format": true}

// commandLine returns the command for the record, flags from the environment included.
func commandLine(c *cobra.Command, paths []string) string {
	words := []string{c.CommandPath()}
	for _, path := range paths {
		words = append(words, shellWord(path))
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		switch v := f.Value.(type) {
		case *pathList:
			for _, path := range v.values {
				words = append(words, "--"+f.Name, shellWord(path))
			}
		default:
			if silent[f.Name] {
				return
			}
			word := "--" + f.Name
			if f.Value.Type() != "bool" || f.Value.String() != "true" {
				word += "=" + shellWord(f.Value.String())
			}
			words = append(words, word)
		}
	})
	return strings.Join(words, " ")
}

// shellWord quotes a word where a shell would take it apart.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r > 0x7f || strings.ContainsRune("/._-:=,+@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
