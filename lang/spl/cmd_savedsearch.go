package spl

import "goshawk/diag"

var _ = define(spec{
	name: "savedsearch", doc: "Runs a saved search and gives its rows.", generates: true,
	parse: func(a *args) stage {
		s := &savedSearchStage{at: a.nameAt(), replace: map[string]*diag.Text{}}
		ok := false
		if s.name, ok = a.value(); !ok {
			a.errorf(s.at, "spl-savedsearch", "savedsearch needs the name of a saved search")
			return nil
		}
		for !a.done() {
			a.blank()
			start, end := a.pos, a.bare()
			a.pos = end
			v, ok := value{}, end > start && a.accept('=')
			if ok {
				v, ok = a.value()
			}
			if !ok {
				a.pos = start
				a.errorf(a.here(), "spl-savedsearch", "what is put into a saved search is written as name=value")
				return nil
			}
			s.replace[a.text[start:end]] = a.unquoted(v)
		}
		return s
	},
})

type savedSearchStage struct {
	at      diag.Span
	name    value
	replace map[string]*diag.Text
}

func (s *savedSearchStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.at, "spl-not-first", "savedsearch must be the first command").Hint = "use append or union to add its rows to others"
		return nil
	}
	return l.saved(s.name, s.replace)
}
