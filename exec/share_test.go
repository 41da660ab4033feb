package exec_test

import (
	"fmt"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
)

// perClass knows three tables: one of every event, one of those of class b, one of those of class a whose id is odd. The column
// code is another field in each class.
type perClass struct{}

func (perClass) Route(table string, class *event.Class) (plan.Expr, bool) {
	switch table {
	case "b":
		return nil, class.ID == "b"
	case "odd":
		when, list := plan.ReadExpr(&diag.Source{Text: "not $user equals \"user1\""}, nil)
		if list.Failed() {
			panic(list)
		}
		return when, class.ID == "a"
	}
	return nil, true
}

func (perClass) Source(class *event.Class, column string) plan.Expr {
	switch {
	case column == "code" && class.ID == "a":
		return &plan.Field{Name: "id"}
	case column == "code":
		return &plan.Field{Name: "user"}
	case column == "none":
		return nil
	case column == "all" && class.ID == "a":
		return &plan.Fields{}
	}
	return &plan.Field{Name: column}
}

// TestShareGivesTheSameRows: many Scans that read the same events through a Share have the rows that each has alone, although
// some begin to read later than others.
func TestShareGivesTheSameRows(t *testing.T) {
	texts := []string{
		"scan t [id long, user string, at datetime]", "scan b [code any, id long]", "scan odd [code any, none string, `log.record` long]",
		"scan t [user string] open", "scan odd [] open", "scan b [`event.original` string, `x/_raw` string, code any]",
		"scan t [id long, all any, code any]", "scan odd [all any]",
	}
	events := numbered(50)
	classes := []*event.Class{event.ClassOf(event.Class{Product: "test", ID: "a"}), event.ClassOf(event.Class{Product: "test", ID: "b"})}
	codec := event.NewCodec("twice", func(dst []byte, raw string) []byte { return append(append(dst, raw...), raw...) })
	for i, ev := range events {
		ev.Class = classes[i/2%2]
		ev.Raw = []byte(fmt.Sprintf("raw %d", i))
		if i%5 == 0 {
			ev.Record.Set("user", event.EncodedValue(codec, "u"))
		}
	}
	share := exec.NewShare(perClass{})
	shared, alone := make([]*exec.Rows, len(texts)), make([]*exec.Rows, len(texts))
	parts := make([][]*exec.Lines, len(texts)) // what was taken of the shared rows on the way
	o := exec.Options{Evidence: 1}
	for n, ev := range events {
		share.Begin(ev)
		for i, text := range texts {
			if n < 3*i {
				continue
			}
			if shared[i] == nil {
				scan := read(t, text).(*plan.Scan)
				var err error
				if shared[i], err = share.Rows(scan, o, text); err != nil {
					t.Fatal(err)
				}
				if alone[i], err = exec.NewRows(scan, perClass{}, o); err != nil {
					t.Fatal(err)
				}
			}
			if err := shared[i].Add(ev); err != nil {
				t.Fatal(err)
			}
			if err := alone[i].Add(ev); err != nil {
				t.Fatal(err)
			}
			if n%7 == i {
				parts[i] = append(parts[i], shared[i].Lines())
			}
		}
	}
	for i := range texts {
		got, want := exec.Gathered{Lines: append(parts[i], shared[i].Lines())}.Batch(), alone[i].Flush()
		if want.Len == 0 || fmt.Sprint(rowsOf(got)) != fmt.Sprint(rowsOf(want)) {
			t.Errorf("%s:\n got %v\nwant %v", texts[i], rowsOf(got), rowsOf(want))
			continue
		}
		slots := make([]int, len(want.Cols))
		for c := range slots {
			slots[c] = c
		}
		for r := range want.Len {
			e := got.From[r].Evidence[0]
			if e.Origin != want.From[r].Evidence[0].Origin {
				t.Errorf("%s: row %d is of another event", texts[i], r)
			}
			if e.Feed() != texts[i] || fmt.Sprint(e.Row(slots)) != fmt.Sprint(valuesAt(got, r)) {
				t.Errorf("%s: row %d is remembered as %v of %v", texts[i], r, e.Row(slots), e.Feed())
			}
			if got.Rest != nil && fmt.Sprint(e.Rest()) != fmt.Sprint(got.Rest[r]) {
				t.Errorf("%s: the rest of row %d is remembered as %v", texts[i], r, e.Rest())
			}
		}
	}
}

func valuesAt(b *exec.Batch, row int) []event.Value {
	out := make([]event.Value, len(b.Cols))
	for c := range b.Cols {
		out[c] = b.Value(c, row)
	}
	return out
}

// TestLinesOwnTheirMemory: what was taken stays as it is while more rows come.
func TestLinesOwnTheirMemory(t *testing.T) {
	share := exec.NewShare(perClass{})
	rows, err := share.Rows(read(t, "scan t [id long, user string]").(*plan.Scan), exec.Options{Evidence: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var taken []*exec.Lines
	var want []string
	for n, ev := range numbered(40) {
		share.Begin(ev)
		if err := rows.Add(ev); err != nil {
			t.Fatal(err)
		}
		if n%3 == 2 {
			l := rows.Lines()
			want = append(want, shown(l))
			taken = append(taken, l)
		}
	}
	if small, large := taken[0].Size(), (exec.Gathered{Lines: taken}).Batch().Size(); small <= 0 || large <= small {
		t.Errorf("three rows take %d bytes, all of them %d", small, large)
	}
	for i, l := range taken {
		if got := shown(l); got != want[i] {
			t.Errorf("got %s, want %s", got, want[i])
		}
	}
}

// shown returns the rows of lines, with the events that they are of.
func shown(l *exec.Lines) string {
	b := exec.Gathered{Lines: []*exec.Lines{l}}.Batch()
	text := fmt.Sprint(rowsOf(b))
	for _, trail := range b.From {
		text += fmt.Sprint(" ", trail.Evidence[0].Origin)
	}
	return text
}
