package fn

import (
	"math"
	"strings"
	"time"

	"goshawk/event"
)

// Times and spans of time as texts spell them for Kusto. ISO 8601 comes first; then the forms of RFC 822 and RFC 850, and
// dates of numbers alone, in which the month stands before the day (12-02-2022 is the second of December), all observed on
// the engine.

// ParseKQLTime reads a datetime, in ticks.
func ParseKQLTime(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if ticks, _, ok := event.ParseTime(s); ok {
		return ticks, ticks >= 0 && ticks <= lastTick
	}
	r := kqlTimeReader{tokens: kqlTimeTokens(s)}
	return r.read()
}

// kqlTimeTokens cuts a text into runs of digits, runs of letters and single other characters, of blanks one.
func kqlTimeTokens(s string) []string {
	var tokens []string
	for i := 0; i < len(s); {
		class := kqlTimeClass(s[i])
		j := i + 1
		for j < len(s) && class != 0 && kqlTimeClass(s[j]) == class {
			j++
		}
		if class == ' ' {
			tokens = append(tokens, " ")
		} else {
			tokens = append(tokens, s[i:j])
		}
		i = j
	}
	return tokens
}

func kqlTimeClass(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return '0'
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80:
		return 'a'
	case c == ' ' || c == '\t':
		return ' '
	}
	return 0
}

type kqlTimeReader struct {
	tokens []string
}

func (r *kqlTimeReader) peek() string {
	if len(r.tokens) == 0 {
		return ""
	}
	return r.tokens[0]
}

// take reads one of the tokens that may come next.
func (r *kqlTimeReader) take(any ...string) bool {
	for _, t := range any {
		if r.peek() == t && t != "" {
			r.tokens = r.tokens[1:]
			return true
		}
	}
	return false
}

// number reads a number of some digits.
func (r *kqlTimeReader) number(least, most int) (int, bool) {
	t := r.peek()
	if len(t) < least || len(t) > most || kqlTimeClass(t[0]) != '0' {
		return 0, false
	}
	r.tokens = r.tokens[1:]
	n, _ := digits(t)
	return int(n), true
}

// name reads one of names of which the first letters are enough; the whole word must be a beginning of the long name.
func (r *kqlTimeReader) name(names []string) (int, bool) {
	t := strings.ToLower(r.peek())
	if len(t) < 3 {
		return 0, false
	}
	for i, n := range names {
		if t == n[:3] || t == n || t == "sept" && n == "september" {
			r.tokens = r.tokens[1:]
			return i, true
		}
	}
	return 0, false
}

