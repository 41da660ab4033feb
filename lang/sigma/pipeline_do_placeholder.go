package sigma

import (
	"regexp"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

// Transformations that resolve %name% of the modifier expand. A name that has no transformation here is left to the
// placeholders of the command line.

// chosen reads which placeholders a transformation is for.
func (p *params) chosen() func(name string) bool {
	in, out := p.get("include"), p.get("exclude")
	if in != nil && out != nil {
		p.errorf(out.key.Span, "sigma-pipeline-parameter", "include and exclude exclude each other")
	}
	var list []string
	switch {
	case in != nil:
		list = fieldTexts(p.wordOrWords(in))
		return func(name string) bool { return slices.Contains(list, name) }
	case out != nil:
		list = fieldTexts(p.wordOrWords(out))
		return func(name string) bool { return !slices.Contains(list, name) }
	}
	return func(string) bool { return true }
}

// resolving makes a transformation of what gives the values of a name. It returns false, and has reported it, where there are none.
func resolving(chosen func(string) bool, values func(p *processing, s *step, m meaning, name string) ([][]plan.Piece, bool)) valueChange {
	return func(p *processing, s *step, i *Item, m meaning) ([]meaning, bool) {
		if !i.expands() || m.form != textForm && m.form != regexForm {
			return nil, false
		}
		if m.form == regexForm {
			return p.resolveExpression(s, m, chosen, values)
		}
		variants, some := [][]plan.Piece{nil}, false
		extend := func(alternatives ...[]plan.Piece) bool {
			if !p.size(s, len(variants)*len(alternatives), 0) {
				return false
			}
			var longer [][]plan.Piece
			for _, v := range variants {
				for _, a := range alternatives {
					longer = append(longer, joined(v, a))
				}
			}
			variants = longer
			return true
		}
		for _, piece := range m.pieces {
			if piece.Kind != plan.Run {
				extend([]plan.Piece{piece})
				continue
			}
			for _, part := range split(piece.Text) {
				alternatives := [][]plan.Piece{guarded(plan.Plain(part.text).Pieces)}
				if part.name && !chosen(part.text) {
					alternatives = [][]plan.Piece{plan.Plain("%" + part.text + "%").Pieces}
				} else if part.name {
					some = true
					found, ok := values(p, s, m, part.text)
					if !ok {
						return nil, false
					}
					alternatives = nil
					for _, v := range found {
						alternatives = append(alternatives, guarded(v))
					}
				}
				if !extend(alternatives...) {
					return nil, false
				}
			}
		}
		if !some {
			return nil, false
		}
		var to []meaning
		for _, v := range variants {
			made := m
			made.pieces = v
			to = append(to, made)
		}
		return to, true
	}
}

// resolveExpression puts the values of placeholders into a regular expression as alternatives, quoted but for their wildcards.
func (p *processing) resolveExpression(s *step, m meaning, chosen func(string) bool, values func(*processing, *step, meaning, string) ([][]plan.Piece, bool)) ([]meaning, bool) {
	var b strings.Builder
	parts, some := split(m.value.Text), false
	left := slices.ContainsFunc(parts, func(part placeholder) bool { return part.name && !chosen(part.text) })
	for _, part := range parts {
		switch {
		case !part.name && left:
			b.WriteString(strings.ReplaceAll(part.text, "%", `\%`))
		case !part.name:
			b.WriteString(part.text)
		case !chosen(part.text):
			b.WriteString("%" + part.text + "%")
		default:
			some = true
			list, ok := values(p, s, m, part.text)
			if !ok {
				return nil, false
			}
			var alternatives []string
			for _, v := range list {
				alternatives = append(alternatives, quotedPieces(v))
			}
			text := "(?:" + strings.Join(alternatives, "|") + ")"
			if !p.size(s, len(list), len(text)) {
				return nil, false
			}
			b.WriteString(text)
		}
	}
	if !some {
		return nil, false
	}
	m.value.Text = b.String()
	return []meaning{m}, true
}

func quotedPieces(list []plan.Piece) string {
	var b strings.Builder
	for _, piece := range list {
		switch piece.Kind {
		case plan.Many:
			b.WriteString(`(?s:.*)`)
		case plan.One:
			b.WriteString(`(?s:.)`)
		default:
			b.WriteString(regexp.QuoteMeta(piece.Text))
		}
	}
	return b.String()
}

var _ = defineTransformation("value_placeholders", "resolves placeholders by the variables of the pipeline", func(p *params) transformation {
	return resolving(p.chosen(), func(p *processing, s *step, m meaning, name string) ([][]plan.Piece, bool) {
		list, known := p.pipe.vars[name]
		if !known {
			p.errorAt(s, m.value.Span, "sigma-unresolved-placeholder", "placeholder %%%s%% has no variable in the pipeline", name)
			if near := diag.Nearest(name, sortedKeys(p.pipe.vars)); near != "" {
				last := &p.list[len(p.list)-1]
				last.Hint = "did you mean %" + near + "%? " + last.Hint
			}
			return nil, false
		}
		var values [][]plan.Piece
		for _, v := range list {
			if v.Kind == BoolValue || v.Kind == NullValue {
				p.errorAt(s, m.value.Span, "sigma-unresolved-placeholder", "a value of the variable %s is a %s, not a text or number", name, v.Kind)
				return nil, false
			}
			values = append(values, pieces(v.constant().Text()))
		}
		if len(values) == 0 {
			p.errorAt(s, m.value.Span, "sigma-unresolved-placeholder", "variable %s has no values", name)
		}
		return values, len(values) > 0
	})
})

var _ = defineTransformation("wildcard_placeholders", "resolves placeholders by a wildcard", func(p *params) transformation {
	return resolving(p.chosen(), func(*processing, *step, meaning, string) ([][]plan.Piece, bool) {
		return [][]plan.Piece{star}, true
	})
})

var _ = defineTransformation("query_expression_placeholders", "resolves placeholders by text of a query language: refuses the rules that have them", func(p *params) transformation {
	chosen := p.chosen()
	expression := p.needed("expression").Text
	if p.get("mapping") != nil {
		p.mapping("mapping", false)
	}
	return resolving(chosen, func(p *processing, s *step, m meaning, name string) ([][]plan.Piece, bool) {
		p.errorAt(s, m.value.Span, "sigma-pipeline-query-expression", "placeholder %%%s%% becomes text of a query language (%s), which is no condition that could be tested", name, expression)
		last := &p.list[len(p.list)-1]
		last.Hint = "give it values with value_placeholders; " + last.Hint
		return nil, false
	})
})
