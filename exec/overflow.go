package exec

import (
	"goshawk/event"
	"goshawk/plan/eval"
)

// overflow is what an expression panics with that makes more than it may. It never leaves the room: a Run ends in an error.
type overflow struct{ most int64 }

// incomplete is what an expression panics with that has no whole answer.
type incomplete string

func (o overflow) complaint() error {
	return complaint(CodeMemory, "narrow the query or allow it more memory", "an expression makes values of more than %d bytes", o.most)
}

// caught makes an error of an overflow; it is for defer only.
func (r *Run) caught(err *error) {
	switch p := recover().(type) {
	case nil:
	case overflow:
		*err = r.fail(p.complaint())
	case incomplete:
		*err = r.fail(complaint(CodeIncomplete, "", "%s", string(p)))
	default:
		panic(p)
	}
}

// purse counts the bytes of the values of one vector while it is made.
type purse struct{ held, most int64 }

// own returns a value that does not wait for a source's codec, and counts it.
func (p *purse) own(v event.Value) event.Value {
	v = owned(v)
	switch v.Kind() {
	case event.Text, event.Decimal, event.List, event.Object:
		if p.held += sizeOf(v); p.most >= 0 && p.held > p.most {
			panic(overflow{p.most})
		}
	}
	return v
}

// checked panics if a program gave up on a row that it read, or has no whole answer for it.
func checked(row *eval.Row) {
	if row.Overflow {
		panic(overflow{eval.MaxMade})
	}
	if row.Failed != "" {
		panic(incomplete(row.Failed))
	}
}
