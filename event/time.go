package event

import (
	"strconv"
	"strings"
	"time"
)

// Ticks of 100 ns, the resolution of Windows and of Kusto.
const (
	TicksPerSecond = 10_000_000
	TicksPerDay    = 86_400 * TicksPerSecond
	// UnixEpoch is 1970-01-01T00:00:00Z, FiletimeEpoch is 1601-01-01T00:00:00Z, in ticks since year 1.
	UnixEpoch     = 719_162 * TicksPerDay
	FiletimeEpoch = 584_388 * TicksPerDay
)

// TicksOf returns the ticks of a time.Time, cut to 100 ns.
func TicksOf(t time.Time) int64 {
	return UnixEpoch + t.Unix()*TicksPerSecond + int64(t.Nanosecond()/100)
}

// TimeOf returns the time.Time of ticks, in UTC.
func TimeOf(ticks int64) time.Time {
	ticks -= UnixEpoch
	seconds := ticks / TicksPerSecond
	rest := ticks % TicksPerSecond
	if rest < 0 {
		seconds, rest = seconds-1, rest+TicksPerSecond
	}
	return time.Unix(seconds, rest*100).UTC()
}

// AppendTime adds a time as RFC 3339 in UTC with as many of its 7 fraction digits as are not trailing zeros.
func AppendTime(dst []byte, ticks int64) []byte {
	t := TimeOf(ticks)
	year, month, day := t.Date()
	if year < 0 || year > 9999 { // such years have a form of their own
		return t.AppendFormat(dst, "2006-01-02T15:04:05.9999999Z07:00")
	}
	hour, minute, second := t.Clock()
	two := func(n int, behind byte) { dst = append(dst, byte('0'+n/10), byte('0'+n%10), behind) }
	dst = append(dst, byte('0'+year/1000), byte('0'+year/100%10))
	two(year%100, '-')
	two(int(month), '-')
	two(day, 'T')
	two(hour, ':')
	two(minute, ':')
	two(second, '.')
	for rest := t.Nanosecond() / 100; rest > 0; rest = rest * 10 % TicksPerSecond {
		dst = append(dst, byte('0'+rest/(TicksPerSecond/10)))
	}
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, 'Z')
}

// FormatTime returns what AppendTime adds.
func FormatTime(ticks int64) string { return string(AppendTime(nil, ticks)) }

// AppendDuration adds a duration as [-][d.]hh:mm:ss[.fffffff].
func AppendDuration(dst []byte, ticks int64) []byte {
	magnitude := uint64(ticks)
	if ticks < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	if days := magnitude / TicksPerDay; days > 0 {
		dst = append(strconv.AppendUint(dst, days, 10), '.')
	}
	two := func(n uint64) { dst = append(dst, byte('0'+n/10), byte('0'+n%10)) }
	seconds := magnitude / TicksPerSecond % 86_400
	two(seconds / 3600)
	dst = append(dst, ':')
	two(seconds / 60 % 60)
	dst = append(dst, ':')
	two(seconds % 60)
	if fraction := magnitude % TicksPerSecond; fraction > 0 {
		text := strconv.FormatUint(fraction+TicksPerSecond, 10)
		dst = append(append(dst, '.'), text[1:]...)
	}
	return dst
}

// ParseTime reads a date and time: year-month-day, T or blank, hours:minutes[:seconds[.fraction]], then Z, an offset, or
// nothing, which means UTC. More than seven fraction digits are cut. It reports false for anything else, and whether the
// text named its zone.
func ParseTime(text string) (ticks int64, zoned, ok bool) {
	text = strings.TrimSpace(text)
	number := func(from, n int) (int, bool) {
		if len(text) < from+n {
			return 0, false
		}
		v := 0
		for _, c := range []byte(text[from : from+n]) {
			if c < '0' || c > '9' {
				return 0, false
			}
			v = v*10 + int(c-'0')
		}
		return v, true
	}
	year, ok1 := number(0, 4)
	month, ok2 := number(5, 2)
	day, ok3 := number(8, 2)
	if !ok1 || !ok2 || !ok3 || text[4] != '-' && text[4] != '/' || text[7] != text[4] || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, false, false
	}
	i, hour, minute, second, fraction := 10, 0, 0, 0, 0
	if len(text) > 10 {
		if c := text[10]; c != 'T' && c != 't' && c != ' ' {
			return 0, false, false
		}
		var okH, okM bool
		hour, okH = number(11, 2)
		minute, okM = number(14, 2)
		if !okH || !okM || text[13] != ':' || hour > 23 || minute > 59 {
			return 0, false, false
		}
		i = 16
		if i < len(text) && text[i] == ':' {
			var okS bool
			if second, okS = number(17, 2); !okS || second > 60 {
				return 0, false, false
			}
			i = 19
			if i < len(text) && (text[i] == '.' || text[i] == ',') {
				scale := TicksPerSecond / 10
				for i++; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
					fraction += int(text[i]-'0') * scale
					scale /= 10
				}
			}
		}
	}
	offset := 0
	switch rest := strings.TrimSpace(text[i:]); {
	case rest == "":
	case rest == "Z" || rest == "z" || rest == "UTC":
		zoned = true
	case rest[0] == '+' || rest[0] == '-':
		digits := strings.ReplaceAll(rest[1:], ":", "")
		if len(digits) == 2 {
			digits += "00"
		}
		n, err := strconv.Atoi(digits)
		if err != nil || len(digits) != 4 {
			return 0, false, false
		}
		offset = n/100*3600 + n%100*60
		if rest[0] == '-' {
			offset = -offset
		}
		zoned = true
	default:
		return 0, false, false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if t.Day() != day {
		return 0, false, false
	}
	return TicksOf(t) - int64(offset)*TicksPerSecond + int64(fraction), zoned, true
}
