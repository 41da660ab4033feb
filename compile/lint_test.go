package compile_test

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/shared"
	"goshawk/lang/sigma"
	"goshawk/plan"
)

// today is the day of the tests.
var today = time.Date(2026, 8, 6, 0, 0, 0, 0, time.UTC)

// lintOptions ask only the lints that wanted names; none: all of them.
func lintOptions(wanted ...string) compile.LintOptions {
	return compile.LintOptions{Sigma: sigma.LintOptions{Today: today}, Wanted: func(code, _ string) bool { return len(wanted) == 0 || slices.Contains(wanted, code) }}
}

func check(sources []*diag.Source, o compile.LintOptions) *compile.Set {
	var files []detection.File
	for _, src := range sources {
		files = append(files, detection.File{Source: src, Language: detection.Sigma})
	}
	set := compile.Files(files, compile.Options{})
	compile.Lint(set, o)
	return set
}

// TestLints runs a story for each lint. It is a txtar, named after the code, of what a person vouches for:
//
//	trips/FILE  rules that the lint remarks on
//	near/FILE   rules that are nearly so, and that it does not remark on
//	found       what it says of the former: file:line:column severity: message (hint)
//	fixed/FILE  what its fixes make of the former, where they change something
//
// A file whose name is followed by ", unended" ends without a line break.
func TestLints(t *testing.T) {
	for _, l := range compile.Lints() {
		t.Run(l.Code, func(t *testing.T) {
			archive, err := txtar.ParseFile(filepath.Join("testdata", "lint", l.Code+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			part := func(prefix string) (list []*diag.Source) {
				for _, f := range archive.Files {
					if name, ok := strings.CutPrefix(f.Name, prefix+"/"); ok {
						name, unended := strings.CutSuffix(name, ", unended")
						text := string(f.Data)
						if unended {
							text = strings.TrimSuffix(text, "\n")
						}
						list = append(list, &diag.Source{Name: name, Text: text})
					}
				}
				return list
			}
			trips, near := part("trips"), part("near")
			if len(trips) == 0 || len(near) == 0 {
				t.Fatal("a story needs rules that trip and rules that nearly do")
			}
			var got strings.Builder
			severity := diag.Info
			for _, r := range check(trips, lintOptions(l.Code)).Rules {
				for _, d := range r.Diagnostics {
					if d.Code != l.Code {
						continue
					}
					severity = min(severity, d.Severity)
					p := d.Position()
					fmt.Fprintf(&got, "%s:%d:%d %s: %s", d.Source.Name, p.Line, p.Column, d.Severity, d.Message)
					if d.Hint != "" {
						fmt.Fprintf(&got, " (%s)", d.Hint)
					}
					got.WriteByte('\n')
				}
			}
			want := ""
			for _, f := range archive.Files {
				if f.Name == "found" {
					want = string(f.Data)
				}
			}
			if diff := cmp.Diff(want, got.String()); diff != "" || want == "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if severity != l.Severity {
				t.Errorf("the table says %s, the gravest remark is %s", l.Severity, severity)
			}
			for _, r := range check(near, lintOptions(l.Code)).Rules {
				for _, d := range r.Diagnostics {
					if d.Code == l.Code {
						t.Errorf("near: %s", d.Error())
					}
				}
			}
			expected := map[string]string{}
			for _, f := range part("fixed") {
				expected[f.Name] = f.Text
			}
			if l.Fixes != (len(expected) > 0) {
				t.Errorf("the table says that it fixes: %v; files that it fixes: %d", l.Fixes, len(expected))
			}
			for _, src := range trips {
				want, ok := expected[src.Name]
				if !ok {
					want = src.Text
				}
				fixed, _ := compile.FixSigma(src, lintOptions(l.Code))
				if diff := cmp.Diff(want, fixed); diff != "" {
					t.Errorf("fixed %s (-want +got):\n%s", src.Name, diff)
				}
			}
		})
	}
	stories, _ := filepath.Glob(filepath.Join("testdata", "lint", "*.txtar"))
	if len(stories) != len(compile.Lints()) {
		t.Errorf("%d stories for %d lints", len(stories), len(compile.Lints()))
	}
}

// published returns the published Sigma rules, with their names from the root of the content.
func published(t testing.TB) (list []*diag.Source) {
	root := shared.Dir(t, "content", "sigma")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" || filepath.Base(filepath.Dir(path)) == "tests" {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(root, path)
		list = append(list, &diag.Source{Name: filepath.ToSlash(name), Text: string(text)})
		return err
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("%d rules: %v", len(list), err)
	}
	return list
}

