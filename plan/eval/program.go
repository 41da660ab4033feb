// Package eval turns the expressions of a plan into Go functions, and defines by doing so what they mean.
//
// In goes an expression and, for each column, its slot in a row; out comes a Program: a tree of closures, put together once,
// that computes the expression's value or truth for one row at a time. The text matching of the plan's Match lies beside it
// as a Matcher, which the stream room uses as well, so that a pattern means the same in a batch and in a stream. Explain and
// Why tell a person what a program saw in a row.
package eval

import (
	"sync"

	"goshawk/event"
	"goshawk/plan"
)

// Row is what an expression is computed over. It must not change while a program runs; the program keeps nothing of it, but
// the values it returns may share the row's memory.
type Row struct {
	Columns  []event.Value // by slot
	Record   *event.Record // the rest of an open relation; nil where there is none
	Raw      []byte        // the text of the record
	FreeText bool          // Raw is prose, which Everything reads as well
	Sifted   []Sifted      // what is known of the texts of subjects of Matches, as CompileSifted numbers them; may be short
	// Overflow is set by a program that gave up because its functions would have made more than MaxMade of the row; its result
	// means nothing then. It stays set until the caller takes it back.
	Overflow bool
	// Failed says why a function had no whole answer; the result of the program means nothing then. It stays as Overflow does.
	Failed string
}

// MaxMade bounds the bytes of the values that the functions of one program may make of one row, where a call of a function
// that is written in the plan counts as some bytes too.
const MaxMade = 64 << 20

// callCost is what a call of a Lambda counts.
const callCost = 16

// Program is one compiled expression. It may be used by any number of goroutines at a time.
type Program struct {
	source  plan.Expr
	slot    func(*plan.Column) int
	value   valueFunc
	truth   truthFunc
	matches map[*plan.Match]compiledMatch
	parts   sync.Map // of plan.Expr to valueFunc: the parts whose values were asked for by an explanation
}

type (
	valueFunc func(*frame) event.Value
	truthFunc func(*frame) Verdict
)

// Verdict is a truth of three values.
type Verdict uint8

// The order of the verdicts is that of Kleene's logic: And is the least, Or the greatest.
const (
	False Verdict = iota
	Unknown
	True
)

func (v Verdict) String() string { return [...]string{"false", "null", "true"}[v] }

// Value returns the verdict as a value, Null for Unknown.
func (v Verdict) Value() event.Value {
	if v == Unknown {
		return event.NullValue()
	}
	return event.BoolValue(v == True)
}

func verdict(b bool) Verdict {
	if b {
		return True
	}
	return False
}

// VerdictOf returns the truth of a value: that of a Bool, Unknown for everything else.
func VerdictOf(v event.Value) Verdict {
	if v.Kind() != event.Bool {
		return Unknown
	}
	return verdict(v.Bool())
}

// frame is the working memory of one run.
type frame struct {
	row          *Row
	stack        []event.Value // arguments of the calls in progress
	params       []event.Value // of the lambdas in progress, outermost first
	text, folded []byte
	seen         []bool // which patterns of an All were met
	made         int    // bytes of the values that functions made so far
}

// makes counts a value that a function made.
func (f *frame) makes(v event.Value) {
	switch v.Kind() {
	case event.Text:
		if text, ok := v.Plain(); ok {
			f.made += len(text)
		}
	case event.List:
		f.made += valueSize * len(v.List())
	case event.Object:
		f.made += 2 * valueSize * len(v.Object().Fields)
	}
}

const valueSize = 40 // of an event.Value

// over says whether functions have made more than they may.
func (f *frame) over() bool { return f.made > MaxMade }

var frames = sync.Pool{New: func() any { return new(frame) }}

// keepScratch bounds the memory that an idle frame holds on to.
const keepScratch = 1 << 20

// keepValues bounds the places that an idle frame holds on to.
const keepValues = 64

// drop takes the arguments of a call off the stack, and lets go of them.
func (f *frame) drop(base int) {
	clear(f.stack[base:])
	f.stack = f.stack[:base]
}

func (f *frame) release() {
	if f.over() {
		f.row.Overflow = true
	}
	f.row, f.made = nil, 0
	clear(f.params)
	f.params = f.params[:0]
	if cap(f.stack)+cap(f.params) > keepValues {
		f.stack, f.params = nil, nil
	}
	if cap(f.text)+cap(f.folded) > keepScratch {
		f.text, f.folded = nil, nil
	}
	frames.Put(f)
}

// Value computes the expression's value for a row.
func (p *Program) Value(row *Row) event.Value {
	f := frames.Get().(*frame)
	f.row = row
	v := p.value(f)
	f.release()
	return v
}

// True says whether the expression is true for a row; false and null are not.
func (p *Program) True(row *Row) bool { return p.Verdict(row) == True }

// Verdict computes the expression's truth for a row.
func (p *Program) Verdict(row *Row) Verdict {
	f := frames.Get().(*frame)
	f.row = row
	v := p.truth(f)
	f.release()
	return v
}

// Expr returns the expression that the program computes.
func (p *Program) Expr() plan.Expr { return p.source }
