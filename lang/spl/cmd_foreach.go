package spl

import (
	"regexp"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var foreachOptions = []string{"mode", "fieldstr", "matchstr", "matchseg1", "matchseg2", "matchseg3", "itemstr", "iterstr"}

var _ = define(spec{
	name: "foreach", doc: "Runs commands for each field of a pattern, each value of a field, or each element of a JSON array.",
	parse: func(a *args) stage {
		s := &foreachStage{mode: "multifield", tokens: map[string]byte{
			"<<FIELD>>": fieldToken, "<<MATCHSTR>>": matchToken, "<<MATCHSEG1>>": '1', "<<MATCHSEG2>>": '2', "<<MATCHSEG3>>": '3', "<<ITEM>>": itemToken, "<<ITER>>": iterToken,
		}}
		for a.commas(); !a.done(); a.commas() {
			if name, v, ok := a.option(foreachOptions...); ok {
				s.option(a, name, v)
				continue
			}
			if a.peek() == '[' {
				span, ok := a.square()
				if !ok {
					return nil
				}
				s.body = trimmed(a.text, span.Start, span.End)
				continue
			}
			if a.unknownOption(foreachOptions...) {
				continue
			}
			v, ok := a.value()
			if !ok {
				break
			}
			s.names = append(s.names, v)
		}
		a.rest()
		switch {
		case len(s.names) == 0:
			a.errorf(a.here(), "spl-foreach", "foreach needs a field")
		case s.body.End == 0:
			a.errorf(a.here(), "spl-foreach", "foreach needs commands in square brackets").Hint = "write [ eval … ]"
		case s.body.Start == s.body.End:
			a.errorf(s.body, "spl-foreach", "nothing stands in the square brackets")
		case s.mode != "multifield" && (len(s.names) > 1 || strings.Contains(s.names[0].text, "*")):
			a.errorf(s.names[0].span, "spl-foreach", "foreach mode=%s takes one field", s.mode)
		default:
			return s
		}
		return nil
	},
})

// What a token in the body stands for.
const (
	fieldToken = 'F' // the name of the field
	matchToken = 'M' // what the wildcards of the pattern stand for; 1 2 3 what each of them does
	itemToken  = 'I' // the value
	iterToken  = 'N' // its number, from 0
)

type foreachStage struct {
	mode   string
	names  []value
	body   diag.Span
	tokens map[string]byte
}

func (s *foreachStage) option(a *args, name string, v value) {
	if name == "mode" {
		s.mode = strings.ToLower(v.text)
		switch s.mode {
		case "multifield", "multivalue", "json_array", "auto_collections":
		default:
			a.errorf(v.span, "spl-option-value", "unknown mode %s", clip(v.text)).Hint = "there are multifield, multivalue, json_array and auto_collections"
		}
		return
	}
	token := map[string]byte{"fieldstr": fieldToken, "matchstr": matchToken, "matchseg1": '1', "matchseg2": '2', "matchseg3": '3', "itemstr": itemToken, "iterstr": iterToken}[name]
	for old, t := range s.tokens {
		if t == token {
			delete(s.tokens, old)
		}
	}
	s.tokens[v.text] = token
}

// maxBodies bounds how often bodies are read again, which multiplies where one stands in another.
const maxBodies = 10_000

func (s *foreachStage) lower(l *lowering, in *relation) *relation {
	if s.mode != "multifield" {
		v := s.names[0]
		items := apply("spl_foreach_items", l.field(in, v.text, v.span), textLiteral(s.mode))
		return s.fold(l, in.clone(), items)
	}
	out := in.clone()
	if out.events != nil && out.events.dataset != nil {
		l.everything(out)
	}
	if !out.exact() && starredNames(s.names) {
		args := []plan.Expr{l.object(out, func(name string) bool { return matchesAny(s.names, name) })}
		for _, v := range s.names {
			args = append(args, textLiteral(v.text))
		}
		return s.fold(l, out, apply("spl_foreach_fields", args...))
	}
	seen := map[string]bool{}
	commands := len(l.search.Commands)
	for _, v := range s.names {
		names := out.matching(v.text)
		if !strings.Contains(v.text, "*") {
			l.field(out, v.text, v.span)
			names = []string{v.text}
		}
		for _, name := range names {
			if seen[name] || strings.HasPrefix(name, "_") && !strings.HasPrefix(v.text, "_") {
				continue
			}
			if l.bodies++; l.bodies > maxBodies {
				l.errorf(s.body, "spl-too-large", "foreach runs more than %d times", maxBodies)
				return nil
			}
			if len(seen) > 0 {
				l.search.Commands = l.search.Commands[:commands]
			}
			seen[name] = true
			parts := matchParts(v.text, name)
			out = s.once(l, out, s.text(l, func(token byte) (string, bool) {
				switch token {
				case fieldToken:
					return name, true
				case matchToken:
					return parts[0], true
				case '1', '2', '3':
					if i := int(token - '0'); i < len(parts) {
						return parts[i], true
					}
					return "", true
				}
				return "", false
			}))
			if out == nil {
				return nil
			}
		}
	}
	if len(seen) == 0 {
		if !out.void {
			l.warnf(s.names[0].span, "spl-unknown-field", "no field here matches %s, so foreach does nothing", s.names[0].text)
		}
		l.inText(s.text(l, func(byte) (string, bool) { return "field", true }), func(p *parser) { p.body(0, len(p.text)) })
	}
	return out
}

// matchParts returns what all wildcards of a pattern together stand for in a name, and what each of them does.
func matchParts(pattern, name string) []string {
	parts, _ := wild(pattern, name)
	first, last := strings.IndexByte(pattern, '*'), strings.LastIndexByte(pattern, '*')
	if first < 0 {
		return []string{""}
	}
	return append([]string{name[first : len(name)-(len(pattern)-1-last)]}, parts...)
}

// text returns the body with its tokens replaced; a token for which there is nothing stays.
func (s *foreachStage) text(l *lowering, value func(token byte) (string, bool)) *diag.Text {
	out := &diag.TextBuilder{}
	from := s.body.Start
	for i := from; i < s.body.End; {
		found := ""
		for token := range s.tokens {
			if strings.HasPrefix(l.text.String[i:s.body.End], token) && len(token) > len(found) {
				found = token
			}
		}
		by, ok := "", false
		if found != "" {
			by, ok = value(s.tokens[found])
		}
		if !ok {
			i++
			continue
		}
		out.AddText(l.text, diag.Span{Start: from, End: i}, nil)
		source, at := l.text.Place(diag.Span{Start: i, End: i + len(found)}).Outermost()
		out.Add(by, source, at)
		i += len(found)
		from = i
	}
	out.AddText(l.text, diag.Span{Start: from, End: s.body.End}, nil)
	return out.Text()
}

// inText reads and lowers commands that stand in another text.
func (l *lowering) inText(text *diag.Text, do func(p *parser)) {
	l.within(text, func() { do(&parser{lowering: l, text: text.String}) })
}

// once runs the body for one field.
func (s *foreachStage) once(l *lowering, in *relation, text *diag.Text) (out *relation) {
	l.inText(text, func(p *parser) {
		body := p.body(0, len(p.text))
		if !l.list.Failed() {
			out = l.commands(body.commands, in, false)
		}
	})
	return out
}

// Where fields are known only to the rows, the body runs over a list that each row gives, with an object of the fields it has
// assigned so far. Tokens stand in the body as names of characters that no search has.

const (
	markerOpen, markerClose = "\ue000", "\ue001"
	markerText              = "\ue002" // the token inside a text, where it is the name itself
)

var marker = regexp.MustCompile(markerOpen + "(.)" + markerClose)

func markerOf(token byte) string { return markerOpen + string(token) + markerClose }

// looksUp says whether a name is one that is made of tokens, and so must be looked up in the row.
func looksUp(name string) bool {
	return marker.MatchString(name) && name != markerOf(fieldToken) && name != markerOf(itemToken) && name != markerOf(iterToken)
}

// foldScope is what the body of a foreach sees for one element.
type foldScope struct {
	*lowering
	rows    *relation
	entry   plan.Expr       // the element: its name, its value, and the parts of its name
	fields  plan.Expr       // the object of the fields assigned so far
	all     plan.Expr       // the object of all fields of the row
	fixed   map[string]bool // fields that the body assigns
	dynamic bool            // it also assigns fields whose names are made in it
}

// fold runs the body for each element of a list of the row.
func (s *foreachStage) fold(l *lowering, out *relation, items plan.Expr) *relation {
	text := s.text(l, func(token byte) (string, bool) { return markerOf(token), true })
	var list []evaluation
	l.inText(text, func(p *parser) {
		for _, c := range p.body(0, len(p.text)).commands {
			eval, ok := c.stage.(*evalStage)
			if !ok {
				l.errorf(c.at, "spl-foreach", "for fields or values that are not known before the search runs, foreach runs eval only, not %s", c.name)
				return
			}
			list = append(list, eval.list...)
		}
	})
	if l.list.Failed() || len(list) == 0 {
		return nil
	}
	scope := &foldScope{lowering: l, rows: out, fixed: map[string]bool{}}
	var names []plan.Expr
	made := false
	for i, e := range list {
		list[i].x = templates(e.x)
		if marker.MatchString(e.field.text) {
			scope.dynamic = true
		} else if !scope.fixed[e.field.text] {
			scope.fixed[e.field.text] = true
			names = append(names, textLiteral(e.field.text))
		}
		eachRef(list[i].x, func(r *ref) { made = made || looksUp(r.name) })
	}
	scope.all = apply("object")
	if scope.dynamic || made {
		c := l.column("row", schema.Dynamic)
		all := l.object(out, func(string) bool { return true })
		out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: c, Value: all}}}
		scope.all = &plan.Ref{Column: c}
	}
	result := l.column("foreach", schema.Dynamic)
	var folded plan.Expr
	l.inText(text, func(*parser) { folded = scope.over(items, list) })
	if folded == nil {
		return nil
	}
	out.node = &plan.Project{Input: out.node, Extend: true, Out: []plan.Assign{{Column: result, Value: folded}}}
	scope.assign(out, &plan.Ref{Column: result}, names, list)
	return out
}

