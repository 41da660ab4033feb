package sigma_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"testing"
	"time"

	"goshawk/diag"
	"goshawk/internal/shared"
	"goshawk/lang/sigma"
	"goshawk/plan"
)

// corpus returns the published rules below a folder, each as a source named by its path in the shared material.
func corpus(t testing.TB, folders ...string) []*diag.Source {
	t.Helper()
	root := shared.Dir(t, "content", "sigma")
	var list []*diag.Source
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
				return err
			}
			data, err := os.ReadFile(path)
			name, _ := filepath.Rel(root, path)
			list = append(list, &diag.Source{Name: name, Text: string(data)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(list) == 0 {
		t.Fatalf("no rules in %v", folders)
	}
	return list
}

// active are the folders of rules that are meant to be used.
func active(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(shared.Dir(t, "content", "sigma"))
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() && (e.Name() == "deprecated" || strings.HasPrefix(e.Name(), "rules")) {
			folders = append(folders, e.Name())
		}
	}
	return folders
}

// load reads and lowers a source.
func load(src *diag.Source, env sigma.Env) (rules int, nodes []plan.Node, list diag.List) {
	file, list := sigma.Parse(src)
	for _, rule := range file.Rules() {
		node, more := sigma.Lower(rule, env)
		list = append(list, more...)
		rules++
		if node != nil {
			nodes = append(nodes, node)
		}
	}
	return rules, nodes, list
}

// TestPublishedRules loads the published rules that are in use. Refused may be only what says in its own text that it cannot
// run as it is: placeholders without values, and the aggregations of former times.
func TestPublishedRules(t *testing.T) {
	codes := map[string]int{}
	rules, lowered := 0, 0
	for _, src := range corpus(t, active(t)...) {
		n, nodes, list := load(src, sigma.Env{})
		rules += n
		lowered += len(nodes)
		refused := false
		for _, d := range list {
			codes[d.Severity.String()+" "+d.Code]++
			checkPlace(t, d)
			if d.Severity != diag.Error {
				continue
			}
			refused = true
			switch {
			case d.Code == "sigma-unresolved-placeholder" && strings.Contains(src.Text, "|expand"):
			case d.Code == "sigma-aggregation" && strings.Contains(src.Text, " | "), d.Code == "sigma-timeframe":
			default:
				t.Errorf("refused: %s", d.Error())
			}
		}
		if refused == (len(nodes) == n) {
			t.Errorf("%s: %d of %d rules lowered, refused %v", src.Name, len(nodes), n, refused)
		}
		for _, node := range nodes {
			compile(t, node)
		}
	}
	t.Logf("%d rules, %d lowered", rules, lowered)
	logCounts(t, codes)
}

// TestPlaceholders loads the rules that want placeholders with a value for each.
func TestPlaceholders(t *testing.T) {
	found := 0
	for _, src := range corpus(t, active(t)...) {
		if !strings.Contains(src.Text, "|expand") {
			continue
		}
		found++
		env := sigma.Env{Placeholders: map[string][]string{}}
		for i, part := range strings.Split(src.Text, "%") {
			if i%2 == 1 {
				env.Placeholders[part] = []string{"value", "pre*"}
			}
		}
		if _, _, list := load(src, env); list.Failed() {
			t.Errorf("refused: %v", list)
		}
	}
	if found == 0 {
		t.Error("no rule with placeholders")
	}
}

// TestUnsupportedRules loads what the publisher keeps apart as not supported. Whatever of it is refused is refused with a
// code, at a place that is not just the beginning of the file.
func TestUnsupportedRules(t *testing.T) {
	codes := map[string]int{}
	rules, refused := 0, 0
	for _, src := range corpus(t, "unsupported") {
		n, nodes, list := load(src, sigma.Env{})
		rules += n
		refused += n - len(nodes)
		if n > len(nodes) != list.Failed() {
			t.Errorf("%s: %d of %d rules lowered, errors %v", src.Name, len(nodes), n, list.Failed())
		}
		for _, d := range list {
			codes[d.Severity.String()+" "+d.Code]++
			checkPlace(t, d)
			if d.Severity == diag.Error && d.Span.End == 0 {
				t.Errorf("no place: %s", d.Error())
			}
		}
	}
	t.Logf("%d rules, %d refused", rules, refused)
	logCounts(t, codes)
}

func logCounts(t *testing.T, counts map[string]int) {
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		t.Logf("%6d %s", counts[name], name)
	}
}

// BenchmarkLoad reads, parses and lowers all published rules that are in use, from files, on one core.
func BenchmarkLoad(b *testing.B) {
	folders := active(b)
	var kept [][]plan.Node
	for b.Loop() {
		kept = kept[:0]
		for _, src := range corpus(b, folders...) {
			_, nodes, _ := load(src, sigma.Env{})
			kept = append(kept, nodes)
		}
	}
	b.ReportAllocs()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-kept")
	runtime.KeepAlive(kept)
}

// BenchmarkParse and BenchmarkLower say how the time of loading is shared.
func BenchmarkParse(b *testing.B) {
	sources := corpus(b, active(b)...)
	for b.Loop() {
		for _, src := range sources {
			sigma.Parse(src)
		}
	}
	b.ReportAllocs()
}

func BenchmarkLower(b *testing.B) {
	var rules []*sigma.Rule
	for _, src := range corpus(b, active(b)...) {
		file, _ := sigma.Parse(src)
		rules = append(rules, file.Rules()...)
	}
	start := time.Now()
	n := 0
	for b.Loop() {
		for _, rule := range rules {
			sigma.Lower(rule, sigma.Env{})
			n++
		}
	}
	b.ReportMetric(float64(time.Since(start).Microseconds())/float64(n), "µs/rule")
	b.ReportAllocs()
}
