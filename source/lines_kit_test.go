package source_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"goshawk/event"
	"goshawk/source"
)

// decodeText runs a format over a text and returns copies of its events, and its problems.
func decodeText(t testing.TB, format, name string, text io.Reader, modified time.Time, o source.Options) (events []*event.Event, problems []source.Problem) {
	t.Helper()
	o.Format = format
	in := source.NewInput(name, text, -1, o)
	in.ModTime = modified
	if in.Skipped != "" {
		t.Fatalf("%s is skipped: %s", name, in.Skipped)
	}
	return decodeInput(t, in, o)
}

func decodeInput(t testing.TB, in *source.Input, o source.Options) (events []*event.Event, problems []source.Problem) {
	t.Helper()
	problem := func(p source.Problem) { problems = append(problems, p) }
	decoder := in.Format.NewDecoder(o)
	err := in.ReadBlocks(func(b source.Block) error {
		decoder.Decode(b, func(ev *event.Event) bool {
			events = append(events, ev.Clone())
			return true
		}, problem)
		return nil
	}, problem)
	if err != nil {
		t.Fatal(err)
	}
	return events, problems
}

func decodeFile(t testing.TB, format, path string) ([]*event.Event, []source.Problem) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return decodeText(t, format, path, f, info.ModTime(), source.Options{})
}

// joined returns the events that were put together from others.
func joined(events []*event.Event) (all []*event.Event) {
	for _, ev := range events {
		if ev.Marks&event.Derived != 0 {
			all = append(all, ev)
		}
	}
	return all
}

// expectation is a line of an events section: what an event must be.
type expectation struct {
	Class  string         // product/channel/id, or product/channel/provider/id
	Marks  string         `json:",omitempty"`
	Record uint64         `json:",omitempty"`
	Logged string         `json:",omitempty"`
	Has    map[string]any `json:",omitempty"` // fields and their values
	Lacks  []string       `json:",omitempty"` // fields that must be absent
	Only   bool           `json:",omitempty"` // there are no other fields
}

func classText(c *event.Class) string {
	parts := []string{c.Product, c.Channel}
	if c.Provider != "" {
		parts = append(parts, c.Provider)
	}
	return strings.TrimRight(strings.Join(append(parts, c.ID), "/"), "/")
}

// observed says of an event what the expectation speaks about.
func (want expectation) observed(ev *event.Event) expectation {
	got := expectation{Class: classText(ev.Class), Marks: ev.Marks.String(), Only: want.Only}
	if want.Record != 0 {
		got.Record = ev.Origin.Record
	}
	if want.Logged != "" {
		got.Logged = event.FormatTime(ev.Logged)
	}
	if want.Has != nil {
		got.Has = map[string]any{}
	}
	for _, f := range ev.Record.Fields {
		if _, asked := want.Has[f.Name.Text]; asked || want.Only {
			var v any
			if err := json.Unmarshal(ev.Record.Get(f.Name.Text).AppendJSON(nil), &v); err != nil {
				v = err.Error()
			}
			got.Has[f.Name.Text] = v
		}
	}
	for _, name := range want.Lacks {
		if ev.Record.Get(name).IsAbsent() {
			got.Lacks = append(got.Lacks, name)
		}
	}
	return got
}

// TestLines runs the authored cases in testdata/lines. The comment of a case may set format (else the format is found by
// itself), modified, zone, name, source and sourcetype. Its sections are in, the text, where ␝ stands for the byte 0x1D and ␍ for a carriage
// return; events, an expectation for each event in order, or joined, one for each joined event; and problems, the codes in
// order.
func TestLines(t *testing.T) {
	files, err := filepath.Glob("testdata/lines/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runLines(t, archive)
		})
	}
}

func runLines(t *testing.T, archive *txtar.Archive) {
	var o source.Options
	var label source.Label
	var modified time.Time
	name := "case"
	for line := range strings.Lines(string(archive.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		var err error
		switch key {
		case "format":
			o.Format = value
		case "name":
			name = value
		case "source":
			label.Source = value
		case "sourcetype":
			label.Sourcetype = value
		case "modified":
			modified, err = time.Parse(time.RFC3339, value)
		case "zone":
			var at time.Time
			if at, err = time.Parse("-07:00", value); err == nil {
				o.Zone = at.Location()
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if label != (source.Label{}) {
		o.Label = func(string) source.Label { return label }
	}
	sections := map[string][]byte{}
	for _, f := range archive.Files {
		sections[f.Name] = f.Data
	}
	text := strings.NewReplacer("␝", "\x1d", "␍", "\r").Replace(string(sections["in"]))
	in := source.NewInput(name, strings.NewReader(text), int64(len(text)), o)
	in.ModTime = modified
	if want, ok := sections["skipped"]; ok {
		if got := in.Skipped; !strings.Contains(got, strings.TrimSpace(string(want))) {
			t.Errorf("skipped: got %q, want %q (format %+v)", got, want, in.Guess)
		}
		return
	}
	if in.Skipped != "" {
		t.Fatal("skipped:", in.Skipped)
	}
	if want, ok := sections["format"]; ok && in.Format.Name != strings.TrimSpace(string(want)) {
		t.Errorf("format: got %s (%s), want %s", in.Format.Name, in.Guess.Why, want)
	}
	events, problems := decodeInput(t, in, o)
	expected, all := sections["events"], true
	if expected == nil {
		if expected, all = sections["joined"], false; expected == nil {
			t.Fatal("the case expects nothing")
		}
	}
	if !all {
		events = joined(events)
	}
	var got, want []expectation
	decoder := json.NewDecoder(bytes.NewReader(expected))
	decoder.DisallowUnknownFields()
	for decoder.More() {
		var e expectation
		if err := decoder.Decode(&e); err != nil {
			t.Fatal("expectation:", err)
		}
		want = append(want, e)
	}
	for i, ev := range events {
		if ev.Class.Source != label.Source || ev.Class.Sourcetype != label.Sourcetype {
			t.Errorf("event %d: class %+v does not have the label %+v", i, *ev.Class, label)
		}
		var asked expectation
		if i < len(want) {
			asked = want[i]
		} else {
			asked = expectation{Only: true, Has: map[string]any{}}
		}
		got = append(got, asked.observed(ev))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	var codes []string
	for _, p := range problems {
		codes = append(codes, p.Code)
	}
	if diff := cmp.Diff(strings.Fields(string(sections["problems"])), codes, cmp.Transformer("none", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
		t.Errorf("problems (-want +got):\n%s%v", diff, problems)
	}
}