// assign gives rows the fields that the body assigned.
func (s *foldScope) assign(out *relation, result plan.Expr, fixed []plan.Expr, list []evaluation) {
	var values []assignment
	given := func(name string) {
		before, _ := s.find(out, name)
		values = append(values, assignment{name, schema.Any, chosenField(result, textLiteral(name), before)})
	}
	for _, name := range sortedNames(s.fixed) {
		given(name)
	}
	if s.dynamic {
		for _, name := range out.names {
			for _, e := range list {
				if _, ok := wild(marker.ReplaceAllString(e.field.text, "*"), name); ok && !s.fixed[name] && marker.MatchString(e.field.text) {
					given(name)
					break
				}
			}
		}
		s.everything(out)
		others := result
		if len(fixed) > 0 {
			others = apply("remove_fields", others, apply("list", fixed...))
		}
		if out.star != nil {
			others = apply("merge", others, s.others(out))
		}
		s.setStar(out, others)
	}
	s.compute(out, values...)
}

// over returns the fold of a list.
func (s *foldScope) over(items plan.Expr, list []evaluation) plan.Expr {
	s.entry, s.fields = &plan.Param{Name: "entry"}, &plan.Param{Name: "fields"}
	body := s.step(list, 0)
	if body == nil {
		return nil
	}
	return apply("list_fold", items, apply("object"), &plan.Lambda{Params: []string{"fields", "entry"}, Body: body})
}

