package sigma

import (
	"slices"
	"strings"

	"goshawk/plan"
)

// pySigma applies modifiers before pipelines, so that a transformation sees *x* where a rule says contains: x. Here an item is
// taken apart into what its values mean, the values are changed, and the item is put together again with as few modifiers
// as say the same. What transformations cannot see in pySigma either (networks, comparisons, base64offset) they do not see
// here, but for windash, which stays on the item while its text changes.

// form is what a value of an item is to a transformation.
type form uint8

const (
	textForm     form = iota // text with wildcards
	constantForm             // a number, a bool or null
	regexForm                // a regular expression
	otherForm                // anything else
)

// meaning is one value after the modifiers.
type meaning struct {
	form   form
	value  Value        // but for its text where form is textForm
	pieces []plan.Piece // of textForm
	flags  string       // of regexForm: of i, m, s
}

// apartItem is an item taken apart.
type apartItem struct {
	item           *Item
	every, negated bool
	cased, dashed  bool
	expand         bool
	edge           string   // contains, startswith or endswith; empty also where there are several
	others         []string // modifiers of values of otherForm
	groups         [][]meaning
	// groups are linked as the item says; the values of one are alternatives in any case. Before any change each has one.
}

// apart takes an item apart.
func (p *processing) apart(i *Item) *apartItem {
	if p.work += len(i.Values) + 1; p.work > maxWork && !p.failed {
		p.errorf(p.head(), "sigma-too-large", "items of the pipeline look at more than %d values of this rule", maxWork)
	}
	t := &apartItem{item: i}
	if p.failed {
		return t
	}
	var steps []Word
	form, flags, edges, encoded, all := textForm, "", 0, false, []string{}
	for _, m := range i.Modifiers {
		name := m.Text
		if mod := modifiers[name]; mod != nil {
			name = mod.name
		}
		switch name {
		case "all":
			t.every = true
			continue
		case "neq":
			t.negated = true
			continue
		case "cased":
			t.cased = true
		case "windash":
			t.dashed = true
		case "expand":
			t.expand = true
		case "contains", "startswith", "endswith":
			edges++
			t.edge = name
			steps = append(steps, m)
		case "re":
			form = regexForm
		case "i", "m", "s":
			if !strings.Contains(flags, name) {
				flags += name
			}
		case "base64", "wide", "utf16", "utf16be":
			encoded = true
			steps = append(steps, m)
		default:
			form = otherForm
		}
		all = append(all, m.Text)
	}
	if edges > 1 {
		t.edge = ""
	}
	if form == textForm && encoded && (t.expand || t.dashed) {
		form = otherForm
	}
	t.others = all
	for _, v := range i.Values {
		t.groups = append(t.groups, []meaning{p.meaning(i, v, form, flags, steps)})
	}
	return t
}

func (p *processing) meaning(i *Item, v Value, f form, flags string, steps []Word) meaning {
	m := meaning{form: f, value: v, flags: flags}
	if f != textForm {
		return m
	}
	// What the modifiers refuse is left as it is: lowering the rule complains about it.
	il := &itemLowering{lowering: &lowering{rule: p.rule}, item: i}
	t, ok := il.apply(v, steps)
	if !ok {
		m.form = otherForm
		return m
	}
	switch t := t.(type) {
	case pattern:
		m.pieces = t.variants[0]
	case scalar, nothing:
		m.form = constantForm
	default:
		m.form = otherForm
	}
	return m
}

// modifiersOf returns the modifiers that a value needs, but for those of its edges and of the item.
func (t *apartItem) modifiersOf(m meaning) []string {
	var list []string
	switch m.form {
	case textForm:
		if t.dashed {
			list = append(list, "windash")
		}
		if t.expand && hasPlaceholder(m.pieces) {
			list = append(list, "expand")
		}
		if t.cased {
			list = append(list, "cased")
		}
	case regexForm:
		list = append(list, "re")
		for _, flag := range m.flags {
			list = append(list, string(flag))
		}
		if t.expand && slices.ContainsFunc(split(m.value.Text), func(part placeholder) bool { return part.name }) {
			list = append(list, "expand")
		}
	case otherForm:
		return t.others
	}
	return list
}

// together puts an item together from its groups; nil if nothing is left of them. One item is the old one, changed.
func (p *processing) together(t *apartItem) Search {
	var parts []Search
	var single []meaning // of all groups that have one alternative, or of all where any suffices
	for _, g := range t.groups {
		if len(g) == 1 || !t.every {
			single = append(single, g...)
		} else if len(g) > 1 {
			parts = append(parts, linked(false, p.bundles(t, g, false), t.item.Span))
		}
	}
	parts = append(p.bundles(t, single, t.every), parts...)
	s := linked(t.every, parts, t.item.Span)
	if s != nil && t.negated {
		s = negated(s)
	}
	return s
}

