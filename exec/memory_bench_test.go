package exec_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
)

// These benchmarks ask what a query costs over rows that are in memory already: prepared batches are shown again and again until
// a table is as long as it says. Run them with GOMAXPROCS=1 for the cost on one core.

const (
	manyRows  = 10_000_000 // a tenth in short runs
	batchRows = 1024
	madeRows  = 128 * batchRows // that are made; the others repeat them
)

const logScan = "scan log [event_id long, at datetime, image string, user string, pid long, score real, id long]\n"

// table is a source of so many rows, made of prepared batches over and over.
type table struct {
	batches []*exec.Batch
	rows    int
}

func (s table) scan(ctx context.Context, emit func(*exec.Batch) error) error {
	for left, i := s.rows, 0; left > 0; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := s.batches[i%len(s.batches)]
		if err := emit(b); err != nil {
			return err
		}
		left -= b.Len
	}
	return nil
}

// tables is a source of tables by their names.
type tables map[string]table

func (s tables) Scan(ctx context.Context, scan *plan.Scan, emit func(*exec.Batch) error) error {
	return s[scan.Table].scan(ctx, emit)
}

// logTable returns a process log: half of its events are 4688, of one day, of a thousand images, two thirds of which are programs,
// and four hundred users. Texts stand in dictionaries that all batches share, or each for itself.
func logTable(rows int, words bool) table {
	random := rand.New(rand.NewPCG(1, 2))
	images, users := make([]string, 1000), make([]string, 400)
	for i := range images {
		images[i] = fmt.Sprintf(`C:\Program Files\Vendor%d\Tool%d.%s`, i%37, i, []string{"exe", "EXE", "dll"}[i%3])
	}
	for i := range users {
		users[i] = fmt.Sprintf(`CORP\User%d`, i)
	}
	texts := func(dictionary []string) exec.Vector {
		codes := make([]uint32, batchRows)
		for i := range codes {
			codes[i] = uint32(random.IntN(len(dictionary)))
		}
		if words {
			return exec.NewWords(codes, dictionary)
		}
		var b exec.Builder
		for _, code := range codes {
			b.AppendLent(event.TextValue(dictionary[code]))
		}
		return b.Finish()
	}
	column := func(value func() event.Value) exec.Vector {
		var b exec.Builder
		for range batchRows {
			b.Append(value())
		}
		return b.Finish()
	}
	t := table{rows: rows}
	id := int64(0)
	for range madeRows / batchRows {
		t.batches = append(t.batches, &exec.Batch{Len: batchRows, Cols: []exec.Vector{
			column(func() event.Value { return event.IntValue(4688 + random.Int64N(2)) }),
			column(func() event.Value {
				return event.TimeValue(event.UnixEpoch + random.Int64N(24*3600)*event.TicksPerSecond)
			}),
			texts(images),
			texts(users),
			column(func() event.Value { return event.IntValue(random.Int64N(65536)) }),
			column(func() event.Value { return event.FloatValue(random.Float64() * 100) }),
			column(func() event.Value { id++; return event.IntValue(id) }),
		}})
	}
	return t
}

// keyedTable returns rows with a number and a text that tells it, in the order of the numbers or shuffled, and two more columns.
func keyedTable(rows, numbers int) table {
	random := rand.New(rand.NewPCG(3, 4))
	t := table{rows: rows}
	for from := 0; from < rows; from += batchRows {
		n := min(batchRows, rows-from)
		columns := make([]exec.Builder, 4)
		for i := range n {
			key := from + i
			if numbers < rows {
				key = random.IntN(numbers)
			}
			columns[0].Append(event.IntValue(int64(key)))
			columns[1].Append(event.TextValue(fmt.Sprintf("host%06d.corp.example", key)))
			columns[2].Append(event.TimeValue(event.UnixEpoch + int64(from+i)*event.TicksPerSecond))
			columns[3].Append(event.TextValue([]string{"low", "medium", "high"}[key%3]))
		}
		b := &exec.Batch{Len: n}
		for i := range columns {
			b.Cols = append(b.Cols, columns[i].Finish())
		}
		t.batches = append(t.batches, b)
	}
	return t
}

