package spl

import (
	"regexp"
	"sort"
	"strconv"
	"strings"

	"goshawk/diag"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "stats", aliases: []string{"sistats"}, doc: "Computes aggregates, over all rows or for each group of them.",
	parse: func(a *args) stage {
		s := &statsStage{}
		a.statsOptions()
		s.list = a.measures("by", "groupby")
		if a.keyword("by", "groupby") {
			s.by = a.names()
			if len(s.by) == 0 {
				a.errorf(a.here(), "spl-by", "a field must stand behind by")
			}
		}
		a.rest()
		if len(s.list) == 0 {
			a.errorf(a.here(), "spl-stats", "%s needs an aggregate such as count", a.command.name)
			return nil
		}
		return s
	},
})

type statsStage struct {
	list []measure
	by   []value
}

// measure is one aggregate of stats and its kin, with the name of its result.
type measure struct {
	name  string // of the aggregate, lower case, without its number
	num   float64
	field value // the argument; empty text and span without one
	x     expr  // the argument, if it is eval(…)
	as    string
	at    diag.Span
}

// statsOptions skips the options that change how the original computes, not what.
func (a *args) statsOptions() {
	for {
		name, v, ok := a.option("partitions", "allnum", "delim", "dedup_splitvals")
		if !ok {
			return
		}
		switch {
		case name == "allnum" && a.yes(v):
			a.errorf(v.span, "spl-option", "allnum=true is not run")
		case name == "delim":
			a.warnf(v.span, "spl-option", "delim is ignored: values stay values of their own")
		}
	}
}

var numbered = regexp.MustCompile(`^(p|perc|exactperc|upperperc)(\d+(?:\.\d+)?)$`)

// measures reads aggregates up to one of the keywords.
func (a *args) measures(until ...string) []measure {
	var list []measure
	for a.commas(); !a.done() && !a.is(until...); a.commas() {
		m, ok := a.measure()
		if !ok {
			return list
		}
		list = append(list, m)
	}
	return list
}

func (a *args) measure() (measure, bool) {
	a.blank()
	start := a.pos
	end := a.bare()
	word := a.text[start:end]
	m := measure{name: strings.ToLower(word)}
	if n := numbered.FindStringSubmatch(m.name); n != nil {
		m.name = n[1]
		m.num, _ = strconv.ParseFloat(n[2], 64)
		if m.name == "p" {
			m.name = "perc"
		}
	}
	f := aggregators[m.name]
	at := diag.Span{Start: start, End: max(end, min(start+1, a.end))}
	if f == nil {
		d := a.errorf(at, "spl-unknown-aggregate", "unknown aggregate %s", clip(word))
		var known []string
		for name := range aggregators {
			known = append(known, name)
		}
		if near := diag.Nearest(m.name, known); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
		a.pos = a.end
		return m, false
	}
	if f.refused != "" {
		a.errorf(at, "spl-refused-aggregate", "%s is not run: %s", word, f.refused)
		a.pos = a.end
		return m, false
	}
	a.pos = end
	if inner, ok := a.group(); ok {
		if inner.is("eval") {
			back := inner.pos
			inner.keyword("eval")
			if x, ok := inner.group(); ok {
				m.x = x.eval()
				x.rest()
				if m.x == nil {
					return m, false
				}
			} else {
				inner.pos = back
			}
		}
		if m.x == nil && !inner.done() {
			if v, ok := inner.value(); ok {
				m.field = v
			}
		}
		inner.rest()
	}
	m.at = diag.Span{Start: start, End: a.pos}
	if m.field.text == "" && m.x == nil && !f.bare {
		a.errorf(m.at, "spl-aggregate", "%s needs a field in brackets", m.name)
		return m, false
	}
	m.as = inLine(a.text[start:a.pos])
	if m.name == "c" {
		m.as = "count" + m.as[1:]
	}
	if a.keyword("as") {
		v, ok := a.value()
		if !ok {
			a.errorf(a.here(), "spl-as", "a name must stand behind as")
			return m, false
		}
		m.as = v.text
	}
	return m, true
}

