package engine_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/finding"
	"goshawk/internal/shared"
	"goshawk/packs"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// atRules compiles the built-in detections, and those of files, with exclusions.
func atRules(t *testing.T, exclusions []*detection.Exclusion, paths ...string) []*compile.Rule {
	t.Helper()
	core, err := fs.Sub(packs.Core, "core")
	if err != nil {
		t.Fatal(err)
	}
	files, err := detection.FindIn(core, "builtin:")
	if err != nil {
		t.Fatal(err)
	}
	more, _, err := detection.Find(paths)
	if err != nil {
		t.Fatal(err)
	}
	set := compile.Files(append(files, more...), compile.Options{Exclusions: exclusions})
	for _, r := range set.Rules {
		for _, d := range r.Diagnostics {
			if r.Refused || d.Code == compile.CodeUnapplied {
				t.Fatalf("%s: %s", r.Detection.Path, d.Render())
			}
		}
	}
	return set.Loaded()
}

// readExclusions reads exclusions that must be right.
func readExclusions(t *testing.T, text string) []*detection.Exclusion {
	t.Helper()
	f := exclusion.Read(&diag.Source{Name: "exclusions.yml", Text: text})
	if len(f.Diagnostics) > 0 {
		t.Fatal(f.Diagnostics.Error())
	}
	return f.Exclusions
}

// atSources are the folders of the data, each with the first of its files: the others hold the same events.
func atSources(t *testing.T) map[string]string {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join(shared.Dir(t, "data", "synthetic", "at"), "*", "labels.json"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no data: %v", err)
	}
	sources := map[string]string{}
	for _, labels := range folders {
		files, err := filepath.Glob(filepath.Join(filepath.Dir(labels), "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if file != labels {
				sources[filepath.Base(filepath.Dir(labels))] = file
				break
			}
		}
	}
	return sources
}

// nameOf is what the tests call a rule.
func nameOf(r *compile.Rule) string {
	if id := r.Detection.ID; id != "" {
		return id[:8]
	}
	return strings.TrimSuffix(filepath.Base(r.Detection.Path), filepath.Ext(r.Detection.Path))
}

// TestExclusionOfEachKind applies one predicate, written in four languages, to detections in three: the same events are suppressed, by one
// exclusion or by all of them, each event once, whoever counts.
func TestExclusionOfEachKind(t *testing.T) {
	sources := atSources(t)
	cases, err := filepath.Glob("testdata/exclusions/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range cases {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		want := ""
		for _, f := range archive.Files {
			if f.Name == "suppressed" {
				want = string(f.Data)
			} else {
				texts = append(texts, string(f.Data))
			}
		}
		total := int64(0)
		for line := range strings.Lines(want) {
			total += int64(len(strings.Fields(line)) - 2)
		}
		if total == 0 {
			t.Fatalf("%s suppresses nothing", path)
		}
		for i, text := range append(texts, strings.Join(texts, "---\n")) {
			exclusions := readExclusions(t, text)
			rules := atRules(t, exclusions)
			what := fmt.Sprintf("%s/%s", filepath.Base(path), exclusions[0].Kind())
			if i == len(texts) {
				what = filepath.Base(path) + "/all"
			}
			for _, how := range []engine.Scan{{Threads: 1}, {Threads: 2}, {Threads: 3}, {Threads: 2, NoIndex: true}} {
				var lines []string
				counted, each := int64(0), map[string]int64{}
				for source, file := range sources {
					records := map[string]string{}
					how.Paths, how.Rules = []string{file}, rules
					how.Suppressed = func(s *engine.Suppressed) error {
						if len(s.By) != len(exclusions)-len(behind(s.Rule)) && !slices.Equal(s.By, behind(s.Rule)) {
							t.Errorf("%s: record %d is suppressed by %v", what, s.Finding.Evidence[0].Record, s.By)
						}
						for _, e := range s.Finding.Evidence {
							records[nameOf(s.Rule)] += fmt.Sprint(" ", e.Record)
						}
						return nil
					}
					_, report := scan(t, how)
					counted += report.SuppressedMatches
					for _, s := range report.Suppressions {
						if len(exclusions) > 1 && slices.Contains(behind(s.Rule), s.Why) {
							continue
						}
						each[s.Why] += s.Matches
						if (s.Matches > 0) != (s.First > 0 && s.Last >= s.First) {
							t.Errorf("%s: %s suppressed %d matches from %d to %d", what, s.Why, s.Matches, s.First, s.Last)
						}
					}
					for rule, list := range records {
						lines = append(lines, source+" "+rule+list+"\n")
					}
				}
				slices.Sort(lines)
				wanted := slices.Sorted(strings.Lines(want))
				if diff := cmp.Diff(wanted, lines); diff != "" {
					t.Errorf("%s, %d threads (-want +got)\n%s", what, how.Threads, diff)
				}
				if counted != total {
					t.Errorf("%s: %d matches counted, want %d", what, counted, total)
				}
				for why, n := range each {
					if n != total {
						t.Errorf("%s: %s counts %d matches, want %d", what, why, n, total)
					}
				}
			}
		}
	}
}