var (
	kqlMonths   = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	kqlWeekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	// kqlZones are the zones that RFC 822 names, in hours.
	kqlZones = map[string]int{"z": 0, "gmt": 0, "utc": 0, "ut": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
)

func (r *kqlTimeReader) read() (int64, bool) {
	if _, ok := r.name(kqlWeekdays); ok {
		r.take(",")
		r.take(" ")
	}
	year, month, day, ok := r.date()
	if !ok {
		return 0, false
	}
	clock, ok := r.clock()
	if !ok || month < 1 || month > 12 || year < 1 || year > 9999 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day {
		return 0, false
	}
	ticks := event.TicksOf(t) + clock
	return ticks, ticks >= 0 && ticks <= lastTick
}

func (r *kqlTimeReader) date() (year, month, day int, ok bool) {
	if len(r.peek()) == 8 { // 20221202
		n, ok := r.number(8, 8)
		return n / 10000, n / 100 % 100, n % 100, ok
	}
	if m, isName := r.name(kqlMonths); isName { // Dec 2, 2022
		r.take(" ", ".")
		r.take(" ")
		day, ok1 := r.number(1, 2)
		r.take(",")
		r.take(" ")
		year, ok2 := r.number(4, 4)
		return year, m + 1, day, ok1 && ok2
	}
	if len(r.peek()) == 4 { // 2022-1-5
		year, ok1 := r.number(4, 4)
		separator := r.peek()
		okS := r.take("-", "/", ".")
		month, ok2 := r.number(1, 2)
		okT := r.take(separator)
		day, ok3 := r.number(1, 2)
		return year, month, day, ok1 && okS && ok2 && okT && ok3
	}
	first, ok1 := r.number(1, 2)
	separator := r.peek()
	if !ok1 || !r.take("-", "/", ".", " ") {
		return 0, 0, 0, false
	}
	if m, isName := r.name(kqlMonths); isName { // 2 Dec 2022, 02-Dec-22
		if !r.take(separator) {
			return 0, 0, 0, false
		}
		year, ok := r.year()
		return year, m + 1, first, ok
	}
	if separator == " " {
		return 0, 0, 0, false
	}
	second, ok2 := r.number(1, 2) // 12-02-2022
	if !ok2 || !r.take(separator) {
		return 0, 0, 0, false
	}
	year, ok = r.year()
	return year, first, second, ok
}

// year reads a year of four digits, or of two, from 1950 to 2049.
func (r *kqlTimeReader) year() (int, bool) {
	width := len(r.peek())
	n, ok := r.number(2, 4)
	switch {
	case width == 2 && n < 50:
		return n + 2000, ok
	case width == 2:
		return n + 1900, ok
	}
	return n, ok && width == 4
}

// clock reads what may follow a date: a time of day, AM or PM, a zone. It gives the ticks to add to the date.
func (r *kqlTimeReader) clock() (int64, bool) {
	if len(r.tokens) == 0 {
		return 0, true
	}
	if !r.take("T", "t", " ") {
		return 0, false
	}
	hour, ok1 := r.number(1, 2)
	if !ok1 || !r.take(":") {
		return 0, false
	}
	minute, ok2 := r.number(1, 2)
	second, fraction := 0, int64(0)
	if r.take(":") {
		var ok bool
		if second, ok = r.number(1, 2); !ok {
			return 0, false
		}
		if r.take(".") {
			t := r.peek()
			if t == "" || kqlTimeClass(t[0]) != '0' {
				return 0, false
			}
			r.tokens = r.tokens[1:]
			scale := int64(event.TicksPerSecond)
			for _, c := range []byte(t) {
				scale /= 10
				fraction += int64(c-'0') * scale
			}
		}
	}
	r.take(" ")
	switch half := strings.ToUpper(r.peek()); {
	case half != "AM" && half != "PM":
	case hour < 1 || hour > 12:
		return 0, false
	default:
		r.tokens = r.tokens[1:]
		if hour %= 12; half == "PM" {
			hour += 12
		}
		r.take(" ")
	}
	offset, ok3 := r.zone()
	if !ok2 || !ok3 || len(r.tokens) > 0 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	return int64(hour*3600+minute*60+second-offset)*event.TicksPerSecond + fraction, true
}

// zone reads how many seconds a zone is before UTC.
func (r *kqlTimeReader) zone() (int, bool) {
	sign := 1
	switch {
	case len(r.tokens) == 0:
		return 0, true
	case r.take("-"):
		sign = -1
	case r.take("+"):
	default:
		hours, ok := kqlZones[strings.ToLower(r.peek())]
		r.tokens = r.tokens[1:]
		return hours * 3600, ok
	}
	if len(r.peek()) == 4 {
		n, ok := r.number(4, 4)
		return sign * (n/100*3600 + n%100*60), ok
	}
	hours, ok := r.number(1, 2)
	minutes := 0
	if r.take(":") {
		var okM bool
		minutes, okM = r.number(2, 2)
		ok = ok && okM
	}
	return sign * (hours*3600 + minutes*60), ok
}

var _ = define(Func{
	Name: "kql_todatetime", Doc: "The time that a text spells in ISO 8601, in the forms of RFC 822 or RFC 850 or as month-day-year; a number as ticks since year 1; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		switch v := args[0]; v.Kind() {
		case event.Time:
			return v
		case event.Int:
			if v.Int() >= 0 && v.Int() <= lastTick {
				return event.TimeValue(v.Int())
			}
		case event.Text:
			if ticks, ok := ParseKQLTime(v.Text()); ok {
				return event.TimeValue(ticks)
			}
		}
		return null
	},
	Examples: []Example{
		example(instant("2024-05-06T07:08:09.1234567Z"), text("2024-05-06T07:08:09.1234567Z")), example(instant("2024-05-06T07:08:00Z"), text("2024-05-06 07:08")),
		example(instant("2024-05-06T05:08:09Z"), text("2024-05-06T07:08:09+02:00")), example(instant("2022-12-02"), text("12-02-2022")), example(null, text("13-01-2022")),
		example(null, text("nope")), example(null, empty), example(instant("2022-12-02"), text("12/02/2022")), example(instant("2022-12-02"), text("12.02.2022")),
		example(instant("2022-12-02"), text("2 Dec 2022")), example(instant("2022-12-02"), text("Dec 2, 2022")), example(instant("2022-12-02T13:45:56Z"), text("Fri, 02 Dec 2022 13:45:56 GMT")),
		example(instant("2022-12-02"), text("20221202")), example(instant("2022-12-02T13:45:56Z"), text("12-02-2022 13:45:56")), example(instant("2022-02-03"), text("2/3/2022")),
		example(instant("2014-11-08T15:05:02Z"), text("Saturday, 08-Nov-14 15:05:02 GMT")), example(instant("2014-11-08T15:05:00Z"), text("8 Nov 14 15:05")),
		example(instant("2016-02-17T20:40:01Z"), text("2/17/2016 8:40:01 PM")), example(null, text("x12-02-2022")), example(instant("2014-11-08T15:05:25Z"), text("2014-11-08 15:05:25 GMT")),
		example(instant("0001-01-01"), whole(0)), example(null, whole(-1)),
	},
})

