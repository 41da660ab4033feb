package fn

import (
	"slices"

	"goshawk/event"
)

// Lists. Where a function wants a list, a value that is none is the list of that one value, as a field that occurs once is.

// itemsOf returns the elements of a list, or the value itself as the only one.
func itemsOf(v event.Value) []event.Value {
	switch v.Kind() {
	case event.List:
		return v.List()
	case event.Null:
		return nil
	}
	return []event.Value{v}
}

var _ = define(Func{
	Name: "list", Doc: "The list of the values, nulls included.",
	Params: []Param{variadic("values", "any")}, Result: "dynamic", Within: Choice,
	Eval:     func(args []event.Value) event.Value { return list(slices.Clone(args)...) },
	Examples: []Example{example(list(whole(1), text("a")), whole(1), text("a")), example(list())},
})

var _ = define(Func{
	Name: "to_list", Doc: "A list as it is, any other value as the list of it alone, Null as the empty list.",
	Params: []Param{required("value", "any")}, Result: "dynamic", Within: ChoiceOfFirst,
	Eval:     func(args []event.Value) event.Value { return list(slices.Clone(itemsOf(args[0]))...) },
	Examples: []Example{example(texts("a"), text("a")), example(texts("a"), texts("a")), example(list(), null)},
})

var _ = define(Func{
	Name: "list_length", Doc: "The number of elements of a list; 1 for a value that is none.",
	Params: []Param{required("list", "dynamic")}, Result: "long", Strict: true,
	Eval:     func(args []event.Value) event.Value { return whole(int64(len(itemsOf(args[0])))) },
	Examples: []Example{example(whole(2), texts("a", "b")), example(whole(0), list()), example(whole(1), text("a")), example(null, null)},
})

var _ = define(Func{
	Name: "element", Doc: "The element of a list at an index, counted from 0 or back from -1; Null where it has none there.",
	Params: []Param{required("list", "dynamic"), required("index", "long")}, Result: "any", Strict: true, Within: ChoiceOfFirst,
	Eval: func(args []event.Value) event.Value {
		of := itemsOf(args[0])
		i, ok := wholeNumber(args[1])
		if i < 0 {
			i += int64(len(of))
		}
		if !ok || i < 0 || i >= int64(len(of)) {
			return null
		}
		return of[i]
	},
	Examples: []Example{example(text("a"), texts("a", "b"), whole(0)), example(text("b"), texts("a", "b"), whole(-1)), example(null, texts("a"), whole(1)), example(text("x"), text("x"), whole(0))},
})

var _ = define(Func{
	Name: "list_slice", Doc: "The elements of a list from a place up to before another, the end if not given; negative places count back from the end.",
	Params: []Param{required("list", "dynamic"), required("from", "long"), optional("to", "long")}, Result: "dynamic", Strict: true, Within: ChoiceOfFirst,
	Eval: func(args []event.Value) event.Value {
		of := itemsOf(args[0])
		n := int64(len(of))
		from, ok1 := integerAt(args, 1, 0)
		to, ok2 := integerAt(args, 2, n)
		if !ok1 || !ok2 {
			return null
		}
		if from < 0 {
			from += n
		}
		if to < 0 {
			to += n
		}
		from = min(max(from, 0), n)
		return list(slices.Clone(of[from:min(max(to, from), n)])...)
	},
	Examples: []Example{example(texts("b"), texts("a", "b", "c"), whole(1), whole(-1)), example(texts("b", "c"), texts("a", "b", "c"), whole(-2)), example(list(), texts("a"), whole(5))},
})

var _ = define(Func{
	Name: "list_contains", Doc: "Whether a list has an element equal to a value.",
	Params: []Param{required("list", "dynamic"), required("value", "any")}, Result: "bool", Strict: true,
	Eval:     func(args []event.Value) event.Value { return boolean(indexIn(itemsOf(args[0]), args[1]) >= 0) },
	Examples: []Example{example(yes, list(whole(1), text("a")), float(1)), example(no, texts("a"), text("A"))},
})

var _ = define(Func{
	Name: "list_index_of", Doc: "The index of a list's first element equal to a value; -1 where there is none.",
	Params: []Param{required("list", "dynamic"), required("value", "any")}, Result: "long", Strict: true,
	Eval:     func(args []event.Value) event.Value { return whole(int64(indexIn(itemsOf(args[0]), args[1]))) },
	Examples: []Example{example(whole(1), texts("a", "b"), text("b")), example(whole(-1), list(), text("b"))},
})

func indexIn(of []event.Value, v event.Value) int {
	return slices.IndexFunc(of, func(e event.Value) bool {
		order, ok := Compare(e, v)
		return ok && order == 0
	})
}

