package packs_test

import (
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/internal/shared"
	"goshawk/packs"
	"goshawk/taxonomy/attack"
)

const remoteAt = "4be54858-432f-11ec-8209-3e22fbd008af"

func core(t *testing.T) fs.FS {
	t.Helper()
	fsys, err := fs.Sub(packs.Core, "core")
	if err != nil {
		t.Fatal(err)
	}
	return fsys
}

func tactics(technique string) []string {
	_, tactics, _ := attack.Technique(attack.Current(technique))
	return tactics
}

// TestSplunkPack holds the detection on remote use of at.exe against its page: every element is there, and nothing is remarked on.
func TestSplunkPack(t *testing.T) {
	list, err := escu.LoadFS(core(t), "builtin:", escu.Options{Tactics: tactics})
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}
	p := list[0]
	for _, f := range p.Files {
		for _, d := range f.Diagnostics {
			t.Error(d.Error())
		}
	}
	var d *detection.Detection
	for _, each := range p.Detections {
		if each.ID == remoteAt {
			d = each
		}
	}
	if d == nil {
		t.Fatal("the detection is not there")
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"title", d.Title, "Scheduled Task Creation on Remote Endpoint using At"},
		{"version", d.Version, 4},
		{"license", d.License, "Apache-2.0"},
		{"techniques", d.Techniques(), []string{"T1053", "T1053.002"}},
		{"data sources", d.DataSources, []string{"Sysmon EventID 1", "Windows Event Log Security 4688", "CrowdStrike ProcessRollup2"}},
		{"stories", d.Stories, []string{"Active Directory Lateral Movement", "Living Off The Land", "Scheduled Tasks"}},
		{"schedule", *d.Schedule, detection.Schedule{Cron: "0 * * * *", Earliest: "-70m@m", Latest: "-10m@m", Window: "auto", Disabled: true, Continuous: true}},
		{"finding", d.Answer.Finding, true},
		{"risk", d.Answer.Risk, true},
		{"finding title", d.Answer.Title, "%name%"},
		{"finding description", d.Answer.Description, "%description%"},
		{"finding fields", d.Answer.FindingFields, []string{"user", "dest"}},
		{"message", d.Answer.Message, "A Windows Scheduled Task was created on a remote endpoint from $dest$"},
		{"impact", d.Answer.Impact, 90},
		{"confidence", d.Answer.Confidence, 60},
		{"score", d.Answer.RiskScore, 54},
		{"severity", d.Answer.Severity, "medium"},
		{"risk objects", d.Answer.RiskObjects, []detection.RiskObject{{Field: "dest", Type: "system", Score: 54}}},
		{"kill chain", d.Answer.Annotation("kill_chain_phases"), []string{"Exploitation", "Installation"}},
		{"drilldowns", len(d.Answer.Drilldowns), 2},
		{"references", len(d.References), 2},
		{"test data", d.Tests[0].Data[0].Path, "attack_techniques/T1053.002/lateral_movement/windows-sysmon.log"},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
	if d.HowToImplement == "" || d.KnownFalsePositives == "" || d.Description == "" {
		t.Error("prose is missing")
	}
	for _, key := range []string{"security_content_ctime(1)", "security_content_summariesonly", "summariesonly_config", "oldsummaries_config", "fillnull_config"} {
		if p.Macros[key] == nil {
			t.Errorf("macro %s is missing", key)
		}
	}
	if m := p.Macros[escu.FilterName(d.Title)]; m == nil || !m.Slot || m.Definition.String != "search *" {
		t.Errorf("the filter is %+v", m)
	}
	for _, name := range d.Stories {
		if p.Stories[name] == nil {
			t.Errorf("story %s is missing", name)
		}
	}
	for _, name := range d.DataSources {
		if p.DataSources[name] == nil {
			t.Errorf("data source %s is missing", name)
		}
	}
}