// TestLintPublished asks all lints about all published rules, and prints how often each remarked.
func TestLintPublished(t *testing.T) {
	counts := map[string]int{}
	set := check(published(t), lintOptions())
	for _, r := range set.Rules {
		for _, d := range r.Diagnostics {
			if d.Severity != diag.Error {
				counts[d.Severity.String()+" "+d.Code]++
			}
			if d.Span.Start < 0 || d.Span.End > len(d.Source.Text) || d.Span.Start > d.Span.End {
				t.Errorf("%s: the place %v is not in the text", d.Error(), d.Span)
			}
			if d.Severity != diag.Error && !isLint(d.Code) {
				t.Errorf("%s is in no table", d.Error())
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%6d %s", counts[key], key)
	}
}

func isLint(code string) bool {
	return slices.ContainsFunc(compile.Lints(), func(l diag.Lint) bool { return l.Code == code })
}

// TestFixesKeepMeaning fixes all published rules: what is fixed has the plan that it had, and fixing it again changes nothing.
func TestFixesKeepMeaning(t *testing.T) {
	counts := map[string]int{}
	files := 0
	for _, src := range published(t) {
		text, done := compile.FixSigma(src, lintOptions())
		if len(done) == 0 {
			if text != src.Text {
				t.Errorf("%s: text changed, nothing fixed", src.Name)
			}
			continue
		}
		files++
		for _, d := range done {
			counts[d.Code]++
		}
		fixed := &diag.Source{Name: src.Name, Text: text}
		if again, more := compile.FixSigma(fixed, lintOptions()); again != text || len(more) > 0 {
			t.Errorf("%s: fixing again changes something", src.Name)
		}
		before, after := check([]*diag.Source{src}, lintOptions()).Rules, check([]*diag.Source{fixed}, lintOptions()).Rules
		if len(before) != len(after) {
			t.Fatalf("%s: %d rules became %d", src.Name, len(before), len(after))
		}
		for i := range before {
			if diff := cmp.Diff(meaning(before[i]), meaning(after[i])); diff != "" {
				t.Errorf("%s (-before +after):\n%s", src.Name, diff)
			}
		}
	}
	t.Logf("%d files fixed: %v", files, counts)
}

// spoils are what turns a clean rule into one that lints remark on and fixes put right.
var spoils = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`(?m)^(\s+\w+)\|endswith: '([^'*?]+)'$`), "$1: '*$2'"},
	{regexp.MustCompile(`(?m)^(\s+\w+)\|startswith: '([^'*?]+[^'*?\\])'$`), "$1: '$2*'"},
	{regexp.MustCompile(`(?m)^(\s+\w+)\|contains: '([^'*?]+[^'*?\\])'$`), "$1: '*$2*'"},
	{regexp.MustCompile(`(?m)^(\s+\w+\|contains): '([^'*?]+)'$`), "$1|all: '$2'"},
	{regexp.MustCompile(`(?m)^(\s+condition): selection$`), "$1: 1 of selection"},
	{regexp.MustCompile(`(?m)^(level: \w+)$`), "$1 "},
	{regexp.MustCompile(`(?m)^(date: \d{4})-(\d{2})-(\d{2})$`), "$1/$2/$3"},
}

// TestFixesOfSpoiledRules spoils the published rules in ways that fixes undo, and compares the plans, spoiled and fixed.
func TestFixesOfSpoiledRules(t *testing.T) {
	counts, left := map[string]int{}, 0
	for _, src := range published(t) {
		text := src.Text
		for i, s := range spoils {
			if len(src.Text)%len(spoils) != i { // one kind is kept out of each file, so that others do not hide it
				text = s.from.ReplaceAllString(text, s.to)
			}
		}
		spoiled := &diag.Source{Name: src.Name, Text: text}
		fixed, done := compile.FixSigma(spoiled, lintOptions())
		for _, d := range done {
			counts[d.Code]++
		}
		after := &diag.Source{Name: src.Name, Text: fixed}
		before, now := check([]*diag.Source{spoiled}, lintOptions()).Rules, check([]*diag.Source{after}, lintOptions()).Rules
		for i := range before {
			if diff := cmp.Diff(meaning(before[i]), meaning(now[i])); diff != "" {
				t.Errorf("%s (-spoiled +fixed):\n%s", src.Name, diff)
			}
		}
		for _, r := range now {
			for _, d := range r.Diagnostics {
				if d.Fix != nil {
					left++
				}
			}
		}
	}
	t.Logf("fixed %v, left %d", counts, left)
	for _, code := range []string{"sigma-wildcard-edge", "sigma-all-of-one", "sigma-selector", "sigma-trailing-blanks", "sigma-date"} {
		if counts[code] == 0 {
			t.Errorf("nothing was fixed of %s", code)
		}
	}
	if left > 0 {
		t.Errorf("%d fixes were offered again and left undone", left)
	}
}

func meaning(r *compile.Rule) string {
	if r.Plan == nil {
		return "refused"
	}
	return plan.String(r.Plan)
}

// FuzzFix fixes whatever may be a rule: a text that was read is read as the same afterwards, and nothing is left to fix.
func FuzzFix(f *testing.F) {
	stories, _ := filepath.Glob(filepath.Join("testdata", "lint", "*.txtar"))
	for _, story := range stories {
		archive, err := txtar.ParseFile(story)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			f.Add(string(file.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		src := &diag.Source{Name: "rules/proc_creation_win_fuzz.yml", Text: text}
		_, complaints := sigma.Parse(src)
		fixed, done := compile.FixSigma(src, lintOptions())
		if len(done) == 0 && fixed != text {
			t.Fatalf("changed without a word: %q", fixed)
		}
		after := &diag.Source{Name: src.Name, Text: fixed}
		if _, now := sigma.Parse(after); now.Failed() != complaints.Failed() {
			t.Fatalf("failed %v became %v:\n%s\n%v", complaints.Failed(), now.Failed(), fixed, now)
		}
		before, now := check([]*diag.Source{src}, lintOptions()).Rules, check([]*diag.Source{after}, lintOptions()).Rules
		if len(before) != len(now) {
			t.Fatalf("%d rules became %d", len(before), len(now))
		}
		for i := range before {
			if meaning(before[i]) != meaning(now[i]) {
				t.Fatalf("was %s, is %s\n%s", meaning(before[i]), meaning(now[i]), fixed)
			}
		}
	})
}
