package stream

import (
	"slices"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/fn"
)

// simplify returns what an expression over columns says of records of the kind: columns are replaced by where the records
// have them, constants of the kind by their values, and what then depends on constants only is computed. A condition that
// cannot be told from one of its members ends there, so that the rules that a kind rules out cost little; what
// several rules share is simplified once.
func (b *builder) simplify(e plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.Ref:
		return b.column(e)
	case *plan.Field:
		return b.field(e)
	case *plan.Literal:
		return e
	}
	simple, known := b.simple[e]
	if !known {
		simple = b.simplifyWhole(e)
		b.simple[e] = simple
	}
	return simple
}

// simplifyTerm simplifies a condition of rules. Kinds for which a term comes to the same get the same expression.
func (b *builder) simplifyTerm(t *term) plan.Expr {
	if t.about == b.number {
		return t.simple
	}
	var simple plan.Expr
	switch e := t.expr.(type) {
	case *plan.And:
		simple = b.simplifyParts(t, e.List, false)
	case *plan.Or:
		simple = b.simplifyParts(t, e.List, true)
	case *plan.Not:
		part := [1]plan.Expr{b.simplifyTerm(t.parts[0])}
		if simple = t.meant(part[:]); simple == nil {
			simple = t.means(part[:], computed(plan.WithChildren(e, []plan.Expr{part[0]})))
		}
	case *plan.Ref, *plan.Field, *plan.Literal:
		simple = b.simplify(e)
	default:
		simple = b.simplifyLeaf(t)
	}
	t.about, t.simple = b.number, simple
	return simple
}

// simplifyLeaf simplifies a condition that is not made of others. What depends on constants only is quickly said, and different
// for very many kinds.
func (b *builder) simplifyLeaf(t *term) plan.Expr {
	from, constant := len(b.scratch), true
	for _, e := range t.reads {
		source := b.simplify(e)
		if _, literal := source.(*plan.Literal); !literal {
			constant = false
		}
		b.scratch = append(b.scratch, source)
	}
	defer func() { b.scratch = b.scratch[:from] }()
	where := b.scratch[from:]
	if constant && len(where) > 0 {
		return b.simplifyAlone(t)
	}
	if simple := t.meant(where); simple != nil {
		return simple
	}
	return t.means(where, b.simplifyAlone(t))
}

// simplifyAlone simplifies a condition that is not made of others as it stands.
func (b *builder) simplifyAlone(t *term) plan.Expr {
	m, ok := t.expr.(*plan.Match)
	if !ok {
		return b.simplifyWhole(t.expr)
	}
	return b.simplifyMatch(m, t.asks, b.simplify(m.Subject))
}

// simplifyParts simplifies an And or Or, which a part of the truth final settles. The one that did so last is asked first.
func (b *builder) simplifyParts(t *term, list []plan.Expr, final bool) plan.Expr {
	settled := truthLiteral(final)
	if len(list) == 0 {
		return truthLiteral(!final)
	}
	if truth, ok := truthOf(b.simplifyTerm(t.parts[t.settler])); ok && truth == final {
		return settled
	}
	from, same := len(b.scratch), true
	defer func() { b.scratch = b.scratch[:from] }()
	for i, part := range t.parts {
		simple := b.simplifyTerm(part)
		if truth, ok := truthOf(simple); ok {
			if truth == final {
				t.settler = i
				return settled
			}
			same = false
			continue
		}
		same = same && simple == list[i]
		b.scratch = append(b.scratch, simple)
	}
	kept := b.scratch[from:]
	switch {
	case len(kept) == 0:
		return truthLiteral(!final)
	case same:
		return t.expr
	}
	if simple := t.meant(kept); simple != nil {
		return simple
	}
	return t.means(kept, withMembers(t.expr, slices.Clone(kept)))
}

// withMembers returns an And or Or of other members, of which there may be fewer.
func withMembers(e plan.Expr, list []plan.Expr) plan.Expr {
	if and, ok := e.(*plan.And); ok {
		return &plan.And{Marked: and.Marked, List: list}
	}
	return &plan.Or{Marked: e.(*plan.Or).Marked, List: list}
}

