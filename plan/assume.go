package plan

import (
	"bytes"

	"goshawk/event"
	"goshawk/plan/fn"
)

// assumption is what is known of a row. It decides conditions as far as they follow from that.
type assumption struct {
	value  func(*Column) (event.Value, bool)
	params map[string]event.Value
}

// answer says whether a condition is true.
type answer uint8

const (
	perhaps answer = iota // it may be true, false or null
	yes                   // it is true
	no                    // it is false
	neither               // it is null
)

// excludes says whether a condition cannot be true.
func (a assumption) excludes(e Expr) bool {
	answer := a.truth(e)
	return answer == no || answer == neither
}

func answerOf(truth bool) answer {
	if truth {
		return yes
	}
	return no
}

// truth decides a condition.
func (a assumption) truth(e Expr) answer {
	switch e := e.(type) {
	case *And:
		return a.all(e.List, yes, no)
	case *Or:
		return a.all(e.List, no, yes)
	case *Not:
		switch a.truth(e.X) {
		case yes:
			return no
		case no:
			return yes
		case neither:
			return neither
		}
		return perhaps
	case *Compare:
		for _, side := range []Expr{e.Left, e.Right} {
			if v, ok := a.of(side); ok && v.IsNull() {
				return neither
			}
		}
		return perhaps
	case *IsNull:
		if v, ok := a.of(e.X); ok {
			return answerOf(v.IsNull())
		}
		return perhaps
	case *Match:
		return a.match(e)
	}
	v, ok := a.of(e)
	switch {
	case !ok:
	case v.IsNull():
		return neither
	case v.Kind() == event.Bool:
		return answerOf(v.Bool())
	}
	return perhaps
}

// all decides a list of which one that is the opposite of the unit decides the whole.
func (a assumption) all(list []Expr, unit, decides answer) answer {
	out := unit
	for _, e := range list {
		switch a.truth(e) {
		case decides:
			return decides
		case perhaps:
			out = perhaps
		case neither:
			if out == unit {
				out = neither
			}
		}
	}
	return out
}

// match decides a Match of a single value with plain patterns.
func (a assumption) match(m *Match) answer {
	v, ok := a.of(m.Subject)
	switch {
	case !ok || v.Kind() == event.List:
		return perhaps
	case v.IsNull():
		return no
	}
	text := v.AppendText(nil)
	if m.Fold {
		text = event.AppendFold(nil, text)
	}
	met := 0
	for _, p := range m.Patterns {
		literal, plain := p.IsPlain()
		if p.Source != "" || !plain {
			return perhaps
		}
		if m.Fold {
			literal = event.Fold(literal)
		}
		meets := map[MatchOp]func(s, part []byte) bool{Equals: bytes.Equal, Prefix: bytes.HasPrefix, Suffix: bytes.HasSuffix, Contains: bytes.Contains}[m.Op]
		if meets == nil {
			return perhaps
		}
		if meets(text, []byte(literal)) {
			met++
		}
	}
	if m.All {
		return answerOf(met == len(m.Patterns))
	}
	return answerOf(met > 0)
}

// of computes an expression.
func (a assumption) of(e Expr) (event.Value, bool) {
	switch e := e.(type) {
	case *Literal:
		return e.Value, true
	case *Ref:
		return a.value(e.Column)
	case *Param:
		v, ok := a.params[e.Name]
		return v, ok
	case *Call:
		return a.call(e)
	}
	return event.Value{}, false
}

func (a assumption) call(e *Call) (event.Value, bool) {
	if e.Func == nil || e.Func.Fails != nil {
		return event.Value{}, false
	}
	if e.Func.Apply != nil {
		return a.anyOf(e)
	}
	args := make([]event.Value, len(e.Args))
	for i, arg := range e.Args {
		var ok bool
		if args[i], ok = a.of(arg); !ok {
			return event.Value{}, false
		}
		if e.Func.Strict && args[i].IsNull() {
			return event.NullValue(), true
		}
	}
	return e.Func.Eval(args), true
}

// anyOf computes whether a condition holds of an element of a list.
func (a assumption) anyOf(e *Call) (event.Value, bool) {
	if e.Func != fn.ByName("list_any") || len(e.Args) != 2 {
		return event.Value{}, false
	}
	list, known := a.of(e.Args[0])
	condition, ok := e.Args[1].(*Lambda)
	if !known || !ok || len(condition.Params) != 1 || list.Kind() != event.List {
		return event.Value{}, false
	}
	for _, v := range list.List() {
		switch (assumption{a.value, map[string]event.Value{condition.Params[0]: v}}).truth(condition.Body) {
		case yes:
			return event.BoolValue(true), true
		case perhaps:
			return event.Value{}, false
		}
	}
	return event.BoolValue(false), true
}
