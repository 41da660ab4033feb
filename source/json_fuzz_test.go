package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/event"
	"goshawk/source"
)

// seeds gives the inputs of the cases in a folder of testdata.
func seeds(f *testing.F, folder string, add func(in []byte)) {
	files, _ := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
	if len(files) == 0 {
		f.Fatalf("there are no cases in %s", folder)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range txtar.Parse(data).Files {
			if part.Name == "in" {
				add(part.Data)
			}
		}
	}
}

// FuzzJSON frames and decodes any bytes: the parser says what encoding/json says of valid lines; text without problems gives
// the same records however it is cut into blocks; places lie inside of the text; nothing depends on what was read before.
func FuzzJSON(f *testing.F) {
	seeds(f, "json", func(in []byte) {
		f.Add(in)
		for line := range bytes.Lines(in) {
			f.Add(line)
		}
	})
	f.Fuzz(func(t *testing.T, text []byte) {
		for line := range bytes.Lines(text) {
			if diff := source.SecondOpinion(line); diff != "" {
				t.Error(diff)
			}
		}
		tell := func(size int) (story []string, problems int) {
			own := bytes.Clone(text)
			source.JSONInPieces(own, size, func(ev *event.Event) {
				if at := ev.Origin.Offset; at < 0 || at+int64(len(ev.Raw)) > int64(len(text)) && ev.Raw != nil && bytes.HasPrefix(ev.Raw, []byte("{")) && ev.Class.Product == "json" {
					t.Errorf("the record at %d of %d has %d bytes", at, len(text), len(ev.Raw))
				}
				story = append(story, string(ev.Record.AppendJSON([]byte(ev.Class.Product+ev.Class.ID))))
			}, func(p source.Problem) {
				problems++
				if p.Offset < 0 || p.Offset > int64(len(text)) || p.Code == "" || p.Reason == "" {
					t.Errorf("problem %+v of a text of %d bytes", p, len(text))
				}
			})
			return story, problems
		}
		whole, problems := tell(0)
		for _, size := range []int{8, 64, 1 << 12} {
			pieces, also := tell(size)
			if problems > 0 || also > 0 {
				continue
			}
			if len(pieces) != len(whole) {
				t.Fatalf("%d records in blocks of %d, %d in one", len(pieces), size, len(whole))
			}
			for i := range whole {
				if pieces[i] != whole[i] {
					t.Errorf("record %d is %s in blocks of %d, %s in one", i, pieces[i], size, whole[i])
				}
			}
		}
	})
}

// FuzzShapes reads any object as every shape that it might have: each gives a class and a record, the same when it reads it
// again, and Windows events have an id.
func FuzzShapes(f *testing.F) {
	seeds(f, "json", func(in []byte) {
		for line := range bytes.Lines(in) {
			f.Add(line)
		}
		f.Add(in)
	})
	f.Fuzz(func(t *testing.T, text []byte) {
		first := map[string]string{}
		for range 2 {
			seen := map[string]int{}
			source.EveryShape(text, func(shape string, ev *event.Event) {
				if ev.Class == nil || ev.Class.Product == "" {
					t.Fatalf("%s gives no class", shape)
				}
				if ev.Class.Product == "windows" && (ev.Class.ID == "" || ev.Record.Get("EventID").IsAbsent()) {
					t.Errorf("%s gives a Windows event without id: %s", shape, ev.Record.AppendJSON(nil))
				}
				if seen[shape]++; seen[shape] > 1 {
					shape += " (rows)"
				}
				story := string(ev.Record.AppendJSON([]byte(ev.Class.Product + "|" + ev.Class.Channel + "|" + ev.Class.ID)))
				if before, again := first[shape]; again && before != story {
					t.Errorf("%s gives %s, and before %s", shape, story, before)
				}
				first[shape] = story
			})
		}
	})
}

// FuzzCSV reads any bytes as a table: places lie inside of the text, and nothing is read differently the second time.
func FuzzCSV(f *testing.F) {
	seeds(f, "csv", func(in []byte) { f.Add(in) })
	f.Fuzz(func(t *testing.T, text []byte) { twice(t, "csv", text) })
}

// FuzzWindowsText reads any bytes as Windows events in text.
func FuzzWindowsText(f *testing.F) {
	seeds(f, "windows_text", func(in []byte) { f.Add(in) })
	f.Fuzz(func(t *testing.T, text []byte) { twice(t, "windows-text", text) })
}

// twice reads a text and wants the same story both times.
func twice(t *testing.T, format string, text []byte) {
	first := ""
	for i := range 2 {
		story := ""
		in := source.NewInput("in", bytes.NewReader(text), int64(len(text)), source.Options{Format: format})
		if in.Format == nil {
			return
		}
		err := source.ReadAll(in, func(ev *event.Event) bool {
			if ev.Class == nil || ev.Origin.Offset < 0 || ev.Origin.Offset > int64(len(text)) {
				t.Errorf("event at %d of %d bytes", ev.Origin.Offset, len(text))
			}
			story += ev.Class.Product + string(ev.Record.AppendJSON(nil)) + "\n"
			return true
		}, func(p source.Problem) {
			if p.Code == "" || p.Reason == "" {
				t.Errorf("problem %+v", p)
			}
			story += p.Code + "\n"
		})
		if err != nil {
			t.Skip(err) // the bytes are in an encoding that breaks off
		}
		if i > 0 && story != first {
			t.Errorf("second reading\n%s\nfirst\n%s", story, first)
		}
		first = story
	}
}
