package spl

// Commands that give the rows they are given. They tell the original how to run a search or how to show it, which does not
// change what it answers.
var passing = []struct {
	name, doc string
	fields    bool // fields may stand behind it
}{
	{"highlight", "Marks words for whoever shows the rows; they stay as they are.", true},
	{"localop", "Tells the original where to run the search; the rows stay as they are.", false},
	{"noop", "Tells the original how to run the search; the rows stay as they are.", true},
	{"redistribute", "Tells the original how to spread the search over machines; the rows stay as they are.", true},
	{"require", "Fails the search of the original where there are no rows; the rows stay as they are.", false},
}

var _ = definePassing()

func definePassing() bool {
	for _, p := range passing {
		define(spec{name: p.name, doc: p.doc, parse: func(a *args) stage {
			for p.fields && !a.done() {
				before := a.pos
				a.value()
				a.accept('=')
				a.commas()
				if a.pos == before {
					break
				}
			}
			a.rest()
			return passingStage{}
		}})
	}
	return true
}

type passingStage struct{}

func (passingStage) lower(_ *lowering, in *relation) *relation { return in }
