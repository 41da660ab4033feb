package exec

import (
	"fmt"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// Options are the bounds and wishes of a query. The zero Options are useful.
type Options struct {
	BatchSize int   // rows of a batch; 0: 1,024
	MaxMemory int64 // bytes that the operators of one run may hold together; 0: 1 GiB, -1: no bound
	MaxRows   int64 // rows of the result; 0: no bound
	MaxGroups int64 // groups of one Aggregate, partitions of one Window, Sequence or Trace, groups that a Correlate knows at a time; 0: 4,000,000, -1: no bound
	// MaxWork bounds what an operator can make of few rows: the pairs of rows that one Join goes through, the rows that one
	// Expand gives, those that one Window adds to its frames or a Correlate to its windows; 0: 100,000,000, -1: no bound.
	MaxWork  int64
	Evidence int // events that are remembered for each row they went into; 0: none
	// KeepEvents makes each piece of evidence hold a copy of its event.
	KeepEvents bool
	// Dropped, if not nil, is told of every row that a Filter with a reason of its own drops: the reasons of that Filter and of those of
	// the same kind right behind it that would have dropped the row too, each row once. The batch holds the columns of the Filter.
	Dropped func(f *plan.Filter, why []string, b *Batch, row int)
	// plainWindows has windows gather every frame from nothing, for tests.
	plainWindows bool
	// Watch says of which events the statistics must tell how far they got; nil: none.
	Watch func(*event.Event) bool
	// Tap, if not nil, is told of the rows that leave a node and that a watched event is part of (Trail.Watched), as a batch of all
	// that leave with them.
	Tap func(n plan.Node, b *Batch)
}

const (
	defaultBatch  = 1024
	defaultMemory = 1 << 30
	defaultGroups = 4_000_000
	defaultWork   = 100_000_000
)

func (o Options) withDefaults() Options {
	if o.BatchSize <= 0 {
		o.BatchSize = defaultBatch
	}
	if o.MaxMemory == 0 {
		o.MaxMemory = defaultMemory
	}
	if o.MaxGroups == 0 {
		o.MaxGroups = defaultGroups
	}
	if o.MaxWork == 0 {
		o.MaxWork = defaultWork
	}
	return o
}

// tracks says whether rows carry trails.
func (o Options) tracks() bool { return o.Evidence > 0 || o.Watch != nil }

// The codes of the errors of this room; such an error is a diag.Diagnostic or a diag.List.
const (
	CodeMemory     = "exec-memory"     // Options.MaxMemory
	CodeGroups     = "exec-groups"     // Options.MaxGroups
	CodeRows       = "exec-rows"       // Options.MaxRows
	CodeWork       = "exec-work"       // Options.MaxWork
	CodePlan       = "exec-plan"       // a plan that plan.Check would not pass
	CodeTime       = "exec-time"       // a value that should be a time is none
	CodeFollow     = "exec-follow"     // a plan that cannot follow a stream
	CodeIncomplete = "exec-incomplete" // a function has no whole answer
)

func complaint(code, hint, format string, args ...any) error {
	return diag.Diagnostic{Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// labour counts what one operator of a run goes through.
type labour struct{ done, most int64 }

func (r *Run) labour() labour { return labour{most: r.query.options.MaxWork} }

// add counts rows or pairs of rows; it fails if they are too many.
func (l *labour) add(n int, what string) error {
	if l.done += int64(n); l.most >= 0 && l.done > l.most {
		return complaint(CodeWork, "narrow what comes together, or allow more", "the query goes through more than %d %s", l.most, what)
	}
	return nil
}

// meter counts the memory that the operators of a run hold.
type meter struct {
	used, peak, max int64
}

// grow counts bytes that are held from now on; it fails if they are too many.
func (m *meter) grow(bytes int64, what string) error {
	m.used += bytes
	m.peak = max(m.peak, m.used)
	if m.max >= 0 && m.used > m.max {
		return complaint(CodeMemory, "narrow the query or allow it more memory",
			"the query needs more than %d bytes of memory (in its %s)", m.max, what)
	}
	return nil
}

// shrink counts bytes that are no longer held.
func (m *meter) shrink(bytes int64) { m.used -= bytes }
