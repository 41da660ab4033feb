package fn

import (
	"math"
	"strconv"
	"strings"
	"time"

	"goshawk/event"
)

// Times. A time is an instant, in ticks of 100 ns; its parts are those of UTC. The parts of a text that holds a date are
// those that stand there.

var _ = define(Func{
	Name: "parse_time", Doc: "The time that a text spells: year-month-day, hours:minutes:seconds with fraction, Z, an offset or nothing, which means UTC; a time as it is; Null for anything else.",
	Params: []Param{required("text", "any")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		switch args[0].Kind() {
		case event.Time:
			return args[0]
		case event.Text:
			if ticks, _, ok := event.ParseTime(args[0].Text()); ok {
				return event.TimeValue(ticks)
			}
		}
		return null
	},
	Examples: []Example{
		example(instant("2024-03-05T04:06:07.5Z"), text("2024-03-05 05:06:07.500+01:00")), example(instant("2024-03-05"), text("2024-03-05")),
		example(null, text("yesterday")), example(null, whole(1)),
	},
})

func unixTime(name, unit string, ticks float64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: "The time so many " + unit + " after 1970 began, the number given as a number or in decimal; Null out of range.",
		Params: []Param{required("count", "any")}, Result: "datetime", Strict: true,
		Eval: func(args []event.Value) event.Value {
			n, ok := number1(args[0])
			if !ok {
				return null
			}
			if count, exact := wholeNumber(n); exact && ticks >= 1 {
				return timeOf(integers('+', event.UnixEpoch, integers('*', count, int64(ticks)).Int()), integers('*', count, int64(ticks)))
			}
			d := decimals('*', toDecimal(n), toDecimal(float(ticks)))
			moved := toInt(d)
			return timeOf(integers('+', event.UnixEpoch, moved.Int()), moved)
		},
		Examples: examples,
	})
}

// timeOf returns ticks as a time where they and what they were computed from are numbers.
func timeOf(ticks, from event.Value) event.Value {
	if ticks.IsNull() || from.IsNull() {
		return null
	}
	return event.TimeValue(ticks.Int())
}

// number1 returns a number, or the one that a text spells.
func number1(v event.Value) (event.Value, bool) {
	if v.Kind() == event.Text {
		return event.Number(strings.TrimSpace(v.Text()))
	}
	return v, isNumber(v)
}

var (
	_ = unixTime("from_unix_seconds", "seconds", event.TicksPerSecond,
		example(instant("2024-03-05T05:06:07Z"), whole(1709615167)), example(instant("2024-03-05T05:06:07.123Z"), text("1709615167.123")), example(null, text("x")), example(null, whole(math.MaxInt64)))
	_ = unixTime("from_unix_millis", "milliseconds", event.TicksPerSecond/1e3, example(instant("2024-03-05T05:06:07.123Z"), whole(1709615167123)))
	_ = unixTime("from_unix_micros", "microseconds", event.TicksPerSecond/1e6, example(instant("2024-03-05T05:06:07.123456Z"), whole(1709615167123456)))
	_ = unixTime("from_unix_nanos", "nanoseconds", 0.01, example(instant("2024-03-05T05:06:07.1234567Z"), whole(1709615167123456789)))
)

var _ = define(Func{
	Name: "from_filetime", Doc: "The time so many ticks of 100 ns after 1601 began, as Windows counts; Null out of range.",
	Params: []Param{required("ticks", "any")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := number1(args[0])
		if !ok {
			return null
		}
		count, ok := wholeNumber(n)
		if !ok {
			return null
		}
		return timeOf(integers('+', event.FiletimeEpoch, count), n)
	},
	Examples: []Example{example(instant("2024-03-05T05:06:07Z"), text("133540887670000000")), example(null, text("x"))},
})

var _ = define(Func{
	Name: "to_unix_seconds", Doc: "The seconds from the beginning of 1970 to a time: a whole number, or a decimal where the time has a fraction.",
	Params: []Param{required("time", "datetime")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Time {
			return null
		}
		ticks := integers('-', args[0].Int(), event.UnixEpoch)
		switch {
		case ticks.IsNull():
			return null
		case ticks.Int()%event.TicksPerSecond == 0:
			return whole(ticks.Int() / event.TicksPerSecond)
		}
		return seconds(ticks.Int())
	},
	Examples: []Example{example(whole(1709615167), instant("2024-03-05T05:06:07Z")), example(decimal("1709615167.5"), instant("2024-03-05T05:06:07.5Z"))},
})