var _ = define(Func{
	Name: "list_concat", Doc: "The elements of all lists, one list behind the other; nulls are left out.",
	Params: []Param{variadic("lists", "dynamic")}, Result: "dynamic", Within: Choice,
	Eval: func(args []event.Value) event.Value {
		out := []event.Value{}
		for _, v := range args {
			out = append(out, itemsOf(v)...)
		}
		return list(out...)
	},
	Examples: []Example{example(texts("a", "b"), texts("a"), null, text("b")), example(list())},
})

var _ = define(Func{
	Name: "list_flatten", Doc: "The elements of a list with those that are lists opened, at any depth.",
	Params: []Param{required("list", "dynamic")}, Result: "dynamic", Strict: true, Within: ChoiceOfFirst,
	Eval: func(args []event.Value) event.Value {
		out := []event.Value{}
		var open func(v event.Value)
		open = func(v event.Value) {
			if v.Kind() != event.List {
				out = append(out, v)
				return
			}
			for _, e := range v.List() {
				open(e)
			}
		}
		open(list(itemsOf(args[0])...))
		return list(out...)
	},
	Examples: []Example{example(texts("a", "b"), list(text("a"), list(text("b"))))},
})

var _ = define(Func{
	Name: "list_distinct", Doc: "The elements of a list, each value once, in the order of their first places.",
	Params: []Param{required("list", "dynamic")}, Result: "dynamic", Strict: true, Within: ChoiceOfFirst,
	Eval:     func(args []event.Value) event.Value { return list(distinct(itemsOf(args[0]))...) },
	Examples: []Example{example(list(whole(2), whole(1)), list(whole(2), float(2), whole(1)))},
})

func distinct(of []event.Value) []event.Value {
	out := []event.Value{}
	seen := keySet{}
	for _, v := range of {
		if seen.add(v) {
			out = append(out, v)
		}
	}
	return out
}

// keySet is a set of values.
type keySet map[string]struct{}

// add puts a value in and says whether it is new.
func (s keySet) add(v event.Value) bool {
	key := AppendKey(nil, v)
	if _, ok := s[string(key)]; ok {
		return false
	}
	s[string(key)] = struct{}{}
	return true
}

func setFunction(name, doc string, combine func(sets [][]event.Value) []event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{variadic("lists", "dynamic")}, Result: "dynamic", Strict: true,
		Eval: func(args []event.Value) event.Value {
			sets := make([][]event.Value, len(args))
			for i, v := range args {
				sets[i] = distinct(itemsOf(v))
			}
			return list(combine(sets)...)
		},
		Examples: examples,
	})
}

// among returns the elements that are in, or not in, another list.
func among(of, other []event.Value, in bool) []event.Value {
	there := keySet{}
	for _, v := range other {
		there.add(v)
	}
	out := []event.Value{}
	for _, v := range of {
		if _, ok := there[string(AppendKey(nil, v))]; ok == in {
			out = append(out, v)
		}
	}
	return out
}

var (
	_ = setFunction("set_union", "The values that are in any of the lists, each once.",
		func(sets [][]event.Value) []event.Value { return distinct(slices.Concat(sets...)) },
		example(texts("a", "b"), texts("a"), texts("b", "a")))
	_ = setFunction("set_intersect", "The values that are in all of the lists, each once, in the order of the first.",
		func(sets [][]event.Value) []event.Value {
			if len(sets) == 0 {
				return nil
			}
			out := sets[0]
			for _, s := range sets[1:] {
				out = among(out, s, true)
			}
			return out
		},
		example(texts("b"), texts("a", "b"), texts("b", "c")))
	_ = setFunction("set_difference", "The values of the first list that are in none of the others, each once.",
		func(sets [][]event.Value) []event.Value {
			if len(sets) == 0 {
				return nil
			}
			out := sets[0]
			for _, s := range sets[1:] {
				out = among(out, s, false)
			}
			return out
		},
		example(texts("a"), texts("a", "b"), texts("b", "c")))
)

var _ = define(Func{
	Name: "list_sort", Doc: "The elements of a list in the order of sorting, turned round if descending.",
	Params: []Param{required("list", "dynamic"), optional("descending", "bool")}, Result: "dynamic", Strict: true, Within: ChoiceOfFirst,
	Eval: func(args []event.Value) event.Value {
		out := slices.Clone(itemsOf(args[0]))
		slices.SortStableFunc(out, func(a, b event.Value) int {
			if len(args) > 1 && args[1].Bool() {
				a, b = b, a
			}
			return Order(a, b)
		})
		return list(out...)
	},
	Examples: []Example{example(list(whole(1), whole(2), text("a")), list(text("a"), whole(2), whole(1))), example(texts("b", "a"), texts("a", "b"), yes)},
})

var _ = define(Func{
	Name: "list_reverse", Doc: "The elements of a list, last first.",
	Params: []Param{required("list", "dynamic")}, Result: "dynamic", Strict: true, Within: ChoiceOfFirst,
	Eval: func(args []event.Value) event.Value {
		out := slices.Clone(itemsOf(args[0]))
		slices.Reverse(out)
		return list(out...)
	},
	Examples: []Example{example(texts("b", "a"), texts("a", "b"))},
})

