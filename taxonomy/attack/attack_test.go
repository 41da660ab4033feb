package attack_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"goshawk/internal/shared"
	"goshawk/taxonomy/attack"
)

func TestTechnique(t *testing.T) {
	for _, test := range []struct {
		id, name string
		tactics  []string
	}{
		{"T1053.002", "Scheduled Task/Job: At", []string{"execution", "persistence", "privilege-escalation"}},
		{"t1053.002", "Scheduled Task/Job: At", []string{"execution", "persistence", "privilege-escalation"}},
		{"T1053.001", "Scheduled Task/Job: At", []string{"execution", "persistence", "privilege-escalation"}}, // replaced in 2020
		{"T1001", "Data Obfuscation", []string{"command-and-control"}},
	} {
		name, tactics, ok := attack.Technique(test.id)
		if !ok || name != test.name || !slices.Equal(tactics, test.tactics) {
			t.Errorf("Technique(%q) = %q %v %v, want %q %v", test.id, name, tactics, ok, test.name, test.tactics)
		}
	}
	if name, _, ok := attack.Technique("T9999"); ok {
		t.Errorf("T9999 is %q", name)
	}
}

func TestTablesAreWhole(t *testing.T) {
	for _, id := range attack.Techniques() {
		name, tactics, ok := attack.Technique(id)
		if !ok || name == "" || len(tactics) == 0 || attack.Current(id) != id {
			t.Errorf("%s: %q %v %v, now %s", id, name, tactics, ok, attack.Current(id))
		}
		for _, slug := range tactics {
			if _, ok := attack.TacticName(slug); !ok {
				t.Errorf("%s: unknown tactic %q", id, slug)
			}
		}
	}
	if name, ok := attack.TacticName("lateral_movement"); !ok || name != "Lateral Movement" {
		t.Errorf("lateral_movement is %q", name)
	}
}

// The published table and ours must say the same.
func TestAgainstPublished(t *testing.T) {
	text, err := os.ReadFile(shared.Dir(t, "data", "mitre-attack", "enterprise-v19.json"))
	if err != nil {
		t.Fatal(err)
	}
	var published map[string]struct {
		Name    string
		Tactics []string
	}
	if err := json.Unmarshal(text, &published); err != nil {
		t.Fatal(err)
	}
	if ours := attack.Techniques(); len(ours) != len(published) {
		t.Errorf("%d techniques, published are %d", len(ours), len(published))
	}
	for id, want := range published {
		name, tactics, _ := attack.Technique(id)
		slices.Sort(tactics)
		slices.Sort(want.Tactics)
		if name != want.Name || !slices.Equal(tactics, want.Tactics) {
			t.Errorf("%s: %q %v, want %q %v", id, name, tactics, want.Name, want.Tactics)
		}
	}
	crosswalk, err := os.ReadFile(shared.Dir(t, "data", "mitre-attack", "crosswalk-to-v19.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(crosswalk)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		if got := attack.Current(cells[0]); got != cells[1] {
			t.Errorf("%s is now %s, want %s", cells[0], got, cells[1])
		}
	}
}
