package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"goshawk/event"
	"goshawk/schedule"
)

func at(t testing.TB, text string) int64 {
	t.Helper()
	ticks, _, ok := event.ParseTime(text)
	if !ok {
		t.Fatalf("%q is no time", text)
	}
	return ticks
}

// TestNext steps through slots of what crontab(5) describes.
func TestNext(t *testing.T) {
	for _, c := range []struct{ cron, after, want string }{
		{"0 * * * *", "2024-01-31T23:59:59.9", "02-01T00:00 02-01T01:00"},
		{"@hourly", "2024-01-31T23:00:00", "02-01T00:00 02-01T01:00"},
		{"*/20 9-10 * * *", "2024-05-01T09:10:00", "05-01T09:20 05-01T09:40 05-01T10:00 05-01T10:20 05-01T10:40 05-02T09:00"},
		{"7-59/20 3 * * *", "2024-05-01T00:00:00", "05-01T03:07 05-01T03:27 05-01T03:47 05-02T03:07"},
		{"5/30 3 * * *", "2024-05-01T00:00:00", "05-01T03:05 05-01T03:35 05-02T03:05"},
		{"10 0 * * *", "2024-02-28T00:10:00", "02-29T00:10 03-01T00:10"},
		{"0 0 29 2 *", "2023-01-01T00:00:00", "2024-02-29 2028-02-29"},
		{"0 0 31 * *", "2024-01-31T00:00:00", "03-31T00:00 05-31T00:00"},
		{"0 12 * * mon-fri", "2024-05-03T12:00:00", "05-06T12:00 05-07T12:00"}, // a Friday
		{"0 12 * * 0", "2024-05-03T12:00:00", "05-05T12:00 05-12T12:00"},
		{"0 12 * * 7", "2024-05-03T12:00:00", "05-05T12:00 05-12T12:00"},
		{"0 12 * * fri-sun", "2024-05-03T12:00:00", "05-04T12:00 05-05T12:00 05-10T12:00"},
		{"0 0 1 * mon", "2024-05-02T00:00:00", "05-06T00:00 05-13T00:00 05-20T00:00 05-27T00:00 06-01T00:00"}, // either day
		{"0 0 */2 * mon", "2024-04-30T00:00:00", "05-13T00:00 05-27T00:00"},                                   // a star with a step is a star: both
		{"0 0 1 JAN,jul *", "2024-01-01T00:00:00", "07-01T00:00 2025-01-01"},
	} {
		cron, err := schedule.ParseCron(c.cron)
		if err != nil {
			t.Error(err)
			continue
		}
		now := at(t, c.after)
		for want := range strings.FieldsSeq(c.want) {
			next, ok := cron.Next(now)
			if got := event.FormatTime(next); !ok || !strings.Contains(got, want) {
				t.Errorf("%s: after %s comes %s, want %s", c.cron, event.FormatTime(now), got, want)
			}
			now = next
		}
	}
}

func TestCronRefusals(t *testing.T) {
	for cron, want := range map[string]string{
		"":                  "0 fields",
		"* * * *":           "4 fields",
		"60 * * * *":        "minute: 60 is not from 0 to 59",
		"* * 0 * *":         "day of the month: 0 is not",
		"* * * foo *":       "none of jan feb",
		"* * * * 8":         "day of the week: 8",
		"10-5 * * * *":      "ends before it begins",
		"*/0 * * * *":       "no step",
		"1,,2 * * * *":      "no number",
		"+1 * * * *":        "no number",
		"@reboot":           "unknown nickname",
		"0 0 30 2 *":        "never comes",
		"1-2-3 * * * *":     "no number",
		"*/x * * * *":       "no step",
		"99999999999 * * *": "fields",
	} {
		if _, err := schedule.ParseCron(cron); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", cron, err, want)
		}
	}
}

// TestNextIsTheFirst compares with a walk through all minutes, which asks each whether it is a slot by another route: whether
// the one before it comes to it.
func TestNextIsTheFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	list := func(min, max int) string {
		switch random.IntN(4) {
		case 0:
			return "*"
		case 1:
			return fmt.Sprintf("*/%d", 1+random.IntN(max))
		case 2:
			return fmt.Sprintf("%d-%d", min, min+random.IntN(max-min+1))
		}
		return fmt.Sprintf("%d,%d", min+random.IntN(max-min+1), min+random.IntN(max-min+1))
	}
	const minute = 60 * event.TicksPerSecond
	for range 200 {
		words := []string{list(0, 59), list(0, 23), list(1, 28), list(1, 12), list(0, 6)}
		text := strings.Join(words, " ")
		cron, err := schedule.ParseCron(text)
		if err != nil {
			t.Fatal(err)
		}
		start := at(t, "2023-12-30T00:00:00") + random.Int64N(event.TicksPerDay*800)
		next, ok := cron.Next(start)
		if !ok || next <= start || next%minute != 0 || !holds(words, next) {
			t.Fatalf("%s: after %s comes %s", text, event.FormatTime(start), event.FormatTime(next))
		}
		for m := (start/minute + 1) * minute; m < min(next, start+3*event.TicksPerDay); m += minute {
			if holds(words, m) {
				t.Fatalf("%s: after %s comes %s, which leaves out %s", text, event.FormatTime(start), event.FormatTime(next), event.FormatTime(m))
			}
		}
	}
}

