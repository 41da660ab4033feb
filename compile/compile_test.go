package compile_test

import (
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/shared"
)

func text(name, rule string) detection.File {
	return detection.File{Source: &diag.Source{Name: name, Text: rule}, Language: detection.Sigma}
}

const good = "title: Good\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {category: process_creation, product: linux}\ndetection:\n  s:\n    Image|endswith: /at\n  condition: s\n"

func codes(r *compile.Rule) string {
	var list []string
	for _, d := range r.Diagnostics {
		list = append(list, d.Code)
	}
	return strings.Join(list, " ")
}

func TestEveryDocumentIsLoadedOrRefused(t *testing.T) {
	set := compile.Files([]detection.File{
		text("good.yml", good),
		text("bad.yml", strings.Replace(good, "endswith", "endzwith", 1)),
		text("broken.yml", "title: [\ndetection: x"),
		text("two.yml", good+"---\ntitle: F\nlogsource: {product: linux}\nfilter:\n  rules: any\n  s: {User: root}\n  condition: not s\n"),
		text("nowhere.yml", strings.Replace(good, "product: linux", "product: limux", 1)),
	}, compile.Options{})
	want := []struct {
		refused bool
		code    string
	}{{false, ""}, {true, "sigma-unknown-modifier"}, {true, "sigma-"}, {false, "rule-duplicate-id"}, {false, ""}, {false, "sigma-unknown-logsource"}}
	if len(set.Rules) != len(want) || len(set.Loaded())+set.Refused() != len(set.Rules) {
		t.Fatalf("%d rules, %d loaded, %d refused", len(set.Rules), len(set.Loaded()), set.Refused())
	}
	for i, w := range want {
		r := set.Rules[i]
		if r.Refused != w.refused || !strings.Contains(codes(r), w.code) || r.Refused != r.Diagnostics.Failed() {
			t.Errorf("%s: refused %v, diagnostics %s; want %v, %s", r.Detection.Path, r.Refused, codes(r), w.refused, w.code)
		}
		if r.Filter {
			if r.Mode != "filter" || r.Meets != 2 || r.Runs() {
				t.Errorf("%s: mode %q, meets %d", r.Detection.Path, r.Mode, r.Meets)
			}
			continue
		}
		if !r.Refused && (r.Mode != "per-event" || len(r.Feeds) != 1 || r.Feeds[0].Where == nil || r.Feeds[0].Table == "" || r.Rest != nil) {
			t.Errorf("%s: mode %q, feeds %+v", r.Detection.Path, r.Mode, r.Feeds)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	rule := strings.Replace(good, "Image|endswith: /at", "User|expand: '%Admins%'", 1)
	if set := compile.Files([]detection.File{text("r.yml", rule)}, compile.Options{}); set.Refused() != 1 {
		t.Error("a placeholder without values is not refused")
	}
	if set := compile.Files([]detection.File{text("r.yml", rule)}, compile.Options{Placeholders: map[string][]string{"Admins": {"root"}}}); set.Refused() != 0 {
		t.Error(set.Rules[0].Diagnostics)
	}
}

// TestPublishedRules loads everything that SigmaHQ publishes: nothing is lost, and nothing is refused without a place.
func TestPublishedRules(t *testing.T) {
	set, err := compile.Load([]string{shared.Dir(t, "content", "sigma")}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range set.Rules {
		if !r.Refused {
			continue
		}
		placeholders, obsolete := false, false
		for _, d := range r.Diagnostics {
			if d.Severity == diag.Error && (d.Code == "" || d.Source == nil || d.Message == "") {
				t.Errorf("%s: %+v", r.Detection.Path, d)
			}
			placeholders = placeholders || d.Code == "sigma-unresolved-placeholder"
			obsolete = obsolete || d.Code == "sigma-aggregation" || d.Code == "sigma-timeframe"
		}
		active := r.Detection.Status != "unsupported"
		if active && !placeholders && !(obsolete && r.Detection.Status == "deprecated") {
			t.Errorf("%s is refused: %s", r.Detection.Path, codes(r))
		}
	}
}
