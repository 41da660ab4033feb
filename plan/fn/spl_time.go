package fn

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"goshawk/event"
)

// SPL's times: seconds since 1970 began, whole or with a fraction, as numbers or texts. All clocks here are those of UTC.

// splTime reads a time; it reports false for what is no number or too far off.
func splTime(v event.Value) (time.Time, bool) {
	n, ok := splNumber(v)
	if !ok {
		return time.Time{}, false
	}
	if n.Kind() == event.Int {
		return time.Unix(n.Int(), 0).UTC(), n.Int() >= splFirst && n.Int() <= splLast
	}
	if n.Kind() == event.Float {
		n = event.DecimalValue(n.Text())
	}
	if whole, fraction, ok := plainDecimal(n); ok {
		return time.Unix(whole, nanoseconds(fraction)).UTC(), whole <= splLast
	}
	exact, ok := scaledOf(n)
	if !ok {
		return time.Time{}, false
	}
	nanos := new(big.Int).Mul(exact.n, power(9))
	seconds, rest := new(big.Int).DivMod(nanos.Div(nanos, power(exact.scale)), big.NewInt(1e9), new(big.Int))
	if !seconds.IsInt64() || seconds.Int64() < splFirst || seconds.Int64() > splLast {
		return time.Time{}, false
	}
	return time.Unix(seconds.Int64(), rest.Int64()).UTC(), true
}

const (
	splFirst = -62135596800 // the year 1
	splLast  = 253402300799 // the end of the year 9999
)

// splSeconds returns a time as a number.
func splSeconds(t time.Time) event.Value {
	if t.Nanosecond() == 0 {
		return whole(t.Unix())
	}
	v, _ := event.Number(strings.TrimRight(fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()), "0"))
	if t.Unix() < 0 {
		return splDouble(float64(t.Unix()) + float64(t.Nanosecond())/1e9)
	}
	if v.Kind() == event.Decimal {
		return float(v.Float())
	}
	return v
}

var _ = splFunction("spl_strftime", "A time as text by a format such as %Y-%m-%dT%H:%M:%S.%3N%:z, in UTC; Null for what is no time; each of several values.", "any",
	[]Param{required("time", "any"), required("format", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		t, ok := splTime(v)
		if !ok {
			return null
		}
		return text(splFormat(t, splText(rest[0])))
	},
	example(text("2024-03-05T05:06:07"), whole(1709615167), text("%Y-%m-%dT%H:%M:%S")), example(text("05:06:07.123 .123000 1709615167"), text("1709615167.123"), text("%T.%3N .%6N %s")),
	example(text("Tue Tuesday Mar March 2 2"), whole(1709615167), text("%a %A %b %B %w %u")), example(text("+0000 +00:00 +00:00:00 UTC"), whole(1709615167), text("%z %:z %::z %Z")),
	example(text("065 10 09 10 1 24 20"), whole(1709615167), text("%j %V %U %W %q %y %C")), example(text(" 5  5  5 05 AM am"), whole(1709615167), text("%e %k %l %I %p %P")),
	example(text("Tue Mar  5 05:06:07 2024"), whole(1709615167), text("%c")), example(text("03/05/24 05:06 100%"), whole(1709615167), text("%x %R 100%%")), example(null, text("now"), text("%Y")),
	example(text("123 123456 123456789"), text("1709615167.123456789"), text("%Q %f %N")), example(texts("1970", "2024"), list(whole(0), whole(1709615167)), text("%Y")), example(text("%J"), whole(0), text("%J")))

// splFormat writes a time by a format.
func splFormat(t time.Time, format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		start := i
		i++
		if strings.IndexByte("-_0^#E", format[i]) >= 0 && i+1 < len(format) { // C's ways of writing the same
			i++
		}
		pad := format[i-1]
		width := 0
		if i+1 < len(format) && format[i] >= '1' && format[i] <= '9' {
			width = int(format[i] - '0')
			i++
		}
		colons := 0
		for i+1 < len(format) && format[i] == ':' {
			colons++
			i++
		}
		s, known := splDirective(t, format[i], width, colons)
		switch {
		case !known:
			s = format[start : i+1]
		case pad == '-':
			s = strings.TrimLeft(s[:len(s)-1], "0 ") + s[len(s)-1:]
		case pad == '_':
			trimmed := strings.TrimLeft(s[:len(s)-1], "0")
			s = strings.Repeat(" ", len(s)-1-len(trimmed)) + trimmed + s[len(s)-1:]
		case pad == '^':
			s = strings.ToUpper(s)
		}
		b.WriteString(s)
	}
	return b.String()
}

