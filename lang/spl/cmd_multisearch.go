package spl

import "goshawk/diag"

var _ = define(spec{
	name: "multisearch", doc: "Gives the events of several searches together, in the order of their times.", generates: true,
	parse: func(a *args) stage {
		s := &multiSearchStage{at: a.nameAt()}
		for a.commas(); a.peek() == '['; a.commas() {
			start := a.pos
			sub, ok := a.subsearch()
			if !ok {
				return nil
			}
			s.subs, s.places = append(s.subs, sub), append(s.places, diag.Span{Start: start, End: a.pos})
		}
		a.rest()
		if len(s.subs) < 2 && !a.list.Failed() {
			a.errorf(s.at, "spl-multisearch", "multisearch needs at least two searches in square brackets")
			return nil
		}
		return s
	},
})

type multiSearchStage struct {
	subs   []*pipeline
	places []diag.Span
	at     diag.Span
}

func (s *multiSearchStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.at, "spl-not-first", "multisearch must be the first command")
		return nil
	}
	var list []*relation
	for i, sub := range s.subs {
		r := l.sourceRows(&source{sub: sub}, 0)
		if r == nil {
			return nil
		}
		if !r.byTime() {
			l.errorf(s.places[i], "spl-multisearch", "the searches of multisearch can look only at one event at a time").Hint = "use append or union for others"
			return nil
		}
		list = append(list, r)
	}
	return l.interleave("multisearch", list)
}

// byTime says whether rows are events whose order is that of their times, and that no command has needed so far.
func (r *relation) byTime() bool { return r.raw && !r.arranged && len(r.order) < 2 }

// interleave gives the events of several relations, each of them in the order of their times, in the order of their times.
func (l *lowering) interleave(by string, list []*relation) *relation {
	out := l.unite(by, list...)
	out.order = out.order[1:]
	return out
}