// behind are the exclusions on rows that a rule gathers: where others take an event before it becomes part of a row, they do not see it.
func behind(r *compile.Rule) (why []string) {
	if r.Single {
		return nil
	}
	for _, x := range r.Exclusions {
		if x.Over == "rows" {
			why = append(why, x.Why())
		}
	}
	return why
}

// conditionsAt are conditions about the data, in the languages of exclusions, of which predicates are made at random.
var conditionsAt = map[string][]string{
	"where": {"user.name in (root, admin)", "user.name != root", "process.command_line contains backup", "process.command_line startswith \"at -f\"", "process.parent.executable endswith sh",
		"host.name exists", "user.name not exists", "process.pid > 4000", "time within 00:00-12:00", "time not within 08:00-09:30 Europe/Berlin", "process.command_line matches \"[0-9]{2}:[0-9]{2}\"", "process.executable not in (/usr/bin/at, /usr/sbin/atd)"},
	"spl": {"user=root", "NOT user=root", "process=\"*backup*\"", "user!=root", "process_name IN (at, atd)", "process=*"},
	"kql": {`ActorUsername =~ "root"`, `ActorUsername != "root"`, `TargetProcessCommandLine has "at"`, `TargetProcessCommandLine contains "/delete"`, `isempty(ActorUsername)`, `TargetProcessName endswith "at"`},
}

// TestWithAndSuppressed asks of random predicates that what is found with an exclusion and what it suppresses is what is found without.
func TestWithAndSuppressed(t *testing.T) {
	sources := atSources(t)
	var paths []string
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range sources {
			if !yield(name) {
				return
			}
		}
	}) {
		paths = append(paths, sources[name])
	}
	without := atRules(t, nil, "testdata/exclusions/rules")
	before, _ := scan(t, engine.Scan{Paths: paths, Rules: without, Threads: 2})
	rounds := 60
	if testing.Short() {
		rounds = 12
	}
	suppressedAtAll := 0
	random := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		kind := []string{"where", "spl", "kql"}[random.IntN(3)]
		list := conditionsAt[kind]
		pick := func() string { return list[random.IntN(len(list))] }
		text := pick()
		switch random.IntN(3) {
		case 1:
			text += map[string]string{"where": " and ", "spl": " ", "kql": " and "}[kind] + pick()
		case 2:
			text += map[string]string{"where": " or ", "spl": " OR ", "kql": " or "}[kind] + pick()
		}
		table := ""
		if kind == "kql" {
			table = "table: ProcessEvent\n"
		}
		exclusions := readExclusions(t, "id: ex-random\nreason: test\nowner: test\nscope: {all: true}\n"+table+kind+": "+fmt.Sprintf("'%s'", strings.ReplaceAll(text, "'", "''"))+"\n")
		set := compile.Options{Exclusions: exclusions}
		more, _, err := detection.Find([]string{"testdata/exclusions/rules"})
		if err != nil {
			t.Fatal(err)
		}
		core, _ := fs.Sub(packs.Core, "core")
		builtin, err := detection.FindIn(core, "builtin:")
		if err != nil {
			t.Fatal(err)
		}
		rules := compile.Files(append(builtin, more...), set).Loaded()
		kept := map[string]bool{} // rules that answer event by event: of others what is found changes with what goes in
		for _, r := range rules {
			if r.Single && len(r.Exclusions) > 0 {
				kept[nameOf(r)] = true
			}
		}
		var suppressed []*finding.Finding
		after, report := scan(t, engine.Scan{Paths: paths, Rules: rules, Threads: 1 + random.IntN(3), Suppressed: func(s *engine.Suppressed) error {
			if kept[nameOf(s.Rule)] {
				suppressed = append(suppressed, s.Finding)
			}
			return nil
		}})
		count := func(list ...[]*finding.Finding) map[string]int {
			n := map[string]int{}
			for _, part := range list {
				for _, f := range part {
					name := filepath.Base(f.Detection.Path)
					if f.Detection.ID != "" {
						name = f.Detection.ID[:8]
					} else {
						name = strings.TrimSuffix(name, filepath.Ext(name))
					}
					if kept[name] {
						n[name+" "+f.ID]++
					}
				}
			}
			return n
		}
		if diff := cmp.Diff(count(before), count(after, suppressed)); diff != "" {
			t.Fatalf("%s: %s\nwithout the exclusion -, with it and suppressed +\n%s", kind, text, diff)
		}
		if len(kept) < 2 {
			t.Errorf("%s: %s is applied to %v only", kind, text, kept)
		}
		suppressedAtAll += len(suppressed)
		if int64(len(suppressed)) > report.SuppressedMatches {
			t.Errorf("%d findings suppressed, %d counted", len(suppressed), report.SuppressedMatches)
		}
	}
	if suppressedAtAll == 0 {
		t.Error("no predicate suppressed anything")
	}
}
