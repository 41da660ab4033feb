package source_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// seedFiles adds the shared files below a folder that are no longer than max.
func seedFiles(f *testing.F, max int64, elem ...string) {
	filepath.WalkDir(shared.Dir(f, elem...), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if info, err := entry.Info(); err == nil && info.Size() <= max {
			if data, err := os.ReadFile(path); err == nil {
				f.Add(data)
			}
		}
		return nil
	})
}

// seedCases adds the inputs of the authored cases.
func seedCases(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "windows_xml", "*.txtar"))
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range archive.Files {
			if part.Name == "in" {
				f.Add(part.Data)
			}
		}
	}
}

// reading writes down all that comes out of bytes, as far as it is worth comparing.
func reading(data []byte, o source.Options) string {
	var b bytes.Buffer
	o.Stdin, o.MaxBytes = bytes.NewReader(data), 4<<20
	events := 0
	err := source.ForEach(context.Background(), []string{"-"}, o, func(ev *event.Event) bool {
		fmt.Fprintf(&b, "%v %v %v %s\n", *ev.Class, ev.Origin, ev.Marks, ev.Record.AppendJSON(nil))
		clone := ev.Clone()
		if got, want := clone.Record.AppendJSON(nil), ev.Record.AppendJSON(nil); !bytes.Equal(got, want) {
			fmt.Fprintf(&b, "clone differs: %s\n", got)
		}
		events++
		return events < 2000
	}, func(in *source.Input) {
		fmt.Fprintf(&b, "%s %v %s\n", in.Name, in.Guess, in.Skipped)
	}, func(p source.Problem) {
		fmt.Fprintln(&b, p)
	})
	fmt.Fprintln(&b, events, err)
	return b.String()
}

func fuzzReading(f *testing.F, o source.Options) {
	f.Fuzz(func(t *testing.T, data []byte) {
		first := reading(data, o)
		if second := reading(data, o); first != second {
			t.Errorf("first:\n%s\nsecond:\n%s", first, second)
		}
	})
}

func FuzzWindowsXML(f *testing.F) {
	seedCases(f)
	seedFiles(f, 64<<10, "oracles", "evtx-golden")
	fuzzReading(f, source.Options{Format: "windows-xml"})
}

func FuzzEVTX(f *testing.F) {
	seedFiles(f, 70<<10, "data", "evtx")
	fuzzReading(f, source.Options{Format: "evtx", Carve: true})
}

// FuzzSniffWalk sends bytes all the way: archives, compression, encodings, every format.
func FuzzSniffWalk(f *testing.F) {
	seedCases(f)
	text := oneEvent(1) + oneEvent(2)
	bz, _ := base64.StdEncoding.DecodeString(bzip2Event)
	for _, s := range []string{
		text, gzipOf(f, text), xzOf(f, text), zstdOf(f, text), string(bz), tarOf(f, file{"a", text}, file{"b", text}),
		zipOf(f, file{"a", text}, file{`b\c`, gzipOf(f, text)}), sevenzipOf(f, 0, false, file{"a", text}, file{"b", text}),
		sevenzipOf(f, 0, true, file{"a", text}), gzipOf(f, tarOf(f, file{"z.zip", zipOf(f, file{"a", text})})),
		string(utf16Of(text, binary.LittleEndian, true)), string(utf16Of(text, binary.BigEndian, false)),
	} {
		f.Add([]byte(s))
	}
	seedFiles(f, 16<<10, "data")
	fuzzReading(f, source.Options{})
}
