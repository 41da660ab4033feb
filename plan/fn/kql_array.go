package fn

import (
	"math"
	"slices"

	"goshawk/event"
)

// Kusto's functions of arrays. What is no array is null to them.

// kqlArray is a function of an array that is Null where the first argument is none.
func kqlArray(name, doc, result string, params []Param, f func(of []event.Value, args []event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc + " Null where the value is no array.", Params: append([]Param{required("array", "dynamic")}, params...), Result: result,
		Eval: func(args []event.Value) event.Value {
			if args[0].Kind() != event.List {
				return null
			}
			return f(args[0].List(), args)
		},
		Examples: append(examples, example(null, append([]event.Value{text("x")}, firstArgs(examples)...)...)),
	})
}

// firstArgs returns the arguments behind the first of the first example.
func firstArgs(examples []Example) []event.Value { return examples[0].Args[1:] }

func numbersOf(of []event.Value) ([]float64, bool) {
	out := make([]float64, len(of))
	for i, v := range of {
		if !isNumber(v) {
			return nil, false
		}
		out[i] = v.Float()
	}
	return out, true
}

// kqlShift moves elements so many places to the left and fills up with a value.
func kqlShift(of []event.Value, n int64, fill event.Value) event.Value {
	out := make([]event.Value, len(of))
	for i := range out {
		if from := int64(i) + n; (n >= 0) == (from >= int64(i)) && from >= 0 && from < int64(len(of)) {
			out[i] = of[from]
		} else {
			out[i] = fill
		}
	}
	return list(out...)
}

func kqlRotate(of []event.Value, n int64) event.Value {
	if len(of) == 0 {
		return list()
	}
	n %= int64(len(of))
	if n < 0 {
		n += int64(len(of))
	}
	return list(slices.Concat(of[n:], of[:n])...)
}

func kqlShifter(name, doc string, sign int64, examples ...Example) *Func {
	return kqlArray(name, doc, "dynamic", []Param{required("count", "long"), optional("fill", "any")}, func(of, args []event.Value) event.Value {
		n, ok := wholeNumber(args[1])
		if !ok || n == math.MinInt64 {
			return null
		}
		fill := null
		if len(args) > 2 {
			fill = args[2]
		} else if len(of) > 0 && !slices.ContainsFunc(of, func(v event.Value) bool { return v.Kind() != event.Text }) {
			fill = empty
		}
		return kqlShift(of, sign*n, fill)
	}, examples...)
}

func kqlRotator(name, doc string, sign int64, examples ...Example) *Func {
	return kqlArray(name, doc, "dynamic", []Param{required("count", "long")}, func(of, args []event.Value) event.Value {
		n, ok := wholeNumber(args[1])
		if !ok || n == math.MinInt64 {
			return null
		}
		return kqlRotate(of, sign*n)
	}, examples...)
}

func kqlFirst(n int64) event.Value {
	out := make([]event.Value, n)
	for i := range out {
		out[i] = whole(int64(i) + 1)
	}
	return list(out...)
}

