package spl

import "goshawk/schema"

var _ = define(spec{
	name: "setfields", doc: "Gives fields the same value in all rows.",
	parse: func(a *args) stage {
		s := &setfieldsStage{}
		for a.commas(); !a.done(); a.commas() {
			name, ok := a.value()
			if !ok || !a.accept('=') {
				a.errorf(a.here(), "spl-setfields", `setfields needs fields written as name="value"`)
				return nil
			}
			v, ok := a.value()
			if !ok {
				a.errorf(a.here(), "spl-setfields", "a value must stand behind =")
				return nil
			}
			s.names, s.values = append(s.names, name.text), append(s.values, v.text)
		}
		if len(s.names) == 0 {
			a.errorf(a.here(), "spl-setfields", `setfields needs fields written as name="value"`)
			return nil
		}
		return s
	},
})

type setfieldsStage struct{ names, values []string }

func (s *setfieldsStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	for i, name := range s.names {
		l.compute(out, assignment{name, schema.Any, textLiteral(s.values[i])})
	}
	return out
}
