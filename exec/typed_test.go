package exec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/fn"
)

// These tests compare what is computed by columns with what is computed value by value, over random columns of all shapes.

// edges are numbers at which something may turn over.
var edges = []int64{0, 1, -1, 2, 5, -7, 1000, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1, 1 << 32, -1 << 31}

func randomNumber(g *rand.Rand) int64 {
	if g.IntN(3) == 0 {
		return edges[g.IntN(len(edges))]
	}
	return g.Int64N(21) - 10
}

func randomFloat(g *rand.Rand) float64 {
	list := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, 2.5, 1e300, -1e300, math.Inf(1), math.Inf(-1), math.NaN(), 1 << 63, 3}
	return list[g.IntN(len(list))]
}

func randomWord(g *rand.Rand) string {
	list := []string{"", "a", "A", "b", "Ab", "aB", "ÖZIL", "özil", "\xff\xfe", "K", "1", "cmd.EXE"}
	return list[g.IntN(len(list))]
}

func randomGaps(g *rand.Rand, n int) gaps {
	if g.IntN(2) == 0 {
		return nil
	}
	out := make(gaps, n)
	for i := range out {
		if g.IntN(4) == 0 {
			out[i] = []gap{null, absent}[g.IntN(2)]
		}
	}
	return out
}

func randomValue(g *rand.Rand) event.Value {
	switch g.IntN(12) {
	case 0:
		return event.NullValue()
	case 1:
		return event.Value{}
	case 2:
		return event.BoolValue(g.IntN(2) == 0)
	case 3, 4:
		return event.IntValue(randomNumber(g))
	case 5:
		return event.FloatValue(randomFloat(g))
	case 6:
		return event.DecimalValue([]string{"1", "1.0", "0.5", "2.50", "18446744073709551616", "-1", "1e3"}[g.IntN(7)])
	case 7, 8:
		return event.TextValue(randomWord(g))
	case 9:
		return event.TimeValue(randomNumber(g))
	case 10:
		return event.DurationValue(randomNumber(g))
	}
	return event.ListValue(event.IntValue(g.Int64N(2)), event.TextValue(randomWord(g)))
}

// randomVector returns a column of a random shape.
func randomVector(g *rand.Rand, n int) Vector {
	switch g.IntN(9) {
	case 0, 1, 2:
		v := &Ints{[]event.Kind{event.Int, event.Time, event.Duration}[g.IntN(3)], make([]int64, n), randomGaps(g, n)}
		for i := range v.vals {
			v.vals[i] = randomNumber(g)
		}
		return v
	case 3:
		v := &Floats{make([]float64, n), randomGaps(g, n)}
		for i := range v.vals {
			v.vals[i] = randomFloat(g)
		}
		return v
	case 4:
		v := &Texts{vals: make([]string, n), gaps: randomGaps(g, n)}
		for i := range v.vals {
			v.vals[i] = randomWord(g)
		}
		return v
	case 5:
		v := &Words{codes: make([]uint32, n), words: []string{"a", "A", "", "cmd.EXE", "1"}, gaps: randomGaps(g, n)}
		for i := range v.codes {
			v.codes[i] = g.Uint32N(5)
		}
		return v
	case 6:
		return &Same{randomValue(g), n}
	case 7:
		v := &Bools{make([]bool, n), randomGaps(g, n)}
		for i := range v.vals {
			v.vals[i] = g.IntN(2) == 0
		}
		return v
	}
	v := &Mixed{make([]event.Value, n)}
	for i := range v.vals {
		v.vals[i] = randomValue(g)
	}
	return v
}

// tell writes a value so that different values, and different spellings of equal ones, differ.
func tell(v event.Value) string {
	if v.Kind() == event.Float {
		if f := v.Float(); f != f {
			return "float NaN"
		}
		return fmt.Sprintf("float %x", math.Float64bits(v.Float()))
	}
	return fmt.Sprintf("%v %v %s", v.Kind(), v.IsNull(), v.AppendJSON(nil))
}

func TestKernelsAgreeWithTheFunctions(t *testing.T) {
	if kernels[nil] != nil {
		t.Fatal("a kernel is for a function that is not in the catalogue")
	}
	for f, kernel := range kernels {
		t.Run(f.Name, func(t *testing.T) {
			g := rand.New(rand.NewPCG(1, 2))
			done := 0
			for round := range 60_000 {
				n := 1 + g.IntN(5)
				args := make([]Vector, len(f.Params))
				for i := range args {
					args[i] = randomVector(g, n)
				}
				got := kernel(args, n)
				if got == nil {
					continue
				}
				done++
				want := callRows(f, args, n, -1)
				for r := range n {
					if tell(got.At(r)) != tell(want.At(r)) || got.IsNull(r) != want.IsNull(r) {
						var row []string
						for _, a := range args {
							row = append(row, tell(a.At(r)))
						}
						t.Fatalf("round %d: %s of %v is %s, want %s", round, f.Name, row, tell(got.At(r)), tell(want.At(r)))
					}
				}
			}
			if done < 100 {
				t.Errorf("the kernel took only %d of the columns", done)
			}
		})
	}
}

