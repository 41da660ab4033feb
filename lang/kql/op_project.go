package kql

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"goshawk/plan"
)

var _ = defineOperator(operator{
	name: "project", doc: "keeps or computes columns, in the order in which they are written",
	parse: func(p *parser) operation {
		if list := p.namedExprs(); len(list) > 0 {
			return &projectStage{list}
		}
		return nil
	},
})

type projectStage struct{ list []named }

func (p *projectStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	b.clause = "project"
	list, ok := b.assignedList(out, p.list, func(string) bool { return false }, true)
	if !ok {
		return nil
	}
	return b.project(out, list)
}

// project returns the rows with only these columns; those of partitions stay.
func (b *binder) project(r *relation, list []assigned) *relation {
	out := r.only(nil)
	p := &plan.Project{Input: r.node}
	p.Out = b.assigns(list, out)
	for _, g := range r.passed() {
		p.Out = append(p.Out, plan.Assign{Column: g, Value: &plan.Ref{Column: g}})
	}
	out.node = p
	out.scan = false
	return out
}

var _ = defineOperator(operator{
	name: "project-away", doc: "drops columns; a name may have wildcards",
	parse: func(p *parser) operation { return &awayStage{names: p.patterns()} },
})

var _ = defineOperator(operator{
	name: "project-keep", doc: "keeps columns in their order; a name may have wildcards",
	parse: func(p *parser) operation { return &awayStage{names: p.patterns(), keep: true} },
})

type awayStage struct {
	names []pattern
	keep  bool
}

// pattern is the name of columns, with wildcards perhaps.
type pattern struct {
	*name
	wild  bool
	order string // of project-reorder: asc, desc, granny-asc, granny-desc
}

// patterns reads names with wildcards.
func (p *parser) patterns() []pattern {
	var list []pattern
	p.list_(func() bool {
		one, ok := p.pattern()
		if ok {
			list = append(list, one)
		}
		return ok
	})
	return list
}

func (p *parser) pattern() (pattern, bool) {
	if p.is("[") {
		n := p.name()
		return pattern{name: n}, n != nil
	}
	start := p.tok.at.Start
	text := ""
	for (p.tok.kind == word || p.is("*") || p.tok.kind == number) && (text == "" || !p.tok.blank) {
		text += p.take().text
	}
	if text == "" {
		p.wanted("a column")
		return pattern{}, false
	}
	return pattern{name: &name{at: p.from(start), text: text}, wild: strings.Contains(text, "*")}, true
}

// match says whether a column's name is meant.
func (n pattern) match(column string) bool {
	if !n.wild {
		return n.text == column
	}
	ok, _ := path.Match(n.text, column)
	return ok
}

func (a *awayStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	out.columns = nil
	for _, n := range a.names {
		if slices.ContainsFunc(in.columns, func(c *column) bool { return n.match(c.name) }) || in.star != nil {
			continue
		}
		if b.env.Lenient || n.wild && !a.keep {
			b.warnf(n.span(), "unknown-name", "KS142", "there is no column `%s` here", n.text)
			continue
		}
		d := b.errorf(n.span(), "unknown-name", "KS142", "there is no column `%s` here", n.text)
		hintNearest(d, n.text, in.names())
	}
	for _, c := range in.columns {
		named := slices.ContainsFunc(a.names, func(n pattern) bool { return n.match(c.name) })
		if named == a.keep {
			out.columns = append(out.columns, c)
		}
	}
	if in.star != nil {
		return b.withoutFields(out, in, a)
	}
	return out
}

// withoutFields takes names away from what only data tell.
func (b *binder) withoutFields(out, in *relation, a *awayStage) *relation {
	if a.keep {
		out.star = nil
		for _, n := range a.names {
			if out.find(n.text) == nil && !n.wild {
				v := b.name(&context{in: in}, n.name)
				out = b.extend(out, []assigned{{n.text, v}})
			}
		}
		return out
	}
	var names []plan.Expr
	for _, n := range a.names {
		if !n.wild {
			names = append(names, textValue(n.text).expr)
		}
	}
	if len(names) == 0 {
		return out
	}
	star := b.temp("more", in.star.Type)
	out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: star, Value: apply("remove_fields", &plan.Ref{Column: in.star}, apply("list", names...))}}}
	out.star = star
	return out
}

