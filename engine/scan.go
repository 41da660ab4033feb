package engine

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/finding"
	"goshawk/source"
	"goshawk/stream"
	"goshawk/taxonomy"
)

// Scan says what to look for and where.
type Scan struct {
	Paths []string
	// Events are asked before what lies at the paths. They must own their memory, and are not changed: the same may be given to
	// several scans at a time.
	Events []*event.Event
	Rules  []*compile.Rule // must be loaded, not refused
	// Baselines are searches that fill tables, in memory, for those of the rules that read them; of them only such are run. Refused
	// ones may be among them, and are told of where they are needed.
	Baselines []*compile.Rule
	Taxonomy  *taxonomy.Taxonomy
	Source    source.Options
	Threads   int   // 0: all cores
	From, To  int64 // ticks: only events at From or later and before To; 0: unbounded. Events without a time are kept
	NoIndex   bool  // for tests: have every rule evaluated for every event
	// AsScheduled replays the schedules of detections that have one: each is run at every slot over the events of its window,
	// as they are by their own times. Detections without a schedule see everything, as they do otherwise.
	AsScheduled bool
	// Now is the time of searches that depend on it; 0: the end of the data. A slot has its own.
	Now    int64
	Limits Limits
	Risk   RiskOptions
	// Sentinel says what is made of the alerts of Sentinel's rules.
	Sentinel SentinelOptions
	// Finding receives every finding: those that single events make in the order of the input and, for one event, of the rules;
	// then those that need all of the input, rule by rule; then incidents, and what is found in the risk; then the
	// incidents of Sentinel's rules. It must not be nil.
	Finding func(*finding.Finding) error
	// Census, if not nil, is filled with what each host sent.
	Census *Census
	// Suppressed, if not nil, receives every match that is no finding since the rule leaves it out, such as by an exclusion: those of
	// single events in the order of the input.
	Suppressed func(*Suppressed) error
	// Progress, if not nil, is called now and then, from one goroutine at a time.
	Progress func(Progress)
}

// Limits bound what plans that look at more than single events may take. A rule that needs more is reported as failed.
type Limits struct {
	RuleMemory int64 // bytes that one rule may hold; 0: 256 MiB
	Memory     int64 // bytes that all rules may hold together; 0: 2 GiB
	RuleRows   int64 // rows that one search of a rule may give; 0: 1,000,000
	Evidence   int   // events that are listed with a finding; 0: 100
}

func (l Limits) withDefaults() Limits {
	set := func(n *int64, other int64) {
		if *n == 0 {
			*n = other
		}
	}
	set(&l.RuleMemory, 256<<20)
	set(&l.Memory, 2<<30)
	set(&l.RuleRows, 1_000_000)
	if l.Evidence == 0 {
		l.Evidence = 100
	}
	return l
}

// Progress is how far a scan is.
type Progress struct {
	Bytes, Total int64 // of the files as they lie on disk, compressed where they are; Total is -1 if unknown
	Events       int64
	Findings     int64
	Elapsed      time.Duration
	Input        string // what is being read
}

// Report is what a scan has to say beside its findings.
type Report struct {
	Inputs      []InputReport
	Events      int64 // records read; joined events made of several records do not count
	Matched     int64 // events for which at least one rule held
	Findings    int64
	Levels      [detection.Critical + 1]int64 // findings of each level
	Outside     int64                         // matches outside From and To
	Interrupted bool
	Elapsed     time.Duration
	First, Last int64 // ticks: the earliest and latest time of an event that matched, 0 if none
	Classes     []ClassCount
	Blind       []Blind
	// Failed are the rules whose answer is not whole.
	Failed []RuleFailure
	// Suppressions are what each suppressor of each rule did, those that did nothing included, in the order of the rules;
	// SuppressedMatches counts what they suppressed, once however many of them did.
	Suppressions      []Suppression
	SuppressedMatches int64
	Throttled         int64 // rows that were left out because one like them had just been found
	// Untriggered are rows of runs whose number was no alert by the trigger of their rule.
	Untriggered int64
	// Strayed are rows of runs that say of themselves that they are of a time outside the window of their run.
	Strayed    int64
	Unfilled   int64 // findings some of whose texts could not be filled in; their Notes say which
	RiskEvents int64
	Ledger     *finding.Ledger // of the risk that was raised; nil if no detection raises any
	Incidents  int64           // findings of the rules that look at the risk of an entity
	Slots      int64           // searches that AsScheduled ran
	Unseen     int64           // matches that lie in the window of no slot
	Summaries  SummaryReport
	Sentinel   SentinelReport
	// Filled are the tables that baselines were asked to fill, and Unfillable the baselines that were needed and could not be run.
	Filled     []Filled
	Unfillable []compile.Unfill
}