func TestComparisonsAgreeWithEval(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 4))
	left, right := &plan.Column{Name: "l"}, &plan.Column{Name: "r"}
	s := scopeOf([]*plan.Column{left, right})
	for round := range 20_000 {
		n := 1 + g.IntN(6)
		b := &Batch{Len: n, Cols: []Vector{randomVector(g, n), randomVector(g, n)}}
		e := &plan.Compare{Op: plan.CompareOp(g.IntN(6)), Left: &plan.Ref{Column: left}, Right: &plan.Ref{Column: right}}
		constant := randomValue(g)
		if g.IntN(2) == 0 {
			e.Right = &plan.Literal{Value: constant}
			b.Cols[1] = &Same{constant, n}
		}
		x, err := s.compile(e)
		if err != nil {
			t.Fatal(err)
		}
		rows := having(identity(n), func() []int32 {
			out := make([]int32, n)
			for i := range out {
				out[i] = int32(g.IntN(4)) - 1
			}
			return out
		}())
		got := make([]eval.Verdict, n)
		x.truths(b, rows, got)
		for _, r := range rows {
			l, rv := b.Cols[0].At(int(r)), b.Cols[1].At(int(r))
			if want := eval.Compare(e.Op, l, rv); got[r] != want {
				t.Fatalf("round %d: %s %v %s is %v, want %v", round, tell(l), e.Op, tell(rv), got[r], want)
			}
		}
	}
}

// plainKeys numbers rows by their written keys.
type plainKeys map[string]int32

func (k plainKeys) number(columns []Vector, r int, nulls nullKeys, learn bool) int32 {
	var key []byte
	for _, c := range columns {
		if nulls == nullsDrop && c.IsNull(r) {
			return unnumbered
		}
		key = fn.AppendKey(key, c.At(r))
	}
	number, ok := k[string(key)]
	switch {
	case ok:
		return number
	case !learn:
		return unnumbered
	}
	k[string(key)] = int32(len(k))
	return int32(len(k) - 1)
}

func TestKeysAgreeWithWrittenKeys(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 6))
	for round := range 3000 {
		width, nulls := g.IntN(4), nullKeys(g.IntN(2))
		var k keys
		plain := plainKeys{}
		words := make([]Vector, width) // dictionaries that come again
		for batch := range 6 {
			n := 1 + g.IntN(8)
			learn := g.IntN(3) > 0
			columns := make([]Vector, width)
			for i := range columns {
				columns[i] = randomVector(g, n)
				if w, ok := words[i].(*Words); ok && g.IntN(2) == 0 {
					again := &Words{codes: make([]uint32, n), words: w.words, gaps: randomGaps(g, n)}
					for r := range again.codes {
						again.codes[r] = g.Uint32N(uint32(len(w.words)))
					}
					columns[i] = again
				}
				words[i] = columns[i]
			}
			got := k.number(columns, n, nulls, learn)
			for r := range n {
				if want := plain.number(columns, r, nulls, learn); got[r] != want {
					t.Fatalf("round %d, batch %d, row %d of %d columns: number %d, want %d", round, batch, r, width, got[r], want)
				}
			}
			if learn && int(k.n) != len(plain) {
				t.Fatalf("round %d, batch %d: %d numbers, want %d", round, batch, k.n, len(plain))
			}
		}
	}
}

func TestTalliesAgreeWithTheAggregates(t *testing.T) {
	for _, f := range fn.AllAggregates() {
		a := &aggExpr{fn: f}
		typed := a.newTally()
		if _, plain := typed.(*stateTally); plain || f.Ranking {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			g := rand.New(rand.NewPCG(7, 8))
			for round := range 3000 {
				most := event.IntValue(g.Int64N(4))
				width := g.IntN(3)
				if least, greatest := f.Arity(); width < least || greatest >= 0 && width > greatest {
					width = least
				}
				kept := g.IntN(10)
				a := &aggExpr{fn: f, args: make([]*expr, width)}
				typed, plain := a.newTally(), newStateTally(a)
				groups := 0
				for range 1 + g.IntN(5) {
					n := 1 + g.IntN(8)
					groups = max(groups, 1+g.IntN(5))
					args := make([]Vector, width)
					for i := range args {
						args[i] = randomVector(g, n)
						if kept < 6 { // mostly of one shape
							h := rand.New(rand.NewPCG(uint64(round), 0))
							for {
								v := randomVector(h, 1)
								if args[i] = randomVector(g, n); fmt.Sprintf("%T", v) == fmt.Sprintf("%T", args[i]) {
									break
								}
								h = rand.New(rand.NewPCG(uint64(round), 0))
							}
						}
						if i == 1 && f == fnMakeSet && g.IntN(4) > 0 {
							args[i] = &Same{most, n}
						}
					}
					numbers := make([]int32, n)
					for r := range numbers {
						numbers[r] = int32(g.IntN(groups+1)) - 1
					}
					rows := having(identity(n), numbers)
					for _, x := range []tally{typed, plain} {
						x.begin(groups)
						x.add(numbers, rows, args)
						if x.bytes() < 0 {
							t.Fatalf("round %d: a tally of %d bytes", round, x.bytes())
						}
					}
				}
				typed.settle()
				plain.settle()
				for group := range groups {
					if got, want := typed.take(group), plain.take(group); tell(got) != tell(want) {
						t.Fatalf("round %d: group %d gives %s, want %s", round, group, tell(got), tell(want))
					}
				}
			}
		})
	}
}

