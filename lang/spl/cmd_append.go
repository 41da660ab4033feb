package spl

import (
	"goshawk/diag"
	"goshawk/plan"
)

var _ = define(spec{
	name: "append", doc: "Adds the rows of a subsearch behind the others.",
	parse: func(a *args) stage {
		s := &appendStage{most: a.subsearchOptions()}
		var ok bool
		if s.sub, ok = a.subsearchOf(); !ok {
			return nil
		}
		a.rest()
		return s
	},
})

type appendStage struct {
	sub  *pipeline
	most int64
}

func (s *appendStage) lower(l *lowering, in *relation) *relation {
	sub := l.limited(l.subsearch(s.sub), s.most)
	if sub == nil {
		return nil
	}
	return l.unite("append", in, sub)
}

// subsearchOptions reads the options of a command for its subsearch and returns the number of rows that it may give, 0 for any.
// How long a subsearch may take is not asked: its answer is whole or an error.
func (a *args) subsearchOptions() (most int64) {
	known := []string{"extendtimerange", "maxtime", "maxout", "timeout"}
	for {
		name, v, ok := a.option(known...)
		switch {
		case ok && name == "maxout":
			most = a.count(v)
		case ok && name == "extendtimerange":
			a.yes(v)
		case ok:
			a.count(v)
		case !a.unknownOption(known...):
			return most
		}
	}
}

// nameAt returns the place of the command's name. It must be called before anything behind it is read.
func (a *args) nameAt() diag.Span {
	start := a.pos
	for start > 0 && (isLetter(a.text[start-1]) || isDigit(a.text[start-1])) {
		start--
	}
	return diag.Span{Start: start, End: a.pos}
}

// subsearchOf reads the subsearch that a command needs.
func (a *args) subsearchOf() (*pipeline, bool) {
	sub, ok := a.subsearch()
	if !ok && !a.list.Failed() {
		a.errorf(a.here(), "spl-subsearch", "%s needs a subsearch in square brackets", a.command.name)
	}
	return sub, ok
}

// limited returns the first rows of a relation, all of them for 0.
func (l *lowering) limited(r *relation, most int64) *relation {
	if r == nil || most == 0 {
		return r
	}
	r = r.clone()
	l.arrange(r)
	r.node = &plan.Limit{Input: r.node, Count: most}
	return r
}
