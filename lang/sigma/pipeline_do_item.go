package sigma

import (
	"slices"
	"strings"

	"goshawk/event"
	"goshawk/plan"
)

// Transformations that put something else in the place of items, or nothing.

// itemChange returns what takes the place of an item: nil for nothing, the item itself where it stays.
type itemChange func(p *processing, s *step, i *Item) Search

func (change itemChange) apply(p *processing, s *step) {
	p.each(func(i *Item) Search {
		if !s.actsOn(p, i) {
			return i
		}
		to := change(p, s, i)
		if to == nil || to == Search(i) || p.failed {
			return to
		}
		items(to, func(e *Item) {
			p.inherit(e, i)
			p.size(s, len(e.Values)+1, 0)
		})
		return p.noteAll(s, to)
	})
}

var _ = defineTransformation("drop_detection_item", "drops items", func(*params) transformation {
	return itemChange(func(*processing, *step, *Item) Search { return nil })
})

// made returns a new item in the place of another.
func made(from *Item, field string, modifiers []string, values ...Value) *Item {
	i := &Item{Key: from.Key, Span: from.Span, Values: values, made: true}
	i.rekey(field, modifiers)
	return i
}

// plainTexts returns the texts of an item as they are shown, if all of its values are texts.
func plainTexts(t *apartItem) ([]string, bool) {
	var list []string
	for _, g := range t.groups {
		if g[0].form != textForm {
			return nil, false
		}
		list = append(list, shown(g[0].pieces))
	}
	return list, len(list) > 0
}

// hashLengths tell algorithms by the number of digits.
var hashLengths = map[int]string{32: "MD5", 40: "SHA1", 64: "SHA256", 128: "SHA512"}

var _ = defineTransformation("hashes_fields", "gives each kind of hash in Hashes a field of its own", func(p *params) transformation {
	algorithms, prefix, bare := fieldTexts(p.names("valid_hash_algos")), p.optional("field_prefix", ""), p.bool("drop_algo_prefix", false)
	fields := fieldTexts(p.some("field_to_parse"))
	if fields == nil {
		fields = []string{"Hashes", "Hash"}
	}
	if bare && prefix == "" {
		p.errorf(p.typePlace(), "sigma-pipeline-parameter", "drop_algo_prefix leaves fields without a name").Hint = "add field_prefix:, which is then the name of the field"
	}
	return itemChange(func(p *processing, s *step, i *Item) Search {
		if !slices.Contains(fields, i.Field.Text) || i.IsKeyword() {
			return i
		}
		t := p.apart(i)
		texts, ok := plainTexts(t)
		if !ok {
			return i
		}
		var names []string
		values := map[string][]Value{}
		for n, text := range texts {
			algorithm, digits := hashOf(text)
			v := i.Values[n]
			if !slices.Contains(algorithms, algorithm) {
				p.warnAt(s, v.Span, "sigma-pipeline-hash", "%q is no hash of %s and is left out", v.Text, strings.Join(algorithms, ", "))
				continue
			}
			name := prefix
			if !bare {
				name += algorithm
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			v.Text = sigmaText(plan.Plain(digits).Pieces)
			values[name] = append(values[name], v)
		}
		if len(names) == 0 {
			p.errorAt(s, i.Span, "sigma-pipeline-hash", "no value is a hash of %s", strings.Join(algorithms, ", "))
			return i
		}
		// The fields are linked as the values were: with all, each of them must have its value.
		var parts []Search
		for _, name := range names {
			var modifiers []string
			if t.every && len(values[name]) > 1 {
				modifiers = []string{"all"}
			}
			parts = append(parts, made(i, name, modifiers, values[name]...))
		}
		to := linked(t.every, parts, i.Span)
		if t.negated {
			to = negated(to)
		}
		return to
	})
})

// hashOf splits a text such as MD5=… or SHA1|…; the algorithm of digits alone is told by their number.
func hashOf(text string) (algorithm, digits string) {
	sign := "="
	if strings.Contains(text, "|") {
		sign = "|"
	}
	parts := strings.Split(text, sign)
	if len(parts) == 2 {
		return strings.ToUpper(strings.TrimLeft(parts[0], "*")), strings.Trim(parts[1], "*?")
	}
	digits = strings.Trim(parts[0], "*?")
	return hashLengths[len(digits)], digits
}

var _ = defineTransformation("extract_fields", "makes items of the named groups of a regular expression", func(p *params) transformation {
	re := p.pattern("regex", true)
	prefix, keep := p.optional("field_prefix", ""), p.bool("preserve_unmatched", false)
	if re != nil {
		seen := map[string]bool{}
		for _, name := range re.SubexpNames() {
			if seen[name] && name != "" {
				p.errorf(p.typePlace(), "sigma-pipeline-regex", "two groups are called %q", name)
			}
			seen[name] = true
		}
		if len(seen) == 1 {
			p.errorf(p.typePlace(), "sigma-pipeline-regex", "the regular expression has no named group").Hint = "write (?P<name>…) for what is to be a field"
		}
	}
	return itemChange(func(p *processing, s *step, i *Item) Search {
		t := p.apart(i)
		texts, ok := plainTexts(t)
		if !ok {
			return i
		}
		var parts []Search
		for n, text := range texts {
			m := re.FindStringSubmatch(text)
			v := i.Values[n]
			if m == nil && keep {
				rest := &apartItem{item: i, cased: t.cased, dashed: t.dashed, expand: t.expand, edge: t.edge, groups: t.groups[n : n+1]}
				parts = append(parts, p.together(rest))
				continue
			} else if m == nil {
				p.warnAt(s, v.Span, "sigma-pipeline-extract", "%q does not meet the regular expression and is left out", v.Text)
				continue
			}
			var fields []Search
			for g, name := range re.SubexpNames() {
				if name == "" || m[g] == "" {
					continue
				}
				if prefix != "" {
					name = prefix + "." + name
				}
				fields = append(fields, made(i, name, nil, extracted(m[g], v)))
			}
			if all := linked(true, fields, v.Span); all != nil {
				parts = append(parts, all)
			}
		}
		if len(parts) == 0 {
			return i
		}
		to := linked(t.every, parts, i.Span)
		if t.negated {
			to = negated(to)
		}
		return to
	})
})

// extracted gives the text of a group its type: null, a number, or, with zeros in front and in all other cases, text.
func extracted(text string, v Value) Value {
	v.Kind = TextValue
	if lower := strings.ToLower(text); lower == "null" || lower == "none" {
		v.Kind = NullValue
	} else if _, number := event.Number(text); number && (text == "0" || text[0] != '0') {
		v.Kind = NumberValue
	}
	v.Text = text
	return v
}
