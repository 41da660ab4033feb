package fn

import (
	"math"
	"strconv"
	"strings"
	atomics "sync/atomic"
	"time"

	"goshawk/event"
)

// The bins of bin, chart and timechart: spans of time, spans of numbers, and sizes that are found from the values.

var binUnits = map[string]time.Duration{
	"us": time.Microsecond, "ms": time.Millisecond, "cs": 10 * time.Millisecond, "ds": 100 * time.Millisecond,
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

var binMonths = map[string]int{"mon": 1, "q": 3, "y": 12}

// timeBins are the bins of a span of time such as 5m, 1mon or 1w@w1.
type timeBins struct {
	length time.Duration // 0 for months
	months int
	from   time.Time // the beginning of one of them
}

// readTimeBins reads a span of time.
func readTimeBins(span string) (timeBins, bool) {
	span, snap, snaps := strings.Cut(span, "@")
	digits := leading(span, "0123456789")
	unit := span[len(digits):]
	if known, ok := relativeUnits[strings.ToLower(unit)]; ok {
		unit = known
	}
	n := 1
	if digits != "" {
		var err error
		if n, err = strconv.Atoi(digits); err != nil || n < 1 || n > 1e9 {
			return timeBins{}, false
		}
	}
	bins := timeBins{from: time.Unix(0, 0).UTC()}
	if snaps {
		var ok bool
		if bins.from, ok = relativeTime(time.Unix(366*86400, 0).UTC(), "@"+snap); !ok {
			return timeBins{}, false
		}
	}
	if months := binMonths[unit]; months > 0 {
		bins.months = n * months
		return bins, bins.months < 120_000
	}
	length := binUnits[unit]
	if length == 0 || int64(n) > math.MaxInt64/int64(length)/2 {
		return timeBins{}, false
	}
	bins.length = time.Duration(n) * length
	return bins, true
}

// lastBins are the bins of the last span that was asked for, which is that of the next row, too.
var lastBins atomics.Pointer[struct {
	span  string
	bins  timeBins
	valid bool
}]

// timeBinsOf is readTimeBins.
func timeBinsOf(span string) (timeBins, bool) {
	if last := lastBins.Load(); last != nil && last.span == span {
		return last.bins, last.valid
	}
	bins, valid := readTimeBins(span)
	lastBins.Store(&struct {
		span  string
		bins  timeBins
		valid bool
	}{strings.Clone(span), bins, valid})
	return bins, valid
}

// ValidSpan says whether a text is a span of time that spl_bin_time takes.
func ValidSpan(span string) bool {
	_, ok := readTimeBins(span)
	return ok
}

// start returns the beginning of the bin that a time lies in.
func (b timeBins) start(t time.Time) time.Time {
	if b.months > 0 {
		month := (t.Year()-1970)*12 + int(t.Month()) - 1
		return time.Date(1970, time.Month(month-floorMod(month, b.months)+1), 1, 0, 0, 0, 0, time.UTC)
	}
	// Seconds and the rest apart: nanoseconds since the year 1 would not fit.
	if whole := int64(b.length / time.Second); b.length%time.Second == 0 {
		seconds := t.Unix() - b.from.Unix()
		return time.Unix(b.from.Unix()+seconds-floorMod(seconds, whole), int64(b.from.Nanosecond())).UTC()
	}
	nanos := int64(t.Nanosecond())
	if time.Second%b.length == 0 {
		return time.Unix(t.Unix(), nanos-nanos%int64(b.length)).UTC()
	}
	total := t.UnixNano()
	return time.Unix(0, total-floorMod(total, int64(b.length))).UTC()
}

func floorMod[T int | int64](a, b T) T {
	return (a%b + b) % b
}

var _ = splFunction("spl_bin_time", "The beginning of the span of time, such as 5m, 1d, 1mon or 1w@w1, that a time lies in, in seconds since 1970; spans are counted from 1970, from a snapped time or from another time, which does not move those of days and more; Null for what is no time or span; each of several values.", "any",
	[]Param{required("time", "any"), required("span", "any"), optional("from", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		t, ok := splTime(v)
		bins, valid := timeBinsOf(splText(rest[0]))
		if !ok || !valid {
			return null
		}
		if len(rest) > 1 && bins.months == 0 && bins.length < 24*time.Hour {
			if bins.from, ok = splTime(rest[1]); !ok {
				return null
			}
		}
		return splSeconds(bins.start(t))
	},
	example(whole(1709615100), whole(1709615167), text("5m")), example(whole(1709596800), text("1709615167.25"), text("1d")), example(whole(1709164800), whole(1709615167), text("1w")),
	example(whole(1709424000), whole(1709615167), text("1w@w0")), example(whole(1709251200), whole(1709615167), text("1mon")), example(whole(1704067200), whole(1709615167), text("1q")),
	example(whole(-60), whole(-1), text("1m")), example(float(1709615167.25), float(1709615167.31), text("250ms")), example(whole(1709615107), whole(1709615167), text("2m"), whole(1709614987)),
	example(null, text("x"), text("5m")), example(null, whole(1), text("5 apples")), example(whole(1709614800), whole(1709615167), text("10min")))

var _ = define(Func{
	Name: "spl_bin_log", Doc: "The span that a number is in, as from-to, where the ends are a coefficient times the powers of a base; Null for what is no number above zero.",
	Params: []Param{required("number", "any"), required("base", "any"), required("coefficient", "any")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splFloat(args[0])
		base, sane := splFloat(args[1])
		by, saneToo := splFloat(args[2])
		if !ok || !sane || !saneToo || n <= 0 || base <= 1 || by <= 0 {
			return null
		}
		power := math.Floor(math.Log(n/by) / math.Log(base))
		for by*math.Pow(base, power+1) <= n { // logarithms are not exact
			power++
		}
		for by*math.Pow(base, power) > n {
			power--
		}
		return text(binEdge(by*math.Pow(base, power)) + "-" + binEdge(by*math.Pow(base, power+1)))
	},
	Examples: []Example{
		example(text("10-100"), whole(10), whole(10), whole(1)), example(text("6-12"), text("7"), whole(2), whole(3)), example(null, whole(0), whole(10), whole(1)), example(text("0.1-1"), float(0.5), whole(10), whole(1)),
		example(null, text("x"), whole(10), whole(1)),
	},
})

// binEdge writes the end of a bin, without what doubles add behind their fifteenth digit.
func binEdge(f float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	if err != nil {
		rounded = f
	}
	return splText(splDouble(rounded))
}

var _ = define(Func{
	Name: "spl_bin_range", Doc: "The bin of a size that a number is in, as from-to, counted from zero; Null where either is no number or the size is not positive.",
	Params: []Param{required("number", "any"), required("size", "any")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := splFloat(args[0])
		size, sized := splFloat(args[1])
		if !ok || !sized || size <= 0 {
			return null
		}
		place := math.Floor(n / size)
		switch { // quotients are not exact
		case edge(place+1, size) <= n:
			place++
		case edge(place, size) > n:
			place--
		}
		return text(binEdge(edge(place, size)) + "-" + binEdge(edge(place+1, size)))
	},
	Examples: []Example{
		example(text("10-20"), whole(13), text("10")), example(text("0.3-0.4"), float(0.3), float(0.1)), example(text("-5-0"), whole(-1), whole(5)), example(null, text("x"), whole(1)), example(null, whole(1), whole(0)),
	},
})

func edge(place, size float64) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(place*size, 'g', 15, 64), 64)
	if err != nil {
		return place * size
	}
	return f
}

