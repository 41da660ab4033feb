package exec

import (
	"cmp"
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// sortKey is a sort key made ready.
type sortKey struct {
	value      *expr
	descending bool
	nullsFirst bool
}

func (c *compiler) sortKeys(n plan.Node, s *scope, list []plan.Key) []sortKey {
	out := make([]sortKey, len(list))
	for i, k := range list {
		out[i] = sortKey{c.expr(n, s, k.Value), k.Descending, k.NullsFirst}
	}
	return out
}

// rowOrder returns what compares two rows of a batch by sort keys.
func rowOrder(b *Batch, list []sortKey) func(x, y int32) int {
	orders := make([]func(x, y int32) int, len(list))
	for i, k := range list {
		orders[i] = vectorOrder(k.value.value(b), k.descending, k.nullsFirst)
	}
	return func(x, y int32) int {
		for _, order := range orders {
			if o := order(x, y); o != 0 {
				return o
			}
		}
		return 0
	}
}

// vectorOrder returns what compares two rows by one column: as fn.Order, Nulls at the end that was asked for.
func vectorOrder(v Vector, descending, nullsFirst bool) func(x, y int32) int {
	sign := 1
	if descending {
		sign = -1
	}
	var order func(x, y int32) int
	switch v := v.(type) {
	case *Same:
		return func(_, _ int32) int { return 0 }
	case *Ints:
		order = func(x, y int32) int { return sign * cmp.Compare(v.vals[x], v.vals[y]) }
	case *Floats:
		order = func(x, y int32) int { return sign * cmp.Compare(v.vals[x], v.vals[y]) }
	case *Texts:
		order = func(x, y int32) int { return sign * strings.Compare(v.vals[x], v.vals[y]) }
	case *Words:
		place := ranks(v.words)
		order = func(x, y int32) int { return sign * cmp.Compare(place[v.codes[x]], place[v.codes[y]]) }
	default:
		order = func(x, y int32) int { return sign * fn.Order(v.At(int(x)), v.At(int(y))) }
	}
	return func(x, y int32) int {
		a, b := v.IsNull(int(x)), v.IsNull(int(y))
		switch {
		case a && b:
			return 0
		case a != b:
			if a == nullsFirst {
				return -1
			}
			return 1
		}
		return order(x, y)
	}
}

// ranks returns the place of each word in their order.
func ranks(words []string) []int32 {
	list := make([]int32, len(words))
	for i := range list {
		list[i] = int32(i)
	}
	slices.SortFunc(list, func(a, b int32) int { return strings.Compare(words[a], words[b]) })
	place := make([]int32, len(words))
	for i, w := range list {
		place[w] = int32(i)
		if i > 0 && words[list[i-1]] == words[w] {
			place[w] = place[list[i-1]]
		}
	}
	return place
}

// valueOrder compares two values as a sort key does.
func (k sortKey) valueOrder(a, b event.Value) int {
	switch {
	case a.IsNull() && b.IsNull():
		return 0
	case a.IsNull() != b.IsNull():
		if a.IsNull() == k.nullsFirst {
			return -1
		}
		return 1
	case k.descending:
		return -fn.Order(a, b)
	}
	return fn.Order(a, b)
}

// countTo returns the row numbers from 0 to n-1 in a slice of their own.
func countTo(n int) []int32 {
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}
