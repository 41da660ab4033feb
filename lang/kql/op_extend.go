package kql

import (
	"slices"

	"goshawk/event"
	"goshawk/schema"
)

var _ = defineOperator(operator{
	name: "extend", doc: "adds columns, or replaces those of their names",
	parse: func(p *parser) operation {
		if list := p.namedExprs(); len(list) > 0 {
			return &extendStage{list}
		}
		return nil
	},
})

type extendStage struct{ list []named }

func (e *extendStage) bind(b *binder, s *stage, in *relation) *relation {
	out := in.derive()
	b.clause = "extend"
	list, ok := b.assignedList(out, e.list, func(n string) bool { return in.find(n) != nil }, true)
	if !ok {
		return nil
	}
	return b.extend(out, list)
}

// assignedList binds the expressions of extend and project, over the rows out, and names their columns. replaces says that an
// expression without a name takes the place of the column of the name that it would have. ok is false after a complaint that leaves
// nothing to go on with.
func (b *binder) assignedList(out *relation, list []named, exists func(string) bool, replaces bool) (result []assigned, ok bool) {
	if len(list) > 0 && b.tooWide(len(list)+len(out.columns), list[0].x.span()) {
		return nil, false
	}
	made := map[string]bool{}
	explicit := map[string]bool{}
	for _, n := range list {
		for _, one := range n.names {
			explicit[one.text] = true
		}
	}
	namer := &namer{taken: func(n string) bool { return made[n] || explicit[n] }, counter: func(n string) bool { return out.find(n) != nil }}
	for _, n := range list {
		v := b.expr(&context{scope: b.scope, in: out}, n.x)
		if len(v.parts) > 0 {
			result = append(result, b.partColumns(n, v, func(text string) string {
				text = free(text, namer.taken)
				made[text] = true
				return text
			})...)
			continue
		}
		switch len(n.names) {
		case 0:
			text := defaultName(n.x)
			switch {
			case text == "":
				outer := namer.taken
				namer.taken = func(n string) bool { return outer(n) || exists(n) }
				text = namer.unnamed(n.x)
				namer.taken = outer
			case replaces && !made[text] && !explicit[text]:
			default:
				text = namer.unnamed(n.x)
			}
			made[text] = true
			result = append(result, assigned{text, v})
		case 1:
			text := n.names[0].text
			if slices.ContainsFunc(result, func(a assigned) bool { return a.name == text }) {
				b.errorf(n.names[0].span(), "duplicate-column", "KS171", "two columns are called `%s`", text)
				continue
			}
			made[text] = true
			result = append(result, assigned{text, v})
		default:
			result = append(result, b.several(n, v)...)
		}
	}
	return result, true
}

// partColumns names the columns of a function that gives several: as many as have names by these, the others by their own.
func (b *binder) partColumns(n named, v value, fresh func(string) string) []assigned {
	if len(n.names) > len(v.parts) {
		b.errorf(n.names[len(v.parts)].span(), "too-many-names", "KS145", "there are %d values for %d names", len(v.parts), len(n.names))
		return nil
	}
	out := make([]assigned, len(v.parts))
	for i, part := range v.parts {
		if out[i].v = part.v; i < len(n.names) {
			out[i].name = n.names[i].text
		} else {
			out[i].name = fresh(part.name)
		}
	}
	return out
}

// several gives the elements of an array names of their own.
func (b *binder) several(n named, v value) []assigned {
	var out []assigned
	for i, one := range n.names {
		out = append(out, assigned{one.text, b.inside(v, literalValue(event.IntValue(int64(i)), schema.Long), n.x.span())})
	}
	return out
}
