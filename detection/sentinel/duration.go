package sentinel

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Ticks are of 100 ns.
const (
	second = int64(10_000_000)
	minute = 60 * second
	hour   = 60 * minute
	day    = 24 * hour
	// epoch is 1970-01-01 in ticks since year 1.
	epoch = 719_162 * day
)

var (
	shortDuration = regexp.MustCompile(`^([0-9]{1,9})\s*(s|m|h|d|w|sec|min|second|minute|hour|day|week)s?$`)
	isoDuration   = regexp.MustCompile(`^P(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?$`)
	clockDuration = regexp.MustCompile(`^(?:([0-9]{1,9})\.)?([0-9]{1,2}):([0-9]{2}):([0-9]{2})$`)
)

// parseDuration reads a duration: 5m as YAML has them, PT5M as the API does, or 1.02:03:04 as Kusto prints them. Years and months have
// no fixed length and are none.
func parseDuration(text string) (ticks int64, ok bool) {
	text = strings.TrimSpace(text)
	if m := shortDuration.FindStringSubmatch(strings.ToLower(text)); m != nil {
		return sum([]string{m[1]}, map[byte]int64{'s': second, 'm': minute, 'h': hour, 'd': day, 'w': 7 * day}[m[2][0]])
	}
	if m := clockDuration.FindStringSubmatch(text); m != nil {
		return sum(m[1:], day, hour, minute, second)
	}
	m := isoDuration.FindStringSubmatch(strings.ToUpper(text))
	if m == nil || strings.Join(m[1:], "") == "" || strings.HasSuffix(strings.ToUpper(text), "T") {
		return 0, false
	}
	return sum(m[1:], 7*day, day, hour, minute, second)
}

// sum adds numbers of units up; empty ones are 0.
func sum(numbers []string, units ...int64) (ticks int64, ok bool) {
	for i, text := range numbers {
		if text == "" {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n > math.MaxInt64/4/units[i] {
			return 0, false
		}
		ticks += n * units[i]
	}
	return ticks, ticks < math.MaxInt64/4
}

// formatDuration writes a duration as YAML has them: the largest unit that leaves nothing over.
func formatDuration(ticks int64) string {
	for _, u := range []struct {
		ticks int64
		name  string
	}{{day, "d"}, {hour, "h"}, {minute, "m"}} {
		if ticks >= u.ticks && ticks%u.ticks == 0 {
			return strconv.FormatInt(ticks/u.ticks, 10) + u.name
		}
	}
	return strconv.FormatInt(ticks/second, 10) + "s"
}

// parseTime reads a time; one without a zone is UTC.
func parseTime(text string) (ticks int64, ok bool) {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02"} {
		if t, err := time.Parse(form, strings.TrimSpace(text)); err == nil {
			return epoch + t.Unix()*second + int64(t.Nanosecond())/100, true
		}
	}
	return 0, false
}
