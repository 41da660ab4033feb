package evtx

import (
	"encoding/binary"
	"time"
)

// ticksPerSecond is the resolution of a FILETIME, which counts from 1601.
const (
	ticksPerSecond = 10_000_000
	secondsPerDay  = 86400
	epochSeconds   = 11644473600 // from 1601 to 1970
)

// FileTime returns the moment that a FILETIME stands for, exactly.
func FileTime(ticks int64) time.Time {
	t := uint64(ticks)
	return time.Unix(int64(t/ticksPerSecond)-epochSeconds, int64(t%ticksPerSecond)*100).UTC()
}

// civil returns year, month and day of a day counted from 1601-01-01. Periods
// of 400 years have a fixed number of days; counting years from March puts the
// leap day last.
func civil(day uint64) (year, month, d uint64) {
	day += 306 // from 1600-03-01
	era := day / 146097
	day %= 146097
	yoe := (day - day/1460 + day/36524 - day/146096) / 365
	doy := day - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = doy - (153*mp+2)/5 + 1
	year = 1600 + era*400 + yoe
	if mp < 10 {
		return year, mp + 3, d
	}
	return year + 1, mp - 9, d
}

// days returns the days from 1601-01-01 to a date from 1601 on.
func days(year, month, d int) int {
	if month <= 2 {
		year--
		month += 12
	}
	y := year - 1600
	return y/400*146097 + y%400*365 + y%400/4 - y%400/100 + (153*(month-3)+2)/5 + d - 1 - 306
}

// appendFileTime appends a FILETIME as RFC 3339 in UTC with seven digits.
func appendFileTime(dst []byte, ticks uint64) []byte {
	secs, frac := ticks/ticksPerSecond, ticks%ticksPerSecond
	year, month, day := civil(secs / secondsPerDay)
	secs %= secondsPerDay
	dst = appendDate(dst, year, month, day, secs/3600, secs/60%60, secs%60)
	dst = append(dst, '.', byte('0'+frac/1_000_000))
	dst = append(dst, digitPairs[frac/10_000%100*2:][:2]...)
	dst = append(dst, digitPairs[frac/100%100*2:][:2]...)
	dst = append(dst, digitPairs[frac%100*2:][:2]...)
	return append(dst, 'Z')
}

// appendDate appends date and time of day; all but the year have two digits.
func appendDate(dst []byte, year, month, day, hour, minute, second uint64) []byte {
	if year < 10_000 {
		dst = append(dst, digitPairs[year/100*2:][:2]...)
		dst = append(dst, digitPairs[year%100*2:][:2]...)
	} else {
		dst = appendDecimal(dst, year)
	}
	return append(dst,
		'-', byte('0'+month/10), byte('0'+month%10),
		'-', byte('0'+day/10), byte('0'+day%10),
		'T', byte('0'+hour/10), byte('0'+hour%10),
		':', byte('0'+minute/10), byte('0'+minute%10),
		':', byte('0'+second/10), byte('0'+second%10))
}

// systemTime is the layout of a SYSTEMTIME: year, month, day of the week, day,
// hour, minute, second, millisecond.
func systemTime(raw []byte) (f [8]uint64, ok bool) {
	if len(raw) != 16 {
		return f, false
	}
	for i := range f {
		f[i] = uint64(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	ok = f[0] >= 1601 && f[1] >= 1 && f[1] <= 12 && f[3] >= 1 && f[3] <= 31 &&
		f[4] < 24 && f[5] < 60 && f[6] < 60 && f[7] < 1000
	return f, ok
}

func appendSystemTime(dst, raw []byte) []byte {
	f, _ := systemTime(raw)
	dst = appendDate(dst, f[0], f[1], f[3], f[4], f[5], f[6])
	ms := f[7]
	return append(dst, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

func systemTicks(raw []byte) (int64, bool) {
	f, ok := systemTime(raw)
	if !ok {
		return 0, false
	}
	secs := days(int(f[0]), int(f[1]), int(f[3]))*secondsPerDay + int(f[4]*3600+f[5]*60+f[6])
	return int64(secs)*ticksPerSecond + int64(f[7])*10_000, true
}

// parseTicks reads a time in RFC 3339, as records without a template hold it.
func parseTicks(s []byte) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, string(s))
	if err != nil {
		return 0, false
	}
	secs := t.Unix() + epochSeconds
	if secs < 0 || secs > 1<<39 {
		return 0, false
	}
	return secs*ticksPerSecond + int64(t.Nanosecond()/100), true
}