// InputReport is what became of one input.
type InputReport struct {
	Name      string
	Format    string // empty if it was not read
	Why       string // what told the format, or why the input was not read
	Certainty int
	Others    []string
	Skipped   bool
	Bytes     int64
	Events    int64
	Lost      int64 // records that could not be read
	Odd       int64 // other problems
	Problems  []source.Problem
}

// maxProblems bounds the problems kept for each input; all are counted.
const maxProblems = 100

// ClassCount is a kind of record with the number of its events.
type ClassCount struct {
	Class event.Class
	Count int64
}

// job is a block on its way to a worker.
type job struct {
	seq   int
	input int
	block source.Block
	// events, if not nil, are the block's, which then has no bytes.
	events []*event.Event
}

// outcome is what a worker made of a block.
type outcome struct {
	seq, input int
	findings   []found
	left       []leftOut
	rows       []feedLines
	wanted     []int // the feeds that are idle no longer
	broken     []broken
	problems   []source.Problem
	events     int64
	matched    int64
	outside    int64
	unseen     int64
	bytes      int
}

// found is a finding with the number of its rule.
type found struct {
	finding *finding.Finding
	rule    int
}

// broken is what keeps a rule from getting its rows.
type broken struct {
	rule int
	err  error
}

// feedLines is rows for a feed, which is known by its number in the stream.Set.
type feedLines struct {
	feed  int
	lines *exec.Lines
}

// Run scans the paths. It returns an error for what prevents the scan as a whole (a path that does not exist, a writer that
// fails); what is wrong with an input or a record is in the report. When the context ends, Run stops soon, and the report
// says so: what was found until then has been given to Finding.
func (s *Scan) Run(ctx context.Context) (*Report, error) {
	r, err := newRun(s)
	if err != nil {
		return nil, err
	}
	r.context = ctx
	workers, err := r.pass(ctx)
	if err != nil {
		return r.report, err
	}
	r.report.Interrupted = ctx.Err() != nil
	r.span(workers)
	if !r.report.Interrupted {
		if err := r.answer(); err != nil {
			return r.report, err
		}
		r.report.Interrupted = ctx.Err() != nil
	}
	for _, rr := range r.rules { // of rules that could not be finished
		if err := r.suppress(rr.takeLeft()); err != nil {
			return r.report, err
		}
	}
	r.finish(workers)
	r.report.Elapsed = time.Since(r.started)
	return r.report, nil
}

// newRun prepares a scan.
func newRun(s *Scan) (*run, error) {
	s, shelf := s.withSummaries().shelved()
	r := &run{scan: s, shelf: shelf, started: time.Now(), limits: s.Limits.withDefaults(), report: &Report{}}
	var measured sync.WaitGroup
	defer measured.Wait()
	measured.Go(func() { r.total = source.Total(s.Paths) })
	r.prepareRules()
	r.filling()
	rules := make([]stream.Rule, len(r.feeds))
	for i, f := range r.feeds {
		rules[i] = stream.Rule{Table: f.Table, Where: f.asks()}
	}
	for id, f := range r.feeds {
		if where := f.wants(); where != nil {
			r.wanting = append(r.wanting, id)
			rules = append(rules, stream.Rule{Table: f.Table, Where: where})
		}
	}
	var err error
	r.set, err = stream.Compile(rules, s.Taxonomy, stream.Options{NoIndex: s.NoIndex})
	return r, err
}

// blockDone is called with each block of which all events have been asked; a test sees to it that nobody uses them later.
var blockDone = (*source.Block).Done

// minAhead is how many blocks may at least be between being read and being merged, so that few workers have enough to do while one of them
// meets a new kind of record, and while an archive is unpacked.
const minAhead = 32

