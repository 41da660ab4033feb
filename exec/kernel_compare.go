package exec

import (
	"cmp"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// comparison gives a comparison of columns and literals loops over typed slices, where both sides turn out to be of one type.
func (s *scope) comparison(x *expr, e *plan.Compare) {
	left, literal := e.Left, false
	ref, ok := left.(*plan.Ref)
	if !ok {
		x.decide(x.truths)
		return
	}
	leftSlot, rightSlot := s.slot(ref.Column), -1
	var constant event.Value
	switch right := e.Right.(type) {
	case *plan.Ref:
		rightSlot = s.slot(right.Column)
	case *plan.Literal:
		constant, literal = right.Value, true
	default:
		x.decide(x.truths)
		return
	}
	slow := x.truths
	x.decide(func(b *Batch, rows []int32, out []eval.Verdict) {
		var right Vector
		if !literal {
			right = b.Cols[rightSlot]
		}
		if !compareInts(e.Op, b.Cols[leftSlot], right, constant, rows, out) &&
			!compareFloats(e.Op, b.Cols[leftSlot], right, constant, rows, out) {
			slow(b, rows, out)
		}
	})
}

// compareInts reports false if the sides are not both integers, both times or both durations.
func compareInts(op plan.CompareOp, left, right Vector, constant event.Value, rows []int32, out []eval.Verdict) bool {
	l, ok := left.(*Ints)
	if !ok {
		return false
	}
	if right == nil {
		if constant.Kind() != l.kind {
			return false
		}
		compareTo(op, l.vals, constant.Int(), rows, out)
		unknown(l.gaps, rows, out)
		return true
	}
	r, ok := right.(*Ints)
	if !ok || r.kind != l.kind {
		return false
	}
	compareEach(op, l.gaps, r.gaps, rows, out, func(i int32) int { return cmp.Compare(l.vals[i], r.vals[i]) })
	return true
}

// compareTo compares numbers with one number.
func compareTo[T int64 | float64](op plan.CompareOp, vals []T, n T, rows []int32, out []eval.Verdict) {
	switch op {
	case plan.Equal:
		for _, i := range rows {
			out[i] = verdict(vals[i] == n)
		}
	case plan.NotEqual:
		for _, i := range rows {
			out[i] = verdict(vals[i] != n)
		}
	case plan.Less:
		for _, i := range rows {
			out[i] = verdict(vals[i] < n)
		}
	case plan.LessEqual:
		for _, i := range rows {
			out[i] = verdict(vals[i] <= n)
		}
	case plan.Greater:
		for _, i := range rows {
			out[i] = verdict(vals[i] > n)
		}
	case plan.GreaterEqual:
		for _, i := range rows {
			out[i] = verdict(vals[i] >= n)
		}
	}
}

// unknown says of rows without a value that nothing is known of them.
func unknown(g gaps, rows []int32, out []eval.Verdict) {
	if g == nil {
		return
	}
	for _, i := range rows {
		if g[i] != filled {
			out[i] = eval.Unknown
		}
	}
}

// compareFloats reports false if the sides are not both floats. A NaN differs from everything and has no order.
func compareFloats(op plan.CompareOp, left, right Vector, constant event.Value, rows []int32, out []eval.Verdict) bool {
	l, ok := left.(*Floats)
	if !ok {
		return false
	}
	if right == nil {
		if constant.Kind() != event.Float {
			return false
		}
		compareTo(op, l.vals, constant.Float(), rows, out)
		unknown(l.gaps, rows, out)
		return true
	}
	r, ok := right.(*Floats)
	if !ok {
		return false
	}
	for _, i := range rows {
		if l.gaps.at(int(i)) != filled || r.gaps.at(int(i)) != filled {
			out[i] = eval.Unknown
			continue
		}
		a, b := l.vals[i], r.vals[i]
		switch op {
		case plan.Equal:
			out[i] = verdict(a == b)
		case plan.NotEqual:
			out[i] = verdict(a != b)
		case plan.Less:
			out[i] = verdict(a < b)
		case plan.LessEqual:
			out[i] = verdict(a <= b)
		case plan.Greater:
			out[i] = verdict(a > b)
		case plan.GreaterEqual:
			out[i] = verdict(a >= b)
		}
	}
	return true
}

// compareEach turns an order into truths.
func compareEach(op plan.CompareOp, left, right gaps, rows []int32, out []eval.Verdict, order func(int32) int) {
	var is [3]eval.Verdict // for less, equal, greater
	less, equal, greater := &is[0], &is[1], &is[2]
	switch op {
	case plan.Equal:
		*equal = eval.True
	case plan.NotEqual:
		*less, *greater = eval.True, eval.True
	case plan.Less:
		*less = eval.True
	case plan.LessEqual:
		*less, *equal = eval.True, eval.True
	case plan.Greater:
		*greater = eval.True
	case plan.GreaterEqual:
		*equal, *greater = eval.True, eval.True
	}
	for _, i := range rows {
		if left.at(int(i)) != filled || right.at(int(i)) != filled {
			out[i] = eval.Unknown
			continue
		}
		out[i] = is[order(i)+1]
	}
}
