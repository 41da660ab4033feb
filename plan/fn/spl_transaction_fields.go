package fn

import (
	"slices"

	"goshawk/event"
)

// transactions numbers the transactions of rows that come newest first and belong together by several fields, of which a row need not
// have all.
type transactions struct {
	number  int64
	open    []*fieldTransaction // the newest last
	by      map[fieldValue][]*fieldTransaction
	current int64 // 0: the row belongs to none
}

// fieldValue is a value of one of the fields.
type fieldValue struct {
	field int
	text  string
}

// fieldTransaction is an open transaction with the values it has so far.
type fieldTransaction struct {
	transactionState
	values map[int]string
	closed bool
}

// agrees says whether no field of a row has another value.
func (s *fieldTransaction) agrees(row []fieldValue) bool {
	return !slices.ContainsFunc(row, func(v fieldValue) bool {
		text, there := s.values[v.field]
		return there && text != v.text
	})
}

func (s *transactions) Add(args []event.Value) {
	t, timed := splFloat(args[0])
	l := transactionLimits{args[1], args[2], args[3], args[4], args[5]}
	connected := truly(args[6])
	var row []fieldValue
	for i, v := range args[7:] {
		if !v.IsNull() {
			row = append(row, fieldValue{i, splText(v)})
		}
	}
	s.current = 0
	at := s.find(row, connected)
	if at != nil && at.over(t, timed, l) {
		s.close(at)
		at = nil
	}
	if at == nil {
		if len(row) == 0 || l.needsLast() && !truly(l.last) {
			return
		}
		s.number++
		at = &fieldTransaction{transactionState: transactionState{number: s.number, newest: t}, values: map[int]string{}}
		s.open = append(s.open, at)
	}
	for _, v := range row {
		if _, there := at.values[v.field]; !there {
			at.values[v.field] = v.text
			s.by[v] = append(s.by[v], at)
		}
	}
	at.add(t, l)
	s.current = at.number
}

// find returns the open transaction that a row belongs to: the latest one that shares a value with it, else, where rows need not be
// connected, the latest one that nothing speaks against.
func (s *transactions) find(row []fieldValue, connected bool) *fieldTransaction {
	var best *fieldTransaction
	for _, v := range row {
		for _, at := range s.by[v] {
			if !at.closed && (best == nil || at.number > best.number) && at.agrees(row) {
				best = at
			}
		}
	}
	if best == nil && !connected {
		for i := len(s.open) - 1; i >= 0; i-- {
			if at := s.open[i]; !at.closed && at.agrees(row) {
				return at
			}
		}
	}
	return best
}

// close ends a transaction.
func (s *transactions) close(at *fieldTransaction) {
	at.closed = true
	for field, text := range at.values {
		v := fieldValue{field, text}
		s.by[v] = slices.DeleteFunc(s.by[v], func(o *fieldTransaction) bool { return o == at })
	}
	s.open = slices.DeleteFunc(s.open, func(o *fieldTransaction) bool { return o == at })
}

func (s *transactions) Result() event.Value {
	if s.current == 0 {
		return null
	}
	return whole(s.current)
}

var _ = defineAggregate(Aggregate{
	Name: "spl_transaction_fields", Doc: "spl_transaction for rows that belong together by several fields: a row joins the latest transaction that has one of its values and no other value in one of its fields, with connected false also one that has none of its fields. A row without any of the fields belongs to none.",
	Params: []Param{required("seconds", "any"), required("span", "any"), required("pause", "any"), required("events", "any"), required("first", "bool"), required("last", "bool"), required("connected", "bool"), variadic("fields", "any")},
	Result: "long", Ranking: true,
	New: func() State { return &transactions{by: map[fieldValue][]*fieldTransaction{}} },
	Examples: []AggregateExample{
		aggregated(whole(1), [][]event.Value{ // the field b ties the last row to the first, which has no a
			{whole(30), null, null, null, null, null, yes, null, text("b")}, {whole(20), null, null, null, null, null, yes, text("a"), text("b")}, {whole(10), null, null, null, null, null, yes, text("a"), null},
		}),
		aggregated(whole(2), [][]event.Value{{whole(30), null, null, null, null, null, yes, text("a"), null}, {whole(20), null, null, null, null, null, yes, null, text("b")}}),
		aggregated(whole(1), [][]event.Value{{whole(30), null, null, null, null, null, no, text("a"), null}, {whole(20), null, null, null, null, null, no, null, text("b")}}),
		aggregated(null, [][]event.Value{{whole(30), null, null, null, null, null, yes, null, null}}),
		aggregated(whole(2), [][]event.Value{{whole(30), null, whole(5), null, null, null, yes, text("a"), text("b")}, {whole(20), null, whole(5), null, null, null, yes, text("a"), text("b")}}),
	},
})
