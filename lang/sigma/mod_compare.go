package sigma

import (
	"goshawk/event"
	"goshawk/plan"
)

// lt, lte, gt, gte: comparisons of numbers; minute … year: parts of a date; exists: whether the field is there at all.

var _ = define(
	modifier{name: "lt", doc: "a number less than", value: compared(plan.Less)},
	modifier{name: "lte", doc: "a number not greater than", value: compared(plan.LessEqual)},
	modifier{name: "gt", doc: "a number greater than", value: compared(plan.Greater)},
	modifier{name: "gte", doc: "a number not less than", value: compared(plan.GreaterEqual)},
	modifier{name: "minute", doc: "the minute of a date", value: timed("minute", 0, 59)},
	modifier{name: "hour", doc: "the hour of a date", value: timed("hour", 0, 23)},
	modifier{name: "day", doc: "the day of the month of a date", value: timed("day", 1, 31)},
	modifier{name: "week", doc: "the ISO week of a date", value: timed("week", 1, 53)},
	modifier{name: "month", doc: "the month of a date", value: timed("month", 1, 12)},
	modifier{name: "year", doc: "the year of a date", value: timed("year", 0, 9999)},
	modifier{name: "exists", doc: "whether the field is there, be it null or empty", first: true, value: func(c *chain, t term) (term, bool) {
		switch {
		case c.item.IsKeyword():
			c.errorf(c.modifier.Span, "sigma-needs-field", "exists needs a field before it")
		case len(c.item.Modifiers) > 1:
			c.errorf(c.modifier.Span, "sigma-modifier-order", "exists stands alone, without other modifiers")
		case c.source.Kind != BoolValue:
			c.errorf(c.source.Span, "sigma-exists", "exists takes true or false, not %q", c.source.Text)
		case len(c.item.Values) > 1:
			c.errorf(c.source.Span, "sigma-exists", "exists takes one value")
		default:
			return presence{c.source.isTrue()}, true
		}
		return t, false
	}},
)

// isTrue says which a BoolValue is.
func (v Value) isTrue() bool { return v.Text[0] == 't' || v.Text[0] == 'T' }

// measure returns the number of the source, which must be one without quotes, for a modifier that compares the field with it.
func (c *chain) measure(t term) (event.Value, bool) {
	_, unmodified := t.(scalar)
	switch {
	case c.source.Kind != NumberValue:
		d := c.errorf(c.source.Span, "sigma-number", "%s needs a number, not %s", c.modifier.Text, nameOf(t))
		if _, number := event.Number(c.source.Text); number {
			d.Hint = "write the number without quotes"
		}
		return event.Value{}, false
	case c.item.IsKeyword():
		c.errorf(c.modifier.Span, "sigma-needs-field", "%s needs a field before it", c.modifier.Text)
		return event.Value{}, false
	case !unmodified:
		c.refuse(t)
		return event.Value{}, false
	}
	return c.source.number(), true
}

func compared(op plan.CompareOp) func(*chain, term) (term, bool) {
	return func(c *chain, t term) (term, bool) {
		n, ok := c.measure(t)
		return bound{op, n}, ok
	}
}

func timed(part string, least, most int64) func(*chain, term) (term, bool) {
	return func(c *chain, t term) (term, bool) {
		n, ok := c.measure(t)
		if ok && (n.Kind() != event.Int && n.Text() != event.IntValue(int64(n.Float())).Text() || n.Float() < float64(least) || n.Float() > float64(most)) {
			c.errorf(c.source.Span, "sigma-number", "%s is a whole number from %d to %d", part, least, most)
			ok = false
		}
		return timePart{part, event.IntValue(int64(n.Float()))}, ok
	}
}
