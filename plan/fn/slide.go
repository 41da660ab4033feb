package fn

import (
	"math"
	"math/bits"
	"slices"
	"sort"

	"goshawk/event"
)

// Slider is a State that can take rows back, for windows that slide over the rows of a partition.
type Slider interface {
	State
	// Remove takes back the row that was added first of those that are in. It is given the arguments that Add was given.
	Remove(args []event.Value)
}

// Careful is a Slider for rows that are not known beforehand. It takes any, and knows whether its result is exactly that of New for
// those that are in.
type Careful interface {
	Slider
	Sure() bool
}

// Follow returns an empty state for rows of so many arguments that come one by one; nil if the aggregate cannot take rows back.
func (a *Aggregate) Follow(width int) Careful {
	if a.Slide == nil {
		return nil
	}
	probe := make([]event.Value, width)
	for i := range probe {
		probe[i] = whole(1)
	}
	switch s := a.Slide(1, func(int) []event.Value { return probe }).(type) {
	case nil:
		return nil
	case *slidingSum:
		return &carefulSum{slidingSum: s}
	default: // only a sum depends on which rows there are
		return sure{s}
	}
}

// sure is a Slider that keeps its promise whatever the rows.
type sure struct{ Slider }

func (sure) Sure() bool { return true }

// Size returns the bytes that the state holds.
func (s sure) Size() int64 {
	if sized, ok := s.Slider.(Sizer); ok {
		return sized.Size()
	}
	return 0
}

// carefulSum counts what a slidingSum cannot add up exactly.
type carefulSum struct {
	*slidingSum
	wild     int64  // values that are in and are not whole
	high, lo uint64 // the sum of the sizes of the others
}

func (s *carefulSum) Add(args []event.Value) {
	s.slidingSum.Add(args)
	if size, wild := s.weigh(args[0]); wild {
		s.wild++
	} else {
		var carry uint64
		s.lo, carry = bits.Add64(s.lo, size, 0)
		s.high += carry
	}
}

func (s *carefulSum) Remove(args []event.Value) {
	s.slidingSum.Remove(args)
	if size, wild := s.weigh(args[0]); wild {
		s.wild--
	} else {
		var borrow uint64
		s.lo, borrow = bits.Sub64(s.lo, size, 0)
		s.high -= borrow
	}
}

// weigh returns the size of a whole number; wild says that a value is added up and is none.
func (s *carefulSum) weigh(v event.Value) (size uint64, wild bool) {
	switch v.Kind() {
	case event.Int, event.Duration, event.Float:
		n, ok := exactWhole(v)
		if !ok {
			return 0, true
		}
		if n < 0 {
			return -uint64(n), false
		}
		return uint64(n), false
	case event.Decimal, event.Time:
		return 0, true
	}
	return 0, false
}

func (s *carefulSum) Sure() bool {
	bound := uint64(math.MaxInt64)
	if s.floats > 0 {
		bound = 1 << 53
	}
	return s.wild == 0 && s.high == 0 && s.lo <= bound
}

// slide is what an Aggregate has as its Slide.
type slide = func(rows int, row func(i int) []event.Value) Slider

// anyRows returns a slide whose states keep their promise for all rows of one argument.
func anyRows(state func() Slider) slide {
	return func(rows int, row func(i int) []event.Value) Slider {
		if rows > 0 && len(row(0)) > 1 {
			return nil
		}
		return state()
	}
}

// queue holds values in the order in which they came.
type queue struct {
	values []event.Value
	from   int
	size   int64
}

func (q *queue) push(v event.Value) {
	q.values = append(q.values, v)
	q.size += footprint(v)
}

func (q *queue) pop() {
	q.size -= footprint(q.values[q.from])
	q.values[q.from] = event.Value{}
	if q.from++; q.from > 32 && 2*q.from > len(q.values) {
		q.values = append(q.values[:0], q.values[q.from:]...)
		q.from = 0
	}
}

func (q *queue) all() []event.Value { return q.values[q.from:] }

func (s *count) Remove(args []event.Value) {
	if len(args) == 0 || !args[0].IsNull() {
		s.n--
	}
}

func slideCount(int, func(int) []event.Value) Slider { return new(count) }

// slidingDistinct counts how often each combination of values is in.
type slidingDistinct struct {
	times map[string]int
	size  int64
	key   []byte
}

func (s *slidingDistinct) read(args []event.Value) bool {
	s.key = s.key[:0]
	for _, v := range args {
		if v.IsNull() {
			return false
		}
		s.key = AppendKey(s.key, v)
	}
	return true
}

func (s *slidingDistinct) Add(args []event.Value) {
	if !s.read(args) {
		return
	}
	if s.times[string(s.key)]++; s.times[string(s.key)] == 1 {
		s.size += valueSize + int64(len(s.key))
	}
}

func (s *slidingDistinct) Remove(args []event.Value) {
	if !s.read(args) {
		return
	}
	if s.times[string(s.key)]--; s.times[string(s.key)] == 0 {
		delete(s.times, string(s.key))
		s.size -= valueSize + int64(len(s.key))
	}
}

