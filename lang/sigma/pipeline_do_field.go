package sigma

import (
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
)

// Transformations of the names of fields, wherever a document has them: in items, as what fieldref names, in the list of fields,
// and in a correlation's group-by, aliases and condition.

// rename is a transformation of names: it returns those that take the place of one, and false where it leaves it.
type rename func(field string, keyword bool) ([]string, bool)

func (r rename) apply(p *processing, s *step) {
	p.meta.Fields = p.renameWords(s, r, p.meta.Fields)
	if p.corr != nil {
		p.renameCorrelation(s, r)
	}
	p.each(func(i *Item) Search {
		if !s.actsOn(p, i) {
			return i
		}
		return p.renameItem(s, r, i)
	})
}

// names returns what a name becomes; false where it stays.
func (p *processing) names(s *step, r rename, field string) ([]string, bool) {
	to, ok := r(field, false)
	if !ok || !s.actsOnName(p, field, false) {
		return nil, false
	}
	if len(to) != 1 || to[0] != field {
		ids := map[string]bool{}
		for id := range p.onField[field] {
			ids[id] = true
		}
		if s.id.Text != "" {
			ids[s.id.Text] = true
		}
		delete(p.onField, field)
		for _, name := range to {
			p.onField[name] = ids // shared: never changed once it is there
		}
	}
	return to, true
}

func (p *processing) renameWords(s *step, r rename, list []Word) []Word {
	var out []Word
	for _, w := range list {
		to, ok := p.names(s, r, w.Text)
		if !ok {
			to = []string{w.Text}
		}
		if !p.size(s, len(to), 0) {
			return list
		}
		for _, name := range to {
			out = append(out, Word{name, w.Span})
		}
	}
	return out
}

func (p *processing) renameCorrelation(s *step, r rename) {
	c := p.corr
	one := func(w *Word, what string) {
		to, ok := p.names(s, r, w.Text)
		if ok && len(to) > 1 {
			p.errorAt(s, w.Span, "sigma-pipeline-several", "%s of %s would become several: %s", what, w.Text, strings.Join(to, ", "))
		} else if ok {
			w.Text = to[0]
		}
	}
	alias := map[string]bool{}
	for a := range c.Aliases {
		alias[c.Aliases[a].Name.Text] = true
		for f := range c.Aliases[a].Fields {
			one(&c.Aliases[a].Fields[f].Field, "the field of an alias")
		}
	}
	var groups []Word
	for _, w := range c.GroupBy {
		if alias[w.Text] {
			groups = append(groups, w)
		} else {
			groups = append(groups, p.renameWords(s, r, []Word{w})...)
		}
	}
	c.GroupBy = groups
	for f := range c.Condition.Fields {
		one(&c.Condition.Fields[f], "the field of the condition")
	}
}

func (p *processing) renameItem(s *step, r rename, i *Item) Search {
	referred := p.renameReferences(s, r, i)
	if p.failed {
		return i
	}
	to, ok := r(i.Field.Text, i.IsKeyword())
	if !ok || len(to) == 0 || !s.actsOnName(p, i.Field.Text, i.IsKeyword()) {
		return referred
	}
	if !i.IsKeyword() {
		p.mapped[i.Field.Text] = true
	}
	var parts []Search
	for _, name := range to {
		p.mapped[name] = true
		part := cloneSearch(referred)
		items(part, func(e *Item) {
			p.inherit(e, i)
			p.note(e, s.id.Text)
			p.size(s, len(e.Values), 0)
		})
		if i.IsKeyword() {
			part = p.bound(part.(*Item), name)
		} else {
			items(part, func(e *Item) { e.rekey(name, modifierTexts(e)) })
		}
		parts = append(parts, part)
	}
	// The modifier neq negates the item as a whole: none of the fields.
	return linked(slices.Contains(modifierTexts(i), "neq"), parts, i.Span)
}

