package report

import (
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/engine"
)

// suppressor is what one exclusion, or another suppressor, did to all rules together.
type suppressor struct {
	name        string
	matches     int64
	rules       int
	first, last int64
}

// suppressors adds up what each suppressor did, in the order in which rules have them.
func suppressors(r *engine.Report) []suppressor {
	var list []suppressor
	for _, s := range r.Suppressions {
		name := s.Why
		if id, ok := detection.ExclusionOf(name); ok {
			name = id
		}
		i := slices.IndexFunc(list, func(x suppressor) bool { return x.name == name })
		if i < 0 {
			i = len(list)
			list = append(list, suppressor{name: name})
		}
		one := &list[i]
		one.matches += s.Matches
		one.rules++
		if s.First != 0 && (one.first == 0 || s.First < one.first) {
			one.first = s.First
		}
		one.last = max(one.last, s.Last)
	}
	return list
}

// suppressedLine says how much was suppressed, and what suppresses nothing.
func suppressedLine(r *engine.Report) string {
	list := suppressors(r)
	var idle []string
	for _, s := range list {
		if s.matches == 0 {
			idle = append(idle, name(s.name))
		}
	}
	text := manyOf(r.SuppressedMatches, "match", "matches") + " (" + plural(len(list), "exclusion") + ")"
	switch {
	case len(idle) == len(list) && len(list) == 1:
		text += "; it suppresses nothing here"
	case len(idle) == len(list):
		text += "; none of them suppresses anything here"
	case len(idle) > 3:
		text += "; " + count(len(idle)) + " of them suppress nothing here"
	case len(idle) > 0:
		text += "; nothing is suppressed by " + strings.Join(idle, ", ")
	}
	return text
}