// seconds writes ticks as a decimal.
func seconds(ticks int64) event.Value {
	sign, n := "", uint64(ticks)
	if ticks < 0 {
		sign, n = "-", -n
	}
	rest := strconv.FormatUint(n%event.TicksPerSecond+event.TicksPerSecond, 10) // a digit more than the fraction has
	return event.DecimalValue(sign + strconv.FormatUint(n/event.TicksPerSecond, 10) + "." + strings.TrimRight(rest[1:], "0"))
}

var _ = define(Func{
	Name: "make_time", Doc: "The time of a year, month and day, and of an hour, minute and second, 0 if not given; Null where there is none such.",
	Params: []Param{required("year", "long"), required("month", "long"), required("day", "long"), optional("hour", "long"), optional("minute", "long"), optional("second", "any")},
	Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		parts := [5]int64{}
		for i := range parts {
			n, ok := integerAt(args, i, 0)
			if !ok || n < 0 || n > 9999 {
				return null
			}
			parts[i] = n
		}
		second := 0.0
		if len(args) > 5 {
			if second = args[5].Float(); !isNumber(args[5]) || !(second >= 0 && second < 60) {
				return null
			}
		}
		t := time.Date(int(parts[0]), time.Month(parts[1]), int(parts[2]), int(parts[3]), int(parts[4]), 0, 0, time.UTC)
		if parts[0] < 1 || int64(t.Month()) != parts[1] || int64(t.Day()) != parts[2] || int64(t.Hour()) != parts[3] || int64(t.Minute()) != parts[4] {
			return null
		}
		return event.TimeValue(event.TicksOf(t) + int64(math.Round(second*event.TicksPerSecond)))
	},
	Examples: []Example{
		example(instant("2024-02-29"), whole(2024), whole(2), whole(29)), example(null, whole(2023), whole(2), whole(29)),
		example(instant("2024-01-02T03:04:05.5Z"), whole(2024), whole(1), whole(2), whole(3), whole(4), float(5.5)),
	},
})

// parts are the parts of a time that can be asked for, in UTC.
var parts = map[string]func(t time.Time) int64{
	"year":        func(t time.Time) int64 { return int64(t.Year()) },
	"quarter":     func(t time.Time) int64 { return int64(t.Month()-1)/3 + 1 },
	"month":       func(t time.Time) int64 { return int64(t.Month()) },
	"week":        func(t time.Time) int64 { _, week := t.ISOWeek(); return int64(week) },
	"week_year":   func(t time.Time) int64 { year, _ := t.ISOWeek(); return int64(year) },
	"day":         func(t time.Time) int64 { return int64(t.Day()) },
	"day_of_year": func(t time.Time) int64 { return int64(t.YearDay()) },
	"weekday":     func(t time.Time) int64 { return int64(t.Weekday()) },
	"hour":        func(t time.Time) int64 { return int64(t.Hour()) },
	"minute":      func(t time.Time) int64 { return int64(t.Minute()) },
	"second":      func(t time.Time) int64 { return int64(t.Second()) },
	"millisecond": func(t time.Time) int64 { return int64(t.Nanosecond() / 1e6) },
	"microsecond": func(t time.Time) int64 { return int64(t.Nanosecond() / 1e3) },
	"nanosecond":  func(t time.Time) int64 { return int64(t.Nanosecond()) },
}

const partNames = "year, quarter, month, week (ISO), week_year, day, day_of_year, weekday (Sunday is 0), hour, minute, second, millisecond, microsecond or nanosecond"

var _ = define(Func{
	Name: "datetime_part", Doc: "A part of a time, in UTC: " + partNames + "; Null for another part.",
	Params: []Param{required("part", "string"), required("time", "datetime")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		part := parts[args[0].Text()]
		if part == nil || args[1].Kind() != event.Time {
			return null
		}
		return whole(part(event.TimeOf(args[1].Int())))
	},
	Examples: []Example{
		example(whole(5), text("hour"), instant("2024-03-05T05:06:07Z")), example(whole(10), text("week"), instant("2024-03-10T23:00:00Z")),
		example(whole(0), text("weekday"), instant("2024-03-10T23:00:00Z")), example(null, text("fortnight"), instant("2024-03-05")),
	},
})