func (s *statsStage) lower(l *lowering, in *relation) *relation {
	return l.stats(in, s.list, s.by, "stats")
}

// stats groups rows by fields and computes aggregates.
func (l *lowering) stats(in *relation, list []measure, by []value, command string) *relation {
	r := in.clone()
	list = l.spread(r, list, by)
	if wild := starred(list); wild && !r.exact() {
		return l.statsOfAll(r, list, by, command)
	}
	l.ownNames(list, by)
	keys := l.keys(r, by)
	return l.aggregate(r, list, keys, command)
}

// ownNames complains about a result that has the name of what the rows are grouped by.
func (l *lowering) ownNames(list []measure, by []value) {
	for _, m := range list {
		for _, v := range by {
			if m.as == v.text {
				l.errorf(m.at, "spl-as", "a result cannot have the name of a field that the rows are grouped by: %s", m.as)
			}
		}
	}
}

// spread replaces aggregates over fields with wildcards by one for each field that is known by name. A name that the search gives to
// something itself stays with that.
func (l *lowering) spread(r *relation, list []measure, by []value) []measure {
	var out []measure
	given := map[string]bool{}
	for _, v := range by {
		given[v.text] = true
	}
	for _, m := range list {
		given[m.as] = given[m.as] || !strings.Contains(m.field.text, "*")
	}
	for _, m := range list {
		if !strings.Contains(m.field.text, "*") {
			out = append(out, m)
			continue
		}
		l.everything(r)
		names := r.matching(m.field.text)
		if len(names) == 0 && r.exact() {
			l.warnf(m.at, "spl-unknown-field", "no field here matches %s", m.field.text)
		}
		for _, name := range names {
			if strings.HasPrefix(name, "_") && !strings.HasPrefix(m.field.text, "_") {
				continue
			}
			one := m
			one.field.text = name
			parts, _ := wild(m.field.text, name)
			if strings.Contains(m.as, "*") {
				if strings.HasPrefix(m.as, m.name+"(") {
					one.as = m.name + "(" + name + ")"
				} else {
					one.as = filled(m.as, parts)
				}
			}
			if !given[one.as] {
				out = append(out, one)
			}
		}
		if r.star != nil {
			out = append(out, m)
		}
	}
	return out
}

// starred says whether an aggregate is over fields that only the rows know.
func starred(list []measure) bool {
	for _, m := range list {
		if strings.Contains(m.field.text, "*") {
			return true
		}
	}
	return false
}

// key is one field that rows are grouped by.
type key struct {
	name string
	x    plan.Expr
}

// keys returns the fields that rows are grouped by, a row with several values in one of them given once for each.
func (l *lowering) keys(r *relation, by []value) []key {
	var keys []key
	for _, v := range by {
		names := []string{v.text}
		if strings.Contains(v.text, "*") {
			names = r.matching(v.text)
		}
		for _, name := range names {
			x, ok := l.find(r, name)
			if !ok && !r.void {
				l.unfilledKey(r, name, v.span)
			}
			keys = append(keys, key{name, x})
		}
	}
	return keys
}

// unfilledKey complains about a key that rows cannot have: all of them vanish.
func (l *lowering) unfilledKey(r *relation, name string, span diag.Span) {
	before := len(l.list)
	l.unknownField(r, name, span)
	if len(l.list) > before && l.list[before].Code == "spl-unknown-field" {
		l.list[before].Code = "spl-unfilled-by"
		l.list[before].Message = strings.Replace(l.list[before].Message, "so it is always null", "and rows without it vanish: the search never gives a row", 1)
	}
}