func splDirective(t time.Time, c byte, width, colons int) (string, bool) {
	switch c {
	case 'N', 'Q', 'f':
		if width == 0 {
			width = map[byte]int{'N': 9, 'Q': 3, 'f': 6}[c]
		}
		return fmt.Sprintf("%09d", t.Nanosecond())[:width], true
	case 'q':
		return strconv.Itoa(int(t.Month()-1)/3 + 1), true
	case 'U':
		return fmt.Sprintf("%02d", (t.YearDay()+6-int(t.Weekday()))/7), true
	case 'W':
		return fmt.Sprintf("%02d", (t.YearDay()+6-(int(t.Weekday())+6)%7)/7), true
	case 'C':
		return fmt.Sprintf("%02d", t.Year()/100), true
	case 'g':
		year, _ := t.ISOWeek()
		return fmt.Sprintf("%02d", year%100), true
	case 'P':
		return t.Format("pm"), true
	case 'r':
		return t.Format("03:04:05 PM"), true
	case '+':
		return t.Format("Mon Jan _2 15:04:05 UTC 2006"), true
	case 'v':
		return t.Format("_2-Jan-2006"), true
	case 'z':
		return [...]string{"+0000", "+00:00", "+00:00:00", "+00"}[min(colons, 3)], true
	}
	s := directive(t, 0, c, width, false)
	return s, s != "%"+string(c)
}

var _ = splFunction("spl_convert_ctime", "A time as text by a format; what is no time stays as it is; each of several values.", "any", []Param{required("time", "any"), required("format", "string")},
	func(v event.Value, rest []event.Value) event.Value {
		if t, ok := splTime(v); ok {
			return text(splFormat(t, splText(rest[0])))
		}
		return v
	},
	example(text("2024-03-05T05:06:07"), text("1709615167"), text("%Y-%m-%dT%H:%M:%S")), example(text("unknown"), text("unknown"), text("%Y")))

var _ = splFunction("spl_strptime", "The seconds since 1970 that a text spells by a format, what follows what the format describes left out; a missing date is that of the given time (1970 if not given), a missing year its year; Null where the text does not fit or a day is missing; each of several values.",
	"any", []Param{required("text", "any"), required("format", "any"), optional("now", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		now := time.Unix(0, 0).UTC()
		if len(rest) > 1 {
			if t, ok := splTime(rest[1]); ok {
				now = t
			}
		}
		return splParseTime(splText(v), splText(rest[0]), now)
	},
	example(whole(1709615167), text("2024-03-05T05:06:07Z"), text("%Y-%m-%dT%H:%M:%SZ")), example(float(1709615167.123), text("2024-03-05 05:06:07.123"), text("%Y-%m-%d %H:%M:%S.%3N")),
	example(whole(1709615167), text("05/Mar/2024:06:06:07 +0100"), text("%d/%b/%Y:%H:%M:%S %z")), example(whole(1709615160), text("3/5/24 5:06 AM and more"), text("%m/%d/%y %I:%M %p")),
	example(null, text("March"), text("%Y")), example(null, text("2024-03"), text("%Y-%m")), example(whole(1709615167), text("1709615167"), text("%s")), example(null, text("2024-02-30"), text("%F")),
	example(whole(1709676000), text("22:00"), text("%H:%M"), whole(1709615167)), example(whole(1709596800), text("Mar 5"), text("%b %d"), whole(1709615167)),
	example(whole(1709633167), text("2024-03-05 05:06:07 EST"), text("%F %T %Z")), example(whole(1709596800), text("2024 065"), text("%Y %j")), example(whole(1709596800), text("Tue Mar  5 00:00:00 2024"), text("%c")))

// timeGroups are directives that stand for several.
var timeGroups = map[byte]string{
	'F': "%Y-%m-%d", 'T': "%H:%M:%S", 'D': "%m/%d/%y", 'R': "%H:%M", 'r': "%I:%M:%S %p", 'c': "%a %b %d %H:%M:%S %Y", 'x': "%m/%d/%y", 'X': "%H:%M:%S", '+': "%a %b %d %H:%M:%S %Z %Y", 'v': "%d-%b-%Y",
}

// zoneNames are the zones that a time can name, in hours from UTC.
var zoneNames = map[string]int{
	"UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "BST": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
	"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
}

type splTimeParser struct {
	timeParser
	seen [256]bool
}

func splParseTime(s, format string, now time.Time) event.Value {
	p := splTimeParser{timeParser: timeParser{text: strings.TrimSpace(s), year: now.Year(), month: 1, day: 1}}
	if !p.parse(strings.TrimSpace(format)) {
		return null
	}
	if !p.isUnix {
		switch {
		case p.seen['d'] || p.seen['e'] || p.seen['j']:
			if !p.seen['m'] && !p.seen['j'] {
				p.month = int(now.Month())
			}
		case p.seen['Y'] || p.seen['y'] || p.seen['m']:
			return null
		default:
			p.month, p.day = int(now.Month()), now.Day()
		}
	}
	v := p.value()
	if v.IsNull() {
		return null
	}
	return splSeconds(event.TimeOf(v.Int()))
}

func (p *splTimeParser) parse(format string) bool {
	for i := 0; i < len(format); i++ {
		c := format[i]
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			p.blanks()
			continue
		case c != '%' || i+1 == len(format):
			if !strings.HasPrefix(p.text, string(c)) {
				return false
			}
			p.text = p.text[1:]
			continue
		}
		i++
		width := 0
		for ; i+1 < len(format) && strings.IndexByte("-_0E:123456789", format[i]) >= 0; i++ {
			width = max(int(format[i]-'0'), 0)
		}
		if !p.element(format[i], width) {
			return false
		}
	}
	return true
}

