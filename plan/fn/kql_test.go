package fn_test

import (
	"math"
	"regexp"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
)

// FuzzParseKQLTime checks that a time that was read is one of Kusto's, and that its text reads back as itself.
func FuzzParseKQLTime(f *testing.F) {
	for _, s := range []string{"2024-05-06T07:08:09.1234567+02:00", "12-02-2022 1:02 PM", "Fri, 02 Dec 22 13:45 GMT", "Dec 2, 2022", "20221202", "2 Dec 2022 00:00:00 -0700", "1/1/0001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ticks, ok := fn.ParseKQLTime(s)
		if !ok {
			return
		}
		back, again := fn.ParseKQLTime(fn.KQLText(event.TimeValue(ticks)))
		if !again || back != ticks {
			t.Errorf("%q is %s, which reads as %s, %v", s, event.FormatTime(ticks), event.FormatTime(back), again)
		}
	})
}

// FuzzParseKQLSpan checks that the text of a span of time that was read reads back as itself.
func FuzzParseKQLSpan(f *testing.F) {
	for _, s := range []string{"1.02:03:04.5", "1.5h", "-30m", "2", "7 days", "00:05", "3nanoseconds"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ticks, ok := fn.ParseKQLSpan(s)
		if !ok {
			return
		}
		if back, again := fn.ParseKQLSpan(fn.KQLText(event.DurationValue(ticks))); !again || back != ticks {
			t.Errorf("%q is %d ticks, whose text reads as %d, %v", s, ticks, back, again)
		}
	})
}

// FuzzKQLRegexp checks that what can be read as an expression still can in the plan's syntax, and that text of ASCII matches both
// alike.
func FuzzKQLRegexp(f *testing.F) {
	for _, s := range []string{`\d+\.\w`, `[^\W\d]+`, `[]\s]`, `\Q\d\E`, `(?i)[[:alpha:]\d-]\S*`, `a\\d`, `[\D]`} {
		f.Add(s, "aB1 _-.\\d\n]")
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		plain, err := regexp.Compile(source)
		if err != nil || len(source) > 200 || len(text) > 200 {
			return
		}
		ours, err := regexp.Compile(fn.KQLRegexp(source))
		if err != nil {
			t.Fatalf("%q becomes %q: %v", source, fn.KQLRegexp(source), err)
		}
		for _, r := range text {
			if r >= 0x80 || r == '\v' { // white space in Unicode, none in RE2
				return
			}
		}
		if a, b := plain.FindStringIndex(text), ours.FindStringIndex(text); (a == nil) != (b == nil) || a != nil && (a[0] != b[0] || a[1] != b[1]) {
			t.Errorf("%q matches %q at %v, %q at %v", source, text, a, fn.KQLRegexp(source), b)
		}
	})
}

// TestKQLSeason takes a series with a week, a trend and a spike apart.
func TestKQLSeason(t *testing.T) {
	week := []float64{10, 12, 14, 13, 11, 3, 2}
	var series []event.Value
	for i := range 8 * 7 {
		y := week[i%7] + float64(i)*0.01 + 0.3*math.Sin(float64(i*i))
		if i == 40 {
			y += 6
		}
		series = append(series, event.FloatValue(y))
	}
	found := fn.ByName("kql_series_periods_detect").Eval([]event.Value{event.ListValue(series...), event.FloatValue(0), event.FloatValue(20), event.IntValue(1)})
	if got := found.List()[0].List()[0].Float(); got != 7 {
		t.Errorf("the period is %v, not a week", got)
	}
	parts := fn.ByName("kql_series_decompose_anomalies").Eval([]event.Value{event.ListValue(series...), event.FloatValue(3), event.IntValue(-1), event.TextValue("linefit")}).List()
	for i, flag := range parts[0].List() {
		if want := int64(map[bool]int{true: 1}[i == 40]); flag.Int() != want {
			t.Errorf("place %d: flag %d, want %d (score %v)", i, flag.Int(), want, parts[1].List()[i].Float())
		}
	}
}
