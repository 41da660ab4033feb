package sigma_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"goshawk/diag"
	"goshawk/internal/shared"
	"goshawk/lang/sigma"
	"goshawk/plan"
	"goshawk/plan/eval"
	"goshawk/plan/plantest"
)

// oracleCase is one line of the shared conformance cases.
type oracleCase struct {
	Name, Group, Rule, Target, Error, Why string
	Events                                []struct {
		Data      json.RawMessage
		Raw       string
		LogSource *struct{ Category, Product, Service string }
	}
	Matches      []bool
	Placeholders map[string][]string
}

// TestOracle holds what Parse and Lower say against the shared conformance cases: verdicts for each event, and refusals with
// a code and a place. Verdicts of correlations and of rules under filters are not those of single rules and are left out;
// their refusals are not.
func TestOracle(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "oracles", "sigma-cases"), "*.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	verdicts, refusals := 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var c oracleCase
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			t.Run(filepath.Base(file)+"/"+c.Name, func(t *testing.T) {
				if c.Error != "" {
					refusals++
					refused(t, c)
					return
				}
				verdicts += accepted(t, c)
			})
		}
	}
	t.Logf("%d verdicts, %d refusals", verdicts, refusals)
	if verdicts == 0 || refusals == 0 {
		t.Error("no verdicts or no refusals were checked")
	}
}

func refused(t *testing.T, c oracleCase) {
	file, list := sigma.Parse(&diag.Source{Name: c.Name + ".yml", Text: c.Rule})
	list = append(list, sigma.CheckReferences(file)...)
	for _, rule := range file.Rules() {
		_, more := sigma.Lower(rule, sigma.Env{Placeholders: c.Placeholders})
		list = append(list, more...)
	}
	if !list.Failed() {
		t.Fatalf("not refused: %s\n%s", c.Why, c.Rule)
	}
	for _, d := range list {
		checkPlace(t, d)
	}
}

// checkPlace fails if a diagnostic lacks a code or a place inside its text.
func checkPlace(t *testing.T, d diag.Diagnostic) {
	t.Helper()
	if d.Code == "" || d.Source == nil || d.Message == "" {
		t.Errorf("diagnostic without code, source or message: %+v", d)
	} else if d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(d.Source.Text) {
		t.Errorf("span %v outside the text: %s", d.Span, d.Error())
	}
}

func accepted(t *testing.T, c oracleCase) (verdicts int) {
	file, list := sigma.Parse(&diag.Source{Name: c.Name + ".yml", Text: c.Rule})
	list = append(list, sigma.CheckReferences(file)...)
	if list.Failed() {
		t.Fatalf("refused:\n%s\n%s", list.Error(), c.Rule)
	}
	only := true
	for _, d := range file.Documents {
		only = only && d.Rule != nil
	}
	if !only {
		return 0
	}
	rules := file.Rules()
	target := rules[len(rules)-1]
	for _, rule := range rules {
		if c.Target != "" && rule.Name.Text == c.Target {
			target = rule
		}
	}
	node, list := sigma.Lower(target, sigma.Env{Placeholders: c.Placeholders})
	if list.Failed() {
		t.Fatalf("refused:\n%s\n%s", list.Error(), c.Rule)
	}
	program := compile(t, node)
	for i, e := range c.Events {
		row, err := plantest.Object(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		got := program.Verdict(&eval.Row{Record: row, Raw: []byte(e.Raw), FreeText: e.Raw != ""})
		if got == eval.Unknown {
			t.Errorf("event %d: %s: verdict is null; a rule is true or false\n%s", i, e.Data, plan.String(node))
		}
		in := e.LogSource == nil || target.LogSource.Contains(sigma.LogSource{
			Category: e.LogSource.Category, Product: e.LogSource.Product, Service: e.LogSource.Service})
		if (got == eval.True && in) != c.Matches[i] {
			t.Errorf("event %d: %s: got %v, want %v: %s\n%s\n%s", i, e.Data, got, c.Matches[i], c.Why, c.Rule, plan.String(node))
		}
		verdicts++
	}
	return verdicts
}

func compile(t testing.TB, node plan.Node) *eval.Program {
	t.Helper()
	program, err := eval.Compile(node.(*plan.Filter).Where, func(*plan.Column) int { return -1 })
	if err != nil {
		t.Fatalf("plan does not compile: %v\n%s", err, plan.String(node))
	}
	return program
}