var (
	_ = kqlArray("kql_array_length", "The number of elements of an array.", "long", nil,
		func(of, _ []event.Value) event.Value { return whole(int64(len(of))) },
		example(whole(4), list(whole(1), whole(2), whole(3), text("four"))), example(whole(0), list()), example(null, null), example(null, object()))
	_ = kqlArray("kql_array_reverse", "The elements of an array, last first.", "dynamic", nil,
		func(of, _ []event.Value) event.Value {
			out := slices.Clone(of)
			slices.Reverse(out)
			return list(out...)
		},
		example(list(whole(2), whole(1), whole(3)), list(whole(3), whole(1), whole(2))))
	_ = kqlArray("kql_array_sum", "The sum of an array of numbers, as a real; Null where an element is none.", "real", nil,
		func(of, _ []event.Value) event.Value {
			numbers, ok := numbersOf(of)
			if !ok {
				return null
			}
			total := 0.0
			for _, f := range numbers {
				total += f
			}
			return float(total)
		},
		example(float(6), list(whole(3), whole(1), whole(2))), example(null, list(whole(1), text("x"))), example(float(0), list()))
	_ = kqlArray("kql_array_slice", "The elements of an array from an index up to another, both included; negative ones count from the end.", "dynamic", []Param{required("from", "long"), required("to", "long")},
		func(of, args []event.Value) event.Value {
			n := int64(len(of))
			from, ok1 := wholeNumber(args[1])
			to, ok2 := wholeNumber(args[2])
			if !ok1 || !ok2 {
				return null
			}
			if from < 0 {
				from += n
			}
			if to < 0 {
				to += n
			}
			from, to = max(from, 0), min(to, n-1)
			if from > to {
				return list()
			}
			return list(slices.Clone(of[from : to+1])...)
		},
		example(list(whole(1), whole(2)), list(whole(3), whole(1), whole(2)), whole(1), whole(2)), example(list(whole(1), whole(2)), list(whole(3), whole(1), whole(2)), whole(-2), whole(-1)),
		example(list(whole(3), whole(4)), kqlFirst(5), whole(-3), whole(-2)), example(list(), kqlFirst(2), whole(5), whole(9)))
	_ = kqlShifter("kql_array_shift_left", "The elements of an array moved so many places toward its start, a value or else null, among texts an empty one, in the places left.", 1,
		example(list(whole(3), null, null), kqlFirst(3), whole(2)), example(list(whole(3), whole(-1)), list(whole(2), whole(3)), whole(1), whole(-1)),
		example(list(whole(-1), whole(-1), whole(1), whole(2), whole(3)), kqlFirst(5), whole(-2), whole(-1)), example(texts("b", ""), texts("a", "b"), whole(1)))
	_ = kqlShifter("kql_array_shift_right", "The elements of an array moved so many places toward its end, a value or else null, among texts an empty one, in the places left.", -1,
		example(list(null, null, whole(1)), kqlFirst(3), whole(2)))
	_ = kqlRotator("kql_array_rotate_left", "The elements of an array moved so many places toward its start, those that leave it coming back at its end.", 1,
		example(list(whole(3), whole(4), whole(5), whole(1), whole(2)), kqlFirst(5), whole(2)), example(list(whole(4), whole(5), whole(1), whole(2), whole(3)), kqlFirst(5), whole(-2)))
	_ = kqlRotator("kql_array_rotate_right", "The elements of an array moved so many places toward its end, those that leave it coming back at its start.", -1,
		example(list(whole(4), whole(5), whole(1), whole(2), whole(3)), kqlFirst(5), whole(2)), example(list(whole(3), whole(4), whole(5), whole(1), whole(2)), kqlFirst(5), whole(-2)))
	_ = kqlArray("kql_array_split", "An array cut before each of one or more indexes, negative ones counted from the end, as an array of arrays.", "dynamic", []Param{required("indexes", "any")},
		func(of, args []event.Value) event.Value {
			at := []int{0}
			for _, v := range itemsOf(args[1]) {
				i, ok := wholeNumber(v)
				if i < 0 {
					i += int64(len(of))
				}
				if !ok {
					return null
				}
				at = append(at, int(min(max(i, 0), int64(len(of)))))
			}
			slices.Sort(at)
			at = append(at, len(of))
			out := make([]event.Value, len(at)-1)
			for i := range out {
				out[i] = list(slices.Clone(of[at[i]:at[i+1]])...)
			}
			return list(out...)
		},
		example(list(list(whole(1), whole(2)), list(whole(3), whole(4), whole(5))), kqlFirst(5), whole(2)),
		example(list(list(whole(1)), list(whole(2), whole(3)), list(whole(4), whole(5))), kqlFirst(5), list(whole(1), whole(3))))
	_ = kqlArray("kql_array_iff", "For each truth of an array, numbers counting as whether they are not 0, an element of a second array or else of a third at its place; a value that is no array stands for each element, other conditions and places beyond an array give null.", "dynamic",
		[]Param{required("then", "any"), required("otherwise", "any")},
		func(of, args []event.Value) event.Value {
			out := make([]event.Value, len(of))
			for i, v := range of {
				from, known := args[2], v.Kind() == event.Bool || isNumber(v)
				if v.Bool() || isNumber(v) && v.Float() != 0 {
					from = args[1]
				}
				switch {
				case !known:
					out[i] = null
				case from.Kind() == event.List:
					out[i] = kqlMember(from, whole(int64(i)))
				default:
					out[i] = from
				}
			}
			return list(out...)
		},
		example(list(whole(1), whole(5), whole(3)), list(yes, no, yes), list(whole(1), whole(2), whole(3)), list(whole(4), whole(5), whole(6))),
		example(texts("yes", "no", "yes"), list(whole(1), whole(0), whole(50)), text("yes"), text("no")), example(list(null, null), list(text("x"), null), whole(1), whole(0)),
		example(list(whole(1), whole(2), null), list(yes, yes, yes), list(whole(1), whole(2)), list(whole(3), whole(4))))
	_ = kqlArray("kql_array_index_of", "The index of an occurrence of a value, the first if not said, among so many elements from a start, which counts from the end where it is negative; -1 where there is none.", "long",
		[]Param{required("value", "any"), optional("start", "long"), optional("length", "long"), optional("occurrence", "long")},
		func(of, args []event.Value) event.Value {
			from, length, occurrence, ok := kqlRange(args, 2, int64(len(of)))
			if !ok {
				return null
			}
			for i := from; i < int64(len(of)) && (length < 0 || i < from+length); i++ {
				if order, ok := Compare(of[i], args[1]); ok && order == 0 {
					if occurrence--; occurrence == 0 {
						return whole(i)
					}
				}
			}
			return whole(-1)
		},
		example(whole(2), texts("this", "is", "an", "example", "an", "example"), text("an")), example(whole(3), texts("this", "is", "an", "example", "an", "example"), text("example"), whole(1), whole(3)),
		example(whole(-1), texts("this", "is", "an", "example", "an", "example"), text("example"), whole(1), whole(2)), example(whole(-1), texts("this", "is", "an"), text("is"), whole(2), whole(4)),
		example(whole(4), texts("this", "is", "an", "example", "an", "example"), text("an"), whole(1), whole(-1), whole(2)), example(whole(-1), texts("this", "is", "an", "example", "an", "example"), text("an"), whole(1), whole(-1), whole(3)),
		example(whole(4), texts("this", "is", "an", "example", "an", "example"), text("an"), whole(-3)), example(whole(-1), texts("this", "is", "an", "example", "an", "example"), text("is"), whole(-4)))
	_ = kqlArray("kql_set_has_element", "Whether an array has an element equal to a value.", "bool", []Param{required("value", "any")},
		func(of, args []event.Value) event.Value { return boolean(indexIn(of, args[1]) >= 0) },
		example(yes, texts("a"), text("a")), example(no, texts("a"), text("A")))
)

