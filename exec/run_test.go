package exec_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan/plantest"
)

func texts(rows []plantest.Row) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.String())
	}
	return strings.Join(out, " ")
}

func TestFlushLetsRowsPass(t *testing.T) {
	var rows []plantest.Row
	r := compile(t, "scan t [id long]\n| filter id != 2", exec.Options{}).Start(context.Background(), func(b *exec.Batch) error {
		rows = append(rows, rowsOf(b)...)
		return nil
	})
	events := numbered(5)
	for _, ev := range events[:3] {
		if err := r.Push(ev, anything{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(rows) != 0 {
		t.Errorf("rows should wait for a batch to fill, got %s", texts(rows))
	}
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := texts(rows); got != "(int 1) (int 3)" {
		t.Errorf("after the flush: %s", got)
	}
	for _, ev := range events[3:] {
		if err := r.Push(ev, anything{}); err != nil {
			t.Fatal(err)
		}
	}
	summary, err := r.Finish()
	if err != nil || summary.Rows != 4 || texts(rows) != "(int 1) (int 3) (int 4) (int 5)" {
		t.Errorf("got %s, %+v, error %v", texts(rows), summary, err)
	}
}

func TestOfferBatches(t *testing.T) {
	q := compile(t, "join inner ( scan l [id long] ) ( scan r [id#2 long] ) on id == id#2 give [id]", exec.Options{})
	batch := func(scan int, events []*event.Event) *exec.Batch {
		rows, err := exec.NewRows(q.Scans()[scan], anything{}, exec.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range events {
			if err := rows.Add(ev); err != nil {
				t.Fatal(err)
			}
		}
		return rows.Flush()
	}
	var rows []plantest.Row
	r := q.Start(context.Background(), func(b *exec.Batch) error {
		rows = append(rows, rowsOf(b)...)
		return nil
	})
	for i, events := range [][]*event.Event{numbered(4)[2:], numbered(3)} {
		if err := r.Offer(i, batch(i, events)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Finish(); err != nil || texts(rows) != "(int 3)" {
		t.Errorf("got %s and error %v", texts(rows), err)
	}
}

func TestPushAfterEnough(t *testing.T) {
	r := compile(t, "scan t [id long]\n| limit 2", exec.Options{BatchSize: 1}).Start(context.Background(), func(*exec.Batch) error { return nil })
	for _, ev := range numbered(10) {
		if err := r.Push(ev, anything{}); err != nil {
			t.Fatal(err)
		}
	}
	if summary, err := r.Finish(); err != nil || summary.Rows != 2 {
		t.Errorf("got %+v and error %v", summary, err)
	}
}

func TestPushAfterAnErrorGivesTheError(t *testing.T) {
	r := compile(t, "scan t [id long]", exec.Options{BatchSize: 1, MaxRows: 2}).Start(context.Background(), func(*exec.Batch) error { return nil })
	var err error
	for _, ev := range numbered(5) {
		err = r.Push(ev, anything{})
	}
	if codeOf(err) != exec.CodeRows {
		t.Errorf("want %s, got %v", exec.CodeRows, err)
	}
	if _, err := r.Finish(); codeOf(err) != exec.CodeRows {
		t.Errorf("want %s from Finish, got %v", exec.CodeRows, err)
	}
}

// TestQueriesAreShared runs one query from several goroutines.
func TestQueriesAreShared(t *testing.T) {
	q := compile(t, `scan t [id long, user string] open
| filter user contains~ "USER" and $id > 0
| extend [n long = length(user)] keep rest except ("at")
| window [i long = row_number()] partition (user) rows all to 0
| aggregate [c long = count(), l dynamic = make_list(i) order (id desc)] by [user]
| sort (user)`, exec.Options{BatchSize: 7})
	want, _, err := run(t, q, numbered(100))
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				got, _, err := run(t, q, numbered(100))
				if err != nil || texts(got) != texts(want) {
					t.Errorf("want %s, got %s and error %v", texts(want), texts(got), err)
				}
			}
		})
	}
	all.Wait()
}
