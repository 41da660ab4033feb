package finding_test

import (
	"encoding/json"
	"testing"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

func sample() *finding.Finding {
	f := &finding.Finding{
		Time: event.UnixEpoch, Host: "h", User: `D\u`, Message: "m",
		Detection: &detection.Detection{ID: "id", Title: "t", Language: detection.Sigma, Level: detection.High, Path: "p.yml", Tags: []string{"attack.t1053.002"}},
		Evidence:  []finding.Evidence{{Source: "a.log", Record: 7, Time: event.UnixEpoch}},
		Why:       []finding.Reason{{Clause: "c", Field: "f", Value: "v"}},
	}
	f.Fields.Set("f", event.TextValue("v"))
	f.Identify()
	return f
}

func TestIdentity(t *testing.T) {
	f, moved, other, next := sample(), sample(), sample(), sample()
	moved.Evidence[0].Source = "elsewhere/a.log"
	moved.Identify()
	other.Detection = &detection.Detection{ID: "other"}
	other.Identify()
	next.Evidence[0].Record = 8
	next.Identify()
	if f.ID != moved.ID || f.ID == other.ID || f.ID == next.ID {
		t.Errorf("ids %s, moved %s, other rule %s, next record %s", f.ID, moved.ID, other.ID, next.ID)
	}
}

// The shape is one that other programs rely on.
func TestJSON(t *testing.T) {
	f := sample()
	f.ID = "0"
	want := `{"id":"0","time":"1970-01-01T00:00:00Z","rule":{"id":"id","title":"t","language":"sigma","level":"high","path":"p.yml"},` +
		`"host":"h","user":"D\\u","fields":{"f":"v"},"message":"m","risk":[],"evidence":[{"source":"a.log","record":7,"time":"1970-01-01T00:00:00Z"}],` +
		`"why":[{"clause":"c","field":"f","value":"v"}],"attack":["T1053.002"]}`
	got := f.AppendJSON(nil)
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if !json.Valid(got) {
		t.Error("no JSON")
	}
}