func (s *slidingDistinct) Result() event.Value { return whole(int64(len(s.times))) }
func (s *slidingDistinct) Size() int64         { return s.size }

func slideDistinct(int, func(int) []event.Value) Slider {
	return &slidingDistinct{times: map[string]int{}}
}

// slidingSum adds up what adds up exactly whatever the order: whole numbers and durations whose sums stay in bounds.
type slidingSum struct {
	n, floats, durations int64
	total                int64
	mean                 bool
}

// exactWhole returns the value of a number that is whole.
func exactWhole(v event.Value) (n int64, ok bool) {
	switch v.Kind() {
	case event.Int, event.Duration:
		return v.Int(), true
	case event.Float:
		f := v.Float()
		return int64(f), math.Abs(f) < 1<<53 && math.Trunc(f) == f
	}
	return 0, false
}

func slideSum(mean bool) slide {
	return func(rows int, row func(i int) []event.Value) Slider {
		sum, bound := uint64(0), uint64(1<<63-1)
		for i := range rows {
			switch v := row(i)[0]; v.Kind() {
			case event.Float:
				bound = 1 << 53
				fallthrough
			case event.Int, event.Duration:
				n, ok := exactWhole(v)
				size := uint64(n)
				if n < 0 {
					size = -size
				}
				if sum += size; !ok || size > 1<<62 || sum > bound {
					return nil
				}
			case event.Decimal, event.Time:
				return nil
			}
		}
		if sum > bound {
			return nil
		}
		return &slidingSum{mean: mean}
	}
}

func (s *slidingSum) change(v event.Value, by int64) {
	n, ok := exactWhole(v)
	if !ok {
		return
	}
	s.total += by * n
	s.n += by
	switch v.Kind() {
	case event.Float:
		s.floats += by
	case event.Duration:
		s.durations += by
	}
}

func (s *slidingSum) Add(args []event.Value)    { s.change(args[0], 1) }
func (s *slidingSum) Remove(args []event.Value) { s.change(args[0], -1) }

func (s *slidingSum) Result() event.Value {
	var total event.Value
	switch {
	case s.n == 0 || s.durations > 0 && s.durations < s.n:
		return null
	case s.durations > 0:
		total = event.DurationValue(s.total)
	case s.floats > 0:
		total = float(float64(s.total))
	default:
		total = whole(s.total)
	}
	if s.mean {
		return Arithmetic('/', total, whole(s.n))
	}
	return total
}

// slidingExtreme keeps those values that can still become the least or the greatest, best first, each with the number of the
// row that it came with.
type slidingExtreme struct {
	values queue
	rows   []int64
	next   int64 // the number of the next row
	first  int64 // that of the first row that is in
	sign   int
}

func (s *slidingExtreme) Add(args []event.Value) {
	if v := args[0]; !v.IsNull() {
		all := s.values.all()
		n := len(all)
		for n > 0 && s.sign*Order(all[n-1], v) > 0 {
			n--
			s.values.size -= footprint(all[n])
		}
		s.values.values = s.values.values[:s.values.from+n]
		s.rows = append(s.rows[:n], s.next)
		s.values.push(v.Clone())
	}
	s.next++
}

func (s *slidingExtreme) Remove([]event.Value) {
	if len(s.rows) > 0 && s.rows[0] == s.first {
		s.rows = s.rows[1:]
		s.values.pop()
	}
	s.first++
}

func (s *slidingExtreme) Result() event.Value {
	if all := s.values.all(); len(all) > 0 {
		return all[0]
	}
	return null
}

func (s *slidingExtreme) Size() int64 { return s.values.size }

func slideExtreme(sign int) slide {
	return anyRows(func() Slider { return &slidingExtreme{sign: sign} })
}

// slidingValues keeps the values of the rows that are in.
type slidingValues struct {
	queue
	nulls  bool // they count as values
	finish func(all []event.Value) event.Value
}

func (s *slidingValues) Add(args []event.Value) {
	if v := args[0]; !v.IsNull() || s.nulls {
		s.push(v.Clone())
	}
}

func (s *slidingValues) Remove(args []event.Value) {
	if !args[0].IsNull() || s.nulls {
		s.pop()
	}
}

func (s *slidingValues) Result() event.Value { return s.finish(s.all()) }
func (s *slidingValues) Size() int64         { return s.size }

func slideValues(nulls bool, finish func(all []event.Value) event.Value) slide {
	return anyRows(func() Slider { return &slidingValues{nulls: nulls, finish: finish} })
}

func firstOf(all []event.Value) event.Value {
	if len(all) == 0 {
		return null
	}
	return all[0]
}

func lastOf(all []event.Value) event.Value {
	if len(all) == 0 {
		return null
	}
	return all[len(all)-1]
}

func listOf(all []event.Value) event.Value { return list(append([]event.Value{}, all...)...) }

// slidingSet keeps, of each different value, all that are in: the first of them stands for it.
type slidingSet struct {
	members map[string]*slidingMember
	order   []*slidingMember // as the result has them, if sorted
	next    int64
	size    int64
	sorted  bool
	open    bool // lists count as their elements
	key     []byte
}

