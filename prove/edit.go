package prove

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/stream"
	"goshawk/taxonomy"
)

// edit gives one field of an event another text.
type edit struct {
	field string // its native name
	text  string
	why   string // what was asked of it, for people
	drop  bool   // the field is taken away instead
}

// maxWays bounds the different ways in which a condition is made to hold.
const maxWays = 24

// asked is a condition as events of one class meet it.
type asked struct {
	expr    plan.Expr
	program *eval.Program
}

// askedOf resolves a condition over columns for a class of events; nil if it cannot be asked of them.
func askedOf(t *taxonomy.Taxonomy, class *event.Class, e plan.Expr) *asked {
	native := stream.Native(e, t, class)
	p, err := eval.Compile(native, stream.CarrierSlot)
	if err != nil {
		return nil
	}
	return &asked{native, p}
}

// holds says whether an event meets the condition.
func (a *asked) holds(ev *event.Event) bool {
	var row eval.Row
	stream.Row(&row, ev)
	return a.program.True(&row)
}

// ways returns lists of edits, each of which may make a condition true or false (want) of an event. Whether one does is for the
// caller to see: a field may be part of several conditions.
func ways(e plan.Expr, want bool, ev *event.Event) [][]edit {
	if truth(e, ev) == want {
		return [][]edit{nil}
	}
	switch e := e.(type) {
	case *plan.Not:
		return ways(e.X, !want, ev)
	case *plan.And:
		if want {
			return all(e.List, want, ev)
		}
		return some(e.List, want, ev)
	case *plan.Or:
		if want {
			return some(e.List, want, ev)
		}
		return all(e.List, want, ev)
	case *plan.Match:
		return matchWays(e, want, ev)
	case *plan.IsNull:
		field := fieldIn(e.X)
		switch {
		case field == "":
		case want:
			return [][]edit{{{field: field, drop: true, why: field + " left out"}}}
		default:
			return [][]edit{{{field: field, text: "x", why: field + " given"}}}
		}
	case *plan.Has:
		field := fieldIn(e.X)
		switch {
		case field == "":
		case !want:
			return [][]edit{{{field: field, drop: true, why: field + " left out"}}}
		default:
			return [][]edit{{{field: field, text: "x", why: field + " given"}}}
		}
	case *plan.Compare:
		return compareWays(e, want)
	}
	return nil
}

// truth says whether a native condition holds for an event.
func truth(e plan.Expr, ev *event.Event) bool {
	p, err := eval.Compile(e, stream.CarrierSlot)
	if err != nil {
		return false
	}
	return (&asked{e, p}).holds(ev)
}

// all returns the ways in which all of a list come true together: each is asked of the event as those before it left it, as several may
// be about one field.
func all(list []plan.Expr, want bool, ev *event.Event) [][]edit {
	type state struct {
		edits []edit
		event *event.Event
	}
	states := []state{{nil, ev}}
	for _, x := range list {
		var next []state
		for _, s := range states {
			for _, way := range ways(x, want, s.event) {
				if len(next) == maxWays {
					break
				}
				one := state{append(slices.Clone(s.edits), way...), s.event}
				if len(way) > 0 {
					one.event = edited(s.event, way)
				}
				next = append(next, one)
			}
		}
		states = next
	}
	var out [][]edit
	for _, s := range states {
		if truth(&plan.And{List: list}, s.event) == want || !want {
			out = append(out, s.edits)
		}
	}
	if out == nil { // a later edit undid an earlier one: let the caller try
		for _, s := range states {
			out = append(out, s.edits)
		}
	}
	return out
}

// some returns the ways in which one of a list comes true.
func some(list []plan.Expr, want bool, ev *event.Event) [][]edit {
	var out [][]edit
	for _, x := range list {
		for _, way := range ways(x, want, ev) {
			if len(out) < maxWays {
				out = append(out, way)
			}
		}
	}
	return out
}

// fieldIn returns the name of the field that a value comes from, the first of several; empty if from none.
func fieldIn(e plan.Expr) string {
	name := ""
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if f, is := e.(*plan.Field); is && name == "" {
			name = f.Name
		}
		return name == ""
	})
	return name
}

// valueOf returns the text of the field that a condition is about.
func valueOf(field string, ev *event.Event) string {
	v := ev.Record.Lookup(field)
	if list := v.List(); len(list) > 0 {
		v = list[0]
	}
	return v.Text()
}

