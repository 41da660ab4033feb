package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/event"
	"goshawk/lang/kql"
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
	data       dataFlags
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
	f := queryFlags{language: choice{what: "language", words: []string{string(detection.SPL), string(detection.KQL)}}}
	c := &cobra.Command{
		Use:   "query -l spl|kql 'QUERY' [PATH…]",
		Short: "Ask logs a question in SPL or KQL",
		Long: `Query runs a search in SPL, or a query in KQL, over log files, folders and archives; '-' is standard input. One that makes its own
rows (makeresults, inputlookup; print, range, datatable) needs no path. Macros and lookups, functions and watchlists come from the content
that -r names, and from what is built in.

What a query says of the present (now(), ago(1d), earliest=-1d) is meant from the end of the data, the time of the last event, unless
--now names another time. Several queries of KQL in one text, with ';' between, are asked one after the other.

Nothing is cut: what Splunk would cut silently (a join at 50,000 rows, sort at 10,000) is cut only with --original-limits.`,
		Example: `  goshawk query -l spl 'EventCode=1 Image=*\\at.exe | stats count by Computer User' logs/
  goshawk query -l kql 'SecurityEvent | where EventID == 4625 | summarize count() by TargetUserName' logs/
  goshawk query -l kql 'imProcessCreate | where TimeGenerated > ago(1d) | take 10' logs.zip -f json
  goshawk query --file hunt.kql --stages logs.zip`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && f.file == "" {
				return fail(exitUsage, "no query; write it in quotes, or name its file with --file\nTry 'goshawk query --help'")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error { return p.query(c, &f, args) },
	}
	flags := c.Flags()
	flags.VarP(&f.language, "language", "l", "language of the query: spl, kql (default: kql for a --file that ends in .kql or .csl, else spl)")
	flags.StringVar(&f.file, "file", "", "read the query from `FILE`; all arguments are paths then")
	flags.VarP(&f.paths, "rules", "r", "content whose macros and lookups, or functions and watchlists, the query uses: a checkout, an app, or files; may be repeated")
	flags.Var(&f.macros, "macros", "your own macros and lookups for SPL, which go before all others: a macro's YAML, a macros.conf, or a folder; may be repeated")
	f.data.bind(c)
	f.read.bind(c)
	f.label.bind(c)
	f.format = choice{what: "format", words: report.RowFormats}
	flags.VarP(&f.format, "format", "f", "how to write rows: "+strings.Join(report.RowFormats, ", ")+" (default: table on a terminal, else ndjson)")
	flags.StringVarP(&f.output, "output", "o", "", "write rows to `FILE` instead of standard output")
	flags.Var(&f.from, "from", "only events at `TIME` or later: RFC 3339 (UTC if it names no zone), or -24h for a day ago")
	flags.Var(&f.to, "to", "only events before `TIME`")
	flags.Var(&f.last, "last", "only events of the last `DURATION`, such as 24h or 30d")
	flags.Var(&f.now, "now", "take `TIME` for the present: what now(), ago(1d) and -24h@h mean (default: the end of the data)")
	flags.Var(&f.limit, "limit", "rows to write (default: all)")
	f.threads.most = maxThreads
	flags.Var(&f.threads, "threads", "workers (default: one for each core); the output does not depend on it")
	flags.Var(&f.memory, "max-memory", "what the query may hold in memory, such as 2GiB (default 1GiB); beyond it ends in an error")
	flags.BoolVar(&f.stages, "stages", false, "tell the rows behind each pipe on standard error")
	flags.Var(&f.record, "record", "tell which pipe dropped the event with this record `NUMBER`; implies --stages")
	flags.BoolVar(&f.original, "original-limits", false, "cut as Splunk does by default: join 50,000, subsearch 10,000, sort 10,000, list 100, map 10")
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

// question is a query that was read, in whatever language.
type question struct {
	plan       plan.Node
	complaints diag.List
	pipes      []pipe
	kusto      *kql.Query // what a query of KQL was read as; nil for SPL
	timed      bool       // it depends on the time at which it is asked
	// again reads it for another time; the plan is nil if it is wrong then.
	again func(now int64) *question
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
	if q.Now, err = f.bounds(q); err != nil {
		return err
	}
	options := compile.Options{Taxonomy: q.Taxonomy, Now: q.Now}
	if err := f.data.apply(p, &options); err != nil {
		return err
	}
	read := f.readSPL
	if f.languageOf() == detection.KQL {
		read = f.readKQL
	}
	list, complaints, err := read(text, options, q)
	if err != nil {
		return err
	}
	if complaints.Failed() {
		return refusal("the query is wrong", complaints)
	}
	if !f.quiet {
		p.warn(complaints)
	}
	if f.plan {
		var plans []string
		for _, one := range list {
			plans = append(plans, strings.TrimRight(plan.String(one.plan), "\n")+"\n")
		}
		return p.write([]byte(strings.Join(plans, "\n")))
	}
	if err := mayBeAsked(list, paths); err != nil {
		return err
	}
	return p.ask(c.Context(), f, q, list)
}

// warn shows the warnings among complaints, each once.
func (p program) warn(list diag.List) {
	told := map[string]bool{}
	for _, d := range list {
		if text := d.Render(); d.Severity == diag.Warning && !told[text] {
			told[text] = true
			fmt.Fprint(p.stderr, text)
		}
	}
}

// mayBeAsked says whether there is something to ask the queries of.
func mayBeAsked(list []*question, paths []string) error {
	reading := 0
	for _, one := range list {
		if readsEvents(one.plan) {
			reading++
		}
	}
	switch {
	case reading > 0 && len(paths) == 0:
		return fail(exitUsage, "the query reads events, and no path is named; name files or folders, or '-' for standard input")
	case reading > 1 && slices.Contains(paths, "-"):
		return fail(exitUsage, "standard input can be read once, and %d queries want it; put it into a file", reading)
	}
	return nil
}

// languageOf returns the language of the query.
func (f *queryFlags) languageOf() detection.Language {
	if f.language.value != "" {
		return detection.Language(f.language.value)
	}
	switch strings.ToLower(filepath.Ext(f.file)) {
	case ".kql", ".csl":
		return detection.KQL
	}
	return detection.SPL
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

func readsEvents(n plan.Node) bool {
	found := false
	plan.Walk(n, func(n plan.Node) bool {
		_, scan := n.(*plan.Scan)
		found = found || scan
		return !found
	})
	return found
}

// ask runs queries one after the other and writes their rows.
func (p program) ask(ctx context.Context, f *queryFlags, q *engine.Query, list []*question) error {
	if f.record.set {
		q.Watch = func(ev *event.Event) bool { return ev.Origin.Record == uint64(f.record.value) }
	}
	outs := &outputs{program: p, read: q.Paths}
	out, err := outs.open("output", f.output)
	if err != nil {
		return err
	}
	if err := outs.begin(); err != nil {
		return err
	}
	paths := q.Paths
	for i, one := range list {
		mine := *q
		if mine.Paths = paths; !readsEvents(one.plan) {
			mine.Paths = nil
		}
		if i > 0 && f.rowFormat(p) != "ndjson" && f.rowFormat(p) != "json" {
			_, _ = io.WriteString(out, "\n") // an error shows in what follows
		}
		if err = p.askOne(ctx, f, &mine, one, out); err != nil {
			break
		}
	}
	closing := out.finish()
	if isBrokenPipe(err) {
		return nil
	}
	if closing != nil && !isBrokenPipe(closing) {
		return unwritable(out.name, closing)
	}
	return err
}

// rowFormat returns how rows are to be written.
func (f *queryFlags) rowFormat(p program) string {
	switch {
	case f.format.value != "":
		return f.format.value
	case f.output == "" && isTerminal(p.stdout):
		return "table"
	}
	return "ndjson"
}

// askOne runs a query and writes its rows.
func (p program) askOne(ctx context.Context, f *queryFlags, q *engine.Query, one *question, out *output) error {
	q.Node = one.plan
	asked := one // as it was read for the time at which it was asked
	if one.timed && f.now.text == "" && len(q.Paths) > 0 {
		q.Relower = func(m compile.Moment) (plan.Node, error) {
			asked = one.again(m.Now)
			if asked.plan == nil {
				return nil, asked.complaints
			}
			return asked.plan, nil
		}
	}
	rows := report.NewRows(out, q.Columns(), report.RowOptions{Format: f.rowFormat(p), Width: p.width(p.stdout), Color: f.output == "" && p.colors(p.stdout),
		KeepFormulas: f.formulas, Seconds: secondsOf(one), Kusto: one.kusto})
	bar := p.progressBar(f.noProgress || f.quiet)
	bar.plain = true
	q.Progress = bar.show
	result, err := q.Run(ctx, rows.Add)
	bar.clear()
	if isBrokenPipe(err) {
		return err
	}
	if result == nil {
		return failure{exitInput, err}
	}
	if closing := rows.Close(); closing != nil {
		if isBrokenPipe(closing) {
			return closing
		}
		return unwritable(out.name, closing)
	}
	if flush, ok := out.Writer.(*bufio.Writer); ok { // the rows go before what is said of them
		if err := flush.Flush(); err != nil {
			if isBrokenPipe(err) {
				return err
			}
			return unwritable(out.name, err)
		}
	}
	if q.Stages && result.Summary != nil {
		p.showStages(asked.pipes, result.Summary, f)
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

// secondsOf returns the columns of a query that hold seconds since 1970.
func secondsOf(q *question) []string {
	if q.kusto != nil {
		return nil
	}
	return []string{"_time"}
}

// queryTalk says on standard error what a query came to.
func (p program) queryTalk(rows int64, q *engine.Query, result *engine.QueryResult) {
	line := plural(rows, "row")
	if len(q.Paths) > 0 {
		line += " from " + plural(result.Report.Events, "record")
	}
	if result.At != 0 && q.Relower != nil {
		line += ", asked at " + event.FormatTime(result.At)
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