// aggregate groups rows. Rows without a value in a key vanish; a row with several values in a key is in the group of each.
func (l *lowering) aggregate(r *relation, list []measure, keys []key, command string) *relation {
	lists := make([]plan.Assign, 0, len(keys))
	for i, k := range keys {
		if l.single(r, k) {
			continue
		}
		c := l.column(k.name, schema.Any)
		lists = append(lists, plan.Assign{Column: c, Value: k.x})
		keys[i].x = &plan.Ref{Column: c}
	}
	for i := range lists { // one after the other: every combination of values is a group
		r.node = &plan.Expand{Input: r.node, Lists: lists[i : i+1 : i+1], KeepEmpty: false, Limit: -1}
	}
	agg := &plan.Aggregate{DropNull: true, By: make([]plan.Assign, 0, len(keys)), Aggs: make([]plan.Agg, 0, len(keys)+len(list))}
	out := &relation{by: command, names: make([]string, 0, len(keys)+len(list))}
	out.fields.grow(len(keys) + len(list))
	shown := make([]*plan.Column, len(keys))
	for i, k := range keys {
		x := k.x
		switch {
		case r.logged.of(k.name):
			x = apply("to_text", x)
			out.logged.put(k.name, true)
		case k.name != "_time":
			// What was computed may be the number 5 in one row and the text 5 in another. They are one group, shown as the first has it.
			a := (&aggregation{lowering: l}).kernel("first", x)
			a.Column = l.column(k.name, schema.Any)
			shown[i] = a.Column
			agg.Aggs = append(agg.Aggs, a)
			x = apply("to_text", x)
		}
		c := l.column(k.name, schema.Any)
		agg.By = append(agg.By, plan.Assign{Column: c, Value: x})
		if shown[i] == nil {
			shown[i] = c
		}
	}
	of := len(agg.Aggs) // where the aggregates that the search asks for begin
	var post []assignment
	for _, m := range list {
		c := l.column(m.as, schema.Any)
		a, after := l.lowerMeasure(r, m)
		if a.Func == nil {
			return nil
		}
		a.Column = c
		agg.Aggs = append(agg.Aggs, a)
		if after != nil {
			post = append(post, assignment{m.as, schema.Any, after(&plan.Ref{Column: c})})
		}
	}
	agg.Input = r.node
	out.node = agg
	given := make([]plan.Ref, len(keys))
	for i, k := range keys {
		given[i].Column = shown[i]
		logged := out.logged.of(k.name)
		out.set(k.name, &given[i])
		out.logged.put(k.name, logged)
	}
	for i, m := range list {
		out.set(m.as, &plan.Ref{Column: agg.Aggs[of+i].Column})
	}
	l.compute(out, post...)
	if len(keys) > 0 {
		sorted := &plan.Sort{Input: out.node, Limit: -1, Keys: make([]plan.Key, 0, len(keys))}
		for i := range given {
			value := plan.Expr(&given[i])
			switch {
			case keys[i].name == "_time":
			case command == "chart": // an axis
				value = apply("spl_sort_key", value, textLiteral("auto"))
			default: // by their texts: 10 stands before 9
				value = textKey(value)
			}
			sorted.Keys = append(sorted.Keys, plan.Key{Value: value})
		}
		out.node = sorted
	}
	return out
}

// single says whether a key can hold one value only.
func (l *lowering) single(r *relation, k key) bool { return k.name == "_time" }

// lowerMeasure lowers one aggregate. Func is nil after an error.
func (l *lowering) lowerMeasure(r *relation, m measure) (plan.Agg, func(plan.Expr) plan.Expr) {
	f := aggregators[m.name]
	c := &aggregation{lowering: l, name: m.name, at: m.at, number: m.num, list: l.env.Limits.List}
	if f.ordered {
		l.arrange(r)
	}
	switch {
	case m.x != nil && isCondition(m.x):
		c.arg = &plan.Case{Arms: []plan.Arm{{When: l.holds(m.x, r, true), Then: intLiteral(1)}}}
	case m.x != nil:
		c.arg = l.value(m.x, r)
	case m.field.text != "":
		c.arg = l.field(r, m.field.text, m.field.span)
	}
	if f.numbers && m.num == 0 && m.name != "perc" {
		c.number = m.num
	}
	c.time, _ = l.find(r, "_time")
	return f.lower(c)
}

