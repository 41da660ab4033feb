package detection_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/detection"
	"goshawk/internal/shared"
)

const splunkRule = "name: X\nid: 1\ntype: TTP\nsearch: index=a\n"

// checkout is a small one, with everything that may lie in it and much that may not.
var checkout = map[string]string{
	"escu/detections/endpoint/x.yml":              splunkRule,
	"escu/detections/endpoint/broken.yml":         "name: [\n",
	"escu/detections/endpoint/sigma.yml":          rule,
	"escu/removed/detections/old.yml":             splunkRule,
	"escu/baselines/b.yml":                        "name: B\ntype: Baseline\nsearch: index=a\n",
	"escu/macros/m.yml":                           "name: m\ndefinition: index=a\n",
	"escu/macros/broken.yml":                      "name: m\ndefinition\n",
	"escu/lookups/l.yml":                          "name: l\nfilename: l.csv\n",
	"escu/lookups/l.csv":                          "a,b\n",
	"escu/stories/s.yml":                          "name: s\nnarrative: |-\n  detection:\n",
	"escu/data_sources/d.yml":                     "name: d\nsource: x\nsourcetype: y\nexample_log: |-\n  filter: a\n",
	"escu/deployments/ttp.yml":                    "name: t\nscheduling:\n  cron_schedule: 0 * * * *\ntype: TTP\n",
	"escu/schedules/s.yml":                        "name: t\ncron_schedule: 0 * * * *\n",
	"escu/investigations/i.yml":                   "name: i\ntype: Investigation\nsearch: index=a\n",
	"escu/contentctl.yml":                         "path: .\n",
	"escu/docs/spec.yml":                          "name:\n  type: str\nsearch:\n  type: str\n",
	"apps/mine/default/savedsearches.conf":        "[a]\nsearch = index=a\n",
	"apps/mine/default/macros.conf":               "[m]\ndefinition = x\n",
	"apps/mine/default/app.conf":                  "[install]\n",
	"apps/mine/local/savedsearches.conf":          "[a]\ndisabled = 1\n",
	"loose/hunt.spl":                              "index=a | stats count\n",
	"loose/x.yml":                                 splunkRule,
	"sigma/r.yml":                                 rule,
	"only/macros.conf":                            "[m]\ndefinition = x\n",
	"indented/r.yml":                              "  name: X\n  logsource: {product: windows}\n  detection: {}\n",
	"escu/stories/deprecated/empty.yml":           "",
	"escu/detections/endpoint/.hidden/ignore.yml": splunkRule,
}

func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// story tells what was found, one line a file, with the parts of each content.
func story(folder string, files []detection.File, skipped []detection.Skipped) string {
	short := func(name string) string {
		if rel, err := filepath.Rel(folder, name); err == nil {
			return filepath.ToSlash(rel)
		}
		return name
	}
	var lines []string
	told := map[*detection.Content]bool{}
	for _, f := range files {
		lines = append(lines, fmt.Sprintf("%s %s", f.Language, short(f.Source.Name)))
		if f.Content == nil || told[f.Content] {
			continue
		}
		told[f.Content] = true
		lines = append(lines, "  in "+short(f.Content.Root))
		for _, p := range f.Content.Parts {
			context := ""
			if p.Context {
				context = " (context)"
			}
			lines = append(lines, fmt.Sprintf("    %s: %s%s", p.Path, p.Role, context))
		}
	}
	var rest []string
	for _, s := range skipped {
		rest = append(rest, fmt.Sprintf("skipped %s: %.30s", short(s.Path), s.Reason))
	}
	sort.Strings(rest)
	return strings.Join(append(lines, rest...), "\n")
}

