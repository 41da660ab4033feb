package prove_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/internal/shared"
	"goshawk/prove"
	"goshawk/taxonomy"
)

// official is a test.json of the oracle.
type official struct {
	Detection string
	Strict    bool
	Inputs    []struct {
		OfficialPath string `json:"official_path"`
		Versions     []struct{ File, Match string }
	}
	RiskFields []string `json:"risk_fields"`
}

// TestOfficialTests runs the tests of published detections over the data that they were published with. Where the data is what the
// detection was tested with, it must pass, as it did in Splunk.
func TestOfficialTests(t *testing.T) {
	folder := shared.Dir(t, "oracles", "escu-tests")
	content := shared.Dir(t, "content", "escu")
	cases, _ := filepath.Glob(filepath.Join(folder, "*", "test.json"))
	if len(cases) == 0 {
		t.Fatal("there is no case")
	}
	passed, strict := 0, 0
	for _, file := range cases {
		name := filepath.Base(filepath.Dir(file))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c official
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		files := map[string][]string{}
		for _, in := range c.Inputs {
			for _, v := range in.Versions {
				path := strings.TrimPrefix(in.OfficialPath, "datasets/")
				files[path] = append(files[path], filepath.Join(folder, filepath.FromSlash(v.File)))
			}
		}
		set, err := compile.Load([]string{filepath.Join(content, filepath.FromSlash(c.Detection))}, compile.Options{})
		if err != nil || len(set.Rules) != 1 {
			t.Errorf("%s: %v, %d rules", name, err, len(set.Rules))
			continue
		}
		if c.Strict {
			strict++
		}
		all := true
		err = prove.Run(context.Background(), prove.Options{Rules: set.Rules, Taxonomy: taxonomy.Default(),
			Find: func(d detection.TestData) []string { return files[strings.TrimPrefix(d.Path, "datasets/")] },
		}, func(r prove.Result) error {
			switch {
			case r.Verdict == prove.Pass || r.Verdict == prove.Skip && r.Kind == prove.Integration:
			case r.Verdict == prove.Skip && r.Rule.Detection.Answer.Kind == detection.Correlation:
				t.Logf("%s: skipped, as by Splunk's own tool: %s", name, r.Reason)
			case c.Strict:
				t.Errorf("%s: %s: %s: %s", name, r.Kind, r.Verdict, r.Reason)
				all = false
			default:
				t.Logf("%s (other data than it was published with): %s: %s: %s", name, r.Kind, r.Verdict, r.Reason)
				all = false
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if all {
			passed++
		}
	}
	t.Logf("%d of %d pass, %d of them must", passed, len(cases), strict)
}
