package spl

var _ = define(spec{
	name: "fieldformat", doc: "Changes how a field is shown at the end, not what it is worth before.",
	parse: func(a *args) stage {
		name, ok := a.target()
		if !ok || !a.accept('=') {
			a.errorf(a.here(), "spl-fieldformat", "a field, = and an expression must stand here")
			return nil
		}
		x := a.eval()
		a.rest()
		if x == nil {
			return nil
		}
		return &fieldformatStage{evaluation{name, x}}
	},
})

type fieldformatStage struct{ evaluation }

func (s *fieldformatStage) lower(l *lowering, in *relation) *relation {
	out := in.clone()
	l.field(out, s.evaluation.field.text, s.evaluation.field.span)
	l.value(s.x, in) // complains about fields that do not exist
	out.shown = append(out.shown[:len(out.shown):len(out.shown)], s.evaluation)
	return out
}

// show gives fields the formats that fieldformat told, where the rows are shown.
func (l *lowering) show(r *relation) *relation {
	out := r.clone()
	for _, e := range r.shown {
		if _, ok := l.find(r, e.field.text); ok {
			// Formats see the values, not each other.
			l.lenient = true
			l.compute(out, assignment{e.field.text, anyType, l.value(e.x, r)})
			l.lenient = false
		}
	}
	return out
}