var _ = define(Func{
	Name: "spl_bin_size", Doc: "The size of bins for numbers from a least to a greatest: the least power of ten of which so many bins suffice, not less than a least size if one is given; Null where there is none.",
	Params: []Param{required("least", "any"), required("greatest", "any"), required("bins", "any"), optional("least_size", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		least, ok := splFloat(args[0])
		greatest, sane := splFloat(args[1])
		bins, count := splFloat(args[2])
		if !ok || !sane || !count || bins < 1 || greatest < least {
			return null
		}
		wanted := (greatest - least) / bins
		if len(args) > 3 {
			size, ok := splFloat(args[3])
			if !ok {
				return null
			}
			wanted = math.Max(wanted, size)
		}
		if wanted <= 0 {
			return whole(1)
		}
		power := math.Ceil(math.Log10(wanted))
		for math.Pow(10, power-1) >= wanted {
			power--
		}
		for math.Pow(10, power) < wanted {
			power++
		}
		return splDouble(math.Pow(10, power))
	},
	Examples: []Example{
		example(whole(1), whole(0), whole(24), whole(24)), example(whole(10), whole(0), whole(24), whole(12)), example(whole(100), whole(0), whole(60), whole(5)), example(float(0.1), whole(0), whole(1), whole(10)),
		example(whole(1), whole(3), whole(3), whole(10)), example(null, text("x"), whole(3), whole(10)), example(whole(100), whole(0), whole(24), whole(24), whole(50)),
	},
})

// binSpans are the spans of time that are chosen from, with their lengths in seconds.
var binSpans = []struct {
	span   string
	length float64
}{
	{"1s", 1}, {"5s", 5}, {"10s", 10}, {"30s", 30}, {"1m", 60}, {"5m", 300}, {"10m", 600}, {"30m", 1800}, {"1h", 3600}, {"1d", 86400}, {"1mon", 30 * 86400},
}

var _ = define(Func{
	Name: "spl_bin_span", Doc: "The span of bins for times from a first to a last: the shortest of 1s, 5s, 10s, 30s, 1m, 5m, 10m, 30m, 1h, 1d and 1mon of which so many suffice, not shorter than a shortest if one is given; Null where there is none.",
	Params: []Param{required("first", "any"), required("last", "any"), required("bins", "any"), optional("shortest", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		first, ok := splFloat(args[0])
		last, sane := splFloat(args[1])
		bins, count := splFloat(args[2])
		if !ok || !sane || !count || bins < 1 || last < first {
			return null
		}
		shortest := 0.0
		if len(args) > 3 {
			least, ok := readTimeBins(splText(args[3]))
			if !ok {
				return null
			}
			shortest = least.length.Seconds() + float64(least.months)*30*86400
		}
		for _, s := range binSpans {
			if s.length >= (last-first)/bins && s.length >= shortest {
				return text(s.span)
			}
		}
		return text("1mon")
	},
	Examples: []Example{
		example(text("10s"), whole(0), whole(900), whole(100)), example(text("1m"), whole(0), whole(3600), whole(100)), example(text("30m"), whole(0), whole(86400), whole(100)), example(text("1d"), whole(0), whole(7*86400), whole(100)),
		example(text("1mon"), whole(0), whole(366*86400), whole(100)), example(text("1h"), whole(0), whole(10), whole(100), text("45m")), example(null, text("x"), whole(1), whole(1)),
	},
})
