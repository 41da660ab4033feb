package fn

import (
	"strconv"

	"goshawk/event"
)

var reltimeUnits = []struct {
	name    string
	seconds float64
}{{"year", 365 * 86400}, {"month", 30 * 86400}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}}

var _ = splFunction("spl_reltime", "How long before another time a time was, in words such as 5 days ago or, behind it, 1 hour from now; Null for what is no time; each of several values.", "any",
	[]Param{required("time", "any"), required("now", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		t, ok := splFloat(v)
		now, sane := splFloat(rest[0])
		if !ok || !sane {
			return null
		}
		ago, words := now-t, " ago"
		if ago < 0 {
			ago, words = -ago, " from now"
		}
		for _, u := range reltimeUnits {
			if n := int64(ago / u.seconds); n == 1 {
				return text("1 " + u.name + words)
			} else if n > 1 {
				return text(strconv.FormatInt(n, 10) + " " + u.name + "s" + words)
			}
		}
		return text("now")
	},
	example(text("5 days ago"), whole(1000), whole(1000+5*86400+7000)), example(text("1 minute ago"), whole(0), whole(119)), example(text("2 years ago"), whole(0), whole(800*86400)),
	example(text("1 hour from now"), whole(3600), whole(0)), example(text("now"), float(0.5), whole(1)), example(null, text("x"), whole(1)))
