package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"goshawk/detection"
	"goshawk/event"
)

// The values of flags check what they are given at once, so that a complaint names the flag or the environment variable that
// it came from.

// choice is one of a closed set of words, or nothing.
type choice struct {
	what  string // what the words are: "format"
	words []string
	also  map[string]string // words that are taken for one of them
	value string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.ToUpper(c.what) }
func (c *choice) Set(text string) error {
	word, err := c.pick(text)
	if err == nil {
		c.value = word
	}
	return err
}

func (c *choice) pick(text string) (string, error) {
	word := strings.ToLower(strings.TrimSpace(text))
	if meant := c.also[word]; meant != "" {
		word = meant
	}
	if !slices.Contains(c.words, word) {
		return "", fmt.Errorf("unknown %s %q%s (one of: %s)", c.what, text, didYouMean(word, c.words), strings.Join(c.words, ", "))
	}
	return word, nil
}

// complete returns the words for the completion of a shell.
func (c *choice) complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return c.words, cobra.ShellCompDirectiveNoFileComp
}

// choices are any number of a closed set of words, separated by commas or given one by one.
type choices struct {
	choice
	values []string
}

func (c *choices) String() string { return strings.Join(c.values, ",") }
func (c *choices) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		word, err := c.pick(part)
		if err != nil {
			return err
		}
		c.values = append(c.values, word)
	}
	return nil
}

func (c *choices) has(word string) bool { return slices.Contains(c.values, word) }

// words are any number of texts, separated by commas or given one by one.
type words struct {
	what   string
	values []string
}

func (w *words) String() string { return strings.Join(w.values, ",") }
func (w *words) Type() string   { return w.what }
func (w *words) Set(text string) error {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			w.values = append(w.values, part)
		}
	}
	return nil
}

// pathList is any number of paths, given one by one; in the environment they are separated as in PATH.
type pathList struct{ values []string }

func (l *pathList) String() string { return strings.Join(l.values, string(os.PathListSeparator)) }
func (l *pathList) Type() string   { return "PATH" }
func (l *pathList) Set(text string) error {
	if text == "" {
		return fmt.Errorf("the path is empty")
	}
	l.values = append(l.values, text)
	return nil
}

func splitPaths(text string) []string {
	return slices.DeleteFunc(strings.Split(text, string(os.PathListSeparator)), func(path string) bool { return path == "" })
}

// level is a level of detections; set says that there is one.
type level struct {
	value detection.Level
	set   bool
}

func (l *level) String() string {
	if !l.set {
		return ""
	}
	return l.value.String()
}
func (l *level) Type() string { return "LEVEL" }
func (l *level) Set(text string) (err error) {
	if l.value, err = detection.LevelOf(text); err != nil {
		c := levelChoice()
		_, err = c.pick(text)
	}
	l.set = err == nil
	return err
}

func levelChoice() choice {
	c := choice{what: "level"}
	for _, l := range detection.Levels() {
		c.words = append(c.words, l.String())
	}
	return c
}

// number is a count that cannot be negative, and no more than most if that is not 0.
type number struct{ value, most int }

func (n *number) String() string { return strconv.Itoa(n.value) }
func (n *number) Type() string   { return "N" }
func (n *number) Set(text string) error {
	v, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no number of 0 or more", text)
	}
	if n.most > 0 && v > n.most {
		return fmt.Errorf("%s is more than %d", text, n.most)
	}
	n.value = v
	return nil
}

// zone is a time zone; nil is UTC.
type zone struct{ location *time.Location }

func (z *zone) String() string {
	if z.location == nil {
		return ""
	}
	return z.location.String()
}
func (z *zone) Type() string { return "ZONE" }
func (z *zone) Set(text string) (err error) {
	if z.location, err = time.LoadLocation(text); err != nil || strings.EqualFold(text, "local") {
		return fmt.Errorf("unknown time zone %q; write it like Europe/Berlin", text)
	}
	return nil
}

// span is a length of time.
type span struct {
	value time.Duration
	text  string
}

func (s *span) String() string { return s.text }
func (s *span) Type() string   { return "DURATION" }
func (s *span) Set(text string) (err error) {
	s.text = text
	s.value, err = duration(text)
	return err
}

// maxDuration is beyond what any log covers and far from what an int64 cannot hold.
const maxDuration = 200 * 365 * 24 * time.Hour

// duration reads a length of time in weeks, days, hours, minutes and seconds: 30d, 1d12h, 90m.
func duration(text string) (time.Duration, error) {
	units := map[byte]time.Duration{'w': 7 * 24 * time.Hour, 'd': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second}
	wrong := fmt.Errorf("%q is no duration; write it like 15m, 24h or 30d", text)
	var total time.Duration
	for rest := text; rest != "" || text == ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil || digits == len(rest) {
			return 0, wrong
		}
		unit := units[rest[digits]]
		if unit == 0 || n > int64(maxDuration/unit) {
			return 0, wrong
		}
		total += time.Duration(n) * unit
		rest = rest[digits+1:]
	}
	if total <= 0 || total > maxDuration {
		return 0, wrong
	}
	return total, nil
}

// moment is a point in time: one of the calendar, or one that is told from the present ("now", "-24h", "-7d@d").
type moment struct {
	text     string
	ticks    int64
	relative bool
	back     time.Duration
	snap     time.Duration // down to a whole one of these, if not 0
}

func (m *moment) String() string { return m.text }
func (m *moment) Type() string   { return "TIME" }
func (m *moment) Set(text string) error {
	*m = moment{text: text}
	if ticks, _, ok := event.ParseTime(text); ok {
		m.ticks = ticks
		return nil
	}
	back, snap, snapped := strings.Cut(strings.TrimSpace(text), "@")
	m.relative = true
	if snapped {
		m.snap = map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[snap]
	}
	var err error
	if span, ok := strings.CutPrefix(back, "-"); ok {
		m.back, err = duration(span)
	} else if back != "now" {
		err = fmt.Errorf("neither")
	}
	if err != nil || snapped && m.snap == 0 {
		return fmt.Errorf("%q is no time; write it like 2026-05-12T08:00:00Z, 2026-05-12, or -24h for a day ago", text)
	}
	return nil
}

// at returns the moment in ticks, or 0 if there is none.
func (m *moment) at(now int64) int64 {
	if !m.relative {
		return m.ticks
	}
	t := event.TimeOf(now).Add(-m.back)
	if m.snap != 0 {
		t = t.Truncate(m.snap) // whole days of UTC: Truncate counts from the year 1
	}
	return event.TicksOf(t)
}

// memory is an amount of memory; value is 0 if none was given.
type memory struct {
	value int64
	text  string
}

func (b *memory) String() string { return b.text }
func (b *memory) Type() string   { return "SIZE" }
func (b *memory) Set(text string) error {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	n, err := strconv.ParseInt(text[:digits], 10, 64)
	shift, known := map[string]int{"": 0, "b": 0, "k": 10, "kib": 10, "kb": 10, "m": 20, "mib": 20, "mb": 20, "g": 30, "gib": 30, "gb": 30, "t": 40, "tib": 40, "tb": 40}[strings.ToLower(strings.TrimSpace(text[digits:]))]
	if err != nil || !known || n <= 0 || n > 1<<62>>shift {
		return fmt.Errorf("%q is no amount of memory; write it like 512MiB or 2GiB", text)
	}
	b.value, b.text = n<<shift, text
	return nil
}
