// Package house holds the tests of what ARCHITECTURE.md says about the rooms and of what the documents name.
package house

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// row matches a line of the import table: room, what it is, what it may import.
var row = regexp.MustCompile("^\\| `([a-z0-9/_*]+)` \\|[^|]*\\| ([^|]*) \\|$")

func TestImportsFollowTheTable(t *testing.T) {
	allowed := importTable(t)
	packages := listPackages(t)
	for _, p := range packages {
		room := strings.TrimPrefix(p.ImportPath, "goshawk/")
		if strings.HasPrefix(room, "internal/") {
			continue
		}
		rule, ok := allowed[room]
		if !ok {
			t.Errorf("%s is in no row of ARCHITECTURE.md", room)
			continue
		}
		if rule["any"] {
			continue
		}
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, "goshawk/")
			if !ours || rule[other] {
				continue
			}
			t.Errorf("%s imports %s, which ARCHITECTURE.md does not allow", room, other)
		}
	}
	for room := range allowed {
		if _, err := os.Stat(filepath.Join(root, room)); err != nil {
			t.Errorf("ARCHITECTURE.md has a row for %s, which does not exist", room)
		}
	}
}

func TestLanguagesAndExecutorsNeverMeet(t *testing.T) {
	for _, p := range listPackages(t) {
		room := strings.TrimPrefix(p.ImportPath, "goshawk/")
		if !strings.HasPrefix(room, "lang/") {
			continue
		}
		for _, dep := range p.Deps {
			switch other := strings.TrimPrefix(dep, "goshawk/"); {
			case other == "stream" || other == "exec" || other == "engine" || strings.HasPrefix(other, "store") || other == "sqlgen":
				t.Errorf("%s depends on %s", room, other)
			case strings.HasPrefix(other, "lang/") && other != room && dep != other:
				t.Errorf("%s depends on %s", room, other)
			}
		}
	}
}

func importTable(t *testing.T) map[string]map[string]bool {
	f, err := os.Open(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := map[string]map[string]bool{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m := row.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		allowed := map[string]bool{}
		for _, word := range strings.Fields(strings.ReplaceAll(m[2], "`", "")) {
			allowed[word] = true
		}
		table[m[1]] = allowed
	}
	if len(table) < 10 {
		t.Fatalf("the import table of ARCHITECTURE.md has %d rows", len(table))
	}
	return table
}

type goPackage struct {
	ImportPath    string
	Imports, Deps []string
}

func listPackages(t *testing.T) []goPackage {
	list := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// path matches what looks like a file of the project in a document: two parts at least, in code quotes.
var path = regexp.MustCompile("`((?:cmd|compile|detection|diag|docs|engine|event|examples|exec|finding|internal|lang|packs|plan|report|schema|scripts|source|stream|taxonomy)/[A-Za-z0-9_./-]*)`")

func TestDocumentsNameWhatExists(t *testing.T) {
	documents, _ := filepath.Glob(filepath.Join(root, "*.md"))
	more, _ := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	for _, document := range append(documents, more...) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range path.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", filepath.Base(document), m[1])
			}
		}
	}
}

func TestDependenciesAreExplained(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	explained, err := os.ReadFile(filepath.Join(root, "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	direct := regexp.MustCompile(`(?m)^\s*(?:require |tool )?([a-z0-9.-]+\.[a-z]+/\S+)(?: v\S+)?$`)
	for _, m := range direct.FindAllStringSubmatch(string(mod), -1) {
		if !strings.Contains(string(explained), strings.TrimSuffix(m[1], "/cmd/staticcheck")) {
			t.Errorf("docs/dependencies.md says nothing about %s", m[1])
		}
	}
}
