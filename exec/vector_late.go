package exec

import (
	"sync"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
)

// Late holds what events give for a column, which is computed when it is first read: once for an event, however many rows it is in.
type Late struct{ cells []lateCell }

// lateCell is the value of a column of an event, or none. The numbers of columns are those of the Share that read the event.
type lateCell struct {
	fact   *Fact
	column int32
}

func (v *Late) Len() int { return len(v.cells) }

func (v *Late) At(i int) event.Value {
	if c := v.cells[i]; c.fact != nil {
		return c.fact.value(c.column)
	}
	return event.Value{}
}

func (v *Late) IsNull(i int) bool { return v.At(i).IsNull() }

func (v *Late) pick(rows []int32) Vector { return &Late{pickFrom(v.cells, rows)} }

func (v *Late) size() int64 {
	n := int64(16 * len(v.cells))
	for _, c := range v.cells {
		if c.fact != nil && c.fact.late != nil {
			n += c.fact.late.size
		}
	}
	return n
}

// concatLates returns the values of all vectors in one, if all of them are late; else nil.
func concatLates(parts []Vector, n int) Vector {
	if len(parts) == 0 {
		return nil
	}
	out := &Late{make([]lateCell, 0, n)}
	for _, p := range parts {
		v, ok := p.(*Late)
		if !ok {
			return nil
		}
		out.cells = append(out.cells, v.cells...)
	}
	return out
}

// lateValues are the columns of an event that are computed when they are read. Several goroutines may read them.
type lateValues struct {
	size    int64 // of the record and of what may be made of it, in bytes
	list    []*lateValue
	reading sync.Mutex
}

type lateValue struct {
	column  int32
	program *eval.Program
	known   bool
	value   event.Value
	over    bool // the value would be too large
}

// isLate says whether a column, for which the fact was asked, is computed when it is read.
func (f *Fact) isLate(column int32) bool { return f.late != nil && f.late.of(column) != nil }

func (l *lateValues) of(column int32) *lateValue {
	for _, one := range l.list {
		if one.column == column {
			return one
		}
	}
	return nil
}

// lateValue computes the value of a late column from the record that the fact keeps. It panics, as expressions of a Run do, if the
// value would be too large.
func (f *Fact) lateValue(v *lateValue) event.Value {
	f.late.reading.Lock()
	defer f.late.reading.Unlock()
	if !v.known {
		row := eval.Row{Record: f.rest.Record, Raw: f.rest.Raw, FreeText: f.rest.FreeText}
		v.value = owned(v.program.Value(&row)) // the record is the fact's own
		v.known, v.over = true, row.Overflow
	}
	if v.over {
		panic(overflow{eval.MaxMade})
	}
	return v.value
}

// readsAll says whether an expression reads all fields of a record: then its value is about as large as the record, and there is no
// telling whether anybody will look at it.
func readsAll(e plan.Expr) bool {
	all := false
	plan.WalkExpr(e, func(e plan.Expr) bool {
		_, fields := e.(*plan.Fields)
		all = all || fields
		return !all
	})
	return all
}
