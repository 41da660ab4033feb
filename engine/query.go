package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/source"
	"goshawk/taxonomy"
)

// Query says what to ask of logs, as a plan, and where. The zero bounds are those of exec.
type Query struct {
	Node plan.Node
	// Relower, if not nil, gives the plan as it is at another time. The query is then asked at the end of the data, which is known when
	// all is read: what may matter waits until then. Now takes its place where no event has a time.
	Relower  func(compile.Moment) (plan.Node, error)
	Now      int64
	Paths    []string
	Taxonomy *taxonomy.Taxonomy
	Source   source.Options
	Threads  int   // 0: all cores
	From, To int64 // ticks: only events at From or later and before To; 0: unbounded. Events without a time are kept
	// Stages has the plan run as it stands, over all events of its tables, so that the statistics tell the rows behind each of
	// its nodes. Otherwise it is rewritten, and the index of the stream takes out what cannot matter first.
	Stages bool
	// Watch says of which events the statistics must tell how far they got, as exec.Options has it; it implies Stages. It is
	// called by several goroutines at a time.
	Watch     func(*event.Event) bool
	Limit     int64 // rows to give; 0: all
	MaxMemory int64 // bytes that the operators may hold; 0: 1 GiB, -1: no bound
	Evidence  int   // events that are remembered for each row
	Progress  func(Progress)
}

// QueryResult is what a query has to tell beside its rows.
type QueryResult struct {
	Report  *Report // of what was read
	Summary *exec.Summary
	Limited bool  // there were more rows than Limit
	At      int64 // the end of the data, if that is when the query was asked
}

// Columns returns the columns of the rows that Run gives.
func (q *Query) Columns() []*plan.Column { return q.Node.Columns() }

// queryRun is a query under way: it takes the place of findings in a run.
type queryRun struct {
	options  exec.Options
	give     func(*exec.Batch) error
	limit    int64
	rows     int64
	limited  bool
	refused  error
	rule     *ruleRun
	exact    bool
	finished bool
	asked    *Query
}

// errEnough ends the reading of a query that needs no more.
var errEnough = errors.New("enough")

// Run asks the query of the logs and gives the rows, in the same order whatever the number of threads; emit must not change
// them, and may end the run by returning exec.ErrEnough. The result is there also beside an error, which is about the plan, a
// bound, or what prevents the reading as a whole.
func (q *Query) Run(ctx context.Context, emit func(*exec.Batch) error) (*QueryResult, error) {
	exact := q.Stages || q.Watch != nil
	rule := compile.Planned(&detection.Detection{}, q.Node, q.Relower)
	if rule.Refused {
		return nil, rule.Diagnostics
	}
	if exact {
		rule = whole(q.Node)
		rule.Relower = q.Relower
	}
	if rule.Rest == nil {
		rule.Rest = rule.Feeds[0].Scan
	}
	for i := range rule.Feeds {
		rule.Feeds[i].Some = nil // the statistics are of all rows that come
	}
	run := &queryRun{give: emit, limit: q.Limit, exact: exact, asked: q,
		options: exec.Options{MaxMemory: q.MaxMemory, Evidence: q.Evidence, Watch: q.Watch}}
	s := &Scan{Paths: q.Paths, Rules: []*compile.Rule{rule}, Taxonomy: q.Taxonomy, Source: q.Source, Threads: q.Threads, From: q.From, To: q.To,
		Progress: q.Progress, Finding: func(*finding.Finding) error { return nil }, Limits: Limits{RuleMemory: unbounded, Memory: unbounded}}
	if q.Relower != nil {
		s.Limits.RuleMemory = q.memory()
	}
	r, err := newQueryRun(s, run)
	if err != nil {
		return nil, err
	}
	result := &QueryResult{Report: r.report, Summary: &exec.Summary{Partial: true}}
	r.context = ctx
	if !run.rule.kept {
		if err := r.start(run.rule); err != nil {
			return result, err
		}
	}
	workers, err := r.pass(ctx)
	if errors.Is(err, errEnough) {
		err = nil
	}
	r.report.Interrupted = ctx.Err() != nil
	r.finish(workers)
	if err == nil {
		if run.rule.kept {
			r.span(workers)
			err = run.ask(r, result)
		}
		if err == nil {
			err = run.end(r, result, workers)
		}
	}
	result.Limited = run.limited
	r.report.Elapsed = time.Since(r.started)
	return result, err
}

// unbounded leaves the bounds to exec.
const unbounded = 1 << 62

// memory returns the bytes that rows may hold that wait for the end of the data.
func (q *Query) memory() int64 {
	switch {
	case q.MaxMemory < 0:
		return unbounded
	case q.MaxMemory == 0:
		return 1 << 30
	}
	return q.MaxMemory
}

