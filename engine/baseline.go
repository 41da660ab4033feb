package engine

import (
	"slices"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/exec"
)

// Filled is what became of one table that a baseline fills for rules of the scan.
type Filled struct {
	Baseline *detection.Detection
	Table    string
	Events   bool // some events were those that the baseline asks for; otherwise the table stays as it was
	Wrote    int  // rows
	Has      int  // rows that the table then had
	Readers  []*detection.Detection
}

// shelved returns the scan with what fills tables behind its rules, and these reading the tables once they are filled; the scan itself
// where no baseline is needed. Baselines are asked in the same pass, and answer before all others.
func (s *Scan) shelved() (*Scan, *compile.Shelf) {
	if len(s.Baselines) == 0 {
		return s, nil
	}
	shelf := compile.NewShelf(s.Rules, s.Baselines)
	if shelf == nil {
		return s, nil
	}
	out := *s
	out.Rules = slices.Clone(shelf.Rules())
	for _, f := range shelf.Fills {
		out.Rules = append(out.Rules, f.Rule)
	}
	return &out, shelf
}

// filling notes which of the rules fill tables: those behind the ones that were given.
func (r *run) filling() {
	if r.shelf == nil {
		return
	}
	r.report.Unfillable = r.shelf.Lost
	first := len(r.rules) - len(r.shelf.Fills)
	for i, f := range r.shelf.Fills {
		r.rules[first+i].fill = &filling{Fill: f}
	}
}

// filling is a table that is filled, with its rows.
type filling struct {
	*compile.Fill
	rows []event.Record
}

// keep notes the rows of a batch.
func (f *filling) keep(m *maker, b *exec.Batch) {
	for i := range b.Len {
		f.rows = append(f.rows, m.rowOf(b, i, search{}).Fields)
	}
}

// fillTables lets the baselines speak, in the order of the shelf.
func (r *run) fillTables() {
	for _, rr := range r.rules {
		if rr.fill == nil || rr.over {
			continue
		}
		c := Filled{Baseline: rr.fill.Baseline, Table: rr.fill.Table, Readers: rr.fill.Readers}
		for number, g := range rr.waiting {
			c.Events = c.Events || g.rows > 0 || len(rr.stored[number].rows) > 0
		}
		c.Events = c.Events || answersNothing(rr.rule.Rest)
		ended := r.end(rr)
		for _, failed := range ended.failed {
			r.fail(rr, failed.err, failed.slot)
		}
		if c.Events && len(ended.failed) == 0 {
			c.Wrote, c.Has = r.shelf.Put(rr.fill.Fill, rr.fill.rows)
		}
		if len(ended.failed) == 0 {
			r.report.Filled = append(r.report.Filled, c)
		}
		rr.fill.rows, rr.over = nil, true
	}
}