func (p *splTimeParser) blanks() { p.text = strings.TrimLeft(p.text, " \t\r\n") }

func (p *splTimeParser) element(c byte, width int) bool {
	p.seen[c] = true
	if group, ok := timeGroups[c]; ok {
		return p.parse(group)
	}
	switch c {
	case 'b', 'B', 'h':
		p.seen['m'] = true
	case 'n', 't':
		p.blanks()
		return true
	case 'u', 'w', 'q':
		return p.digits(1) != ""
	case 'U', 'V', 'W', 'g', 'C':
		return p.digits(2) != ""
	case 'P':
		c = 'p'
	case 'N', 'Q', 'f':
		if width == 0 || width > 9 {
			width = 9
		}
		digits := p.digits(width)
		p.nanosecond, _ = strconv.Atoi((digits + "000000000")[:9])
		return digits != ""
	case 'z', 'Z':
		end := 0
		for end < len(p.text) && (p.text[end] >= 'A' && p.text[end] <= 'Z' || p.text[end] >= 'a' && p.text[end] <= 'z') {
			end++
		}
		if hours, ok := zoneNames[strings.ToUpper(p.text[:end])]; ok && end > 0 {
			p.offset, p.text = hours*3600, p.text[end:]
			return true
		}
		return end == 0 && p.zone()
	}
	return p.directive(c)
}

// Times relative to another.

var relativeUnits = map[string]string{
	"s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
	"d": "d", "day": "d", "days": "d", "w": "w", "week": "w", "weeks": "w", "mon": "mon", "month": "mon", "months": "mon", "q": "q", "qtr": "q", "qtrs": "q", "quarter": "q", "quarters": "q",
	"y": "y", "yr": "y", "yrs": "y", "year": "y", "years": "y",
}

// RelativeTime returns the time that a modifier such as -7d@d+8h names, seen from another: a chain of numbers of units before (-)
// or after (+), and of units to whose beginning to go back (@). Both are in ticks. It reports false for what is no modifier, and
// out of range.
func RelativeTime(ticks int64, modifier string) (int64, bool) {
	t, ok := relativeTime(event.TimeOf(ticks), modifier)
	return event.TicksOf(t), ok
}

