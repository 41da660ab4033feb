package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text string
		n    int
		want string
	}{
		{"short", 5, "short"}, {"shorter", 5, "shor…"}, {"", 0, ""}, {"x", 0, ""}, {"漢字", 4, "漢字"}, {"漢字漢", 5, "漢字…"}, {"漢字漢", 4, "漢…"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"}, {"한국", 3, "한…"},
	} {
		if got := cut(test.text, test.n); got != test.want || columns(got) > test.n {
			t.Errorf("cut(%q, %d) = %q, want %q", test.text, test.n, got, test.want)
		}
		if got := pad(test.text, test.n); columns(got) > test.n {
			t.Errorf("pad(%q, %d) = %q", test.text, test.n, got)
		}
	}
	if got := tail("ab e\u0301漢", 3); got != "e\u0301漢" {
		t.Errorf("tail is %q", got)
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		count(0): "0", count(999): "999", count(1_000): "1,000", count(int64(-1_234_567)): "-1,234,567", plural(1, "file"): "1 file", plural(2_000, "file"): "2,000 files",
		size(0): "0 bytes", size(1): "1 byte", size(999): "999 bytes", size(1_000): "1.0 kB", size(9_949): "9.9 kB", size(10_000): "10 kB", size(999_600): "1.0 MB", size(3_100_000_000): "3.1 GB",
		stepName(1): "1 second", stepName(300): "5 minutes", stepName(12 * 3600): "12 hours", stepName(7 * day): "7 days",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMark(t *testing.T) {
	long := strings.Repeat("a", 500) + "NEEDLE" + strings.Repeat("b", 500)
	for _, test := range []struct {
		text        string
		from, to, n int
		want        markedText
	}{
		{"at.exe", 0, 2, 100, markedText{"", "at", ".exe"}},
		{"at.exe", 2, 2, 100, markedText{Before: "at.exe"}},
		{"at.exe", -1, 99, 100, markedText{Before: "at.exe"}},
		{"åt", 1, 2, 100, markedText{"", "å", "t"}}, // a boundary within a character moves to its start
		{long, 500, 506, 100, markedText{"(475 bytes before) … " + strings.Repeat("a", 25), "NEEDLE", strings.Repeat("b", 69) + " … (431 more bytes)"}},
	} {
		if got := mark(test.text, test.from, test.to, test.n); got != test.want {
			t.Errorf("mark(%.20q, %d, %d, %d) = %q, want %q", test.text, test.from, test.to, test.n, got, test.want)
		}
	}
}

func TestTell(t *testing.T) {
	reason := finding.Reason{Field: "Image", Value: `C:\at.exe`, From: 3, To: 9}
	for _, test := range []struct {
		name    string
		finding finding.Finding
		fields  []string
		want    telling
	}{
		{"command line", finding.Finding{Why: []finding.Reason{reason}}, []string{"CommandLine", "at 13:00"}, telling{field: "CommandLine", value: "at 13:00"}},
		{"reason", finding.Finding{Why: []finding.Reason{reason}}, []string{"Image", `C:\at.exe`}, telling{"Image", `C:\at.exe`, 3, 9}},
		{"no command line", finding.Finding{Why: []finding.Reason{reason}}, []string{"CommandLine", "-"}, telling{"Image", `C:\at.exe`, 3, 9}},
		{"author's choice", finding.Finding{Why: []finding.Reason{reason}}, []string{"Parent", "x"}, telling{field: "Parent", value: "x"}},
		{"host is shown anyway", finding.Finding{Host: "h", Why: []finding.Reason{{Field: "Computer", Value: "h"}}}, nil, telling{}},
		{"message", finding.Finding{Message: "what happened"}, nil, telling{value: "what happened"}},
		{"message repeats title", finding.Finding{Message: "title"}, nil, telling{}},
	} {
		f := test.finding
		f.Detection = &detection.Detection{Title: "title", Fields: []string{"Parent"}}
		for i := 0; i+1 < len(test.fields); i += 2 {
			f.Fields.Set(test.fields[i], event.TextValue(test.fields[i+1]))
		}
		if got := tell(&f); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestShelfIsFair(t *testing.T) {
	noisy, quiet := &detection.Detection{}, &detection.Detection{}
	s := newShelf[int](100, 40)
	for i := range 1_000 {
		s.put(noisy, func() int { return i })
	}
	for i := range 20 {
		s.put(quiet, func() int { return i })
	}
	if len(s.kept[quiet]) != 12 || len(s.kept[noisy]) != 12 || s.kept[noisy][11] != 11 {
		t.Errorf("kept %d and %d", len(s.kept[quiet]), len(s.kept[noisy]))
	}
}

func FuzzText(f *testing.F) {
	for _, text := range []string{"", "a\x1b[31m", "漢\u0301字", "\xff\u202e", "a\r\nb\tc", "\U000e0041"} {
		f.Add(text, 3, 1, 2)
	}
	f.Fuzz(func(t *testing.T, text string, n, from, to int) {
		n = min(max(n, 0), 1_000)
		shown := clean(text)
		if !utf8.ValidString(shown) || strings.ContainsAny(shown, "\x00\x1b\r\u202e\u2028\ufeff") {
			t.Errorf("clean(%q) = %q", text, shown)
		}
		for _, line := range strings.FieldsFunc(shown, func(r rune) bool { return r == '\n' || r == '\t' }) {
			if got := cut(line, n); columns(got) > n {
				t.Errorf("cut(%q, %d) = %q", line, n, got)
			}
		}
		if m := mark(text, from, to, 10+n); !utf8.ValidString(m.Before + m.Part + m.After) {
			t.Errorf("mark(%q, %d, %d) = %q", text, from, to, m)
		}
	})
}
