package exec

import "goshawk/plan"

// batches gives the rows of a Values node.
func batches(n *plan.Values, size int, tracks bool, emit func(*Batch) error) error {
	for from := 0; from < len(n.Rows); from += size {
		rows := n.Rows[from:min(from+size, len(n.Rows))]
		b := &Batch{Len: len(rows), Cols: make([]Vector, len(n.Out))}
		for c := range n.Out {
			var column Builder
			for _, row := range rows {
				column.Append(owned(row[c]))
			}
			b.Cols[c] = column.Finish()
		}
		if tracks {
			b.From = make([]*Trail, b.Len)
		}
		if err := emit(b); err != nil {
			return err
		}
	}
	return nil
}
