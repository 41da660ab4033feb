package fn

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"goshawk/event"
)

// Times as text by a format of the kind that C's strftime has, which most tools know. In a format %Y %m %d %H %M %S stand
// for year, month, day, hour, minute and second in digits, %y %j %I %p %B %b %A %a for the year in two digits, day of the
// year, hour of twelve, AM or PM, and the names of month and day, %e %k %l for day and hours with a blank, %F %T %D %R for
// %Y-%m-%d, %H:%M:%S, %m/%d/%y and %H:%M, %s for the seconds since 1970, %f for microseconds, %N and %Q for nanoseconds and
// milliseconds (%3N, %6N, %7N, %9N, %3Q … for so many digits), %w %u for the day of the week, %V %G for the ISO week and its
// year, %z %:z %Z for the zone, and %% for a percent sign.

var _ = define(Func{
	Name: "format_time", Doc: "A time as text by a format such as %Y-%m-%d %H:%M:%S, in UTC or at an offset from it; without a format as RFC 3339.",
	Params: []Param{required("time", "datetime"), optional("format", "string"), optional("offset", "timespan")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.Time {
			return null
		}
		if len(args) == 1 {
			return text(args[0].Text())
		}
		offset := int64(0)
		if len(args) > 2 {
			if offset = args[2].Int(); args[2].Kind() != event.Duration || offset > event.TicksPerDay || offset < -event.TicksPerDay {
				return null
			}
		}
		return text(formatTime(args[0].Int(), offset, args[1].Text()))
	},
	Examples: []Example{
		example(text("2024-03-05T05:06:07Z"), instant("2024-03-05T05:06:07Z")), example(text("05/Mar/2024 05:06:07.120"), instant("2024-03-05T05:06:07.12Z"), text("%d/%b/%Y %T.%3N")),
		example(text("06:06 +0100"), instant("2024-03-05T05:06:07Z"), text("%H:%M %z"), span("01:00:00")),
	},
})

func formatTime(ticks, offset int64, format string) string {
	zone := int(offset / event.TicksPerSecond)
	t := event.TimeOf(ticks).In(time.FixedZone("", zone))
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		width := 0
		if i+1 < len(format) && '1' <= format[i] && format[i] <= '9' {
			width = int(format[i] - '0')
			i++
		}
		colon := format[i] == ':' && i+1 < len(format) && format[i+1] == 'z'
		if colon {
			i++
		}
		b.WriteString(directive(t, zone, format[i], width, colon))
	}
	return b.String()
}

func directive(t time.Time, zone int, c byte, width int, colon bool) string {
	switch c {
	case 'N', 'Q', 'f':
		digits := width
		if digits == 0 {
			digits = map[byte]int{'N': 9, 'Q': 3, 'f': 6}[c]
		}
		return fmt.Sprintf("%09d", t.Nanosecond())[:digits]
	case 's':
		return strconv.FormatInt(t.Unix(), 10)
	case 'w':
		return strconv.Itoa(int(t.Weekday()))
	case 'u':
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1)
	case 'V', 'G':
		year, week := t.ISOWeek()
		if c == 'G' {
			return fmt.Sprintf("%04d", year)
		}
		return fmt.Sprintf("%02d", week)
	case 'j':
		return fmt.Sprintf("%03d", t.YearDay())
	case 'k':
		return fmt.Sprintf("%2d", t.Hour())
	case 'l':
		return fmt.Sprintf("%2d", (t.Hour()+11)%12+1)
	case 'Z':
		if zone == 0 {
			return "UTC"
		}
		return t.Format("-07:00")
	case 'z':
		if colon {
			return t.Format("-07:00")
		}
		return t.Format("-0700")
	case 'n':
		return "\n"
	case 't':
		return "\t"
	case '%':
		return "%"
	}
	if layout := layouts[c]; layout != "" {
		return t.Format(layout)
	}
	return "%" + string(c)
}

var layouts = map[byte]string{
	'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04", 'S': "05", 'y': "06", 'I': "03", 'p': "PM", 'B': "January", 'b': "Jan", 'h': "Jan",
	'A': "Monday", 'a': "Mon", 'e': "_2", 'F': "2006-01-02", 'T': "15:04:05", 'D': "01/02/06", 'R': "15:04", 'c': "Mon Jan _2 15:04:05 2006", 'x': "01/02/06", 'X': "15:04:05",
}

var _ = define(Func{
	Name: "parse_time_as", Doc: "The time that a text spells by a format such as %d/%b/%Y:%H:%M:%S %z, without a zone in UTC; Null where it does not fit.",
	Params: []Param{required("text", "string"), required("format", "string")}, Result: "datetime", Strict: true,
	Eval: func(args []event.Value) event.Value {
		p := timeParser{text: strings.TrimSpace(args[0].Text()), year: 1970, month: 1, day: 1}
		if !p.parse(strings.TrimSpace(args[1].Text())) || p.text != "" {
			return null
		}
		return p.value()
	},
	Examples: []Example{
		example(instant("2024-03-05T04:06:07Z"), text("05/Mar/2024:05:06:07 +0100"), text("%d/%b/%Y:%H:%M:%S %z")),
		example(instant("2024-03-05T17:06:00.25Z"), text("3/5/2024 5:06:00.25 PM"), text("%m/%d/%Y %I:%M:%S.%N %p")),
		example(instant("2024-03-05T05:06:07Z"), text("1709615167"), text("%s")), example(null, text("5 March"), text("%Y")), example(null, text("2024-02-30"), text("%F")),
	},
})

