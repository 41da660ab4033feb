package fn

import (
	"math"
	"strings"

	"goshawk/event"
)

// ParseDuration reads a duration as event.AppendDuration writes it, in ticks: [-][d.]hh:mm:ss[.fffffff]. More than seven
// fraction digits are cut.
func ParseDuration(text string) (ticks int64, ok bool) {
	text = strings.TrimSpace(text)
	body, negative := strings.CutPrefix(text, "-")
	clock, fraction := body, ""
	days, rest, hasDays := strings.Cut(body, ".")
	if hasDays && !strings.Contains(days, ":") {
		clock = rest
	} else {
		days = "0"
	}
	clock, fraction, hasFraction := strings.Cut(clock, ".")
	parts := strings.Split(clock, ":")
	if len(parts) != 3 || hasFraction && fraction == "" {
		return 0, false
	}
	total := uint64(0)
	for i, part := range append([]string{days}, parts...) {
		n, ok := digits(part)
		if !ok || i == 1 && n > 23 || i > 1 && n > 59 {
			return 0, false
		}
		unit := [...]uint64{event.TicksPerDay, 3600 * event.TicksPerSecond, 60 * event.TicksPerSecond, event.TicksPerSecond}[i]
		if n > math.MaxUint64/2/unit {
			return 0, false
		}
		total += n * unit
	}
	scale := uint64(event.TicksPerSecond)
	for _, c := range []byte(fraction) {
		if c < '0' || c > '9' {
			return 0, false
		}
		scale /= 10
		total += uint64(c-'0') * scale
	}
	switch {
	case negative && total <= 1<<63:
		return int64(-total), true
	case negative || total > math.MaxInt64:
		return 0, false
	}
	return int64(total), true
}

// digits reads a short row of decimal digits.
func digits(text string) (uint64, bool) {
	if text == "" || len(text) > 18 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}

var _ = define(Func{
	Name: "parse_duration", Doc: "The duration that a text spells as [-][d.]hh:mm:ss[.fffffff]; a duration as it is; Null for anything else.",
	Params: []Param{required("text", "any")}, Result: "timespan", Strict: true,
	Eval: func(args []event.Value) event.Value {
		switch args[0].Kind() {
		case event.Duration:
			return args[0]
		case event.Text:
			if ticks, ok := ParseDuration(args[0].Text()); ok {
				return event.DurationValue(ticks)
			}
		}
		return null
	},
	Examples: []Example{example(span("1.02:03:04.5"), text("1.02:03:04.5000000")), example(null, text("5m"))},
})

var _ = define(Func{
	Name: "duration", Doc: "So many units as a duration, cut to ticks; a unit is week, day, hour, minute, second, millisecond, microsecond or tick.",
	Params: []Param{required("count", "any"), required("unit", "string")}, Result: "timespan", Strict: true,
	Eval: func(args []event.Value) event.Value {
		size, ok := fixed[args[1].Text()]
		if args[1].Text() == "tick" {
			size, ok = 1, true
		}
		n, number := number1(args[0])
		if !ok || !number {
			return null
		}
		return times('*', event.DurationValue(size), n)
	},
	Examples: []Example{example(span("01:30:00"), float(1.5), text("hour")), example(span("00:00:05"), text("5"), text("second")), example(null, whole(1), text("eon"))},
})

var _ = define(Func{
	Name: "duration_in", Doc: "A duration as a number of units, with fraction; a unit is week, day, hour, minute, second, millisecond, microsecond or tick.",
	Params: []Param{required("duration", "timespan"), required("unit", "string")}, Result: "real", Strict: true,
	Eval: func(args []event.Value) event.Value {
		size, ok := fixed[args[1].Text()]
		if args[1].Text() == "tick" {
			size, ok = 1, true
		}
		if !ok || args[0].Kind() != event.Duration {
			return null
		}
		return float(float64(args[0].Int()) / float64(size))
	},
	Examples: []Example{example(float(1.5), span("01:30:00"), text("hour")), example(null, whole(1), text("hour"))},
})
