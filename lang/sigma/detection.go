package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// rule reads a detection rule.
func (r *reader) rule(list []pair) *Rule {
	rule := &Rule{Meta: r.meta(list, "logsource", "detection"), LogSource: r.logSource(list)}
	section := find(list, "detection")
	switch {
	case section == nil:
		r.errorf(headOf(list), "sigma-detection", "rule has no detection").Hint = "add detection: with named searches and a condition"
	case section.value.Kind != yaml.MappingNode:
		r.errorf(section.key.Span, "sigma-detection", "detection must be a map, not a %s", shape(section.value))
	default:
		rule.Detection = r.detection(section)
		r.lintEventID(rule)
	}
	return rule
}

// detection reads named searches and the condition over them; the keys in reserved are no searches.
func (r *reader) detection(section *pair, reserved ...string) Detection {
	entries := r.pairs(section.value)
	d := Detection{Span: section.key.Span.Join(spanOf(entries).Join(section.key.Span))}
	var condition *pair
	for i := range entries {
		p := &entries[i]
		switch {
		case p.key.Text == "condition":
			condition = p
		case p.key.Text == "timeframe":
			r.errorf(p.key.Span, "sigma-timeframe", "timeframe is obsolete").Hint = "write a correlation document with a timespan"
		case !contains(reserved, p.key.Text):
			d.Identifiers = append(d.Identifiers, r.identifier(p))
		}
	}
	if len(d.Identifiers) == 0 {
		r.errorf(section.key.Span, "sigma-detection", "%s names no search", section.key.Text)
	}
	if condition == nil {
		r.errorf(section.key.Span, "sigma-condition", "%s has no condition", section.key.Text).Hint = "add condition: with the names of the searches"
		return d
	}
	var texts []Word
	if condition.value.Kind == yaml.SequenceNode {
		texts = r.words(condition)
		if len(texts) == 0 {
			r.errorf(condition.key.Span, "sigma-condition", "condition is empty")
		}
	} else if text := r.text(condition); condition.value.Kind == yaml.ScalarNode {
		texts = []Word{text}
	}
	names := identifiers{list: d.Identifiers, byName: make(map[string]*Identifier, len(d.Identifiers)), used: map[*Identifier]bool{}}
	for _, id := range d.Identifiers {
		names.byName[id.Name.Text] = id
	}
	for _, text := range texts {
		c := r.condition(text, &names)
		if c.Expr != nil && dropped(c.Expr) {
			r.errorf(c.Span, "sigma-empty-selector", "condition selects nothing at all")
			c.Expr = nil
		}
		d.Conditions = append(d.Conditions, c)
	}
	r.lintUnused(&d, names.used)
	return d
}

// dropped says whether nothing of a condition remains, because all its selectors are negated and refer to nothing.
func dropped(c Cond) bool {
	all := func(list []Cond) bool {
		for _, c := range list {
			if !dropped(c) {
				return false
			}
		}
		return true
	}
	switch c := c.(type) {
	case *Name:
		return false
	case *Selector:
		return len(c.Identifiers) == 0
	case *NotCond:
		return dropped(c.X)
	case *AndCond:
		return all(c.List)
	case *OrCond:
		return all(c.List)
	}
	panic("sigma: unknown kind of condition")
}

// identifiers resolves the names of a condition in a detection.
type identifiers struct {
	list   []*Identifier
	byName map[string]*Identifier
	used   map[*Identifier]bool
	known  []string
	looked int // identifiers that selectors have looked at
}

func (ids *identifiers) name(r *reader, n *Name) {
	if n.Identifier = ids.byName[n.Text]; n.Identifier != nil {
		ids.used[n.Identifier] = true
		return
	}
	d := r.errorf(n.Span, "sigma-unknown-identifier", "unknown identifier %q", n.Text)
	switch near := r.nearest(n.Text, ids.names()); {
	case isOperator(strings.ToLower(n.Text)):
		d.Hint = "operators are lower case: " + strings.ToLower(n.Text)
	case n.Text == "them":
		d.Hint = "write 1 of them or all of them"
	case near != "":
		d.Hint = "did you mean " + near + "?"
	case strings.Contains(n.Text, "*"):
		d.Hint = "write 1 of " + n.Text + " or all of " + n.Text
	}
}

func (ids *identifiers) names() []string {
	if ids.known == nil {
		for _, id := range ids.list {
			ids.known = append(ids.known, id.Name.Text)
		}
	}
	return ids.known
}

func (ids *identifiers) selector(r *reader, s *Selector, negated bool) bool {
	if ids.looked += len(ids.list); ids.looked > maxReferences {
		r.errorf(s.Span, "sigma-too-large", "selectors of the condition look at more than %d identifiers", maxReferences)
		return true
	}
	fits := glob(s.Pattern.Text)
	for _, id := range ids.list {
		name := id.Name.Text
		if strings.HasPrefix(name, "_") && !strings.HasPrefix(s.Pattern.Text, "_") {
			continue
		}
		if s.Pattern.Text == "them" || fits(name) {
			s.Identifiers = append(s.Identifiers, id)
			ids.used[id] = true
		}
	}
	switch {
	case len(s.Identifiers) > 0:
		if s.Pattern.Text != "them" && !strings.Contains(s.Pattern.Text, "*") {
			r.warnf(s.Pattern.Span, "sigma-selector", "%q selects this one identifier only, not the entries of its list", s.Pattern.Text).
				Hint = "write the name alone, or a pattern with *"
		}
	case negated:
		r.warnf(s.Span, "sigma-empty-selector", "no identifier fits %q, so there is nothing to exclude", s.Pattern.Text)
	default:
		r.errorf(s.Span, "sigma-empty-selector", "no identifier fits %q", s.Pattern.Text)
	}
	return true
}

