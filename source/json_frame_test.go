package source_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"goshawk/event"
	"goshawk/source"
)

// TestJSONBlocks writes the same records down in every way that the framer knows, more of them than fit into a block and some
// longer than one, and wants them back in order, each with its line, its offset and its own bytes.
func TestJSONBlocks(t *testing.T) {
	var compact, pretty []string
	for i := range 3000 {
		text := fmt.Sprintf(`{"n":%d,"text":"}\n{ \"%s\" ]","list":[{"x":[%d,null]},"]"]}`, i, strings.Repeat("ab{[", i%97), i)
		if i%1000 == 7 {
			text = fmt.Sprintf(`{"n":%d,"long":%q}`, i, strings.Repeat("long \\ text\n", 60000))
		}
		compact = append(compact, text)
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
			t.Fatal(err)
		}
		pretty = append(pretty, b.String())
	}
	ways := map[string]struct {
		text    string
		records []string
	}{
		"lines":        {strings.Join(compact, "\n") + "\n", compact},
		"crlf":         {strings.Join(compact, "\r\n\r\n"), compact},
		"pretty":       {strings.Join(pretty, "\n"), pretty},
		"one line":     {strings.Join(compact, ""), compact},
		"list":         {"[" + strings.Join(compact, ",") + "]", compact},
		"pretty list":  {"[\n" + strings.Join(pretty, ",\n") + "\n]\n", pretty},
		"envelope":     {`{"Records":[` + strings.Join(compact, " , ") + `],"more":{"a":[1]}}`, compact},
		"deep":         {`{"took":1,"hits":{"total":1,"hits":[` + strings.Join(compact, ",") + `]},"end":1}`, compact},
		"several":      {"[" + strings.Join(compact[:1500], ",") + "]\n[" + strings.Join(compact[1500:], ",") + "]", compact},
		"list, lines":  {"[" + strings.Join(compact[:1500], ",") + "]\n" + strings.Join(compact[1500:], "\n"), compact},
		"lines, list":  {strings.Join(compact[:1500], "\n") + "\n[" + strings.Join(compact[1500:], ",") + "]", compact},
		"mark, commas": {"\ufeff[" + strings.Join(compact, "\n,\n") + "\n]", compact},
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			for kind, reader := range map[string]io.Reader{
				"whole": strings.NewReader(way.text), "pieces": iotest.HalfReader(strings.NewReader(way.text)),
			} {
				in := source.NewInput("in", reader, -1, source.Options{})
				n, blocks := 0, 0
				at, line := int64(0), uint64(1)
				text := strings.TrimPrefix(way.text, "\ufeff")
				decoder := in.Format.NewDecoder(source.Options{})
				problem := func(p source.Problem) { t.Errorf("%s: %v", kind, p) }
				err := in.ReadBlocks(func(b source.Block) error {
					blocks++
					decoder.Decode(b, func(ev *event.Event) bool {
						if n == len(way.records) {
							t.Fatalf("%s: too many records", kind)
						}
						want := way.records[n]
						if string(ev.Raw) != want || text[ev.Origin.Offset:][:len(want)] != want {
							t.Fatalf("%s: record %d is %.80q at %d, want %.80q", kind, n, ev.Raw, ev.Origin.Offset, want)
						}
						line += uint64(strings.Count(text[at:ev.Origin.Offset], "\n"))
						if at = ev.Origin.Offset; ev.Origin.Record != line {
							t.Fatalf("%s: record %d is on line %d, want %d", kind, n, ev.Origin.Record, line)
						}
						if got := ev.Record.Get("n").Int(); got != int64(n) {
							t.Fatalf("%s: record %d is number %d", kind, n, got)
						}
						n++
						return true
					}, problem)
					return nil
				}, problem)
				if err != nil || n != len(way.records) {
					t.Errorf("%s: %d records, want %d; %v", kind, n, len(way.records), err)
				}
				if blocks < 4 {
					t.Errorf("%s: only %d blocks", kind, blocks)
				}
			}
		})
	}
}

// TestJSONTooLong has a value that is longer than any record may be: it is cut, and what follows is read.
func TestJSONTooLong(t *testing.T) {
	text := "{\"a\":1}\n{\"first\":2,\"long\":\"" + strings.Repeat("x", 20<<20) + "\"}\n{\"a\":3}\n"
	got := jsonStory(t, text, source.Options{})
	events := strings.Split(got["events"], "\n")
	if len(events) != 4 || events[0] != `json||| #1 {"a":1}` || !strings.HasPrefix(events[1], `json||| #2 truncated {"first":2,"long":"xxx`) || events[2] != `json||| #3 {"a":3}` {
		t.Errorf("events: %.300q", events)
	}
	if got["problems"] != "json-too-long #2\njson-truncated #2\n" {
		t.Errorf("problems: %s", got["problems"])
	}
}

