package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/lang/spl"
	"goshawk/plan"
	"goshawk/report"
	"goshawk/source"
	"goshawk/taxonomy"
)

// queryFlags are what query can be told.
type queryFlags struct {
	language   choice
	paths      pathList
	macros     pathList
	read       readFlags
	label      labelFlags
	format     choice
	output     string
	from, to   moment
	last       span
	now        moment
	limit      number
	threads    number
	memory     memory
	stages     bool
	record     recordNumber
	original   bool
	file       string
	noProgress bool
	quiet      bool
	formulas   bool
	plan       bool
}

func (p program) queryCommand() *cobra.Command {
	f := queryFlags{language: choice{what: "language", words: []string{string(detection.SPL)}, value: string(detection.SPL)}}
	c := &cobra.Command{
		Use:   "query -l spl 'QUERY' [PATH…]",
		Short: "Ask logs a question in SPL",
		Long: `Query runs one search over log files, folders and archives; '-' is standard input. A search that makes its own rows
(makeresults, inputlookup) needs no path. Macros and lookups come from the content that -r names, and from the built-in ones.

Nothing is cut: what the original would cut silently (a join at 50,000 rows, sort at 10,000) is cut only with --original-limits.`,
		Example: `  goshawk query -l spl 'EventCode=1 Image=*\\at.exe | stats count by Computer User' logs/
  goshawk query -l spl '| tstats count from datamodel=Endpoint.Processes by Processes.process_name | sort - count | head 10' logs/
  goshawk query -l spl --file hunt.spl --stages logs.zip`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && f.file == "" {
				return fail(exitUsage, "no query; write it in quotes, or name its file with --file\nTry 'goshawk query --help'")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.query(c, &f, args) },
	}
	flags := c.Flags()
	flags.VarP(&f.language, "language", "l", "language of the query: spl")
	flags.StringVar(&f.file, "file", "", "read the query from `FILE`; all arguments are paths then")
	flags.VarP(&f.paths, "rules", "r", "content whose macros and lookups the query uses: a checkout, an app, or files; may be repeated")
	flags.Var(&f.macros, "macros", "your own macros and lookups, which go before all others: a macro's YAML, a macros.conf, or a folder; may be repeated")
	f.read.bind(c)
	f.label.bind(c)
	f.format = choice{what: "format", words: report.RowFormats}
	flags.VarP(&f.format, "format", "f", "how to write rows: "+strings.Join(report.RowFormats, ", ")+" (default: table on a terminal, else ndjson)")
	flags.StringVarP(&f.output, "output", "o", "", "write rows to `FILE` instead of standard output")
	flags.Var(&f.from, "from", "only events at `TIME` or later: RFC 3339 (UTC if it names no zone), or -24h for a day ago")
	flags.Var(&f.to, "to", "only events before `TIME`")
	flags.Var(&f.last, "last", "only events of the last `DURATION`, such as 24h or 30d")
	flags.Var(&f.now, "now", "take `TIME` for the present: what now() and -24h@h mean")
	flags.Var(&f.limit, "limit", "rows to write (default: all)")
	f.threads.most = maxThreads
	flags.Var(&f.threads, "threads", "workers (default: one for each core); the output does not depend on it")
	flags.Var(&f.memory, "max-memory", "what the query may hold in memory, such as 2GiB (default 1GiB); beyond it ends in an error")
	flags.BoolVar(&f.stages, "stages", false, "tell the rows behind each pipe on standard error")
	flags.Var(&f.record, "record", "tell which pipe dropped the event with this record `NUMBER`; implies --stages")
	flags.BoolVar(&f.original, "original-limits", false, "cut as the original does by default: join 50,000, subsearch 10,000, sort 10,000, list 100, map 10")
	flags.BoolVar(&f.plan, "plan", false, "print the plan instead of running it")
	flags.BoolVar(&f.noProgress, "no-progress", false, "no progress bar")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "no progress bar and no summary on standard error")
	flags.BoolVar(&f.formulas, "keep-formulas", false, "leave CSV cells that a spreadsheet would run as formulas as they are")
	complete(c, "format", &f.format)
	complete(c, "language", &f.language)
	return c
}

