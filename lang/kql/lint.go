package kql

import (
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

// What is allowed and hardly meant: texts that are no words, conditions that never hold, times far back.

// Lookback is a condition that asks for rows since ago(…), as the author wrote it.
type Lookback struct {
	Ticks  int64 // how long ago
	Source *diag.Source
	Span   diag.Span
}

// needle remarks on a text that stands behind an operator and does not ask what it seems to ask.
func (b *binder) needle(op string, x node) {
	l, ok := bare(x).(*literal)
	if !ok || l.typ != schema.String {
		return
	}
	text := l.value.Text()
	words := strings.Contains(op, "has") || op == ":"
	switch {
	case !words && !strings.Contains(op, "contains") && !strings.Contains(op, "with"): // it asks for a whole text
	case text == "" && strings.HasPrefix(op, "!"):
		b.warnf(x.span(), "needle", "", "no text is without an empty one, so that this never holds").Hint = "write isnotempty(…) or leave it out"
	case text == "":
		b.warnf(x.span(), "needle", "", "an empty text is found in any, so that this always holds").Hint = "write isempty(…) to ask for a text that is empty, or leave it out"
	case words && strings.IndexFunc(text, fn.KQLTermRune) < 0:
		b.notef(x.span(), "needle", "%s looks for words, and there is none in %s: it is found wherever it stands, as with contains", op, b.words(x.span())).Hint = "write contains"
	}
}

// never remarks on a condition of the author's own that holds for no row.
func (b *binder) never(v value, at diag.Span) {
	if v.bad || b.calls > 0 || v.typ != schema.Bool {
		return
	}
	l, ok := plan.RewriteExpr(v.condition()).(*plan.Literal)
	if !ok || l.Value.Kind() != event.Bool || l.Value.Bool() {
		return
	}
	for _, d := range b.list {
		if d.Code == "kql-external-missing" || d.Code == "kql-watchlist-missing" { // that is why, and has been said
			return
		}
	}
	if words := b.words(at); strings.EqualFold(strings.Trim(words, "() "), "false") { // written so
		return
	}
	b.warnf(at, "never", "", "this condition holds for no row, whatever the data").Hint = "compare it with what the field can hold"
}

// lookbacks notes how far back the conditions of a where ask for rows of a table.
func (b *binder) lookbacks(c *context, x node) {
	switch n := bare(x).(type) {
	case *binary:
		switch {
		case n.op == "and":
			b.lookbacks(c, n.l)
			b.lookbacks(c, n.r)
		case (n.op == ">" || n.op == ">=") && isTime(n.l):
			b.noteLookback(c, n.r, x)
		case (n.op == "<" || n.op == "<=") && isTime(n.r):
			b.noteLookback(c, n.l, x)
		}
	case *between:
		if !n.not && isTime(n.x) {
			b.noteLookback(c, n.lo, x)
		}
	}
}

func (b *binder) noteLookback(c *context, since, whole node) {
	ticks, ok := b.past(c, since)
	if !ok || ticks <= 0 {
		return
	}
	source, span := b.text.Place(whole.span()).Outermost()
	b.query.Lookbacks = append(b.query.Lookbacks, Lookback{Ticks: ticks, Source: source, Span: span})
}

// mixedUp remarks on a parameter of one function that is handed on as another parameter of the next, although that has one of its name:
// what stands in the wrong place of a list does so.
func (b *binder) mixedUp(c *context, x *call, a *argument, as *param, params []*param) {
	n, ok := bare(a.value).(*name)
	if !ok || n.text == as.name.text {
		return
	}
	if found := c.scope.find(n.text); found == nil || found.bound == nil {
		return
	}
	for _, p := range params {
		if p.name.text == n.text {
			b.warnf(a.value.span(), "argument-mixed", "", "`%s` is handed to %s as `%s`, which has a parameter of that name", n.text, x.fn.text, as.name.text).
				Hint = "name the arguments: " + n.text + "=" + n.text
			return
		}
	}
}