func matchWays(m *plan.Match, want bool, ev *event.Event) [][]edit {
	field := fieldIn(m.Subject)
	if field == "" {
		return nil
	}
	if !want {
		return [][]edit{{{field: field, text: "zq-other", why: "another " + field}}}
	}
	now := valueOf(field, ev)
	if m.All {
		text, why := now, []string{}
		for _, p := range m.Patterns {
			made, ok := meeting(m.Op, p, text)
			if !ok {
				return nil
			}
			text = made
			why = append(why, p.String())
		}
		return [][]edit{{{field: field, text: text, why: field + " with " + strings.Join(why, " and ")}}}
	}
	var out [][]edit
	for _, p := range m.Patterns {
		if made, ok := meeting(m.Op, p, now); ok && len(out) < maxWays {
			out = append(out, []edit{{field: field, text: made, why: field + " " + m.Op.String() + " " + strconv.Quote(p.String())}})
		}
	}
	return out
}

// meeting returns a text like another that meets a pattern, which keeps as much of the other as it can.
func meeting(op plan.MatchOp, p plan.Pattern, now string) (string, bool) {
	if op == plan.CIDR {
		prefix, err := netip.ParsePrefix(p.Source)
		if err != nil {
			return "", false
		}
		return prefix.Addr().String(), true
	}
	var sample string
	if op == plan.Regexp {
		text, ok := sampleOf(p.Source)
		if !ok {
			return "", false
		}
		sample = text
	} else {
		sample = sampleText(p)
	}
	switch op {
	case plan.Equals:
		return sample, true
	case plan.Prefix:
		return sample + " " + now, true
	case plan.Suffix:
		if strings.HasPrefix(sample, "/") || strings.HasPrefix(sample, `\`) {
			return strings.TrimRight(now, `/\`) + sample, true
		}
		return now + " " + sample, true
	}
	if now == "" {
		return sample, true
	}
	return now + " " + sample, true
}

// sampleText returns a text that is as a pattern says.
func sampleText(p plan.Pattern) string {
	var b strings.Builder
	for _, piece := range p.Pieces {
		switch piece.Kind {
		case plan.Run:
			b.WriteString(piece.Text)
		case plan.One:
			b.WriteByte('q')
		case plan.AnyDash:
			b.WriteByte('-')
		}
	}
	return b.String()
}

// compareWays moves a number or a text to the other side of a comparison with a constant.
func compareWays(c *plan.Compare, want bool) [][]edit {
	left, op := c.Left, c.Op
	literal, is := c.Right.(*plan.Literal)
	if !is {
		if literal, is = c.Left.(*plan.Literal); !is {
			return nil
		}
		left = c.Right
		op = map[plan.CompareOp]plan.CompareOp{plan.Less: plan.Greater, plan.LessEqual: plan.GreaterEqual, plan.Greater: plan.Less,
			plan.GreaterEqual: plan.LessEqual, plan.Equal: plan.Equal, plan.NotEqual: plan.NotEqual}[op]
	}
	field := fieldIn(left)
	if field == "" {
		return nil
	}
	var texts []string
	if literal.Value.Kind() == event.Int {
		n := literal.Value.Int()
		for _, near := range []int64{n, n - 1, n + 1} {
			texts = append(texts, event.IntValue(near).Text())
		}
	} else {
		texts = append(texts, literal.Value.Text(), "zq-other")
	}
	var out [][]edit
	for _, text := range texts {
		out = append(out, []edit{{field: field, text: text, why: field + " " + op.String() + " " + literal.Value.Text()}})
	}
	_ = want // the caller sees which of them does it
	return out
}

// edited returns a copy of an event with some fields changed.
func edited(ev *event.Event, edits []edit) *event.Event {
	c := ev.Clone()
	c.Raw = nil
	for _, e := range edits {
		set(&c.Record, e)
	}
	return c
}

// set changes the field of a record that a detection means by a name, or adds it.
func set(r *event.Record, e edit) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for i := range r.Fields {
			name := r.Fields[i].Name
			if !same(name.Text, e.field) && !same(name.Squeezed, e.field) {
				continue
			}
			if e.drop {
				r.Fields = slices.Delete(r.Fields, i, i+1)
			} else {
				r.Fields[i].Value = event.TextValue(e.text)
			}
			return
		}
		head, rest, nested := strings.Cut(e.field, ".")
		if !nested {
			continue
		}
		for i := range r.Fields {
			below := r.Fields[i].Value.Object()
			if below == nil || !same(r.Fields[i].Name.Text, head) {
				continue
			}
			own := below.Clone()
			inner := e
			inner.field = rest
			set(&own, inner)
			r.Fields[i].Value = event.ObjectValue(&own)
			return
		}
	}
	if !e.drop {
		r.Set(e.field, event.TextValue(e.text))
	}
}