// bundles makes an item of all values that need the same modifiers.
func (p *processing) bundles(t *apartItem, values []meaning, every bool) []Search {
	type bundle struct {
		form      form
		modifiers []string
		values    []meaning
	}
	var list []*bundle
	for _, m := range values {
		needs := t.modifiersOf(m)
		i := slices.IndexFunc(list, func(b *bundle) bool {
			return slices.Equal(b.modifiers, needs) && (b.form == otherForm) == (m.form == otherForm)
		})
		if i < 0 {
			i = len(list)
			list = append(list, &bundle{form: m.form, modifiers: needs})
		}
		list[i].values = append(list[i].values, m)
	}
	var searches []Search
	for _, b := range list {
		edge := ""
		if !slices.ContainsFunc(b.values, func(m meaning) bool { return m.form != textForm || !hasEdge(m.pieces, t.edge) }) {
			edge = t.edge
		}
		modifiers := b.modifiers
		if edge != "" {
			modifiers = append([]string{edge}, modifiers...)
		}
		if every && len(b.values) > 1 {
			modifiers = append(slices.Clone(modifiers), "all")
		}
		i := &Item{Key: t.item.Key, Span: t.item.Span, made: true}
		i.rekey(t.item.Field.Text, modifiers)
		for _, m := range b.values {
			v := m.value
			if m.form == textForm {
				v.Kind, v.Text = TextValue, sigmaText(withoutEdge(t.literal(m.pieces), edge))
			}
			i.Values = append(i.Values, v)
		}
		p.inherit(i, t.item)
		searches = append(searches, i)
	}
	return searches
}

// literal returns the pieces of a text that loses the modifier expand, and with it the meaning of a backslash before a percent sign.
func (t *apartItem) literal(list []plan.Piece) []plan.Piece {
	if !t.expand || hasPlaceholder(list) {
		return list
	}
	list = slices.Clone(list)
	for i := range list {
		list[i].Text = strings.ReplaceAll(list[i].Text, `\%`, "%")
	}
	return list
}

// inherit notes that an item was changed by what changed the one that it comes from.
func (p *processing) inherit(i, from *Item) {
	for id := range p.onItem[from] {
		p.note(i, id)
	}
}

func (p *processing) note(i *Item, id string) {
	if id == "" {
		return
	}
	if p.onItem[i] == nil {
		p.onItem[i] = map[string]bool{}
	}
	p.onItem[i][id] = true
}

// noteAll notes that an item of the pipeline has changed the items of a search.
func (p *processing) noteAll(s *step, in Search) Search {
	items(in, func(i *Item) { p.note(i, s.id.Text) })
	return in
}

// hasEdge says whether a pattern has the stars that a modifier adds.
func hasEdge(list []plan.Piece, edge string) bool {
	if edge == "" || len(list) == 0 {
		return false
	}
	front, back := list[0].Kind == plan.Many, list[len(list)-1].Kind == plan.Many
	return (front || edge == "startswith") && (back || edge == "endswith")
}

// withoutEdge takes away the stars that a modifier adds.
func withoutEdge(list []plan.Piece, edge string) []plan.Piece {
	if (edge == "contains" || edge == "endswith") && len(list) > 0 {
		list = list[1:]
	}
	if (edge == "contains" || edge == "startswith") && len(list) > 0 {
		list = list[:len(list)-1]
	}
	return list
}

// sigmaText writes a pattern as the text of a rule: what pieces reads as that pattern.
func sigmaText(list []plan.Piece) string {
	var out []byte
	for n, piece := range list {
		switch piece.Kind {
		case plan.Many:
			out = append(out, '*')
			continue
		case plan.One:
			out = append(out, '?')
			continue
		}
		for i := 0; i < len(piece.Text); i++ {
			c := piece.Text[i]
			if c == '*' || c == '?' || c == '\\' && (i+1 < len(piece.Text) && strings.IndexByte(`*?\`, piece.Text[i+1]) >= 0 || i+1 == len(piece.Text) && n+1 < len(list)) {
				out = append(out, '\\')
			}
			out = append(out, c)
		}
	}
	return string(out)
}

// hasPlaceholder says whether a pattern has a %name% left.
func hasPlaceholder(list []plan.Piece) bool {
	for _, piece := range list {
		if piece.Kind == plan.Run && slices.ContainsFunc(split(piece.Text), func(part placeholder) bool { return part.name }) {
			return true
		}
	}
	return false
}

// size counts what a document has been made larger by, and reports more than a pipeline may make.
func (p *processing) size(s *step, values, bytes int) bool {
	if p.made += values; p.made <= maxMade {
		if p.madeBytes += bytes; p.madeBytes <= maxMadeBytes {
			return true
		}
	}
	if !p.failed {
		p.errorAt(s, p.head(), "sigma-too-large", "pipeline makes more than %d values or %d bytes of this rule", maxMade, maxMadeBytes)
	}
	return false
}