// TestManyTextsOfAGroup: texts that are too many to be looked through are told apart, also those that come before a number.
func TestManyTextsOfAGroup(t *testing.T) {
	for _, f := range []*fn.Aggregate{fnTexts, fnTextCount} {
		a := &aggExpr{fn: f, args: make([]*expr, 1)}
		typed, plain := a.newTally(), newStateTally(a)
		for i := range 200 {
			var b Builder
			for j := range 50 {
				if b.Append(event.TextValue(fmt.Sprint((7*i + j) % 300))); i == 150 && j == 20 {
					b.Append(event.IntValue(5))
					b.Append(event.FloatValue(0.5))
				}
			}
			v := b.Finish()
			for _, x := range []tally{typed, plain} {
				x.begin(2)
				x.add(make([]int32, v.Len()), identity(v.Len()), []Vector{v})
			}
			if i == 100 && typed.(*textsTally).states != nil {
				t.Error("texts alone are given to states")
			}
		}
		for group := range 2 {
			if got, want := typed.take(group), plain.take(group); tell(got) != tell(want) {
				t.Errorf("%s: got %s, want %s", f.Name, tell(got), tell(want))
			}
		}
	}
}

// TestSharedDictionaries asks expressions of batches that have one dictionary, and of the same texts without one.
func TestSharedDictionaries(t *testing.T) {
	g := rand.New(rand.NewPCG(9, 10))
	column := &plan.Column{Name: "c"}
	ref := &plan.Ref{Column: column}
	call := func(name string, args ...plan.Expr) plan.Expr { return &plan.Call{Func: fn.ByName(name), Args: args} }
	var expressions []*expr
	s := scopeOf([]*plan.Column{column})
	var noted []*expr
	s.memos = &noted
	for _, e := range []plan.Expr{
		call("lower", ref), call("length", ref), call("length", call("upper", ref)), call("to_number", ref), call("coalesce", ref, &plan.Literal{Value: event.TextValue("none")}),
		&plan.Match{Subject: ref, Op: plan.Suffix, Patterns: []plan.Pattern{plan.Plain("7")}, Fold: true}, &plan.Has{X: ref},
		&plan.Compare{Op: plan.Less, Left: ref, Right: &plan.Literal{Value: event.TextValue("Word40")}},
	} {
		x, err := s.compile(e)
		if err != nil {
			t.Fatal(err)
		}
		expressions = append(expressions, x)
	}
	if len(noted) == 0 {
		t.Fatal("no expression is noted to remember words")
	}
	dictionaries := make([][]string, 3)
	for i := range dictionaries {
		for w := range 40 + 30*i {
			dictionaries[i] = append(dictionaries[i], fmt.Sprintf("Word%d", w), fmt.Sprintf("WORD%d", w), fmt.Sprint(w))
		}
	}
	remembered := 0
	for round := range 400 {
		words := dictionaries[g.IntN(3)]
		if g.IntN(8) == 0 {
			words = slices.Clone(words)
		}
		n := 1 + g.IntN(400)
		w := &Words{codes: make([]uint32, n), words: words, gaps: randomGaps(g, n)}
		plain := &Mixed{make([]event.Value, n)}
		for i := range w.codes {
			w.codes[i] = g.Uint32N(uint32(len(words)))
			plain.vals[i] = w.At(i)
		}
		for i, x := range expressions {
			got, want := x.value(&Batch{Len: n, Cols: []Vector{w}}), x.value(&Batch{Len: n, Cols: []Vector{plain}})
			for r := range n {
				if tell(got.At(r)) != tell(want.At(r)) {
					t.Fatalf("round %d, expression %d: %s gives %s, want %s", round, i, tell(w.At(r)), tell(got.At(r)), tell(want.At(r)))
				}
			}
			if memo := x.memo.Load(); memo != nil && memo.words != nil {
				remembered++
			}
		}
	}
	if remembered == 0 {
		t.Error("no expression remembered a dictionary that came again")
	}
}
