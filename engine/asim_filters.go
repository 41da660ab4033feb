package engine

import (
	"context"
	"fmt"
	"slices"

	"goshawk/event"
	"goshawk/lang/kql"
	"goshawk/taxonomy"
)

// unmet are values of a filtering parameter that no row meets, by the type of the parameter.
var unmet = map[string]string{
	"dynamic": `dynamic(["goshawk: no row has this"])`,
	"string":  `"goshawk: no row has this"`,
	"int":     "int(-2147483648)",
	"long":    "long(-2147483648)",
}

// unmetBy are those that go by the name of the parameter. pack filters nothing.
var unmetBy = map[string]string{
	"starttime": "datetime(9998-01-01)", "endtime": "datetime(1601-01-01)", "disabled": "true", "pack": "",
}

// checkFilters calls the function with a value for each of its filtering parameters that no row meets, and complains of those for which
// rows come all the same.
func (a *AsimTest) checkFilters(ctx context.Context, t *taxonomy.Taxonomy, limit int) ([]taxonomy.AsimComplaint, error) {
	var list []taxonomy.AsimComplaint
	for i, p := range a.Function.Params {
		value, known := unmetBy[p.Name]
		if !known {
			value = unmet[p.Type]
		}
		if value == "" {
			continue
		}
		one := &kql.Function{Name: a.Function.Name, Params: slices.Clone(a.Function.Params), Body: a.Function.Body, Also: a.Function.Also, Lenient: a.Function.Lenient}
		one.Params[i].Default = value
		q, complaints := kql.ReadFunction(one, a.Env)
		if q.Plan == nil {
			return nil, complaints
		}
		rows, _, err := a.rows(ctx, t, q, limit)
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			list = append(list, taxonomy.AsimComplaint{Grade: taxonomy.AsimError, Code: "asim-filter", Column: p.Name, Rows: len(rows),
				Text: fmt.Sprintf("the parameter leaves out nothing: rows come although none can meet %s", value)})
		}
	}
	return list, nil
}

// rows asks a query of the logs.
func (a *AsimTest) rows(ctx context.Context, t *taxonomy.Taxonomy, q *kql.Query, limit int) ([][]event.Value, *QueryResult, error) {
	var rows [][]event.Value
	run := Query{Node: q.Plan, Paths: a.Paths, Taxonomy: t, Source: a.Source, Threads: a.Threads, Limit: int64(limit)}
	result, err := run.Run(ctx, gather(&rows))
	if err != nil {
		return nil, result, fmt.Errorf("rows of %s: %w", a.Schema, err)
	}
	return rows, result, nil
}
