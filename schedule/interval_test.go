package schedule_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/schedule"
)

const minute = 60 * event.TicksPerSecond

func every(t testing.TB, i schedule.Interval) *schedule.Schedule {
	t.Helper()
	s, err := schedule.Every(i)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEvery steps through slots: multiples of the frequency, from a start or from 1970. The windows are those of "Create a custom
// analytics rule": five minutes late, and as long as the period.
func TestEvery(t *testing.T) {
	for _, c := range []struct {
		name        string
		interval    schedule.Interval
		after, want string
	}{
		{"an hour over an hour", schedule.Interval{Frequency: 60 * minute, Period: 60 * minute, Delay: 5 * minute},
			"2024-05-01T12:00:00", "13:00 [11:55, 12:55) 14:00 [12:55, 13:55)"},
		{"windows overlap", schedule.Interval{Frequency: 60 * minute, Period: 120 * minute, Delay: 5 * minute},
			"2024-05-01T12:30:00", "13:00 [10:55, 12:55) 14:00 [11:55, 13:55)"},
		{"from a start", schedule.Interval{Frequency: 60 * minute, Period: 60 * minute, Delay: 5 * minute, Start: at(t, "2024-05-01T09:17:00")},
			"2024-05-01T12:00:00", "12:17 [11:12, 12:12) 13:17 [12:12, 13:12)"},
		{"before the start", schedule.Interval{Frequency: 60 * minute, Period: 60 * minute, Delay: 5 * minute, Start: at(t, "2024-06-01T09:17:00")},
			"2024-05-01T12:17:00", "13:17 [12:12, 13:12)"},
		{"near real time", schedule.Interval{Frequency: minute, Period: minute, Delay: 2 * minute},
			"2024-05-01T12:00:59.9", "12:01 [11:58, 11:59) 12:02 [11:59, 12:00)"},
		{"seven days since 1970", schedule.Interval{Frequency: 7 * event.TicksPerDay, Period: 60 * minute},
			"2024-05-01T12:00:00", "2024-05-02T00:00 [23:00, 00:00)"}, // 1970-01-01 was a Thursday
	} {
		s := every(t, c.interval)
		now := at(t, c.after)
		clock := func(ticks int64) string { return event.FormatTime(ticks)[11:16] }
		words := strings.Fields(c.want)
		for i := 0; i < len(words); i += 3 {
			slot, ok := s.Next(now)
			if got := "[" + clock(slot.From) + ", " + clock(slot.To) + ")"; !ok || !strings.Contains(event.FormatTime(slot.At), words[i]) || got != words[i+1]+" "+words[i+2] {
				t.Errorf("%s: after %s comes %s %s, want %s", c.name, event.FormatTime(now), event.FormatTime(slot.At), got, strings.Join(words[i:i+3], " "))
			}
			now = slot.At
		}
	}
}

func TestEveryRefusals(t *testing.T) {
	for _, i := range []schedule.Interval{{}, {Frequency: minute}, {Frequency: 1, Period: minute}, {Frequency: minute, Period: -1}, {Frequency: minute, Period: minute, Delay: -1},
		{Frequency: 1 << 62, Period: minute}, {Frequency: minute, Period: 1 << 62}} {
		if _, err := schedule.Every(i); err == nil {
			t.Errorf("%+v is a schedule", i)
		}
	}
}

// TestEveryWindowIsVisited compares Each and Covers with a walk through all slots: those whose windows meet the time are given, in
// order, each once, and no others.
func TestEveryWindowIsVisited(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		i := schedule.Interval{Frequency: (1 + random.Int64N(90)) * minute, Period: (1 + random.Int64N(200)) * minute, Delay: random.Int64N(8) * minute, Start: at(t, "2024-05-01T00:00:00") + random.Int64N(100)*minute}
		s := every(t, i)
		first := at(t, "2024-04-30T00:00:00") + random.Int64N(3000)*minute
		last := first + random.Int64N(500)*minute
		var got, want []int64
		s.Each(first, last, func(slot schedule.Slot) int64 {
			got = append(got, slot.At)
			return 0
		})
		for slot := i.Start - 2000*i.Frequency; slot < last+i.Delay+i.Period+i.Frequency; slot += i.Frequency {
			if from, to := slot-i.Delay-i.Period, slot-i.Delay; to > first && from <= last {
				want = append(want, slot)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v from %s to %s: %d slots, want %d", i, event.FormatTime(first), event.FormatTime(last), len(got), len(want))
		}
		covered := false
		for _, slot := range want {
			covered = covered || slot-i.Delay-i.Period <= first && first < slot-i.Delay
		}
		if s.Covers(first) != covered {
			t.Fatalf("%+v covers %s: %v", i, event.FormatTime(first), !covered)
		}
	}
}

// TestEachRowOnce holds that windows as long as the frequency hold each time exactly once, and that Each leaves out what it is told.
func TestEachRowOnce(t *testing.T) {
	s := every(t, schedule.Interval{Frequency: minute, Period: minute, Delay: 2 * minute})
	for n := range int64(200) {
		when, holds := at(t, "2024-05-01T00:00:00")+n*7*event.TicksPerSecond, 0
		s.Each(when, when, func(slot schedule.Slot) int64 {
			if slot.From <= when && when < slot.To {
				holds++
			}
			return 0
		})
		if holds != 1 {
			t.Fatalf("%s is in %d windows", event.FormatTime(when), holds)
		}
	}
	visited := 0
	s.Each(at(t, "2024-05-01T00:00:00"), at(t, "2034-05-01T00:00:00"), func(slot schedule.Slot) int64 {
		visited++
		return at(t, "2034-04-30T23:58:00")
	})
	if visited != 3 && visited != 4 {
		t.Errorf("%d slots visited, most of which were to be left out", visited)
	}
}
