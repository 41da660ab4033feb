package engine

import (
	"context"
	"errors"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/source"
	"goshawk/taxonomy"
)

// Query says what to ask of logs, as a plan, and where. The zero bounds are those of exec.
type Query struct {
	Node     plan.Node
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
	Limited bool // there were more rows than Limit
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
}

// errEnough ends the reading of a query that needs no more.
var errEnough = errors.New("enough")

// Run asks the query of the logs and gives the rows, in the same order whatever the number of threads; emit must not change
// them, and may end the run by returning exec.ErrEnough. The result is there also beside an error, which is about the plan, a
// bound, or what prevents the reading as a whole.
func (q *Query) Run(ctx context.Context, emit func(*exec.Batch) error) (*QueryResult, error) {
	exact := q.Stages || q.Watch != nil
	rule := compile.Planned(&detection.Detection{}, q.Node, nil)
	if rule.Refused {
		return nil, rule.Diagnostics
	}
	if exact {
		rule = whole(q.Node)
	}
	if rule.Rest == nil {
		rule.Rest = rule.Feeds[0].Scan
	}
	run := &queryRun{give: emit, limit: q.Limit, exact: exact,
		options: exec.Options{MaxMemory: q.MaxMemory, Evidence: q.Evidence, Watch: q.Watch}}
	s := &Scan{Paths: q.Paths, Rules: []*compile.Rule{rule}, Taxonomy: q.Taxonomy, Source: q.Source, Threads: q.Threads, From: q.From, To: q.To,
		Progress: q.Progress, Finding: func(*finding.Finding) error { return nil }, Limits: Limits{RuleMemory: unbounded, Memory: unbounded}}
	r, err := newQueryRun(s, run)
	if err != nil {
		return nil, err
	}
	result := &QueryResult{Report: r.report, Summary: &exec.Summary{Partial: true}}
	r.context = ctx
	if err := r.start(run.rule); err != nil {
		return result, err
	}
	workers, err := r.pass(ctx)
	if errors.Is(err, errEnough) {
		err = nil
	}
	r.report.Interrupted = ctx.Err() != nil
	r.finish(workers)
	if err == nil {
		err = run.end(r, result, workers)
	}
	result.Limited = run.limited
	r.report.Elapsed = time.Since(r.started)
	return result, err
}

// unbounded leaves the bounds to exec.
const unbounded = 1 << 62

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
	if q.rule.failure != nil || q.refused != nil || q.limited || !q.rule.run.Wanted() {
		q.finished = true
		return errEnough
	}
	return nil
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
