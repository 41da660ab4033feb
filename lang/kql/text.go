package kql

import (
	"goshawk/event"
	"goshawk/plan/fn"
)

// AppendJSON adds a dynamic value as JSON, in the way in which the language writes it: times with seven digits, timespans as
// 1.02:03:04.
func AppendJSON(dst []byte, v event.Value) []byte {
	if v.Kind() == event.Text {
		return v.AppendJSON(dst)
	}
	switch v.Kind() {
	case event.Time, event.Duration:
		return event.TextValue(fn.KQLText(v)).AppendJSON(dst)
	case event.Null:
		return append(dst, "null"...)
	}
	return append(dst, fn.KQLText(v)...)
}

// TimespanText returns ticks as [-][d.]hh:mm:ss[.fffffff].
func TimespanText(ticks int64) string { return fn.KQLText(event.DurationValue(ticks)) }
