package compile_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/event"
	"goshawk/exec"
	"goshawk/internal/shared"
)

// TestShelfOfContent fills the tables of all published baselines, with nothing, with one row, and with several, and lowers every detection
// that reads them each time: what is asked of single events must not depend on what the tables hold.
func TestShelfOfContent(t *testing.T) {
	set, err := compile.Load([]string{shared.Dir(t, "content", "escu")}, compile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now, _, _ := event.ParseTime("2026-05-12T08:00:00Z")
	at := compile.Moment{Now: now}
	for _, rows := range []int{-1, 0, 1, 3} {
		var rules, baselines []*compile.Rule
		for _, r := range set.Rules {
			if r.IsBaseline() {
				baselines = append(baselines, r)
			} else if !r.Refused {
				rules = append(rules, r)
			}
		}
		shelf := compile.NewShelf(rules, baselines)
		if shelf == nil || len(shelf.Fills) == 0 {
			t.Fatal("no baseline is needed")
		}
		for _, u := range shelf.Lost {
			if !strings.HasPrefix(u.Why, "it is refused: ") {
				t.Errorf("%s %s is not run: %s", u.Baseline.Title, u.Table, u.Why)
			}
		}
		for _, f := range shelf.Fills {
			n, err := f.Rule.At(at)
			if err != nil {
				t.Errorf("%s for %s: %v", f.Baseline.Title, f.Table, err)
				continue
			}
			if rows < 0 {
				continue
			}
			var list []event.Record
			for i := range rows {
				var r event.Record
				for _, c := range n.Columns() {
					if c.Name != "*" {
						r.Set(c.Name, event.IntValue(int64(1_700_000_000+i)))
					}
				}
				list = append(list, r)
			}
			if wrote, has := shelf.Put(f, list); wrote != rows || has < 0 {
				t.Errorf("%s wrote %d of %d rows", f.Baseline.Title, wrote, rows)
			}
		}
		readers := 0
		for i, r := range shelf.Rules() {
			if r == rules[i] {
				continue
			}
			readers++
			if _, err := r.At(at); err != nil {
				t.Errorf("with %d rows: %s: %v", rows, r.Detection.Title, err)
			}
		}
		if readers == 0 {
			t.Error("nobody reads the tables")
		}
		t.Logf("%d tables, %d readers", len(shelf.Fills), readers)
	}
}

// TestShelfPut writes rows to tables in each of the ways in which outputlookup does.
func TestShelfPut(t *testing.T) {
	row := func(values ...any) event.Record {
		var r event.Record
		for i := 0; i < len(values); i += 2 {
			v, ok := values[i+1].(event.Value)
			if !ok {
				v = event.TextValue(values[i+1].(string))
			}
			r.Set(values[i].(string), v)
		}
		return r
	}
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	one := []event.Record{row("user", "ann", "n", "3", "_raw", "x", "more", "m")}
	for _, test := range []struct {
		name, write, table string
		rows               []event.Record
		want               string
	}{
		{"replaced", "seen", "", one, `{"n":"3","user":"ann"}`},
		{"replaced by nothing", "seen", "", nil, ``},
		{"kept where there is nothing", "override_if_empty=f seen", "", nil, `{"n":"1","user":"ann"} {"n":"2","user":"bob"}`},
		{"added", "append=t seen", "", one, `{"n":"1","user":"ann"} {"n":"2","user":"bob"} {"n":"3","user":"ann"}`},
		{"by a key", "key_field=user seen", "", append(one, row("user", "cleo", "n", "4")), `{"n":"3","user":"ann"} {"n":"2","user":"bob"} {"n":"4","user":"cleo"}`},
		{"not too many", "max=1 seen", "", append([]event.Record{row("user", "cleo", "n", "4")}, one...), `{"n":"4","user":"cleo"}`},
		{"numbers and several values", "seen", "", []event.Record{row("user", event.ListValue(event.TextValue("a"), event.TextValue("b")), "n", event.FloatValue(2.5))}, `{"n":"2.5","user":"a\nb"}`},
		{"a file gets further columns", "things.csv", "things", []event.Record{row("thing", "x", "user", "ann")}, `{"thing":"x","user":"ann"}`},
	} {
		table := test.table
		if table == "" {
			table = "seen"
		}
		detectionOf := func(name, kind, search string) string {
			return "name: " + name + "\nid: 0c8f7a34-1b5e-4a57-9d0c-3d1f3a0b6d01\nversion: 1\ndate: '2026-01-01'\nauthor: A\nstatus: production\ntype: " + kind +
				"\ndescription: x\nsearch: '" + search + "'\nhow_to_implement: x\nknown_false_positives: x\nreferences: []\ntags: {asset_type: Endpoint, confidence: 1, impact: 1, message: x, security_domain: endpoint}\n"
		}
		files, err := detection.FindIn(fstest.MapFS{
			"baselines/b.yml":       file(detectionOf("B", "Baseline", "EventCode=1 | stats count as n by user thing | outputlookup "+test.write)),
			"detections/d.yml":      file(detectionOf("D", "Hunting", "| inputlookup "+table)),
			"lookups/seen.yml":      file("name: seen\ndescription: x\ncollection: seen\nfields_list: _key, user, n\n"),
			"lookups/mine.yml":      file("name: things\ndescription: x\nfilename: things.csv\n"),
			"lookups/things.csv":    file("thing\na\n"),
			"macros/own_filter.yml": file("name: own_filter\ndefinition: search *\n"),
		}, "")
		if err != nil {
			t.Fatal(err)
		}
		var rules, baselines []*compile.Rule
		for _, r := range compile.Files(files, compile.Options{}).Rules {
			if r.Refused {
				t.Fatal(r.Detection.Title, r.Diagnostics)
			}
			if r.IsBaseline() {
				baselines = append(baselines, r)
			} else {
				rules = append(rules, r)
			}
		}
		shelf := compile.NewShelf(rules, baselines)
		if shelf == nil || len(shelf.Fills) != 1 || len(shelf.Lost) != 0 {
			t.Fatalf("%s: %+v", test.name, shelf)
		}
		if table == "seen" && test.name != "replaced" { // as it was before
			shelf.Put(shelf.Fills[0].Replacing(), []event.Record{row("user", "ann", "n", "1"), row("user", "bob", "n", "2")})
		}
		shelf.Put(shelf.Fills[0], test.rows)
		n, err := shelf.Rules()[0].At(compile.Moment{Now: 1})
		if err != nil {
			t.Fatal(test.name, err)
		}
		q, err := exec.Compile(n, exec.Options{})
		if err != nil {
			t.Fatal(test.name, err)
		}
		var got []string
		if _, err := q.Start(t.Context(), func(b *exec.Batch) error {
			for i := range b.Len {
				fields := map[string]string{}
				for j, c := range q.Columns() {
					if v := b.Value(j, i); !v.IsNull() {
						fields[c.Name] = v.Text()
					}
				}
				text, err := json.Marshal(fields)
				if err != nil {
					return err
				}
				got = append(got, string(text))
			}
			return nil
		}).Finish(); err != nil {
			t.Fatal(test.name, err)
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%s: got %s\nwant %s", test.name, text, test.want)
		}
	}
}