// whole returns the rule of a plan that is run as it stands.
func whole(n plan.Node) *compile.Rule {
	r := &compile.Rule{Detection: &detection.Detection{}, Plan: n, Rest: n}
	plan.Walk(n, func(n plan.Node) bool {
		if scan, ok := n.(*plan.Scan); ok {
			r.Feeds = append(r.Feeds, compile.Feed{Table: scan.Table, Scan: scan})
		}
		return true
	})
	return r
}

func newQueryRun(s *Scan, q *queryRun) (*run, error) {
	r, err := newRun(s)
	if err != nil {
		return nil, err
	}
	r.query, q.rule = q, r.rules[0]
	q.rule.gathers = false // its rows are shown as they come
	return r, nil
}

// emit gives rows on, up to the limit.
func (q *queryRun) emit(b *exec.Batch) error {
	if q.refused != nil {
		return q.refused
	}
	if q.limit > 0 && q.rows+int64(b.Len) > q.limit {
		q.limited = true
		rows := make([]int32, q.limit-q.rows)
		for i := range rows {
			rows[i] = int32(i)
		}
		b = b.Pick(rows)
	}
	q.rows += int64(b.Len)
	if b.Len > 0 {
		if q.refused = q.give(b); q.refused != nil {
			return q.refused
		}
	}
	if q.limited {
		return exec.ErrEnough
	}
	return nil
}

// state says after each block whether reading may stop.
func (q *queryRun) state() error {
	if q.finished {
		return nil
	}
	if q.rule.kept {
		if q.finished = q.rule.failure != nil; q.finished {
			return errEnough
		}
		return nil
	}
	if q.rule.failure != nil || q.refused != nil || q.limited || !q.rule.run.Wanted() {
		q.finished = true
		return errEnough
	}
	return nil
}

// ask begins the run of a query that had to wait for the end of the data, and gives it the rows that were kept.
func (q *queryRun) ask(r *run, result *QueryResult) error {
	if q.rule.failure != nil {
		return diag.Diagnostic{Code: "query-memory", Message: fmt.Sprintf("the rows that wait for the end of the data need more than %d bytes of memory", q.asked.memory()),
			Hint: "say which time the query is asked at, so that nothing has to wait, ask for less, or allow more memory"}
	}
	q.rule.store()
	if result.At = r.endOfData(); result.At == 0 {
		result.At = q.asked.Now
	}
	n, err := q.planAt(compile.Moment{Now: result.At, Earliest: q.asked.From, Latest: q.asked.To})
	if err != nil {
		return err
	}
	if q.rule.query, err = exec.Compile(n, q.options); err != nil {
		return err
	}
	q.rule.scans = q.rule.query.Scans()
	q.rule.run = q.rule.query.Start(r.context, q.emit)
	for i, kept := range q.rule.stored {
		have := r.feeds[q.rule.first+i].Scan.Out
		for j, b := range kept.batches {
			kept.batches[j] = nil
			if q.rule.run.Offer(i, inOrder(b, have, q.rule.scans[i].Out)) != nil {
				return nil // the end says it again
			}
		}
	}
	return nil
}

// planAt returns the plan for a moment, as it stands if its nodes are to be told apart.
func (q *queryRun) planAt(m compile.Moment) (plan.Node, error) {
	if !q.exact {
		return q.rule.rule.At(m)
	}
	n, err := q.asked.Relower(m)
	if err != nil {
		return nil, err
	}
	feeds, later := q.rule.rule.Feeds, whole(n).Feeds
	same := len(feeds) == len(later)
	for i := 0; same && i < len(feeds); i++ {
		same = feeds[i].Table == later[i].Table && !slices.ContainsFunc(later[i].Scan.Out, func(c *plan.Column) bool {
			return !slices.ContainsFunc(feeds[i].Scan.Out, func(h *plan.Column) bool { return h.Name == c.Name })
		})
	}
	if !same {
		return nil, diag.Diagnostic{Code: "query-time", Message: "what the query reads depends on the time at which it is asked", Hint: "say which time that is"}
	}
	return n, nil
}

// end completes the answer and its statistics.
func (q *queryRun) end(r *run, result *QueryResult, workers []*worker) error {
	if q.refused != nil && !errors.Is(q.refused, exec.ErrEnough) {
		return q.refused
	}
	if f := q.rule.failure; f != nil {
		return f.Diagnostics
	}
	summary, err := q.rule.run.Finish()
	if q.exact {
		var offered, watched int64
		for _, w := range workers {
			offered += w.seen
			watched += w.watched
		}
		for i := range summary.Stats {
			if _, ok := summary.Stats[i].Node.(*plan.Scan); ok {
				summary.Stats[i].In, summary.Stats[i].WatchedIn = offered, watched
			}
		}
	}
	result.Summary = summary
	if errors.Is(err, exec.ErrEnough) || err != nil && errors.Is(r.context.Err(), context.Canceled) {
		return nil
	}
	return err
}

// watch counts an event for the statistics of a query.
func (w *worker) watch(ev *event.Event) {
	w.seen++
	if watched := w.run.query.options.Watch; watched != nil && watched(ev) {
		w.watched++
	}
}