// labelFlags say what inputs are in Splunk's words.
type labelFlags struct{ source, sourcetype string }

func (f *labelFlags) bind(c *cobra.Command) {
	c.Flags().StringVar(&f.source, "source", "", "what SPL sees as `SOURCE` of all inputs, such as XmlWinEventLog:Security")
	c.Flags().StringVar(&f.sourcetype, "sourcetype", "", "what SPL sees as `SOURCETYPE` of all inputs, such as linux:audit; helps to find out formats, too")
}

func (f *labelFlags) apply(o *source.Options) {
	if f.source != "" || f.sourcetype != "" {
		label := source.Label{Source: f.source, Sourcetype: f.sourcetype}
		o.Label = func(string) source.Label { return label }
	}
}

// query runs the query command.
func (p program) query(c *cobra.Command, f *queryFlags, args []string) error {
	text, paths, err := f.text(args)
	if err != nil {
		return err
	}
	if err := allExist(paths); err != nil {
		return err
	}
	q := &engine.Query{Paths: paths, Taxonomy: taxonomy.Default(), Threads: f.threads.value, Source: f.read.options(c.Context(), p),
		Limit: int64(f.limit.value), MaxMemory: f.memory.value, Stages: f.stages || f.record.set}
	f.label.apply(&q.Source)
	now, err := f.bounds(q)
	if err != nil {
		return err
	}
	options := compile.Options{Taxonomy: q.Taxonomy, Now: now}
	if f.original {
		options.Limits = spl.Original
	}
	env, err := f.environment(options)
	if err != nil {
		return err
	}
	env.Earliest, env.Latest = q.From, q.To
	search, complaints := spl.Read(diag.NewText(text), env)
	if search.Plan == nil {
		return refusal("the query is wrong", complaints)
	}
	if !f.quiet {
		for _, d := range complaints {
			if d.Severity == diag.Warning {
				fmt.Fprint(p.stderr, d.Render())
			}
		}
	}
	if f.plan {
		return p.write([]byte(strings.TrimRight(plan.String(search.Plan), "\n") + "\n"))
	}
	if len(paths) == 0 && readsEvents(search.Plan) {
		return fail(exitUsage, "the query reads events, and no path is named; name files or folders, or '-' for standard input")
	}
	q.Node = search.Plan
	return p.ask(c.Context(), f, q, text, search)
}

// text returns the query and the paths that the arguments name.
func (f *queryFlags) text(args []string) (*diag.Source, []string, error) {
	if f.file == "" {
		return &diag.Source{Name: "query", Text: args[0]}, args[1:], nil
	}
	text, err := os.ReadFile(f.file)
	if err != nil {
		return nil, nil, fail(exitUsage, "cannot read the query %s: %w", f.file, cause(err))
	}
	return &diag.Source{Name: f.file, Text: string(text)}, args, nil
}

// bounds sets the times of a query and returns the present.
func (f *queryFlags) bounds(q *engine.Query) (now int64, err error) {
	if f.now.relative {
		return 0, fail(exitUsage, "--now: %q is told from the present; write it like 2026-05-12T08:00:00Z", f.now.text)
	}
	if f.last.text != "" && f.from.text != "" {
		return 0, fail(exitUsage, "--last and --from exclude each other")
	}
	if now = f.now.ticks; now == 0 {
		now = event.TicksOf(time.Now())
	}
	q.From, q.To = f.from.at(now), f.to.at(now)
	if f.last.text != "" {
		q.From = now - int64(f.last.value/100)
	}
	if q.From != 0 && q.To != 0 && q.From >= q.To {
		return 0, fail(exitUsage, "--from must be before --to")
	}
	return now, nil
}

