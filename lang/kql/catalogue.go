package kql

import (
	"slices"
)

// Item is one thing that the language has, for documentation.
type Item struct {
	Name    string
	Aliases []string
	// Takes and Gives are the signature of a function or an aggregate; empty where it has none.
	Takes, Gives string
	Doc          string // one sentence
	Refused      string // why it is not run; empty if it is
}

// gather makes the items of a registry, sorted by name. what returns the item of a registered name; its Name tells aliases.
func gather[T any](registry map[string]T, what func(T) Item) []Item {
	var list []Item
	for name, x := range registry {
		item := what(x)
		if item.Name == "" {
			item.Name = name
		}
		if item.Name == name {
			list = append(list, item)
		}
	}
	for i := range list {
		slices.Sort(list[i].Aliases)
	}
	slices.SortFunc(list, func(a, b Item) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return list
}

// Operators returns the tabular operators.
func Operators() []Item {
	return gather(operators, func(o *operator) Item {
		return Item{Name: o.name, Aliases: slices.Clone(o.aliases), Doc: o.doc, Refused: o.refused}
	})
}

// Functions returns the scalar functions.
func Functions() []Item {
	return gather(functions, func(f *function) Item {
		return Item{Name: f.name, Aliases: slices.Clone(f.aliases), Takes: f.takes, Gives: f.gives, Doc: f.doc, Refused: f.refused}
	})
}

// Aggregates returns the aggregate functions.
func Aggregates() []Item {
	return gather(aggregates, func(a *aggregate) Item {
		return Item{Name: a.name, Aliases: slices.Clone(a.aliases), Takes: a.takes, Gives: a.gives, Doc: a.doc, Refused: a.refused}
	})
}

// Plugins returns the plugins of evaluate.
func Plugins() []Item {
	return gather(plugins, func(p *plugin) Item { return Item{Doc: p.doc, Refused: p.refused} })
}

// TableFunctions returns the names of the functions that give rows.
func TableFunctions() []string {
	var names []string
	for name := range tableFunctions {
		names = append(names, name)
	}
	for name := range invoked {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