func TestContent(t *testing.T) {
	folder := lay(t, checkout)
	context := `    baselines/b.yml: baseline (context)
    data_sources/d.yml: data source (context)
    deployments/ttp.yml: deployment (context)
`
	rest := `    lookups/l.yml: lookup (context)
    macros/broken.yml: macro (context)
    macros/m.yml: macro (context)
`
	end := `    schedules/s.yml: deployment (context)
    stories/s.yml: story (context)`
	for name, want := range map[string]string{
		"escu": `spl escu/baselines/b.yml
  in escu
    baselines/b.yml: baseline
    data_sources/d.yml: data source
    deployments/ttp.yml: deployment
    detections/endpoint/broken.yml: detection
    detections/endpoint/x.yml: detection
    lookups/l.yml: lookup
    macros/broken.yml: macro
    macros/m.yml: macro
    removed/detections/old.yml: detection
    schedules/s.yml: deployment
    stories/s.yml: story
spl escu/detections/endpoint/broken.yml
sigma escu/detections/endpoint/sigma.yml
spl escu/detections/endpoint/x.yml
spl escu/removed/detections/old.yml
skipped escu/contentctl.yml: no detection: none of the keys
skipped escu/docs/spec.yml: its name is a map: it describe
skipped escu/investigations/i.yml: an investigation, which a pers
skipped escu/stories/deprecated/empty.yml: the file is empty`,
		"escu/detections/endpoint/x.yml": `spl escu/detections/endpoint/x.yml
  in escu
` + context + `    detections/endpoint/x.yml: detection
` + rest + end,
		"escu/detections/endpoint": `spl escu/detections/endpoint/broken.yml
  in escu
` + context + `    detections/endpoint/broken.yml: detection
    detections/endpoint/x.yml: detection
` + rest + end + `
sigma escu/detections/endpoint/sigma.yml
spl escu/detections/endpoint/x.yml`,
		"escu/detections/endpoint/broken.yml": `spl escu/detections/endpoint/broken.yml
  in escu
` + context + `    detections/endpoint/broken.yml: detection
` + rest + end,
		"escu/removed/detections/old.yml": `spl escu/removed/detections/old.yml
  in escu
` + context + rest + `    removed/detections/old.yml: detection
` + end,
		"apps": `spl apps/mine/default/savedsearches.conf
  in apps/mine
    default/macros.conf: macros
    default/savedsearches.conf: saved searches
    local/savedsearches.conf: saved searches
spl apps/mine/local/savedsearches.conf`,
		"apps/mine/default/savedsearches.conf": `spl apps/mine/default/savedsearches.conf
  in apps/mine
    default/macros.conf: macros (context)
    default/savedsearches.conf: saved searches
    local/savedsearches.conf: saved searches (context)`,
		"apps/mine/local": `spl apps/mine/local/savedsearches.conf
  in apps/mine
    default/macros.conf: macros (context)
    default/savedsearches.conf: saved searches (context)
    local/savedsearches.conf: saved searches`,
		"loose": `spl loose/hunt.spl
  in loose
    hunt.spl: query
    x.yml: detection
spl loose/x.yml`,
		"loose/x.yml": `spl loose/x.yml
  in loose
    x.yml: detection`,
		"only":           "skipped only/macros.conf: it holds what detections refer",
		"indented/r.yml": "sigma indented/r.yml",
	} {
		files, skipped, err := detection.Find([]string{filepath.Join(folder, filepath.FromSlash(name))})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := story(folder, files, skipped); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
	}
	for name, reason := range map[string]string{
		"escu/macros/m.yml":        "it holds what detections refer to (macro)",
		"escu/lookups/l.csv":       "it holds what detections refer to (table)",
		"escu/contentctl.yml":      "no detection",
		"escu/investigations":      "",
		"apps/mine/default/x.conf": "no such file",
	} {
		if _, _, err := detection.Find([]string{filepath.Join(folder, filepath.FromSlash(name))}); (err == nil) != (reason == "") || err != nil && !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestContentOfSeveral names two files of one checkout and the checkout itself: it stays one content, each file once.
func TestContentOfSeveral(t *testing.T) {
	folder := lay(t, checkout)
	one := filepath.Join(folder, "escu", "detections", "endpoint", "x.yml")
	for _, paths := range [][]string{{one, one}, {one, filepath.Join(folder, "escu")}, {filepath.Join(folder, "escu"), one}} {
		files, _, err := detection.Find(paths)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, f := range files {
			if f.Language == detection.SPL && (f.Content != files[0].Content || seen[f.Source.Name]) {
				t.Errorf("%v: %s twice, or of a content of its own", paths, f.Source.Name)
			}
			seen[f.Source.Name] = true
		}
		if paths[0] == paths[1] && len(files) != 1 {
			t.Errorf("%v: %d files", paths, len(files))
		}
	}
}

// TestRelativeNames reads a detection from within its folder: the context is named as the user would write it.
func TestRelativeNames(t *testing.T) {
	folder := lay(t, checkout)
	t.Chdir(filepath.Join(folder, "escu", "detections", "endpoint"))
	for _, name := range []string{"x.yml", "./x.yml", "."} {
		files, _, err := detection.Find([]string{name})
		if err != nil || len(files) == 0 || files[0].Content.Root != filepath.Join("..", "..") {
			t.Errorf("%s: %v %v", name, files, err)
			continue
		}
		for _, p := range files[0].Content.Parts {
			if p.Path == "macros/m.yml" && p.Source.Name != filepath.Join("..", "..", "macros", "m.yml") {
				t.Errorf("%s: the macro is called %s", name, p.Source.Name)
			}
		}
	}
}

func TestContentOf(t *testing.T) {
	folder := lay(t, checkout)
	for name, want := range map[string]string{"only": "macros.conf", "only/macros.conf": "macros.conf", "escu/macros/m.yml": "m.yml", "escu/lookups": "l.csv l.yml", "escu/lookups/l.csv": "l.csv", "apps/mine": "default/macros.conf default/savedsearches.conf local/savedsearches.conf"} {
		c, _, err := detection.ContentOf(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var paths []string
		for _, p := range c.Parts {
			paths = append(paths, p.Path)
		}
		if got := strings.Join(paths, " "); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if _, _, err := detection.ContentOf(filepath.Join(folder, "sigma", "r.yml")); err == nil {
		t.Error("a Sigma rule is content of Splunk")
	}
}

func TestFindIn(t *testing.T) {
	fsys := fstest.MapFS{}
	for name, text := range checkout {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	files, err := detection.FindIn(fsys, "pack:")
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string]bool{}
	for _, f := range files {
		if !strings.HasPrefix(f.Source.Name, "pack:") {
			t.Error(f.Source.Name)
		}
		if f.Content != nil {
			contents[f.Content.Root] = true
		}
	}
	if len(contents) != 3 || !contents["pack:escu"] || !contents["pack:apps/mine"] || !contents["pack:"] {
		t.Error(contents)
	}
}

// TestPublishedContent finds every YAML file of everything published: taken as a rule or a part, or skipped with a reason.
func TestPublishedContent(t *testing.T) {
	for _, name := range []string{"escu", "sigma"} {
		root := shared.Dir(t, "content", name)
		files, skipped, err := detection.Find([]string{root})
		if err != nil {
			t.Fatal(err)
		}
		known := map[string]bool{}
		for _, s := range skipped {
			known[s.Path] = s.Reason != ""
		}
		for _, f := range files {
			known[f.Source.Name] = true
			if (f.Language == detection.SPL) != (name == "escu") {
				t.Errorf("%s is taken for %s", f.Source.Name, f.Language)
			}
			if f.Content == nil {
				continue
			}
			for _, p := range f.Content.Parts {
				known[p.Source.Name] = true
				folder, _, _ := strings.Cut(p.Path, "/")
				if want := strings.TrimSuffix(strings.ReplaceAll(strings.ReplaceAll(folder, "_", " "), "stories", "storys"), "s"); string(p.Role) != want {
					t.Errorf("%s is taken for a %s", p.Path, p.Role)
				}
			}
		}
		if err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".yaml")) && !known[path] {
				t.Errorf("%s is lost", path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}
