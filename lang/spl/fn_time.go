package spl

import (
	"math"
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
)

// Functions of times, which are seconds since 1970.

// present returns the time of the search.
func (l *lowering) present() plan.Expr {
	l.search.TimeDependent = true
	seconds := secondsOf(l.env.Now)
	if seconds == math.Trunc(seconds) {
		return intLiteral(int64(seconds))
	}
	return &plan.Literal{Value: event.FloatValue(seconds)}
}

var (
	_ = defineFunction(function{name: "now", doc: "The time of the search.", value: func(c *call) plan.Expr { return c.present() }})
	_ = defineFunction(function{name: "time", doc: "The time of the search: it passes in no time.", value: func(c *call) plan.Expr { return c.present() }})
	_ = definePlain("strftime", 2, 2, "spl_strftime", "A time as text by a format such as %Y-%m-%dT%H:%M:%S, in UTC.")
)

var _ = defineFunction(function{
	name: "strptime", least: 2, most: 2, doc: "The time that a text spells by a format, in UTC; a missing date or year is that of the search.",
	value: func(c *call) plan.Expr {
		args := c.all()
		if format, ok := c.text(1); !ok || !wholeDate(format) {
			args = append(args, c.present())
		}
		return apply("spl_strptime", args...)
	},
})

// wholeDate says whether a format names the year.
func wholeDate(format string) bool {
	for _, directive := range []string{"%Y", "%y", "%s", "%F", "%D", "%c", "%x", "%+", "%v"} {
		if strings.Contains(format, directive) {
			return true
		}
	}
	return false
}

var _ = defineFunction(function{
	name: "relative_time", least: 2, most: 2, doc: "The time that a modifier such as -7d@d names, seen from another.",
	value: func(c *call) plan.Expr {
		if modifier, ok := c.text(1); ok {
			if _, ok := fn.RelativeTime(event.UnixEpoch, modifier); !ok {
				c.warnf(c.args[1].place(), "spl-time", "%s is no time modifier, so the time is always null", clip(modifier)).Hint = "a modifier is written as -7d@d"
				return null()
			}
		}
		return apply("spl_relative_time", c.all()...)
	},
})
