package schedule

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"goshawk/event"
)

// Cron is a set of minutes. It never changes.
type Cron struct {
	minutes, hours, days, months, weekdays uint64 // bit sets
	anyDay, anyWeekday                     bool   // the field is a star: the other one decides alone
}

// field is one of the five.
type field struct {
	name     string
	min, max int
	names    []string // of min, min+1 …
}

var fields = [5]field{
	{name: "minute", max: 59},
	{name: "hour", max: 23},
	{name: "day of the month", min: 1, max: 31},
	{name: "month", min: 1, max: 12, names: []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{name: "day of the week", max: 7, names: []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

var nicknames = map[string]string{
	"@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
	"@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}

// ParseCron reads five fields: minute, hour, day of the month, month, day of the week. A field is a star, or a list of numbers,
// names and ranges, each with a step behind a slash; 0 and 7 are Sunday. Where both days are given, either may hold. A
// nickname such as @hourly stands for all five.
func ParseCron(text string) (*Cron, error) {
	words := strings.Fields(text)
	if len(words) == 1 && strings.HasPrefix(words[0], "@") {
		meaning, ok := nicknames[strings.ToLower(words[0])]
		if !ok {
			return nil, fmt.Errorf("cron: unknown nickname %s; there are @yearly, @monthly, @weekly, @daily and @hourly", words[0])
		}
		words = strings.Fields(meaning)
	}
	if len(words) != len(fields) {
		return nil, fmt.Errorf("cron: %q has %d fields, not the five minute, hour, day of the month, month, day of the week", text, len(words))
	}
	var sets [5]uint64
	for i, word := range words {
		set, err := fields[i].parse(word)
		if err != nil {
			return nil, fmt.Errorf("cron: %w", err)
		}
		sets[i] = set
	}
	if sets[4]&(1<<7) != 0 {
		sets[4] = sets[4]&^(1<<7) | 1
	}
	c := &Cron{minutes: sets[0], hours: sets[1], days: sets[2], months: sets[3], weekdays: sets[4],
		anyDay: strings.HasPrefix(words[2], "*"), anyWeekday: strings.HasPrefix(words[4], "*")}
	if _, ok := c.Next(event.UnixEpoch); !ok {
		return nil, fmt.Errorf("cron: %q never comes", text)
	}
	return c, nil
}

// parse reads a field as the set of its values.
func (f field) parse(text string) (uint64, error) {
	var set uint64
	for part := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(part, "/")
		by := 1
		if stepped {
			n, err := strconv.Atoi(step)
			if err != nil || n < 1 {
				return 0, fmt.Errorf("%s: %q is no step", f.name, step)
			}
			by = n
		}
		from, to := f.min, f.max
		if len(f.names) == 7 {
			to = 6 // a star is each day once
		}
		if span != "*" {
			first, last, ranged := strings.Cut(span, "-")
			var err error
			if from, err = f.value(first); err != nil {
				return 0, err
			}
			switch {
			case ranged:
				if to, err = f.value(last); err != nil {
					return 0, err
				}
				if to == 0 && from > 0 && len(f.names) == 7 {
					to = 7 // fri-sun
				}
			case !stepped:
				to = from
			}
		}
		if to < from {
			return 0, fmt.Errorf("%s: the range %s ends before it begins", f.name, span)
		}
		for v := from; v <= to; v += by {
			set |= 1 << v
		}
	}
	return set, nil
}

func (f field) value(text string) (int, error) {
	for i, name := range f.names {
		if strings.EqualFold(text, name) {
			return f.min + i, nil
		}
	}
	n, err := strconv.Atoi(text)
	if err != nil || strings.HasPrefix(text, "+") {
		return 0, fmt.Errorf("%s: %q is no number%s", f.name, text, f.orName())
	}
	if n < f.min || n > f.max {
		return 0, fmt.Errorf("%s: %d is not from %d to %d", f.name, n, f.min, f.max)
	}
	return n, nil
}

func (f field) orName() string {
	if f.names == nil {
		return ""
	}
	return " and none of " + strings.Join(f.names, " ")
}

// maxDays bounds the search for a day: the twenty-ninth of February can be eight years away.
const maxDays = 9 * 366

// Next returns the first minute of the set that begins later than a time; false if there is none.
func (c *Cron) Next(after int64) (ticks int64, ok bool) {
	if after < 0 {
		after = 0
	}
	if after > lastTime {
		return 0, false
	}
	const minute = 60 * event.TicksPerSecond
	t := event.TimeOf((after/minute + 1) * minute)
	year, month, day := t.Date()
	hour, min := t.Hour(), t.Minute()
	for range maxDays {
		if c.month(month) && c.day(year, month, day) {
			for ; hour < 24; hour, min = hour+1, 0 {
				if c.hours>>hour&1 == 0 {
					continue
				}
				if left := c.minutes >> min; left != 0 {
					min += bits.TrailingZeros64(left)
					return event.TicksOf(time.Date(year, month, day, hour, min, 0, 0, time.UTC)), true
				}
			}
		}
		year, month, day = time.Date(year, month, day+1, 0, 0, 0, 0, time.UTC).Date()
		hour, min = 0, 0
	}
	return 0, false
}

func (c *Cron) month(m time.Month) bool { return c.months>>int(m)&1 != 0 }

// day says whether a date is in the set.
func (c *Cron) day(year int, month time.Month, day int) bool {
	byMonth := c.days>>day&1 != 0
	byWeek := c.weekdays>>int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday())&1 != 0
	if c.anyDay || c.anyWeekday {
		return byMonth && byWeek
	}
	return byMonth || byWeek
}
