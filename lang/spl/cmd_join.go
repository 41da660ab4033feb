package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

var _ = define(spec{
	name: "join", doc: "Puts the fields of rows of a subsearch beside those of the rows that have the same values.",
	parse: func(a *args) stage {
		s := &joinStage{most: 1, overwrite: true, earlier: true, at: a.nameAt()}
		known := []string{"type", "max", "overwrite", "usetime", "earlier", "keepsummaries", "left", "right"}
		for !a.done() && a.peek() != '[' {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "type":
				s.kind(a, v)
			case ok && name == "max":
				s.most = a.count(v)
			case ok && name == "overwrite":
				s.overwrite = a.yes(v)
			case ok && name == "usetime":
				s.useTime = a.yes(v)
			case ok && name == "earlier":
				s.earlier = a.yes(v)
			case ok && name == "keepsummaries":
				a.yes(v)
			case ok && name == "left":
				s.left = v
			case ok && name == "right":
				s.right = v
			case s.left.text != "" && s.right.text != "" && a.is("where"):
				a.keyword("where")
				if !s.equalities(a) {
					return nil
				}
			case a.unknownOption(known...):
			case a.isSource():
				if s.from, ok = a.source(); !ok {
					return nil
				}
			default:
				if v, ok := a.value(); ok {
					s.fields = append(s.fields, v)
					a.commas()
				} else {
					a.rest()
				}
			}
		}
		if s.from == nil {
			sub, ok := a.subsearchOf()
			if !ok {
				return nil
			}
			s.from = &source{sub: sub}
		}
		a.rest()
		if !s.sound(a) {
			return nil
		}
		return s
	},
})

type joinStage struct {
	outer, overwrite, useTime, earlier bool
	most                               int64 // rows of the right for each of the left; 0: all
	fields                             []value
	left, right                        value // what the sides are called, where fields are compared with where
	pairs                              [][2]value
	from                               *source
	at                                 diag.Span
}

func (s *joinStage) kind(a *args, v value) {
	switch strings.ToLower(v.text) {
	case "inner":
	case "left", "outer":
		s.outer = true
	default:
		a.errorf(v.span, "spl-option-value", "unknown type of join %s", clip(v.text)).Hint = "there are inner, left and outer"
	}
}

// equalities reads what stands behind where: L.a = R.b, several of them joined by AND or just one behind the other.
func (s *joinStage) equalities(a *args) bool {
	for !a.done() && a.peek() != '[' && !a.isSource() {
		x, okX := a.value()
		ok := okX && a.accept('=')
		a.accept('=')
		y, okY := a.value()
		if !ok || !okY {
			a.errorf(a.here(), "spl-join", "fields to compare must stand behind where: %s.field = %s.field", s.left.text, s.right.text)
			return false
		}
		one, okL := strings.CutPrefix(x.text, s.left.text+".")
		other, okR := strings.CutPrefix(y.text, s.right.text+".")
		if !okL || !okR {
			one, okL = strings.CutPrefix(y.text, s.left.text+".")
			other, okR = strings.CutPrefix(x.text, s.right.text+".")
			x, y = y, x
		}
		if !okL || !okR {
			a.errorf(x.span.Join(y.span), "spl-join", "one of the fields must be of %s, the other of %s", s.left.text, s.right.text)
			return false
		}
		s.pairs = append(s.pairs, [2]value{{one, false, x.span}, {other, false, y.span}})
		a.commas()
		a.keyword("and")
	}
	return true
}

func (s *joinStage) sound(a *args) bool {
	switch {
	case (s.left.text == "") != (s.right.text == ""):
		a.errorf(s.at, "spl-join", "left and right can be named only together")
	case s.left.text != "" && (len(s.pairs) == 0 || len(s.fields) > 0):
		a.errorf(s.at, "spl-join", "where left and right have names, the fields stand behind where").Hint = "write where " + s.left.text + ".field = " + s.right.text + ".field"
	case s.left.text != "" && s.left.text == s.right.text:
		a.errorf(s.right.span, "spl-join", "left and right need names of their own")
	case s.useTime && s.most > 1:
		a.errorf(s.at, "spl-option", "usetime with max=%d is not run", s.most).Hint = "write max=1 or max=0"
	default:
		return true
	}
	return false
}

