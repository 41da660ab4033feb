package sigma

import (
	"fmt"
	"sort"
)

// modifier is one word behind the bar of a key. It works on each value, or on the item as a whole.
type modifier struct {
	name    string
	aliases []string
	doc     string // what it does, in one phrase
	// value turns what a value has become so far into what it becomes by this modifier; it must report what it refuses.
	value func(l *chain, t term) (term, bool)
	// item changes how the values of the item are linked.
	item func(l *itemLowering)
	// first says that it takes unmodified values only.
	first bool
}

// chain is the application of modifiers to one value.
type chain struct {
	*itemLowering
	modifier Word
	source   Value
}

// modifiers are all by all their names; each is defined in the file of its family.
var modifiers = map[string]*modifier{}

func define(list ...modifier) bool {
	for _, m := range list {
		for _, name := range append([]string{m.name}, m.aliases...) {
			if modifiers[name] != nil || (m.value == nil) == (m.item == nil) {
				panic(fmt.Sprintf("sigma: modifier %q is defined twice or does not do exactly one thing", name))
			}
			modifiers[name] = &m
		}
	}
	return true
}

// ModifierInfo describes a modifier.
type ModifierInfo struct {
	Name    string
	Aliases []string
	Doc     string // what it does, in one phrase
}

// Modifiers returns all modifiers in the order of their names.
func Modifiers() []ModifierInfo {
	var list []ModifierInfo
	for _, name := range modifierNames() {
		if m := modifiers[name]; m.name == name {
			list = append(list, ModifierInfo{m.name, m.aliases, m.doc})
		}
	}
	return list
}

func modifierNames() []string {
	names := make([]string, 0, len(modifiers))
	for name := range modifiers {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// refuse reports that a modifier cannot take what the value is.
func (c *chain) refuse(t term) (term, bool) {
	d := c.errorf(c.modifier.Span, "sigma-modifier-type", "%s cannot be applied to %s", c.modifier.Text, nameOf(t))
	if _, ok := t.(scalar); ok {
		d.Hint = "quote the value " + c.source.Text + " to make it text"
	}
	return t, false
}

// onPattern applies a change to the variants of a text.
func (c *chain) onPattern(t term, change func(pattern) (term, bool)) (term, bool) {
	if x, ok := t.(pattern); ok {
		return change(x)
	}
	return c.refuse(t)
}