var _ = defineOperator(operator{
	name: "project-rename", doc: "gives columns other names",
	parse: func(p *parser) operation { return &renameStage{p.namedExprs()} },
})

type renameStage struct{ list []named }

func (r *renameStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	for _, n := range r.list {
		old, ok := bare(n.x).(*name)
		if !ok || len(n.names) != 1 {
			b.errorf(n.x.span(), "syntax", "KS108", "project-rename wants new = old")
			continue
		}
		c := b.column(in, old)
		if c == nil {
			continue
		}
		text := n.names[0].text
		if text != old.text && out.find(text) != nil {
			b.errorf(n.names[0].span(), "duplicate-column", "KS171", "there is a column `%s` already", text)
			continue
		}
		if i := slices.Index(out.columns, c); i >= 0 {
			renamed := *c
			renamed.col = c.place()
			renamed.name, renamed.hidden = text, false
			out.columns[i] = &renamed
		} else {
			out = b.extend(out, []assigned{{text, b.valueOf(in, c)}})
		}
	}
	out.scan = false
	return out
}

var _ = defineOperator(operator{
	name: "project-reorder", doc: "moves columns to the front",
	parse: func(p *parser) operation {
		o := &reorderStage{}
		p.list_(func() bool {
			one, ok := p.pattern()
			if !ok {
				return false
			}
			if p.tok.kind == word {
				m := p.mark()
				switch word, _ := p.dashed(); word {
				case "asc", "desc", "granny-asc", "granny-desc":
					one.order = word
				default:
					p.back(m)
				}
			}
			o.names = append(o.names, one)
			return true
		})
		if len(o.names) == 0 {
			return nil
		}
		return o
	},
})

type reorderStage struct{ names []pattern }

func (r *reorderStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	out.columns = nil
	rest := slices.Clone(in.columns)
	for i, n := range r.names {
		if slices.ContainsFunc(r.names[:i], func(o pattern) bool { return !n.wild && o.text == n.text }) {
			b.errorf(n.span(), "duplicate-column", "KS171", "`%s` stands twice", n.text)
			return nil
		}
		var group []*column
		rest = slices.DeleteFunc(rest, func(c *column) bool {
			later := slices.ContainsFunc(r.names[i+1:], func(o pattern) bool { return !o.wild && o.text == c.name })
			take := n.match(c.name) && !(n.wild && later)
			if take {
				group = append(group, c)
			}
			return take
		})
		if len(group) == 0 && !n.wild && in.find(n.text) == nil && in.star == nil {
			if b.env.Lenient {
				b.warnf(n.span(), "unknown-name", "KS142", "there is no column `%s` here", n.text)
			} else {
				hintNearest(b.errorf(n.span(), "unknown-name", "KS142", "there is no column `%s` here", n.text), n.text, in.names())
			}
		}
		n.sort(group)
		for _, c := range group {
			if c.hidden && !n.wild {
				shown := *c
				shown.col = c.place()
				shown.hidden = false
				c = &shown
			}
			out.columns = append(out.columns, c)
		}
	}
	out.columns = append(out.columns, rest...)
	return out
}

// sort puts the columns of a wildcard in order.
func (n pattern) sort(list []*column) {
	by := strings.Compare
	if strings.HasPrefix(n.order, "granny") {
		by = compareGranny
	}
	switch n.order {
	case "asc", "granny-asc":
		slices.SortStableFunc(list, func(x, y *column) int { return by(x.name, y.name) })
	case "desc", "granny-desc":
		slices.SortStableFunc(list, func(x, y *column) int { return by(y.name, x.name) })
	}
}

// compareGranny compares as a person does: a2 before a10.
func compareGranny(a, c string) int {
	for a != "" && c != "" {
		na, nc := digits(a), digits(c)
		if na > 0 && nc > 0 {
			x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(c[:nc], "0")
			if o := cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)); o != 0 {
				return o
			}
			a, c = a[na:], c[nc:]
			continue
		}
		if a[0] != c[0] {
			return cmp.Compare(a[0], c[0])
		}
		a, c = a[1:], c[1:]
	}
	return cmp.Compare(len(a), len(c))
}

func digits(s string) int {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}
