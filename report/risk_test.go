package report

import (
	"testing"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

func TestByEntity(t *testing.T) {
	a, b := &detection.Detection{Title: "A"}, &detection.Detection{Title: "B"}
	l := finding.NewLedger(finding.LedgerOptions{})
	add := func(d *detection.Detection, minute int64, risk ...finding.Risk) {
		l.Add(&finding.Finding{Detection: d, Time: event.UnixEpoch + minute*60*event.TicksPerSecond, Risk: risk})
	}
	add(a, 3, finding.Risk{Object: "PC1", Type: "system", Score: 20}, finding.Risk{Object: "ann", Type: "user", Score: 60})
	add(b, 1, finding.Risk{Object: "pc1", Type: "system", Score: 30})
	add(a, 2, finding.Risk{Object: "PC1", Type: "system", Score: 20})
	list := byEntity(l)
	if len(list) != 2 || byEntity(nil) != nil {
		t.Fatalf("%d entities", len(list))
	}
	// The spelling is that of the earliest event, and names that differ only in case are one.
	pc := list[0]
	if pc.object != "pc1" || pc.score != 70 || pc.events != 3 || len(pc.sources) != 2 || second(pc.first) != "1970-01-01T00:01:00Z" || second(pc.last) != "1970-01-01T00:03:00Z" {
		t.Errorf("%+v", pc)
	}
	if ann := list[1]; ann.object != "ann" || ann.kind != "user" || ann.score != 60 {
		t.Errorf("%+v", ann)
	}
	if got := points(1234.5) + " " + points(1234); got != "1234.5 1,234" {
		t.Errorf("points are %q", got)
	}
}

func TestMeaning(t *testing.T) {
	object := []detection.RiskObject{{Field: "dest"}}
	for _, test := range []struct {
		answer *detection.Answer
		want   string
	}{
		{nil, ""},
		{&detection.Answer{Kind: detection.TTP, Finding: true, Risk: true, RiskObjects: object}, "TTP"},
		{&detection.Answer{Kind: detection.Anomaly, Risk: true, RiskObjects: object}, "Anomaly, risk only"},
		{&detection.Answer{Kind: detection.Anomaly, Risk: true}, "Anomaly, report only"},
		{&detection.Answer{Kind: detection.Hunting}, "Hunting, report only"},
	} {
		if got := meaning(&detection.Detection{Answer: test.answer}); got != test.want {
			t.Errorf("%+v is %q, want %q", test.answer, got, test.want)
		}
	}
}

// A search in one line is broken at its outermost pipes only, and its pieces stay what they are.
func TestLinesOf(t *testing.T) {
	for search, want := range map[string]string{
		"| tstats count | head 1":        "| tstats count\n| head 1",
		`a "x|y" | b [search c | d] | e`: "a \"x|y\"\n| b [search c | d]\n| e",
		`a "x\"|y"|b`:                    "a \"x\\\"|y\"\n|b",
		"a\n| b | c":                     "a\n| b | c",
		"":                               "", "a": "a", "  | a": "  | a",
	} {
		if got := inLines(search); got != want {
			t.Errorf("%q is %q, want %q", search, got, want)
		}
	}
	_, pieces := linesOf([]piece{{"a | ", ""}, {"b | c", "m"}, {" | d", ""}})
	if len(pieces) != 3 || pieces[1] != (piece{"b\n| c", "m"}) || pieces[2].Text != "\n| d" {
		t.Errorf("%q", pieces)
	}
}
