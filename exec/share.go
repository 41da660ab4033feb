package exec

import (
	"fmt"
	"slices"
	"strings"
	"unsafe"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// Share lets the Rows of many Scans read the same events: what an event gives for a column, and whether it is a row of a table,
// is computed once, however many of them ask, and the values that they keep are the same memory. It must not be used by several
// goroutines at a time.
type Share struct {
	resolver plan.Resolver
	columns  names
	tables   names
	kinds    map[*event.Class]*sharedKind

	event  *event.Event // the one that the following is about
	fact   *Fact
	epoch  uint32
	kind   *sharedKind
	row    eval.Row
	values []sharedValue // by column
	routed []sharedTruth // by table
	asked  []int32       // the columns that were asked for
	given  []event.Value // and what the event gave for them
	rested bool          // the fact has the rest

	scratch []byte
	kept    map[string]string // texts that are likely to come again
}

// names numbers names.
type names struct {
	numbers map[string]int
	list    []string
}

func (n *names) number(name string) int {
	if i, ok := n.numbers[name]; ok {
		return i
	}
	if n.numbers == nil {
		n.numbers = make(map[string]int)
	}
	n.numbers[name] = len(n.list)
	n.list = append(n.list, name)
	return len(n.list) - 1
}

// sharedKind is what is known of the events of one class.
type sharedKind struct {
	columns []sharedColumn
	tables  []sharedTable
	asked   []int32 // the columns that the last of them was asked for
}

type sharedColumn struct {
	known   bool
	program *eval.Program // nil: the carrier's, or nothing
	late    bool          // it is computed when it is read
	fixed   bool          // it is the same for all events, and owns its memory
	last    string        // the last short text that an event gave
}

type sharedTable struct {
	known, in bool
	when      *eval.Program // nil: always
}

// sharedValue says whether the event was asked for a column, and how many bytes its value holds.
type sharedValue struct {
	epoch uint32
	bytes int64
}

type sharedTruth struct {
	epoch uint32
	in    bool
}

// keptShared is how many texts a Share remembers.
const keptShared = 1 << 14

// NewShare returns a Share of the events of a resolver.
func NewShare(resolver plan.Resolver) *Share {
	return &Share{resolver: resolver, kinds: make(map[*event.Class]*sharedKind), kept: make(map[string]string)}
}

// Rows returns the reader of a Scan, as NewRows does. Add must be called with the event that Begin was called with last. The feed is
// what the evidence of the rows gives as its Feed.
func (s *Share) Rows(scan *plan.Scan, o Options, feed any) (*Rows, error) {
	r, err := NewRows(scan, s.resolver, o)
	if err != nil {
		return nil, err
	}
	r.share = s
	r.table = s.tables.number(scan.Table)
	r.place = &place{feed: feed}
	for _, c := range scan.Out {
		r.place.columns = append(r.place.columns, int32(s.columns.number(c.Name)))
	}
	r.lines = Lines{place: r.place, open: scan.Rest, options: r.options, size: linesSize}
	if s.kind != nil {
		s.fit()
	}
	return r, nil
}

// Begin says that the following calls of Add are about a new event, and returns what their rows will remember of it.
func (s *Share) Begin(ev *event.Event) *Fact {
	s.seal()
	s.event, s.fact, s.rested = ev, newFact(ev), false
	clear(s.given)
	s.asked, s.given = s.asked[:0], s.given[:0]
	if s.epoch++; s.epoch == 0 { // stamps of long ago would look like new ones
		clear(s.values)
		clear(s.routed)
		s.epoch = 1
	}
	s.row = eval.Row{Record: &ev.Record, Raw: ev.Raw, FreeText: ev.FreeText}
	if s.kind = s.kinds[ev.Class]; s.kind == nil {
		if len(s.kinds) >= maxKinds {
			clear(s.kinds)
		}
		s.kind = &sharedKind{}
		s.kinds[ev.Class] = s.kind
	}
	s.fit()
	return s.fact
}

// seal puts what the event gave where its rows find it.
func (s *Share) seal() {
	if s.fact == nil || len(s.given) == len(s.fact.values) {
		return
	}
	if !slices.Equal(s.kind.asked, s.asked) {
		s.kind.asked = slices.Clone(s.asked)
	}
	s.fact.columns, s.fact.values = s.kind.asked, slices.Clone(s.given)
}

// fit makes room for what is known of the kind and of the event.
func (s *Share) fit() {
	s.kind.columns = grown(s.kind.columns, len(s.columns.list))
	s.kind.tables = grown(s.kind.tables, len(s.tables.list))
	s.values = grown(s.values, len(s.columns.list))
	s.routed = grown(s.routed, len(s.tables.list))
}

func grown[T any](list []T, n int) []T {
	if len(list) >= n {
		return list
	}
	return append(list, make([]T, n-len(list))...)
}

func noColumn(*plan.Column) int { return -1 }

// in says whether the event is a row of a table.
func (s *Share) in(table int) (bool, error) {
	truth := &s.routed[table]
	if truth.epoch == s.epoch {
		return truth.in, nil
	}
	t := &s.kind.tables[table]
	if !t.known {
		when, in := s.resolver.Route(s.tables.list[table], s.event.Class)
		if in && when != nil {
			var err error
			if t.when, err = eval.Compile(when, noColumn); err != nil {
				return false, fmt.Errorf("scan %s: route of %v: %w", s.tables.list[table], *s.event.Class, err)
			}
		}
		t.known, t.in = true, in
	}
	*truth = sharedTruth{s.epoch, t.in && (t.when == nil || t.when.True(&s.row))}
	return truth.in, nil
}

// ask has the fact know what the event gives for a column, owned, and returns how many bytes that holds.
func (s *Share) ask(column int32) (bytes int64, err error) {
	have := &s.values[column]
	if have.epoch == s.epoch {
		return have.bytes, nil
	}
	c, name := &s.kind.columns[column], s.columns.list[column]
	if !c.known {
		if source := s.resolver.Source(s.event.Class, name); source != nil {
			if c.program, err = eval.Compile(source, noColumn); err != nil {
				return 0, fmt.Errorf("column %s of %v: %w", name, *s.event.Class, err)
			}
			c.late = readsAll(source) && !plan.CarrierFirst(name)
			literal, isLiteral := source.(*plan.Literal)
			c.fixed = isLiteral && !literal.Value.IsNull() && !plan.CarrierFirst(name)
		}
		c.known = true
	}
	if c.late && plan.Carrier(s.event, name).IsAbsent() {
		*have = sharedValue{s.epoch, s.later(column, c.program)}
		s.asked, s.given = append(s.asked, column), append(s.given, event.Value{})
		return have.bytes, nil
	}
	v := scanned(s.event, name, c.program, &s.row)
	if s.row.Overflow {
		s.row.Overflow = false
		return 0, overflow{eval.MaxMade}.complaint()
	}
	if !c.fixed {
		v = s.own(v, &c.last)
	}
	*have = sharedValue{s.epoch, sizeOf(v)}
	s.asked, s.given = append(s.asked, column), append(s.given, v)
	return have.bytes, nil
}

// later has the fact keep what the value of a column is computed from, and returns how many bytes that and the value hold.
func (s *Share) later(column int32, program *eval.Program) (bytes int64) {
	s.keepRest()
	if s.fact.late == nil {
		s.fact.late = &lateValues{size: 2 * restsSize([]Rest{s.fact.rest})}
	}
	s.fact.late.list = append(s.fact.late.list, &lateValue{column: column, program: program})
	return s.fact.late.size
}

// own returns a copy of a lent value, sharing texts that were seen before, of which the last one of the same column is the likeliest.
func (s *Share) own(v event.Value, last *string) event.Value {
	if v.Kind() != event.Text {
		return v.Clone()
	}
	lent, plain := v.Plain()
	if !plain {
		s.scratch = v.AppendText(s.scratch[:0])
		lent = unsafe.String(unsafe.SliceData(s.scratch), len(s.scratch))
	}
	if lent == *last {
		return event.TextValue(*last)
	}
	if len(lent) > keptLength {
		return event.TextValue(strings.Clone(lent))
	}
	text, ok := s.kept[lent]
	if !ok {
		if len(s.kept) >= keptShared {
			clear(s.kept)
		}
		text = strings.Clone(lent)
		s.kept[text] = text
	}
	*last = text
	return event.TextValue(text)
}

// Text returns an owned copy of the text of a value, sharing texts that were seen before. Last is where it remembers the last one of
// values like it.
func (s *Share) Text(v event.Value, last *string) string { return s.own(v, last).Text() }

// keepRest has the fact know the record of the event, owned.
func (s *Share) keepRest() {
	if s.rested {
		return
	}
	record := s.event.Record.Clone()
	s.fact.rest = Rest{Record: &record, Raw: append([]byte(nil), s.event.Raw...), FreeText: s.event.FreeText}
	s.rested = true
}

// addShared makes the event of the Share a row.
func (r *Rows) addShared(watched bool) error {
	in, err := r.share.in(r.table)
	if err != nil || !in {
		return err
	}
	bytes := int64(0)
	for _, column := range r.place.columns {
		n, err := r.share.ask(column)
		if err != nil {
			return err
		}
		bytes += n
	}
	fact := r.share.fact
	if r.scan.Rest {
		r.share.keepRest()
		bytes += restsSize([]Rest{fact.rest})
	}
	if r.options.KeepEvents && fact.Event == nil {
		fact.Event = r.share.event.Clone()
	}
	r.lines.add(fact, bytes, watched)
	r.n++
	return nil
}
