package engine_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/packs"
	"goshawk/taxonomy"
)

// scan runs rules over paths and returns the findings.
func scan(t *testing.T, s engine.Scan) ([]*finding.Finding, *engine.Report) {
	t.Helper()
	var found []*finding.Finding
	s.Taxonomy = taxonomy.Default()
	s.Finding = func(f *finding.Finding) error {
		found = append(found, f)
		return nil
	}
	report, err := s.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return found, report
}

func load(t *testing.T, paths ...string) []*compile.Rule {
	t.Helper()
	set, err := compile.Load(paths, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set.Loaded()
}

// regression is one line of the index of SigmaHQ's regression tests.
type regression struct {
	RuleID     string `json:"rule_id"`
	RulePath   string `json:"rule_path"`
	Evtx, JSON string
	MatchCount *int `json:"match_count"`
}

func regressions(t *testing.T) (dir string, list []regression) {
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

// judge compares the number of findings of a rule with what its test asks for, as SigmaHQ's own runner does: fewer than the
// count fail, more are only remarked on, and without a count there must be one.
func judge(t *testing.T, what string, r regression, n int) {
	t.Helper()
	want := 1
	if r.MatchCount != nil {
		want = *r.MatchCount
	}
	switch {
	case n < want:
		t.Errorf("%s: %d findings, want %d", what, n, want)
	case n > want && r.MatchCount != nil:
		t.Logf("%s: %d findings, more than the %d that the test counts", what, n, want)
	}
}

func TestSigmaRegressionAlone(t *testing.T) {
	dir, list := regressions(t)
	content := shared.Dir(t, "content", "sigma")
	for _, r := range list {
		rules := load(t, filepath.Join(content, r.RulePath))
		for _, sample := range []string{r.Evtx, r.JSON} {
			found, _ := scan(t, engine.Scan{Paths: []string{filepath.Join(dir, sample)}, Rules: rules})
			judge(t, r.RulePath+" on "+filepath.Base(sample), r, len(found))
			for _, f := range found {
				if len(f.Why) == 0 {
					t.Errorf("%s on %s: a finding does not say why", r.RulePath, filepath.Base(sample))
				}
			}
		}
	}
}

func TestSigmaRegressionAllRules(t *testing.T) {
	dir, list := regressions(t)
	rules := load(t, shared.Dir(t, "content", "sigma"))
	perSample := map[string][]*finding.Finding{}
	found, _ := scan(t, engine.Scan{Paths: []string{filepath.Join(dir, "regression_data")}, Rules: rules})
	plain, _ := scan(t, engine.Scan{Paths: []string{filepath.Join(dir, "regression_data")}, Rules: rules, NoIndex: true})
	if !reflect.DeepEqual(ids(found), ids(plain)) {
		t.Errorf("%d findings with the index, %d without, or others", len(found), len(plain))
	}
	for _, f := range found {
		source := f.Evidence[0].Source
		perSample[source] = append(perSample[source], f)
	}
	for _, r := range list {
		var fired [2][]string
		for i, sample := range []string{r.Evtx, r.JSON} {
			n := 0
			for _, f := range perSample[filepath.Join(dir, sample)] {
				if f.Detection.ID == r.RuleID {
					n++
				}
				fired[i] = append(fired[i], f.Detection.ID)
			}
			sort.Strings(fired[i])
			judge(t, r.RulePath+" on "+filepath.Base(sample)+" among all rules", r, n)
		}
		if !reflect.DeepEqual(fired[0], fired[1]) {
			t.Errorf("%s: rules that fire on the EVTX and on its JSON twin differ:\n%v\n%v", r.RulePath, fired[0], fired[1])
		}
	}
}

func ids(list []*finding.Finding) []string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = fmt.Sprintf("%s %s %s:%d", f.ID, f.Detection.ID, f.Evidence[0].Source, f.Evidence[0].Record)
	}
	return out
}

// TestBuiltinRuleOnSyntheticEvents runs the built-in rule over every source shape and compares with the labels.
func TestBuiltinRuleOnSyntheticEvents(t *testing.T) {
	files, err := detection.FindIn(packs.Core, "builtin:")
	if err != nil {
		t.Fatal(err)
	}
	var rules []*compile.Rule
	for _, r := range compile.Files(files, compile.Options{}).Loaded() {
		if r.Detection.ID == "d2d642d7-b393-43fe-bae4-e81ed5915c4b" {
			rules = append(rules, r)
		}
	}
	if len(rules) != 1 {
		t.Fatalf("%d built-in rules have the id", len(rules))
	}
	labelled, err := filepath.Glob(filepath.Join(shared.Dir(t, "data", "synthetic", "at"), "*", "labels.json"))
	if err != nil || len(labelled) == 0 {
		t.Fatal("no labelled events", err)
	}
	for _, file := range labelled {
		var labels struct {
			Files   []string
			Records []struct {
				N     int
				ID    any
				Sigma bool `json:"seed_sigma"`
			}
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		if err := d.Decode(&labels); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, r := range labels.Records {
			if r.Sigma {
				want = append(want, fmt.Sprint(r.ID))
			}
		}
		sort.Strings(want)
		for _, name := range labels.Files {
			path := filepath.Join(filepath.Dir(file), name)
			found, report := scan(t, engine.Scan{Paths: []string{path}, Rules: rules})
			got := []string{}
			for _, f := range found {
				got = append(got, ownID(f))
			}
			sort.Strings(got)
			if strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s (%+v):\n got %v\nwant %v", path, report.Inputs, got, want)
			}
		}
	}
}

// ownID returns the number by which the product itself knows the event.
func ownID(f *finding.Finding) string {
	for _, name := range []string{"ReportId", "id", "serial", "EventRecordID"} {
		if v := f.Fields.Get(name); !v.IsNull() {
			return v.Text()
		}
	}
	return fmt.Sprint(f.Evidence[0].Record)
}