// timeParser reads a text by a format.
type timeParser struct {
	text                                   string
	year, month, day, hour, minute, second int
	nanosecond, offset                     int
	half                                   int // 1: AM, 2: PM
	yearDay                                int
	unix                                   int64
	isUnix                                 bool
}

func (p *timeParser) value() event.Value {
	if p.isUnix {
		return event.TimeValue(event.TicksOf(time.Unix(p.unix, int64(p.nanosecond))))
	}
	if p.half > 0 {
		if p.hour < 1 || p.hour > 12 {
			return null
		}
		p.hour = p.hour%12 + 12*(p.half-1)
	}
	if p.yearDay > 0 {
		p.month, p.day = 1, 1
	}
	t := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nanosecond, time.UTC)
	if p.year < 1 || t.Day() != p.day || int(t.Month()) != p.month || p.hour > 23 || p.minute > 59 || p.second > 60 {
		return null
	}
	if p.yearDay > 0 {
		t = t.AddDate(0, 0, p.yearDay-1)
	}
	return event.TimeValue(event.TicksOf(t) - int64(p.offset)*event.TicksPerSecond)
}

func (p *timeParser) parse(format string) bool {
	for i := 0; i < len(format); i++ {
		c := format[i]
		switch {
		case c == ' ':
			p.text = strings.TrimLeft(p.text, " ")
			continue
		case c != '%' || i+1 == len(format):
			if !strings.HasPrefix(p.text, string(c)) {
				return false
			}
			p.text = p.text[1:]
			continue
		}
		i++
		for i+1 < len(format) && ('1' <= format[i] && format[i] <= '9' || format[i] == ':') {
			i++
		}
		if !p.directive(format[i]) {
			return false
		}
	}
	return true
}

func (p *timeParser) directive(c byte) bool {
	switch c {
	case 'Y', 'G':
		return p.number(&p.year, 4)
	case 'y':
		if !p.number(&p.year, 2) {
			return false
		}
		if p.year += 1900; p.year < 1969 {
			p.year += 100
		}
		return true
	case 'm':
		return p.number(&p.month, 2)
	case 'd', 'e':
		p.text = strings.TrimLeft(p.text, " ")
		return p.number(&p.day, 2)
	case 'H', 'I', 'k', 'l':
		p.text = strings.TrimLeft(p.text, " ")
		return p.number(&p.hour, 2)
	case 'M':
		return p.number(&p.minute, 2)
	case 'S':
		return p.number(&p.second, 2)
	case 'j':
		return p.number(&p.yearDay, 3)
	case 'N', 'Q', 'f':
		return p.fraction()
	case 's':
		digits := p.digits(18)
		n, err := strconv.ParseInt(digits, 10, 64)
		p.unix, p.isUnix = n, true
		return err == nil
	case 'b', 'B', 'h':
		return p.name(&p.month, 1, func(i int) string { return time.Month(i).String() }, 12)
	case 'a', 'A':
		var day int
		return p.name(&day, 0, func(i int) string { return time.Weekday(i).String() }, 6)
	case 'p':
		return p.name(&p.half, 1, func(i int) string { return [...]string{"", "AM", "PM"}[i] }, 2)
	case 'F':
		return p.parse("%Y-%m-%d")
	case 'T':
		return p.parse("%H:%M:%S")
	case 'D':
		return p.parse("%m/%d/%y")
	case 'R':
		return p.parse("%H:%M")
	case 'z', 'Z':
		return p.zone()
	case '%':
		rest, ok := strings.CutPrefix(p.text, "%")
		p.text = rest
		return ok
	}
	return false
}

func (p *timeParser) digits(most int) string {
	n := 0
	for n < len(p.text) && n < most && '0' <= p.text[n] && p.text[n] <= '9' {
		n++
	}
	digits := p.text[:n]
	p.text = p.text[n:]
	return digits
}

func (p *timeParser) number(into *int, most int) bool {
	n, err := strconv.Atoi(p.digits(most))
	*into = n
	return err == nil
}

func (p *timeParser) fraction() bool {
	digits := p.digits(18)
	if digits == "" {
		return false
	}
	p.nanosecond, _ = strconv.Atoi((digits + "000000000")[:9])
	return true
}

// name reads a name, or its first three letters, in any case.
func (p *timeParser) name(into *int, first int, name func(int) string, last int) bool {
	for i := first; i <= last; i++ {
		for _, word := range []string{name(i), name(i)[:min(3, len(name(i)))]} {
			if len(p.text) >= len(word) && strings.EqualFold(p.text[:len(word)], word) {
				*into, p.text = i, p.text[len(word):]
				return true
			}
		}
	}
	return false
}

func (p *timeParser) zone() bool {
	for _, utc := range []string{"UTC", "GMT", "Z"} {
		if rest, ok := strings.CutPrefix(p.text, utc); ok {
			p.text = rest
			return true
		}
	}
	if p.text == "" || p.text[0] != '+' && p.text[0] != '-' {
		return false
	}
	negative := p.text[0] == '-'
	p.text = p.text[1:]
	var hours, minutes int
	if !p.number(&hours, 2) {
		return false
	}
	p.text = strings.TrimPrefix(p.text, ":")
	if p.text != "" && '0' <= p.text[0] && p.text[0] <= '9' && !p.number(&minutes, 2) {
		return false
	}
	if p.offset = hours*3600 + minutes*60; negative {
		p.offset = -p.offset
	}
	return true
}
