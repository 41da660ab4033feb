package engine

import (
	"context"
	"errors"
	"runtime"
	"sort"
	"sync"
	"time"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/source"
	"goshawk/stream"
	"goshawk/taxonomy"
)

// Scan says what to look for and where.
type Scan struct {
	Paths    []string
	Rules    []*compile.Rule // must be loaded, not refused
	Taxonomy *taxonomy.Taxonomy
	Source   source.Options
	Threads  int   // 0: all cores
	From, To int64 // ticks: only events at From or later and before To; 0: unbounded. Events without a time are kept
	NoIndex  bool  // for tests: have every rule evaluated for every event
	// Finding receives every finding, in the order of the input and, for one event, of the rules. It must not be nil.
	Finding func(*finding.Finding) error
	// Progress, if not nil, is called now and then, from one goroutine at a time.
	Progress func(Progress)
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
	// Unindexed are the rules that had to be evaluated for every event of some kind.
	Unindexed []*compile.Rule
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
}

// outcome is what a worker made of a block.
type outcome struct {
	seq, input int
	findings   []*finding.Finding
	problems   []source.Problem
	events     int64
	matched    int64
	outside    int64
	bytes      int
}

// Run scans the paths. It returns an error for what prevents the scan as a whole (a path that does not exist, a writer that
// fails); what is wrong with an input or a record is in the report. When the context ends, Run stops soon, and the report
// says so: what was found until then has been given to Finding.
func (s *Scan) Run(ctx context.Context) (*Report, error) {
	started := time.Now()
	rules := make([]stream.Rule, len(s.Rules))
	for i, r := range s.Rules {
		rules[i] = stream.Rule{Table: r.Table, Where: r.Where}
	}
	set, err := stream.Compile(rules, s.Taxonomy, stream.Options{NoIndex: s.NoIndex})
	if err != nil {
		return nil, err
	}
	threads := s.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	r := &run{scan: s, set: set, started: started, total: source.Total(s.Paths), report: &Report{}}
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs := make(chan job, threads)
	outcomes := make(chan outcome, threads)
	tokens := make(chan struct{}, 4*threads) // blocks between being read and being merged
	workers := make([]*worker, threads)
	var busy sync.WaitGroup
	for i := range workers {
		workers[i] = r.newWorker()
		busy.Go(func() {
			for j := range jobs {
				o := workers[i].work(stop, j)
				outcomes <- o
			}
		})
	}
	merged := make(chan error, 1)
	go func() { merged <- r.merge(outcomes, tokens, cancel) }()
	walkError := r.read(stop, jobs, tokens)
	close(jobs)
	busy.Wait()
	close(outcomes)
	if err := <-merged; err != nil {
		return r.report, err
	}
	if walkError != nil && ctx.Err() == nil {
		return r.report, walkError
	}
	r.report.Interrupted = ctx.Err() != nil
	r.finish(workers)
	r.report.Elapsed = time.Since(started)
	return r.report, nil
}

// run is one scan under way.
type run struct {
	scan    *Scan
	set     *stream.Set
	started time.Time
	total   int64
	report  *Report
	lock    sync.Mutex // guards the inputs of the report and the bytes read
	bytes   int64
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
	seq := 0
	err := source.Walk(ctx, r.scan.Paths, options, func(in *source.Input) error {
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
			case jobs <- job{seq, index, b}:
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
	for _, f := range o.findings {
		r.report.Findings++
		r.report.Levels[f.Detection.Level]++
		if f.Time != 0 {
			if r.report.First == 0 || f.Time < r.report.First {
				r.report.First = f.Time
			}
			r.report.Last = max(r.report.Last, f.Time)
		}
		if err := r.scan.Finding(f); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) progress(input int) Progress {
	r.lock.Lock()
	defer r.lock.Unlock()
	return Progress{Bytes: r.bytes, Total: r.total, Events: r.report.Events, Findings: r.report.Findings,
		Elapsed: time.Since(r.started), Input: r.report.Inputs[input].Name}
}

// finish completes the report with what the workers counted.
func (r *run) finish(workers []*worker) {
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
	unindexed := map[int]bool{}
	classes := make([]*event.Class, len(r.report.Classes))
	for i := range r.report.Classes {
		classes[i] = event.ClassOf(r.report.Classes[i].Class)
		for _, id := range r.set.Unindexed(classes[i]) {
			unindexed[id] = true
		}
	}
	for id, rule := range r.scan.Rules {
		if unindexed[id] {
			r.report.Unindexed = append(r.report.Unindexed, rule)
		}
	}
	r.report.Blind = r.blind(classes)
}
