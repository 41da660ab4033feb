package sigma

import (
	"slices"
	"strings"
	"time"

	"goshawk/event"
)

// Conditions on a rule or correlation as a whole.

type ruleCondition interface{ holds(p *processing) bool }

// ruleTest is a condition that is one function.
type ruleTest func(p *processing) bool

func (t ruleTest) holds(p *processing) bool { return t(p) }

var ruleConditions = map[string]func(*params) ruleCondition{
	"logsource": func(p *params) ruleCondition {
		want := LogSource{Category: p.optional("category", ""), Product: p.optional("product", ""), Service: p.optional("service", "")}
		if want.Category == "" && want.Product == "" && want.Service == "" {
			p.errorf(placeOf(Word{}, p.list), "sigma-pipeline-condition", "logsource states neither category nor product nor service")
		}
		return ruleTest(func(p *processing) bool {
			if p.rule != nil {
				return want.Contains(p.rule.LogSource)
			}
			return p.anyReferenced(p.corr, want, 0)
		})
	},
	"contains_field": func(p *params) ruleCondition {
		field := p.name("field").Text
		return ruleTest(func(p *processing) bool { return p.some(func(i *Item) bool { return i.Field.Text == field }) })
	},
	"contains_detection_item": func(p *params) ruleCondition {
		field, value := p.name("field").Text, p.value("value")
		return ruleTest(func(p *processing) bool {
			return p.some(func(i *Item) bool {
				if i.Field.Text != field {
					return false
				}
				t := p.apart(i)
				return slices.ContainsFunc(t.groups, func(g []meaning) bool { return g[0].equals(value) })
			})
		})
	},
	"processing_item_applied": func(p *params) ruleCondition {
		id := p.name("processing_item_id").Text
		return ruleTest(func(p *processing) bool { return p.applied[id] })
	},
	"processing_state": func(p *params) ruleCondition {
		test := p.stateTest()
		return ruleTest(test)
	},
	"is_sigma_rule":             func(*params) ruleCondition { return ruleTest(func(p *processing) bool { return p.rule != nil }) },
	"is_sigma_correlation_rule": func(*params) ruleCondition { return ruleTest(func(p *processing) bool { return p.corr != nil }) },
	"rule_attribute":            readAttributeTest,
	"tag": func(p *params) ruleCondition {
		w := p.name("tag")
		if w.Text != "" && !tagShape.MatchString(strings.ToLower(w.Text)) {
			p.errorf(w.Span, "sigma-pipeline-condition", "tag %q has not the form namespace.name", w.Text)
		}
		return ruleTest(func(p *processing) bool {
			return slices.ContainsFunc(p.meta.Tags, func(tag Word) bool { return strings.EqualFold(tag.Text, w.Text) })
		})
	},
}

// some says whether an item of the rule fits; a correlation has none.
func (p *processing) some(fits func(*Item) bool) bool {
	if p.rule == nil {
		return false
	}
	found := false
	for _, id := range p.rule.Detection.Identifiers {
		items(id.Body, func(i *Item) { found = found || fits(i) })
	}
	return found
}

// anyReferenced says whether a rule that a correlation is built on, however far down, has a log source.
func (p *processing) anyReferenced(c *Correlation, want LogSource, depth int) bool {
	if p.referenced == nil || depth > maxCorrelationDepth {
		return false
	}
	return slices.ContainsFunc(c.Rules, func(reference Word) bool {
		d, ok := p.referenced(reference.Text)
		switch {
		case !ok:
			return false
		case d.Rule != nil:
			return want.Contains(d.Rule.LogSource)
		case d.Correlation != nil:
			return p.anyReferenced(d.Correlation, want, depth+1)
		}
		return false
	})
}

// comparison is eq, ne, gt, gte, lt or lte between what cmp says: negative, zero, positive.
func comparison(op string, c int) bool {
	switch op {
	case "eq":
		return c == 0
	case "ne":
		return c != 0
	case "gt":
		return c > 0
	case "gte":
		return c >= 0
	case "lt":
		return c < 0
	}
	return c <= 0
}

var comparisonNames = []string{"eq", "ne", "gt", "gte", "lt", "lte"}

// stateTest reads a condition on what set_state has set: false where the key was never set. Values of different kinds are
// unequal and neither less nor greater.
func (p *params) stateTest() func(p *processing) bool {
	key, value := p.name("key").Text, p.value("val").constant()
	op := p.choice("op", "eq", comparisonNames...)
	return func(p *processing) bool {
		is, set := p.state[key]
		if !set {
			return false
		}
		c, comparable := compareValues(is, value)
		if !comparable {
			return op == "ne"
		}
		return comparison(op, c)
	}
}

// constant returns the value with its YAML type.
func (v Value) constant() event.Value {
	switch v.Kind {
	case NumberValue:
		return v.number()
	case BoolValue:
		return event.BoolValue(v.isTrue())
	case NullValue:
		return event.NullValue()
	}
	return event.TextValue(v.Text)
}

