package source_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"goshawk/event"
	"goshawk/source"
)

// TestJSONCases runs testdata/json, testdata/csv and testdata/windows_text. A case has these parts:
//
//	in        a stream; ␀ stands for a NUL byte, ␍ for a carriage return, ␛ for the byte 0x01, ␤ at the end for "no line end"
//	format    what the stream is found to be, if it matters
//	zone      of the options
//	events    what comes out: product|channel|provider|id #record marks, and the fields as JSON on the same line
//	logged    the carrier's times, if they matter, one a line
//	problems  what is complained about: code #line, and lost if a record is
//
// Lines that end in \ go on in the next.
func TestJSONCases(t *testing.T) {
	for _, folder := range []string{"json", "csv", "windows_text"} {
		files, _ := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
		for _, file := range files {
			t.Run(folder+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				archive, err := txtar.ParseFile(file)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]string{}
				for _, f := range archive.Files {
					want[f.Name] = strings.ReplaceAll(string(f.Data), "\\\n", "")
				}
				if _, authored := want["events"]; !authored {
					t.Fatal("the case says no events")
				}
				in := strings.NewReplacer("␀", "\x00", "␍", "\r", "␛", "\x01", "␤\n", "").Replace(want["in"])
				var o source.Options
				if zone := strings.TrimSpace(want["zone"]); zone != "" {
					if o.Zone, err = time.LoadLocation(zone); err != nil {
						t.Fatal(err)
					}
				}
				got := jsonStory(t, in, o)
				for _, part := range []string{"format", "events", "logged", "problems"} {
					if _, asked := want[part]; !asked && (part == "format" || part == "logged") {
						continue
					}
					if diff := lineDiff(want[part], got[part]); diff != "" {
						t.Errorf("%s (-want +got):\n%s", part, diff)
					}
				}
			})
		}
	}
}

// lineDiff returns the lines in which two texts differ.
func lineDiff(want, got string) (diff string) {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		if i < len(a) && i < len(b) && a[i] == b[i] {
			continue
		}
		if i < len(a) && a[i] != "" {
			diff += "-" + a[i] + "\n"
		}
		if i < len(b) && b[i] != "" {
			diff += "+" + b[i] + "\n"
		}
	}
	return diff
}

// jsonStory reads a stream and writes down what came out.
func jsonStory(t testing.TB, text string, o source.Options) map[string]string {
	t.Helper()
	got := map[string]string{}
	in := source.NewInput("in", strings.NewReader(text), int64(len(text)), o)
	if in.Skipped != "" {
		got["problems"] = in.Skipped + "\n"
		return got
	}
	got["format"] = in.Format.Name + "\n"
	err := source.ReadAll(in, func(ev *event.Event) bool {
		marks := ev.Marks.String()
		if marks != "" {
			marks += " "
		}
		got["events"] += fmt.Sprintf("%s|%s|%s|%s #%d %s%s\n", ev.Class.Product, ev.Class.Channel, ev.Class.Provider, ev.Class.ID,
			ev.Origin.Record, marks, ev.Record.AppendJSON(nil))
		got["logged"] += event.FormatTime(ev.Logged) + "\n"
		return true
	}, func(p source.Problem) {
		got["problems"] += fmt.Sprintf("%s #%d", p.Code, p.Record)
		if p.Lost {
			got["problems"] += " lost"
		}
		got["problems"] += "\n"
	})
	if err != nil {
		got["problems"] += err.Error() + "\n"
	}
	return got
}
