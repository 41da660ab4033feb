package spl

import (
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "convert", doc: "Changes numbers, times and durations from one spelling to another.",
	parse: func(a *args) stage {
		s := &convertStage{format: "%m/%d/%Y %H:%M:%S"}
		for {
			name, v, ok := a.option("timeformat")
			if !ok {
				break
			}
			_ = name
			s.format = v.text
		}
		for a.commas(); !a.done(); a.commas() {
			a.blank()
			start := a.pos
			a.pos = a.bare()
			c := conversion{name: strings.ToLower(a.text[start:a.pos]), at: diag.Span{Start: start, End: max(a.pos, min(start+1, a.end))}}
			inner, ok := a.group()
			if !ok {
				a.errorf(c.at, "spl-convert", "convert needs conversions written as ctime(field)")
				return nil
			}
			if conversions[c.name] == "" && c.name != "none" {
				d := a.errorf(c.at, "spl-convert", "unknown conversion %s", c.name)
				if near := diag.Nearest(c.name, sortedNames(conversions)); near != "" {
					d.Hint = "did you mean " + near + "?"
				}
				return nil
			}
			c.fields = inner.names()
			if a.keyword("as") {
				v, ok := a.value()
				if !ok {
					a.errorf(a.here(), "spl-as", "a name must stand behind as")
					return nil
				}
				c.as = v.text
			}
			s.list = append(s.list, c)
		}
		return s
	},
})

// conversions are the functions of convert with the kernel of each.
var conversions = map[string]string{
	"auto": "spl_convert_auto", "ctime": "spl_convert_ctime", "dur2sec": "spl_convert_dur2sec", "memk": "spl_convert_memk", "mktime": "spl_convert_mktime",
	"mstime": "spl_convert_mstime", "num": "spl_convert_num", "rmcomma": "spl_convert_rmcomma", "rmunit": "spl_convert_rmunit",
}

type convertStage struct {
	format string
	list   []conversion
}

type conversion struct {
	name   string
	fields []value
	as     string
	at     diag.Span
}

func (s *convertStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	var none []value // what wildcards leave out
	for _, c := range s.list {
		if c.name == "none" {
			none = append(none, c.fields...)
		}
	}
	for _, c := range s.list {
		if c.name == "none" {
			continue
		}
		converted := func(e plan.Expr) plan.Expr {
			if c.name == "ctime" || c.name == "mktime" {
				return apply(conversions[c.name], e, textLiteral(s.format))
			}
			return apply(conversions[c.name], e)
		}
		for _, v := range c.fields {
			if !strings.Contains(v.text, "*") {
				e := l.field(out, v.text, v.span)
				as := v.text
				if c.as != "" {
					as = c.as
				}
				if _, ok := l.find(out, v.text); ok { // else there is nothing to convert
					l.compute(out, assignment{as, schema.Any, converted(e)})
				}
				continue
			}
			if c.as != "" {
				l.errorf(v.span, "spl-convert", "fields that match %s cannot all be called %s", v.text, c.as)
				return nil
			}
			for _, name := range l.chosen(out, []value{v}) {
				if !matchesAny(none, name) {
					l.compute(out, assignment{name, schema.Any, converted(out.fields.of(name))})
				}
			}
			l.changeOthers(out, []value{v}, none, converted)
		}
	}
	return out
}

// matchesAny says whether a name is one of some with wildcards.
func matchesAny(patterns []value, name string) bool {
	for _, p := range patterns {
		if _, ok := wild(p.text, name); ok {
			return true
		}
	}
	return false
}
