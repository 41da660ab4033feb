package spl

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "lookup", doc: "Adds fields from the rows of a table that have the same values as the row.",
	parse: func(a *args) stage {
		s := &lookupStage{}
		for {
			name, v, ok := a.option("local", "update", "event_time_field")
			if !ok {
				break
			}
			if name != "event_time_field" { // where and when the original reads the table: there is only one here
				a.yes(v)
			}
		}
		a.unknownOption("local", "update", "event_time_field")
		ok := false
		if s.table, ok = a.value(); !ok {
			a.errorf(a.here(), "spl-lookup", "lookup needs the name of a table")
			return nil
		}
		if s.keys, ok = a.lookupPairs(); !ok {
			return nil
		}
		if len(s.keys) == 0 {
			a.errorf(a.here(), "spl-lookup", "lookup needs a column of the table by which its rows are found")
			return nil
		}
		if a.is("output", "outputnew") {
			s.fill = a.is("outputnew")
			a.keyword("output", "outputnew")
			if s.outputs, ok = a.lookupPairs(); !ok {
				return nil
			}
			if len(s.outputs) == 0 {
				a.errorf(a.here(), "spl-lookup", "a column of the table must stand behind output")
				return nil
			}
		}
		a.rest()
		return s
	},
})

type lookupStage struct {
	table         value
	keys, outputs []lookupPair
	fill          bool // OUTPUTNEW
}

// lookupPair is a column of a table and the field that it is compared with or given to.
type lookupPair struct{ column, field value }

// lookupPairs reads columns, each with the field for it behind AS, up to OUTPUT or the end.
func (a *args) lookupPairs() ([]lookupPair, bool) {
	var list []lookupPair
	for a.commas(); !a.done() && !a.is("output", "outputnew"); a.commas() {
		column, ok := a.value()
		if !ok {
			break
		}
		p := lookupPair{column, column}
		if a.keyword("as") {
			if p.field, ok = a.value(); !ok {
				a.errorf(a.here(), "spl-as", "the name of a field must stand behind as")
				return nil, false
			}
		}
		list = append(list, p)
	}
	return list, true
}

func (s *lookupStage) lower(l *lowering, in *relation) *relation {
	t, ok := l.lookup(s.table)
	if !ok {
		return nil
	}
	for _, list := range [][]lookupPair{s.keys, s.outputs} {
		for _, p := range list {
			ok = l.lookupColumn(t, p.column) && ok
		}
	}
	if !ok {
		return nil
	}
	outputs := s.outputs
	if outputs == nil {
		outputs = s.others(t)
	}
	var keys, columns []string
	for _, p := range s.keys {
		keys = append(keys, p.column.text)
	}
	columns = append(columns, keys...)
	for _, p := range outputs {
		columns = append(columns, p.column.text)
	}
	out := in.clone()
	node := &plan.Lookup{Table: t.table(keys, columns), Max: t.Max, Min: t.Min}
	if t.Max <= 0 {
		node.Max = 100
	}
	if t.Min > 0 {
		node.Min, node.Default = min(t.Min, node.Max), event.TextValue(t.Default)
	}
	for _, p := range s.keys {
		key := plan.LookupKey{Value: l.field(out, p.field.text, p.field.span), Column: p.column.text, Fold: t.CaseFold}
		if !out.logged.of(p.field.text) {
			key.Value = apply("spl_text", key.Value)
		}
		switch t.Match[p.column.text] {
		case MatchWildcard:
			key.Match = plan.MatchGlob
		case MatchCIDR:
			key.Match, key.Fold = plan.MatchCIDR, false
		}
		node.Keys = append(node.Keys, key)
	}
	given := make([]plan.Expr, len(outputs))
	for i, p := range outputs {
		c := l.column(p.field.text, schema.Any)
		node.Out = append(node.Out, plan.LookupOut{Column: c, From: p.column.text})
		given[i] = &plan.Ref{Column: c}
		if !s.fill {
			continue
		}
		if old, ok := l.find(out, p.field.text); ok {
			given[i] = apply("coalesce", old, given[i])
		}
	}
	node.Input = out.node
	out.node = node
	for i, p := range outputs {
		logged := !s.fill || !out.has(p.field.text) || out.logged.of(p.field.text)
		out.set(p.field.text, given[i])
		if logged {
			out.logged.put(p.field.text, true)
		}
	}
	out.void = out.void || t.hollow() && s.outputs == nil
	return out
}

// others returns the columns of a table that are given where the search names none: those by which rows are not found.
func (s *lookupStage) others(t *Lookup) []lookupPair {
	var list []lookupPair
next:
	for _, name := range t.Fields {
		for _, key := range s.keys {
			if key.column.text == name {
				continue next
			}
		}
		v := value{text: name, span: s.table.span}
		list = append(list, lookupPair{v, v})
	}
	return list
}