// compareValues orders two values of one kind.
func compareValues(a, b event.Value) (int, bool) {
	number := func(k event.Kind) bool { return k == event.Int || k == event.Float || k == event.Decimal }
	switch {
	case number(a.Kind()) && number(b.Kind()):
		if a.Kind() == event.Int && b.Kind() == event.Int {
			return compareOrdered(a.Int(), b.Int()), true
		}
		return compareOrdered(a.Float(), b.Float()), true
	case a.Kind() != b.Kind():
		return 0, false
	case a.Kind() == event.Bool:
		return compareOrdered(a.Int(), b.Int()), true
	case a.Kind() == event.Text:
		return strings.Compare(a.Text(), b.Text()), true
	case a.IsNull():
		return 0, true
	}
	return 0, false
}

func compareOrdered[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// readAttributeTest reads a condition on what a rule says about itself. An attribute that the rule has not is unequal to
// everything and in no list.
func readAttributeTest(p *params) ruleCondition {
	attribute, value := p.name("attribute"), p.value("value")
	op := p.choice("op", "eq", append(slices.Clone(comparisonNames), "in", "not_in")...)
	inList := op == "in" || op == "not_in"
	order := map[string][]string{"level": levels, "status": {"unsupported", "deprecated", "experimental", "test", "stable"}}[attribute.Text]
	switch attribute.Text {
	case "level", "status":
		if !inList && !slices.Contains(order, strings.ToLower(value.Text)) {
			p.unknown(value.Word, attribute.Text, order)
		}
	case "date", "modified":
		if _, err := time.Parse("2006-01-02", value.Text); err != nil && !inList {
			p.errorf(value.Span, "sigma-pipeline-condition", "%s is compared with a day of the form YYYY-MM-DD, not %q", attribute.Text, value.Text)
		}
	case "logsource", "detection", "related", "correlation":
		p.errorf(attribute.Span, "sigma-pipeline-condition", "%s is no single value that could be compared", attribute.Text).
			Hint = "use the conditions logsource, contains_field or contains_detection_item"
	case "title", "id", "name", "taxonomy", "description", "author", "license":
		if op != "eq" && op != "ne" {
			p.errorf(attribute.Span, "sigma-pipeline-condition", "%s is a text, which %s does not compare", attribute.Text, op).Hint = "use eq or ne"
		}
	}
	return ruleTest(func(p *processing) bool {
		is, list, known := p.attribute(attribute.Text)
		if list != nil {
			found := slices.ContainsFunc(list, func(v event.Value) bool { c, ok := compareValues(v, value.constant()); return ok && c == 0 })
			return op == "in" && found || op == "not_in" && !found || op == "ne"
		}
		if !known {
			return op == "ne" || op == "not_in"
		}
		if order != nil {
			return comparison(op, slices.Index(order, is.Text())-slices.Index(order, strings.ToLower(value.Text)))
		}
		c, comparable := compareValues(is, value.constant())
		if is.Kind() == event.Text {
			c, comparable = strings.Compare(is.Text(), value.Text), true
		}
		if inList || !comparable {
			return op == "ne" || op == "not_in"
		}
		return comparison(op, c)
	})
}

// attribute returns what a document says about itself: one value, or a list.
func (p *processing) attribute(name string) (one event.Value, list []event.Value, known bool) {
	texts := func(words []Word) []event.Value {
		list := []event.Value{}
		for _, w := range words {
			list = append(list, event.TextValue(w.Text))
		}
		return list
	}
	m := p.meta
	var text string
	switch name {
	case "title":
		text = m.Title.Text
	case "id":
		text = strings.ToLower(m.ID.Text)
	case "name":
		text = m.Name.Text
	case "taxonomy":
		if text = m.Taxonomy.Text; text == "" {
			text = "sigma" // which the specification has for a rule that says nothing
		}
	case "status":
		text = m.Status.Text
	case "level":
		text = m.Level.Text
	case "description":
		text = m.Description
	case "author":
		text = m.Author
	case "license":
		text = m.License
	case "date":
		text = m.Date.Text
	case "modified":
		text = m.Modified.Text
	case "tags":
		return one, texts(m.Tags), true
	case "references":
		return one, texts(m.References), true
	case "fields":
		return one, texts(m.Fields), true
	case "falsepositives":
		return one, texts(m.FalsePositives), true
	case "scope":
		return one, texts(m.Scope), true
	default:
		for _, c := range slices.Backward(m.Custom) {
			if c.Key.Text != name {
				continue
			}
			if c.Value.Kind() == event.List {
				return one, append([]event.Value{}, c.Value.List()...), true
			}
			return c.Value, nil, true
		}
		return one, nil, false
	}
	return event.TextValue(text), nil, text != ""
}
