package exec_test

import (
	"context"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/plan/plantest"
)

// corpus runs the cases of plantest, with batches of a size.
type corpus struct {
	batch int
	push  bool // feed the events of all Scans in one pass
}

func (x corpus) Name() string { return "exec" }

func (x corpus) Check(plan.Node) error { return nil }

func (x corpus) Run(node plan.Node, in *plantest.Input) ([]plantest.Row, error) {
	q, err := exec.Compile(node, exec.Options{BatchSize: x.batch})
	if err != nil {
		return nil, err
	}
	var rows []plantest.Row
	emit := func(b *exec.Batch) error {
		rows = append(rows, rowsOf(b)...)
		return nil
	}
	if x.push {
		r := q.Start(context.Background(), emit)
		for _, ev := range in.Events {
			for i := range q.Scans() {
				if err := r.PushTo(i, ev, in.Resolver); err != nil {
					return nil, err
				}
			}
		}
		_, err = r.Finish()
	} else {
		_, err = q.Run(context.Background(), source(in), emit)
	}
	return rows, err
}

func source(in *plantest.Input) exec.Source {
	return &exec.EventSource{Resolver: in.Resolver, Each: func(_ context.Context, each func(*event.Event) error) error {
		for _, ev := range in.Events {
			if err := each(ev); err != nil {
				return err
			}
		}
		return nil
	}}
}

func rowsOf(b *exec.Batch) []plantest.Row {
	rows := make([]plantest.Row, b.Len)
	for r := range rows {
		for c := range b.Cols {
			rows[r].Values = append(rows[r].Values, b.Value(c, r))
		}
		if b.Rest != nil {
			rows[r].Rest = b.Rest[r].Record
		}
	}
	return rows
}

func TestCorpus(t *testing.T) { plantest.Run(t, corpus{}) }

func TestCorpusInSmallBatches(t *testing.T) {
	for _, size := range []int{1, 3} {
		plantest.Run(t, corpus{batch: size})
	}
}

func TestCorpusPushed(t *testing.T) { plantest.Run(t, corpus{batch: 2, push: true}) }
