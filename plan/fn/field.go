package fn

import (
	"strings"

	"goshawk/event"
)

// The functions of this file take fields as logs hold them: numbers and dates may be spelled as text, and one field may hold
// several values, any of which counts.

var _ = define(Func{
	Name:   "field_numbers",
	Doc:    "The number that a value is, or whose decimal text it is; of a list the list of those of its elements that are one. Null where there is none.",
	Params: []Param{{Name: "value", Type: "any"}},
	Result: "any",
	Strict: true,
	Eval:   func(args []event.Value) event.Value { return eachFieldValue(args[0], fieldNumber) },
	Examples: []Example{
		{Args: []event.Value{event.TextValue("10")}, Want: event.IntValue(10)},
		{Args: []event.Value{event.TextValue("-0.5")}, Want: event.FloatValue(-0.5)},
		{Args: []event.Value{event.IntValue(9007199254740993)}, Want: event.IntValue(9007199254740993)},
		{Args: []event.Value{event.TextValue("10 MB")}, Want: event.NullValue()},
		{Args: []event.Value{event.TextValue("")}, Want: event.NullValue()},
		{Args: []event.Value{event.BoolValue(true)}, Want: event.NullValue()},
		{
			Args: []event.Value{event.ListValue(event.IntValue(80), event.TextValue("x"), event.TextValue("9000"))},
			Want: event.ListValue(event.IntValue(80), event.IntValue(9000)),
		},
	},
})

var _ = define(Func{
	Name:   "field_date_part",
	Doc:    "The minute, hour, day, ISO week, month or year of a date as it is written, without regard to its zone; of a list the list of those of its elements. Null for what is no date, or names no time of day where that is asked for.",
	Params: []Param{{Name: "part", Type: "string"}, {Name: "value", Type: "any"}},
	Result: "any",
	Strict: true,
	Eval: func(args []event.Value) event.Value {
		part := args[0].Text()
		return eachFieldValue(args[1], func(v event.Value) event.Value { return fieldDatePart(part, v) })
	},
	Examples: []Example{
		{Args: []event.Value{event.TextValue("hour"), event.TextValue("2024-03-05T05:06:07+02:00")}, Want: event.IntValue(5)},
		{Args: []event.Value{event.TextValue("minute"), event.TextValue("2024-03-05 05:06:07.123")}, Want: event.IntValue(6)},
		{Args: []event.Value{event.TextValue("week"), event.TextValue("2024-03-10 23:00:00")}, Want: event.IntValue(10)},
		{Args: []event.Value{event.TextValue("day"), event.TextValue("2024-03-05")}, Want: event.IntValue(5)},
		{Args: []event.Value{event.TextValue("hour"), event.TextValue("2024-03-05")}, Want: event.NullValue()},
		{Args: []event.Value{event.TextValue("hour"), event.TextValue("05:06")}, Want: event.NullValue()},
	},
})

var _ = define(Func{
	Name:   "field_meets",
	Doc:    "Whether the text of the first value, or of an element of it, equals, contains, begins with (prefix) or ends with (suffix) that of the second or of an element of it; fold ignores case. False where either has no value.",
	Params: []Param{{Name: "value", Type: "any"}, {Name: "other", Type: "any"}, {Name: "how", Type: "string"}, {Name: "fold", Type: "bool"}},
	Result: "bool",
	Eval: func(args []event.Value) event.Value {
		how, fold := args[2].Text(), args[3].Bool()
		for _, o := range fieldValues(args[1]) {
			other, ok := fieldText(o, fold)
			for _, v := range fieldValues(args[0]) {
				if value, there := fieldText(v, fold); ok && there && fieldMeets(how, value, other) {
					return event.BoolValue(true)
				}
			}
		}
		return event.BoolValue(false)
	},
	Examples: []Example{
		{Args: []event.Value{event.TextValue("bob"), event.TextValue("BOB"), event.TextValue("equals"), event.BoolValue(true)}, Want: event.BoolValue(true)},
		{Args: []event.Value{event.TextValue("bob"), event.TextValue("BOB"), event.TextValue("equals"), event.BoolValue(false)}, Want: event.BoolValue(false)},
		{Args: []event.Value{event.IntValue(5), event.TextValue("5"), event.TextValue("equals"), event.BoolValue(true)}, Want: event.BoolValue(true)},
		{Args: []event.Value{event.TextValue("/user:Bob"), event.TextValue("bob"), event.TextValue("contains"), event.BoolValue(true)}, Want: event.BoolValue(true)},
		{Args: []event.Value{event.NullValue(), event.NullValue(), event.TextValue("equals"), event.BoolValue(true)}, Want: event.BoolValue(false)},
		{
			Args: []event.Value{event.TextValue("b"), event.ListValue(event.TextValue("a"), event.TextValue("B")), event.TextValue("equals"), event.BoolValue(true)},
			Want: event.BoolValue(true),
		},
	},
})

// fieldValues returns the elements of a list, or the value itself as the only one.
func fieldValues(v event.Value) []event.Value {
	if v.Kind() == event.List {
		return v.List()
	}
	return []event.Value{v}
}

// eachFieldValue applies a function to a value or to each element of a list, of which only results that are not Null stay.
func eachFieldValue(v event.Value, apply func(event.Value) event.Value) event.Value {
	if v.Kind() != event.List {
		return apply(v)
	}
	var list []event.Value
	for _, e := range v.List() {
		if r := apply(e); !r.IsNull() {
			list = append(list, r)
		}
	}
	if list == nil {
		return event.NullValue()
	}
	return event.ListValue(list...)
}

func fieldNumber(v event.Value) event.Value {
	switch v.Kind() {
	case event.Int, event.Float, event.Decimal:
		return v
	case event.Text:
		if n, ok := event.Number(v.Text()); ok {
			return n
		}
	}
	return event.NullValue()
}

func fieldDatePart(part string, v event.Value) event.Value {
	if v.Kind() != event.Text && v.Kind() != event.Time {
		return event.NullValue()
	}
	text := strings.TrimSpace(v.Text())
	if _, _, ok := event.ParseTime(text); !ok {
		return event.NullValue()
	}
	if len(text) > len("2006-01-02") {
		if zone := strings.IndexAny(text[len("2006-01-02T"):], "Zz+-U"); zone >= 0 {
			text = text[:len("2006-01-02T")+zone]
		}
	} else if part == "hour" || part == "minute" {
		return event.NullValue()
	}
	ticks, _, ok := event.ParseTime(text)
	if !ok {
		return event.NullValue()
	}
	t := event.TimeOf(ticks)
	switch part {
	case "minute":
		return event.IntValue(int64(t.Minute()))
	case "hour":
		return event.IntValue(int64(t.Hour()))
	case "day":
		return event.IntValue(int64(t.Day()))
	case "week":
		_, week := t.ISOWeek()
		return event.IntValue(int64(week))
	case "month":
		return event.IntValue(int64(t.Month()))
	case "year":
		return event.IntValue(int64(t.Year()))
	}
	return event.NullValue()
}

// fieldText returns the text of a value, folded if asked for, and whether there is one.
func fieldText(v event.Value, fold bool) (string, bool) {
	if v.IsNull() {
		return "", false
	}
	if fold {
		return event.Fold(v.Text()), true
	}
	return v.Text(), true
}

func fieldMeets(how, value, other string) bool {
	switch how {
	case "equals":
		return value == other
	case "contains":
		return strings.Contains(value, other)
	case "prefix":
		return strings.HasPrefix(value, other)
	case "suffix":
		return strings.HasSuffix(value, other)
	}
	return false
}