// statsOfAll computes aggregates over fields that only the rows know: rows become pairs of name and value, which are
// aggregated for each name and put together again.
func (l *lowering) statsOfAll(r *relation, list []measure, by []value, command string) *relation {
	var plain, wilds []measure
	for _, m := range list {
		if strings.Contains(m.field.text, "*") {
			wilds = append(wilds, m)
		} else {
			plain = append(plain, m)
		}
	}
	keys := l.keys(r, by)
	base := l.aggregate(r.clone(), plainOrCount(plain, l), append([]key(nil), keys...), command)
	if base == nil {
		return nil
	}
	for _, m := range wilds {
		named := r.clone()
		pair := l.column("field", schema.Any)
		others := l.others(named)
		if m.field.text != "*" {
			others = apply("spl_keep_fields", others, textLiteral(m.field.text))
		}
		pattern, title := m.field.text, m.as
		named.node = &plan.Expand{Input: named.node, Lists: []plan.Assign{{Column: pair, Value: apply("entries", others)}}, Limit: -1}
		named.events, named.star = nil, nil
		named.set("\x00name", apply("get_field", &plan.Ref{Column: pair}, textLiteral("name")))
		named.set("\x00value", apply("get_field", &plan.Ref{Column: pair}, textLiteral("value")))
		m.field.text = "\x00value"
		m.as = "\x00result"
		inner := l.aggregate(named, []measure{m}, append(append([]key(nil), keys...), key{"\x00name", named.fields.of("\x00name")}), command)
		if inner == nil {
			return nil
		}
		bag := &plan.Aggregate{Input: inner.node}
		for _, k := range keys {
			bag.By = append(bag.By, plan.Assign{Column: l.column(k.name, schema.Any), Value: textKey(inner.fields.of(k.name))})
		}
		object := l.column("*", schema.Dynamic)
		cell := apply("object", inner.fields.of("\x00name"), inner.fields.of("\x00result"))
		switch {
		case strings.HasPrefix(title, m.name+"("):
			cell = apply("object", apply("spl_concat", textLiteral(m.name+"("), inner.fields.of("\x00name"), textLiteral(")")), inner.fields.of("\x00result"))
		case strings.Contains(title, "*"):
			cell = apply("spl_rename_fields", cell, textLiteral(pattern), textLiteral(title))
		}
		agg := (&aggregation{lowering: l}).kernel("make_bag", cell)
		agg.Column = object
		bag.Aggs = []plan.Agg{agg}
		join := &plan.Join{Left: base.node, Right: bag, Kind: plan.LeftOuter}
		joined := base.clone()
		for _, name := range base.names {
			c := l.column(name, schema.Any)
			join.Out = append(join.Out, plan.Assign{Column: c, Value: base.fields.of(name)})
			logged := base.logged.of(name)
			joined.set(name, &plan.Ref{Column: c})
			joined.logged.put(name, logged)
		}
		for i, k := range keys {
			join.Keys = append(join.Keys, plan.JoinKey{Left: textKey(base.fields.of(k.name)), Right: textKey(&plan.Ref{Column: bag.By[i].Column})})
		}
		out := l.column("*", schema.Dynamic)
		star := plan.Expr(&plan.Ref{Column: object})
		if base.star != nil {
			star = apply("merge", base.star, star)
		}
		join.Out = append(join.Out, plan.Assign{Column: out, Value: star})
		joined.node, joined.star = join, &plan.Ref{Column: out}
		base = joined
	}
	if len(plain) == 0 {
		base.remove("\x00count")
	}
	return base
}

// plainOrCount returns aggregates to make groups with, where the search asks for none but wildcards.
func plainOrCount(list []measure, l *lowering) []measure {
	if len(list) > 0 {
		return list
	}
	return []measure{{name: "count", as: "\x00count"}}
}

// sortedNames returns the names of a set.
func sortedNames[T any](set map[string]T) []string {
	var list []string
	for name := range set {
		list = append(list, name)
	}
	sort.Strings(list)
	return list
}