// kqlSpanUnits are the units of Kusto's literals of spans of time, in ticks; a nanosecond is less than one.
var kqlSpanUnits = map[string]float64{
	"d": event.TicksPerDay, "day": event.TicksPerDay, "days": event.TicksPerDay,
	"h": event.TicksPerDay / 24, "hr": event.TicksPerDay / 24, "hrs": event.TicksPerDay / 24, "hour": event.TicksPerDay / 24, "hours": event.TicksPerDay / 24,
	"m": 60 * event.TicksPerSecond, "min": 60 * event.TicksPerSecond, "minute": 60 * event.TicksPerSecond, "minutes": 60 * event.TicksPerSecond,
	"s": event.TicksPerSecond, "sec": event.TicksPerSecond, "second": event.TicksPerSecond, "seconds": event.TicksPerSecond,
	"ms": 1e4, "milli": 1e4, "millis": 1e4, "millisecond": 1e4, "milliseconds": 1e4,
	"micro": 10, "micros": 10, "microsecond": 10, "microseconds": 10,
	"nano": 0.01, "nanos": 0.01, "nanosecond": 0.01, "nanoseconds": 0.01, "tick": 1, "ticks": 1,
}

// ParseKQLSpan reads a span of time, in ticks: [-][d.]hh:mm[:ss[.fffffff]], a number with a unit, or a number alone, which
// counts days.
func ParseKQLSpan(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if ticks, ok := ParseDuration(s); ok {
		return ticks, true
	}
	if strings.Count(s, ":") == 1 {
		return ParseDuration(s + ":00")
	}
	end := strings.LastIndexAny(s, "0123456789.") + 1
	n, ok := event.Number(s[:end])
	unit := strings.TrimSpace(s[end:])
	size := kqlSpanUnits[unit]
	if unit == "" {
		size = event.TicksPerDay
	}
	if !ok || size == 0 {
		return 0, false
	}
	if count, exact := wholeNumber(n); exact && size >= 1 {
		product := integers('*', count, int64(size))
		return product.Int(), !product.IsNull()
	}
	ticks := math.Round(n.Float() * size)
	return int64(ticks), math.Abs(ticks) < 1<<63
}

var _ = define(Func{
	Name: "kql_totimespan", Doc: "The span of time that a text spells as [-][d.]hh:mm:ss[.fffffff], as a number with a unit or as a number of days; a number as ticks; Null for anything else.",
	Params: []Param{required("value", "any")}, Result: "timespan", Strict: true,
	Eval: func(args []event.Value) event.Value {
		switch v := args[0]; v.Kind() {
		case event.Duration:
			return v
		case event.Int:
			return event.DurationValue(v.Int())
		case event.Text:
			if ticks, ok := ParseKQLSpan(v.Text()); ok {
				return event.DurationValue(ticks)
			}
		}
		return null
	},
	Examples: []Example{
		example(span("00:03:00"), text("0.00:03:00")), example(span("1.02:03:04.5"), text("1.02:03:04.5")), example(span("2.00:00:00"), text("2")), example(span("01:30:00"), text("1.5h")),
		example(span("00:05:00"), text("00:05")), example(null, text("soon")), example(span("00:00:00.0000005"), whole(5)), example(null, empty), example(span("-00:30:00"), text("-30m")),
	},
})