// bound ties keywords to a field, in which they are looked for anywhere, as they were in the event: numbers, too, which pySigma
// compares with the whole value.
func (p *processing) bound(i *Item, field string) Search {
	t := p.apart(i)
	t.item = &Item{Key: i.Key, Field: Word{field, i.Span}, Span: i.Span}
	t.edge = "contains"
	for _, g := range t.groups {
		if m := &g[0]; m.form == constantForm && m.value.Kind != NullValue {
			text := m.value.constant().Text()
			m.form, m.pieces = textForm, plan.Plain(text).Pieces
		}
		if g[0].form == textForm {
			g[0].pieces = opened(g[0].pieces, true, true)
		}
	}
	for id := range p.onItem[i] {
		p.note(t.item, id)
	}
	return p.together(t)
}

// renameReferences replaces the fields that the values of an item name. One that becomes several is met by any of them.
func (p *processing) renameReferences(s *step, r rename, i *Item) Search {
	if len(fieldNames(i)) == 0 {
		return i
	}
	t, changed := p.apart(i), false
	for g, values := range t.groups {
		v := values[0].value
		name, plain := (plan.Pattern{Pieces: pieces(v.Text)}).IsPlain()
		if !plain {
			continue
		}
		to, ok := p.names(s, r, name)
		if !ok {
			continue
		}
		changed = true
		t.groups[g] = nil
		for _, name := range to {
			v.Text = sigmaText(plan.Plain(name).Pieces)
			t.groups[g] = append(t.groups[g], meaning{form: otherForm, value: v})
		}
	}
	if !changed {
		return i
	}
	return p.noteAll(s, p.together(t))
}

// fieldTexts are the names that a word of a mapping stands for.
func fieldTexts(words []Word) []string {
	var list []string
	for _, w := range words {
		list = append(list, w.Text)
	}
	return list
}

var _ = defineTransformation("field_name_mapping", "renames fields; one name for several means any of them; the key null gives keywords a field",
	func(p *params) transformation {
		by, keywords := map[string][]string{}, []string(nil)
		for _, e := range p.mapping("mapping", true) {
			if e.null {
				keywords = fieldTexts(e.to)
			} else {
				by[e.from.Text] = fieldTexts(e.to)
			}
		}
		return rename(func(field string, keyword bool) ([]string, bool) {
			if keyword {
				return keywords, keywords != nil
			}
			to, ok := by[field]
			return to, ok
		})
	})

var _ = defineTransformation("field_name_prefix_mapping", "replaces the beginning of names", func(p *params) transformation {
	list := p.mapping("mapping", false)
	return rename(func(field string, keyword bool) ([]string, bool) {
		if keyword {
			return nil, false
		}
		for _, e := range list {
			if rest, ok := strings.CutPrefix(field, e.from.Text); ok {
				var to []string
				for _, prefix := range e.to {
					to = append(to, prefix.Text+rest)
				}
				return to, true
			}
		}
		return nil, false
	})
})

var _ = defineTransformation("field_name_prefix", "puts a text before names", func(p *params) transformation {
	prefix := p.name("prefix").Text
	return rename(func(field string, keyword bool) ([]string, bool) { return []string{prefix + field}, !keyword })
})

var _ = defineTransformation("field_name_suffix", "puts a text behind names", func(p *params) transformation {
	suffix := p.name("suffix").Text
	return rename(func(field string, keyword bool) ([]string, bool) { return []string{field + suffix}, !keyword })
})

var _ = defineTransformation("field_name_transform", "renames fields by a Python function: refused", func(p *params) transformation {
	p.errorf(p.typePlace(), "sigma-pipeline-refused", "field_name_transform calls a Python function, which no file can hold").
		Hint = "list the names in field_name_mapping"
	return nil
})

// typePlace is the place of the type of an item.
func (p *params) typePlace() diag.Span { return placeOf(p.word("type"), p.list) }
