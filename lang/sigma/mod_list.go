package sigma

// all, neq: how the values of an item are linked, wherever in the chain they stand.

var _ = define(
	modifier{name: "all", doc: "all values instead of any", item: func(l *itemLowering) { l.all = true }},
	modifier{name: "neq", doc: "not the item", item: func(l *itemLowering) { l.negated = true }},
)