// truthOf returns what a condition says if that is settled.
func truthOf(e plan.Expr) (truth, settled bool) {
	l, ok := e.(*plan.Literal)
	if !ok || l.Value.Kind() != event.Bool {
		return false, false
	}
	return l.Value.Bool(), true
}

// simplifyWhole simplifies an expression that is made of others.
func (b *builder) simplifyWhole(e plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.And:
		return b.simplifyTruths(e, e.List, false)
	case *plan.Or:
		return b.simplifyTruths(e, e.List, true)
	case *plan.Case:
		return b.simplifyCase(e)
	case *plan.Match:
		return b.simplifyMatch(e, b.set.matchers.matcher(e), b.simplify(e.Subject))
	}
	old := plan.Children(e)
	children := make([]plan.Expr, len(old))
	for i, child := range old {
		children[i] = b.simplify(child)
	}
	e = plan.WithChildren(e, children)
	if call, ok := e.(*plan.Call); ok {
		e = simplifyChoice(call)
	}
	if known, ok := nullness(e); ok {
		return known
	}
	return computed(e)
}

// column returns where records of the kind have a column, simplified once for each name: the same expression for all kinds that
// have it in the same place.
func (b *builder) column(ref *plan.Ref) plan.Expr {
	source, known := b.columns[ref.Column.Name]
	if !known {
		source = nativeColumn(ref, b.set.resolver, b.class)
		if _, carried := source.(*plan.Ref); !carried {
			source = b.set.subjects.of(b.simplifyNative(ref.Column.Name, source)).expr
		}
		b.columns[ref.Column.Name] = source
	}
	return source
}

// field returns the value of a field that is the same for all records of the kind, or the field.
func (b *builder) field(f *plan.Field) plan.Expr {
	value, known := b.constants[f.Name]
	if !known {
		if v, ok := b.constant(f.Name); ok {
			value = b.set.subjects.of(&plan.Literal{Value: v}).expr
		}
		b.constants[f.Name] = value
	}
	if value == nil {
		return f
	}
	return value
}

// simplifyNative simplifies what Native made of a column, an expression over Fields and columns of the carrier.
func (b *builder) simplifyNative(name string, e plan.Expr) plan.Expr {
	if c, ok := e.(*plan.Case); ok {
		if plan.CarrierFirst(name) {
			raw := &plan.Case{Arms: c.Arms}
			if c.Else != nil {
				raw.Else = b.simplify(c.Else)
			}
			return raw
		}
		if carried, ok := c.Else.(*plan.Ref); ok { // what Native makes of a column that the carrier may have
			source := b.simplify(c.Arms[0].Then)
			if l, ok := source.(*plan.Literal); ok && !l.Value.IsNull() {
				return l
			}
			return &plan.Case{Arms: []plan.Arm{{When: &plan.Not{X: &plan.IsNull{X: source}}, Then: source}}, Else: carried}
		}
	}
	return b.simplify(e)
}

// simplifyTruths simplifies the members of an And or Or, of which one of the truth final settles it.
func (b *builder) simplifyTruths(e plan.Expr, list []plan.Expr, final bool) plan.Expr {
	var kept []plan.Expr
	same := true
	for i, x := range list {
		simple := b.simplify(x)
		if truth, ok := truthOf(simple); ok {
			if truth == final {
				return simple
			}
			same = false
			continue
		}
		if same = same && simple == x; kept == nil {
			kept = make([]plan.Expr, 0, len(list)-i)
		}
		kept = append(kept, simple)
	}
	switch {
	case len(kept) == 0:
		return truthLiteral(!final)
	case same:
		return e
	}
	return withMembers(e, kept)
}

// simplifyCase leaves out the arms that are never taken and those behind one that always is.
func (b *builder) simplifyCase(e *plan.Case) plan.Expr {
	out := &plan.Case{Marked: e.Marked}
	for _, arm := range e.Arms {
		when := b.simplify(arm.When)
		if l, ok := when.(*plan.Literal); ok {
			if l.Value.Bool() {
				return finishCase(out, b.simplify(arm.Then))
			}
			continue
		}
		out.Arms = append(out.Arms, plan.Arm{When: when, Then: b.simplify(arm.Then)})
	}
	if e.Else == nil {
		return finishCase(out, nil)
	}
	return finishCase(out, b.simplify(e.Else))
}

