package spl

var _ = define(spec{
	name: "appendpipe", doc: "Runs commands on the rows and adds what they give behind the rows.",
	parse: func(a *args) stage {
		for {
			_, v, ok := a.option("run_in_preview")
			if !ok {
				break
			}
			a.yes(v)
		}
		a.unknownOption("run_in_preview")
		if a.peek() != '[' {
			a.errorf(a.here(), "spl-subsearch", "appendpipe needs commands in square brackets")
			return nil
		}
		span, ok := a.square()
		if !ok {
			return nil
		}
		a.rest()
		return &appendPipeStage{a.body(span.Start, span.End)}
	},
})

type appendPipeStage struct{ body *pipeline }

func (s *appendPipeStage) lower(l *lowering, in *relation) *relation {
	more := l.commands(s.body.commands, in, false)
	if more == nil {
		return nil
	}
	return l.unite("appendpipe", in, more)
}
