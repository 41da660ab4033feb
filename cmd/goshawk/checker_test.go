package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"goshawk/internal/shared"
)

// regression is one line of the index of SigmaHQ's regression tests.
type regression struct {
	RuleID     string `json:"rule_id"`
	RulePath   string `json:"rule_path"`
	Title      string `json:"title"`
	Evtx       string `json:"evtx"`
	MatchCount *int   `json:"match_count"`
}

func regressions(t *testing.T) (dir string, list []regression) {
	t.Helper()
	dir = shared.Dir(t, "oracles", "sigma-regression")
	f, err := os.Open(filepath.Join(dir, "index.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for d := json.NewDecoder(bufio.NewReader(f)); d.More(); {
		var r regression
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	if len(list) == 0 {
		t.Fatal("the index of regression tests is empty")
	}
	return dir, list
}

// TestCheckerOnRegressionTests calls the program as SigmaHQ's own runner calls its checker, and reads the answer as that does:
// with a search over the lines. Every rule is run by its file; the first of a folder also with the whole folder, as the
// runner has it, and under the checker's own name.
func TestCheckerOnRegressionTests(t *testing.T) {
	dir, list := regressions(t)
	content := shared.Dir(t, "content", "sigma")
	thor := shared.Dir(t, "content", "sigma", "tests", "thor.yml")
	folders := map[string]bool{}
	for _, r := range list {
		rule, sample := filepath.Join(content, r.RulePath), filepath.Join(dir, r.Evtx)
		got := run{}.goshawk(checkerName, "--log-source", thor, "--evtx-path", sample, "--rule-path", rule)
		checkLines(t, r, got)
		if folder := filepath.Dir(rule); !folders[folder] {
			folders[folder] = true
			args := []string{"--log-source", thor, "--evtx-path", filepath.Dir(sample), "--rule-level", "informational", "--rule-path", folder}
			checkLines(t, r, run{name: checkerName}.goshawk(args...))
			checkLines(t, r, run{name: checkerName + ".exe"}.goshawk(args...))
		}
	}
}

// checkLines reads the lines of the checker about one rule.
func checkLines(t *testing.T, r regression, got result) {
	t.Helper()
	if got.status != exitFine {
		t.Errorf("%s: exit status %d\n%s", r.RulePath, got.status, got.stderr)
		return
	}
	head := regexp.MustCompile(`^\{"RuleId":"[^"]+","RuleTitle":"(?:[^"\\]|\\.)*","RuleLevel":"(?:informational|low|medium|high|critical)","`)
	n := 0
	for line := range strings.Lines(got.stdout) {
		if !head.MatchString(line) || !strings.HasSuffix(line, "}\n") {
			t.Errorf("%s: a line has another shape: %s", r.RulePath, line)
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Errorf("%s: %v in %s", r.RulePath, err, line)
		}
		if strings.HasPrefix(line, `{"RuleId":"`+r.RuleID+`","RuleTitle":`) {
			n++
			if fields["RuleTitle"] != r.Title || fields["Channel"] == nil {
				t.Errorf("%s: title %q, want %q, or no event behind it: %s", r.RulePath, fields["RuleTitle"], r.Title, line)
			}
		}
	}
	want := 1
	if r.MatchCount != nil {
		want = *r.MatchCount
	}
	if n < want {
		t.Errorf("%s: %d matches, want %d", r.RulePath, n, want)
	}
}

// The benign-log run drops findings by their level with a search; the level limits them beforehand as well.
func TestCheckerLevel(t *testing.T) {
	dir, list := regressions(t)
	content := shared.Dir(t, "content", "sigma")
	for _, r := range list {
		args := []string{checkerName, "--evtx-path", filepath.Join(dir, r.Evtx), "--rule-path", filepath.Join(content, r.RulePath), "--rule-level"}
		all := run{}.goshawk(append(args, "informational")...)
		critical := run{}.goshawk(append(args, "critical")...)
		kept := ""
		for line := range strings.Lines(all.stdout) {
			if strings.Contains(line, `"RuleLevel":"critical"`) {
				kept += line
			}
		}
		if critical.stdout != kept || critical.status != exitFine {
			t.Errorf("%s: with --rule-level critical:\n%s", r.RulePath, critical.stdout)
		}
	}
}
