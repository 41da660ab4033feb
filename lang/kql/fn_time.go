package kql

import (
	"strings"

	"goshawk/plan"
	"goshawk/schema"
)

func init() {
	defineAll([]function{
		{name: "format_datetime", doc: "a time in a form", takes: "time:datetime, format:string", gives: "string", kernel: "kql_format_datetime", naming: nameFirst},
		{name: "format_timespan", doc: "a timespan in a form", takes: "span:timespan, format:string", gives: "string", kernel: "kql_format_timespan", naming: nameFirst},
		{name: "datetime_utc_to_local", doc: "a time on the clocks of a zone", takes: "time:datetime, zone:string", gives: "datetime", kernel: "kql_utc_to_local", naming: nameNone},
		{name: "datetime_local_to_utc", doc: "when clocks of a zone show a time", takes: "time:datetime, zone:string", gives: "datetime", kernel: "kql_local_to_utc", naming: nameNone},
	})
}

// timeParts are the parts of a time by Kusto's names in lower case, with those of the plan.
var timeParts = map[string]string{
	"year": "year", "quarter": "quarter", "month": "month", "week_of_year": "week", "weekofyear": "week", "week": "week", "day": "day", "dayofyear": "day_of_year", "day_of_year": "day_of_year",
	"hour": "hour", "minute": "minute", "second": "second", "millisecond": "millisecond", "microsecond": "microsecond", "nanosecond": "nanosecond",
}

// timePart reads the name of a part of a time, which must be a constant.
func (b *binder) timePart(at *call, v value) (plan.Expr, string, bool) {
	k, ok := v.constant()
	part := timeParts[strings.ToLower(k.Text())]
	if !ok || part == "" {
		d := b.errorf(at.args[0].value.span(), "time-part", "", "the name of a part of a time is wanted here")
		d.Hint = "one of year, quarter, month, week, day, hour, minute, second, millisecond, microsecond, nanosecond; for datetime_part also week_of_year and dayofyear"
		return nil, "", false
	}
	return textValue(part).expr, part, true
}

// byPart registers a function whose first argument is the name of a part of a time.
func byPart(name, doc, takes, gives string, aliases ...string) *function {
	return defineFunction(function{
		name: name, aliases: aliases, doc: doc, takes: takes, gives: gives, naming: nameNone,
		bind: func(b *binder, c *context, at *call, args []value) value {
			e, part, ok := b.timePart(at, args[0])
			if !ok {
				return wrong()
			}
			t := functions[name].result
			if name == "datetime_add" && part == "nanosecond" { // a tick is 100 of them
				return made(t, "kql_add", args[2].exact(), apply("duration", apply("divide_int", args[1].exact(), whole(100)), textValue("tick").expr))
			}
			exprs := []plan.Expr{e}
			for _, a := range args[1:] {
				exprs = append(exprs, a.exact())
			}
			return made(t, name, exprs...)
		},
	})
}

var (
	_ = byPart("datetime_diff", "how many boundaries of a part lie between two times", "part:string, time:datetime, from:datetime", "long")
	_ = byPart("datetime_part", "a part of a time", "part:string, time:datetime", "long", "datepart")
	_ = byPart("datetime_add", "a time moved by parts", "part:string, count:long, time:datetime", "datetime")
)

// withConstant registers a function whose kernel takes a text in front.
func withConstant(word, doc, takes, gives, kernel, constant string, how naming, aliases ...string) *function {
	return defineFunction(function{
		name: word, aliases: aliases, doc: doc, takes: takes, gives: gives, naming: how,
		bind: func(b *binder, c *context, at *call, args []value) value {
			exprs := []plan.Expr{textValue(constant).expr}
			for _, a := range args {
				exprs = append(exprs, a.exact())
			}
			return made(functions[word].result, kernel, exprs...)
		},
	})
}

func init() {
	for _, unit := range []string{"day", "week", "month", "year"} {
		how := nameNone
		if unit == "day" {
			how = nameFirst
		}
		withConstant("startof"+unit, "when the "+unit+" began", "time:datetime, offset:long?", "datetime", "start_of", unit, how)
		withConstant("endof"+unit, "when the "+unit+" ends", "time:datetime, offset:long?", "datetime", "end_of", unit, nameNone)
	}
	for _, p := range [][3]string{{"hourofday", "hour", "the hour of a time"}, {"dayofmonth", "day", "the day of the month"}, {"getyear", "year", "the year of a time"}, {"dayofyear", "day_of_year", "the day of the year"}} {
		withConstant(p[0], p[2], "time:datetime", "long", "datetime_part", p[1], nameNone)
	}
	withConstant("monthofyear", "the month of a time", "time:datetime", "long", "datetime_part", "month", nameNone, "getmonth")
	withConstant("week_of_year", "the week of the year, of ISO 8601", "time:datetime", "long", "datetime_part", "week", nameNone)
	for unit, word := range map[string]string{"second": "seconds", "millisecond": "milliseconds", "microsecond": "microseconds", "nanosecond": "nanoseconds"} {
		withConstant("unixtime_"+word+"_todatetime", "the time of "+word+" since 1970", "count:number", "datetime", "kql_unixtime", unit, nameNone)
	}
}

var _ = defineFunction(function{
	name: "weekofyear", doc: "the week of the year", takes: "time:datetime", gives: "int", naming: nameNone, refused: "which week it means is not that of ISO 8601 and not published; write week_of_year",
})

var _ = defineFunction(function{
	name: "dayofweek", doc: "the time since the beginning of Sunday, in whole days", takes: "time:datetime", gives: "timespan", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		return made(schema.Timespan, "duration", apply("datetime_part", textValue("weekday").expr, args[0].exact()), textValue("day").expr)
	},
})

var _ = defineFunction(function{
	name: "make_datetime", doc: "the time of parts, or of a text", takes: "year:scalar, month:number?, day:number?, hour:number?, minute:number?, second:number?", gives: "datetime", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		switch n := len(args); {
		case n == 1:
			return args[0].to(schema.Datetime)
		case n == 2 || n == 4:
			b.errorf(at.span(), "argument-count", "KS119", "make_datetime takes 1, 3, 5 or 6 arguments, not %d", n)
			return wrong()
		}
		exprs := make([]plan.Expr, len(args))
		for i, a := range args {
			exprs[i] = a.exact()
		}
		return made(schema.Datetime, "kql_make_datetime", exprs...)
	},
})

var _ = defineFunction(function{
	name: "make_timespan", doc: "the timespan of days, hours, minutes and seconds, of hours, minutes and seconds, or of a text", takes: "a:scalar, b:number?, c:number?, d:number?", gives: "timespan", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		exprs := make([]plan.Expr, 0, 4)
		switch len(args) {
		case 1:
			return args[0].to(schema.Timespan)
		case 2, 3:
			exprs = append(exprs, whole(0))
		}
		for _, a := range args {
			exprs = append(exprs, a.exact())
		}
		if len(exprs) < 4 {
			exprs = append(exprs, whole(0))
		}
		return made(schema.Timespan, "kql_make_timespan", exprs...)
	},
})
