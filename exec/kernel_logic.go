package exec

import (
	"goshawk/plan"
	"goshawk/plan/eval"
)

// logic gives And, Or and Not a kernel that asks each part only of the rows that are still undecided.
func (s *scope) logic(x *expr, e plan.Expr) error {
	var parts []*expr
	for _, part := range plan.Children(e) {
		p, err := s.compile(part)
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	switch e.(type) {
	case *plan.And:
		x.decide(func(b *Batch, rows []int32, out []eval.Verdict) { gather(parts, eval.True, eval.False, b, rows, out) })
	case *plan.Or:
		x.decide(func(b *Batch, rows []int32, out []eval.Verdict) { gather(parts, eval.False, eval.True, b, rows, out) })
	case *plan.Not:
		x.decide(func(b *Batch, rows []int32, out []eval.Verdict) {
			parts[0].truths(b, rows, out)
			for _, r := range rows {
				out[r] = eval.True - out[r]
			}
		})
	}
	return nil
}

// gather combines the truths of parts: none gives start, one that is final settles a row, and Unknown beats start.
func gather(parts []*expr, start, final eval.Verdict, b *Batch, rows []int32, out []eval.Verdict) {
	for _, r := range rows {
		out[r] = start
	}
	part := make([]eval.Verdict, b.Len)
	open := rows
	for i, p := range parts {
		if len(open) == 0 {
			return
		}
		p.truths(b, open, part)
		var still []int32
		last := i == len(parts)-1
		if !last {
			still = make([]int32, 0, len(open))
		}
		for _, r := range open {
			if part[r] != start {
				if out[r] != final {
					out[r] = part[r]
				}
			}
			if !last && out[r] != final {
				still = append(still, r)
			}
		}
		open = still
	}
}
