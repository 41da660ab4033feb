package exec_test

import (
	"context"
	"fmt"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
)

const benchRows = 100_000

// benchEvents returns events as a process log has them: few hosts and users, many command lines.
func benchEvents() []*event.Event {
	list := make([]*event.Event, benchRows)
	class := event.ClassOf(event.Class{Product: "windows", ID: "1"})
	for i := range list {
		ev := &event.Event{Class: class}
		ev.Record.Set("id", event.IntValue(int64(i)))
		ev.Record.Set("host", event.TextValue(fmt.Sprintf("host%d", i%50)))
		ev.Record.Set("user", event.TextValue(fmt.Sprintf(`CORP\user%d`, i%400)))
		ev.Record.Set("image", event.TextValue(fmt.Sprintf(`C:\Windows\System32\tool%d.exe`, i%120)))
		ev.Record.Set("command_line", event.TextValue(fmt.Sprintf(`tool%d.exe -Param %d --file C:\Temp\f%d.txt`, i%120, i, i%977)))
		ev.Record.Set("pid", event.IntValue(int64(i*7%65536)))
		ev.Record.Set("at", event.TimeValue(event.UnixEpoch+int64(i)*event.TicksPerSecond/10))
		list[i] = ev
	}
	return list
}

const benchScan = "scan t [id long, host string, user string, image string, command_line string, pid long, at datetime]\n"

// kept is a source of batches that are there already.
type kept struct{ batches []*exec.Batch }

func (s kept) Scan(_ context.Context, _ *plan.Scan, emit func(*exec.Batch) error) error {
	for _, b := range s.batches {
		if err := emit(b); err != nil {
			return err
		}
	}
	return nil
}

func keep(b *testing.B) kept {
	b.Helper()
	var k kept
	q := compile(b, benchScan, exec.Options{})
	if _, err := q.Run(context.Background(), sourceOf(benchEvents()), func(batch *exec.Batch) error {
		k.batches = append(k.batches, batch)
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return k
}

func benchmark(b *testing.B, text string, src exec.Source) {
	q := compile(b, text, exec.Options{})
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, err := q.Run(context.Background(), src, func(*exec.Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkScan turns events into rows.
func BenchmarkScan(b *testing.B) { benchmark(b, benchScan, sourceOf(benchEvents())) }

func BenchmarkBatches(b *testing.B) {
	src := keep(b)
	for _, test := range []struct{ name, plan string }{
		{"filter", benchScan + `| filter image suffix~ r"\tool7.exe" and command_line contains~ "-param" and pid > 100`},
		{"filter_unique_text", benchScan + `| filter command_line contains~ ("f12.txt", "f13.txt", "f14.txt")`},
		{"filter_project", benchScan + `| filter pid > 30000 | project [host, who string = lower(user), n long = length(command_line)]`},
		{"arithmetic", benchScan + `| extend [x any = add(pid, id)] | filter x > 100000`},
		{"aggregate_text", benchScan + `| aggregate [c long = count(), m any = max(pid)] by [host]`},
		{"aggregate_two", benchScan + `| aggregate [c long = count(), d long = dcount(image)] by [host, user]`},
		{"aggregate_many", benchScan + `| aggregate [c long = count()] by [id]`},
		{"sort", benchScan + `| sort (user, pid desc)`},
		{"top", benchScan + `| sort (pid desc) limit 10`},
		{"window_running", benchScan + `| window [c long = count()] partition (host) order (at) rows all to 0`},
		{"window_time", benchScan + `| window [c long = count()] partition (host) order (at) time timespan("00:05:00") to timespan("00:00:00")`},
		{"join", `join inner ( ` + benchScan + ` ) ( values [u string, level long] ("CORP\\user1", 1), ("CORP\\user2", 2), ("CORP\\user3", 3) ) on user == u give [id, level]`},
		{"join_self", `join inner ( scan t [id long, host string, user string, image string, command_line string, pid long, at datetime] ) ( scan t [id#2 long, host#2 string, user#2 string, image#2 string, command_line#2 string, pid#2 long, at#2 datetime] ) on id == id#2 give [id, pid#2]`},
		{"sequence", benchScan + `| sequence ordered within timespan("00:01:00") of at by (host) step "a" when image suffix r"\tool1.exe" keep [a long = id] step "b" when image suffix r"\tool51.exe" keep [b long = id] give [a, b]`},
	} {
		b.Run(test.name, func(b *testing.B) { benchmark(b, test.plan, src) })
	}
}
