package kql

import (
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// truth returns a condition as a phrase that is true where the condition is true. Under a not it must also be false where the
// condition is false; negated says that it stands there.
func (w *writer) truth(e plan.Expr, negated bool) *phrase {
	if m := e.Mark(); m != nil {
		outer := w.at
		w.at = m
		defer func() { w.at = outer }()
	}
	switch e := e.(type) {
	case *plan.And:
		if len(e.List) == 0 {
			return leafPhrase("true")
		}
		return joinedPhrase("and", w.truths(w.unguarded(e.List, negated), negated))
	case *plan.Or:
		if len(e.List) == 0 {
			return leafPhrase("false")
		}
		return joinedPhrase("or", w.truths(e.List, negated))
	case *plan.Not:
		return w.denied(e, negated)
	case *plan.Match:
		return w.match(e, negated)
	case *plan.IsNull:
		return leafPhrase(w.isNull(e.X))
	case *plan.Has:
		return leafPhrase(w.isNotNull(e.X))
	case *plan.Compare:
		return leafPhrase(w.compare(e, negated))
	case *plan.Call:
		if p := w.fieldCall(e, negated); p != nil {
			return p
		}
		return leafPhrase(w.value(e))
	}
	return leafPhrase(w.value(e))
}

func (w *writer) truths(list []plan.Expr, negated bool) []*phrase {
	out := make([]*phrase, len(list))
	for i, x := range list {
		out[i] = w.truth(x, negated)
	}
	return out
}

// unguarded leaves out of a conjunction what only keeps a comparison from being null, where null is as good as false.
func (w *writer) unguarded(list []plan.Expr, negated bool) []plan.Expr {
	if negated {
		return list
	}
	var out []plan.Expr
	for _, x := range list {
		if n, ok := x.(*plan.Not); ok {
			if null, ok := n.X.(*plan.IsNull); ok && comparesWith(list, null.X) {
				continue
			}
		}
		out = append(out, x)
	}
	return out
}

// comparesWith says whether one of the conditions is a comparison that nothing meets that is null.
func comparesWith(list []plan.Expr, x plan.Expr) bool {
	for _, e := range list {
		if c, ok := e.(*plan.Compare); ok && c.Op != plan.NotEqual && plan.Same(c.Left, x) {
			return true
		}
	}
	return false
}

// denied writes a negation.
func (w *writer) denied(e *plan.Not, negated bool) *phrase {
	switch x := e.X.(type) {
	case *plan.IsNull:
		return leafPhrase(w.isNotNull(x.X))
	case *plan.Has:
		return leafPhrase(w.isNull(x.X))
	case *plan.Not:
		return w.truth(x.X, negated)
	case *plan.Match:
		if text, ok := w.emptiness(x); ok {
			return leafPhrase(map[string]string{"isempty": "isnotempty", "isnotempty": "isempty"}[text[:strings.IndexByte(text, '(')]] + text[strings.IndexByte(text, '('):])
		}
	}
	return &phrase{word: "not", list: []*phrase{w.truth(e.X, true)}}
}

// isNull says whether there is no value: of a text whether it is empty, since Kusto's texts are never null.
func (w *writer) isNull(x plan.Expr) string {
	switch typ := plan.TypeOf(x); typ {
	case schema.String, schema.Any:
		w.empty()
		return "isempty(" + w.value(x) + ")"
	}
	return "isnull(" + w.value(x) + ")"
}

func (w *writer) isNotNull(x plan.Expr) string {
	switch typ := plan.TypeOf(x); typ {
	case schema.String, schema.Any:
		w.empty()
		return "isnotempty(" + w.value(x) + ")"
	}
	return "isnotnull(" + w.value(x) + ")"
}

func (w *writer) empty() {
	w.say(diag.Info, "kql-write-empty", "a text that is missing and one that is empty are one in Kusto")
}

// compare writes a comparison of values that are no texts, or of texts for equality.
func (w *writer) compare(e *plan.Compare, negated bool) string {
	left, right := plan.TypeOf(e.Left), plan.TypeOf(e.Right)
	equality := e.Op == plan.Equal || e.Op == plan.NotEqual
	if !equality && (left == schema.String || right == schema.String) {
		w.refuse("kql-write-compare", "texts cannot be ordered")
	}
	l, r := w.value(e.Left), w.value(e.Right)
	if _, number := e.Right.(*plan.Literal); number && left == schema.Any && !guarded(e.Left) && isNumber(e.Right.(*plan.Literal).Value) {
		l = "todouble(" + l + ")"
	}
	text := l + " " + e.Op.String() + " " + r
	if equality && left != schema.String && right != schema.String && (negated || e.Op == plan.NotEqual) && !guarded(e.Left) {
		// Kusto's answer about null is false, or true of !=; the plan's is null.
		return "isnotnull(" + l + ") and " + text
	}
	return text
}

// guarded says whether a value is one of Sigma's, of which the detection has asked whether it is there.
func guarded(e plan.Expr) bool {
	c, ok := e.(*plan.Call)
	return ok && strings.HasPrefix(c.Func.Name, "field_")
}

func isNumber(v event.Value) bool {
	return v.Kind() == event.Int || v.Kind() == event.Float || v.Kind() == event.Decimal
}
