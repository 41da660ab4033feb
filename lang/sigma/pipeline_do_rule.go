package sigma

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/event"
)

// Transformations of what a rule says besides its searches: log source, list of fields, attributes, conditions; and of the
// pipeline's own state.

// action is a transformation that is one function.
type action func(p *processing, s *step)

func (a action) apply(p *processing, s *step) { a(p, s) }

var _ = defineTransformation("change_logsource", "replaces the log source", func(p *params) transformation {
	to := LogSource{Category: p.optional("category", ""), Product: p.optional("product", ""), Service: p.optional("service", "")}
	if to.Category == "" && to.Product == "" && to.Service == "" {
		p.errorf(p.typePlace(), "sigma-pipeline-parameter", "change_logsource states neither category nor product nor service")
	}
	return action(func(p *processing, _ *step) {
		if p.rule != nil {
			changed := to
			changed.Span = p.rule.LogSource.Span
			p.rule.LogSource = changed
		}
	})
})

var _ = defineTransformation("add_field", "adds to the list of fields", func(p *params) transformation {
	fields := fieldTexts(p.names("field"))
	return action(func(p *processing, s *step) {
		if p.size(s, len(fields), 0) {
			p.meta.Fields = append(p.meta.Fields, wordsOf(fields, p)...)
		}
	})
})

var _ = defineTransformation("remove_field", "takes from the list of fields", func(p *params) transformation {
	fields := fieldTexts(p.names("field"))
	return action(func(p *processing, _ *step) {
		for _, field := range fields {
			if i := slices.IndexFunc(p.meta.Fields, func(w Word) bool { return w.Text == field }); i >= 0 {
				p.meta.Fields = slices.Delete(p.meta.Fields, i, i+1)
			}
		}
	})
})

var _ = defineTransformation("set_field", "replaces the list of fields", func(p *params) transformation {
	var fields []string
	if e := p.get("fields"); e == nil {
		p.missing("fields")
	} else {
		fields = fieldTexts(p.wordOrWords(e))
	}
	return action(func(p *processing, _ *step) { p.meta.Fields = wordsOf(fields, p) })
})

// wordsOf gives names of a pipeline the place of the document.
func wordsOf(names []string, p *processing) []Word {
	var list []Word
	for _, name := range names {
		list = append(list, Word{name, p.head()})
	}
	return list
}

var _ = defineTransformation("set_custom_attribute", "sets an attribute of the rule", func(p *params) transformation {
	name := p.name("attribute")
	var value event.Value
	if e := p.get("value"); e == nil {
		p.missing("value")
	} else {
		value = p.any(e.value)
	}
	return action(func(p *processing, _ *step) {
		p.meta.Custom = slices.DeleteFunc(p.meta.Custom, func(c Custom) bool { return c.Key.Text == name.Text })
		p.meta.Custom = append(p.meta.Custom, Custom{Key: Word{name.Text, p.head()}, Value: value, Span: p.head()})
	})
})

var _ = defineTransformation("set_state", "sets a state of the pipeline, which conditions can ask for", func(p *params) transformation {
	key := p.name("key").Text
	var value event.Value
	if e := p.get("val"); e == nil {
		p.missing("val")
	} else {
		value = p.any(e.value)
	}
	return action(func(p *processing, _ *step) { p.state[key] = value })
})

var _ = defineTransformation("nest", "runs items of its own where its conditions hold", func(p *params) transformation {
	e := p.get("items")
	if e == nil {
		p.missing("items")
		return action(func(*processing, *step) {})
	}
	list := p.stepList(e, p.transformation)
	return action(func(p *processing, _ *step) { p.steps(list) })
})

var templateName = regexp.MustCompile(`\$(\$|[_a-zA-Z][_a-zA-Z0-9]*|\{[_a-zA-Z][_a-zA-Z0-9]*\})`)

var _ = defineTransformation("add_condition", "adds items to the condition", func(p *params) transformation {
	conditions := p.get("conditions")
	name, template, not := p.optional("name", ""), p.bool("template", false), p.bool("negated", false)
	if conditions == nil {
		p.missing("conditions")
		return action(func(*processing, *step) {})
	}
	var body Search
	if conditions.value.Kind != yaml.MappingNode {
		p.errorf(conditions.key.Span, "sigma-pipeline-parameter", "conditions must be a map of fields and values, not a %s", shape(conditions.value))
	} else if body = p.search(conditions.value, conditions.span); body == nil {
		p.errorf(conditions.key.Span, "sigma-pipeline-parameter", "conditions is empty")
	}
	return action(func(p *processing, s *step) {
		if p.rule == nil {
			return
		}
		d := &p.rule.Detection
		id := &Identifier{Name: Word{p.freeName(name), p.head()}, Body: cloneSearch(body), Span: p.head()}
		if name != "" && id.Name.Text != name {
			p.errorAt(s, p.head(), "sigma-pipeline-name", "the rule has an identifier %q already", name)
			return
		}
		items(id.Body, func(i *Item) {
			i.Span, i.Values, i.made = p.head(), slices.Clone(i.Values), true
			key := i.Field.Text
			i.Key.Span = p.head()
			i.rekey(key, modifierTexts(i))
			for v := range i.Values {
				if i.Values[v].Span = p.head(); template && i.Values[v].Kind == TextValue {
					i.Values[v].Text = p.filled(s, i.Values[v].Text)
				}
			}
			p.size(s, len(i.Values), 0)
		})
		p.noteAll(s, id.Body)
		d.Identifiers = append(d.Identifiers, id)
		for _, c := range d.Conditions {
			var added Cond = &Name{Word: id.Name, Identifier: id}
			if not {
				added = &NotCond{X: added, Span: p.head()}
			}
			list := []Cond{added}
			if and, ok := c.Expr.(*AndCond); ok {
				list = append(list, and.List...)
			} else {
				list = append(list, c.Expr)
			}
			c.Expr = &AndCond{list}
			if c.Text = conditionText(c.Expr); !p.size(s, 0, len(c.Text)) {
				return
			}
		}
	})
})

// freeName returns a name for an identifier that the rule has not; one that is given stays, with a number behind it if it is
// taken. No name that is made fits a pattern of a condition.
func (p *processing) freeName(name string) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(p.rule.Detection.Identifiers, func(id *Identifier) bool { return id.Name.Text == name })
	}
	base := name
	if base == "" {
		base = "_cond"
	}
	for n := 1; ; n++ {
		try := base
		if n > 1 {
			try += strconv.Itoa(n)
		}
		if !taken(try) {
			return try
		}
	}
}

// filled replaces $category, $product and $service. Other words behind a dollar sign stay as they are.
func (p *processing) filled(s *step, text string) string {
	l := p.rule.LogSource
	known := map[string]string{"category": l.Category, "product": l.Product, "service": l.Service}
	return templateName.ReplaceAllStringFunc(text, func(m string) string {
		if m == "$$" {
			return "$"
		}
		value, ok := known[strings.Trim(m, "${}")]
		switch {
		case !ok:
			return m
		case value == "" && !p.failed:
			p.errorAt(s, p.rule.LogSource.Span, "sigma-pipeline-template", "a condition is made with %s, which the log source does not state", m)
		}
		return value
	})
}
