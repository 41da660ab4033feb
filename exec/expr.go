package exec

import (
	"slices"
	"sync/atomic"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// scope is what expressions are computed over: the columns of batches, in their order.
type scope struct {
	columns []*plan.Column
	places  map[*plan.Column]int // of the columns; nil where these are few
	width   int
	most    int64    // bytes that the values of an expression may take in one batch; -1: no bound
	memos   *[]*expr // where expressions are noted that may remember the words of batches; nil: nowhere

	sieves   map[subject]*eval.Sieve // see sievesOf
	common   map[string]bool         // see commonCalls
	calls    []*common               // of these, those that expressions of the scope read
	standIns []*plan.Column          // for each call, the column that stands for it
}

// fewColumns are looked through rather than hashed.
const fewColumns = 64

// scopeOf returns the scope of rows that hold these columns in order. Of a column that stands there twice the first counts.
func scopeOf(lists ...[]*plan.Column) *scope {
	s := &scope{columns: lists[0], most: -1}
	if len(lists) > 1 {
		s.columns = slices.Concat(lists...)
	}
	s.width = len(s.columns)
	if s.width <= fewColumns {
		return s
	}
	s.places = make(map[*plan.Column]int, s.width)
	for i, c := range s.columns {
		if _, ok := s.places[c]; !ok {
			s.places[c] = i
		}
	}
	return s
}

// slot returns where a column stands, or what stands for a call; -1 if it is not there.
func (s *scope) slot(c *plan.Column) int {
	if s.places == nil {
		if i := slices.Index(s.columns, c); i >= 0 {
			return i
		}
	} else if i, ok := s.places[c]; ok {
		return i
	}
	if i := slices.Index(s.standIns, c); i >= 0 {
		return s.width + i
	}
	return -1
}

// expr computes one expression over batches. It may be used by any number of goroutines at a time.
type expr struct {
	program *eval.Program // nil for a column and a literal
	width   int           // of the rows that the program is computed over
	most    int64         // see scope
	slots   []int         // the columns that it reads, in order
	calls   []*common
	sifted  []sifted // subjects of which a Sieve says something
	rest    bool     // it reads what a row has beside its columns
	vector  func(b *Batch) Vector
	truths  func(b *Batch, rows []int32, out []eval.Verdict)
	memo    atomic.Pointer[wordMemo] // of a dictionary that several batches share
}

// compile returns the expression over rows of the scope.
func (s *scope) compile(e plan.Expr) (*expr, error) {
	switch e := e.(type) {
	case *plan.Ref:
		if slot := s.slot(e.Column); slot >= 0 && slot < s.width {
			return s.column(slot), nil
		}
	case *plan.Literal:
		return s.literal(e.Value), nil
	}
	e, err := s.takeOut(e)
	if err != nil {
		return nil, err
	}
	sieve, sifted := s.siftedBy()
	program, err := eval.CompileSifted(e, s.slot, sieve)
	if err != nil {
		return nil, err
	}
	x, err := s.build(e, program)
	if err != nil {
		return nil, err
	}
	x.sifted = *sifted
	return x, nil
}

// column returns the expression that is a column.
func (s *scope) column(slot int) *expr {
	return &expr{width: s.width, most: s.most, slots: []int{slot},
		vector: func(b *Batch) Vector { return b.Cols[slot] },
		truths: func(b *Batch, rows []int32, out []eval.Verdict) {
			for _, r := range rows {
				out[r] = eval.VerdictOf(b.Cols[slot].At(int(r)))
			}
		}}
}

// literal returns the expression that is a value.
func (s *scope) literal(v event.Value) *expr {
	v = owned(v)
	return &expr{width: s.width, most: s.most,
		vector: func(b *Batch) Vector { return &Same{v, b.Len} },
		truths: func(_ *Batch, rows []int32, out []eval.Verdict) {
			for _, r := range rows {
				out[r] = eval.VerdictOf(v)
			}
		}}
}

func (s *scope) build(e plan.Expr, program *eval.Program) (*expr, error) {
	x := &expr{program: program, width: s.width + len(s.calls), most: s.most}
	x.reads(e, s)
	slices.Sort(x.slots)
	x.slots = slices.Compact(x.slots)
	x.vector, x.truths = x.vectorByRow, x.truthsByRow
	switch {
	case x.rest:
	case len(x.slots) == 0:
		x.vector, x.truths = x.constant()
		return x, nil
	case len(x.slots) == 1:
		x.vector, x.truths = x.vectorByWord, x.truthsByWord
		if s.memos != nil {
			*s.memos = append(*s.memos, x)
		}
	}
	if err := s.specialise(x, e); err != nil {
		return nil, err
	}
	return x, nil
}

// specialise gives the expression a faster kernel where there is one.
func (s *scope) specialise(x *expr, e plan.Expr) error {
	switch e := e.(type) {
	case *plan.And, *plan.Or, *plan.Not:
		return s.logic(x, e)
	case *plan.Compare:
		s.comparison(x, e)
	case *plan.IsNull:
		if ref, ok := e.X.(*plan.Ref); ok {
			slot := s.slot(ref.Column)
			x.decide(func(b *Batch, rows []int32, out []eval.Verdict) {
				v := b.Cols[slot]
				for _, r := range rows {
					out[r] = verdict(v.IsNull(int(r)))
				}
			})
		}
	case *plan.Call:
		return s.call(x, e)
	case *plan.Match, *plan.Has:
		x.decide(x.truths)
	case *plan.Ref, *plan.Literal, *plan.Field, *plan.Fields, *plan.Everything, *plan.Case, *plan.Param, *plan.Lambda:
	}
	return nil
}

// decide gives the expression a kernel that computes truths.
func (x *expr) decide(truths func(b *Batch, rows []int32, out []eval.Verdict)) {
	x.truths = truths
	x.vector = func(b *Batch) Vector {
		out := make([]eval.Verdict, b.Len)
		truths(b, identity(b.Len), out)
		return boolsOf(out)
	}
}

// value computes the expression for every row.
func (x *expr) value(b *Batch) Vector { return x.vector(b) }

// holds returns the rows for which the expression is true.
func (x *expr) holds(b *Batch) []int32 {
	out := make([]eval.Verdict, b.Len)
	x.truths(b, identity(b.Len), out)
	rows := make([]int32, 0, b.Len)
	for i, v := range out {
		if v == eval.True {
			rows = append(rows, int32(i))
		}
	}
	return rows
}

// row makes a row for the program to read.
func (x *expr) row() *eval.Row {
	row := &eval.Row{Columns: make([]event.Value, x.width)}
	if len(x.sifted) > 0 {
		row.Sifted = make([]eval.Sifted, len(x.sifted))
	}
	return row
}

// fill puts a row of the batch where the program reads it.
func (x *expr) fill(row *eval.Row, b *Batch, r int) {
	for _, slot := range x.slots {
		row.Columns[slot] = b.Cols[slot].At(r)
	}
	for _, c := range x.calls {
		c.fill(row, b, r)
	}
	for i := range x.sifted {
		row.Sifted[i] = x.sifted[i].sift(b, r)
	}
	if x.rest && b.Rest != nil {
		rest := &b.Rest[r]
		row.Record, row.Raw, row.FreeText = rest.Record, rest.Raw, rest.FreeText
	}
}

// put puts the value of the only column where the program reads it.
func (x *expr) put(row *eval.Row, slot int, v event.Value) {
	row.Columns[slot] = v
	for _, c := range x.calls {
		c.ask(row)
	}
}

// constant computes an expression that reads nothing of the row, once and for all.
func (x *expr) constant() (func(*Batch) Vector, func(*Batch, []int32, []eval.Verdict)) {
	row := x.row()
	value, truth := owned(x.program.Value(row)), x.program.Verdict(row)
	return func(b *Batch) Vector {
			checked(row)
			return &Same{value, b.Len}
		},
		func(_ *Batch, rows []int32, out []eval.Verdict) {
			checked(row)
			for _, r := range rows {
				out[r] = truth
			}
		}
}

func (x *expr) vectorByRow(b *Batch) Vector {
	row, out, held := x.row(), builderOf(b.Len), purse{most: x.most}
	for r := range b.Len {
		x.fill(row, b, r)
		out.Append(held.own(x.program.Value(row)))
		checked(row)
	}
	return out.Finish()
}

func (x *expr) truthsByRow(b *Batch, rows []int32, out []eval.Verdict) {
	row := x.row()
	for _, r := range rows {
		x.fill(row, b, int(r))
		out[r] = x.program.Verdict(row)
	}
	checked(row)
}

// vectorByWord computes what depends on one column only, once for each word if that column is a dictionary.
func (x *expr) vectorByWord(b *Batch) Vector {
	words, ok := b.Cols[x.slots[0]].(*Words)
	if !ok {
		return x.vectorByRow(b)
	}
	memo := x.recall(words, b.Len)
	if memo == nil {
		return x.vectorByRow(b)
	}
	row, held := x.row(), purse{most: x.most}
	slot := x.slots[0]
	ask := func(v event.Value) event.Value {
		x.put(row, slot, v)
		return held.own(x.program.Value(row))
	}
	out := memo.results()
	for r := range b.Len {
		if g := words.gaps.at(r); g != filled {
			out.add(&out.gaps[g], func() event.Value { return ask(words.gaps.value(r)) })
			continue
		}
		code := words.codes[r]
		out.add(&out.codes[code], func() event.Value { return ask(event.TextValue(words.words[code])) })
	}
	checked(row)
	v := out.vector()
	x.keep(memo)
	return v
}

// words returns the same texts as a dictionary.
func (v *Texts) words() *Words {
	out := &Words{codes: make([]uint32, len(v.vals)), gaps: v.gaps}
	known := make(map[string]uint32, len(v.vals))
	for i, text := range v.vals {
		code, ok := known[text]
		if !ok {
			code = uint32(len(out.words))
			known[text] = code
			out.words = append(out.words, text)
		}
		out.codes[i] = code
	}
	return out
}

func (x *expr) truthsByWord(b *Batch, rows []int32, out []eval.Verdict) {
	words, ok := b.Cols[x.slots[0]].(*Words)
	if !ok {
		x.truthsByRow(b, rows, out)
		return
	}
	memo := x.recall(words, len(rows))
	if memo == nil {
		x.truthsByRow(b, rows, out)
		return
	}
	row := x.row()
	slot := x.slots[0]
	known := memo.verdicts()
	for _, r := range rows {
		if words.gaps.at(int(r)) != filled {
			x.put(row, slot, words.gaps.value(int(r)))
			out[r] = x.program.Verdict(row)
			continue
		}
		code := words.codes[r]
		if known[code] == unseen {
			x.put(row, slot, event.TextValue(words.words[code]))
			known[code] = x.program.Verdict(row)
		}
		out[r] = known[code]
	}
	checked(row)
	x.keep(memo)
}

// reads notes which columns an expression reads, and whether it reads anything else of the row.
func (x *expr) reads(e plan.Expr, s *scope) {
	plan.WalkExpr(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Ref:
			slot := s.slot(e.Column)
			if slot >= s.width {
				x.calls = append(x.calls, s.calls[slot-s.width])
				slot = s.calls[slot-s.width].base
			}
			x.slots = append(x.slots, slot)
		case *plan.Field, *plan.Fields:
			x.rest = true
		case *plan.Everything:
			x.rest = true
			for slot := range s.width {
				x.slots = append(x.slots, slot)
			}
		}
		return true
	})
}

// owned returns a value that does not wait for a source's codec.
func owned(v event.Value) event.Value {
	if v.Kind() == event.Text {
		if _, plain := v.Plain(); !plain {
			return v.Clone()
		}
	}
	return v
}

func verdict(b bool) eval.Verdict {
	if b {
		return eval.True
	}
	return eval.False
}

// boolsOf returns truths as a vector.
func boolsOf(truths []eval.Verdict) *Bools {
	v := &Bools{vals: make([]bool, len(truths))}
	for i, t := range truths {
		if t == eval.Unknown {
			if v.gaps == nil {
				v.gaps = make(gaps, len(truths))
			}
			v.gaps[i] = null
		}
		v.vals[i] = t == eval.True
	}
	return v
}

var firstRows = func() []int32 {
	rows := make([]int32, defaultBatch)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}()

// identity returns the row numbers from 0 to n-1; it must not be changed.
func identity(n int) []int32 {
	if n <= len(firstRows) {
		return firstRows[:n]
	}
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}
