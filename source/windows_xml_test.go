package source_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// TestWindowsXMLCases runs testdata/windows_xml/*.txtar: "in" is a stream, "events" what must come out of it, one line each
// (class, record, marks, fields), "problems" what must be complained about. Lines that end in \ go on in the next.
func TestWindowsXMLCases(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "windows_xml", "*.txtar"))
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			part := make(map[string]string)
			for _, f := range archive.Files {
				part[f.Name] = strings.ReplaceAll(string(f.Data), "\\\n", "")
			}
			if _, authored := part["events"]; !authored {
				t.Fatal("no events")
			}
			in := strings.TrimSuffix(part["in"], "\n")
			events, problems := dump(t, "in", []byte(in))
			if events != part["events"] {
				t.Errorf("events:\n%swant:\n%s", events, part["events"])
			}
			if problems != part["problems"] {
				t.Errorf("problems:\n%swant:\n%s", problems, part["problems"])
			}
		})
	}
}

// dump reads bytes as a file and writes down what comes out.
func dump(t testing.TB, name string, data []byte) (events, problems string) {
	t.Helper()
	in := source.NewInput(name, bytes.NewReader(data), int64(len(data)), source.Options{})
	if in.Skipped != "" {
		return "", "skipped: " + in.Skipped + "\n"
	}
	var given strings.Builder
	err := source.ReadAll(in, func(ev *event.Event) bool {
		marks := ev.Marks.String()
		if marks != "" {
			marks += " "
		}
		fmt.Fprintf(&given, "%s|%s|%s|%s #%d @%d %s%s\n", ev.Class.Product, ev.Class.Channel, ev.Class.Provider, ev.Class.ID,
			ev.Origin.Record, ev.Origin.Offset, marks, ev.Record.AppendJSON(nil))
		return true
	}, func(p source.Problem) {
		lost := ""
		if p.Lost {
			lost = " lost"
		}
		problems += fmt.Sprintf("%s #%d @%d%s: %s\n", p.Code, p.Record, p.Offset, lost, p.Reason)
	})
	if err != nil {
		problems += err.Error() + "\n"
	}
	return given.String(), problems
}

// TestWindowsXMLSynthetic reads the labelled exports: number and ids of events, and the same events from each file of a
// folder, whatever its encoding and its root.
func TestWindowsXMLSynthetic(t *testing.T) {
	for _, folder := range []string{"sysmon", "security4688"} {
		var labels struct {
			Files   []string
			Records []struct{ ID uint64 }
		}
		readJSON(t, shared.Dir(t, "data", "synthetic", "at", folder, "labels.json"), &labels)
		var first []*event.Event
		for _, file := range labels.Files {
			var events []*event.Event
			path := shared.Dir(t, "data", "synthetic", "at", folder, file)
			read(t, path, source.Options{}, func(ev *event.Event) { events = append(events, ev.Clone()) }, func(p source.Problem) { t.Error(p) })
			if len(events) != len(labels.Records) {
				t.Fatalf("%s: %d events, want %d", path, len(events), len(labels.Records))
			}
			for i, label := range labels.Records {
				if got := events[i].Origin.Record; got != label.ID {
					t.Errorf("%s: event %d has number %d, want %d", path, i+1, got, label.ID)
				}
			}
			if first == nil {
				first = events
				continue
			}
			for i := range events {
				if *events[i].Class != *first[i].Class {
					t.Errorf("%s: event %d is of class %+v, want %+v", path, i+1, *events[i].Class, *first[i].Class)
				}
				sameFields(t, path, events[i], first[i])
			}
		}
	}
}

// TestWindowsXMLSecondOpinion compares names and values with those that encoding/xml finds in the same text.
func TestWindowsXMLSecondOpinion(t *testing.T) {
	var files []string
	for _, glob := range []string{
		shared.Dir(t, "data", "synthetic", "at") + "/*/xmlwineventlog.log",
		shared.Dir(t, "data", "synthetic", "at") + "/*/events.xml",
		shared.Dir(t, "oracles", "evtx-golden", "omerbenamram") + "/*.xml",
	} {
		more, _ := filepath.Glob(glob)
		files = append(files, more...)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want := standardReading(t, data)
		var n int
		read(t, file, source.Options{}, func(ev *event.Event) {
			if n >= len(want) {
				t.Fatalf("%s: more than %d events", file, len(want))
			}
			w := want[n]
			n++
			var got []string
			for _, f := range ev.Record.Fields {
				last := f.Name.Text[strings.LastIndexByte(f.Name.Text, '.')+1:]
				text := f.Value.Text()
				if f.Value.Kind() == event.Time {
					text = "time"
				}
				got = append(got, last+"="+text)
			}
			if g := strings.Join(got, "\n"); g != strings.Join(w, "\n") {
				t.Errorf("%s: event %d\n%s\nwant\n%s", file, n, g, strings.Join(w, "\n"))
			}
		}, nil)
		if n != len(want) {
			t.Errorf("%s: %d events, want %d", file, n, len(want))
		}
	}
}

// standardReading lists the last steps of the names, and the values, of the events in data.
func standardReading(t *testing.T, data []byte) (events [][]string) {
	d := xml.NewDecoder(bytes.NewReader(data))
	var fields []string
	var names []string // open elements below Event
	var attrs [][]string
	var text string
	depth, leaf := 0, false
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "Events" {
				continue
			}
			depth++
			name := e.Name.Local
			var list []string
			for _, a := range e.Attr {
				if name == "Data" && a.Name.Local == "Name" {
					name = a.Value
				} else if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
					value := a.Value
					if a.Name.Local == "SystemTime" {
						value = "time"
					}
					prefix := ""
					if len(names) > 1 && names[1] == "System" {
						prefix = name + "_"
					}
					list = append(list, prefix+a.Name.Local+"="+value)
				}
			}
			names = append(names, name)
			if len(names) > 1 && names[1] != "System" { // there they come behind the text
				fields = append(fields, list...)
			}
			attrs = append(attrs, list)
			text, leaf = "", true
		case xml.CharData:
			text += string(e)
		case xml.EndElement:
			if e.Name.Local == "Events" {
				continue
			}
			name, list := names[len(names)-1], attrs[len(attrs)-1]
			system := len(names) > 1 && names[1] == "System"
			blank := strings.TrimSpace(text) == "" && (strings.Contains(text, "\n") || text == "")
			if leaf && len(names) > 2 && !(blank && (len(list) > 0 || system)) {
				if blank {
					text = ""
				}
				fields = append(fields, name+"="+text)
			}
			if system {
				fields = append(fields, list...)
			}
			names, attrs, leaf = names[:len(names)-1], attrs[:len(attrs)-1], false
			if depth--; depth == 0 {
				events, fields = append(events, fields), nil
			}
		}
	}
}
