package fn

import (
	"math"
	"time"

	"goshawk/event"
)

// The calendar: steps of it that are not all of one length, in UTC. A unit is year, quarter, month, week, day, hour, minute,
// second, millisecond or microsecond.

const units = "year, quarter, month, week, day, hour, minute, second, millisecond or microsecond"

// fixed are the units of one length, in ticks.
var fixed = map[string]int64{
	"week": 7 * event.TicksPerDay, "day": event.TicksPerDay, "hour": event.TicksPerDay / 24, "minute": 60 * event.TicksPerSecond,
	"second": event.TicksPerSecond, "millisecond": event.TicksPerSecond / 1e3, "microsecond": event.TicksPerSecond / 1e6,
}

// months are the units that are so many months.
var months = map[string]int64{"month": 1, "quarter": 3, "year": 12}

// monthsBetween counts the months from year 0.
func monthsOf(t time.Time) int64 { return int64(t.Year())*12 + int64(t.Month()) - 1 }

func monthStart(n int64) int64 {
	return event.TicksOf(time.Date(int(n/12), time.Month(n%12+1), 1, 0, 0, 0, 0, time.UTC))
}

// startOf returns the ticks at which the unit that holds a time begins. Weeks begin on a Sunday.
func startOf(unit string, ticks int64) (int64, bool) {
	if ticks < 0 || ticks > lastTick {
		return 0, false
	}
	if n, ok := months[unit]; ok {
		m := monthsOf(event.TimeOf(ticks))
		return monthStart(m - m%n), true
	}
	size, ok := fixed[unit]
	if !ok {
		return 0, false
	}
	offset := int64(0)
	if unit == "week" {
		offset = event.TicksPerDay // year 1 began on a Monday
	}
	return ticks - (ticks+offset)%size, true
}

// lastTick is the end of year 9999.
const lastTick = 3_652_059*event.TicksPerDay - 1

var _ = define(Func{
	Name: "start_of", Doc: "The beginning of the unit that a time lies in, a number of units later if given; weeks begin on a Sunday; a unit is " + units + "; Null for another unit and out of range.",
	Params: []Param{required("unit", "string"), required("time", "datetime"), optional("offset", "long")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		offset, ok := integerAt(args, 2, 0)
		if args[1].Kind() != event.Time || !ok {
			return null
		}
		start, ok := startOf(args[0].Text(), args[1].Int())
		if !ok {
			return null
		}
		return shift(args[0].Text(), start, offset)
	},
	Examples: []Example{
		example(instant("2024-03-05"), text("day"), instant("2024-03-05T05:06:07Z")), example(instant("2024-03-03"), text("week"), instant("2024-03-05")),
		example(instant("2024-02-01"), text("month"), instant("2024-03-05"), whole(-1)), example(null, text("eon"), instant("2024-03-05")),
	},
})

var _ = define(Func{
	Name: "end_of", Doc: "The last tick of the unit that a time lies in, a number of units later if given; weeks end on a Saturday.",
	Params: []Param{required("unit", "string"), required("time", "datetime"), optional("offset", "long")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		offset, ok := integerAt(args, 2, 0)
		if args[1].Kind() != event.Time || !ok || offset == math.MaxInt64 {
			return null
		}
		start, ok := startOf(args[0].Text(), args[1].Int())
		if !ok {
			return null
		}
		next := shift(args[0].Text(), start, offset+1)
		return timeOf(integers('-', next.Int(), 1), next)
	},
	Examples: []Example{
		example(instant("2024-02-29T23:59:59.9999999Z"), text("month"), instant("2024-02-05")),
		example(instant("2024-03-05T23:59:59.9999999Z"), text("day"), instant("2024-03-05T05:06:07Z")),
	},
})

// shift moves a time by units; in a month that is shorter it comes to its last day.
func shift(unit string, ticks, count int64) event.Value {
	if size, ok := fixed[unit]; ok {
		moved := integers('*', size, count)
		return timeOf(integers('+', ticks, moved.Int()), moved)
	}
	n, ok := months[unit]
	if !ok || count > 200_000 || count < -200_000 || ticks < 0 || ticks > lastTick {
		return null
	}
	t := event.TimeOf(ticks)
	month := monthsOf(t) + n*count
	if month < 12 || month >= 120_000 {
		return null
	}
	start := monthStart(month)
	day := min(int64(t.Day()), (monthStart(month+1)-start)/event.TicksPerDay)
	return event.TimeValue(start + (day-1)*event.TicksPerDay + ticks%event.TicksPerDay)
}

var _ = define(Func{
	Name: "datetime_add", Doc: "The time so many units later; a month that is too short gives its last day; a unit is " + units + ".",
	Params: []Param{required("unit", "string"), required("count", "long"), required("time", "datetime")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		count, ok := wholeNumber(args[1])
		if !ok || args[2].Kind() != event.Time {
			return null
		}
		return shift(args[0].Text(), args[2].Int(), count)
	},
	Examples: []Example{
		example(instant("2024-02-29T01:00:00Z"), text("month"), whole(1), instant("2024-01-31T01:00:00Z")),
		example(instant("2024-03-04"), text("day"), whole(-1), instant("2024-03-05")), example(null, text("eon"), whole(1), instant("2024-03-05")),
	},
})

var _ = define(Func{
	Name: "datetime_diff", Doc: "How many boundaries between units lie from the second time to the first, negative where the first is earlier; a unit is " + units + " or nanosecond.",
	Params: []Param{required("unit", "string"), required("time", "datetime"), required("from", "datetime")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		unit := args[0].Text()
		if args[1].Kind() != event.Time || args[2].Kind() != event.Time {
			return null
		}
		if unit == "nanosecond" {
			return integers('*', integers('-', args[1].Int(), args[2].Int()).Int(), 100)
		}
		a, okA := startOf(unit, args[1].Int())
		b, okB := startOf(unit, args[2].Int())
		if !okA || !okB {
			return null
		}
		if n, ok := months[unit]; ok {
			return whole((monthsOf(event.TimeOf(a)) - monthsOf(event.TimeOf(b))) / n)
		}
		return whole((a - b) / fixed[unit])
	},
	Examples: []Example{
		example(whole(1), text("year"), instant("2024-01-01"), instant("2023-12-31T23:59:59Z")),
		example(whole(-2), text("hour"), instant("2024-01-01T10:59:00Z"), instant("2024-01-01T12:01:00Z")),
		example(whole(1), text("week"), instant("2024-03-03"), instant("2024-03-02")),
	},
})
