package sigma

import (
	"regexp"
	"slices"

	"goshawk/plan"
)

// Conditions on an item of a detection, and on the name of a field.

type itemCondition interface {
	holds(p *processing, i *Item) bool
}

// itemTest is a condition that is one function.
type itemTest func(p *processing, i *Item) bool

func (t itemTest) holds(p *processing, i *Item) bool { return t(p, i) }

// ofValues reads whether any or all values of an item must meet a test.
func (p *params) ofValues(test func(m meaning) bool) itemCondition {
	all := p.choice("cond", "", "any", "all") == "all"
	return itemTest(func(p *processing, i *Item) bool {
		t := p.apart(i)
		fails := func(g []meaning) bool { return !test(g[0]) }
		if all {
			return !slices.ContainsFunc(t.groups, fails)
		}
		return slices.ContainsFunc(t.groups, func(g []meaning) bool { return test(g[0]) })
	})
}

var itemConditions = map[string]func(*params) itemCondition{
	"match_string": func(p *params) itemCondition {
		re, negate := p.pattern("pattern", true), p.bool("negate", false)
		return p.ofValues(func(m meaning) bool {
			return (m.form == textForm && re.MatchString(shown(m.pieces))) != negate
		})
	},
	"match_value": func(p *params) itemCondition {
		value := p.value("value")
		return p.ofValues(func(m meaning) bool { return m.equals(value) })
	},
	"contains_wildcard": func(p *params) itemCondition {
		return p.ofValues(func(m meaning) bool { return m.form == textForm && hasWildcard(m.pieces) })
	},
	"is_null": func(p *params) itemCondition {
		return p.ofValues(func(m meaning) bool { return m.form == constantForm && m.value.Kind == NullValue })
	},
	"processing_item_applied": func(p *params) itemCondition {
		id := p.name("processing_item_id").Text
		return itemTest(func(p *processing, i *Item) bool { return p.onItem[i][id] })
	},
	"processing_state": func(p *params) itemCondition {
		test := p.stateTest()
		return itemTest(func(p *processing, _ *Item) bool { return test(p) })
	},
}

// equals says whether a value is the one that a pipeline states: of the same type, wildcards and case included.
func (m meaning) equals(v Value) bool {
	switch m.form {
	case textForm:
		return v.Kind == TextValue && slices.Equal(m.pieces, pieces(v.Text))
	case constantForm:
		c, ok := compareValues(m.value.constant(), v.constant())
		return ok && c == 0
	}
	return false
}

// shown writes a pattern as pySigma shows it to regular expressions: wildcards as * and ?, these characters themselves with a
// backslash before them, and backslashes as they are.
func shown(list []plan.Piece) string {
	var out []byte
	for _, piece := range list {
		switch piece.Kind {
		case plan.Many:
			out = append(out, '*')
		case plan.One:
			out = append(out, '?')
		default:
			for i := 0; i < len(piece.Text); i++ {
				if c := piece.Text[i]; c == '*' || c == '?' {
					out = append(out, '\\')
				}
				out = append(out, piece.Text[i])
			}
		}
	}
	return string(out)
}

// fieldCondition is a condition on the name of a field; keywords have none.
type fieldCondition interface {
	// ofName must say whether it holds for a name; keyword says that there is none.
	ofName(p *processing, field string, keyword bool) bool
	// ofItem must say whether it holds for an item: for its field or for a field that its values name.
	ofItem(p *processing, i *Item) bool
}

// nameTest is a condition on names alone.
type nameTest func(p *processing, field string, keyword bool) bool

func (t nameTest) ofName(p *processing, field string, keyword bool) bool { return t(p, field, keyword) }

func (t nameTest) ofItem(p *processing, i *Item) bool {
	return t(p, i.Field.Text, i.IsKeyword()) ||
		slices.ContainsFunc(fieldNames(i), func(name string) bool { return t(p, name, false) })
}

// appliedTo is a condition on what was done to a name or an item before.
type appliedTo string

func (id appliedTo) ofName(p *processing, field string, keyword bool) bool {
	return !keyword && p.onField[field][string(id)]
}

func (id appliedTo) ofItem(p *processing, i *Item) bool { return p.onItem[i][string(id)] }

// listed reads a list of names, or of expressions that must meet a name from its beginning.
func (p *params) listed() func(field string) bool {
	fields, mode := p.names("fields"), p.choice("mode", "plain", "plain", "re")
	if mode == "plain" {
		return func(field string) bool {
			return slices.ContainsFunc(fields, func(w Word) bool { return w.Text == field })
		}
	}
	var list []*regexp.Regexp
	for _, w := range fields {
		if re := p.expression(w, true); re != nil {
			list = append(list, re)
		}
	}
	return func(field string) bool {
		return slices.ContainsFunc(list, func(re *regexp.Regexp) bool { return re.MatchString(field) })
	}
}

var fieldConditions = map[string]func(*params) fieldCondition{
	"include_fields": func(p *params) fieldCondition {
		in := p.listed()
		return nameTest(func(_ *processing, field string, keyword bool) bool { return !keyword && in(field) })
	},
	"exclude_fields": func(p *params) fieldCondition {
		in := p.listed()
		return nameTest(func(_ *processing, field string, keyword bool) bool { return keyword || !in(field) })
	},
	"processing_item_applied": func(p *params) fieldCondition { return appliedTo(p.name("processing_item_id").Text) },
	"processing_state": func(p *params) fieldCondition {
		test := p.stateTest()
		return nameTest(func(p *processing, _ string, _ bool) bool { return test(p) })
	},
}

// fieldNames returns the fields that the values of an item name.
func fieldNames(i *Item) []string {
	if !slices.ContainsFunc(i.Modifiers, func(m Word) bool { return m.Text == "fieldref" }) {
		return nil
	}
	var names []string
	for _, v := range i.Values {
		if name, plain := (plan.Pattern{Pieces: pieces(v.Text)}).IsPlain(); plain {
			names = append(names, name)
		}
	}
	return names
}

// actsOn says whether an item of the pipeline may change an item of the rule.
func (s *step) actsOn(p *processing, i *Item) bool {
	return s.item.holds(func(c itemCondition) bool { return c.holds(p, i) }) &&
		s.field.holds(func(c fieldCondition) bool { return c.ofItem(p, i) })
}

// actsOnName says whether it may change a name.
func (s *step) actsOnName(p *processing, field string, keyword bool) bool {
	return s.field.holds(func(c fieldCondition) bool { return c.ofName(p, field, keyword) })
}