// kqlSets is a function of several sets that is Null where one of them is no array.
func kqlSets(name, doc, result string, f func(sets [][]event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("first", "dynamic"), required("second", "dynamic"), variadic("more", "dynamic")}, Result: result, Strict: true,
		Eval: func(args []event.Value) event.Value {
			sets := make([][]event.Value, len(args))
			for i, v := range args {
				if v.Kind() != event.List {
					return null
				}
				sets[i] = distinct(v.List())
			}
			return f(sets)
		},
		Examples: examples,
	})
}

var (
	_ = kqlSets("kql_set_union", "The values that are in any of several arrays, each once; Null where one is no array.", "dynamic",
		func(sets [][]event.Value) event.Value { return list(distinct(slices.Concat(sets...))...) },
		example(list(whole(1), whole(2), whole(4), whole(8)), list(whole(1), whole(2), whole(1), whole(4)), list(whole(1), whole(2)), list(whole(8))), example(null, texts("a"), text("b")))
	_ = kqlSets("kql_set_intersect", "The values that are in all of several arrays, each once; Null where one is no array.", "dynamic",
		func(sets [][]event.Value) event.Value {
			out := sets[0]
			for _, s := range sets[1:] {
				out = among(out, s, true)
			}
			return list(out...)
		},
		example(list(whole(1)), list(whole(1), whole(2), whole(1), whole(4)), list(whole(1), whole(2)), list(whole(8), whole(1))), example(list(), list(whole(1)), list(whole(4), whole(5))))
	_ = kqlSets("kql_set_difference", "The values of the first of several arrays that are in none of the others, each once; Null where one is no array.", "dynamic",
		func(sets [][]event.Value) event.Value {
			out := sets[0]
			for _, s := range sets[1:] {
				out = among(out, s, false)
			}
			return list(out...)
		},
		example(list(whole(1)), list(whole(1), whole(2)), list(whole(2))))
	_ = kqlSets("kql_set_equals", "Whether arrays hold the same values, order and repetition not regarded; Null where one is no array.", "bool",
		func(sets [][]event.Value) event.Value {
			for _, s := range sets[1:] {
				if len(s) != len(sets[0]) || len(among(s, sets[0], false)) > 0 {
					return no
				}
			}
			return yes
		},
		example(yes, list(whole(1), whole(2)), list(whole(2), whole(1), whole(1))), example(no, list(whole(1)), list(whole(2))))
	_ = kqlSets("kql_jaccard_index", "The number of values that two arrays share, divided by the number of those that are in any; NaN of two empty ones, Null where one is no array.", "real",
		func(sets [][]event.Value) event.Value {
			shared := len(among(sets[0], sets[1], true))
			return float(float64(shared) / float64(len(sets[0])+len(sets[1])-shared))
		},
		example(float(0.75), kqlFirst(3), kqlFirst(4)), example(float(math.NaN()), list(), list()))
)

