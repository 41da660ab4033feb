package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
	"goshawk/source/evtx"
)

// TestEVTXCounts reads every shared log and compares the number of its records with what independent readers found.
func TestEVTXCounts(t *testing.T) {
	var want map[string]struct {
		OK, Err int
		Note    string
	}
	readJSON(t, shared.Dir(t, "oracles", "evtx-expected.json"), &want)
	for name, w := range want {
		ok, lost := 0, 0
		read(t, shared.Dir(t, filepath.FromSlash(name)), source.Options{}, func(ev *event.Event) {
			ok++
			if ev.Class == nil || ev.Class.Product != "windows" || ev.Class.ID == "" || ev.Origin.Offset < 4096 || ev.Logged == 0 {
				t.Errorf("%s: record %d has class %+v, origin %+v", name, ev.Origin.Record, ev.Class, ev.Origin)
			}
		}, func(p source.Problem) {
			if p.Lost && p.Code == "evtx-bad-record" {
				lost++
			}
		})
		if ok != w.OK || lost != w.Err {
			t.Errorf("%s: %d events and %d lost records, want %d and %d (%s)", name, ok, lost, w.OK, w.Err, w.Note)
		}
	}
}

// oracleRecord is a record as two independent readers agree on it.
type oracleRecord struct {
	Record   uint64
	System   map[string]string
	Sections []struct {
		Section string
		Data    [][2]*string
		Tree    json.RawMessage
	}
}

// TestEVTXFields compares field by field with what two independent readers agree on.
func TestEVTXFields(t *testing.T) {
	list, err := os.ReadFile(shared.Dir(t, "oracles", "evtx-json", "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, line := range strings.Split(strings.TrimSpace(string(list)), "\n")[1:] {
		columns := strings.Split(line, "\t")
		data, err := os.ReadFile(shared.Dir(t, "oracles", "evtx-json", columns[0]))
		if err != nil {
			t.Fatal(err)
		}
		want := make(map[uint64]oracleRecord)
		for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			var r oracleRecord
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			want[r.Record] = r
		}
		log := shared.Dir(t, filepath.FromSlash(columns[1]))
		read(t, log, source.Options{}, func(ev *event.Event) {
			if w, ok := want[ev.Origin.Record]; ok {
				delete(want, ev.Origin.Record)
				compared++
				compareOracle(t, log, ev, w)
			}
		}, nil)
		for record := range want {
			t.Errorf("%s: record %d is missing", log, record)
		}
	}
	t.Logf("%d records compared", compared)
}

func compareOracle(t *testing.T, path string, ev *event.Event, w oracleRecord) {
	t.Helper()
	for name, text := range w.System {
		if got := ev.Record.Get(strings.ReplaceAll(name, ".", "_")); !got.IsNull() && got.Kind() == event.List {
			got = got.List()[0]
			if !sameValue(got.Text(), text) {
				t.Errorf("%s: record %d: %s is %q, want %q", path, w.Record, name, got.Text(), text)
			}
		} else if !sameValue(got.Text(), text) {
			t.Errorf("%s: record %d: %s is %q, want %q", path, w.Record, name, got.Text(), text)
		}
	}
	for _, s := range w.Sections {
		if s.Data == nil {
			var root any
			if json.Unmarshal(s.Tree, &root) == nil && root != nil {
				for _, child := range root.([]any)[3].([]any) {
					if s.Section == "UserData" {
						compareTree(t, path, ev, nil, child.([]any))
						continue
					}
					compareTree(t, path, ev, []string{s.Section + "." + child.([]any)[0].(string)}, child.([]any))
				}
			}
			continue
		}
		seen := make(map[string]int)
		for _, item := range s.Data {
			name, text := "Data", ""
			if item[0] != nil {
				name = strings.TrimPrefix(*item[0], "#")
			}
			if item[1] != nil {
				text = *item[1]
			}
			var nth []event.Value
			for _, f := range ev.Record.Fields {
				if f.Name.Text == name {
					nth = append(nth, f.Value)
				}
			}
			// System's fields come first, and may be called like Data.
			if isIn(w.System, name) {
				nth = nth[1:]
			}
			i := seen[name]
			seen[name]++
			if i >= len(nth) {
				t.Errorf("%s: record %d: %s occurs %d times", path, w.Record, name, len(nth))
			} else if got := nth[i].Text(); !sameValue(got, text) {
				t.Errorf("%s: record %d: %s is %q, want %q", path, w.Record, name, got, text)
			}
		}
	}
}

// compareTree looks for the attributes and texts of an element, which lies below the provider's own, under their last steps
// or under their paths.
func compareTree(t *testing.T, file string, ev *event.Event, path []string, element []any) {
	t.Helper()
	name, attributes, text, children := element[0].(string), element[1].(map[string]any), element[2], element[3].([]any)
	has := func(steps []string, text string) {
		for _, name := range []string{strings.Join(steps, "."), steps[len(steps)-1]} {
			v := ev.Record.Get(name)
			for _, v := range append(v.List(), v) {
				if !v.IsAbsent() && sameValue(v.Text(), text) {
					return
				}
			}
		}
		t.Errorf("%s: record %d: no field %v has %q", file, ev.Origin.Record, steps, text)
	}
	for attribute, value := range attributes {
		if !strings.HasPrefix(attribute, "xmlns") {
			has(append(path[:len(path):len(path)], attribute), value.(string))
		}
	}
	if text, ok := text.(string); ok && strings.TrimSpace(text) != "" {
		own := path
		if own == nil {
			own = []string{name}
		}
		has(own, text)
	}
	for _, child := range children {
		child := child.([]any)
		compareTree(t, file, ev, append(path[:len(path):len(path)], child[0].(string)), child)
	}
}