var _ = define(Func{
	Name: "time_part", Doc: "A part of the date and time that stand in a text, as written there, whatever zone it names: " + partNames + "; Null where the text is no date.",
	Params: []Param{required("part", "string"), required("text", "any")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		part := parts[args[0].Text()]
		if part == nil {
			return null
		}
		switch v := args[1]; v.Kind() {
		case event.Time:
			return whole(part(event.TimeOf(v.Int())))
		case event.Text:
			if ticks, ok := clockOf(v.Text()); ok {
				return whole(part(event.TimeOf(ticks)))
			}
		}
		return null
	},
	Examples: []Example{
		example(whole(5), text("hour"), text("2024-03-05T05:00:00+02:00")), example(whole(6), text("minute"), text("2024-03-05 05:06:07.123")),
		example(whole(10), text("week"), text("2024-03-05")), example(null, text("hour"), text("05:06")),
	},
})

// clockOf reads the date and time of a text without the zone that may follow them.
func clockOf(s string) (int64, bool) {
	if _, _, ok := event.ParseTime(s); !ok {
		return 0, false
	}
	s = strings.TrimSpace(s)
	if i := strings.LastIndexAny(s, "+-"); i > 10 {
		s = s[:i]
	}
	s = strings.TrimRight(strings.TrimSuffix(s, "UTC"), "Zz ")
	ticks, _, ok := event.ParseTime(s)
	return ticks, ok
}

var _ = define(Func{
	Name: "bin", Doc: "The greatest multiple of a size that is not greater than a value: a number, a time counted from year 1, or a duration; Null where the size is not positive or of another kind.",
	Params: []Param{required("value", "any"), required("size", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value { return binAt(args[0], args[1], zeroOf(args[0])) },
	Examples: []Example{
		example(whole(15), whole(17), whole(5)), example(whole(-5), whole(-1), whole(5)), example(float(1.5), float(1.7), float(0.5)),
		example(instant("2024-03-05T05:05:00Z"), instant("2024-03-05T05:06:07Z"), span("00:05:00")), example(null, whole(1), whole(0)),
	},
})

var _ = define(Func{
	Name: "bin_at", Doc: "The greatest value that is whole sizes away from a fixed point and not greater than a value.",
	Params: []Param{required("value", "any"), required("size", "any"), required("point", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value { return binAt(args[0], args[1], args[2]) },
	Examples: []Example{
		example(whole(12), whole(16), whole(5), whole(2)),
		example(instant("2024-03-04T12:00:00Z"), instant("2024-03-05T05:06:07Z"), span("1.00:00:00"), instant("2017-01-01T12:00:00Z")),
	},
})

func zeroOf(v event.Value) event.Value {
	switch v.Kind() {
	case event.Time:
		return event.TimeValue(0)
	case event.Duration:
		return event.DurationValue(0)
	}
	return whole(0)
}

func binAt(v, size, point event.Value) event.Value {
	if v.Kind() == event.Int && size.Kind() == event.Int && point.Kind() == event.Int || v.Kind() == event.Time && point.Kind() == event.Time && size.Kind() == event.Duration ||
		v.Kind() == event.Duration && point.Kind() == event.Duration && size.Kind() == event.Duration {
		step := size.Int()
		distance := integers('-', v.Int(), point.Int())
		if step <= 0 || distance.IsNull() {
			return null
		}
		rest := distance.Int() % step
		if rest < 0 {
			rest += step
		}
		binned := integers('-', v.Int(), rest)
		switch {
		case binned.IsNull():
			return null
		case v.Kind() == event.Time:
			return event.TimeValue(binned.Int())
		case v.Kind() == event.Duration:
			return event.DurationValue(binned.Int())
		}
		return binned
	}
	if !isNumber(v) || !isNumber(size) || !isNumber(point) {
		return null
	}
	if v.Kind() != event.Float && size.Kind() != event.Float && point.Kind() != event.Float {
		if order, _ := compareNumbers(size, whole(0)); order <= 0 {
			return null
		}
		distance := decimals('-', v, point)
		rest := decimals('%', distance, size)
		if order, ok := Compare(rest, whole(0)); ok && order < 0 {
			rest = decimals('+', rest, size)
		}
		return decimals('-', v, rest)
	}
	step, from := size.Float(), point.Float()
	if !(step > 0) {
		return null
	}
	return float(from + math.Floor((v.Float()-from)/step)*step)
}
