package engine

import (
	"strings"

	"goshawk/compile"
	"goshawk/event"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/stream"
)

// native returns the predicate of a feed over the fields of a class; nil for a feed that takes every event.
func native(where plan.Expr, resolver plan.Resolver, class *event.Class) *eval.Program {
	if where == nil {
		return nil
	}
	return ofEvents(stream.Native(where, resolver, class)) // stream has compiled the same predicate
}

// ofEvents compiles an expression over the fields and the carrier of events; it is nil for none, and for one that cannot be compiled.
func ofEvents(e plan.Expr) *eval.Program {
	if e == nil {
		return nil
	}
	p, err := eval.Compile(e, stream.CarrierSlot)
	if err != nil {
		return nil
	}
	return p
}

// maxReasonValue bounds the value kept with a reason; what met the clause is kept in it.
const maxReasonValue = 4096

// reasons returns the clauses that made a predicate true: those that hold, or, where nothing had to hold, those that had to
// fail and did.
func reasons(p *eval.Program, row *eval.Row) []finding.Reason {
	all := p.Why(row)
	var out []finding.Reason
	for _, negated := range []bool{false, true} {
		for _, r := range all {
			if r.Negated == negated {
				out = append(out, reasonsOf(r)...)
			}
		}
		if out != nil {
			break
		}
	}
	return out
}

// reasonsOf returns a clause once for each of its patterns that was met, or once.
func reasonsOf(r eval.Reason) []finding.Reason {
	var base finding.Reason
	if m := r.Mark; m != nil {
		base.Clause, base.Field = m.Text, m.Field
		if m.Clause != "" {
			base.Clause = m.Clause + ": " + m.Text
		}
	} else {
		base.Clause = r.Text()
	}
	if r.Negated {
		base.Clause = "not " + base.Clause
	}
	if len(r.Hits) == 0 || r.Negated {
		base.Value = strings.Clone(clip(r.Value.Text(), 0, 0, &base)) // a plain text may be part of a block, which is not to be kept for it
		return []finding.Reason{base}
	}
	var out []finding.Reason
	for _, h := range r.Hits {
		one := base
		if one.Field == "" {
			one.Field = h.Path
		}
		one.Value = clip(h.Text, h.From, h.To, &one)
		if len(out) > 0 && out[len(out)-1] == one {
			continue
		}
		out = append(out, one)
		if m, ok := r.Expr.(*plan.Match); ok && !m.All {
			break // one pattern is enough for the clause
		}
	}
	return out
}

// clip cuts a long value to the part around what was met, which keeps nothing of the value, and sets where that is.
func clip(text string, from, to int, r *finding.Reason) string {
	r.From, r.To = from, to
	if len(text) <= maxReasonValue {
		return text
	}
	start := max(0, min(from-maxReasonValue/4, len(text)-maxReasonValue))
	for start > 0 && text[start]&0xc0 == 0x80 {
		start--
	}
	end := min(len(text), start+maxReasonValue)
	for end < len(text) && text[end]&0xc0 == 0x80 {
		end++
	}
	r.From, r.To = max(from-start, 0), min(to-start, end-start)
	return strings.Clone(text[start:end])
}

// correlationReasons says what a correlation found enough: its condition, with the number that it is about where there is one.
func correlationReasons(c *compile.Correlation, row *event.Record) []finding.Reason {
	if len(c.Measures) == 0 {
		return []finding.Reason{{Clause: c.Condition}}
	}
	var out []finding.Reason
	for _, name := range c.Measures {
		out = append(out, finding.Reason{Clause: c.Condition, Field: name, Value: row.Get(name).Text()})
	}
	return out
}
