package prove_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/internal/shared"
	"goshawk/lang/sigma"
	"goshawk/prove"
	"goshawk/source"
	"goshawk/taxonomy"
)

var update = flag.Bool("update", false, "write what happens into the cases")

// TestSuites runs the suites of testdata/suites: each an archive of rules, tests, data and exclusions, with what is to come of them.
func TestSuites(t *testing.T) {
	files, _ := filepath.Glob("testdata/suites/*.txtar")
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			folder := t.TempDir()
			want := -1
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				name := filepath.Join(folder, f.Name)
				if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, f.Data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got := results(t, folder)
			if *update {
				if want < 0 {
					archive.Files = append(archive.Files, txtar.File{Name: "want"})
					want = len(archive.Files) - 1
				}
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 || got != string(archive.Files[want].Data) {
				t.Errorf("got\n%s", got)
			}
		})
	}
}

// results runs everything in a folder and tells what came of it.
func results(t *testing.T, folder string) string {
	t.Helper()
	var excluded []*detection.Exclusion
	if at := exclusion.Beside(folder); at != "" {
		read, err := exclusion.Load([]string{at})
		if err != nil {
			t.Fatal(err)
		}
		list, complaints := exclusion.All(read)
		if complaints.Failed() {
			t.Fatal(complaints)
		}
		excluded = list
	}
	set, err := compile.Load([]string{folder}, compile.Options{Exclusions: excluded})
	if err != nil {
		t.Fatal(err)
	}
	suites, complaints, err := prove.FindSuites([]string{folder})
	if err != nil || complaints.Failed() {
		t.Fatal(err, complaints)
	}
	o := prove.Options{Rules: set.Rules, Suites: suites, Folders: []string{folder}, Taxonomy: taxonomy.Default(), Exclusions: excluded,
		Reload: func(r *compile.Rule, with prove.Beside) (*compile.Rule, error) {
			options := compile.Options{Exclusions: with.Exclusions}
			for _, name := range with.Pipelines {
				text, err := os.ReadFile(name)
				if err != nil {
					return nil, err
				}
				p, list := sigma.ReadPipeline(&diag.Source{Name: name, Text: string(text)}, sigma.PipelineOptions{})
				if list.Failed() {
					return nil, list
				}
				options.Pipelines = append(options.Pipelines, p)
			}
			set, err := compile.Load(append(r.Files(), with.Filters...), options)
			if err != nil {
				return nil, err
			}
			return compile.One(set.Rules, r.Detection.ID)
		}}
	var b strings.Builder
	if err := prove.Run(context.Background(), o, func(r prove.Result) error {
		if r.Kind == prove.Validation && r.Verdict == prove.Pass {
			return nil
		}
		fmt.Fprintf(&b, "%s %s %s: %s: %s\n", r.Verdict, r.Kind, r.Rule.Detection.Title, r.Test, r.Reason)
		for _, d := range r.Details {
			fmt.Fprintf(&b, "  %s\n", d)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), folder+string(filepath.Separator), "")
}

// TestHunts runs the built-in hunt over data that supports it, data that refutes it, and data that can show nothing.
func TestHunts(t *testing.T) {
	set := core(t)
	suites := coreSuites(t)
	linux := func(lines ...string) string {
		file := filepath.Join(t.TempDir(), "audit.jsonl")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	event := func(host, image, user string) string {
		return fmt.Sprintf(`{"Event":{"System":{"Provider":{"#attributes":{"Name":"Linux-Sysmon"}},"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-05-12T10:00:00Z"}},`+
			`"EventRecordID":1,"Channel":"Linux-Sysmon/Operational","Computer":%q},"EventData":{"UtcTime":"2026-05-12 10:00:00.000","Image":%q,"CommandLine":"x","User":%q}}}`, host, image, user)
	}
	ended := strings.Replace(event("b", "/usr/bin/true", "root"), `"EventID":1`, `"EventID":5`, 1)
	for name, c := range map[string]struct {
		lines []string
		want  prove.Conclusion
	}{
		"found":        {[]string{event("a", "/usr/bin/at", "root"), event("b", "/bin/ls", "root")}, prove.Supported},
		"nothing":      {[]string{event("a", "/bin/ls", "root"), event("b", "/bin/ls", "root")}, prove.Refuted},
		"a blind host": {[]string{event("a", "/bin/ls", "root"), ended}, prove.Inconclusive},
		"no telemetry": {[]string{ended}, prove.Inconclusive},
		"empty fields": {[]string{event("a", "/bin/ls", "-"), event("a", "/bin/ls", "")}, prove.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			h := prove.Hunting{Hunt: suites.Hunts[0], Suite: suites, Rules: set.Rules, Paths: []string{linux(c.lines...)}, Source: source.Options{}, Taxonomy: taxonomy.Default()}
			r, err := h.Run(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if r.Conclusion != c.want {
				t.Errorf("it is %s, want %s: %s", r.Conclusion, c.want, strings.Join(r.Reasons, "; "))
			}
		})
	}
}

// TestHuntQueriesAgree runs the built-in hunt over the made-up at events of every source: the queries that do not ask for Linux find the
// same number of events, and the rule no more than they do.
func TestHuntQueriesAgree(t *testing.T) {
	s := coreSuites(t)
	h := prove.Hunting{Hunt: s.Hunts[0], Suite: s, Rules: core(t).Rules, Paths: []string{shared.Dir(t, "data", "synthetic", "at")}, Taxonomy: taxonomy.Default()}
	r, err := h.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	most, linux := 0, 0
	for _, q := range r.Queries {
		if q.Refusal != "" {
			t.Fatalf("%s: %s", q.Name, q.Refusal)
		}
		if q.Rule.Detection.Language == detection.Sigma {
			linux = q.Events
			continue
		}
		if most != 0 && q.Events != most {
			t.Errorf("%s finds %d events, another %d", q.Name, q.Events, most)
		}
		most = q.Events
	}
	if linux == 0 || linux > most || r.Events != most {
		t.Errorf("the rule finds %d events, the queries %d, all together %d", linux, most, r.Events)
	}
}

// TestCensusThreads: what each host sent does not depend on the number of workers.
func TestCensusThreads(t *testing.T) {
	set := core(t)
	var first string
	for threads := 1; threads <= 3; threads++ {
		c := &engine.Census{Tables: []engine.CensusTable{{Table: "sigma/process_creation/linux/*", Columns: []string{"user.account"}}}}
		s := &engine.Scan{Paths: []string{"../examples/at"}, Rules: set.Loaded(), Taxonomy: taxonomy.Default(), Threads: threads, Census: c,
			Finding: ignore}
		if _, err := s.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, name := range sorted(c.Hosts) {
			fmt.Fprintf(&b, "%s %+v\n", name, *c.Hosts[name])
		}
		if first == "" {
			first = b.String()
		} else if first != b.String() {
			t.Errorf("%d workers: %s\none: %s", threads, b.String(), first)
		}
	}
	if !strings.Contains(first, "Events:") {
		t.Error("no host was counted")
	}
}
