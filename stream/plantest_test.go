package stream_test

import (
	"testing"

	"goshawk/plan/plantest"
	"goshawk/stream"
)

func TestCorpus(t *testing.T) {
	for name, o := range map[string]stream.Options{"indexed": {}, "plain": {NoIndex: true}} {
		t.Run(name, func(t *testing.T) {
			plantest.Run(t, plantest.PerEvent("stream", func(p plantest.Predicate) error { return stream.Check(p.Scan, p.Where) }, func(p plantest.Predicate, in *plantest.Input) ([]int, error) {
				set, err := stream.Compile([]stream.Rule{{Table: p.Scan.Table, Where: p.Where}}, in.Resolver, o)
				if err != nil {
					return nil, err
				}
				m := set.NewMatcher()
				var rows []int
				for i, ev := range in.Events {
					if len(m.Match(ev)) == 1 {
						rows = append(rows, i)
					}
				}
				return rows, nil
			}))
		})
	}
}
