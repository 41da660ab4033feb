package fn

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // so that zones do not depend on the machine

	"goshawk/event"
)

var _ = define(Func{
	Name: "kql_make_datetime", Doc: "The time of a year, month and day, and of an hour, minute and second, 0 if not given, cut to ticks; Null where there is none such.",
	Params: []Param{required("year", "any"), required("month", "any"), required("day", "any"), optional("hour", "any"), optional("minute", "any"), optional("second", "any")},
	Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		clock, ok := kqlClock(args, 3)
		date := [3]int64{}
		for i := range date {
			n := toInt(args[i])
			if !isNumber(args[i]) || n.IsNull() || n.Int() < 1 || n.Int() > 9999 {
				return null
			}
			date[i] = n.Int()
		}
		t := time.Date(int(date[0]), time.Month(date[1]), int(date[2]), 0, 0, 0, 0, time.UTC)
		if !ok || int64(t.Month()) != date[1] || int64(t.Day()) != date[2] {
			return null
		}
		return event.TimeValue(event.TicksOf(t) + clock)
	},
	Examples: []Example{
		example(instant("2017-10-01"), whole(2017), whole(10), whole(1)), example(instant("2017-10-01T12:10:00Z"), whole(2017), whole(10), whole(1), whole(12), whole(10)),
		example(instant("2017-10-01T12:11:00.1234567Z"), whole(2017), whole(10), whole(1), whole(12), whole(11), float(0.1234567)), example(null, whole(2023), whole(2), whole(29)),
		example(null, whole(2023), whole(2), whole(1), whole(24)), example(instant("2017-10-01T00:00:00.1234567Z"), whole(2017), whole(10), whole(1), whole(0), whole(0), float(0.12345678)),
	},
})

// kqlClock adds up an hour below 24, a minute below 60 and a second below 60 with fraction, in ticks.
func kqlClock(args []event.Value, at int) (int64, bool) {
	total := int64(0)
	for i, most := range []float64{24, 60, 60} {
		if at+i >= len(args) {
			break
		}
		f := args[at+i].Float()
		if !isNumber(args[at+i]) || !(f >= 0 && f < most) {
			return 0, false
		}
		unit := []float64{3600, 60, 1}[i] * event.TicksPerSecond
		if i < 2 {
			f = math.Trunc(f)
		}
		total += int64(math.Floor(f*unit + 1e-3)) // a fraction such as 0.1234567 may lie just below its tick
	}
	return total, true
}

var _ = define(Func{
	Name: "kql_make_timespan", Doc: "The span of time of days, hours, minutes and seconds; Null where an hour is not below 24 or a minute or second not below 60.",
	Params: []Param{required("days", "any"), required("hours", "any"), required("minutes", "any"), required("seconds", "any")}, Result: "timespan", Strict: true,
	Eval: func(args []event.Value) event.Value {
		clock, ok := kqlClock(args, 1)
		days := toInt(args[0])
		if !ok || !isNumber(args[0]) || days.IsNull() || days.Int() < 0 || days.Int() > math.MaxInt64/event.TicksPerDay-1 {
			return null
		}
		return event.DurationValue(days.Int()*event.TicksPerDay + clock)
	},
	Examples: []Example{example(span("1.12:30:55.123"), whole(1), whole(12), whole(30), float(55.123)), example(null, whole(0), whole(24), whole(0), whole(0))},
})

var _ = define(Func{
	Name: "kql_unixtime", Doc: "The time so many units after 1970 began, a unit being second, millisecond, microsecond or nanosecond; Null before year 1, after year 9999 and for another unit.",
	Params: []Param{required("unit", "string"), required("count", "any")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n := args[1]
		if !isNumber(n) {
			return null
		}
		var moved event.Value
		switch unit := args[0].Text(); unit {
		case "second", "millisecond", "microsecond":
			if moved = Arithmetic('*', n, whole(fixed[unit])); n.Kind() == event.Float {
				moved = toInt(float(math.Round(moved.Float())))
			}
		case "nanosecond":
			moved = Arithmetic('\\', n, whole(100))
		}
		ticks := toInt(Arithmetic('+', moved, whole(event.UnixEpoch)))
		if ticks.IsNull() || ticks.Int() < 0 || ticks.Int() > lastTick {
			return null
		}
		return event.TimeValue(ticks.Int())
	},
	Examples: []Example{
		example(instant("2019-01-07T21:45:31Z"), text("second"), whole(1546897531)), example(instant("2019-01-01"), text("millisecond"), whole(1546300800000)), example(instant("2019-01-01"), text("microsecond"), whole(1546300800000000)),
		example(instant("2019-01-01T00:00:00.1234567Z"), text("nanosecond"), whole(1546300800123456789)), example(instant("2019-01-01T00:00:00.5Z"), text("second"), float(1546300800.5)),
		example(null, text("second"), whole(1546300800000)), example(null, text("eon"), whole(1)),
	},
})

