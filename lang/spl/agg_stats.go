package spl

import (
	"goshawk/event"
	"goshawk/plan"
)

// The aggregates of stats and its kin.

func defineAggregate(name, kernel, doc string, aliases ...string) *aggregator {
	return defineAggregator(aggregator{
		name: name, aliases: aliases, doc: doc,
		lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) { return c.kernel(kernel), nil },
	})
}

var _ = defineAggregator(aggregator{
	name: "count", aliases: []string{"c"}, bare: true, doc: "The number of rows, or of the values of a field; 0 of none.",
	lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) {
		if c.arg == nil {
			return c.kernel("count"), nil
		}
		return c.kernel("spl_count"), nil
	},
})

var (
	_ = defineAggregate("dc", "spl_dc", "The number of different values, by their texts; 0 of none.", "distinct_count")
	_ = defineAggregate("estdc", "spl_dc", "The number of different values; exact here.")
	_ = defineAggregate("values", "spl_values", "The different values, sorted by their texts.")
	_ = defineAggregate("min", "spl_min", "The least value: the least number where all are numbers, else the least text.")
	_ = defineAggregate("max", "spl_max", "The greatest value: the greatest number where all are numbers, else the greatest text.")
	_ = defineAggregate("range", "spl_range", "The greatest number less the least.")
	_ = defineAggregate("mode", "spl_mode", "The most frequent value.")
	_ = defineAggregate("avg", "spl_avg", "The mean of the numbers.", "mean")
	_ = defineAggregate("sum", "spl_sum", "The sum of the numbers.")
	_ = defineAggregate("sumsq", "spl_sumsq", "The sum of the squares of the numbers.")
	_ = defineAggregate("stdev", "spl_stdev", "The standard deviation of the numbers as a sample.")
	_ = defineAggregate("stdevp", "spl_stdevp", "The standard deviation of the numbers as a population.")
	_ = defineAggregate("var", "spl_var", "The variance of the numbers as a sample.")
	_ = defineAggregate("varp", "spl_varp", "The variance of the numbers as a population.")
)

var _ = defineAggregator(aggregator{
	name: "estdc_error", doc: "How far the number of different values may be off: 0, as it is exact here.",
	lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) {
		return c.kernel("spl_dc"), func(plan.Expr) plan.Expr { return intLiteral(0) }
	},
})

// percentile lowers an aggregate of a number of percent.
func percentile(percent func(c *aggregation) float64) func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) {
	return func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) {
		p := percent(c)
		if p < 0 || p > 100 {
			c.errorf(c.at, "spl-percentile", "a percentile is from 0 to 100")
			return plan.Agg{}, nil
		}
		return c.kernel("spl_perc", c.arg, &plan.Literal{Value: event.FloatValue(p)}), nil
	}
}

func ownNumber(c *aggregation) float64 { return c.number }

var (
	_ = defineAggregator(aggregator{name: "perc", numbers: true, doc: "The number behind so many percent of all: perc95 or p95.", lower: percentile(ownNumber)})
	_ = defineAggregator(aggregator{name: "exactperc", numbers: true, doc: "The number behind so many percent of all: exactperc95.", lower: percentile(ownNumber)})
	_ = defineAggregator(aggregator{name: "upperperc", numbers: true, doc: "The number behind so many percent of all; exact here.", lower: percentile(ownNumber)})
	_ = defineAggregator(aggregator{name: "median", doc: "The number in the middle, of an even number of them the greater of both.", lower: percentile(func(*aggregation) float64 { return 50 })})
)

var _ = defineAggregator(aggregator{
	name: "list", ordered: true, doc: "The values in the order of the rows.",
	lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) {
		if c.list > 0 {
			return c.kernel("spl_list", c.arg, intLiteral(c.list)), nil
		}
		return c.kernel("spl_list"), nil
	},
})

var (
	_ = defineAggregator(aggregator{
		name: "first", ordered: true, doc: "The first value; of events the newest.",
		lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) { return c.kernel("first"), nil },
	})
	_ = defineAggregator(aggregator{
		name: "last", ordered: true, doc: "The last value; of events the oldest.",
		lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) { return c.kernel("last"), nil },
	})
)

// defineTimed enters an aggregate that depends on the times of rows.
func defineTimed(name, kernel, doc string) *aggregator {
	return defineAggregator(aggregator{
		name: name, ordered: true, doc: doc,
		lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) { return c.timed(kernel), nil },
	})
}

// timed calls a kernel with the argument and the time of the row, and warns where rows have no time.
func (c *aggregation) timed(kernel string) plan.Agg {
	if l, ok := c.time.(*plan.Literal); ok && l.Value.IsNull() {
		c.warnf(c.at, "spl-no-time", "%s needs the time of rows, and these have no _time: it is always null", c.name)
	}
	return c.kernel(kernel, c.arg, c.time)
}

var (
	_ = defineTimed("earliest", "spl_earliest", "The value of the earliest row that has one.")
	_ = defineTimed("latest", "spl_latest", "The value of the latest row that has one.")
	_ = defineTimed("earliest_time", "spl_earliest_time", "The time of the earliest row that has a value.")
	_ = defineTimed("latest_time", "spl_latest_time", "The time of the latest row that has a value.")
	_ = defineTimed("rate", "spl_rate", "How much a number grew in a second, between the earliest and the latest row.")
)

func refusePer(unit string) *aggregator {
	return defineAggregator(aggregator{
		name: "per_" + unit, doc: "The sum of the numbers for each " + unit + " of a span of timechart.",
		refused: "it divides a sum by the span of timechart; write sum(field) and divide by the span behind it",
	})
}

var (
	_ = refusePer("second")
	_ = refusePer("minute")
	_ = refusePer("hour")
	_ = refusePer("day")
)

var _ = defineAggregator(aggregator{
	name: "sparkline", bare: true, doc: "The numbers of rows in spans of time, for a small chart.",
	lower: func(c *aggregation) (plan.Agg, func(plan.Expr) plan.Expr) {
		if c.arg != nil {
			c.errorf(c.at, "spl-sparkline", "sparkline counts rows; of a field it is not run")
			return plan.Agg{}, nil
		}
		return c.kernel("spl_sparkline", c.time), nil
	},
})
