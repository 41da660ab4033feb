package spl

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

var tojsonOptions = []string{"default_type", "fill_null", "include_internal", "output_field"}

var _ = define(spec{
	name: "tojson", doc: "Puts the fields of a row into one JSON object.",
	parse: func(a *args) stage {
		s := &tojsonStage{otherwise: "none", output: "_raw"}
		for a.commas(); !a.done(); a.commas() {
			if name, v, ok := a.option(tojsonOptions...); ok {
				switch name {
				case "default_type":
					s.otherwise = strings.ToLower(v.text)
					a.jsonType(v)
				case "fill_null":
					s.fill = a.yes(v)
				case "include_internal":
					s.internal = a.yes(v)
				case "output_field":
					s.output = v.text
				}
				continue
			}
			if as, inner, ok := a.called("auto", "bool", "json", "none", "num", "str"); ok {
				if inner == nil {
					return nil
				}
				for _, field := range inner.names() {
					s.types = append(s.types, jsonType{field, as})
				}
				continue
			}
			if a.unknownOption(tojsonOptions...) {
				continue
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.types = append(s.types, jsonType{v, ""})
		}
		a.rest()
		for i := range s.types {
			if s.types[i].as == "" {
				s.types[i].as = s.otherwise
			}
		}
		return s
	},
})

// jsonType complains about a type that tojson does not have.
func (a *args) jsonType(v value) {
	switch strings.ToLower(v.text) {
	case "auto", "bool", "json", "none", "num", "str":
		return
	}
	a.errorf(v.span, "spl-tojson", "a field becomes JSON as auto, bool, json, none, num or str, not as %s", clip(v.text))
}

type tojsonStage struct {
	types          []jsonType // none: all fields
	otherwise      string
	fill, internal bool
	output         string
}

// jsonType says how a field becomes JSON.
type jsonType struct {
	field value
	as    string
}

func (s *tojsonStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	object := l.object(out, func(name string) bool {
		return len(s.types) > 0 || s.internal || !strings.HasPrefix(name, "_")
	})
	for _, t := range s.types {
		if !strings.Contains(t.field.text, "*") {
			l.field(out, t.field.text, t.field.span)
		}
	}
	args := []plan.Expr{object, textLiteral(s.otherwise), boolLiteral(s.fill), boolLiteral(s.internal)}
	for _, t := range s.types {
		args = append(args, textLiteral(t.field.text), textLiteral(t.as))
	}
	l.compute(out, assignment{s.output, schema.Any, apply("spl_row_json", args...)})
	return out
}
