package exec_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/exec"
)

const counting = `scan t [id long, user string, at datetime]
| correlate within timespan("00:00:10") of at arrival id by [user]
    keep [id]
    measure [c long = count()]
    when c >= 2`

// moment returns event number id, which happened so many seconds after the beginning of 1970.
func moment(id int, user string, second int64) *event.Event {
	ev := &event.Event{Class: event.ClassOf(event.Class{}), Origin: event.Origin{Source: "test", Record: uint64(id)}}
	ev.Record.Set("id", event.IntValue(int64(id)))
	ev.Record.Set("user", event.TextValue(user))
	ev.Record.Set("at", event.TimeValue(event.UnixEpoch+second*event.TicksPerSecond))
	return ev
}

// follower follows a plan and keeps what it gives as texts.
type follower struct {
	t *testing.T
	*exec.Following
	got []string
}

func startFollowing(t *testing.T, text string, o exec.Options, late int64) *follower {
	t.Helper()
	f := &follower{t: t}
	var err error
	f.Following, err = compile(t, text, o).Follow(context.Background(), late*event.TicksPerSecond, func(b *exec.Batch) error {
		for _, row := range rowsOf(b) {
			f.got = append(f.got, row.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *follower) push(events ...*event.Event) {
	f.t.Helper()
	for _, ev := range events {
		if err := f.Push(ev, anything{}); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *follower) advance(second int64) {
	f.t.Helper()
	if err := f.Advance(event.UnixEpoch + second*event.TicksPerSecond); err != nil {
		f.t.Fatal(err)
	}
}

func (f *follower) wants(rows ...string) {
	f.t.Helper()
	if !slices.Equal(f.got, rows) {
		f.t.Errorf("got %s, want %s", strings.Join(f.got, "; "), strings.Join(rows, "; "))
	}
	f.got = nil
}

// TestFollowGivesWhatIsFinal says when rows are given, and what late ones complete.
func TestFollowGivesWhatIsFinal(t *testing.T) {
	f := startFollowing(t, counting, exec.Options{}, 5)
	f.push(moment(1, "a", 100), moment(2, "a", 103))
	f.advance(107)
	f.wants() // until 108 something may come that happened before 103
	f.advance(108)
	f.wants()
	f.advance(109)
	f.wants(`("a", int 2, int 2)`) // the watermark has passed 103
	f.push(moment(3, "a", 112), moment(4, "a", 104), moment(5, "b", 111))
	f.advance(112)
	f.wants(`("a", int 4, int 3)`) // it came late, and is placed by its own time
	f.push(moment(6, "a", 107))    // as late as can be
	f.push(moment(7, "a", 106))    // and later
	if f.Late() != 0 {
		t.Errorf("%d rows were late before they were looked at", f.Late())
	}
	f.advance(118)
	f.wants(`("a", int 6, int 4)`, `("a", int 3, int 4)`) // the window of 112 holds 103, 104 and 107
	if f.Late() != 1 {
		t.Errorf("%d rows came too late, want 1", f.Late())
	}
	f.advance(50)               // time does not go back
	f.push(moment(8, "b", 113)) // the watermark stands there
	if _, err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	f.wants(`("b", int 8, int 2)`)
}

// TestFollowForgets lets time pass: what no event can look back on is not held, whatever its group.
func TestFollowForgets(t *testing.T) {
	f := startFollowing(t, strings.Replace(counting, "count()]", "count(), d long = dcount(id), m dynamic = median(id), l dynamic = make_list(id)]\n    chain s long = (id > 0, id > 1)", 1), exec.Options{Evidence: 10}, 5)
	f.advance(0)
	empty := f.Memory()
	most := int64(0)
	for i := range 20_000 {
		f.push(moment(i+1, fmt.Sprint("user", i/2), int64(i/20)))
		if i%20 == 0 {
			f.advance(int64(i / 20))
			most = max(most, f.Memory())
		}
	}
	if len(f.got) < 9000 {
		t.Errorf("only %d rows", len(f.got))
	}
	if most > 2_000_000 { // 15 seconds of 20 events are 300
		t.Errorf("%d bytes were held", most)
	}
	f.advance(2000)
	if f.Memory() != empty {
		t.Errorf("%d bytes are held of no events, %d before the first", f.Memory(), empty)
	}
}

// TestFollowBounds meets bounds: they are errors, not shorter answers.
func TestFollowBounds(t *testing.T) {
	for name, test := range map[string]struct {
		options exec.Options
		code    string
	}{
		"memory": {exec.Options{MaxMemory: 50_000}, exec.CodeMemory},
		"groups": {exec.Options{MaxGroups: 10}, exec.CodeGroups},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFollowing(t, counting, test.options, 5)
			var err error
			for i := 0; i < 1000 && err == nil; i++ {
				if err = f.Push(moment(i+1, fmt.Sprint(i), int64(i)/100), anything{}); err == nil {
					err = f.Advance(event.UnixEpoch + int64(i)/100*event.TicksPerSecond)
				}
			}
			if codeOf(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
			if _, again := f.Finish(); codeOf(again) != test.code {
				t.Errorf("at the end %v, want %s", again, test.code)
			}
		})
	}
}

func nobody(*exec.Batch) error { return nil }

func TestFollows(t *testing.T) {
	const scan = "scan t [id long, user string, at datetime]\n"
	for text, follows := range map[string]bool{
		scan + "| filter id > 2\n| extend [x long = id]": true,
		counting: true,
		counting + "\n| filter c > 2\n| project [user]":                                    true,
		"union [id long] ( " + scan + ") from [id] ( values [id#2 long] (1) ) from [id#2]": true,
		strings.Replace(counting, `timespan("00:00:10")`, "all", 1):                        false,
		scan + "| sort (id)":                                 false,
		scan + "| aggregate [c long = count()]":              false,
		scan + "| window [c long = count()] rows all to all": false,
		counting + "\n| limit 1":                             false,
	} {
		err := exec.Follows(read(t, text))
		if (err == nil) != follows || err != nil && codeOf(err) != exec.CodeFollow {
			t.Errorf("%v of\n%s", err, text)
		}
		if _, other := compile(t, text, exec.Options{}).Follow(context.Background(), 0, nobody); (other == nil) != follows {
			t.Errorf("Follow says %v of\n%s", other, text)
		}
	}
	if _, err := compile(t, counting, exec.Options{}).Follow(context.Background(), -1, nobody); err == nil {
		t.Error("a negative lateness is allowed")
	}
}

// TestFollowSingleRows follows a plan that looks at single rows.
func TestFollowSingleRows(t *testing.T) {
	f := startFollowing(t, "union [id long] (\nscan t [id long, user string]\n| filter user == \"b\"\n) from [id] (\nscan t [id#2 long]\n| filter id#2 > 1\n) from [id#2]", exec.Options{}, 0)
	f.push(moment(1, "b", 1), moment(2, "a", 1))
	f.advance(1)
	f.wants("(int 1)", "(int 2)")
}

// TestEvidenceOfWindow bounds the events that are listed: the last of them, in their order.
func TestEvidenceOfWindow(t *testing.T) {
	const scan = "scan t [id long, user string, at datetime]\n"
	all := scan + "| correlate within all of at arrival id\n    keep [id]\n    measure [c long = count()]\n    when c == "
	for _, test := range []struct {
		plan string
		keep int
		n    int
		want string
	}{
		{all + "3", 5, 4, "1 2 3"},
		{all + "5", 3, 5, "3 4 5 +2"},
		{all + "2", 0, 5, ""},
		{all + "40", 100, 40, "9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 +8"},
		{strings.Replace(all, "keep [id]", "keep [id, at]", 1) + "3\n| correlate within all of at keep [id] when all()", 5, 4, "1 2 3"},
		{"union [id long, at datetime]\n(\n" + scan + ") from [id, at]\n(\nscan t [id#2 long, at#2 datetime]\n) from [id#2, at#2]\n| correlate within all of at arrival id\n    measure [c long = count()]\n    when c == 3", 5, 4, "1 2 3"},
	} {
		if got := strings.Join(evidence(t, test.plan, exec.Options{Evidence: test.keep}, test.n), "|"); got != test.want {
			t.Errorf("got %s, want %s\n%s", got, test.want, test.plan)
		}
	}
}
