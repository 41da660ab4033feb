package kql

import (
	"cmp"
	"strings"

	"goshawk/event"
)

// defaultName returns what a column is called that is given no name; it is empty where it is called Column1, Column2 and so on.
func defaultName(x node) string {
	switch x := bare(x).(type) {
	case *name:
		return x.text
	case *member:
		if side, ok := x.of.(*name); ok && (side.text == "$left" || side.text == "$right") {
			return x.name.text
		}
		return joined(defaultName(x.of), x.name.text)
	case *index:
		l, ok := bare(x.i).(*literal)
		if u, negative := bare(x.i).(*unary); negative {
			l, ok = bare(u.x).(*literal)
		}
		if !ok {
			return defaultName(x.of)
		}
		return joined(defaultName(x.of), l.value.Text())
	case *call:
		f := functions[x.fn.text]
		if f == nil || len(x.args) == 0 {
			return ""
		}
		first := defaultName(x.args[0].value)
		if given := x.args[0].name; given != nil {
			first = given.text
		}
		switch f.naming {
		case nameFirst:
			return first
		case nameOnly:
			if prefix := cmp.Or(f.prefix, f.name); first != "" {
				return prefix + "_" + first
			}
		}
	}
	return ""
}

func joined(of, part string) string {
	if of == "" {
		return ""
	}
	return of + "_" + part
}

// aggregateName returns the default name of the column of an aggregate's call: sum_x, dcount_d_x, and sum_ of an expression.
func aggregateName(prefix string, x *call) string {
	if len(x.args) == 0 {
		return prefix + "_"
	}
	return prefix + "_" + argumentName(x.args[0].value)
}

// argumentName looks through conversions.
func argumentName(x node) string {
	switch x := bare(x).(type) {
	case *name, *member, *index:
		return defaultName(x)
	case *call:
		if f := functions[x.fn.text]; f != nil && f.naming == nameFirst && len(x.args) > 0 {
			return argumentName(x.args[0].value)
		}
	}
	return ""
}

// namer gives the columns of an operator their names.
type namer struct {
	taken   func(string) bool
	counter func(string) bool // names that Column1, Column2 … avoid as well; nil: none
	counted int
}

// unnamed returns the name for an expression without one.
func (n *namer) unnamed(x node) string {
	if d := defaultName(x); d != "" {
		return free(d, n.taken)
	}
	for {
		n.counted++
		if c := "Column" + itoa(n.counted); !n.taken(c) && (n.counter == nil || !n.counter(c)) {
			return c
		}
	}
}

// numberName spells a number as names have it: 99.9 is 99_9.
func numberName(v event.Value) string {
	return strings.NewReplacer(".", "_", "-", "_").Replace(v.Text())
}