// environment returns what the query may assume: the macros, lookups and saved searches of the content that -r names, and of the
// built-in pack.
func (f *queryFlags) environment(o compile.Options) (spl.Env, error) {
	overrides, err := readOverrides(f.macros.values)
	if err != nil {
		return spl.Env{}, err
	}
	o.Overrides = overrides
	own, err := builtinContent()
	if err != nil {
		return spl.Env{}, err
	}
	var content []*escu.Pack
	for _, path := range f.paths.values {
		if _, err := os.Stat(path); path == builtin && errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return spl.Env{}, fail(exitUsage, "cannot read the rules %s: %w", path, cause(err))
		}
		found, _, err := escu.Load([]string{path}, escu.Options{})
		if err != nil {
			return spl.Env{}, fail(exitUsage, "cannot read the rules %s: %w", path, cause(err))
		}
		if len(found) == 0 {
			return spl.Env{}, fail(exitUsage, "there are no macros or lookups of Splunk in %s", path)
		}
		content = append(content, found...)
	}
	content = append(content, own...)
	escu.Join(content)
	for _, by := range overrides {
		content[0].Override(by)
	}
	return compile.Env(content[0], o), nil
}

func readsEvents(n plan.Node) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		_, scan := n.(*plan.Scan)
		found = found || scan
		return !found
	})
	return found
}

// ask runs a query and writes its rows.
func (p program) ask(ctx context.Context, f *queryFlags, q *engine.Query, text *diag.Source, search *spl.Search) error {
	if f.record.set {
		q.Watch = func(ev *event.Event) bool { return ev.Origin.Record == uint64(f.record.value) }
	}
	format := f.format.value
	if format == "" {
		format = "ndjson"
		if f.output == "" && isTerminal(p.stdout) {
			format = "table"
		}
	}
	outs := &outputs{program: p, read: q.Paths}
	out, err := outs.open("output", f.output)
	if err != nil {
		return err
	}
	if err := outs.begin(); err != nil {
		return err
	}
	rows := report.NewRows(out, q.Columns(), report.RowOptions{Format: format, Width: p.width(p.stdout), Color: f.output == "" && p.colors(p.stdout),
		KeepFormulas: f.formulas, Seconds: []string{"_time"}})
	bar := p.progressBar(f.noProgress || f.quiet)
	bar.plain = true
	q.Progress = bar.show
	result, err := q.Run(ctx, rows.Add)
	bar.clear()
	if isBrokenPipe(err) {
		return nil
	}
	if result == nil {
		return failure{exitInput, err}
	}
	if closing := errors.Join(rows.Close(), out.finish()); closing != nil {
		return unwritable(out.name, closing)
	}
	if q.Stages && result.Summary != nil {
		p.showStages(text, search, result.Summary, f)
	}
	switch {
	case result.Report.Interrupted:
		return fail(exitInterrupted, "interrupted; the rows are what was found until then, and not all")
	case err != nil:
		return fail(exitRule, "the query was not finished, and the rows are not all: %s", saying(err))
	}
	if !f.quiet {
		p.queryTalk(rows.Count(), q, result)
	}
	if len(q.Paths) == 0 {
		return nil
	}
	return unread(q.Paths, result.Report.Inputs, false)
}

// queryTalk says on standard error what a query came to.
func (p program) queryTalk(rows int64, q *engine.Query, result *engine.QueryResult) {
	line := plural(rows, "row")
	if len(q.Paths) > 0 {
		line += " from " + plural(result.Report.Events, "record")
	}
	line += fmt.Sprintf(" in %.1f s", result.Report.Elapsed.Seconds())
	if result.Limited {
		line += "; there are more rows (--limit)"
	}
	var lost int64
	for _, in := range result.Report.Inputs {
		lost += in.Lost
	}
	if lost > 0 {
		line += fmt.Sprintf("; %s could not be read", plural(lost, "record"))
	}
	if result.Report.Outside > 0 {
		line += fmt.Sprintf("; %s outside --from and --to", plural(result.Report.Outside, "record"))
	}
	fmt.Fprintln(p.stderr, line)
}

// saying returns an error without the word that it is one, which stands in front of it already.
func saying(err error) string {
	var one diag.Diagnostic
	var list diag.List
	if errors.As(err, &list) && len(list) > 0 {
		one = list[0]
	} else if !errors.As(err, &one) {
		return err.Error()
	}
	text := one.Message + " [" + one.Code + "]"
	if one.Hint != "" {
		text += "; " + one.Hint
	}
	return text
}
