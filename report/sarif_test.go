package report_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/report"
)

// TestSARIF holds a log against what the format demands: one description for each code, places that lie in the text, paths without a
// root, fingerprints that survive the insertion of lines and tell apart what is alike.
func TestSARIF(t *testing.T) {
	root := t.TempDir()
	text := "title: é x\nlevel: hihg\n\nlevel: hihg\n"
	write := func(text string) map[string]any {
		src := &diag.Source{Name: filepath.Join(root, "rules", "a rule.yml"), Text: text}
		at := strings.Index(text, "hihg")
		again := strings.LastIndex(text, "hihg")
		word := strings.Index(text, "x\n")
		list := diag.List{
			{Code: "sigma-level", Severity: diag.Error, Source: src, Span: diag.Span{Start: at, End: at + 4}, Message: "unknown level", Hint: "did you mean high?"},
			{Code: "sigma-level", Severity: diag.Error, Source: src, Span: diag.Span{Start: at, End: at + 4}, Message: "unknown level", Hint: "did you mean high?"},
			{Code: "sigma-level", Severity: diag.Error, Source: src, Span: diag.Span{Start: again, End: again + 4}, Message: "unknown level"},
			{Code: "sigma-short", Severity: diag.Info, Source: src, Span: diag.Span{Start: word, End: word + 1}, Message: "short",
				Fix: &diag.Fix{Doc: "write y", Edits: []diag.Edit{{Span: diag.Span{Start: word, End: word + 1}, Text: "y"}}}},
			{Code: "blind-no-logsource", Severity: diag.Warning, Message: "no record"},
		}
		var b bytes.Buffer
		s := report.SARIF{Version: "v1", Root: root, Lints: []diag.Lint{{Code: "sigma-short", Set: "goshawk", Doc: "a short word", Help: "Write more."}}, Diagnostics: list}
		if _, err := s.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		var log map[string]any
		if err := json.Unmarshal(b.Bytes(), &log); err != nil {
			t.Fatal(err)
		}
		return log
	}
	log := write(text)
	if log["version"] != "2.1.0" || log["$schema"] == nil {
		t.Errorf("version %v, schema %v", log["version"], log["$schema"])
	}
	run := log["runs"].([]any)[0].(map[string]any)
	driver := run["tool"].(map[string]any)["driver"].(map[string]any)
	rules := driver["rules"].([]any)
	seen := map[string]int{}
	for i, r := range rules {
		rule := r.(map[string]any)
		if _, twice := seen[rule["id"].(string)]; twice {
			t.Errorf("code %v is described twice", rule["id"])
		}
		seen[rule["id"].(string)] = i
		for _, part := range []string{"shortDescription", "help"} {
			if rule[part].(map[string]any)["text"] == "" {
				t.Errorf("%v has no %s", rule["id"], part)
			}
		}
	}
	results := run["results"].([]any)
	if len(results) != 4 || len(rules) != 3 {
		t.Fatalf("%d results of %d codes, want 4 of 3", len(results), len(rules))
	}
	levels := map[string]bool{"error": true, "warning": true, "note": true}
	prints := map[string]bool{}
	fixes := 0
	for _, r := range results {
		result := r.(map[string]any)
		id := result["ruleId"].(string)
		if int(result["ruleIndex"].(float64)) != seen[id] || !levels[result["level"].(string)] || result["message"].(map[string]any)["text"] == "" {
			t.Errorf("result %v", result)
		}
		for _, print := range result["partialFingerprints"].(map[string]any) {
			if prints[print.(string)] {
				t.Errorf("fingerprint %v occurs twice", print)
			}
			prints[print.(string)] = true
		}
		locations, ok := result["locations"].([]any)
		if !ok {
			if id != "blind-no-logsource" {
				t.Errorf("%s has no place", id)
			}
			continue
		}
		physical := locations[0].(map[string]any)["physicalLocation"].(map[string]any)
		if uri := physical["artifactLocation"].(map[string]any)["uri"]; uri != "rules/a%20rule.yml" {
			t.Errorf("uri %v", uri)
		}
		region := physical["region"].(map[string]any)
		if id == "sigma-short" && (region["startLine"] != 1.0 || region["startColumn"] != 10.0 || region["endColumn"] != 11.0) {
			t.Errorf("columns count characters, from 1: %v", region)
		}
		if list, ok := result["fixes"].([]any); ok {
			change := list[0].(map[string]any)["artifactChanges"].([]any)[0].(map[string]any)["replacements"].([]any)[0].(map[string]any)
			if change["insertedContent"].(map[string]any)["text"] != "y" {
				t.Errorf("fix %v", change)
			}
			fixes++
		}
	}
	if fixes != 1 {
		t.Errorf("%d fixes, want 1", fixes)
	}
	moved := write("# a comment\n\n" + text)
	for _, r := range moved["runs"].([]any)[0].(map[string]any)["results"].([]any) {
		for _, print := range r.(map[string]any)["partialFingerprints"].(map[string]any) {
			if !prints[print.(string)] {
				t.Errorf("fingerprint %v of what only moved is new", print)
			}
		}
	}
}
