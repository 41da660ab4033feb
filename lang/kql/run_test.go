package kql_test

import (
	"context"
	"errors"
	"fmt"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/kql"
	"goshawk/plan"
)

// now is the time of every query in the tests.
var now, _, _ = event.ParseTime("2026-01-15T12:00:00Z")

// environment is an Env without tables.
func environment() kql.Env { return kql.Env{Now: now, Evaluate: evaluate} }

// evaluate runs a plan that reads no table.
func evaluate(n plan.Node) ([][]event.Value, error) { return run(n, nil) }

// run runs a plan over events.
func run(n plan.Node, events *exec.EventSource) ([][]event.Value, error) {
	q, err := exec.Compile(n, exec.Options{})
	if err != nil {
		return nil, err
	}
	if events == nil {
		events = &exec.EventSource{}
	}
	var rows [][]event.Value
	_, err = q.Run(context.Background(), events, func(b *exec.Batch) error {
		for i := range b.Len {
			row := make([]event.Value, len(b.Cols))
			for j := range b.Cols {
				row[j] = b.Value(j, i)
			}
			rows = append(rows, row)
		}
		return nil
	})
	return rows, err
}

// answer reads and runs a query, as written and rewritten: both must give the same number of rows.
func answer(text string, env kql.Env) (q *kql.Query, columns []kql.Column, rows [][]event.Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	q, list := kql.Read(diag.NewText(&diag.Source{Name: "query", Text: text}), env)
	if q.Plan == nil {
		return q, nil, nil, list
	}
	if bad := plan.Check(q.Plan); bad.Failed() {
		return q, nil, nil, fmt.Errorf("plan: %w", bad)
	}
	plain, err := run(q.Plan, nil)
	if err != nil {
		return q, nil, nil, err
	}
	rewritten, err := run(plan.Rewrite(q.Plan), nil)
	if err != nil {
		return q, nil, nil, err
	}
	if len(plain) != len(rewritten) {
		return q, nil, nil, errors.New("the rewritten plan gives another number of rows")
	}
	columns, rows = q.Result(rewritten)
	return q, columns, rows, nil
}