// processorTime returns the processor time of this process so far, which the work of others on the machine changes less than the time
// that passes; nil where the system does not tell.
var processorTime func() time.Duration

func benchmarkTables(b *testing.B, text string, src tables, rows int) {
	q := compile(b, text, exec.Options{})
	b.ReportAllocs()
	b.ResetTimer()
	var memory int64
	began := time.Duration(0)
	if processorTime != nil {
		began = processorTime()
	}
	for range b.N {
		out := int64(0)
		summary, err := q.Run(context.Background(), src, func(batch *exec.Batch) error {
			out += int64(batch.Len)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if out == 0 {
			b.Fatal("no rows")
		}
		memory = summary.Memory
	}
	b.ReportMetric(float64(b.N)*float64(rows)/b.Elapsed().Seconds()/1e6, "Mrows/s")
	if processorTime != nil {
		b.ReportMetric(float64(b.N)*float64(rows)/(processorTime()-began).Seconds()/1e6, "Mrows/cpu-s")
	}
	b.ReportMetric(float64(memory)/1e6, "MB-held")
}

// BenchmarkMemory runs where | extend | summarize by over ten million rows, whole and in parts.
func BenchmarkMemory(b *testing.B) {
	const (
		where  = `| filter event_id == 4688 and image suffix~ ".exe"`
		has    = `| filter event_id == 4688 and user word~ "corp"`
		extend = `| extend [twice long = add(multiply(pid, 2), 1), hour datetime = bin(at, timespan("01:00:00")), name string = lower(image)]`
		sum    = `| aggregate [n long = count(), users long = dcount(user), latest datetime = max(at), pids dynamic = make_set(twice, 100)] by [name, hour]`
		light  = `| aggregate [n long = count(), latest datetime = max(at), total long = sum(twice), least real = min(score)] by [name, hour]`
	)
	rows := manyRows
	if testing.Short() {
		rows /= 10
	}
	for _, shape := range []string{"words", "texts"} {
		src := tables{"log": logTable(rows, shape == "words")}
		for _, test := range []struct{ name, plan string }{
			{"where_extend_summarize", logScan + where + extend + sum},
			{"has_extend_summarize", logScan + has + extend + sum},
			{"extend_summarize", logScan + extend + sum},
			{"extend_summarize_light", logScan + extend + light},
			{"where", logScan + where},
			{"extend", logScan + extend},
			{"summarize", logScan + `| aggregate [n long = count()] by [image, event_id]`},
			{"summarize_one", logScan + `| aggregate [n long = count(), m long = max(pid)] by [user]`},
		} {
			b.Run(shape+"/"+test.name, func(b *testing.B) { benchmarkTables(b, test.plan, src, rows) })
		}
	}
}

// BenchmarkJoin joins a million rows with a hundred thousand, and gives six columns.
func BenchmarkJoin(b *testing.B) {
	const left, right = 1_000_000, 100_000
	src := tables{"l": keyedTable(left, right), "r": keyedTable(right, right)}
	const l, r = "scan l [number long, host string, at datetime, level string]", "scan r [number#2 long, host#2 string, at#2 datetime, level#2 string]"
	for _, kind := range []struct{ name, join, first, give string }{
		{"inner", "join inner", "", "[number, host, at, level, right_at datetime = at#2, right_level string = level#2]"},
		{"leftouter", "join left", "", "[number, host, at, level, right_at datetime = at#2, right_level string = level#2]"},
		{"leftanti", "join left anti", "", "[number, host, at, level]"},
		{"first_right", "join inner", "first ", "[number, host, at, level, right_at datetime = at#2, right_level string = level#2]"},
	} {
		for _, key := range []string{"number", "host"} {
			b.Run(kind.name+"/"+key, func(b *testing.B) {
				r := r
				if kind.name == "leftanti" {
					r += ` | filter level#2 == "low"`
				}
				benchmarkTables(b, fmt.Sprintf("%s ( %s ) ( %s ) on %s == %s#2 %sgive %s", kind.join, l, r, key, key, kind.first, kind.give), src, left)
			})
		}
	}
}
