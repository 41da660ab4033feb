package exec

import (
	"context"
	"fmt"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// EventSource gives the rows of Scans from events. The Resolver says which events are rows of a table and where their
// columns come from; both are compiled once for each class of events.
type EventSource struct {
	// Each calls the function for every event, in order; each event is lent until the function returns. It must stop at the
	// first error and return it. It is called once for each Scan of the plan.
	Each     func(ctx context.Context, event func(*event.Event) error) error
	Resolver plan.Resolver
}

// Scan emits the rows of a Scan.
func (s *EventSource) Scan(ctx context.Context, scan *plan.Scan, emit func(*Batch) error) error {
	rows, err := NewRows(scan, s.Resolver, Options{})
	if err != nil {
		return err
	}
	err = s.Each(ctx, func(ev *event.Event) error {
		if err := rows.Add(ev); err != nil || rows.Len() < defaultBatch {
			return err
		}
		return emit(rows.Flush())
	})
	if err != nil {
		return err
	}
	return emit(rows.Flush())
}

// Rows turns events into the rows of one Scan. It must not be used by several goroutines at a time.
type Rows struct {
	scan     *plan.Scan
	resolver plan.Resolver
	options  Options
	kinds    map[*event.Class]*kind
	columns  []Builder
	rest     []Rest
	from     []*Trail
	row      eval.Row
	n        int
	offered  int64 // events since they were last counted
	watched  int64

	share *Share // nil: the events are read for these rows alone
	table int    // the number of the table there
	place *place
	lines Lines
}

// kind is what a Scan makes of the events of one class.
type kind struct {
	in      bool
	when    *eval.Program   // nil: always
	columns []*eval.Program // nil: the carrier's, or nothing
}

// maxKinds bounds the classes that are remembered; log text decides how many there are.
const maxKinds = 1 << 16

// NewRows returns the reader of a Scan.
func NewRows(scan *plan.Scan, resolver plan.Resolver, o Options) (*Rows, error) {
	if resolver == nil {
		return nil, fmt.Errorf("scan %s: no resolver says which events are its rows", scan.Table)
	}
	return &Rows{
		scan: scan, resolver: resolver, options: o.withDefaults(),
		kinds: make(map[*event.Class]*kind), columns: make([]Builder, len(scan.Out)),
	}, nil
}

// Len returns the number of rows that wait for Flush.
func (r *Rows) Len() int { return r.n }

// Add makes a lent event a row if it is one. The error is about an expression of the Resolver.
func (r *Rows) Add(ev *event.Event) error {
	r.offered++
	watched := r.options.Watch != nil && r.options.Watch(ev)
	if watched {
		r.watched++
	}
	if r.share != nil {
		return r.addShared(watched)
	}
	k := r.kinds[ev.Class]
	if k == nil {
		var err error
		if k, err = r.learn(ev.Class); err != nil {
			return err
		}
	}
	if !k.in {
		return nil
	}
	r.row = eval.Row{Record: &ev.Record, Raw: ev.Raw, FreeText: ev.FreeText}
	if k.when != nil && !k.when.True(&r.row) {
		return nil
	}
	for i, p := range k.columns {
		r.columns[i].AppendLent(scanned(ev, r.scan.Out[i].Name, p, &r.row))
	}
	if r.row.Overflow {
		return overflow{eval.MaxMade}.complaint()
	}
	if r.scan.Rest {
		record := ev.Record.Clone()
		r.rest = append(r.rest, Rest{Record: &record, Raw: append([]byte(nil), ev.Raw...), FreeText: ev.FreeText})
	}
	if r.options.tracks() {
		r.from = append(r.from, r.trail(ev, watched))
	}
	r.n++
	return nil
}

// scanned returns what an event gives for a column: what the program says, which may be nil, else what its carrier says.
func scanned(ev *event.Event, name string, p *eval.Program, row *eval.Row) event.Value {
	var v event.Value
	if plan.CarrierFirst(name) {
		v = plan.Carrier(ev, name)
	}
	if p != nil && v.IsNull() {
		v = p.Value(row)
	}
	if v.IsNull() {
		if carried := plan.Carrier(ev, name); !carried.IsAbsent() {
			v = carried
		}
	}
	return v
}

// trail returns the trail of a row of one event.
func (r *Rows) trail(ev *event.Event, watched bool) *Trail {
	if r.options.Evidence == 0 {
		return &Trail{More: 1, watched: watched}
	}
	fact := newFact(ev)
	if r.options.KeepEvents {
		fact.Event = ev.Clone()
	}
	return trailOf(Evidence{Fact: fact}, watched)
}

// trailOf returns the trail of a row of one event.
func trailOf(e Evidence, watched bool) *Trail {
	one := &struct {
		Trail
		list [1]Evidence
	}{Trail{watched: watched}, [1]Evidence{e}}
	one.Evidence = one.list[:]
	return &one.Trail
}

func (r *Rows) learn(class *event.Class) (*kind, error) {
	k := &kind{}
	when, in := r.resolver.Route(r.scan.Table, class)
	none := func(*plan.Column) int { return -1 }
	if in {
		k.in = true
		var err error
		if when != nil {
			if k.when, err = eval.Compile(when, none); err != nil {
				return nil, fmt.Errorf("scan %s: route of %v: %w", r.scan.Table, *class, err)
			}
		}
		k.columns = make([]*eval.Program, len(r.scan.Out))
		for i, c := range r.scan.Out {
			if source := r.resolver.Source(class, c.Name); source != nil {
				if k.columns[i], err = eval.Compile(source, none); err != nil {
					return nil, fmt.Errorf("scan %s: column %s of %v: %w", r.scan.Table, c.Name, *class, err)
				}
			}
		}
	}
	if len(r.kinds) >= maxKinds {
		clear(r.kinds)
	}
	r.kinds[class] = k
	return k, nil
}

// Flush returns the rows since the last Flush.
func (r *Rows) Flush() *Batch {
	if r.share != nil {
		return Gathered{Lines: []*Lines{r.Lines()}}.Batch()
	}
	b := &Batch{Len: r.n, Cols: make([]Vector, len(r.columns)), Rest: r.rest, From: r.from}
	for i := range r.columns {
		b.Cols[i] = r.columns[i].Finish()
	}
	r.n, r.rest, r.from = 0, nil, nil
	return b
}
