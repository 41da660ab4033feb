package exec_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"goshawk/event"
	"goshawk/exec"
)

// unlike returns batches of rows that have nothing in common: a number, a text and a group out of a hundred.
func unlike(rows int) []*exec.Batch {
	var out []*exec.Batch
	for from := 0; from < rows; from += 1000 {
		columns := make([]exec.Builder, 3)
		for i := range 1000 {
			columns[0].Append(event.IntValue(int64(from + i)))
			columns[1].Append(event.TextValue(fmt.Sprintf("a text that comes once only, number %d", from+i)))
			columns[2].Append(event.IntValue(int64(i % 100)))
		}
		b := &exec.Batch{Len: 1000}
		for i := range columns {
			b.Cols = append(b.Cols, columns[i].Finish())
		}
		out = append(out, b)
	}
	return out
}

var unlikeQueries = map[string]string{
	"group by text":       "aggregate [n long = count()] by [text]",
	"group by number":     "aggregate [n long = count(), m any = max(id)] by [id]",
	"group by two":        "aggregate [n long = count(), s any = sum(id)] by [id, text]",
	"dcount":              "aggregate [n long = dcount(text)]",
	"dcount of groups":    "aggregate [n long = dcount(id)] by [group]",
	"make_set":            "aggregate [l dynamic = make_set(text)] by [group]",
	"make_set of numbers": "aggregate [l dynamic = make_set(id)] by [group]",
	"texts":               "aggregate [l any = spl_values(text)] by [group]",
	"texts one by one":    "aggregate [l any = spl_values(text)] by [id]",
	"max of texts":        "aggregate [m any = max(text)] by [id]",
	"sum of floats":       "extend [f real = to_float(id)] | aggregate [s any = sum(f)] by [id]",
}

const unlikeScan = "scan t [id long, text string, group long] | "

// TestMemoryIsCounted compares what a run says that it holds with what the process holds more.
func TestMemoryIsCounted(t *testing.T) {
	const rows = 100_000
	input := unlike(rows)
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for name, text := range unlikeQueries {
		t.Run(name, func(t *testing.T) {
			q := compile(t, unlikeScan+text, exec.Options{})
			before := heap()
			r := q.Start(context.Background(), func(*exec.Batch) error { return nil })
			for _, b := range input {
				if err := r.Offer(0, b); err != nil {
					t.Fatal(err)
				}
			}
			held, says := heap()-before, r.Memory()
			if says < held/2 || says > 3*held {
				t.Errorf("%d bytes are held, %d are counted", held, says)
			}
			if _, err := r.Finish(); err != nil {
				t.Fatal(err)
			}
			if left := r.Memory(); left != 0 {
				t.Errorf("%d bytes are counted after the end", left)
			}
		})
	}
	runtime.KeepAlive(input)
}

func TestTooLittleMemoryIsAnError(t *testing.T) {
	input := unlike(20_000)
	queries := map[string]string{}
	for name, text := range unlikeQueries {
		queries[name] = unlikeScan + text
	}
	for name, text := range queries {
		q := compile(t, text, exec.Options{MaxMemory: 200_000})
		summary, err := q.Run(context.Background(), tables{"t": {input, 20_000}}, func(*exec.Batch) error { return nil })
		if code := codeOf(err); code != exec.CodeMemory || !summary.Partial {
			t.Errorf("%s: %v, want %s", name, err, exec.CodeMemory)
		}
	}
	for _, key := range []string{"id", "text"} {
		text := fmt.Sprintf("join inner ( scan t [id long, text string, group long] ) ( scan t [id#2 long, text#2 string, group#2 long] ) on %s == %s#2 give [id]", key, key)
		_, err := compile(t, text, exec.Options{MaxMemory: 200_000}).Run(context.Background(), tables{"t": {input, 20_000}}, func(*exec.Batch) error { return nil })
		if code := codeOf(err); code != exec.CodeMemory {
			t.Errorf("join on %s: %v, want %s", key, err, exec.CodeMemory)
		}
	}
}

// TestMakeSetHoldsNoMoreThanItGives: values beyond the bound of the aggregate must not be held.
func TestMakeSetHoldsNoMoreThanItGives(t *testing.T) {
	input := unlike(100_000)
	q := compile(t, unlikeScan+"aggregate [l dynamic = make_set(text, 3), n long = count()] by [group]", exec.Options{})
	summary, err := q.Run(context.Background(), tables{"t": {input, 100_000}}, func(*exec.Batch) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if summary.Memory > 500_000 {
		t.Errorf("%d bytes for three hundred texts", summary.Memory)
	}
}
