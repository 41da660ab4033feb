package report

import "goshawk/detection"

// shelf keeps the first findings of every rule in a form of the format's choice, as many for each rule as fit the whole:
// each has the same right to room, so that one noisy rule does not crowd out the others. What is kept depends only on the
// findings and their order.
type shelf[T any] struct {
	perRule int // of one rule at most
	total   int // of all rules, unless there are more rules than that: at least one finding of each rule is kept
	kept    map[*detection.Detection][]T
	used    int
	room    int // of one rule, as things stand
}

func newShelf[T any](perRule, total int) *shelf[T] {
	return &shelf[T]{perRule: perRule, total: total, room: perRule, kept: map[*detection.Detection][]T{}}
}

// put keeps the finding that describe gives, if there is room for it.
func (s *shelf[T]) put(d *detection.Detection, describe func() T) {
	if len(s.kept[d]) >= s.room {
		return
	}
	s.kept[d] = append(s.kept[d], describe())
	s.used++
	for s.used > s.total && s.room > 1 {
		s.room /= 2
		s.used = 0
		for d, list := range s.kept {
			if len(list) > s.room {
				clear(list[s.room:])
				s.kept[d] = list[:s.room]
			}
			s.used += len(s.kept[d])
		}
	}
}
