package spl

import (
	"strconv"
	"strings"
	"time"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "gentimes", doc: "Makes rows that are spans of time, one behind the other.", generates: true,
	parse: func(a *args) stage {
		s := &genTimesStage{at: a.nameAt(), step: 24 * time.Hour}
		known := []string{"start", "end", "increment"}
		for !a.done() {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "start":
				s.start = v
			case ok && name == "end":
				s.end = v
			case ok:
				s.step = increment(v.text)
				if s.step <= 0 {
					a.errorf(v.span, "spl-span", "%s is no step", clip(v.text)).Hint = "write a number with s, m, h or d"
				}
			case a.unknownOption(known...):
			default:
				a.rest()
			}
		}
		if s.start.text == "" {
			a.errorf(s.at, "spl-gentimes", "gentimes needs start=")
			return nil
		}
		return s
	},
})

type genTimesStage struct {
	at         diag.Span
	start, end value
	step       time.Duration
}

// increment reads a step such as 1d; 0 is none.
func increment(text string) time.Duration {
	i := 0
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	n, err := strconv.ParseInt(text[:i], 10, 32)
	unit := map[string]time.Duration{"": 24 * time.Hour, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[strings.ToLower(text[i:])]
	if err != nil {
		return 0
	}
	return time.Duration(n) * unit
}

func (s *genTimesStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.at, "spl-not-first", "gentimes must be the first command")
		return nil
	}
	from, ok := s.moment(l, s.start)
	if !ok {
		return nil
	}
	to := s.midnight(l)
	if s.end.text != "" {
		if to, ok = s.moment(l, s.end); !ok {
			return nil
		}
	}
	if to.Sub(from)/s.step > mostMade {
		l.errorf(s.at, "spl-gentimes", "at most %d spans of time are made", mostMade)
		return nil
	}
	node := &plan.Values{}
	for _, name := range []string{"endhuman", "endtime", "starthuman", "starttime"} {
		node.Out = append(node.Out, l.column(name, schema.Any))
	}
	for at := from; at.Before(to); at = at.Add(s.step) {
		end := at.Add(s.step - time.Second)
		node.Rows = append(node.Rows, []event.Value{human(end), event.IntValue(end.Unix()), human(at), event.IntValue(at.Unix())})
	}
	out := &relation{node: node, by: "gentimes"}
	for i, name := range []string{"endhuman", "endtime", "starthuman", "starttime"} {
		out.set(name, &plan.Ref{Column: node.Out[i]})
	}
	return out
}

func human(t time.Time) event.Value { return event.TextValue(t.Format("Mon Jan 2 15:04:05 2006")) }

// midnight returns the beginning of the day of the search.
func (s *genTimesStage) midnight(l *lowering) time.Time {
	l.search.TimeDependent = true
	return time.Unix(int64(secondsOf(l.env.Now)), 0).UTC().Truncate(24 * time.Hour)
}

// moment reads a time: month/day/year, with :hours:minutes:seconds behind it or not, or a number of days from midnight.
func (s *genTimesStage) moment(l *lowering, v value) (time.Time, bool) {
	if days, err := strconv.ParseInt(v.text, 10, 32); err == nil {
		return s.midnight(l).AddDate(0, 0, int(days)), true
	}
	for _, layout := range []string{"1/2/2006", "1/2/2006:15:04:05", "1/2/06", "1/2/06:15:04:05"} {
		if t, err := time.Parse(layout, v.text); err == nil {
			return t, true
		}
	}
	l.errorf(v.span, "spl-time", "%s is no time", clip(v.text)).Hint = "write month/day/year, or a number of days such as -7"
	return time.Time{}, false
}
