package spl

// passes are the commands that give a row for each row.
var passes = map[string]bool{"eval": true, "rename": true, "fields": true, "table": true, "convert": true, "fillnull": true, "rex": true, "lookup": true, "fieldformat": true}

// lintAlways warns of a search that gives a row whatever the events are: stats without by counts none of them as 0, and nothing
// behind it asks how many there were.
func (l *lowering) lintAlways(list []*command) {
	if !l.env.Fires {
		return
	}
	for i := len(list) - 1; i >= 0; i-- {
		c := list[i]
		switch s := c.stage.(type) {
		case *searchStage:
			if t, all := s.where.(*term); all && t.value.text == "*" && i > 0 {
				continue
			}
			return
		case *statsStage:
			if len(s.by) == 0 {
				l.alwaysFires(c)
			}
			return
		case *tstatsStage:
			if len(s.by) == 0 {
				l.alwaysFires(c)
			}
			return
		default:
			if !passes[c.name] {
				return
			}
		}
	}
}

func (l *lowering) alwaysFires(c *command) {
	l.warnf(c.at, "spl-always-fires", "%s without by gives a row even where there are no events, so the search fires at every run", c.name).
		Hint = "name fields with by, or put a condition such as where count > 0 behind it"
}