var _ = define(Func{
	Name: "kql_array_concat", Doc: "The elements of all arrays, one array behind the other; what is no array is left out, Null where none is one.",
	Params: []Param{variadic("arrays", "dynamic")}, Result: "dynamic", Within: Choice,
	Eval: func(args []event.Value) event.Value {
		out, any := []event.Value{}, false
		for _, v := range args {
			out = append(out, v.List()...)
			any = any || v.Kind() == event.List
		}
		if !any {
			return null
		}
		return list(out...)
	},
	Examples: []Example{example(list(whole(1), whole(2), whole(4), whole(1), whole(2)), list(whole(1), whole(2), whole(4)), list(whole(1), whole(2))), example(texts("a"), null, texts("a")), example(null, null)},
})

var _ = define(Func{
	Name: "kql_zip", Doc: "The array of the arrays of the first, the second … elements of several arrays, null where one is shorter; Null where one is no array.",
	Params: []Param{variadic("arrays", "dynamic")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		longest := 0
		for _, v := range args {
			if v.Kind() != event.List {
				return null
			}
			longest = max(longest, len(v.List()))
		}
		out := make([]event.Value, longest)
		for i := range out {
			row := make([]event.Value, len(args))
			for j, v := range args {
				row[j] = kqlMember(v, whole(int64(i)))
			}
			out[i] = list(row...)
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(list(whole(1), whole(2)), list(whole(3), whole(4))), list(whole(1), whole(3)), list(whole(2), whole(4))),
		example(list(list(text("A"), object()), list(whole(1), text("B")), list(float(1.5), null)), list(text("A"), whole(1), float(1.5)), list(object(), text("B"))), example(null, texts("a"), text("b")),
	},
})

// maxKQLRange is how many elements range makes at most, the rest being left out, as the engine does.
const maxKQLRange = 1 << 20

var _ = define(Func{
	Name: "kql_range", Doc: "The array of the numbers, times or spans of time from a first to a last in steps, of 1, an hour between spans and a day between times if not given; at most 1048576 of them, Null for a step of 0.",
	Params: []Param{required("first", "any"), required("last", "any"), optional("step", "any")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		step := whole(1)
		switch {
		case len(args) > 2:
			step = args[2]
		case args[0].Kind() == event.Time:
			step = event.DurationValue(event.TicksPerDay)
		case args[0].Kind() == event.Duration:
			step = event.DurationValue(event.TicksPerDay / 24)
		}
		from, to := args[0], args[1]
		if forward, ok := Compare(step, zeroOf(step)); !ok || forward == 0 {
			return null
		}
		if isNumber(from) && isNumber(to) && isNumber(step) && (from.Kind() != event.Int || to.Kind() != event.Int || step.Kind() != event.Int) {
			return kqlRealRange(from.Float(), to.Float(), step.Float())
		}
		if from.Kind() != to.Kind() || Arithmetic('+', from, step).Kind() != from.Kind() {
			return null
		}
		out := []event.Value{}
		for ticks, by := from.Int(), step.Int(); len(out) < maxKQLRange && (by > 0 && ticks <= to.Int() || by < 0 && ticks >= to.Int()); {
			switch from.Kind() {
			case event.Time:
				out = append(out, event.TimeValue(ticks))
			case event.Duration:
				out = append(out, event.DurationValue(ticks))
			default:
				out = append(out, whole(ticks))
			}
			next := integers('+', ticks, by)
			if next.IsNull() {
				break
			}
			ticks = next.Int()
		}
		return list(out...)
	},
	Examples: []Example{
		example(list(whole(1), whole(4), whole(7)), whole(1), whole(8), whole(3)), example(kqlFirst(3), whole(1), whole(3)), example(list(instant("2007-01-01"), instant("2007-01-02")), instant("2007-01-01"), instant("2007-01-02")),
		example(list(span("01:00:00"), span("02:00:00")), span("01:00:00"), span("02:00:00")), example(null, whole(1), whole(2), whole(0)), example(list(), whole(2), whole(1)),
		example(list(float(1), float(1.5), float(2)), float(1), whole(2), float(0.5)), example(list(whole(3), whole(1)), whole(3), whole(1), whole(-2)), example(null, whole(1), text("x")),
	},
})

