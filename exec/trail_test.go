package exec_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/exec"
	"goshawk/plan"
)

// evidence runs a plan over numbered events and returns, for each row, the records that it was made of.
func evidence(t *testing.T, text string, o exec.Options, n int) []string {
	t.Helper()
	var out []string
	_, err := compile(t, text, o).Run(context.Background(), sourceOf(numbered(n)), func(b *exec.Batch) error {
		for _, trail := range b.From {
			var records []string
			if trail != nil {
				for _, e := range trail.Evidence {
					records = append(records, fmt.Sprint(e.Origin.Record))
				}
				if trail.More > 0 {
					records = append(records, fmt.Sprintf("+%d", trail.More))
				}
			}
			out = append(out, strings.Join(records, " "))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEvidence(t *testing.T) {
	const scan = "scan t [id long, user string, at datetime]\n"
	for name, test := range map[string]struct {
		plan string
		keep int
		want string
	}{
		"a row is its event":        {scan + "| filter id > 2\n| project [user]", 5, "3|4|5"},
		"a group is its rows":       {scan + "| aggregate [c long = count()] by [user]", 5, "1 4|2 5|3"},
		"more than are kept":        {scan + "| aggregate [c long = count()]", 3, "1 2 3 +2"},
		"groups of groups":          {scan + "| aggregate [c long = count()] by [user]\n| aggregate [n long = count()] by [c]", 9, "1 4 2 5|3"},
		"sorted":                    {scan + "| sort (id desc) limit 2", 5, "5|4"},
		"a window is its row":       {scan + "| window [c long = count()] rows all to all\n| limit 2", 5, "1|2"},
		"both sides of a join":      {"join inner ( scan t [id long] ) ( scan t [id#2 long] ) where id == id#2 give [id]\n| limit 2", 5, "1 1|2 2"},
		"a join without a partner":  {"join left ( scan t [id long] ) ( scan t [id#2 long]\n| filter id#2 == 1 ) on id == id#2 give [id]\n| limit 2", 5, "1 1|2"},
		"expanded":                  {scan + "| expand [x dynamic = split(\"a,b\", \",\")]\n| limit 3", 5, "1|1|2"},
		"the steps of a sequence":   {scan + "| sequence ordered within timespan(\"00:01:00\") of at step \"a\" when id == 1 keep [x long = id] step \"b\" when id == 3 keep [y long = id] give [x, y]", 5, "1 3"},
		"one row that is all steps": {scan + "| sequence within timespan(\"00:01:00\") of at step \"a\" when id == 2 keep [x long = id] step \"b\" when id == 2 keep [y long = id] give [x, y]", 5, "2"},
		"values have none":          {"union [id long] ( values [id#2 long] (1) ) from [id#2] ( scan t [id#3 long] ) from [id#3]\n| limit 2", 5, "|1"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 3, 0} {
				if got := strings.Join(evidence(t, test.plan, exec.Options{Evidence: test.keep, BatchSize: size}, 5), "|"); got != test.want {
					t.Errorf("batches of %d: want %q, got %q", size, test.want, got)
				}
			}
		})
	}
}

func TestKeepEvents(t *testing.T) {
	q := compile(t, "scan t [id long]\n| filter id == 2", exec.Options{Evidence: 1, KeepEvents: true})
	var kept *event.Event
	if _, err := q.Run(context.Background(), sourceOf(numbered(3)), func(b *exec.Batch) error {
		kept = b.From[0].Evidence[0].Event
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if kept == nil || kept.Record.Get("user").Text() != "user1" {
		t.Errorf("the event was not kept: %+v", kept)
	}
}

// TestStopped asks which stage dropped an event.
func TestStopped(t *testing.T) {
	const scan = "scan t [id long, user string]\n"
	for name, test := range map[string]struct{ plan, want string }{
		"the condition":           {scan + "| filter user equals \"user0\"\n| filter id > 3", "filter"},
		"the second condition":    {scan + "| filter id == 2\n| project [user]\n| filter user equals \"x\"", "filter"},
		"the threshold":           {scan + "| aggregate [c long = count()] by [user]\n| filter c > 2", "filter"},
		"a limit":                 {scan + "| limit 1", "limit"},
		"a group without the key": {scan + "| project [u string = null_if(user, \"user1\")]\n| aggregate [c long = count()] by [u] drop null", "aggregate"},
		"nothing":                 {scan + "| aggregate [c long = count()]", ""},
		"the table":               {"scan none [id long]", "scan"},
	} {
		t.Run(name, func(t *testing.T) {
			q := compile(t, test.plan, exec.Options{Watch: func(ev *event.Event) bool { return ev.Origin.Record == 2 }})
			src := sourceOf(numbered(5)).(*exec.EventSource)
			src.Resolver = allBut{anything{}, "none"}
			summary, err := q.Run(context.Background(), src, func(*exec.Batch) error { return nil })
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if st := summary.Stopped(); st != nil {
				got = plan.Operator(st.Node)
			}
			if got != test.want {
				t.Errorf("want the %s to have dropped it, got %q\n%+v", test.want, got, summary.Stats)
			}
		})
	}
}

// allBut knows every table but one.
type allBut struct {
	anything
	table string
}

func (r allBut) Route(table string, _ *event.Class) (plan.Expr, bool) { return nil, table != r.table }

func TestStats(t *testing.T) {
	q := compile(t, "scan t [id long, user string]\n| filter id > 2\n| aggregate [c long = count()] by [user]", exec.Options{BatchSize: 2})
	_, summary, err := run(t, q, numbered(10))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, st := range summary.Stats {
		got = append(got, fmt.Sprintf("%s %d→%d", plan.Operator(st.Node), st.In, st.Out))
	}
	if text, want := strings.Join(got, ", "), "aggregate 8→3, filter 10→8, scan 10→10"; text != want {
		t.Errorf("want %s, got %s", want, text)
	}
}
