package detection_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"goshawk/detection"
)

// TestSentinelContent tells what files hold by their keys, wherever they lie, beside rules of other languages.
func TestSentinelContent(t *testing.T) {
	files := map[string]string{
		"a/analytic.yaml":    "id: x\nname: n\nquery: |\n  detection: no\ntriggerOperator: gt\n",
		"a/nrt.yaml":         "id: x\nname: n\nquery: T\nkind: nrt\n",
		"a/fusion.yml":       "id: x\nname: n\nkind: Fusion\n",
		"a/crlf.yaml":        "id: x\r\nname: n\r\nquery: T\r\nkind: Scheduled\r\n",
		"a/hunt.yaml":        "id: x\nname: n\nquery: T\nseverity: Low\n",
		"a/parser.yaml":      "ParserName: p\nParserQuery: T\n",
		"a/legacy.yaml":      "FunctionName: p\nFunctionQuery: T\n",
		"a/summary.yaml":     "id: x\ndestinationTable: t\nbinSize: 20\nquery: T\n",
		"a/xdr.yaml":         "kind: CustomDetection\nresourceType: Microsoft.Security/detectionRules\nproperties: {}\n",
		"a/watchlist.yaml":   "alias: w\nitemsSearchKey: a\n",
		"a/w.csv":            "a\n",
		"a/rules.json":       `{"resources": [{"type": "x/providers/alertRules", "properties": {}}]}`,
		"a/rule.json":        `[{"type": "Microsoft.SecurityInsights/alertRules", "properties": {}}]`,
		"a/function.json":    `{"resources": [{"type": "w", "resources": [{"type": "savedSearches", "properties": {"FunctionAlias": "f"}}]}]}`,
		"a/search.json":      `{"resources": [{"type": "w/savedSearches", "properties": {"query": "T"}}]}`,
		"a/nested.json":      `{"resources": [{"type": "x/deployments", "properties": {"template": {"resources": [{"type": "x/automationRules", "properties": {}}]}}}]}`,
		"a/xdr.json":         `{"value": [{"queryCondition": {}}]}`,
		"a/broken.json":      `{"resources": [{"type": "x/alertRules", "properties": {}`,
		"a/playbook.json":    `{"resources": [{"type": "Microsoft.Logic/workflows", "properties": {}}]}`,
		"a/mentions.json":    `{"resources": [{"type": "x", "properties": {"about": "a/alertRules"}}]}`,
		"a/query.kql":        "T\n",
		"a/query.csl":        "T\n",
		"a/query.kusto":      "T\n",
		"a/readme.md":        "```kql\nT\n```\n",
		"a/connector.yaml":   "id: x\ntitle: t\n",
		"a/sigma.yml":        rule,
		"a/detections/x.yml": splunkRule,
		"a/macros/m.yml":     "name: m\ndefinition: index=a\n",
	}
	folder := lay(t, files)
	found, skipped, err := detection.Find([]string{folder})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := story(folder, found, skipped), `kql a/analytic.yaml
  in .
    a/analytic.yaml: analytic rule
    a/broken.json: export
    a/crlf.yaml: analytic rule
    a/function.json: parts
    a/fusion.yml: analytic rule
    a/hunt.yaml: hunting query
    a/legacy.yaml: function
    a/nested.json: parts
    a/nrt.yaml: analytic rule
    a/parser.yaml: function
    a/query.csl: query
    a/query.kql: query
    a/query.kusto: query
    a/rule.json: export
    a/rules.json: export
    a/search.json: export
    a/summary.yaml: summary rule
    a/watchlist.yaml: watchlist
    a/xdr.json: export
    a/xdr.yaml: custom detection
kql a/broken.json
kql a/crlf.yaml
spl a/detections/x.yml
  in a
    detections/x.yml: detection
    macros/m.yml: macro
kql a/fusion.yml
kql a/hunt.yaml
kql a/nrt.yaml
kql a/query.csl
kql a/query.kql
kql a/query.kusto
kql a/rule.json
kql a/rules.json
kql a/search.json
sigma a/sigma.yml
kql a/xdr.json
kql a/xdr.yaml
skipped a/connector.yaml: no detection: none of the keys`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for name, reason := range map[string]string{"playbook.json": "JSON without rules", "mentions.json": "JSON without rules", "parser.yaml": "(function)", "nested.json": "(parts)"} {
		if _, _, err := detection.Find([]string{filepath.Join(folder, "a", name)}); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// what one language's content is asked for holds nothing of the other's
	for language, want := range map[detection.Language]int{detection.KQL: 21, detection.SPL: 3} { // with the table
		c, _, err := detection.ContentIn(folder, language)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Parts) != want {
			t.Errorf("%s: %d parts: %+v", language, len(c.Parts), c.Parts)
		}
	}
}

func TestEntityTypes(t *testing.T) {
	for _, kind := range detection.EntityTypes() {
		for _, name := range []string{strings.ToUpper(kind.Name), kind.JSON} {
			if found, ok := detection.EntityTypeOf(name); !ok || found.Name != kind.Name {
				t.Errorf("%s is %v", name, found)
			}
		}
		for _, set := range append(slices.Clone(kind.Required), kind.Strong...) {
			for _, name := range set {
				if own, ok := kind.Identifier(strings.ToLower(name)); !ok || own != name {
					t.Errorf("%s has no identifier %s", kind.Name, name)
				}
			}
		}
		if len(kind.Required) == 0 {
			t.Errorf("%s needs nothing", kind.Name)
		}
	}
	if _, ok := detection.EntityTypeOf("Machine"); ok {
		t.Error("a machine is a type")
	}
}

func TestTriggers(t *testing.T) {
	for _, c := range []struct {
		trigger  detection.Trigger
		met, not []int
	}{
		{detection.Trigger{}, []int{1, 9}, []int{0}},
		{detection.Trigger{Operator: "gt", Threshold: 2}, []int{3}, []int{0, 2}},
		{detection.Trigger{Operator: "lt", Threshold: 1}, []int{0}, []int{1, 2}},
		{detection.Trigger{Operator: "eq", Threshold: 0}, []int{0}, []int{1}},
		{detection.Trigger{Operator: "ne", Threshold: 1}, []int{0, 2}, []int{1}},
	} {
		for _, n := range c.met {
			if !c.trigger.Met(n) {
				t.Errorf("%+v is not met by %d rows", c.trigger, n)
			}
		}
		for _, n := range c.not {
			if c.trigger.Met(n) {
				t.Errorf("%+v is met by %d rows", c.trigger, n)
			}
		}
		if c.trigger.OnSilence() != slices.Contains(c.met, 0) {
			t.Errorf("%+v on silence: %v", c.trigger, c.trigger.OnSilence())
		}
	}
}

func TestTacticOf(t *testing.T) {
	for name, want := range map[string]string{"CredentialAccess": "CredentialAccess", "credential access": "CredentialAccess", "credential-access": "CredentialAccess", "Inhibit_Response_Function": "InhibitResponseFunction", "Malware": ""} {
		if got, ok := detection.TacticOf(name); got != want || ok != (want != "") {
			t.Errorf("%s is %q", name, got)
		}
	}
}