// pass reads everything once. It returns what prevents that as a whole; an interruption does not count.
func (r *run) pass(ctx context.Context) ([]*worker, error) {
	threads := r.threads()
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ahead := max(minAhead, 4*threads)
	jobs := make(chan job, ahead)
	outcomes := make(chan outcome, ahead)
	tokens := make(chan struct{}, ahead) // blocks between being read and being merged
	workers := make([]*worker, threads)
	var busy sync.WaitGroup
	for i := range workers {
		workers[i] = r.newWorker()
		busy.Go(func() {
			for j := range jobs {
				o := workers[i].work(stop, j)
				blockDone(&j.block)
				outcomes <- o
			}
			workers[i].rest()
		})
	}
	merged := make(chan error, 1)
	go func() { merged <- r.merge(outcomes, tokens, cancel) }()
	walkError := r.read(stop, jobs, tokens)
	close(jobs)
	busy.Wait()
	close(outcomes)
	if err := <-merged; err != nil {
		return workers, err
	}
	if walkError != nil && ctx.Err() == nil {
		return workers, walkError
	}
	return workers, nil
}

func (r *run) threads() int {
	if r.scan.Threads > 0 {
		return r.scan.Threads
	}
	return runtime.GOMAXPROCS(0)
}

// run is one scan under way.
type run struct {
	scan    *Scan
	shelf   *compile.Shelf // the tables that baselines fill; nil if there are none
	set     *stream.Set
	limits  Limits
	context context.Context
	started time.Time
	total   int64
	report  *Report
	lock    sync.Mutex // guards the inputs of the report and the bytes read
	bytes   int64

	rules []*ruleRun
	feeds []*feed // by their number in the set
	// wanting are the feeds that are idle at first: behind the feeds there is a rule in the set for each, which the events meet that it
	// waits for.
	wanting []int
	timed   bool // the time of every event matters, not only of those that match
	// arrivals says that it matters when events were ingested.
	arrivals bool
	first    int64 // the earliest and latest time of an event, if timed
	last     int64
	memory   int64 // what the rules hold together
	ledger   *finding.Ledger
	query    *queryRun // nil for a scan
	sentinelRun
}

var errStopped = errors.New("stopped")

// read walks the paths and hands out blocks.
func (r *run) read(ctx context.Context, jobs chan<- job, tokens chan<- struct{}) error {
	options := r.scan.Source
	options.Progress = func(delta int64) {
		r.lock.Lock()
		r.bytes += delta
		r.lock.Unlock()
	}
	seq, err := r.hand(ctx, r.scan.Events, 0, jobs, tokens)
	if err != nil {
		return nil // stopped
	}
	err = source.Walk(ctx, r.scan.Paths, options, func(in *source.Input) error {
		index := r.addInput(in)
		if in.Skipped != "" {
			return nil
		}
		err := in.ReadBlocks(func(b source.Block) error {
			select {
			case tokens <- struct{}{}:
			case <-ctx.Done():
				return errStopped
			}
			select {
			case jobs <- job{seq: seq, input: index, block: b}:
				seq++
			case <-ctx.Done():
				return errStopped
			}
			return nil
		}, func(p source.Problem) { r.addProblems(index, p) })
		switch {
		case errors.Is(err, errStopped):
			return err
		case err != nil:
			r.addProblems(index, source.Problem{Source: in.Name, Offset: -1, Code: "input-unreadable", Reason: err.Error(), Lost: true})
		}
		return nil
	})
	if errors.Is(err, errStopped) {
		return nil
	}
	return err
}

