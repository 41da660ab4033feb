package spl

import (
	"strconv"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var multikvOptions = []string{"conf", "copyattrs", "forceheader", "multitable", "noheader", "rmorig"}

var _ = define(spec{
	name: "multikv", doc: "Makes a row of each line of a table in the text of an event, its columns fields.",
	parse: func(a *args) stage {
		s := &multikvStage{at: a.here()}
		for a.commas(); !a.done(); a.commas() {
			name, v, ok := a.option(multikvOptions...)
			if !ok {
				switch {
				case a.keyword("fields"):
					s.fields = a.words()
				case a.keyword("filter"):
					s.filter = a.words()
				case a.unknownOption(multikvOptions...):
				default:
					a.rest()
				}
				continue
			}
			switch name {
			case "conf":
				a.errorf(v.span, "spl-option", "tables that are configured by name are not known here")
			case "copyattrs":
				s.alone = !a.yes(v)
			case "forceheader":
				if n, err := strconv.ParseInt(v.text, 10, 64); err == nil && n > 0 {
					s.header = n
				} else {
					a.errorf(v.span, "spl-option-value", "this must be the number of a line, not %s", clip(v.text))
				}
			case "noheader":
				if a.yes(v) {
					s.header = -1
				}
			case "multitable": // whether there may be several tables: the first one is read
				a.yes(v)
			case "rmorig":
				if !a.yes(v) {
					a.errorf(v.span, "spl-option", "multikv rmorig=false, the events beside their lines, is not run").Hint = "append them with append"
				}
			}
		}
		return s
	},
})

// words reads names up to an option or another list of multikv.
func (a *args) words() []value {
	var list []value
	for a.commas(); !a.done() && !a.is("fields", "filter"); a.commas() {
		back := a.pos
		v, ok := a.value()
		if !ok || a.peek() == '=' {
			a.pos = back
			break
		}
		list = append(list, v)
	}
	return list
}

type multikvStage struct {
	header         int64 // 0: the first line, -1: none
	fields, filter []value
	alone          bool // without the fields of the event
	at             diag.Span
}

func (s *multikvStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	raw := l.field(out, "_raw", s.at)
	c := l.column("multikv", schema.Dynamic)
	out.node = &plan.Expand{Input: out.node, Lists: []plan.Assign{{Column: c, Value: apply("spl_multikv", raw, intLiteral(s.header))}}, Limit: -1}
	row := plan.Expr(&plan.Ref{Column: c})
	if len(s.filter) > 0 {
		words := &plan.Match{Subject: apply("to_json", row), Op: plan.Word, Fold: true}
		for _, v := range s.filter {
			words.Patterns = append(words.Patterns, plan.Plain(v.text))
		}
		out.node = &plan.Filter{Input: out.node, Where: words}
	}
	if len(s.fields) > 0 {
		args := []plan.Expr{row}
		for _, v := range s.fields {
			args = append(args, textLiteral(v.text))
		}
		row = apply("spl_keep_fields", args...)
	}
	if s.alone {
		l.keepOrder(out)
		out = &relation{node: out.node, raw: out.raw, arranged: out.arranged, order: out.order, by: "multikv"}
	}
	l.found(out, "table", row)
	return out
}