// identifier reads one named search.
func (r *reader) identifier(p *pair) *Identifier {
	id := &Identifier{Name: p.key, Span: p.span}
	for _, c := range p.key.Text {
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			r.warnf(p.key.Span, "sigma-identifier", "identifier %q should consist of letters, digits, _ and - only", p.key.Text)
			break
		}
	}
	if isOperator(p.key.Text) || p.key.Text == "them" || p.key.Text == "of" {
		r.warnf(p.key.Span, "sigma-identifier", "identifier %q is a word of the condition language and cannot be referred to", p.key.Text)
	}
	if yamlOldBool.MatchString(p.key.Text) {
		r.warnf(p.key.Span, "sigma-yaml-spelling", "identifier %s is a bool in YAML 1.1", p.key.Text).Hint = "choose another name"
	}
	id.Body = r.search(p.value, p.span)
	if id.Body == nil {
		r.errorf(p.key.Span, "sigma-empty-identifier", "identifier %q searches for nothing", p.key.Text)
	} else {
		id.Span = id.Span.Join(id.Body.Place())
	}
	return id
}

// search reads what an identifier or an element of its list looks for; nil if that is nothing.
func (r *reader) search(n *yaml.Node, span diag.Span) Search {
	switch n.Kind {
	case yaml.MappingNode:
		all := &AllOf{Span: span}
		for _, p := range r.pairs(n) {
			if item := r.item(&p); item != nil {
				all.List = append(all.List, item)
			}
		}
		if len(n.Content) == 0 {
			return nil
		}
		return all
	case yaml.SequenceNode:
		any := &AnyOf{Span: span}
		var words *Item // consecutive scalars are one item
		for _, e := range n.Content {
			place := r.span(e)
			if e = follow(e); e.Kind == yaml.ScalarNode {
				if words == nil {
					words = &Item{Span: place}
					any.List = append(any.List, words)
				}
				words.Values = append(words.Values, r.keyword(e))
				words.Span = words.Span.Join(place)
				continue
			}
			words = nil
			if s := r.search(e, place); s != nil {
				any.List = append(any.List, s)
			} else {
				r.errorf(place, "sigma-empty-identifier", "element of the list searches for nothing")
			}
		}
		if len(any.List) == 0 {
			return nil
		}
		if len(any.List) == 1 {
			return any.List[0]
		}
		return any
	}
	if isNull(n) {
		return nil
	}
	return &Item{Values: []Value{r.keyword(n)}, Span: r.span(n)}
}

// keyword reads a value without a field.
func (r *reader) keyword(n *yaml.Node) Value {
	v := r.value(n)
	if v.Kind == NullValue {
		r.errorf(v.Span, "sigma-null-keyword", "null without a field means nothing").Hint = "write field: null"
	}
	return v
}

// item reads one entry of a map: a field with modifiers, and its values.
func (r *reader) item(p *pair) *Item {
	item := &Item{Key: p.key, Span: p.span}
	r.key(item)
	switch p.value.Kind {
	case yaml.ScalarNode:
		item.Values = []Value{r.value(p.value)}
	case yaml.SequenceNode:
		item.Values = make([]Value, 0, len(p.value.Content))
		for _, e := range p.value.Content {
			if e = follow(e); e.Kind != yaml.ScalarNode {
				r.errorf(r.at(e), "sigma-map-value", "value must be text, a number, a bool or null, not a %s", shape(e)).
					Hint = "nested fields are written with dots: outer.inner"
				continue
			}
			item.Values = append(item.Values, r.value(e))
		}
	default:
		r.errorf(p.key.Span, "sigma-map-value", "value of %q must be text, a number, a bool, null or a list of them, not a map", p.key.Text).
			Hint = "nested fields are written with dots: outer.inner"
		return nil
	}
	if item.IsKeyword() {
		for _, v := range item.Values {
			if v.Kind == NullValue {
				r.errorf(v.Span, "sigma-null-keyword", "null without a field means nothing").Hint = "write field: null"
			}
		}
		if len(item.Values) == 0 {
			r.errorf(p.key.Span, "sigma-null-keyword", "list without values and without a field means nothing")
		}
	}
	r.lintItem(item)
	return item
}

// key splits a key into field and modifiers, all of which must be known.
func (r *reader) key(item *Item) {
	text := item.Key.Text
	bar := strings.IndexByte(text, '|')
	if bar < 0 {
		item.Field = item.Key
		return
	}
	at := item.Key.locate(r.src)
	item.Field = Word{text[:bar], at.part(0, bar)}
	if strings.Count(text, "|") > maxChain {
		r.errorf(item.Key.Span, "sigma-too-large", "more than %d modifiers", maxChain)
		return
	}
	for start := bar + 1; ; {
		end := len(text)
		if i := strings.IndexByte(text[start:], '|'); i >= 0 {
			end = start + i
		}
		m := Word{text[start:end], at.part(start, end)}
		item.Modifiers = append(item.Modifiers, m)
		if modifiers[m.Text] == nil {
			d := r.errorf(m.Span, "sigma-unknown-modifier", "unknown modifier %q", m.Text)
			if near := r.nearest(m.Text, modifierNames()); near != "" {
				d.Hint = "did you mean " + near + "?"
			}
		}
		if start = end + 1; start > len(text) {
			return
		}
	}
}