// step returns the object of assigned fields behind the assignments from one on.
func (s *foldScope) step(list []evaluation, i int) plan.Expr {
	e := list[i]
	if isCondition(e.x) {
		s.errorf(e.x.place(), "spl-boolean", "a field cannot be given a truth value").Hint = `write if(…, "true", "false")`
		return nil
	}
	scope := s.rows.clone()
	eachRef(e.x, func(r *ref) {
		if x := s.field(r); x != nil {
			scope.fields.put(r.name, x)
		}
	})
	next := apply("set_field", s.fields, s.name(e.field.text), s.value(e.x, scope))
	if i+1 == len(list) {
		return next
	}
	// The next assignment sees the object under a name of its own.
	outer := s.fields
	param := "fields" + strings.Repeat("'", i+1)
	s.fields = &plan.Param{Name: param}
	rest := s.step(list, i+1)
	s.fields = outer
	if rest == nil {
		return nil
	}
	return apply("list_fold", apply("list", intLiteral(0)), next, &plan.Lambda{Params: []string{param, "once"}, Body: rest})
}

// field returns what a field is in the body; nil for one that the body cannot have assigned.
func (s *foldScope) field(r *ref) plan.Expr {
	if token, ok := strings.CutPrefix(r.name, markerText); ok {
		return s.part(token[0])
	}
	switch r.name {
	case markerOf(fieldToken):
		return chosenField(s.fields, s.part(fieldToken), apply("get_field", s.entry, textLiteral("value")))
	case markerOf(itemToken):
		return s.part(itemToken)
	case markerOf(iterToken):
		return s.part(iterToken)
	}
	if looksUp(r.name) {
		return chosenField(s.fields, s.name(r.name), apply("get_field", s.all, s.name(r.name)))
	}
	if !s.fixed[r.name] && !s.dynamic {
		return nil
	}
	before, _ := s.find(s.rows, r.name)
	return chosenField(s.fields, textLiteral(r.name), before)
}

