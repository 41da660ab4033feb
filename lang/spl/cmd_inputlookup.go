package spl

import (
	"goshawk/diag"
	"goshawk/plan"
)

var _ = define(spec{
	name: "inputlookup", doc: "Gives the rows of a lookup table, with append=true behind the rows before it.", generates: true,
	parse: func(a *args) stage {
		s := &inputLookupStage{most: maxRows}
		for !a.done() && !a.is("where") {
			known := []string{"append", "strict", "start", "max"}
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "append":
				s.append = a.yes(v)
			case ok && name == "strict":
				a.yes(v) // a table that is not there is always an error
			case ok && name == "start":
				s.skip = a.count(v)
			case ok:
				s.most = a.count(v)
			case a.unknownOption(known...):
			case s.table.text == "":
				if s.table, ok = a.value(); !ok {
					a.rest()
				}
			default:
				a.rest()
			}
		}
		if s.table.text == "" {
			a.errorf(a.here(), "spl-lookup", "inputlookup needs the name of a table")
			return nil
		}
		if a.keyword("where") {
			start := a.pos
			if s.where = a.search(); s.where == nil && !a.list.Failed() {
				a.errorf(diag.Span{Start: start, End: a.end}, "spl-lookup", "a condition must stand behind where")
			}
		}
		return s
	},
})

type inputLookupStage struct {
	table  value
	append bool
	skip   int64
	most   int64
	where  condition
}

func (s *inputLookupStage) lower(l *lowering, in *relation) *relation {
	if in != nil && !s.append {
		l.errorf(s.table.span, "spl-not-first", "inputlookup must begin a search").Hint = "write append=true to add its rows to those before it"
		return nil
	}
	t, ok := l.lookup(s.table)
	if !ok {
		return nil
	}
	if t.Find != nil {
		l.errorf(s.table.span, "spl-refused-lookup", "the lookup %s is computed from what it is asked for, and has no rows to list", t.Name)
		return nil
	}
	r := l.searchFor(l.lookupRows(t, "inputlookup"), s.where, "inputlookup where")
	if r == nil {
		return nil
	}
	if s.skip > 0 || s.most < maxRows {
		r.node = &plan.Limit{Input: r.node, Skip: s.skip, Count: s.most}
	}
	if in == nil {
		return r
	}
	return l.unite("inputlookup", in, r)
}
