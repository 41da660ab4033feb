package main

import (
	"strings"
	"testing"
	"time"

	"goshawk/engine"
	"goshawk/event"
)

func TestDuration(t *testing.T) {
	good := map[string]time.Duration{
		"15m": 15 * time.Minute, "24h": 24 * time.Hour, "30d": 720 * time.Hour, "1d12h": 36 * time.Hour, "2w": 336 * time.Hour, "90s": 90 * time.Second,
	}
	for text, want := range good {
		if got, err := duration(text); err != nil || got != want {
			t.Errorf("duration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "3", "h", "-3h", "3y", "3 h", "1.5h", "0d", "999999999999999999999d", "99999999w", "3h4", "٣h"} {
		if got, err := duration(text); err == nil {
			t.Errorf("duration(%q) = %v", text, got)
		}
	}
}

func TestMoment(t *testing.T) {
	now, _, _ := event.ParseTime("2026-05-12T09:30:45.5Z")
	good := map[string]string{
		"2026-05-12": "2026-05-12T00:00:00Z", "2026-05-12T08:00:00+02:00": "2026-05-12T06:00:00Z", "now": "2026-05-12T09:30:45.5Z",
		"-24h": "2026-05-11T09:30:45.5Z", "-24h@h": "2026-05-11T09:00:00Z", "-7d@d": "2026-05-05T00:00:00Z", "now@m": "2026-05-12T09:30:00Z", "now@s": "2026-05-12T09:30:45Z",
	}
	for text, want := range good {
		var m moment
		if err := m.Set(text); err != nil || event.FormatTime(m.at(now)) != want {
			t.Errorf("%q is %s (%v), want %s", text, event.FormatTime(m.at(now)), err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "24h", "-", "-24", "-24h@", "-24h@w", "now-1h", "@d", "2026-13-01"} {
		var m moment
		if err := m.Set(text); err == nil {
			t.Errorf("%q is %s", text, event.FormatTime(m.at(now)))
		}
	}
}

func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{"a/b.log": "a/b.log", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "x;rm": "'x;rm'", "größe": "größe", "a\nb": "'a\nb'"} {
		if got := shellWord(word); got != want {
			t.Errorf("shellWord(%q) = %s, want %s", word, got, want)
		}
	}
}

// The bar must fit on one line, or a terminal could not draw it anew.
func TestProgressBarFits(t *testing.T) {
	states := []engine.Progress{
		{}, {Events: 12, Findings: 1, Bytes: 5, Total: 10, Elapsed: time.Second, Input: "a.log"},
		{Events: 4_817_181, Findings: 12_345, Bytes: 3e9, Total: 4e9, Elapsed: 41 * time.Second, Input: strings.Repeat("größe/", 40) + "\x1b[2J.evtx"},
		{Events: 4_817_181, Findings: 12_345, Bytes: 3e9, Elapsed: 41 * time.Second, Input: "-"},
	}
	for _, x := range states {
		for width := 1; width < 200; width++ {
			line := (&progressBar{width: width}).line(x)
			if n := len([]rune(line)); n >= width && n > 0 {
				t.Errorf("%d columns on a terminal of %d: %s", n, width, line)
			}
			if strings.ContainsAny(line, "\x1b\n\r") {
				t.Errorf("control characters in %q", line)
			}
		}
	}
}

// Whatever is written where a time or a duration should be, the program says yes or no.
func FuzzTimes(f *testing.F) {
	for _, text := range []string{"2026-05-12", "-24h", "-7d@d", "now@h", "30d", "1d12h", "", "-", "@"} {
		f.Add(text)
	}
	now, _, _ := event.ParseTime("2026-05-12T09:30:45Z")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := duration(text); err == nil && (d <= 0 || d > maxDuration) {
			t.Errorf("duration(%q) = %v", text, d)
		}
		var m moment
		if err := m.Set(text); err == nil && m.relative && m.at(now) > now {
			t.Errorf("%q is later than now", text)
		}
	})
}