func (r *run) addInput(in *source.Input) int {
	report := InputReport{Name: in.Name, Why: in.Guess.Why, Certainty: in.Guess.Certainty, Others: in.Others, Bytes: max(in.Size, 0)}
	if in.Skipped != "" {
		report.Skipped, report.Why = true, in.Skipped
	} else {
		report.Format = in.Format.Name
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.report.Inputs = append(r.report.Inputs, report)
	return len(r.report.Inputs) - 1
}

func (r *run) addProblems(input int, problems ...source.Problem) {
	if len(problems) == 0 {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	in := &r.report.Inputs[input]
	for _, p := range problems {
		if p.Lost {
			in.Lost++
		} else {
			in.Odd++
		}
		if len(in.Problems) < maxProblems {
			in.Problems = append(in.Problems, p)
		}
	}
}

// merge puts outcomes back into order and hands out findings.
func (r *run) merge(outcomes <-chan outcome, tokens <-chan struct{}, cancel context.CancelCauseFunc) error {
	waiting := map[int]outcome{}
	next := 0
	var failed error
	var shown time.Time
	for o := range outcomes {
		waiting[o.seq] = o
		for {
			o, ok := waiting[next]
			if !ok {
				break
			}
			delete(waiting, next)
			next++
			<-tokens
			if failed == nil {
				if failed = r.take(o); failed != nil {
					cancel(failed)
				}
			}
		}
		if now := time.Now(); r.scan.Progress != nil && now.Sub(shown) > 100*time.Millisecond {
			shown = now
			r.scan.Progress(r.progress(o.input))
		}
	}
	if failed == nil && r.scan.Progress != nil && len(r.report.Inputs) > 0 {
		r.scan.Progress(r.progress(len(r.report.Inputs) - 1))
	}
	return failed
}

func (r *run) take(o outcome) error {
	r.addProblems(o.input, o.problems...)
	r.lock.Lock()
	r.report.Inputs[o.input].Events += o.events
	if r.report.Inputs[o.input].Bytes == 0 {
		r.report.Inputs[o.input].Bytes += int64(o.bytes)
	}
	r.lock.Unlock()
	r.report.Events += o.events
	r.report.Matched += o.matched
	r.report.Outside += o.outside
	r.report.Unseen += o.unseen
	for _, b := range o.broken {
		r.fail(r.rules[b.rule], b.err, 0)
	}
	r.wake(o.wanted)
	list := append(o.findings, r.offer(o.rows)...)
	for _, part := range o.rows {
		if rr := r.rules[r.feeds[part.feed].rule]; len(rr.left) > 0 {
			o.left = append(o.left, rr.takeLeft()...)
		}
	}
	if err := r.suppress(o.left); err != nil {
		return err
	}
	if len(list) > len(o.findings) {
		slices.SortStableFunc(list, func(a, b found) int {
			return cmp.Or(cmp.Compare(a.finding.Order.Event, b.finding.Order.Event), cmp.Compare(a.rule, b.rule))
		})
	}
	for _, f := range list {
		if err := r.deliver(f.finding); err != nil {
			return err
		}
	}
	if r.query != nil {
		return r.query.state()
	}
	return nil
}

// deliver counts a finding and hands it out.
func (r *run) deliver(f *finding.Finding) error {
	r.report.Findings++
	r.report.Levels[f.Detection.Level]++
	if f.Time != 0 {
		if r.report.First == 0 || f.Time < r.report.First {
			r.report.First = f.Time
		}
		r.report.Last = max(r.report.Last, f.Time)
	}
	if len(f.Notes) > 0 {
		r.report.Unfilled++
	}
	if len(f.Risk) > 0 && r.ledger != nil {
		r.ledger.Add(f)
	}
	if r.scan.Sentinel.Incidents {
		r.alerted(f)
	}
	return r.scan.Finding(f)
}

func (r *run) progress(input int) Progress {
	r.lock.Lock()
	defer r.lock.Unlock()
	return Progress{Bytes: r.bytes, Total: r.total, Events: r.report.Events, Findings: r.report.Findings,
		Elapsed: time.Since(r.started), Input: r.report.Inputs[input].Name}
}

// finish completes the report with what the workers counted.
func (r *run) finish(workers []*worker) {
	if c := r.scan.Census; c != nil {
		c.gather(workers)
	}
	counts := map[event.Class]int64{}
	for _, w := range workers {
		for class, n := range w.counts {
			counts[*class] += *n
		}
	}
	for class, n := range counts {
		r.report.Classes = append(r.report.Classes, ClassCount{class, n})
	}
	sort.Slice(r.report.Classes, func(i, j int) bool {
		a, b := r.report.Classes[i].Class, r.report.Classes[j].Class
		if a.Product != b.Product {
			return a.Product < b.Product
		}
		if a.Channel != b.Channel {
			return a.Channel < b.Channel
		}
		if a.Provider != b.Provider {
			return a.Provider < b.Provider
		}
		return a.ID < b.ID
	})
	classes := make([]*event.Class, len(r.report.Classes))
	for i := range r.report.Classes {
		classes[i] = event.ClassOf(r.report.Classes[i].Class)
	}
	r.report.Blind = r.blind(classes)
	for _, rr := range r.rules {
		for _, s := range rr.suppressions {
			r.report.Suppressions = append(r.report.Suppressions, *s)
		}
		if rr.failure != nil {
			rr.failure.Findings = rr.given
			r.report.Failed = append(r.report.Failed, *rr.failure)
		}
	}
}