// TestSplunkPackAgainstPublished holds the detection against the published one: the search and all facts are the same, and the
// prose is not.
func TestSplunkPackAgainstPublished(t *testing.T) {
	published, _, err := escu.Load([]string{shared.Dir(t, "content", "escu")}, escu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := escu.LoadFS(core(t), "builtin:", escu.Options{})
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]*detection.Detection{}
	for _, d := range published[0].Detections {
		theirs[d.ID] = d
	}
	for _, d := range ours[0].Detections {
		p := theirs[d.ID]
		if p == nil {
			t.Errorf("%s is not published", d.ID)
			continue
		}
		if d.Search.String != p.Search.String || !reflect.DeepEqual(d.Answer, p.Answer) || !reflect.DeepEqual(d.Schedule, p.Schedule) || !reflect.DeepEqual(d.Tests, p.Tests) ||
			d.Version != p.Version || d.Title != p.Title || !reflect.DeepEqual(d.References, p.References) || !reflect.DeepEqual(d.RequiredFields, p.RequiredFields) {
			t.Errorf("%s differs from what is published", d.Title)
		}
		for _, prose := range [][2]string{{d.Description, p.Description}, {d.HowToImplement, p.HowToImplement}, {d.KnownFalsePositives, p.KnownFalsePositives}} {
			if shared := longestShared(prose[0], prose[1]); shared > 8 {
				t.Errorf("%s: %d words in a row are the published ones: %.60s…", d.Title, shared, prose[0])
			}
		}
	}
	for name, s := range ours[0].Stories {
		if p := published[0].Stories[name]; p == nil || p.ID != s.ID || longestShared(s.Narrative, p.Narrative) > 8 {
			t.Errorf("story %s", name)
		}
	}
	for key, m := range ours[0].Macros {
		if p := published[0].Macros[key]; p == nil || p.Definition.String != m.Definition.String {
			t.Errorf("macro %s differs from what is published", key)
		}
	}
}

// longestShared returns how many words in a row two texts share.
func longestShared(a, b string) int {
	longest := 0
	words := strings.Fields(a)
	text := " " + strings.Join(strings.Fields(b), " ") + " "
	for i := range words {
		for n := longest + 1; i+n <= len(words) && strings.Contains(text, " "+strings.Join(words[i:i+n], " ")+" "); n++ {
			longest = n
		}
	}
	return longest
}

// TestHuntPack holds the hunting query on at against its page: the query is the one that is printed there, and it and the Sigma rule are
// translations of each other.
func TestHuntPack(t *testing.T) {
	files, err := detection.FindIn(core(t), "builtin:")
	if err != nil {
		t.Fatal(err)
	}
	set := compile.Files(files, compile.Options{})
	byID := map[string]*compile.Rule{}
	for _, r := range set.Rules {
		for _, d := range r.Diagnostics {
			t.Error(d.Error())
		}
		byID[r.Detection.ID] = r
	}
	rule, hunt := byID["d2d642d7-b393-43fe-bae4-e81ed5915c4b"], byID["3f9b6a52-6c1d-4e0b-9d27-51b0a8c4f7e6"]
	if rule == nil || hunt == nil || rule.Refused || hunt.Refused {
		t.Fatal("one of the two is not there")
	}
	a := hunt.Detection.Alert
	var entities []string
	for _, e := range a.Entities {
		entities = append(entities, e.Type)
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"kind", a.Kind, detection.HuntingQuery},
		{"query", strings.TrimSpace(hunt.Detection.Search.String), `imProcessCreate | where TargetProcessName endswith "/at" or TargetProcessName endswith "/atd"`},
		{"techniques", a.Techniques, []string{"T1053.002"}},
		{"entities", entities, []string{"Host", "Account", "Process"}},
		{"mode", hunt.Mode, "per-event"},
		{"rule's relation", rule.Detection.Related, []detection.Relation{{ID: hunt.Detection.ID, Type: detection.Translation, Other: hunt.Detection}}},
		{"hunt's relation", hunt.Detection.Related, []detection.Relation{{ID: rule.Detection.ID, Type: detection.Translation, Other: rule.Detection}}},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s is %v, want %v", c.what, c.got, c.want)
		}
	}
}