var _ = define(Func{
	Name: "list_sum", Doc: "The sum of a list's elements; 0 of none, Null where they do not add up.",
	Params: []Param{required("list", "dynamic")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		sum := whole(0)
		for i, v := range itemsOf(args[0]) {
			if i == 0 && (isNumber(v) || v.Kind() == event.Duration) {
				sum = v
				continue
			}
			sum = Arithmetic('+', sum, v)
		}
		return sum
	},
	Examples: []Example{example(whole(3), list(whole(1), whole(2))), example(whole(0), list()), example(null, texts("a"))},
})

var _ = define(Func{
	Name: "list_range", Doc: "The list of the numbers, times or durations from a first to a last in steps, of 1 if not given; Null where it had no end or more than 1048576 elements.",
	Params: []Param{required("first", "any"), required("last", "any"), optional("step", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		step := whole(1)
		if len(args) > 2 {
			step = args[2]
		}
		forward, ok := Compare(step, zeroOf(step))
		if !ok || forward == 0 {
			return null
		}
		steps := toInt(Arithmetic('\\', Arithmetic('-', args[1], args[0]), step))
		if steps.IsNull() || steps.Int() >= 1<<20 {
			return null
		}
		out := []event.Value{}
		for v := args[0]; ; v = Arithmetic('+', v, step) {
			order, ok := Compare(v, args[1])
			switch {
			case !ok || len(out) > 1<<20:
				return null
			case order*forward > 0:
				return list(out...)
			}
			out = append(out, v)
		}
	},
	Examples: []Example{example(list(whole(1), whole(3)), whole(1), whole(4), whole(2)), example(list(), whole(2), whole(1)), example(null, whole(1), whole(2), whole(0))},
})

var _ = define(Func{
	Name: "list_zip", Doc: "The list of the lists of the first, the second … elements of several lists, Null where one is shorter.",
	Params: []Param{variadic("lists", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		longest := 0
		for _, v := range args {
			longest = max(longest, len(itemsOf(v)))
		}
		out := make([]event.Value, longest)
		for i := range out {
			row := make([]event.Value, len(args))
			for j, v := range args {
				row[j] = null
				if of := itemsOf(v); i < len(of) {
					row[j] = of[i]
				}
			}
			out[i] = list(row...)
		}
		return list(out...)
	},
	Examples: []Example{example(list(list(whole(1), text("a")), list(whole(2), null)), list(whole(1), whole(2)), texts("a"))},
})

// Functions of a list and a function.

var _ = define(Func{
	Name: "list_map", Doc: "The list of what a function gives for each element.",
	Params: []Param{required("list", "dynamic"), required("function", "lambda")}, Result: "dynamic", Strict: true,
	Apply: func(args []event.Value, call func(args ...event.Value) event.Value) event.Value {
		of := itemsOf(args[0])
		out := make([]event.Value, len(of))
		for i, v := range of {
			out[i] = call(v)
		}
		return list(out...)
	},
	Examples: []Example{example(texts("a"), texts("a")), example(null, null)},
})

var _ = define(Func{
	Name: "list_filter", Doc: "The elements for which a function is true.",
	Params: []Param{required("list", "dynamic"), required("function", "lambda")}, Result: "dynamic", Strict: true, Within: ChoiceOfFirst,
	Apply: func(args []event.Value, call func(args ...event.Value) event.Value) event.Value {
		out := []event.Value{}
		for _, v := range itemsOf(args[0]) {
			if call(v).Bool() {
				out = append(out, v)
			}
		}
		return list(out...)
	},
	Examples: []Example{example(list(yes), list(yes, no, null))},
})

var _ = define(Func{
	Name: "list_any", Doc: "Whether a function is true of an element.",
	Params: []Param{required("list", "dynamic"), required("function", "lambda")}, Result: "bool", Strict: true,
	Apply: func(args []event.Value, call func(args ...event.Value) event.Value) event.Value {
		return boolean(slices.ContainsFunc(itemsOf(args[0]), func(v event.Value) bool { return call(v).Bool() }))
	},
	Examples: []Example{example(yes, list(no, yes)), example(no, list())},
})

var _ = define(Func{
	Name: "list_all", Doc: "Whether a function is true of every element; true of an empty list.",
	Params: []Param{required("list", "dynamic"), required("function", "lambda")}, Result: "bool", Strict: true,
	Apply: func(args []event.Value, call func(args ...event.Value) event.Value) event.Value {
		return boolean(!slices.ContainsFunc(itemsOf(args[0]), func(v event.Value) bool { return !call(v).Bool() }))
	},
	Examples: []Example{example(no, list(no, yes)), example(yes, list())},
})