func finishCase(c *plan.Case, otherwise plan.Expr) plan.Expr {
	if len(c.Arms) > 0 {
		c.Else = otherwise
		return c
	}
	if otherwise == nil {
		return &plan.Literal{Value: event.NullValue()}
	}
	return otherwise
}

var coalesce, firstFilled, ifNull, nullIf = fn.ByName("coalesce"), fn.ByName("first_filled"), fn.ByName("if_null"), fn.ByName("null_if")

// simplifyChoice leaves out the arguments of a choice that are never taken.
func simplifyChoice(e *plan.Call) plan.Expr {
	if e.Func == ifNull {
		e = &plan.Call{Marked: e.Marked, Func: coalesce, Args: e.Args}
	}
	if e.Func != coalesce && e.Func != firstFilled {
		return e
	}
	var args []plan.Expr
	changed := false
	for i, a := range e.Args {
		switch a := a.(type) {
		case *plan.Call:
			if a.Func == e.Func {
				args = append(args, a.Args...)
				changed = true
				continue
			}
		case *plan.Literal:
			if !taken(e.Func, a.Value) {
				changed = true
				continue
			}
			if args = append(args, a); i < len(e.Args)-1 {
				return simplifyChoice(&plan.Call{Marked: e.Marked, Func: e.Func, Args: args})
			}
			continue
		}
		args = append(args, a)
	}
	switch {
	case len(args) == 0:
		return &plan.Literal{Value: event.NullValue()}
	case !changed && len(args) > 1:
		return e
	}
	if _, literal := args[0].(*plan.Literal); literal || len(args) == 1 && e.Func == coalesce {
		return args[0]
	}
	if !changed {
		return e
	}
	return &plan.Call{Marked: e.Marked, Func: e.Func, Args: args}
}

// taken says whether a choice takes a value where it comes to it.
func taken(choice *fn.Func, v event.Value) bool {
	return !v.IsNull() && (choice == coalesce || v.Kind() != event.Text || v.Text() != "")
}

// nullness settles IsNull and Has of a choice that ends in a value.
func nullness(e plan.Expr) (plan.Expr, bool) {
	var x plan.Expr
	null := false
	switch e := e.(type) {
	case *plan.IsNull:
		x, null = e.X, true
	case *plan.Has:
		x = e.X
	default:
		return nil, false
	}
	call, ok := x.(*plan.Call)
	if !ok || call.Func != coalesce && call.Func != firstFilled {
		return nil, false
	}
	last, ok := call.Args[len(call.Args)-1].(*plan.Literal)
	if !ok || !taken(call.Func, last.Value) {
		return nil, false
	}
	return truthLiteral(!null), true
}

// computed returns the value of an expression of literals, any other as it is.
func computed(e plan.Expr) plan.Expr {
	switch e := e.(type) {
	case *plan.Call:
		if e.Func.Strict {
			for _, a := range e.Args {
				if l, ok := a.(*plan.Literal); ok && l.Value.IsNull() {
					return &plan.Literal{Value: event.NullValue()}
				}
			}
		}
	case *plan.Compare, *plan.Not, *plan.Has, *plan.IsNull:
	default:
		return e
	}
	for _, child := range plan.Children(e) {
		if !constant(child) {
			return e
		}
	}
	row := eval.Row{Record: &event.Record{}}
	v := mustCompile(e).Value(&row)
	if row.Overflow || row.Failed != "" {
		return e
	}
	return &plan.Literal{Value: v}
}

// constant says whether an expression is a literal, or a function of its own parameters and of nothing else.
func constant(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Literal:
		return true
	case *plan.Lambda:
		closed := true
		plan.WalkExpr(e.Body, func(inner plan.Expr) bool {
			switch inner := inner.(type) {
			case *plan.Ref, *plan.Field, *plan.Fields, *plan.Everything, *plan.Lambda:
				closed = false
			case *plan.Param:
				closed = closed && slices.Contains(e.Params, inner.Name)
			}
			return closed
		})
		return closed
	}
	return false
}

