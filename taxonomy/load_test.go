package taxonomy_test

import (
	"testing"
	"testing/fstest"

	"goshawk/event"
	"goshawk/taxonomy"
)

func TestLoadOnTop(t *testing.T) {
	tax, diags := taxonomy.Load(fstest.MapFS{
		"mine/payroll.yaml": {Data: []byte(`
title: Payroll
match: {product: csv}
records:
  - columns: {process.executable: prog, user.name: [who, whom]}
    logsources: [{product: payroll, service: runs}]
`)},
		"mine/sysmon.yml": {Data: []byte(`
title: Our Sysmon adds a folder
records:
  - match: {product: windows, channel: Microsoft-Windows-Sysmon/Operational}
    columns: {process.executable: FullImage}
`)},
		"mine/view.yaml": {Data: []byte(`
view: sigma
title: Payroll
for: [{product: payroll}]
fields: {Program: process.executable}
`)},
		"mine/notes.txt": {Data: []byte("not read")},
	})
	if len(diags) != 0 {
		t.Fatal(diags)
	}
	row := event.ClassOf(event.Class{Product: "csv"})
	v := tax.Sigma("", "payroll", "runs")
	if _, in := tax.Route(v.Table, row); !in {
		t.Error("a row of the user's product is not of the user's log source")
	}
	column, _, ok := v.Column("Program")
	if !ok {
		t.Fatal("the user's view is not used")
	}
	r := &event.Record{}
	r.Set("prog", event.TextValue("run.exe"))
	r.Set("whom", event.TextValue("alice"))
	if got := evaluate(t, tax.Source(row, column), r).Text(); got != "run.exe" {
		t.Errorf("%s is %q", column, got)
	}
	if got := evaluate(t, tax.User(row), r).Text(); got != "alice" {
		t.Errorf("the user is %q", got)
	}
	r.Set("FullImage", event.TextValue(`C:\a.exe`))
	if got := evaluate(t, tax.Source(sysmon("10"), "process.executable"), r).Text(); got != `C:\a.exe` {
		t.Errorf("a wider block of the user's loses to a narrower one of ours: %q", got)
	}
	if !tax.KnownLogSource("", "payroll", "") {
		t.Error("the user's log source is not known")
	}
	if taxonomy.Default().KnownLogSource("", "payroll", "") {
		t.Error("the embedded taxonomy has changed")
	}
}

func TestLoadComplaints(t *testing.T) {
	const head = "title: T\nmatch: {product: p}\nrecords:\n"
	for _, test := range []struct {
		name, text, code string
		line, column     int
		hint             string
	}{
		{"no YAML", "records: [", "taxonomy-yaml", 1, 1, ""},
		{"no mapping", "- a\n", "taxonomy-shape", 1, 1, ""},
		{"neither map nor view", "title: T\n", "taxonomy-shape", 1, 1, "a map has the key records, a view the key view, a list of log sources the key known"},
		{"unknown key", head + "  - colums: {}\n", "taxonomy-unknown-key", 4, 5, "did you mean `columns`?"},
		{"key twice", head + "  - columns: {}\n    columns: {}\n", "taxonomy-double-key", 5, 5, ""},
		{"unknown column", head + "  - columns: {process.executible: a}\n", "taxonomy-unknown-column", 4, 15, "did you mean `process.executable`?"},
		{"bad expression", head + "  - columns: {user.name: basename(}\n", "", 4, 0, ""},
		{"unknown function", head + "  - columns:\n      user.name: 'basenam(x)'\n", "", 5, 19, ""},
		{"matches everything", "title: T\nrecords:\n  - columns: {user.name: a}\n", "taxonomy-match", 3, 5, "say at least which product writes it"},
		{"log source states nothing", head + "  - logsources: [{}]\n", "taxonomy-logsource", 4, 18, "category, product, service, or several of them"},
		{"a mapping for a text", head + "  - match: {id: {a: b}}\n", "taxonomy-shape", 4, 17, ""},
		{"unknown word", head + "  - lookup: vaguely\n", "taxonomy-unknown-word", 4, 13, `one of ["exactly" "loosely"]`},
		{"view of an unknown column", "view: sigma\nfields:\n  A: no.such\n", "taxonomy-unknown-column", 3, 6, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diags := taxonomy.Load(fstest.MapFS{"f.yaml": {Data: []byte(test.text)}})
			if len(diags) == 0 {
				t.Fatal("no complaint")
			}
			d := diags[0]
			p := d.Position()
			if !diags.Failed() || d.Source == nil || d.Source.Name != "f.yaml" || test.code != "" && d.Code != test.code || p.Line != test.line || test.column != 0 && p.Column != test.column || test.hint != "" && d.Hint != test.hint {
				t.Errorf("%v at %d:%d, hint %q", d.Error(), p.Line, p.Column, d.Hint)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	for _, text := range []string{
		"title: T\nmatch: {product: p}\nrecords:\n  - columns: {user.name: [a, 'basename(b)']}\n    logsources: [{category: c, when: 'a equals \"b\"'}]\n",
		"view: sigma\nfor: [{category: c}]\nfields: {A: user.name}\n",
		"known: [{category: c, doc: d}]\n",
		"view: splunk\nmatch: {product: p, category: c}\nrecords:\n  - source: '{id}'\n    fields: {a: [b, '`splunk/a`'], <<: {c: d.e}}\n    eventtypes: [x, {name: y, tags: [z], when: 'a equals \"b\"'}]\n",
		"view: cim\nmodel: M\ndatasets:\n  A: {tags: [a, [b, c]], fields: {x: {from: lower(y), fill: 0}}}\n  B: {parent: A, where: 'x > 1'}\n",
		"a: &a [*a]\nrecords: *a\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, diags := taxonomy.Load(fstest.MapFS{"f.yaml": {Data: []byte(text)}})
		for _, d := range diags {
			if d.Source != nil && (d.Span.Start < 0 || d.Span.Start > len(d.Source.Text)) {
				t.Fatalf("%v points outside the text: %v", d, d.Span)
			}
		}
	})
}
