package compile

import (
	"context"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
)

// maxConstantMemory bounds what a part of a query may hold that is computed when the query is read.
const maxConstantMemory = 64 << 20

// evaluate runs a plan that reads no events, for the constants of a query.
func evaluate(n plan.Node) ([][]event.Value, error) {
	q, err := exec.Compile(n, exec.Options{MaxMemory: maxConstantMemory, MaxRows: 1 << 20, MaxWork: 1 << 22})
	if err != nil {
		return nil, err
	}
	var rows [][]event.Value
	_, err = q.Run(context.Background(), &exec.EventSource{}, func(b *exec.Batch) error {
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