// slidingMember is one value with where it came.
type slidingMember struct {
	values queue
	places []int64
}

func (m *slidingMember) value() event.Value { return m.values.all()[0] }

func (s *slidingSet) each(v event.Value, do func(v event.Value)) {
	switch {
	case v.IsNull():
	case s.open && v.Kind() == event.List:
		for _, e := range v.List() {
			s.each(e, do)
		}
	default:
		do(v)
	}
}

func (s *slidingSet) Add(args []event.Value) { s.each(args[0], s.add) }

func (s *slidingSet) add(v event.Value) {
	s.key = AppendKey(s.key[:0], v)
	m := s.members[string(s.key)]
	if m == nil {
		m = &slidingMember{}
		s.members[string(s.key)] = m
		s.size += 2*valueSize + int64(len(s.key))
		if s.sorted {
			at, _ := s.find(v)
			s.order = slices.Insert(s.order, at, m)
		}
	}
	s.size -= m.values.size
	m.values.push(v.Clone())
	s.size += m.values.size
	m.places = append(m.places, s.next)
	s.next++
}

func (s *slidingSet) Remove(args []event.Value) { s.each(args[0], s.remove) }

func (s *slidingSet) remove(v event.Value) {
	s.key = AppendKey(s.key[:0], v)
	m := s.members[string(s.key)]
	if len(m.places) == 1 {
		if s.sorted {
			at, _ := s.find(v)
			s.order = slices.Delete(s.order, at, at+1)
		}
		delete(s.members, string(s.key))
		s.size -= 2*valueSize + int64(len(s.key)) + m.values.size
		return
	}
	s.size -= m.values.size
	m.values.pop()
	s.size += m.values.size
	m.places = m.places[1:]
}

// find returns the place of a value among those that are sorted.
func (s *slidingSet) find(v event.Value) (int, bool) {
	return slices.BinarySearchFunc(s.order, v, func(m *slidingMember, v event.Value) int { return Order(m.value(), v) })
}

func (s *slidingSet) Result() event.Value {
	order := s.order
	if !s.sorted {
		order = make([]*slidingMember, 0, len(s.members))
		for _, m := range s.members {
			order = append(order, m)
		}
		slices.SortFunc(order, func(a, b *slidingMember) int { return int(a.places[0] - b.places[0]) })
	}
	out := make([]event.Value, len(order))
	for i, m := range order {
		out[i] = m.value()
	}
	return list(out...)
}

func (s *slidingSet) Size() int64 { return s.size }

func slideSet(sorted, open bool) slide {
	return anyRows(func() Slider {
		return &slidingSet{members: map[string]*slidingMember{}, sorted: sorted, open: open}
	})
}

// slidingTruth counts the truths that are in.
type slidingTruth struct {
	yes, no int64
	all     bool
}

func (s *slidingTruth) change(v event.Value, by int64) {
	switch {
	case v.Kind() != event.Bool:
	case v.Bool():
		s.yes += by
	default:
		s.no += by
	}
}

func (s *slidingTruth) Add(args []event.Value)    { s.change(args[0], 1) }
func (s *slidingTruth) Remove(args []event.Value) { s.change(args[0], -1) }

func (s *slidingTruth) Result() event.Value {
	if s.all {
		return boolean(s.no == 0)
	}
	return boolean(s.yes > 0)
}

func slideTruth(all bool) slide {
	return anyRows(func() Slider { return &slidingTruth{all: all} })
}

// slidingOrdered keeps the values that are in sorted, equal ones as they came.
type slidingOrdered struct {
	values []event.Value
	size   int64
	last   []event.Value // the other arguments of the last row
	finish func(sorted, more []event.Value) event.Value
}

func (s *slidingOrdered) Add(args []event.Value) {
	s.last = s.last[:0]
	for _, v := range args[1:] {
		s.last = append(s.last, v.Clone())
	}
	v := args[0]
	if !sorts(v) {
		return
	}
	at := sort.Search(len(s.values), func(i int) bool { return Order(s.values[i], v) > 0 })
	s.values = slices.Insert(s.values, at, v.Clone())
	s.size += footprint(v)
}

func (s *slidingOrdered) Remove(args []event.Value) {
	if v := args[0]; sorts(v) {
		at := sort.Search(len(s.values), func(i int) bool { return Order(s.values[i], v) >= 0 })
		s.size -= footprint(s.values[at])
		s.values = slices.Delete(s.values, at, at+1)
	}
}

// sorts says whether a value has a place among others.
func sorts(v event.Value) bool {
	return !v.IsNull() && (v.Kind() != event.Float || !math.IsNaN(v.Float()))
}

func (s *slidingOrdered) Result() event.Value { return s.finish(s.values, s.last) }
func (s *slidingOrdered) Size() int64         { return s.size }

func slideOrdered(finish func(sorted, more []event.Value) event.Value) slide {
	return func(int, func(int) []event.Value) Slider { return &slidingOrdered{finish: finish} }
}
