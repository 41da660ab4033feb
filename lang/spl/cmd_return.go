package spl

import (
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

var _ = define(spec{
	name: "return", doc: "Makes a search condition of fields of the first rows.",
	parse: func(a *args) stage {
		s := &returnStage{at: a.nameAt(), most: 1}
		for a.commas(); !a.done(); a.commas() {
			a.blank()
			if a.text[a.pos] == '"' {
				v, _ := a.value()
				s.fields = append(s.fields, returned{v.text, v})
				continue
			}
			start := a.pos
			v, ok := a.value()
			if !ok {
				a.rest()
				return nil
			}
			if n, err := strconv.ParseInt(v.text, 10, 64); err == nil && len(s.fields) == 0 && n >= 0 {
				s.most = n
				continue
			}
			f := returned{v.text, v}
			if a.accept('=') {
				if f.field, ok = a.value(); !ok {
					a.errorf(diag.Span{Start: start, End: a.pos}, "spl-return", "a field must stand behind =")
					return nil
				}
			} else if name, bare := strings.CutPrefix(v.text, "$"); bare {
				f.as, f.field.text = "", name
			}
			s.fields = append(s.fields, f)
		}
		if len(s.fields) == 0 {
			a.errorf(s.at, "spl-return", "return needs a field")
			return nil
		}
		return s
	},
})

type returnStage struct {
	at     diag.Span
	most   int64
	fields []returned
}

// returned is a field that return gives, under a name; without a name its bare value.
type returned struct {
	as    string
	field value
}

func (s *returnStage) lower(l *lowering, in *relation) *relation {
	r := l.limited(in, max(s.most, 1)).clone()
	l.arrange(r)
	if l.asked > 0 && l.asked == l.nested {
		return s.rows(l, r)
	}
	var terms []plan.Expr
	for _, f := range s.fields {
		terms = append(terms, searchTerm(f.as, l.field(r, f.field.text, f.field.span), "OR"))
	}
	row := apply("concat", textLiteral("("), apply("join", apply("list", terms...), textLiteral(" ")), textLiteral(")"))
	return l.condition(r, row, [3]string{"", " OR ", ""}, "NOT( )", "return")
}

// rows gives the fields as they are, for a search whose conditions they become.
func (s *returnStage) rows(l *lowering, r *relation) *relation {
	out := &relation{node: r.node, void: r.void, by: "return"}
	for _, f := range s.fields {
		if f.as == "" {
			l.errorf(f.field.span, "spl-return", "a bare value as a condition is not run").Hint = "write " + f.field.text + ", or name=" + f.field.text
			return nil
		}
		e := l.field(r, f.field.text, f.field.span)
		out.node = r.node
		out.set(f.as, e)
		out.logged.put(f.as, r.logged.of(f.field.text))
	}
	return out
}
