package fn

import (
	"time"

	"goshawk/event"
)

// What clocks and calendars on a wall show.

var _ = define(Func{
	Name: "clock_within", Doc: "Whether a clock in a time zone shows at least the first and less than the second of two times of day, in minutes; the second may be of the next day (22:00 to 06:00 are 1320 and 1800), and days, of which 1 is Monday and 7 Sunday, are those on which the span begins, all if there are none; Null for a zone that is none.",
	Params: []Param{required("time", "datetime"), required("from", "long"), required("to", "long"), required("zone", "string"), variadic("days", "long")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		location := kqlLocation(args[3].Text())
		from, fine := wholeNumber(args[1])
		to, ok := wholeNumber(args[2])
		if location == nil || !fine || !ok || args[0].Kind() != event.Time {
			return null
		}
		local := event.TimeOf(args[0].Int()).In(location)
		minute := int64(local.Hour()*60 + local.Minute())
		onDay := func(day time.Weekday) bool {
			for _, d := range args[4:] {
				if n, ok := wholeNumber(d); ok && time.Weekday(n%7) == day {
					return true
				}
			}
			return len(args) == 4
		}
		const day = 24 * 60
		today := minute >= from && minute < to && onDay(local.Weekday())
		before := minute+day >= from && minute+day < to && onDay((local.Weekday()+6)%7)
		return event.BoolValue(today || before)
	},
	Examples: []Example{
		example(yes, instant("2026-11-20T02:30:00Z"), whole(120), whole(240), text("UTC")),
		example(no, instant("2026-11-20T04:00:00Z"), whole(120), whole(240), text("UTC")),
		example(yes, instant("2026-07-20T00:30:00Z"), whole(120), whole(240), text("Europe/Berlin")),
		example(yes, instant("2026-11-21T05:59:59Z"), whole(1320), whole(1800), text("UTC"), whole(5)),
		example(no, instant("2026-11-20T05:59:59Z"), whole(1320), whole(1800), text("UTC"), whole(5)),
		example(null, instant("2026-11-20"), whole(0), whole(60), text("Atlantis/Poseidonis")),
	},
})
