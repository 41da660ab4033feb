package engine

import (
	"context"
	"fmt"

	"goshawk/compile"
	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/lang/kql"
	"goshawk/source"
	"goshawk/taxonomy"
)

// AsimTest asks logs for the events of a schema of ASIM and holds them against the schema, as Microsoft's testers do with a parser in a
// workspace: are the mandatory columns there and filled, of their types, with values that are allowed, do other names of a column agree
// with it?
type AsimTest struct {
	Schema string // ProcessEvent, Dns …
	// Query gives the rows; empty: those of every source, as the schema's function without filters gives them.
	Query string
	// Env is what the query may assume: that of compile.Workspace, say, with functions of one's own.
	Env      kql.Env
	Paths    []string
	Taxonomy *taxonomy.Taxonomy // nil: the built-in one
	Source   source.Options
	Threads  int // 0: all cores
	Limit    int // how many rows to look at; 0: 100,000
}

// AsimResult is what came of an AsimTest.
type AsimResult struct {
	Rows       int // that were looked at
	Limited    bool
	Complaints []taxonomy.AsimComplaint // the gravest first
	Report     *Report                  // of what was read
}

// defaultAsimRows bounds the rows that a test looks at.
const defaultAsimRows = 100_000

// Run reads the logs. The error is about the query, or about what prevents the reading as a whole; a schema that does not exist is a
// complaint.
func (a *AsimTest) Run(ctx context.Context) (*AsimResult, error) {
	t := a.Taxonomy
	if t == nil {
		t = taxonomy.Default()
	}
	if _, ok := t.AsimSchema(a.Schema); !ok {
		return &AsimResult{Complaints: t.AsimCheck(a.Schema, nil, nil), Report: &Report{}}, nil
	}
	text, env := a.Query, a.Env
	if text == "" {
		text = "_ASim_" + a.Schema
	}
	if env.Table == nil {
		env = compile.KQLEnv(compile.Options{Taxonomy: t})
	}
	q, list := kql.Read(diag.NewText(&diag.Source{Name: "query", Text: text}), env)
	if q.Plan == nil {
		return nil, list
	}
	limit := a.Limit
	if limit == 0 {
		limit = defaultAsimRows
	}
	var rows [][]event.Value
	run := Query{Node: q.Plan, Paths: a.Paths, Taxonomy: t, Source: a.Source, Threads: a.Threads, Limit: int64(limit)}
	result, err := run.Run(ctx, func(b *exec.Batch) error {
		for i := range b.Len {
			row := make([]event.Value, len(b.Cols))
			for j := range b.Cols {
				row[j] = b.Value(j, i).Clone()
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("rows of %s: %w", a.Schema, err)
	}
	columns, rows := q.Result(rows)
	typed := make([]taxonomy.LogColumn, len(columns))
	for i, c := range columns {
		typed[i] = taxonomy.LogColumn{Name: c.Name, Type: c.Type}
	}
	return &AsimResult{Rows: len(rows), Limited: result.Limited, Complaints: t.AsimCheck(a.Schema, typed, rows), Report: result.Report}, nil
}
