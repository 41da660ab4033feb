package event_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"goshawk/event"
)

func TestText(t *testing.T) {
	upper := event.NewCodec("test", func(dst []byte, raw string) []byte { return append(dst, "<"+raw+">"...) })
	for _, c := range []struct {
		value event.Value
		want  string
	}{
		{event.Value{}, ""},
		{event.BoolValue(true), "true"},
		{event.IntValue(-9223372036854775808), "-9223372036854775808"},
		{event.FloatValue(1), "1"},
		{event.FloatValue(math.Copysign(0, -1)), "0"},
		{event.FloatValue(0.1), "0.1"},
		{event.FloatValue(1e300), "1e+300"},
		{event.DecimalValue("18446744073709551616"), "18446744073709551616"},
		{event.EncodedValue(upper, "x"), "<x>"},
		{event.TimeValue(event.UnixEpoch), "1970-01-01T00:00:00Z"},
		{event.TimeValue(event.FiletimeEpoch + 1), "1601-01-01T00:00:00.0000001Z"},
		{event.DurationValue(-event.TicksPerDay - 5), "-1.00:00:00.0000005"},
		{event.ListValue(event.IntValue(1), event.TextValue("a\"\x01"), event.Value{}), `[1,"a\"\u0001",null]`},
	} {
		if got := c.value.Text(); got != c.want {
			t.Errorf("text of a %s is %q, want %q", c.value.Kind(), got, c.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		text string
		kind event.Kind
		want string
	}{
		{"9007199254740993", event.Int, "9007199254740993"},
		{"1.50", event.Float, "1.5"},
		{"1e3", event.Float, "1000"},
		{"18446744073709551616", event.Decimal, "18446744073709551616"},
		{"", event.Null, ""},
		{"0x17", event.Null, ""},
		{"1 ", event.Null, ""},
		{"NaN", event.Null, ""},
		{"1e", event.Null, ""},
	} {
		v, ok := event.Number(c.text)
		if ok != (c.kind != event.Null) || v.Kind() != c.kind || v.Text() != c.want {
			t.Errorf("Number(%q) = %s %q, %v; want %s %q", c.text, v.Kind(), v.Text(), ok, c.kind, c.want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for _, c := range []struct {
		text, want string
		zoned, ok  bool
	}{
		{"2019-07-19T14:57:46.094355400Z", "2019-07-19T14:57:46.0943554Z", true, true},
		{"2020-10-18 02:17:12.527", "2020-10-18T02:17:12.527Z", false, true},
		{"2026-05-12T08:00:50+02:00", "2026-05-12T06:00:50Z", true, true},
		{"2026-05-12T08:00:50-0730", "2026-05-12T15:30:50Z", true, true},
		{"2026/05/12", "2026-05-12T00:00:00Z", false, true},
		{"2026-02-30T00:00:00Z", "", false, false},
		{"12 May 2026", "", false, false},
		{"", "", false, false},
	} {
		ticks, zoned, ok := event.ParseTime(c.text)
		if ok != c.ok || zoned != c.zoned || ok && event.FormatTime(ticks) != c.want {
			t.Errorf("ParseTime(%q) = %s, %v, %v; want %s, %v, %v", c.text, event.FormatTime(ticks), zoned, ok, c.want, c.zoned, c.ok)
		}
	}
}

func TestLookup(t *testing.T) {
	inner := &event.Record{}
	inner.Set("name", event.TextValue("deep"))
	var r event.Record
	r.Set("Status", event.TextValue("upper"))
	r.Set("status", event.TextValue("lower"))
	r.Set("Threat Name", event.TextValue("eicar"))
	r.Set("user", event.ListValue(event.ObjectValue(inner), event.ObjectValue(inner)))
	r.Set("a.b", event.TextValue("flat"))
	r.Set("Data", event.TextValue("1"))
	r.Set("Data", event.TextValue("2"))
	r.Set("none", event.NullValue())
	for _, c := range []struct{ name, want string }{
		{"Status", "upper"}, {"status", "lower"}, {"STATUS", `["upper","lower"]`}, {"ThreatName", "eicar"},
		{"user.name", `["deep","deep"]`}, {"USER.NAME", `["deep","deep"]`}, {"a.b", "flat"}, {"Data", `["1","2"]`}, {"a.c", ""},
	} {
		if got := r.Lookup(c.name).Text(); got != c.want {
			t.Errorf("Lookup(%q) = %q, want %q", c.name, got, c.want)
		}
	}
	if v := r.Lookup("none"); !v.IsNull() || v.IsAbsent() {
		t.Error("a null field is not told from an absent one")
	}
}

// Times are written as package time writes them.
func TestAppendTime(t *testing.T) {
	ticks := []int64{0, 1, 10, -1, event.UnixEpoch, event.UnixEpoch - 1, event.UnixEpoch + 1_500_000, 638_000_000_012_345_678, 638_000_000_012_345_600, 638_000_000_000_000_000}
	for year := int64(-2); year < 10_002; year += 7 {
		ticks = append(ticks, year*366*event.TicksPerDay+year*86_399*event.TicksPerSecond/10_000+year%3*year)
	}
	for _, n := range ticks {
		want := event.TimeOf(n).Format("2006-01-02T15:04:05.9999999Z07:00")
		if got := event.FormatTime(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestRecordAsJSON(t *testing.T) {
	var r event.Record
	r.Set("Data", event.TextValue("a"))
	r.Set("Other", event.IntValue(1))
	r.Set("Data", event.NullValue())
	r.Set("Data", event.ListValue(event.TextValue("b")))
	if got, want := string(r.AppendJSON(nil)), `{"Data":["a",null,["b"]],"Other":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzQuoted(f *testing.F) {
	f.Add("plain")
	f.Add("\x00\x1b[31m\u009b\u202e\u2028\U000e0041\xff<&>\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		quoted := event.AppendQuoted(nil, text)
		for _, r := range string(quoted) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q holds %U", quoted, r)
			}
		}
		var back string
		if err := json.Unmarshal(quoted, &back); err != nil || back != strings.ToValidUTF8(text, "\ufffd") && utf8.ValidString(text) {
			t.Errorf("%q reads back as %q, %v", quoted, back, err)
		}
	})
}