var trueLiteral, falseLiteral = &plan.Literal{Value: event.BoolValue(true)}, &plan.Literal{Value: event.BoolValue(false)}

func truthLiteral(truth bool) *plan.Literal {
	if truth {
		return trueLiteral
	}
	return falseLiteral
}

// simplifyMatch returns a Match over a simplified subject, looking through choices of which all but one value can be ruled
// out: Match(first_filled(f, "unknown")) of "at.exe" is one of f. shared is what it asks of the subject.
func (b *builder) simplifyMatch(m *plan.Match, shared *sharedMatcher, subject plan.Expr) plan.Expr {
	if shared == nil {
		return withSubject(m, subject)
	}
	if l, ok := subject.(*plan.Literal); ok {
		return truthLiteral(shared.build().MatchValue(l.Value))
	}
	never := func(e plan.Expr) bool { // whatever its value, it does not meet
		l, ok := e.(*plan.Literal)
		return ok && !shared.build().MatchValue(l.Value)
	}
	for !isRaw(subject) {
		switch s := subject.(type) {
		case *plan.Literal:
			return truthLiteral(!never(s))
		case *plan.Call:
			if inner, ok := b.throughChoice(s, shared, never); ok {
				subject = inner
				continue
			}
		case *plan.Case:
			if out, ok := b.throughCase(m, shared, s, never); ok {
				return out
			}
		}
		break
	}
	return mentioning(m, subject)
}

func withSubject(m *plan.Match, subject plan.Expr) plan.Expr {
	if m.Subject == subject {
		return m
	}
	c := *m
	c.Subject = subject
	return &c
}

// throughChoice returns the only argument of a choice that can meet.
func (b *builder) throughChoice(s *plan.Call, shared *sharedMatcher, never func(plan.Expr) bool) (plan.Expr, bool) {
	switch s.Func {
	case nullIf:
		l, ok := s.Args[1].(*plan.Literal)
		return s.Args[0], ok && (l.Value.IsNull() || l.Value.Kind() == event.Text && never(l))
	case firstFilled:
		if shared.build().MatchValue(event.TextValue("")) {
			return nil, false
		}
	case coalesce:
	default:
		return nil, false
	}
	for _, a := range s.Args[1:] {
		if !never(a) {
			return nil, false
		}
	}
	return s.Args[0], true
}

// throughCase returns what a Match over a Case asks where only one of its values can meet: that its arm is taken and that it
// does.
func (b *builder) throughCase(m *plan.Match, shared *sharedMatcher, s *plan.Case, never func(plan.Expr) bool) (plan.Expr, bool) {
	live, at := plan.Expr(nil), 0
	for i := range len(s.Arms) + 1 {
		value := s.Else
		if i < len(s.Arms) {
			value = s.Arms[i].Then
		}
		if value == nil || never(value) {
			continue
		}
		if live != nil {
			return nil, false
		}
		live, at = value, i
	}
	if live == nil {
		return truthLiteral(false), true
	}
	var list []plan.Expr
	for _, arm := range s.Arms[:min(at+1, len(s.Arms))] {
		if !twoValued(arm.When) {
			return nil, false
		}
		list = append(list, &plan.Not{X: arm.When})
	}
	if at < len(s.Arms) {
		list[at] = s.Arms[at].When
	}
	return &plan.And{List: append(list, b.simplifyMatch(m, shared, live))}, true
}

// twoValued says whether a condition is never null.
func twoValued(e plan.Expr) bool {
	switch e := e.(type) {
	case *plan.Match, *plan.IsNull, *plan.Has:
		return true
	case *plan.Literal:
		return e.Value.Kind() == event.Bool
	case *plan.And, *plan.Or, *plan.Not:
		for _, child := range plan.Children(e) {
			if !twoValued(child) {
				return false
			}
		}
		return true
	}
	return false
}
