package spl

var _ = define(spec{
	name: "tail", doc: "Keeps the last rows, 10 unless told, the last one first.",
	parse: func(a *args) stage {
		s := &reverseStage{limit: 10}
		if isDigit(a.peek()) {
			v, _ := a.value()
			s.limit = a.count(v)
		}
		a.rest()
		return s
	},
})
