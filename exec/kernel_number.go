package exec

import (
	"math"
	"math/bits"

	"goshawk/event"
)

// operand is one side of a computation: a column of numbers, or one number for all rows.
type operand struct {
	kind   event.Kind // Int, Time, Duration or Float
	ints   []int64    // nil: one for all
	floats []float64  // nil: one for all
	gaps   gaps
	one    int64
	oneF   float64
}

func operandOf(v Vector) (operand, bool) {
	switch v := v.(type) {
	case *Ints:
		return operand{kind: v.kind, ints: v.vals, gaps: v.gaps}, true
	case *Floats:
		return operand{kind: event.Float, floats: v.vals, gaps: v.gaps}, true
	case *Same:
		switch v.val.Kind() {
		case event.Int, event.Time, event.Duration, event.Float:
			return operand{kind: v.val.Kind(), one: v.val.Int(), oneF: v.val.Float()}, true
		}
	}
	return operand{}, false
}

func (o *operand) int(i int) int64 {
	if o.ints != nil {
		return o.ints[i]
	}
	return o.one
}

// float returns the number of a Float or an Int as a float.
func (o *operand) float(i int) float64 {
	switch {
	case o.floats != nil:
		return o.floats[i]
	case o.ints != nil:
		return float64(o.ints[i])
	}
	return o.oneF
}

// gapsOfBoth returns what is Null because one of the sides is; it may be changed.
func gapsOfBoth(a, b gaps, n int) gaps {
	if a == nil && b == nil {
		return nil
	}
	out := make(gaps, n)
	for i := range out {
		if a.at(i) != filled || b.at(i) != filled {
			out[i] = null
		}
	}
	return out
}

// spoil makes a row Null.
func (g *gaps) spoil(i, n int) {
	if *g == nil {
		*g = make(gaps, n)
	}
	(*g)[i] = null
}

// arithmetic is fn.Arithmetic for columns of numbers of 64 bits, times and durations.
func arithmetic(op byte) func(args []Vector, n int) Vector {
	return func(args []Vector, n int) Vector {
		a, ok1 := operandOf(args[0])
		b, ok2 := operandOf(args[1])
		if !ok1 || !ok2 {
			return nil
		}
		isInts := a.kind == event.Int && b.kind == event.Int
		if isInts && op == '/' || a.kind == event.Float && (b.kind == event.Float || b.kind == event.Int) || a.kind == event.Int && b.kind == event.Float {
			return computeFloats(op, &a, &b, n)
		}
		kind := kindOf(op, a.kind, b.kind)
		if kind == event.Null {
			return nil
		}
		return computeInts(op, kind, &a, &b, n)
	}
}

// kindOf returns the kind of what is computed from two kinds of 64 bits; Null where that is not done here.
func kindOf(op byte, a, b event.Kind) event.Kind {
	switch {
	case a == event.Int && b == event.Int:
		return event.Int
	case op == '+' && a == event.Duration && (b == event.Duration || b == event.Time):
		return b
	case (op == '+' || op == '-') && a == event.Time && b == event.Duration:
		return event.Time
	case op == '-' && a == b && (a == event.Time || a == event.Duration):
		return event.Duration
	case op == '*' && (a == event.Duration && b == event.Int || a == event.Int && b == event.Duration):
		return event.Duration
	}
	return event.Null
}

func computeInts(op byte, kind event.Kind, a, b *operand, n int) Vector {
	out := &Ints{kind: kind, vals: make([]int64, n), gaps: gapsOfBoth(a.gaps, b.gaps, n)}
	switch op {
	case '+':
		for i := range out.vals {
			x, y := a.int(i), b.int(i)
			sum := x + y
			if out.vals[i] = sum; (x^sum)&(y^sum) < 0 {
				out.gaps.spoil(i, n)
			}
		}
	case '-':
		for i := range out.vals {
			x, y := a.int(i), b.int(i)
			difference := x - y
			if out.vals[i] = difference; (x^y)&(x^difference) < 0 {
				out.gaps.spoil(i, n)
			}
		}
	case '*':
		for i := range out.vals {
			x, y := a.int(i), b.int(i)
			high, low := bits.Mul64(uint64(x), uint64(y))
			high -= uint64(x>>63)&uint64(y) + uint64(y>>63)&uint64(x) // of the signed product
			if out.vals[i] = int64(low); int64(high) != int64(low)>>63 {
				out.gaps.spoil(i, n)
			}
		}
	default:
		for i := range out.vals {
			x, y := a.int(i), b.int(i)
			switch {
			case y == 0 || op == '\\' && x == math.MinInt64 && y == -1:
				out.gaps.spoil(i, n)
			case y == -1 && op == '%':
			case op == '%':
				out.vals[i] = x % y
			default:
				out.vals[i] = x / y
			}
		}
	}
	return out
}

func computeFloats(op byte, a, b *operand, n int) Vector {
	if op == '\\' {
		return nil
	}
	out := &Floats{vals: make([]float64, n), gaps: gapsOfBoth(a.gaps, b.gaps, n)}
	for i := range out.vals {
		x, y := a.float(i), b.float(i)
		switch op {
		case '+':
			out.vals[i] = x + y
		case '-':
			out.vals[i] = x - y
		case '*':
			out.vals[i] = x * y
		default:
			switch {
			case y == 0:
				out.gaps.spoil(i, n)
			case op == '/':
				out.vals[i] = x / y
			default:
				out.vals[i] = math.Mod(x, y)
			}
		}
	}
	return out
}

// binColumn is the function bin for columns of integers, times and durations and one size.
func binColumn(args []Vector, n int) Vector {
	v, ok := args[0].(*Ints)
	size, same := args[1].(*Same)
	if !ok || !same {
		return nil
	}
	want := event.Duration
	if v.kind == event.Int {
		want = event.Int
	}
	step := size.val.Int()
	if size.val.Kind() != want || step <= 0 {
		return nil
	}
	out := &Ints{kind: v.kind, vals: make([]int64, n), gaps: gapsOfBoth(v.gaps, nil, n)}
	for i, x := range v.vals {
		rest := x % step
		if rest < 0 {
			rest += step
		}
		if out.vals[i] = x - rest; out.vals[i] > x {
			out.gaps.spoil(i, n)
		}
	}
	return out
}
