package exec_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
	"goshawk/plan/plantest"
)

// read returns the plan of a text.
func read(t testing.TB, text string) plan.Node {
	t.Helper()
	node, list := plan.Read(&diag.Source{Name: "plan", Text: text})
	list = append(list, plan.Check(node)...)
	if list.Failed() {
		t.Fatalf("%v", list)
	}
	return node
}

func compile(t testing.TB, text string, o exec.Options) *exec.Query {
	t.Helper()
	q, err := exec.Compile(read(t, text), o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// anything routes every event to every table, and takes columns from the fields of their names.
type anything struct{}

func (anything) Route(string, *event.Class) (plan.Expr, bool) { return nil, true }

func (anything) Source(_ *event.Class, column string) plan.Expr { return &plan.Field{Name: column} }

// numbered returns events with an id, counted from 1, a user out of three, and a time one second apart.
func numbered(n int) []*event.Event {
	list := make([]*event.Event, n)
	class := event.ClassOf(event.Class{Product: "test"})
	for i := range list {
		ev := &event.Event{Class: class, Origin: event.Origin{Source: "test", Record: uint64(i + 1)}}
		ev.Record.Set("id", event.IntValue(int64(i+1)))
		ev.Record.Set("user", event.TextValue(fmt.Sprintf("user%d", i%3)))
		ev.Record.Set("at", event.TimeValue(event.UnixEpoch+int64(i)*event.TicksPerSecond))
		list[i] = ev
	}
	return list
}

func sourceOf(list []*event.Event) exec.Source {
	return source(&plantest.Input{Events: list, Resolver: anything{}})
}

func run(t testing.TB, q *exec.Query, list []*event.Event) ([]plantest.Row, *exec.Summary, error) {
	t.Helper()
	var rows []plantest.Row
	summary, err := q.Run(context.Background(), sourceOf(list), func(b *exec.Batch) error {
		rows = append(rows, rowsOf(b)...)
		return nil
	})
	return rows, summary, err
}

func codeOf(err error) string {
	var d diag.Diagnostic
	if errors.As(err, &d) {
		return d.Code
	}
	return fmt.Sprint(err)
}

func TestBoundsAreErrors(t *testing.T) {
	const scan = "scan t [id long, user string, at datetime]\n"
	for name, test := range map[string]struct {
		plan    string
		options exec.Options
		code    string
	}{
		"rows":             {scan, exec.Options{MaxRows: 10}, exec.CodeRows},
		"groups":           {scan + "| aggregate [c long = count()] by [id]", exec.Options{MaxGroups: 10}, exec.CodeGroups},
		"partitions":       {scan + "| window [c long = count()] partition (id) rows all to all", exec.Options{MaxGroups: 10}, exec.CodeGroups},
		"sequence groups":  {scan + "| sequence within timespan(\"00:00:01\") of at by (id) step \"a\" when all() keep [id] give [id]", exec.Options{MaxGroups: 10}, exec.CodeGroups},
		"sort memory":      {scan + "| sort (id)", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"aggregate memory": {scan + "| aggregate [c long = count()] by [id]", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"list memory":      {scan + "| aggregate [l dynamic = make_list(id)]", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"ordered memory":   {scan + "| aggregate [l any = first(id) order (id desc)]", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"distinct memory":  {scan + "| aggregate [c long = count(distinct id)]", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"window memory":    {scan + "| window [c long = count()] rows all to all", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"join memory":      {"join inner ( scan t [id long] ) ( scan t [id#2 long] ) on id == id#2 give [id]", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"cross join rows":  {"join inner ( scan t [id long] ) ( scan t [id#2 long] ) give [id]", exec.Options{MaxRows: 500000}, exec.CodeRows},
		"cross join work":  {"join inner ( scan t [id long] ) ( scan t [id#2 long] ) give [id] | aggregate [n long = count()]", exec.Options{MaxWork: 500000}, exec.CodeWork},
		"join condition":   {"join inner ( scan t [id long] ) ( scan t [id#2 long] ) where id > id#2 and id < 0 give [id]", exec.Options{MaxWork: 500000}, exec.CodeWork},
		"join by key":      {"join inner ( scan t [user string] ) ( scan t [user#2 string] ) on user == user#2 give [user] | aggregate [n long = count()]", exec.Options{MaxWork: 500000}, exec.CodeWork},
		"expand work":      {scan + "| expand [x any = list_range(1, 1000)] | aggregate [n long = count()]", exec.Options{MaxWork: 500000}, exec.CodeWork},
		"expand twice":     {scan + "| expand [x any = list_range(1, 1000)] | expand [y any = list_range(1, 1000)] | aggregate [n long = count()]", exec.Options{MaxWork: 5_000_000}, exec.CodeWork},
		"expand and sort":  {scan + "| expand [x any = list_range(1, 1000)] | sort (x)", exec.Options{MaxMemory: 1 << 20}, exec.CodeMemory},
		"window work":      {scan + "| window [m any = variance(id)] rows 1000 to 0", exec.Options{MaxWork: 500000}, exec.CodeWork},
		"trace work":       {scan + "| trace [] step \"s\" all keep [] when all() set ()", exec.Options{MaxWork: 500}, exec.CodeWork},
		"trace groups":     {scan + "| trace by (id) [] step \"s\" all keep [] when all() set ()", exec.Options{MaxGroups: 10}, exec.CodeGroups},
		"trace memory":     {scan + "| trace [] step \"s\" all keep [] when all() set ()", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"correlate work":   {scan + "| correlate within all of at measure [m any = variance(id)] when m < 0", exec.Options{MaxWork: 500000}, exec.CodeWork},
		"correlate groups": {scan + "| correlate within all of at by [id] when all()", exec.Options{MaxGroups: 10}, exec.CodeGroups},
		"correlate memory": {scan + "| correlate within all of at keep [id] when all()", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
		"window lists":     {scan + "| window [l dynamic = make_list(user)] rows all to 0", exec.Options{MaxMemory: 10 << 20}, exec.CodeMemory},
		"lists of rows":    {scan + "| project [l dynamic = list_range(id, 100000)]", exec.Options{MaxMemory: 10 << 20}, exec.CodeMemory},
		"lists of lists":   {scan + "| project [l dynamic = list_map(list_range(id, 100000), (x) => list_range(1, 10000))]", exec.Options{}, exec.CodeMemory},
		"calls of calls":   {scan + "| project [l dynamic = list_any(list_range(id, 100000), (x) => list_any(list_range(1, 10000), (y) => x == -1))]", exec.Options{}, exec.CodeMemory},
		"doubled texts":    {scan + "| project [l any = list_fold(list_range(1, 60), user, (a, x) => concat(a, a))]", exec.Options{}, exec.CodeMemory},
		"doubled columns":  {scan + strings.Repeat("| extend [user string = concat(user, user)]\n", 40), exec.Options{MaxMemory: 64 << 20}, exec.CodeMemory},
		"lists of groups":  {scan + "| aggregate [l dynamic = make_list(user)] by [id]\n| sort (id)", exec.Options{MaxMemory: 200 << 10}, exec.CodeMemory},
		"sequence memory":  {scan + "| sequence within timespan(\"00:00:01\") of at step \"a\" when all() keep [id] give [id]", exec.Options{MaxMemory: 10000}, exec.CodeMemory},
	} {
		t.Run(name, func(t *testing.T) {
			q := compile(t, test.plan, test.options)
			rows, summary, err := run(t, q, numbered(2000))
			if codeOf(err) != test.code {
				t.Fatalf("want %s, got %d rows and error %v", test.code, len(rows), err)
			}
			if !summary.Partial {
				t.Error("the rows should be marked as a part of the answer")
			}
			if test.code == exec.CodeRows && int64(len(rows)) != test.options.MaxRows {
				t.Errorf("want the %d rows that are allowed, got %d", test.options.MaxRows, len(rows))
			}
		})
	}
}

func TestUnboundedMemory(t *testing.T) {
	q := compile(t, "scan t [id long]\n| sort (id desc)", exec.Options{MaxMemory: -1, MaxGroups: -1})
	if rows, _, err := run(t, q, numbered(5000)); err != nil || len(rows) != 5000 {
		t.Errorf("got %d rows and error %v", len(rows), err)
	}
}

// TestLimitedSortKeepsLittle checks that a sort with a limit does not hold all rows.
func TestLimitedSortKeepsLittle(t *testing.T) {
	q := compile(t, "scan t [id long]\n| sort (id desc) limit 5", exec.Options{BatchSize: 100})
	rows, summary, err := run(t, q, numbered(20000))
	if err != nil || len(rows) != 5 || rows[0].Values[0].Int() != 20000 {
		t.Fatalf("got %v and error %v", rows, err)
	}
	if summary.Memory > 100_000 {
		t.Errorf("the sort held %d bytes", summary.Memory)
	}
}

func TestMemoryIsGivenBack(t *testing.T) {
	q := compile(t, "scan t [id long]\n| sort (id desc)\n| sort (id)\n| sort (id desc)\n| sort (id)", exec.Options{})
	one := compile(t, "scan t [id long]\n| sort (id)", exec.Options{})
	_, many, err := run(t, q, numbered(10000))
	if err != nil {
		t.Fatal(err)
	}
	_, single, err := run(t, one, numbered(10000))
	if err != nil {
		t.Fatal(err)
	}
	if many.Memory > 3*single.Memory {
		t.Errorf("four sorts in a row held %d bytes at once, one holds %d", many.Memory, single.Memory)
	}
}

func TestLimitStopsReading(t *testing.T) {
	q := compile(t, "scan t [id long]\n| filter id > 2\n| limit 3", exec.Options{BatchSize: 2})
	asked := 0
	src := &exec.EventSource{Resolver: anything{}, Each: func(_ context.Context, each func(*event.Event) error) error {
		for _, ev := range numbered(1000) {
			asked++
			if err := each(ev); err != nil {
				return err
			}
		}
		return nil
	}}
	summary, err := q.Run(context.Background(), src, func(*exec.Batch) error { return nil })
	if err != nil || summary.Rows != 3 || summary.Partial {
		t.Fatalf("got %+v and error %v", summary, err)
	}
	if asked > 10 {
		t.Errorf("%d events were read for three rows", asked)
	}
}

func TestUnwantedScansAreNotRead(t *testing.T) {
	scans := func(text string) (read []string) {
		q := compile(t, text, exec.Options{})
		src := sourceFunc(func(ctx context.Context, scan *plan.Scan, emit func(*exec.Batch) error) error {
			read = append(read, scan.Table)
			if scan.Table == "empty" {
				return nil
			}
			return sourceOf(numbered(10)).Scan(ctx, scan, emit)
		})
		if _, err := q.Run(context.Background(), src, func(*exec.Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
		return read
	}
	for name, test := range map[string]struct{ plan, want string }{
		"the right of a join comes first": {"join left ( scan l [id long] ) ( scan r [id#2 long] ) on id == id#2 give [id]", "r l"},
		"nothing meets an empty right":    {"join inner ( scan l [id long] ) ( scan empty [id#2 long] ) on id == id#2 give [id]", "empty"},
		"an anti join needs the left":     {"join left anti ( scan l [id long] ) ( scan empty [id#2 long] ) on id == id#2 give [id]", "empty l"},
		"the limit was reached":           {"union [id long] ( scan a [id#2 long] ) from [id#2] ( scan b [id#3 long] ) from [id#3]\n| limit 5", "a"},
		"a limit of nothing":              {"scan a [id long]\n| limit 0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(scans(test.plan), " "); got != test.want {
				t.Errorf("want %q to be read, got %q", test.want, got)
			}
		})
	}
}

type sourceFunc func(context.Context, *plan.Scan, func(*exec.Batch) error) error

func (f sourceFunc) Scan(ctx context.Context, scan *plan.Scan, emit func(*exec.Batch) error) error {
	return f(ctx, scan, emit)
}

func TestSourceErrorsEndTheRun(t *testing.T) {
	broken := errors.New("the disk is gone")
	q := compile(t, "scan t [id long]\n| sort (id)", exec.Options{})
	_, err := q.Run(context.Background(), sourceFunc(func(ctx context.Context, scan *plan.Scan, emit func(*exec.Batch) error) error {
		return broken
	}), func(*exec.Batch) error {
		t.Error("no rows should come")
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("want %v, got %v", broken, err)
	}
}

func TestEmitMayStopOrFail(t *testing.T) {
	q := compile(t, "scan t [id long]", exec.Options{BatchSize: 10})
	batches := 0
	summary, err := q.Run(context.Background(), sourceOf(numbered(1000)), func(*exec.Batch) error {
		batches++
		return exec.ErrEnough
	})
	if err != nil || batches != 1 || summary.Partial {
		t.Errorf("ErrEnough should end the run in peace: %d batches, error %v", batches, err)
	}
	broken := errors.New("no paper")
	if _, err := q.Run(context.Background(), sourceOf(numbered(1000)), func(*exec.Batch) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("want %v, got %v", broken, err)
	}
}

func TestCancel(t *testing.T) {
	for _, text := range []string{
		"scan t [id long]",
		"scan t [id long]\n| window [l long = count()] rows 5000 to 5000 without current",
		"join inner ( scan t [id long] ) ( scan t [id#2 long] ) where id < id#2 give [id]",
	} {
		ctx, cancel := context.WithCancel(context.Background())
		q := compile(t, text, exec.Options{})
		events := numbered(3000)
		seen := 0
		src := &exec.EventSource{Resolver: anything{}, Each: func(_ context.Context, each func(*event.Event) error) error {
			for _, ev := range events {
				if seen++; seen == 2500 {
					cancel()
				}
				if err := each(ev); err != nil {
					return err
				}
			}
			return nil
		}}
		if _, err := q.Run(ctx, src, func(*exec.Batch) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("want the run to be called off, got %v\n%s", err, text)
		}
		cancel()
	}
}

// TestEventsAreLent checks that rows do not share memory with events, which their source overwrites.
func TestEventsAreLent(t *testing.T) {
	q := compile(t, "scan t [a string, l dynamic] open\n| sort (a)", exec.Options{})
	var rows []plantest.Row
	r := q.Start(context.Background(), func(b *exec.Batch) error {
		rows = append(rows, rowsOf(b)...)
		return nil
	})
	lent := []byte("aaaa")
	codec := event.NewCodec("lent", func(dst []byte, raw string) []byte { return append(dst, lent...) })
	ev := &event.Event{Class: event.ClassOf(event.Class{})}
	for _, text := range []string{"bbbb", "cccc", "bbbb"} {
		copy(lent, text)
		ev.Reset()
		ev.Class = event.ClassOf(event.Class{})
		ev.Record.Set("a", event.EncodedValue(codec, ""))
		ev.Record.Set("l", event.ListValue(event.EncodedValue(codec, "")))
		if err := r.Push(ev, anything{}); err != nil {
			t.Fatal(err)
		}
		copy(lent, "xxxx")
	}
	if _, err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.String())
	}
	want := `("bbbb", ["bbbb"]) {"a": "bbbb", "l": ["bbbb"]}
("bbbb", ["bbbb"]) {"a": "bbbb", "l": ["bbbb"]}
("cccc", ["cccc"]) {"a": "cccc", "l": ["cccc"]}`
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("want\n%s\ngot\n%s", want, text)
	}
}

func TestQueryDescribesItself(t *testing.T) {
	q := compile(t, "join inner ( scan a [id long] open ) ( scan b [k long] ) on id == k give [id] keep rest", exec.Options{})
	if c := q.Columns(); len(c) != 1 || c[0].Name != "id" || !q.Open() {
		t.Errorf("got columns %v, open %t", c, q.Open())
	}
	if s := q.Scans(); len(s) != 2 || s[0].Table != "a" || s[1].Table != "b" {
		t.Errorf("got scans %v", s)
	}
}

func TestCompileRefuses(t *testing.T) {
	stranger := &plan.Column{Name: "stranger"}
	known := &plan.Column{Name: "known"}
	scan := &plan.Scan{Table: "t", Out: []*plan.Column{known}}
	for name, n := range map[string]plan.Node{
		"nothing":            nil,
		"no input":           &plan.Filter{Where: &plan.And{}},
		"an unknown column":  &plan.Filter{Input: scan, Where: &plan.Ref{Column: stranger}},
		"a short row":        &plan.Values{Out: []*plan.Column{known}, Rows: [][]event.Value{{}}},
		"no condition":       &plan.Filter{Input: scan},
		"no aggregate":       &plan.Aggregate{Input: scan, Aggs: []plan.Agg{{Column: stranger}}},
		"no window function": &plan.Window{Input: scan, Out: []plan.WindowFunc{{Column: stranger}}},
		"no order in time":   &plan.Window{Input: scan, Frame: plan.Frame{ByTime: true}},
		"an empty union":     &plan.Union{Out: []*plan.Column{known}},
		"a foreign union":    &plan.Union{Ins: []plan.Node{scan}, Out: []*plan.Column{known}, From: [][]*plan.Column{{stranger}}},
		"no table":           &plan.Lookup{Input: scan},
		"an unknown key":     &plan.Lookup{Input: scan, Table: &plan.Table{Columns: []string{"k"}}, Keys: []plan.LookupKey{{Value: &plan.Ref{Column: known}, Column: "j"}}},
		"a short table row":  &plan.Lookup{Input: scan, Table: &plan.Table{Columns: []string{"k"}, Rows: [][]event.Value{{}}}},
		"an unnamed keep": &plan.Sequence{Input: scan, Time: &plan.Ref{Column: known},
			Steps: []plan.Step{{When: &plan.And{}, Keeps: []plan.Assign{{Column: stranger, Value: &plan.Ref{Column: known}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := exec.Compile(n, exec.Options{})
			var list diag.List
			if !errors.As(err, &list) || list[0].Code != exec.CodePlan {
				t.Errorf("want a complaint about the plan, got %v and error %v", q, err)
			}
		})
	}
}