// TestCSVBlocks has more rows than fit into a block, some longer than one.
func TestCSVBlocks(t *testing.T) {
	var b strings.Builder
	b.WriteString("n,text\n")
	for i := range 3000 {
		fmt.Fprintf(&b, "%d,\"row \"\"%d\"\"\n%s\"\n", i, i, strings.Repeat("line,\n", i%91))
		if i%1000 == 5 {
			fmt.Fprintf(&b, "\n%s", strings.Repeat(" \n", 10))
		}
	}
	text := b.String()
	for kind, reader := range map[string]io.Reader{"whole": strings.NewReader(text), "pieces": iotest.HalfReader(strings.NewReader(text))} {
		in := source.NewInput("in", reader, -1, source.Options{})
		n, at, line := 0, int64(0), uint64(1)
		err := source.ReadAll(in, func(ev *event.Event) bool {
			line += uint64(strings.Count(text[at:ev.Origin.Offset], "\n"))
			if at = ev.Origin.Offset; ev.Origin.Record != line {
				t.Fatalf("%s: row %d is on line %d, want %d", kind, n, ev.Origin.Record, line)
			}
			want := fmt.Sprintf("row \"%d\"\n%s", n, strings.Repeat("line,\n", n%91))
			if ev.Record.Get("n").Text() != fmt.Sprint(n) || ev.Record.Get("text").Text() != want {
				t.Fatalf("%s: row %d is %s", kind, n, ev.Record.AppendJSON(nil))
			}
			n++
			return true
		}, func(p source.Problem) { t.Errorf("%s: %v", kind, p) })
		if err != nil || n != 3000 {
			t.Errorf("%s: %d rows; %v", kind, n, err)
		}
	}
}

// TestReadErrors wants what was read before an error, and the error.
func TestReadErrors(t *testing.T) {
	for name, text := range map[string]string{
		"json": strings.Repeat("{\"a\":1}\n", 100000) + `{"a":2,"b":3`,
		"csv":  "a,b\n" + strings.Repeat("1,2\n", 200000) + "1,",
	} {
		in := source.NewInput("in", io.MultiReader(strings.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF)), -1, source.Options{})
		n := 0
		var last event.Marks
		err := source.ReadAll(in, func(ev *event.Event) bool { n++; last = ev.Marks; return true }, func(source.Problem) {})
		if err == nil || n < 100000 || last&event.Truncated == 0 {
			t.Errorf("%s: %d records, the last %q, error %v", name, n, last, err)
		}
	}
}

// TestHostileText reads texts that are made to take long: each must be over in the time of a few readings.
func TestHostileText(t *testing.T) {
	const size = 2 << 20
	repeat := func(text string) string { return strings.Repeat(text, size/len(text)) }
	var names strings.Builder
	for i := 0; names.Len() < size; i++ {
		fmt.Fprintf(&names, `"n%d_1":%d,`, i, i)
	}
	for name, c := range map[string]struct{ format, text string }{
		"broken values on a line":   {"json", repeat(`{"a":}`)},
		"open brackets":             {"json", repeat("{[\n")},
		"open objects":              {"json", repeat(`{"a":`)},
		"lists in lists":            {"json", repeat("[")},
		"empty lines":               {"json", `{"a":1}` + repeat("\n") + `{"a":2}`},
		"open quotes":               {"json", repeat("{\"\n")},
		"backslashes":               {"json", `{"a":"` + repeat(`\`)},
		"commas":                    {"json", "[" + repeat(",")},
		"names":                     {"json", "{" + names.String() + `"x":1}`},
		"names of data":             {"json", `{"Event":{"System":{"EventID":1},"EventData":{` + names.String()[:100000] + `"x":1}}}`},
		"a number":                  {"json", `{"a":` + repeat("1") + "}"},
		"texts in texts":            {"json", `{"_raw":` + strings.Repeat(`"{\"_raw\":`, 1) + repeat(`\\\"`) + "}"},
		"quotes in a table":         {"csv", "a,b\n\"x" + repeat("\n\"\"\"x")},
		"open quotes in a table":    {"csv", "a,b\n" + repeat("\"x\"\"\n")},
		"commas in a table":         {"csv", "a,b\n" + repeat(",")},
		"columns":                   {"csv", repeat("a,") + "\n1,2\n"},
		"labels":                    {"windows-text", "03/29/2021 02:10:10 PM\nLogName=Security\nEventCode=1\nMessage=m\n\tAccesses:\tx\n" + repeat("\t\t\tx\n")},
		"different labels":          {"windows-text", "03/29/2021 02:10:10 PM\nLogName=Security\nEventCode=1\nMessage=m\n" + strings.ReplaceAll(names.String(), ",", "\n")},
		"beginnings of text events": {"windows-text", repeat("03/29/2021 02:10:10 PM\nLogName\n")},
	} {
		t.Run(name, func(t *testing.T) {
			in := source.NewInput("in", strings.NewReader(c.text), int64(len(c.text)), source.Options{Format: c.format})
			begin := time.Now()
			err := source.ReadAll(in, func(*event.Event) bool { return true }, func(source.Problem) {})
			if took := time.Since(begin); err != nil || took > 20*time.Second {
				t.Errorf("took %v; %v", took, err)
			} else {
				t.Log(took)
			}
		})
	}
}