// holds says of the forms that TestNextIsTheFirst writes whether a minute meets them.
func holds(words []string, ticks int64) bool {
	tm := event.TimeOf(ticks)
	values := []int{tm.Minute(), tm.Hour(), tm.Day(), int(tm.Month()), int(tm.Weekday())}
	meets := make([]bool, 5)
	for i, w := range words {
		var a, b int
		low := 0
		if i == 2 || i == 3 {
			low = 1
		}
		switch {
		case w == "*":
			meets[i] = true
		case strings.HasPrefix(w, "*/"):
			fmt.Sscanf(w, "*/%d", &a)
			meets[i] = (values[i]-low)%a == 0
		case strings.Contains(w, "-"):
			fmt.Sscanf(w, "%d-%d", &a, &b)
			meets[i] = a <= values[i] && values[i] <= b
		default:
			fmt.Sscanf(w, "%d,%d", &a, &b)
			meets[i] = values[i] == a || values[i] == b
		}
	}
	days := meets[2] && meets[4]
	if words[2][0] != '*' && words[4][0] != '*' {
		days = meets[2] || meets[4]
	}
	return meets[0] && meets[1] && meets[3] && days
}

// TestModifiers: times as the Splunk search manual describes them (Specify time modifiers in your search).
func TestModifiers(t *testing.T) {
	const now = "2024-05-08T13:37:05.5" // a Wednesday
	for text, want := range map[string]string{
		"now":                 "2024-05-08T13:37:05.5Z",
		"-70m@m":              "2024-05-08T12:27:00Z",
		"-10m@m":              "2024-05-08T13:27:00Z",
		"@h":                  "2024-05-08T13:00:00Z",
		"-1d@d":               "2024-05-07T00:00:00Z",
		"-1d@d+8h":            "2024-05-07T08:00:00Z",
		"-h":                  "2024-05-08T12:37:05.5Z",
		"+2hrs":               "2024-05-08T15:37:05.5Z",
		"@w0":                 "2024-05-05T00:00:00Z",
		"@w":                  "2024-05-05T00:00:00Z",
		"@w7":                 "2024-05-05T00:00:00Z",
		"@w1":                 "2024-05-06T00:00:00Z",
		"@w4":                 "2024-05-02T00:00:00Z",
		"-1w@w1":              "2024-04-29T00:00:00Z",
		"@mon":                "2024-05-01T00:00:00Z",
		"-1mon@mon":           "2024-04-01T00:00:00Z",
		"@q":                  "2024-04-01T00:00:00Z",
		"-1q@q":               "2024-01-01T00:00:00Z",
		"@y":                  "2024-01-01T00:00:00Z",
		"-1y":                 "2023-05-08T13:37:05.5Z",
		"-30s@s":              "2024-05-08T13:36:35Z",
		"now-1d":              "2024-05-07T13:37:05.5Z",
		"0":                   "0001-01-01T00:00:00Z",
		"1714521600":          "2024-05-01T00:00:00Z",
		"1714521600.25":       "2024-05-01T00:00:00.25Z",
		"05/01/2024:01:02:03": "2024-05-01T01:02:03Z",
		"-100000h":            "2012-12-10T21:37:05.5Z",
	} {
		m, err := schedule.ParseModifier(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := event.FormatTime(m.Apply(at(t, now))); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	if m, _ := schedule.ParseModifier("-1mon"); event.FormatTime(m.Apply(at(t, "2024-03-31T10:00:00"))) != "2024-02-29T10:00:00Z" {
		t.Error("a month before 31 March is not the last of February")
	}
	for _, text := range []string{"", "-", "5d", "-5", "-5x", "@", "@5d", "rt", "rt-5m", "-9999y", "-101y", "tomorrow", "--1d", "1e99"} {
		if _, err := schedule.ParseModifier(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func slots(t *testing.T, cron, earliest, latest, first, last string) []schedule.Slot {
	t.Helper()
	s, err := schedule.New(cron, earliest, latest)
	if err != nil {
		t.Fatal(err)
	}
	var out []schedule.Slot
	s.Each(at(t, first), at(t, last), func(slot schedule.Slot) int64 {
		out = append(out, slot)
		if len(out) > 10_000 {
			t.Fatal("no end of slots")
		}
		return 0
	})
	return out
}

// TestWindowsTile: the windows of the published content follow each other without gap or overlap.
func TestWindowsTile(t *testing.T) {
	list := slots(t, "0 * * * *", "-70m@m", "-10m@m", "2024-02-28T00:00:00", "2024-03-02T00:00:00")
	if len(list) != 3*24+1 {
		t.Errorf("%d slots", len(list))
	}
	for i, slot := range list {
		if slot.To-slot.From != 3600*event.TicksPerSecond || i > 0 && slot.From != list[i-1].To {
			t.Errorf("%+v", slot)
		}
	}
	if list[0].From > at(t, "2024-02-28T00:00:00") || list[len(list)-1].To <= at(t, "2024-03-02T00:00:00") {
		t.Error("the ends are not covered")
	}
}

// TestEach: how many slots look at some data.
func TestEach(t *testing.T) {
	for _, c := range []struct {
		cron, earliest, latest, first, last string
		want                                int
	}{
		{"0 0 * * *", "-1d@d", "@d", "2024-05-01T10:00:00", "2024-05-01T11:00:00", 1},
		{"0 * * * *", "-24h", "now", "2024-05-01T10:30:00", "2024-05-01T10:30:00", 24},
		{"0 * * * *", "0", "now", "2024-05-01T10:30:00", "2024-05-01T12:30:00", 3},
		{"0 * * * *", "", "", "2024-05-01T10:30:00", "2024-05-01T12:30:00", 3},
		{"0 * * * *", "0", "+1y", "2024-05-01T10:30:00", "2024-05-01T12:30:00", 3},
		{"0 * * * *", "1714521600", "1714608000", "2024-05-01T10:30:00", "2024-05-01T12:30:00", 1},
		{"0 * * * *", "1714521600", "1714525200", "2024-05-01T10:30:00", "2024-05-01T12:30:00", 0},
		{"0 0 * * *", "-1h", "now", "2024-05-01T10:30:00", "2024-05-01T12:30:00", 0},
		{"0 0 * * *", "now", "-1h", "2024-05-01T10:30:00", "2024-05-02T12:30:00", 1},
	} {
		if list := slots(t, c.cron, c.earliest, c.latest, c.first, c.last); len(list) != c.want {
			t.Errorf("%s of %s to %s: %d slots look at %s to %s, want %d", c.cron, c.earliest, c.latest, len(list), c.first, c.last, c.want)
		}
	}
}

// TestJump: leaving out slots up to a time leaves out those that end before it, and no others.
func TestJump(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, window := range [][2]string{{"-70m@m", "-10m@m"}, {"-1d@d", "@d"}, {"-1mon@mon", "@mon"}, {"-7d", "+3h"}, {"@w1", "now"}} {
		s, err := schedule.New("*/30 * * * *", window[0], window[1])
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			first := at(t, "2024-01-30T00:00:00") + random.Int64N(60*event.TicksPerDay)
			middle := first + random.Int64N(20*event.TicksPerDay)
			var jumped, walked int64
			n := 0
			s.Each(first, middle, func(slot schedule.Slot) int64 {
				if n++; n == 2 {
					jumped = slot.At
				}
				return middle
			})
			s.Each(first, middle, func(slot schedule.Slot) int64 {
				if slot.To > middle && walked == 0 && slot.At > first-40*event.TicksPerDay && slot.At != firstSlot(s, first, middle) {
					walked = slot.At
				}
				return 0
			})
			if jumped != walked {
				t.Errorf("%v from %s: jumped to %s, walked to %s", window, event.FormatTime(first), event.FormatTime(jumped), event.FormatTime(walked))
			}
		}
	}
}

func firstSlot(s *schedule.Schedule, first, last int64) int64 {
	var slot int64
	s.Each(first, last, func(x schedule.Slot) int64 {
		if slot == 0 {
			slot = x.At
		}
		return 0
	})
	return slot
}

func TestCovers(t *testing.T) {
	s, err := schedule.New("0 0 * * *", "-1h", "now")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"2024-05-01T22:59:59.9999999": false, "2024-05-01T23:00:00": true, "2024-05-01T23:59:59.9999999": true, "2024-05-02T00:00:00": false,
	} {
		if s.Covers(at(t, text)) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
	if _, err := schedule.New("0 * * * *", "-5x", ""); err == nil || !strings.Contains(err.Error(), "earliest") {
		t.Error(err)
	}
}

func FuzzSchedule(f *testing.F) {
	f.Add("0 * * * *", "-70m@m", "-10m@m")
	f.Add("@weekly", "-1mon@mon", "@w3+4h")
	f.Add("*/7 1,2 29 feb *", "0", "1714521600")
	f.Fuzz(func(t *testing.T, cron, earliest, latest string) {
		s, err := schedule.New(cron, earliest, latest)
		if err != nil {
			return
		}
		first := event.TicksOf(time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC))
		var previous schedule.Slot
		n := 0
		s.Each(first, first+event.TicksPerDay, func(slot schedule.Slot) int64 {
			if slot.At <= previous.At || slot.From < previous.From || slot.To < previous.To {
				t.Errorf("%+v comes after %+v", slot, previous)
			}
			if previous = slot; n < 100 {
				n++
				return 0
			}
			return first + 100_000*event.TicksPerDay
		})
	})
}
