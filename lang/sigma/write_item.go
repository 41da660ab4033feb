package sigma

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"goshawk/event"
	"goshawk/plan"
)

// body is what an identifier holds. The set is closed: allItems, anyBody.
type body interface {
	write(t *yamlText, indent int)
	hint() string // what its name ends in; empty if nothing suggests itself
}

type (
	// allItems is a map: all items must hold. One without a field stands alone, as a list of keywords.
	allItems []*ruleItem
	// anyBody is a list of maps of which one must hold.
	anyBody []allItems
)

// ruleItem is one item as it is written.
type ruleItem struct {
	field  string
	key    string // with modifiers; empty for keywords without any
	values []string
}

func (b allItems) has(key string) bool {
	return slices.ContainsFunc(b, func(i *ruleItem) bool { return i.key == key })
}

func (b allItems) hint() string {
	hint := shortNames[b[0].field]
	for _, i := range b {
		if shortNames[i.field] != hint {
			return ""
		}
	}
	return hint
}

func (b anyBody) hint() string {
	hint := b[0].hint()
	for _, m := range b {
		if m.hint() != hint {
			return ""
		}
	}
	return hint
}

// keywords says whether a body is a list of keywords.
func keywords(b body) bool {
	m, ok := b.(allItems)
	return ok && len(m) == 1 && m[0].field == ""
}

// bodyOf returns the body that says what a condition does; nil if one identifier cannot.
func (w *ruleWriter) bodyOf(e plan.Expr) body {
	if m := w.mapOf(e); m != nil {
		return m
	}
	or, ok := e.(*plan.Or)
	if !ok || len(or.List) == 0 {
		return nil
	}
	var list anyBody
	for _, x := range or.List {
		m := w.mapOf(x)
		if m == nil || m.has("") {
			return nil
		}
		list = append(list, m)
	}
	return list
}

