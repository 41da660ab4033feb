package source_test

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// TestIndexedRecords reads every file of JSON or CSV that the index of the shared data gives a number of records for, and
// wants that many, all of a known shape.
func TestIndexedRecords(t *testing.T) {
	index, err := os.Open(shared.Dir(t, "data", "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer index.Close()
	for lines := bufio.NewScanner(index); lines.Scan(); {
		columns := strings.Split(lines.Text(), "\t")
		if len(columns) < 4 {
			continue
		}
		want, err := strconv.Atoi(columns[3])
		kind := strings.ToLower(columns[2])
		if err != nil || !strings.Contains(kind, "json") && !strings.Contains(kind, "csv") && !strings.Contains(kind, "mde") {
			continue
		}
		path := shared.Dir(t, "data", filepath.FromSlash(columns[0]))
		t.Run(columns[0], func(t *testing.T) {
			classes := map[string]int{}
			got := 0
			err := source.ForEach(context.Background(), []string{path}, source.Options{}, func(ev *event.Event) bool {
				got++
				if p := ev.Class.Product; p == "json" || p == "csv" || p == "text" {
					classes[p]++
				}
				return true
			}, nil, func(p source.Problem) { t.Errorf("%v", p) })
			if err != nil {
				t.Fatal(err)
			}
			if got != want || len(classes) > 0 {
				t.Errorf("%d records, want %d; of no known shape: %v", got, want, classes)
			}
		})
	}
}

// TestRegressionTwins reads Sigma's regression samples, which are there as EVTX and as JSON of the same events, and wants the
// same records from both. The JSON has texts trimmed and times cut to microseconds, and one of them another spelling of case.
func TestRegressionTwins(t *testing.T) {
	root := shared.Dir(t, "oracles", "sigma-regression")
	pairs, events := 0, 0
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		twin, isJSON := strings.CutSuffix(path, ".json")
		if err != nil || !isJSON || d.IsDir() {
			return err
		}
		if twin += ".evtx"; !exists(twin) {
			return nil
		}
		pairs++
		fromJSON := map[uint64]*event.Event{}
		read(t, path, source.Options{}, func(ev *event.Event) { fromJSON[ev.Origin.Record] = ev.Clone() }, func(p source.Problem) { t.Error(p) })
		seen := 0
		read(t, twin, source.Options{}, func(ev *event.Event) {
			seen++
			events++
			other := fromJSON[ev.Origin.Record]
			if other == nil {
				t.Errorf("%s: record %d is not in the JSON", path, ev.Origin.Record)
				return
			}
			compareTwins(t, filepath.Base(path), ev, other)
		}, func(p source.Problem) { t.Log(p) })
		if seen != len(fromJSON) {
			t.Errorf("%s: %d events as EVTX, %d as JSON", path, seen, len(fromJSON))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d pairs, %d events", pairs, events)
	if pairs == 0 {
		t.Error("no pairs")
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func compareTwins(t *testing.T, what string, evtx, json *event.Event) {
	t.Helper()
	if *evtx.Class != *json.Class {
		t.Errorf("%s: record %d: class %+v as EVTX, %+v as JSON", what, evtx.Origin.Record, *evtx.Class, *json.Class)
	}
	a, b := evtx.Record.Fields, json.Record.Fields
	for i := 0; i < max(len(a), len(b)); i++ {
		if i >= len(a) || i >= len(b) {
			t.Errorf("%s: record %d: %d fields as EVTX, %d as JSON", what, evtx.Origin.Record, len(a), len(b))
			return
		}
		if a[i].Name != b[i].Name || !sameAsTwin(a[i].Value, b[i].Value) {
			t.Errorf("%s: record %d: field %d is %s=%q as EVTX, %s=%q as JSON", what, evtx.Origin.Record, i, a[i].Name.Text, a[i].Value.Text(), b[i].Name.Text, b[i].Value.Text())
		}
	}
}

func sameAsTwin(evtx, json event.Value) bool {
	if evtx.Kind() == event.Time && json.Kind() == event.Time {
		return evtx.Int()/10 == json.Int()/10
	}
	return strings.EqualFold(strings.TrimSpace(evtx.Text()), strings.TrimSpace(json.Text()))
}

// TestDefenderCarriers reads the same rows as Defender's streaming API, as a table of Log Analytics and as the portal's
// CSV, and wants the same records: all columns but those that are empty in CSV, which cannot tell empty from absent.
func TestDefenderCarriers(t *testing.T) {
	var carriers [3][]*event.Event
	for i, file := range []string{"streaming.jsonl", "table.jsonl", "portal.csv"} {
		read(t, shared.Dir(t, "data", "synthetic", "at", "mde", file), source.Options{}, func(ev *event.Event) {
			carriers[i] = append(carriers[i], ev.Clone())
		}, func(p source.Problem) { t.Error(p) })
	}
	text := func(ev *event.Event) string {
		all := ev.Class.Product + " " + ev.Class.Channel + " " + ev.Class.ID
		for _, f := range ev.Record.Fields {
			if text := f.Value.Text(); text != "" {
				all += " " + f.Name.Text + "=" + text
			}
		}
		return all
	}
	for i, want := range carriers[0] {
		for c := 1; c < 3; c++ {
			if i >= len(carriers[c]) {
				t.Fatalf("carrier %d has %d records, the first %d", c, len(carriers[c]), len(carriers[0]))
			}
			if got := text(carriers[c][i]); got != text(want) {
				t.Errorf("record %d of carrier %d:\n%s\nwant\n%s", i, c, got, text(want))
			}
		}
	}
}

// TestClassicText reads the samples that are Windows events as text, and wants as many of each kind as their index says.
func TestClassicText(t *testing.T) {
	var index []struct{ File, Content string }
	readJSON(t, shared.Dir(t, "data", "attack_data", "index.json"), &index)
	for _, entry := range index {
		list, classic := strings.CutPrefix(entry.Content, "classic ")
		if !classic {
			continue
		}
		path := shared.Dir(t, "data", "attack_data", filepath.FromSlash(entry.File))
		got := map[string]int{}
		read(t, path, source.Options{}, func(ev *event.Event) {
			word, _, _ := strings.Cut(ev.Class.Channel, " ") // the index has the first word
			got[word+":"+ev.Class.ID]++
			if ev.Record.Get("Computer").IsNull() || ev.Record.Get("TimeCreated_SystemTime").Kind() != event.Time {
				t.Errorf("%s: record %d lacks its computer or its time", path, ev.Origin.Record)
			}
			if ev.Class.ID == "4688" && ev.Record.Get("NewProcessName").Text() == "" {
				t.Errorf("%s: record %d has no process", path, ev.Origin.Record)
			}
		}, func(p source.Problem) { t.Error(p) })
		for _, kind := range strings.Split(list, ", ") {
			name, count, _ := strings.Cut(kind, " x")
			if want, _ := strconv.Atoi(count); got[name] != want {
				t.Errorf("%s: %d of %s, want %s", path, got[name], name, count)
			}
			delete(got, name)
		}
		if len(got) > 0 {
			t.Errorf("%s: also %v", path, got)
		}
	}
}

// TestJSONSecondOpinion compares the values of the lines of the Windows logs in JSON with what encoding/json reads: all lines
// of small logs, all of the beginning of large ones and one in eight of their rest.
func TestJSONSecondOpinion(t *testing.T) {
	root := shared.Dir(t, "data", "winlog-json")
	seen, lines := 0, 0
	err := source.Walk(context.Background(), []string{root}, source.Options{}, func(in *source.Input) error {
		return in.ReadBlocks(func(b source.Block) error {
			for line := range bytes.Lines(b.Bytes) {
				if seen++; b.Index > 8 && seen%8 != 0 {
					continue
				}
				if line = bytes.TrimSpace(line); len(line) > 0 {
					lines++
					if diff := source.SecondOpinion(line); diff != "" {
						t.Errorf("%s: %s", in.Name, diff)
					}
				}
			}
			return nil
		}, func(p source.Problem) { t.Error(p) })
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d lines", lines)
}

// TestSysmonMessages wants of each Sysmon event with a rendered message that the fields are those which the message says, one
// by one: what exporters do to names and values must not change any. Messages differ in the case of hexadecimal digits and in
// what they make of %n inside of values; fields that are empty may be left out.
func TestSysmonMessages(t *testing.T) {
	compared := 0
	read(t, shared.Dir(t, "data", "winlog-json"), source.Options{}, func(ev *event.Event) {
		message := ev.Record.Get("RenderingInfo.Message").Text()
		if ev.Class.Provider != "Microsoft-Windows-Sysmon" || message == "" {
			return
		}
		_, rest, _ := strings.Cut(strings.ReplaceAll(message, "\r\n", "\n"), "\n")
		lines := strings.Split(rest, "\n")
		for i, line := range lines {
			label, want, ok := strings.Cut(line, ":")
			if !ok || strings.ContainsAny(label, " \t\\") {
				continue
			}
			for j := i + 1; j < len(lines) && !strings.Contains(lines[j], ": "); j++ { // a value of several lines
				want += "\n" + lines[j]
			}
			compared++
			got := strings.ReplaceAll(ev.Record.Get(label).Text(), "\r\n", "\n")
			if !strings.EqualFold(strings.TrimSpace(got), strings.TrimSpace(want)) && !strings.Contains(got, "%") {
				t.Errorf("%s: record %d, event %s: %s is %q, in the message %q", ev.Origin.Source, ev.Origin.Record, ev.Class.ID, label, got, want)
			}
		}
	}, func(p source.Problem) { t.Error(p) })
	t.Logf("%d fields compared", compared)
}