func relativeTime(t time.Time, modifier string) (time.Time, bool) {
	s := strings.ToLower(strings.TrimSpace(modifier))
	if rest, ok := strings.CutPrefix(s, "now"); ok {
		if s = strings.TrimSpace(rest); s == "" {
			return t, true
		}
	}
	if s == "" {
		return t, false
	}
	for s != "" {
		sign := s[0]
		if sign == '@' {
			s = s[1:]
		} else if sign == '+' || sign == '-' {
			s = s[1:]
		}
		digits := leading(s, "0123456789")
		s = s[len(digits):]
		unit := leading(s, "abcdefghijklmnopqrstuvwxyz")
		s = s[len(unit):]
		known := relativeUnits[unit]
		if sign == '@' {
			day := ""
			if known == "w" && digits == "" {
				day = leading(s, "01234567")
				s = s[len(day):]
			}
			if digits != "" || known == "" || len(day) > 1 {
				return t, false
			}
			t = snapped(t, known, day)
			continue
		}
		n, err := 1, error(nil)
		if digits != "" {
			n, err = strconv.Atoi(digits)
		}
		if known == "" || err != nil || n > 1e11 {
			return t, false
		}
		if sign == '-' {
			n = -n
		}
		if t = shifted(t, n, known); t.Unix() < splFirst || t.Unix() > splLast {
			return t, false
		}
	}
	return t, true
}

func leading(s, characters string) string {
	return s[:len(s)-len(strings.TrimLeft(s, characters))]
}

// shifted moves a time by so many units. A month that lacks the day ends a month earlier or later on its last one.
func shifted(t time.Time, n int, unit string) time.Time {
	switch unit {
	case "s":
		return time.Unix(t.Unix()+int64(n), int64(t.Nanosecond())).UTC()
	case "m":
		return shifted(t, n*60, "s")
	case "h":
		return shifted(t, n*3600, "s")
	case "d":
		return shifted(t, n*86400, "s")
	case "w":
		return shifted(t, n*7*86400, "s")
	case "q":
		n *= 3
	case "y":
		n *= 12
	}
	if n > 120_000 || n < -120_000 {
		return time.Unix(splLast+1, 0)
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// snapped goes back to the beginning of a unit; of a week to a day of it, 0 and 7 being Sunday.
func snapped(t time.Time, unit, day string) time.Time {
	date := func(year int, month time.Month, day, hour, minute, second int) time.Time {
		return time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	}
	switch unit {
	case "s":
		return date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second())
	case "m":
		return date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0)
	case "h":
		return date(t.Year(), t.Month(), t.Day(), t.Hour(), 0, 0)
	case "w":
		first := 0
		if day != "" {
			first = int(day[0]-'0') % 7
		}
		return date(t.Year(), t.Month(), t.Day()-(int(t.Weekday())-first+7)%7, 0, 0, 0)
	case "mon":
		return date(t.Year(), t.Month(), 1, 0, 0, 0)
	case "q":
		return date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0)
	case "y":
		return date(t.Year(), 1, 1, 0, 0, 0)
	}
	return date(t.Year(), t.Month(), t.Day(), 0, 0, 0)
}

