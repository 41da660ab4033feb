package spl

import "goshawk/plan"

var _ = define(spec{
	name: "streamstats", doc: "Computes aggregates over the rows up to each row.",
	parse: func(a *args) stage {
		s := &streamstatsStage{current: true, global: true}
		known := []string{"current", "window", "global", "allnum", "reset_on_change", "reset_before", "reset_after", "time_window"}
		options := func() bool {
			for {
				name, v, ok := a.option(known...)
				if !ok {
					return true
				}
				switch name {
				case "current":
					s.current = a.yes(v)
				case "window":
					s.window = a.count(v)
				case "global":
					s.global = a.yes(v)
				case "allnum", "reset_on_change":
					if a.yes(v) {
						a.errorf(v.span, "spl-option", "streamstats %s=true is not run", name)
						return false
					}
				default:
					a.errorf(v.span, "spl-option", "streamstats %s is not run", name)
					return false
				}
			}
		}
		if !options() {
			return nil
		}
		s.list = a.measures("by", "current", "window", "global", "allnum", "reset_on_change", "reset_before", "reset_after", "time_window")
		if !options() {
			return nil
		}
		if a.keyword("by") {
			s.by = a.names(known...)
		}
		if !options() {
			return nil
		}
		a.rest()
		if len(s.list) == 0 {
			a.errorf(a.here(), "spl-stats", "streamstats needs an aggregate such as count")
			return nil
		}
		if s.window > 0 && s.global && len(s.by) > 0 {
			a.errorf(s.by[0].span, "spl-option", "streamstats with window and by keeps one window for all groups, which is not run").Hint = "write global=f for a window of each group"
			return nil
		}
		return s
	},
})

type streamstatsStage struct {
	eventstatsStage
	current, global bool
	window          int64
}

func (s *streamstatsStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.arrange(out)
	list := l.spread(out, s.list, s.by)
	if starred(list) {
		l.errorf(s.list[0].at, "spl-wildcard", "streamstats cannot take fields that are not known before the search runs").Hint = "name the fields, or put a table in front"
		return nil
	}
	frame := plan.Frame{Preceding: -1, ExcludeCurrent: !s.current}
	if s.window > 0 {
		frame.Preceding = s.window - 1
		if !s.current { // the window is the rows before this one
			frame.Preceding = s.window
		}
	}
	return l.window(out, list, l.keys(out, s.by), frame)
}
