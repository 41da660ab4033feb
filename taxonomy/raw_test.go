package taxonomy_test

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/plan"
	"goshawk/source"
	"goshawk/taxonomy"
)

// The text of an event that came in binary is XML that says the same: read again, it gives the same class and fields.
func TestRawOfBinaryEvents(t *testing.T) {
	root := shared.Dir(t, "data", "evtx")
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".evtx" {
			if info, err := entry.Info(); err == nil && info.Size() < 1<<21 {
				files = append(files, path)
			}
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no event logs below %s: %v", root, err)
	}
	tax := taxonomy.Default()
	var events []*event.Event
	text := &strings.Builder{}
	err = source.ForEach(context.Background(), files, source.Options{}, func(ev *event.Event) bool {
		if ev.Raw != nil || len(events) >= 4000 {
			return true
		}
		raw := valueIn(t, tax, ev, "splunk/_raw").Text()
		if err := wellFormed(raw); err != nil {
			t.Errorf("%s %d: %v: %s", ev.Origin.Source, ev.Origin.Record, err, raw)
			return true
		}
		events = append(events, ev.Clone())
		text.WriteString(raw)
		text.WriteString("\n")
		return true
	}, nil, func(source.Problem) {})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "events.xml")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	i, wrong := 0, 0
	err = source.ForEach(context.Background(), []string{path}, source.Options{Format: "windows-xml"}, func(got *event.Event) bool {
		want := events[i]
		i++
		if *got.Class != *want.Class {
			t.Errorf("%s %d: the class is %+v, want %+v", want.Origin.Source, want.Origin.Record, *got.Class, *want.Class)
			wrong++
		}
		for _, f := range want.Record.Fields {
			if before, after := want.Record.Get(f.Name.Text), got.Record.Get(f.Name.Text); !sameText(before, after) {
				t.Errorf("%s %d: %s is %q, was %q", want.Origin.Source, want.Origin.Record, f.Name.Text, after.Text(), before.Text())
				wrong++
			}
		}
		return wrong < 20 && i < len(events)
	}, nil, func(p source.Problem) { t.Error(p) })
	if err != nil {
		t.Fatal(err)
	}
	if i != len(events) {
		t.Errorf("%d of %d events were read again", i, len(events))
	}
	t.Logf("%d events", i)
}

// sameText compares as XML can say it: all values are texts, and there is none that is null.
func sameText(a, b event.Value) bool {
	if a.Kind() == event.List || b.Kind() == event.List {
		x, y := a.List(), b.List()
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if !sameText(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	if ticks, _, ok := event.ParseTime(b.Text()); ok && a.Kind() == event.Time {
		return ticks == a.Int()
	}
	return asXML(a.Text()) == asXML(b.Text())
}

// asXML puts what XML cannot say as it does.
func asXML(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return '\ufffd'
		}
		return r
	}, strings.ReplaceAll(text, "\r\n", "\n"))
}

func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// What came as text is its own text, and XML is written out only where there is none.
func TestRawOfText(t *testing.T) {
	tax := taxonomy.Default()
	ev := &event.Event{Class: sysmon("1"), Raw: []byte("<Event/>")}
	ev.Record.Set("EventID", event.IntValue(1))
	if got := valueIn(t, tax, ev, "splunk/_raw").Text(); got != "<Event/>" {
		t.Errorf("the text is %q", got)
	}
	if e := tax.Source(event.ClassOf(event.Class{Product: "json"}), "splunk/_raw"); e != nil {
		t.Errorf("the text of JSON is written out: %s", plan.ExprString(e))
	}
}
