package exec

import (
	"fmt"

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
	epoch  uint32
	kind   *sharedKind
	row    eval.Row
	values []sharedValue // by column
	routed []sharedTruth // by table
	rest   Rest
	rested uint32

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
}

type sharedColumn struct {
	known   bool
	program *eval.Program // nil: the carrier's, or nothing
}

type sharedTable struct {
	known, in bool
	when      *eval.Program // nil: always
}

type sharedValue struct {
	epoch uint32
	value event.Value
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

// Rows returns the reader of a Scan, as NewRows does. Add must be called with the event that Begin was called with last.
func (s *Share) Rows(scan *plan.Scan, o Options) (*Rows, error) {
	r, err := NewRows(scan, s.resolver, o)
	if err != nil {
		return nil, err
	}
	r.share = s
	r.table = s.tables.number(scan.Table)
	for _, c := range scan.Out {
		r.shared = append(r.shared, s.columns.number(c.Name))
	}
	if s.kind != nil {
		s.fit()
	}
	return r, nil
}

// Begin says that the following calls of Add are about a new event.
func (s *Share) Begin(ev *event.Event) {
	s.event = ev
	if s.epoch++; s.epoch == 0 { // stamps of long ago would look like new ones
		clear(s.values)
		clear(s.routed)
		s.epoch, s.rested = 1, 0
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

// value returns what the event gives for a column, owned.
func (s *Share) value(column int) (event.Value, error) {
	have := &s.values[column]
	if have.epoch == s.epoch {
		return have.value, nil
	}
	c, name := &s.kind.columns[column], s.columns.list[column]
	if !c.known {
		if source := s.resolver.Source(s.event.Class, name); source != nil {
			var err error
			if c.program, err = eval.Compile(source, noColumn); err != nil {
				return event.Value{}, fmt.Errorf("column %s of %v: %w", name, *s.event.Class, err)
			}
		}
		c.known = true
	}
	v := scanned(s.event, name, c.program, &s.row)
	if s.row.Overflow {
		s.row.Overflow = false
		return event.Value{}, overflow{eval.MaxMade}.complaint()
	}
	*have = sharedValue{s.epoch, s.own(v)}
	return have.value, nil
}

// own returns a copy of a lent value, sharing texts that were seen before.
func (s *Share) own(v event.Value) event.Value {
	if v.Kind() != event.Text {
		return v.Clone()
	}
	s.scratch = v.AppendText(s.scratch[:0])
	if text, ok := s.kept[string(s.scratch)]; ok {
		return event.TextValue(text)
	}
	text := string(s.scratch)
	if len(text) <= keptLength {
		if len(s.kept) >= keptShared {
			clear(s.kept)
		}
		s.kept[text] = text
	}
	return event.TextValue(text)
}

// record returns the record of the event, owned.
func (s *Share) record() Rest {
	if s.rested != s.epoch {
		record := s.event.Record.Clone()
		s.rest = Rest{Record: &record, Raw: append([]byte(nil), s.event.Raw...), FreeText: s.event.FreeText}
		s.rested = s.epoch
	}
	return s.rest
}

// addShared makes the event of the Share a row.
func (r *Rows) addShared(watched bool) error {
	in, err := r.share.in(r.table)
	if err != nil || !in {
		return err
	}
	start := len(r.lines)
	for _, column := range r.shared {
		v, err := r.share.value(column)
		if err != nil {
			r.lines = r.lines[:start]
			return err
		}
		r.lines = append(r.lines, v)
	}
	if r.scan.Rest {
		r.rest = append(r.rest, r.share.record())
	}
	if r.options.tracks() {
		r.from = append(r.from, r.trail(r.share.event, watched))
	}
	r.n++
	return nil
}