// mapOf returns the map of items that says what a condition does; nil if there is none.
func (w *ruleWriter) mapOf(e plan.Expr) allItems {
	if it := w.item(e); it != nil {
		return allItems{it}
	}
	and, ok := e.(*plan.And)
	if !ok {
		return nil
	}
	var m allItems
	for _, x := range conjuncts(and) {
		it := w.item(x)
		if it == nil || it.key == "" || m.has(it.key) || m.has("") {
			return nil
		}
		m = append(m, it)
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// item returns the item that says what a condition does; nil if none can.
func (w *ruleWriter) item(e plan.Expr) *ruleItem {
	switch e := e.(type) {
	case *plan.Match:
		return w.match(e)
	case *plan.IsNull:
		if name, ok := ruleField(e.X); ok {
			return &ruleItem{name, name, []string{"null"}}
		}
	case *plan.Has:
		if name, ok := ruleField(e.X); ok {
			return &ruleItem{name, name + "|exists", []string{"true"}}
		}
	case *plan.And:
		if left, compared, ok := guardedMatch(e); ok {
			return comparisonItem(left, compared)
		}
	case *plan.Call:
		return w.fieldref(e)
	}
	return nil
}

// ruleField returns the name of a field that a key can begin with.
func ruleField(e plan.Expr) (string, bool) {
	name, ok := fieldName(e)
	return name, ok && name != "" && !strings.Contains(name, "|")
}

// guardedMatch takes a comparison apart that is false where there is nothing to compare.
func guardedMatch(e *plan.And) (left plan.Expr, compared *plan.Compare, ok bool) {
	if len(e.List) != 2 {
		return nil, nil, false
	}
	not, isNot := e.List[0].(*plan.Not)
	compared, isCompare := e.List[1].(*plan.Compare)
	if !isNot || !isCompare {
		return nil, nil, false
	}
	null, isNull := not.X.(*plan.IsNull)
	if !isNull || plan.ExprString(null.X) != plan.ExprString(compared.Left) {
		return nil, nil, false
	}
	return compared.Left, compared, true
}

var boundModifiers = map[plan.CompareOp]string{plan.Less: "lt", plan.LessEqual: "lte", plan.Greater: "gt", plan.GreaterEqual: "gte"}

// comparisonItem returns the item of a comparison with a number.
func comparisonItem(left plan.Expr, c *plan.Compare) *ruleItem {
	number, literal := c.Right.(*plan.Literal)
	call, called := left.(*plan.Call)
	if !literal || !called {
		return nil
	}
	switch number.Value.Kind() {
	case event.Int, event.Float, event.Decimal:
	default:
		return nil
	}
	switch call.Func.Name {
	case "field_numbers":
		if name, ok := ruleField(call.Args[0]); ok && boundModifiers[c.Op] != "" {
			return &ruleItem{name, name + "|" + boundModifiers[c.Op], []string{number.Value.Text()}}
		}
	case "field_date_part":
		part, known := call.Args[0].(*plan.Literal)
		if name, ok := ruleField(call.Args[1]); ok && known && c.Op == plan.Equal {
			return &ruleItem{name, name + "|" + part.Value.Text(), []string{number.Value.Text()}}
		}
	}
	return nil
}

// fieldref returns the item that compares two fields.
func (w *ruleWriter) fieldref(c *plan.Call) *ruleItem {
	if c.Func.Name != "field_meets" {
		return nil
	}
	name, ok := ruleField(c.Args[0])
	other, okOther := ruleField(c.Args[1])
	how, okHow := c.Args[2].(*plan.Literal)
	fold, okFold := c.Args[3].(*plan.Literal)
	if !ok || !okOther || !okHow || !okFold {
		return nil
	}
	key := name + "|fieldref"
	switch how.Value.Text() {
	case "contains":
		key += "|contains"
	case "prefix":
		key += "|startswith"
	case "suffix":
		key += "|endswith"
	}
	if !fold.Value.Bool() {
		key += "|cased"
	}
	text, ok := patternText(plan.Plain(other).Pieces)
	if !ok {
		return nil
	}
	return &ruleItem{name, key, []string{quoted(text)}}
}

// match returns the item of a Match.
func (w *ruleWriter) match(m *plan.Match) *ruleItem {
	name, ok := ruleField(m.Subject)
	_, everything := m.Subject.(*plan.Everything)
	if everything {
		name, ok = "", true
	}
	if !ok || len(m.Patterns) == 0 {
		return nil
	}
	it := &ruleItem{field: name, key: name}
	op := m.Op
	switch op {
	case plan.Regexp:
		it.key += "|re"
		if m.Fold {
			it.key += "|i"
		}
	case plan.Word:
		return w.word(m, name)
	case plan.CIDR:
		it.key += "|cidr"
	case plan.Prefix:
		it.key += "|startswith"
	case plan.Suffix:
		it.key += "|endswith"
	case plan.Contains:
		if !everything {
			it.key += "|contains"
		}
	case plan.Equals:
		if everything && !m.All {
			return nil // a keyword is found anywhere in a value
		}
	}
	dashes := 0
	for _, p := range m.Patterns {
		text, sign, ok := valueText(op, p)
		if !ok {
			return nil
		}
		if sign {
			dashes++
		}
		it.values = append(it.values, text)
	}
	if dashes > 0 {
		for _, p := range m.Patterns { // the modifier holds for all values of the item
			if again, _ := dashed(undashed(p.Pieces)); !samePieces(again, trimmed(op, p.Pieces)) {
				return nil
			}
		}
		it.key += "|windash"
	}
	if !m.Fold && op != plan.Regexp && op != plan.CIDR {
		it.key += "|cased"
	}
	if m.All && len(m.Patterns) > 1 {
		it.key += "|all"
	}
	return it
}

// word returns the item of a Match of whole terms, which is an expression in a rule.
func (w *ruleWriter) word(m *plan.Match, name string) *ruleItem {
	it := &ruleItem{field: name, key: name + "|re"}
	if m.Fold {
		it.key += "|i"
	}
	for _, p := range m.Patterns {
		text, plain := p.IsPlain()
		if !plain || text == "" {
			return nil
		}
		source := quoteExpression(text)
		if first := []rune(text)[0]; isTerm(first) {
			source = `(?:^|[^\pL\p{Nd}])` + source
		}
		if runes := []rune(text); isTerm(runes[len(runes)-1]) {
			source += `(?:[^\pL\p{Nd}]|$)`
		}
		it.values = append(it.values, quoted(source))
	}
	if m.All && len(m.Patterns) > 1 {
		it.key += "|all"
	}
	return it
}

// valueText writes a pattern as a value; sign says that it has an option sign.
func valueText(op plan.MatchOp, p plan.Pattern) (text string, sign, ok bool) {
	if op == plan.Regexp || op == plan.CIDR {
		return quoted(p.Source), false, utf8.ValidString(p.Source)
	}
	pieces := trimmed(op, p.Pieces)
	sign = slices.ContainsFunc(pieces, func(p plan.Piece) bool { return p.Kind == plan.AnyDash })
	text, ok = patternText(undashed(pieces))
	if _, err := strconv.ParseInt(text, 10, 64); err == nil && op == plan.Equals && !sign && !strings.HasPrefix(text, "+") && (text == "0" || !strings.HasPrefix(strings.TrimPrefix(text, "-"), "0")) {
		return text, false, ok // a number
	}
	return quoted(text), sign, ok
}

// trimmed leaves out stars at ends that are open anyway.
func trimmed(op plan.MatchOp, list []plan.Piece) []plan.Piece {
	list = joined(list)
	if (op == plan.Suffix || op == plan.Contains) && len(list) > 0 && list[0].Kind == plan.Many {
		list = list[1:]
	}
	if (op == plan.Prefix || op == plan.Contains) && len(list) > 0 && list[len(list)-1].Kind == plan.Many {
		list = list[:len(list)-1]
	}
	return list
}

// undashed writes option signs as hyphens.
func undashed(list []plan.Piece) []plan.Piece {
	out := make([]plan.Piece, 0, len(list))
	for _, p := range list {
		if p.Kind == plan.AnyDash {
			p = plan.Piece{Kind: plan.Run, Text: "-"}
		}
		out = append(out, p)
	}
	return joined(out)
}

func samePieces(a, b []plan.Piece) bool { return slices.Equal(joined(a), joined(b)) }

// patternText writes pieces as a value; ok is false where they would be read otherwise.
func patternText(list []plan.Piece) (string, bool) {
	var b strings.Builder
	for i, p := range list {
		switch p.Kind {
		case plan.Many:
			b.WriteByte('*')
		case plan.One:
			b.WriteByte('?')
		default:
			b.WriteString(escapedRun(p.Text, i+1 < len(list)))
		}
	}
	text := b.String()
	return text, utf8.ValidString(text) && samePieces(pieces(text), list)
}

// escapedRun writes a text so that it is read as it stands: a backslash is doubled where it would take the meaning of what
// follows, and where several stand together.
func escapedRun(text string, more bool) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '*', '?':
			b.WriteByte('\\')
			b.WriteByte(c)
			i++
		case '\\':
			n := i
			for n < len(text) && text[n] == '\\' {
				n++
			}
			special := n < len(text) && (text[n] == '*' || text[n] == '?') || n == len(text) && more
			if n-i > 1 || special {
				b.WriteString(strings.Repeat(`\\`, n-i))
			} else {
				b.WriteByte('\\')
			}
			i = n
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

// literalTruth returns the truth of a condition that is a constant.
func literalTruth(e plan.Expr) (value, ok bool) {
	switch e := e.(type) {
	case *plan.Literal:
		if e.Value.Kind() == event.Bool {
			return e.Value.Bool(), true
		}
		return false, e.Value.IsNull()
	case *plan.And:
		return true, len(e.List) == 0
	case *plan.Or:
		return false, len(e.List) == 0
	}
	return false, false
}

// twoValued says whether a condition is never null.
func twoValued(e plan.Expr) bool {
	fine := true
	plan.Leaves(e, func(leaf plan.Expr, _ bool) {
		switch leaf := leaf.(type) {
		case *plan.Match, *plan.IsNull, *plan.Has, *plan.Literal:
		case *plan.Call:
			fine = fine && leaf.Func.Name == "field_meets"
		default:
			fine = false
		}
	})
	return fine
}