var _ = splFunction("spl_relative_time", "The time that a modifier such as -7d@d+8h names, seen from another; both in seconds since 1970; Null where one is none; each of several values.", "any",
	[]Param{required("time", "any"), required("modifier", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		t, ok := splTime(v)
		if !ok {
			return null
		}
		if t, ok = relativeTime(t, splText(rest[0])); !ok {
			return null
		}
		return splSeconds(t)
	},
	example(whole(1709510400), whole(1709615167), text("-1d@d")), example(whole(1709539200), whole(1709615167), text("-1d@d+8h")), example(whole(1709611500), whole(1709615167), text("-61m@m")),
	example(whole(1709424000), whole(1709615167), text("@w0")), example(whole(1709424000), whole(1709615167), text("@w7")), example(whole(1709510400), whole(1709615167), text("@w1")), example(whole(1709078400), whole(1709615167), text("@w3")),
	example(whole(1709251200), whole(1709615167), text("@mon")), example(whole(1704067200), whole(1709615167), text("@q")), example(whole(1704067200), whole(1709615167), text("@y")),
	example(whole(1709164800), whole(1711843200), text("-1month")), example(whole(1709615167), whole(1709615167), text("now")), example(float(1709615166.5), text("1709615167.5"), text("-s")),
	example(null, whole(1709615167), text("yesterday")), example(null, text("x"), text("-1d")), example(whole(1709636767), whole(1709615167), text("+6hours")), example(whole(1717563967), whole(1709615167), text("+1qtr")))

// The conversions of convert.

var _ = splFunction("spl_convert_mktime", "The seconds since 1970 that a text spells by a format; Null where it does not fit; each of several values.", "any", []Param{required("text", "any"), required("format", "string")},
	func(v event.Value, rest []event.Value) event.Value {
		return splParseTime(splText(v), splText(rest[0]), time.Unix(0, 0).UTC())
	},
	example(whole(1709615167), text("03/05/2024 05:06:07"), text("%m/%d/%Y %H:%M:%S")), example(null, text("x"), text("%Y")))

func splConversion(name, doc string, convert func(string) event.Value, examples ...Example) *Func {
	return splFunction(name, doc+"; each of several values.", "any", splParam, func(v event.Value, _ []event.Value) event.Value { return convert(strings.TrimSpace(splText(v))) }, examples...)
}

var (
	_ = splConversion("spl_convert_dur2sec", "The seconds of a duration written [D+]HH:MM:SS, HH:MM:SS.SSS or MM:SS; Null for anything else", durationSeconds,
		example(whole(93784), text("1+02:03:04")), example(whole(184), text("03:04")), example(float(1.5), text("00:00:01.5")), example(null, text("3 hours")), example(whole(90), text("90")))
	_ = splConversion("spl_convert_mstime", "The seconds of a duration written [MM:]SS.SSS; Null for anything else", durationSeconds,
		example(float(63.25), text("1:03.25")), example(null, text("soon")))
	_ = splConversion("spl_convert_memk", "The kilobytes of a size such as 10, 10k, 10m or 1.5g; Null for anything else", func(s string) event.Value {
		if s == "" {
			return null
		}
		factor, ok := map[byte]float64{'k': 1, 'K': 1, 'm': 1 << 10, 'M': 1 << 10, 'g': 1 << 20, 'G': 1 << 20}[s[len(s)-1]]
		if ok {
			s = s[:len(s)-1]
		} else {
			factor = 1
		}
		n, ok := event.Number(s)
		if !ok {
			return null
		}
		return splDouble(n.Float() * factor)
	}, example(whole(10240), text("10m")), example(whole(10), text("10")), example(whole(1572864), text("1.5g")), example(null, text("10 MB")))
	_ = splConversion("spl_convert_rmcomma", "The text without commas, as a number if it is one then", func(s string) event.Value {
		s = strings.ReplaceAll(s, ",", "")
		if n, ok := event.Number(s); ok {
			return n
		}
		return text(s)
	}, example(whole(1234567), text("1,234,567")), example(text("ab"), text("a,b")))
	_ = splConversion("spl_convert_rmunit", "The number at the beginning of a text; Null where there is none", func(s string) event.Value {
		for end := len(leading(s, "+-0123456789.eE")); end > 0; end-- {
			if n, ok := event.Number(s[:end]); ok {
				return n
			}
		}
		return null
	}, example(whole(10), text("10MB")), example(float(-1.5), text("-1.5 C")), example(null, text("about 5")))
	_ = splConversion("spl_convert_auto", "The number that a text is, with or without commas between thousands, or a duration HH:MM:SS in seconds; any other text as it is", func(s string) event.Value {
		if n := convertedNumber(s); !n.IsNull() {
			return n
		}
		return text(s)
	}, example(whole(1234), text("1,234")), example(text("x"), text("x")), example(whole(60), text("00:01:00")))
	_ = splConversion("spl_convert_num", "The number that a text is, with or without commas between thousands, or a duration HH:MM:SS in seconds; Null for any other text", convertedNumber,
		example(whole(1234), text("1,234")), example(null, text("x")), example(float(1.5), float(1.5)))
)

func convertedNumber(s string) event.Value {
	if n, ok := event.Number(s); ok {
		return n
	}
	if n, ok := event.Number(strings.ReplaceAll(s, ",", "")); ok {
		return n
	}
	return durationSeconds(s)
}

func durationSeconds(s string) event.Value {
	days, clock, hasDays := strings.Cut(s, "+")
	if !hasDays {
		days, clock = "0", s
	}
	total, err := strconv.ParseUint(days, 10, 32)
	fields := strings.Split(clock, ":")
	if err != nil || len(fields) > 3 {
		return null
	}
	seconds := float64(total) * 86400
	slices.Reverse(fields)
	unit := 1.0
	for i, field := range fields {
		n, ok := event.Number(field)
		if !ok || n.Float() < 0 || i > 0 && n.Kind() != event.Int {
			return null
		}
		seconds += n.Float() * unit
		unit *= 60
	}
	return splDouble(seconds)
}