func (s *joinStage) lower(l *lowering, in *relation) *relation {
	right := l.sourceRows(s.from, l.env.Limits.Join)
	if right == nil {
		return nil
	}
	left := in.clone()
	pairs := s.pairs
	if s.left.text == "" {
		var ok bool
		if pairs, ok = s.shared(l, left, right); !ok {
			return nil
		}
	}
	right = right.clone()
	l.arrange(right) // the first of the right is the newest
	for _, p := range pairs {
		l.field(right, p[1].text, p[1].span)
	}
	if s.useTime {
		l.field(right, "_time", s.at)
	}
	right = l.apart(right)
	join := &plan.Join{Kind: plan.Inner, FirstRight: s.most == 1}
	if s.outer {
		join.Kind = plan.LeftOuter
	}
	var by []plan.Expr
	for _, p := range pairs {
		other, _ := l.find(right, p[1].text)
		by = append(by, textKey(other))
		join.Keys = append(join.Keys, plan.JoinKey{Left: textKey(l.field(left, p[0].text, p[0].span)), Right: textKey(other)})
	}
	if s.most > 1 {
		right.node = atMost(right.node, l.numbered(right, by...), s.most)
	}
	if s.useTime {
		join.On = s.inTime(l, left, right)
	}
	if right.has("_time") || !right.exact() {
		l.arrange(left) // its order is that of its own times
	}
	p := pairing{left: left, right: right, node: join, overwrite: s.overwrite}
	if s.left.text != "" {
		p.left, p.right = l.prefixed(left, s.left.text), l.prefixed(right, s.right.text)
	} else {
		for _, pair := range pairs {
			p.keys = append(p.keys, pair[0].text)
		}
	}
	return l.merged(p, "join")
}

// textKey is a value as join compares it: as a text, with case, and as a whole where there are several values.
func textKey(e plan.Expr) plan.Expr { return apply("spl_text", e) }

// inTime says that a row of the right is not later than one of the left, or not earlier.
func (s *joinStage) inTime(l *lowering, left, right *relation) plan.Expr {
	here := l.field(left, "_time", s.at)
	there, _ := l.find(right, "_time")
	c := &plan.Compare{Op: plan.LessEqual, Left: there, Right: here}
	if !s.earlier {
		c.Op = plan.GreaterEqual
	}
	return c
}

// shared returns the fields by which rows are joined: those that are named, else those that both sides have.
func (s *joinStage) shared(l *lowering, left, right *relation) ([][2]value, bool) {
	fields := s.fields
	if len(fields) == 0 {
		if !left.exact() || !right.exact() {
			l.errorf(s.at, "spl-join-fields", "which fields both sides have is not known before the search runs").Hint = "name the fields to join by"
			return nil, false
		}
		for _, name := range left.names {
			if right.has(name) && !strings.HasPrefix(name, "_") {
				fields = append(fields, value{text: name, span: s.at})
			}
		}
		if len(fields) == 0 && !left.void && !right.void {
			l.errorf(s.at, "spl-join-fields", "the two sides have no field in common to join by")
			return nil, false
		}
	}
	pairs := make([][2]value, len(fields))
	for i, f := range fields {
		pairs[i] = [2]value{f, f}
	}
	return pairs, true
}

// prefixed puts the name of a side in front of the names of all fields.
func (l *lowering) prefixed(r *relation, side string) *relation {
	r = r.clone()
	l.everything(r)
	out := r.clone()
	out.names, out.fields, out.logged = nil, byName[plan.Expr]{}, byName[bool]{}
	for _, name := range r.names {
		out.set(side+"."+name, r.fields.of(name))
		if r.logged.of(name) {
			out.logged.put(side+"."+name, true)
		}
	}
	if r.star != nil {
		out.star = apply("spl_rename_fields", l.others(r), textLiteral("*"), textLiteral(side+".*"))
	}
	return out
}
