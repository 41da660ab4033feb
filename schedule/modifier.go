package schedule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"goshawk/event"
	"goshawk/plan/fn"
)

// Modifier is a time told from another one: "-70m@m" is 70 minutes earlier, cut to the minute. It never changes.
type Modifier struct {
	fixed bool // at is the time, whatever the other one is
	at    int64
	text  string // a chain of offsets and cuts; empty: the other time itself
	back  bool   // the chain leads back in time
}

// absolute are the forms of a time that is told by itself.
var absolute = []string{"01/02/2006:15:04:05", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00"}

// someTime is a time like those of logs.
const someTime = event.UnixEpoch + 20_000*event.TicksPerDay

// ParseModifier reads a time modifier: now; a number of seconds since 1970, of which 0 is the beginning of all time; a date as
// month/day/year:hour:minute:second; or a chain of offsets (+1d, -70m, -h) and cuts (@d, @w1), as fn.RelativeTime has them.
func ParseModifier(text string) (*Modifier, error) {
	text = strings.TrimSpace(text)
	if text == "now" || text == "now()" {
		return &Modifier{}, nil
	}
	if text != "" && !strings.ContainsAny(text[:1], "+-") {
		if seconds, err := strconv.ParseFloat(text, 64); err == nil {
			if math.IsNaN(seconds) || seconds > 1e11 {
				return nil, fmt.Errorf("time modifier %q is out of range", text)
			}
			m := &Modifier{fixed: true}
			if whole, fraction := math.Modf(seconds); seconds > 0 {
				m.at = event.UnixEpoch + int64(whole)*event.TicksPerSecond + int64(fraction*event.TicksPerSecond)
			}
			return m, nil
		}
	}
	for _, form := range absolute {
		if t, err := time.Parse(form, text); err == nil {
			return &Modifier{fixed: true, at: event.TicksOf(t)}, nil
		}
	}
	if strings.HasPrefix(text, "rt") {
		return nil, fmt.Errorf("time modifier %q asks for a search that never ends", text)
	}
	there, ok := fn.RelativeTime(someTime, text)
	switch {
	case !ok || !strings.ContainsAny(text, "+-@"):
		return nil, fmt.Errorf("time modifier %q is no chain of offsets such as -70m and cuts such as @d; units are s, m, h, d, w, mon, q and y", text)
	case there > someTime+reach || there < someTime-reach:
		return nil, fmt.Errorf("time modifier %q leads too far", text)
	}
	return &Modifier{text: text, back: there < someTime}, nil
}

// Apply returns the time that the modifier tells from another one. The later that one is, the later is the result, or the same.
func (m *Modifier) Apply(t int64) int64 {
	switch {
	case m.fixed:
		return m.at
	case m.text == "":
		return t
	}
	there, ok := fn.RelativeTime(t, m.text)
	switch {
	case ok:
		return max(there, 0)
	case m.back:
		return 0
	}
	return lastTime
}