// kqlRealRange makes each element from its number, so that errors do not add up.
func kqlRealRange(from, to, step float64) event.Value {
	out := []event.Value{}
	for i := 0; i < maxKQLRange; i++ {
		f := from + float64(i)*step
		if math.IsNaN(f) || step > 0 && f > to || step < 0 && f < to {
			break
		}
		out = append(out, float(f))
	}
	return list(out...)
}

var _ = define(Func{
	Name: "kql_repeat", Doc: "The array of a value so many times, at most 1048576; Null for a negative number.",
	Params: []Param{required("value", "any"), required("count", "long")}, Result: "dynamic",
	Eval: func(args []event.Value) event.Value {
		n, ok := wholeNumber(args[1])
		if !ok || n < 0 {
			return null
		}
		return list(slices.Repeat(args[:1:1], int(min(n, maxKQLRange)))...)
	},
	Examples: []Example{example(list(whole(1), whole(1), whole(1)), whole(1), whole(3)), example(list(), text("a"), whole(0)), example(null, whole(1), whole(-1)), example(list(null), null, whole(1))},
})

// kqlSortRank orders the kinds of elements of an array: numbers and times, texts, all else.
func kqlSortRank(v event.Value) int {
	switch v.Kind() {
	case event.Null:
		return 3
	case event.Int, event.Float, event.Decimal, event.Time, event.Duration:
		return 0
	case event.Text:
		return 1
	}
	return 2
}

func kqlSorter(name, doc string, sign int, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc,
		Params: []Param{required("arrays", "dynamic"), optional("nulls_last", "bool")}, Result: "dynamic", Strict: true,
		Eval: func(args []event.Value) event.Value {
			arrays := args[0].List()
			if len(arrays) == 0 || arrays[0].Kind() != event.List {
				return null
			}
			nullsLast := len(args) < 2 || args[1].Bool()
			keys := arrays[0].List()
			places := make([]int, len(keys))
			for i := range places {
				places[i] = i
			}
			slices.SortStableFunc(places, func(i, j int) int {
				a, b := keys[i], keys[j]
				if a.IsNull() || b.IsNull() {
					order := compareBools(a.IsNull(), b.IsNull())
					if !nullsLast {
						order = -order
					}
					return order
				}
				if order := kqlSortRank(a) - kqlSortRank(b); order != 0 {
					return order
				}
				return sign * Order(a, b)
			})
			out := make([]event.Value, len(arrays))
			for i, v := range arrays {
				out[i] = null
				if of := v.List(); v.Kind() == event.List && len(of) == len(keys) {
					moved := make([]event.Value, len(of))
					for to, from := range places {
						moved[to] = of[from]
					}
					out[i] = list(moved...)
				}
			}
			return list(out...)
		},
		Examples: examples,
	})
}

var (
	_ = kqlSorter("kql_array_sort_asc", "Several arrays, given as an array of them, in the order in which the elements of the first rise, nulls last unless said otherwise; one of another length is null; Null where the first is none.", 1,
		example(list(list(text("a"), text("b"), null)), list(list(null, text("b"), text("a")))), example(list(list(null, text("a"), text("b"))), list(list(null, text("b"), text("a"))), no),
		example(list(list(whole(1), whole(2), whole(3)), texts("a", "c", "b")), list(list(whole(1), whole(3), whole(2)), texts("a", "b", "c"))), example(list(kqlFirst(2), null), list(kqlFirst(2), texts("a"))),
		example(list(list(whole(2), text("1"), yes)), list(list(yes, text("1"), whole(2)))), example(null, list(text("x"))))
	_ = kqlSorter("kql_array_sort_desc", "Several arrays, given as an array of them, in the order in which the elements of the first fall, nulls last unless said otherwise; one of another length is null; Null where the first is none.", -1,
		example(list(list(whole(3), whole(2), whole(1))), list(list(whole(3), whole(1), whole(2)))))
)
