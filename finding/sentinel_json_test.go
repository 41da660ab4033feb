package finding_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"goshawk/detection"
	"goshawk/event"
	"goshawk/finding"
)

// jsonOf returns a finding as other programs read it.
func jsonOf(t *testing.T, f *finding.Finding) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(f.AppendJSON(nil), &out); err != nil {
		t.Fatalf("%v in %s", err, f.AppendJSON(nil))
	}
	return out
}

// A finding of a rule of Sentinel says in JSON what the alert says: of its row, of several rows, of silence.
func TestAlertJSON(t *testing.T) {
	d := &detection.Detection{ID: "r", Title: "Rule", Level: detection.Low, Alert: &detection.Alert{
		Kind: detection.Scheduled, Tactics: []string{"Execution"}, Techniques: []string{"T1053.002"},
		Entities: []detection.EntityMapping{
			{Type: "Host", Fields: []detection.EntityField{{Identifier: "FullName", Column: detection.Column{Name: "Computer"}}}},
			{Type: "RegistryKey", Fields: []detection.EntityField{{Identifier: "Key", Column: detection.Column{Name: "Key"}}}},
		},
		CustomDetails: []detection.CustomDetail{{Name: "Line", Column: detection.Column{Name: "CommandLine"}}},
		Override: detection.Override{
			Name: "On {{Computer}}", NameColumns: []detection.Column{{Name: "Computer"}}, SeverityColumn: &detection.Column{Name: "Grade"},
			TacticsColumn: &detection.Column{Name: "Tactics"}, Properties: []detection.DynamicProperty{{Name: "AlertLink", Column: detection.Column{Name: "Link"}}},
		},
	}}
	one := finding.OfRow(d, finding.Row{Fields: *rowOf(t, "Computer", "pc1.example.org", "CommandLine", "at 1", "Grade", "High", "Tactics", "Persistence", "Link", "https://example.org", "Key", `HKLM\Run`)})
	two := finding.OfRow(d, finding.Row{Fields: *rowOf(t, "Computer", "pc2", "CommandLine", "at 2")})
	got := jsonOf(t, one)
	for key, want := range map[string]any{
		"kind": "Scheduled", "notable": true, "title": "On pc1.example.org", "rows": 1.0, "severity": "high",
		"tactics": []any{"Persistence"}, "techniques": []any{"T1053.002"}, "details": map[string]any{"Line": []any{"at 1"}}, "properties": map[string]any{"AlertLink": "https://example.org"},
		"entities": []any{
			map[string]any{"$id": "1", "Type": "host", "HostName": "pc1", "DnsDomain": "example.org"},
			map[string]any{"$id": "2", "Type": "registry-key", "Key": `HKLM\Run`},
		},
	} {
		if !reflect.DeepEqual(got[key], want) {
			t.Errorf("%s is %v, want %v", key, got[key], want)
		}
	}
	all := jsonOf(t, finding.OneAlert([]*finding.Finding{one, two}))
	if all["rows"] != 2.0 || all["message"] != "On pc1.example.org (2 rows)" || !reflect.DeepEqual(all["details"], map[string]any{"Line": []any{"at 1", "at 2"}}) || len(all["entities"].([]any)) != 3 {
		t.Errorf("both are %v", all)
	}
	silent := jsonOf(t, finding.Silence(d, event.UnixEpoch, 0, 0))
	if silent["rows"] != 0.0 || silent["severity"] != "low" || !reflect.DeepEqual(silent["entities"], []any{}) {
		t.Errorf("silence is %v", silent)
	}
	// What is no alert says nothing of the kind.
	plain := &finding.Finding{Detection: &detection.Detection{ID: "s"}}
	plain.Identify()
	if got := jsonOf(t, plain); got["entities"] != nil || got["severity"] != nil || got["rows"] != nil {
		t.Errorf("a finding of no alert is %v", got)
	}
}
