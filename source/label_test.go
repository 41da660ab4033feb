package source_test

import (
	"fmt"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/source"
)

// TestLabels gives two inputs to one decoder, each labelled otherwise, and a third without a label.
func TestLabels(t *testing.T) {
	var text strings.Builder
	for i := range 300 { // more classes than a labeller keeps at hand
		fmt.Fprintf(&text, `{"event_simpleName":"E%d","event_platform":"Win","aid":"1"}`+"\n", i%150)
	}
	labels := map[string]source.Label{
		"a": {Source: "crowdstrike", Sourcetype: "crowdstrike:events:sensor"},
		"b": {Sourcetype: "_json"},
	}
	o := source.Options{Label: func(input string) source.Label { return labels[input] }}
	decoder := source.FormatByName("json").NewDecoder(o)
	seen := map[event.Class]*event.Class{}
	for _, name := range []string{"a", "b", "c", "a"} {
		in := source.NewInput(name, strings.NewReader(text.String()), -1, o)
		if in.Label != labels[name] {
			t.Fatalf("%s is labelled %+v", name, in.Label)
		}
		events := 0
		err := in.ReadBlocks(func(b source.Block) error {
			decoder.Decode(b, func(ev *event.Event) bool {
				want := event.Class{Product: "crowdstrike", Channel: "Win", ID: fmt.Sprintf("E%d", events%150), Source: labels[name].Source, Sourcetype: labels[name].Sourcetype}
				if *ev.Class != want {
					t.Errorf("%s: class %+v, want %+v", name, *ev.Class, want)
				}
				if first := seen[want]; first != nil && first != ev.Class {
					t.Errorf("%s: class %+v has two addresses", name, want)
				}
				seen[want] = ev.Class
				events++
				return true
			}, func(p source.Problem) { t.Error(p) })
			return nil
		}, func(p source.Problem) { t.Error(p) })
		if err != nil || events != 300 {
			t.Errorf("%s: %d events, %v", name, events, err)
		}
	}
}

// TestLabelsDecideTheFormat shows when the word for an input counts: where its bytes speak for it, or for nothing else.
func TestLabelsDecideTheFormat(t *testing.T) {
	for _, test := range []struct{ name, text, sourcetype, want string }{
		{"the bytes alone", "a=1 b=2 c=3\n", "", "key-value"},
		{"text that is nothing in particular", "hello\nworld\n", "", ""},
		{"the same, said to be something", "hello\nworld\n", "papercutng", "text"},
		{"bytes that speak otherwise", `{"a":1}` + "\n", "pan:threat", "json"},
		{"a few lines that fit", "May 12 11:00:50 fw 1,2026/05/12 11:00:51,01,SYSTEM,auth,0,2026/05/12 11:00:51,v\nMay 12 11:00:51 fw x: y\nMay 12 11:00:52 fw x: z\n", "pan:system", "paloalto"},
		{"the same without a word", "May 12 11:00:50 fw 1,2026/05/12 11:00:51,01,SYSTEM,auth,0,2026/05/12 11:00:51,v\nMay 12 11:00:51 fw x: y\nMay 12 11:00:52 fw x: z\n", "", "syslog"},
		{"without regard to case", "a=1 b=2 c=3\n", "NGINX:plus:KV", "key-value"},
		{"a broken object", `{"a":` + "\n", "_json", "text"},
		{"what looks like a document", "---\na: 1\nb: 2\n", "custom", "text"},
		{"bytes of no text", "\x00\x01\x02\x03", "custom", ""},
		{"nothing", "", "custom", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := source.NewInput("in", strings.NewReader(test.text), int64(len(test.text)), source.Options{
				Label: func(string) source.Label { return source.Label{Sourcetype: test.sourcetype} },
			})
			got := ""
			if in.Format != nil {
				got = in.Format.Name
			}
			if got != test.want {
				t.Errorf("read as %q (%s; %s), want %q", got, in.Guess.Why, in.Skipped, test.want)
			}
			if (in.Skipped == "") != (test.want != "") {
				t.Errorf("skipped: %q", in.Skipped)
			}
		})
	}
}