// Time zones, by their names in the database of time zones.

var kqlLocations sync.Map // name → *time.Location; nil where there is none

func kqlLocation(name string) *time.Location {
	if l, ok := kqlLocations.Load(name); ok {
		return l.(*time.Location)
	}
	var location *time.Location
	if name != "" && name != "Local" { // the zone of the machine is no zone
		location, _ = time.LoadLocation(name)
	}
	if location != nil { // there are not many; names that are none could be
		kqlLocations.Store(name, location)
	}
	return location
}

// kqlOffset returns how far a zone is before UTC at an instant, in ticks.
func kqlOffset(location *time.Location, ticks int64) int64 {
	_, offset := event.TimeOf(ticks).In(location).Zone()
	return int64(offset) * event.TicksPerSecond
}

func kqlZoned(name, doc string, convert func(location *time.Location, ticks int64) int64, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("time", "datetime"), required("zone", "string")}, Result: "datetime", Strict: true,
		Eval: func(args []event.Value) event.Value {
			location := kqlLocation(args[1].Text())
			t := args[0].Int()
			if location == nil || args[0].Kind() != event.Time || t < event.TicksPerDay || t > lastTick-event.TicksPerDay {
				return null
			}
			return event.TimeValue(convert(location, t))
		},
		Examples: examples,
	})
}

var (
	_ = kqlZoned("kql_utc_to_local", "The time of day and date that clocks in a time zone show at an instant; Null for a zone that is none.",
		func(location *time.Location, ticks int64) int64 { return ticks + kqlOffset(location, ticks) },
		example(instant("2022-03-27T01:00:00Z"), instant("2022-03-27T00:00:00Z"), text("Europe/Brussels")), example(instant("2022-03-27T03:00:00Z"), instant("2022-03-27T01:00:00Z"), text("Europe/Brussels")),
		example(null, instant("2022-03-27"), text("Atlantis/Poseidonis")))
	_ = kqlZoned("kql_local_to_utc", "The instant at which clocks in a time zone show a date and time of day; a time that they skip counts as if they had been put forward already; Null for a zone that is none.",
		func(location *time.Location, ticks int64) int64 {
			before := kqlOffset(location, ticks-event.TicksPerDay)
			if kqlOffset(location, ticks-before) == before {
				return ticks - before
			}
			return ticks - kqlOffset(location, ticks+event.TicksPerDay)
		},
		example(instant("2020-02-03T04:02:20Z"), instant("2020-02-02T20:02:20Z"), text("US/Pacific")), example(instant("2020-02-03T02:02:20Z"), instant("2020-02-02T20:02:20Z"), text("America/Chicago")),
		example(instant("2020-02-02T19:02:20Z"), instant("2020-02-02T20:02:20Z"), text("Europe/Paris")), example(instant("2022-03-27T00:00:00Z"), instant("2022-03-27T01:00:00Z"), text("Europe/Brussels")),
		example(instant("2022-03-27T00:00:00Z"), instant("2022-03-27T02:00:00Z"), text("Europe/Brussels")), example(instant("2022-03-27T02:00:00Z"), instant("2022-03-27T04:00:00Z"), text("Europe/Brussels")))
)

// kqlFormat writes a text in which runs of letters stand for parts of a time; all other characters stand for themselves.
func kqlFormat(format string, part func(dst []byte, letter byte, count int) (_ []byte, ok bool)) string {
	var out []byte
	for i := 0; i < len(format); {
		c := format[i]
		j := i + 1
		for j < len(format) && format[j] == c {
			j++
		}
		next, ok := part(out, c, j-i)
		if out = next; !ok {
			out = append(out, format[i:j]...)
		}
		i = j
	}
	return string(out)
}

// padded adds a number of at least so many digits.
func padded(dst []byte, n int64, width int) []byte {
	s := strconv.FormatInt(n, 10)
	return append(append(dst, strings.Repeat("0", max(width-len(s), 0))...), s...)
}

