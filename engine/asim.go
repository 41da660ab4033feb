package engine

import (
	"context"

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
	// Bound gives the rows instead of Query: one that was bound already, as compile.StoredFunction has it.
	Bound *kql.Query
	// Function, if not nil, is the function that gives the rows. It is called again with a value for each of its filtering parameters that
	// no row meets; those that filter must give none then. Bound by Env.
	Function *kql.Function
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
	q := a.Bound
	if q == nil {
		var list diag.List
		if q, list = kql.Read(diag.NewText(&diag.Source{Name: "query", Text: text}), env); q.Plan == nil {
			return nil, list
		}
	}
	limit := a.Limit
	if limit == 0 {
		limit = defaultAsimRows
	}
	rows, result, err := a.rows(ctx, t, q, limit)
	if err != nil {
		return nil, err
	}
	columns, rows := q.Result(rows)
	typed := make([]taxonomy.LogColumn, len(columns))
	for i, c := range columns {
		typed[i] = taxonomy.LogColumn{Name: c.Name, Type: c.Type}
	}
	out := &AsimResult{Rows: len(rows), Limited: result.Limited, Complaints: t.AsimCheck(a.Schema, typed, rows), Report: result.Report}
	if a.Function != nil && len(rows) > 0 && !result.Report.Interrupted {
		list, err := a.checkFilters(ctx, t, limit)
		if err != nil {
			return nil, err
		}
		out.Complaints = append(list, out.Complaints...)
	}
	return out, nil
}

// gather keeps the rows of batches.
func gather(rows *[][]event.Value) func(*exec.Batch) error {
	return func(b *exec.Batch) error {
		for i := range b.Len {
			row := make([]event.Value, len(b.Cols))
			for j := range b.Cols {
				row[j] = b.Value(j, i).Clone()
			}
			*rows = append(*rows, row)
		}
		return nil
	}
}
