package fn

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// plainDecimal takes a number apart that is not below zero and small enough, such as a time in seconds: into its whole part and the
// digits behind the point, of which the last is no zero. It reports false for a number that is written in another way.
func plainDecimal(v event.Value) (whole int64, fraction string, ok bool) {
	switch v.Kind() {
	case event.Int:
		return v.Int(), "", v.Int() >= 0
	case event.Decimal:
	default:
		return 0, "", false
	}
	text, _ := v.Plain()
	digits, fraction, ok := strings.Cut(text, ".")
	if !ok || fraction == "" || fraction[len(fraction)-1] == '0' || !onlyDigits(digits) || !onlyDigits(fraction) {
		return 0, "", false
	}
	whole, err := strconv.ParseInt(digits, 10, 64)
	return whole, fraction, err == nil
}

func onlyDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// nanoseconds returns the digits behind a point as so many of a thousand million, rounded down.
func nanoseconds(fraction string) int64 {
	n := int64(0)
	for i := range 9 {
		n *= 10
		if i < len(fraction) {
			n += int64(fraction[i] - '0')
		}
	}
	return n
}