// kqlFraction adds the first digits of a fraction of a second; with trim without zeros at its end.
func kqlFraction(dst []byte, ticks int64, count int, trim bool) []byte {
	s := strconv.FormatInt(ticks%event.TicksPerSecond+event.TicksPerSecond, 10)[1:]
	s = s[:min(count, len(s))]
	if trim {
		s = strings.TrimRight(s, "0")
	}
	return append(dst, s...)
}

var _ = define(Func{
	Name: "kql_format_datetime", Doc: "A time, in UTC, as a format of y, M, d, h (of 12), H, m, s, f and F (fraction, F without zeros at the end) and tt says; empty of null.",
	Params: []Param{required("time", "datetime"), required("format", "string")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Time || args[0].Int() < 0 {
			return empty
		}
		t := event.TimeOf(args[0].Int())
		return text(kqlFormat(args[1].Text(), func(dst []byte, letter byte, count int) ([]byte, bool) {
			switch letter {
			case 'y':
				if count <= 2 {
					return padded(dst, int64(t.Year()%100), count), true
				}
				return padded(dst, int64(t.Year()), count), true
			case 'M':
				return padded(dst, int64(t.Month()), min(count, 2)), true
			case 'd':
				return padded(dst, int64(t.Day()), min(count, 2)), true
			case 'H':
				return padded(dst, int64(t.Hour()), min(count, 2)), true
			case 'h':
				return padded(dst, int64((t.Hour()+11)%12+1), min(count, 2)), true
			case 'm':
				return padded(dst, int64(t.Minute()), min(count, 2)), true
			case 's':
				return padded(dst, int64(t.Second()), min(count, 2)), true
			case 'f', 'F':
				return kqlFraction(dst, args[0].Int(), count, letter == 'F'), true
			case 't':
				return append(dst, t.Format("PM")[:min(count, 2)]...), true
			}
			return dst, false
		}))
	},
	Examples: []Example{
		example(text("17-01-29 [09:00:05]"), instant("2017-01-29T09:00:05Z"), text("yy-MM-dd [HH:mm:ss]")), example(text("2017-1-29 [9:00:05]"), instant("2017-01-29T09:00:05Z"), text("yyyy-M-dd [H:mm:ss]")),
		example(text("17-01-29 [09:00:05 AM]"), instant("2017-01-29T09:00:05Z"), text("yy-MM-dd [hh:mm:ss tt]")), example(text("09:00 PM"), instant("2017-01-29T21:00:05Z"), text("hh:mm tt")),
		example(text("09:00:05.678"), instant("2017-01-29T09:00:05.678Z"), text("HH:mm:ss.fff")), example(text("61 617 09"), instant("2009-06-15T13:45:30.617Z"), text("ff FFFF yy")), example(empty, null, text("yyyy")),
		example(text("9 45 12"), instant("2009-06-15T00:45:30Z"), text("y m h")), example(empty, instant("2009-06-15"), text("FFF")),
	},
})

var _ = define(Func{
	Name: "kql_format_timespan", Doc: "A span of time as a format of d (whole days), h or H, m, s, f and F (fraction, F without zeros at the end) says, a minus before a negative one; empty of null.",
	Params: []Param{required("span", "timespan"), required("format", "string")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Duration || args[0].Int() == math.MinInt64 {
			return empty
		}
		ticks, sign := args[0].Int(), ""
		if ticks < 0 {
			ticks, sign = -ticks, "-"
		}
		return text(sign + kqlFormat(args[1].Text(), func(dst []byte, letter byte, count int) ([]byte, bool) {
			switch letter {
			case 'd':
				return padded(dst, ticks/event.TicksPerDay, count), true
			case 'h', 'H':
				return padded(dst, ticks/(3600*event.TicksPerSecond)%24, min(count, 2)), true
			case 'm':
				return padded(dst, ticks/(60*event.TicksPerSecond)%60, min(count, 2)), true
			case 's':
				return padded(dst, ticks/event.TicksPerSecond%60, min(count, 2)), true
			case 'f', 'F':
				return kqlFraction(dst, ticks, count, letter == 'F'), true
			}
			return dst, false
		}))
	},
	Examples: []Example{
		example(text("29.09:00:05:12"), span("29.09:00:05.12345"), text("dd.hh:mm:ss:FF")), example(text("029.9:00:05 [1234500]"), span("29.09:00:05.12345"), text("ddd.h:mm:ss [fffffff]")),
		example(text("1:02:03"), span("01:02:03"), text("h:mm:ss")), example(empty, null, text("h")),
	},
})
