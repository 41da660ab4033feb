package source

import (
	"bytes"
	"time"

	"goshawk/event"
)

// timeLookahead is how far into a record a time is looked for.
const timeLookahead = 128

// findTime finds the first date with a time of day in the first bytes of a text, however it is written: as in syslog, ISO,
// 2026/05/12, 05/12/2026, 12/May/2026. The ticks are 0 where the clock cannot complete it.
func findTime(text []byte, clock *syslogClock) (ticks int64, ok bool) {
	if ticks, ok := leadingTime(text, clock); ok {
		return ticks, true
	}
	inside := false // a word or a number, in which no time begins
	for i, c := range text {
		digit := '0' <= c && c <= '9'
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !inside && (digit || letter) && len(text)-i >= 14 {
			if n, ticks := anyTime(text[i:], clock); n > 0 {
				return ticks, true
			}
		}
		inside = digit || letter || c == '.' || c == '_'
	}
	return 0, false
}

// anyTime reads the time at the start of b and returns its length; 0 if there is none.
func anyTime(b []byte, clock *syslogClock) (n int, ticks int64) {
	if n, ticks := syslogTime(b, clock); n > 0 {
		return n, ticks
	}
	if len(b) >= 19 && (b[4] == '-' || b[4] == '/') {
		return dashedTime(b, clock)
	}
	if n, ticks := monthFirstTime(b, clock); n > 0 {
		return n, ticks
	}
	return namedMonthTime(b, clock)
}

// dashedTime reads 2026-05-12 11:00:50,137+02:00, with slashes or not.
func dashedTime(b []byte, clock *syslogClock) (n int, ticks int64) {
	end := 19
	for end < len(b) && end < 32 && (b[end] == '.' || b[end] == ',' || '0' <= b[end] && b[end] <= '9' ||
		end > 19 && (b[end] == '+' || b[end] == '-' || b[end] == ':') || b[end] == 'Z') {
		end++
	}
	for _, n := range []int{end, 19} {
		if ticks, zoned, ok := event.ParseTime(view(b[:n])); ok {
			return n, clock.place(ticks, zoned)
		}
	}
	return 0, 0
}

// monthFirstTime reads 05/12/2026 11:00:50.137 PM +0200, with dashes or slashes; fraction, half of the day and zone may be
// absent.
func monthFirstTime(b []byte, clock *syslogClock) (n int, ticks int64) {
	if len(b) < 19 || b[2] != '/' && b[2] != '-' || b[5] != b[2] || b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return 0, 0
	}
	month, w1 := smallNumber(b, 2)
	day, w2 := smallNumber(b[3:], 2)
	year, w3 := smallNumber(b[6:], 4)
	hour, w4 := smallNumber(b[11:], 2)
	minute, w5 := smallNumber(b[14:], 2)
	second, w6 := smallNumber(b[17:], 2)
	if w1+w2+w3+w4+w5+w6 != 14 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return 0, 0
	}
	i, nano := fractionOf(b, 19)
	if len(b) >= i+3 && b[i] == ' ' && (b[i+1] == 'A' || b[i+1] == 'P') && b[i+2] == 'M' {
		if hour == 0 || hour > 12 {
			return 0, 0
		}
		hour = hour%12 + 12*int((b[i+1]-'A')/('P'-'A'))
		i += 3
	}
	return clockedTime(b, i, clock, year, month, day, hour, minute, second, nano)
}

// namedMonthTime reads 12/May/2026:11:00:50 +0200.
func namedMonthTime(b []byte, clock *syslogClock) (n int, ticks int64) {
	if len(b) < 20 || b[2] != '/' || b[6] != '/' || b[11] != ':' || b[14] != ':' || b[17] != ':' {
		return 0, 0
	}
	day, w1 := smallNumber(b, 2)
	month := monthOf(b[3:])
	year, w2 := smallNumber(b[7:], 4)
	hour, w3 := smallNumber(b[12:], 2)
	minute, w4 := smallNumber(b[15:], 2)
	second, w5 := smallNumber(b[18:], 2)
	if w1+w2+w3+w4+w5 != 12 || month == 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return 0, 0
	}
	i, nano := fractionOf(b, 20)
	return clockedTime(b, i, clock, year, month, day, hour, minute, second, nano)
}

// fractionOf reads the fraction of a second at i; it returns where it ends, and nanoseconds.
func fractionOf(b []byte, i int) (end, nano int) {
	if i+1 >= len(b) || b[i] != '.' && b[i] != ',' || b[i+1] < '0' || b[i+1] > '9' {
		return i, 0
	}
	scale := int(time.Second)
	for i++; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		scale /= 10
		nano += int(b[i]-'0') * scale
	}
	return i, nano
}

// clockedTime puts a time together whose zone (" +0200") may stand at i.
func clockedTime(b []byte, i int, clock *syslogClock, year, month, day, hour, minute, second, nano int) (n int, ticks int64) {
	where := clock
	if len(b) >= i+6 && b[i] == ' ' && (b[i+1] == '+' || b[i+1] == '-') {
		hours, w1 := smallNumber(b[i+2:], 2)
		minutes, w2 := smallNumber(b[i+4:], 2)
		if w1+w2 == 4 && hours < 24 && minutes < 60 {
			offset := hours*3600 + minutes*60
			if b[i+1] == '-' {
				offset = -offset
			}
			if clock != nil {
				where = &syslogClock{arrival: clock.arrival, zone: time.FixedZone("", offset)}
			}
			i += 6
		}
	} else if bytes.HasPrefix(b[i:], []byte("Z")) {
		if clock != nil {
			where = &syslogClock{arrival: clock.arrival}
		}
		i++
	}
	return i, where.ticks(year, month, day, hour, minute, second, nano)
}
