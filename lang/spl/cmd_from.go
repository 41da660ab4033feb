package spl

var _ = define(spec{
	name: "from", doc: "Gives the rows of a data set, a lookup or a saved search.", generates: true,
	parse: func(a *args) stage {
		s := &fromStage{}
		var ok bool
		if s.from, ok = a.source(); !ok {
			return nil
		}
		if s.from.kind == "datamodel" {
			a.modelOptions(nil)
		}
		a.rest()
		return s
	},
})

type fromStage struct{ from *source }

func (s *fromStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.from.name.span, "spl-not-first", "from must be the first command").Hint = "use append or union to add rows to others"
		return nil
	}
	return l.sourceRows(s.from, 0)
}

// modelOptions reads the options for rows of a data model. There are no summaries here: all events are searched.
func (a *args) modelOptions(strict *bool) {
	known := []string{"strict_fields", "allow_old_summaries", "summariesonly"}
	for {
		name, v, ok := a.option(known...)
		switch {
		case ok && name == "strict_fields" && strict != nil:
			*strict = a.yes(v)
		case ok && name == "summariesonly":
			if a.yes(v) {
				a.warnf(v.span, "spl-summaries", "there are no summaries here: all events are searched")
			}
		case ok:
			a.yes(v)
		case !a.unknownOption(known...):
			return
		}
	}
}