func isIn(system map[string]string, name string) bool {
	for k := range system {
		if strings.ReplaceAll(k, ".", "_") == name {
			return true
		}
	}
	return false
}

// sameValue compares texts of values as their readers write them: hexadecimal numbers by value, times by instant, GUIDs
// without case and braces, all else byte for byte.
func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	if strings.HasPrefix(a, "0x") && strings.HasPrefix(b, "0x") {
		x, ok1 := new(big.Int).SetString(a[2:], 16)
		y, ok2 := new(big.Int).SetString(b[2:], 16)
		return ok1 && ok2 && x.Cmp(y) == 0
	}
	if x, _, ok := event.ParseTime(a); ok {
		y, _, ok := event.ParseTime(b)
		return ok && x == y
	}
	guid := func(s string) string { return strings.ToLower(strings.Trim(s, "{}")) }
	return len(guid(a)) == 36 && guid(a) == guid(b)
}

// TestEVTXAndXML compares the snapshots of another reader, which are XML, with the records they were taken from: the fields
// must be the same, in the same order.
func TestEVTXAndXML(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared.Dir(t, "oracles", "evtx-golden", "omerbenamram"), "*.xml"))
	for _, file := range files {
		key, _, _ := strings.Cut(filepath.Base(file), "__")
		var want *event.Event
		read(t, file, source.Options{}, func(ev *event.Event) { want = ev.Clone() }, nil)
		if want == nil {
			t.Errorf("%s: no event", file)
			continue
		}
		logs, _ := filepath.Glob(filepath.Join(shared.Dir(t, "data", "evtx", "omerbenamram-evtx"), "*"+key+"*.evtx"))
		if len(logs) != 1 {
			t.Errorf("%s: %d logs are called so", file, len(logs))
			continue
		}
		found := false
		read(t, logs[0], source.Options{}, func(ev *event.Event) {
			if ev.Origin.Record != want.Origin.Record {
				return
			}
			found = true
			if *ev.Class != *want.Class {
				t.Errorf("%s: class %+v, as XML %+v", file, *ev.Class, *want.Class)
			}
			sameFields(t, file, ev, want)
		}, nil)
		if !found {
			t.Errorf("%s: record %d is not in the log", file, want.Origin.Record)
		}
	}
}

// sameFields compares two events by the names, the order and the texts of their fields. The text of times may lack digits
// that were cut off by the program that wrote it.
func sameFields(t *testing.T, what string, got, want *event.Event) {
	t.Helper()
	for i := range max(len(got.Record.Fields), len(want.Record.Fields)) {
		g, w := "nothing", "nothing"
		if i < len(got.Record.Fields) {
			f := got.Record.Fields[i]
			g = f.Name.Text + "=" + f.Value.Text()
		}
		if i < len(want.Record.Fields) {
			f := want.Record.Fields[i]
			w = f.Name.Text + "=" + f.Value.Text()
		}
		gName, gText, _ := strings.Cut(g, "=")
		wName, wText, _ := strings.Cut(w, "=")
		if gName != wName || !sameValue(gText, wText) && !strings.HasPrefix(gText, strings.TrimSuffix(wText, "Z")) {
			t.Errorf("%s: field %d is %s, want %s", what, i, g, w)
			return
		}
	}
}

// read gives the events of a path, and fails the test if it cannot be read.
func read(t testing.TB, path string, o source.Options, each func(*event.Event), problem func(source.Problem)) {
	t.Helper()
	err := source.ForEach(context.Background(), []string{path}, o, func(ev *event.Event) bool {
		each(ev)
		return true
	}, func(in *source.Input) {
		if in.Skipped != "" {
			t.Errorf("%s is skipped: %s", in.Name, in.Skipped)
		}
	}, problem)
	if err != nil {
		t.Fatal(err)
	}
}

func readJSON(t testing.TB, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}

// A file that is no event log, read as one because the user said so, is lost with a reason; one that only lacks its header
// is read.
func TestNoEVTX(t *testing.T) {
	codes := func(content []byte) (lost, odd string) {
		in := source.NewInput("x.evtx", bytes.NewReader(content), int64(len(content)), source.Options{Format: "evtx"})
		err := source.ReadAll(in, func(*event.Event) bool { return true }, func(p source.Problem) {
			if p.Lost {
				lost += p.Code
			} else {
				odd += p.Code + " "
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return lost, odd
	}
	for _, size := range []int{22, evtx.HeaderSize, 300_000} {
		if lost, _ := codes(bytes.Repeat([]byte("no log "), size/7+1)[:size]); lost != "evtx-no-log" {
			t.Errorf("%d bytes of text: lost %q", size, lost)
		}
	}
	headless := make([]byte, evtx.HeaderSize+2*evtx.ChunkSize)
	copy(headless[evtx.HeaderSize+evtx.ChunkSize:], "ElfChnk\x00")
	if lost, odd := codes(headless); strings.Contains(lost, "evtx-no-log") || !strings.Contains(odd, "evtx-header") || !strings.Contains(odd, "evtx-no-chunk") {
		t.Errorf("a chunk without a header before it: lost %q, odd %q", lost, odd)
	}
}
