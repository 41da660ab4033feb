package compile_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/internal/shared"
	"goshawk/lang/kql"
	"goshawk/schema"
)

// publishedFile is what Microsoft's parser and binder say of a file of its repository.
type publishedFile struct {
	Path           string
	YAML           bool
	What           string
	Name, Kind     string
	Parses, Binds  bool
	Errors         [][2]string
	Columns        [][2]string
	ColumnCount    int      `json:"column_count"`
	MissingColumns []string `json:"missing_columns"`
}

func publishedFiles(t *testing.T) (root string, list []publishedFile) {
	root = shared.Dir(t, "content", "sentinel")
	f, err := os.Open(filepath.Join(root, "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var p publishedFile
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return root, list
}

// known are columns that the reference lists lack and that the service has, so that what names them binds here.
var known = []string{"EventOriginId", "MG", "Data"}

// everywhere are columns that the reference run put into every table, and that are hidden here in tables that do not list them.
var everywhere = []string{"Timestamp", "ReportId"}

// Each published file is what it is said to be, binds where it is said to, and gives the columns that Microsoft's binder predicts.
func TestPublishedSentinelContent(t *testing.T) {
	root, files := publishedFiles(t)
	set, err := compile.Load([]string{root}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rules, functions := map[string]*compile.Rule{}, map[string]*compile.StoredFunction{}
	for _, r := range set.Rules {
		rules[r.Detection.Path] = r
	}
	for _, f := range set.Functions() {
		functions[f.Function.Path] = f
	}
	if len(files) == 0 || len(rules)+len(functions) != len(files) {
		t.Errorf("%d rules and %d functions of %d files", len(rules), len(functions), len(files))
	}
	for _, want := range files {
		path := filepath.Join(root, filepath.FromSlash(want.Path))
		binds := want.Binds || !slices.ContainsFunc(want.Errors, func(e [2]string) bool { return !mendedHere(e[1]) })
		if f := functions[path]; f != nil {
			if want.What != "asim parser" || f.Function.Name != want.Name {
				t.Errorf("%s is the function %s, want %s %s", want.Path, f.Function.Name, want.What, want.Name)
			}
			if f.Refused == binds {
				t.Errorf("%s: refused %v, binds %v: %v", want.Path, f.Refused, binds, f.Diagnostics)
			}
			checkColumns(t, want, f.Query)
			continue
		}
		r := rules[path]
		if r == nil {
			t.Errorf("%s is nothing", want.Path)
			continue
		}
		checkWhat(t, want, r)
		if r.Refused == binds {
			t.Errorf("%s: refused %v, binds %v: %v", want.Path, r.Refused, binds, r.Diagnostics)
		}
		if r.Refused {
			continue
		}
		checkColumns(t, want, r.Query)
		var missing []string
		for _, d := range r.Diagnostics {
			if d.Code == "sentinel-missing-column" {
				missing = append(missing, d.Message)
			}
		}
		for _, name := range want.MissingColumns {
			if !slices.ContainsFunc(missing, func(m string) bool { return strings.Contains(m, "the column "+name+",") }) {
				t.Errorf("%s: nobody misses %s", want.Path, name)
			}
		}
		for _, m := range missing {
			if !slices.ContainsFunc(want.MissingColumns, func(name string) bool { return strings.Contains(m, "the column "+name+",") }) {
				t.Errorf("%s: %s", want.Path, m)
			}
		}
	}
}

// mendedHere says whether an error of Microsoft's binder comes of a column that its lists lack. One that names no column comes with
// another that does.
func mendedHere(message string) bool {
	return message == "Column name expected." || slices.ContainsFunc(known, func(name string) bool { return strings.Contains(message, "'"+name+"'") })
}

// checkWhat compares what a file is, its name and its kind.
func checkWhat(t *testing.T, want publishedFile, r *compile.Rule) {
	t.Helper()
	what := map[detection.AlertKind]string{detection.Scheduled: "analytic", detection.NRT: "analytic", detection.HuntingQuery: "hunting", detection.CustomDetection: "xdr custom detection"}
	a := r.Detection.Alert
	if what[a.Kind] != want.What {
		t.Errorf("%s is %s, want %s", want.Path, a.Kind, want.What)
	}
	if want.Kind != "" && !strings.EqualFold(string(a.Kind), want.Kind) {
		t.Errorf("%s is of the kind %s, want %s", want.Path, a.Kind, want.Kind)
	}
	if want.Name != "" && r.Detection.Title != want.Name { // a file that is no YAML has no name there
		t.Errorf("%s is called %q, want %q", want.Path, r.Detection.Title, want.Name)
	}
}

// checkColumns compares the columns of a query, or their number where there are many. A column whose type only the data tell here, as
// that of what pivot makes, may have any there.
func checkColumns(t *testing.T, want publishedFile, q *kql.Query) {
	t.Helper()
	got := map[string]schema.Type{}
	for _, c := range q.Columns {
		got[c.Name] = c.Type
	}
	for _, c := range want.Columns {
		typ, there := got[c[0]]
		if there && typ != schema.Any && c[1] != "unknown" && typ.String() != c[1] {
			t.Errorf("%s: the column %s is a %s, want a %s", want.Path, c[0], typ, c[1])
		}
		if !there && !slices.Contains(everywhere, c[0]) {
			t.Errorf("%s: there is no column %s", want.Path, c[0])
		}
		delete(got, c[0])
	}
	if want.Columns != nil {
		for name := range got {
			if name == "*" { // the data bring more columns, of which Microsoft's binder shows nothing
				continue
			}
			t.Errorf("%s: there is a column %s", want.Path, name)
		}
	}
	if want.ColumnCount == 0 {
		return
	}
	// Each table may come with those that only one of the two lists has.
	least, most := want.ColumnCount-len(everywhere)*q.Reads, want.ColumnCount+len(known)*q.Reads
	if n := len(q.Columns); n < least || n > most {
		t.Errorf("%s: %d columns, want %d", want.Path, n, want.ColumnCount)
	}
}