// chosenField returns a field of an object where it has it, be it null, else another value.
func chosenField(object, name, otherwise plan.Expr) plan.Expr {
	return &plan.Case{Arms: []plan.Arm{{When: apply("has_key", object, name), Then: apply("get_field", object, name)}}, Else: otherwise}
}

// part returns what a token stands for.
func (s *foldScope) part(token byte) plan.Expr {
	switch token {
	case fieldToken, iterToken:
		return apply("get_field", s.entry, textLiteral("name"))
	case itemToken:
		return apply("get_field", s.entry, textLiteral("value"))
	case matchToken:
		token = '0'
	}
	return apply("coalesce", apply("element", apply("get_field", s.entry, textLiteral("parts")), intLiteral(int64(token-'0'))), textLiteral(""))
}

// name returns the name that a text with tokens makes.
func (s *foldScope) name(text string) plan.Expr {
	var parts []plan.Expr
	from := 0
	for _, m := range marker.FindAllStringSubmatchIndex(text, -1) {
		if m[0] > from {
			parts = append(parts, textLiteral(text[from:m[0]]))
		}
		parts = append(parts, s.part(text[m[2]]))
		from = m[1]
	}
	if from < len(text) || len(parts) == 0 {
		parts = append(parts, textLiteral(text[from:]))
	}
	if len(parts) == 1 {
		return apply("to_text", parts[0])
	}
	return apply("concat", parts...)
}

// templates makes texts with tokens in an expression joins of texts and tokens.
func templates(e expr) expr {
	switch e := e.(type) {
	case *literal:
		if e.value.Kind() != event.Text || !marker.MatchString(e.value.Text()) {
			return e
		}
		text := e.value.Text()
		var joined expr = &literal{event.TextValue(""), e.at}
		join := func(x expr) { joined = &binary{".", joined, x, e.at} }
		from := 0
		for _, m := range marker.FindAllStringSubmatchIndex(text, -1) {
			join(&literal{event.TextValue(text[from:m[0]]), e.at})
			join(&ref{markerText + text[m[2]:m[3]], e.at})
			from = m[1]
		}
		join(&literal{event.TextValue(text[from:]), e.at})
		return joined
	case *unary:
		return &unary{e.op, templates(e.x), e.at}
	case *binary:
		return &binary{e.op, templates(e.left), templates(e.right), e.at}
	case *inList:
		return &inList{templates(e.x), templatesOf(e.list), e.at}
	case *invoke:
		return &invoke{e.name, templatesOf(e.args), e.nameAt, e.at}
	}
	return e
}

func templatesOf(list []expr) []expr {
	out := make([]expr, len(list))
	for i, x := range list {
		out[i] = templates(x)
	}
	return out
}

// eachRef gives the fields that an expression names.
func eachRef(e expr, visit func(*ref)) {
	switch e := e.(type) {
	case *ref:
		visit(e)
	case *unary:
		eachRef(e.x, visit)
	case *binary:
		eachRef(e.left, visit)
		eachRef(e.right, visit)
	case *inList:
		eachRef(e.x, visit)
		for _, x := range e.list {
			eachRef(x, visit)
		}
	case *invoke:
		for _, x := range e.args {
			eachRef(x, visit)
		}
	}
}
