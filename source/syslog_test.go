package source_test

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// TestSyntheticSysmonLinux reads the synthetic events of Sysmon for Linux from both kinds of syslog.
func TestSyntheticSysmonLinux(t *testing.T) {
	dir := shared.Dir(t, "data/synthetic/at/sysmon-linux")
	var labels atLabels
	readGolden(t, filepath.Join(dir, "labels.json"), &labels)
	var lists [][]string
	for _, file := range labels.Files {
		events, problems := decodeFile(t, "", filepath.Join(dir, file))
		for _, p := range problems {
			if p.Code != "syslog-cut" {
				t.Error(p)
			}
		}
		if len(events) != len(labels.Records) {
			t.Fatalf("%s: %d events, want %d", file, len(events), len(labels.Records))
		}
		var list []string
		for i, ev := range events {
			want := labels.Records[i]
			if ev.Class.Product != "linux-sysmon" || ev.Origin.Record != want.ID {
				t.Errorf("%s: event %d is %v number %d, want %d", file, want.N, *ev.Class, ev.Origin.Record, want.ID)
			}
			image := strings.ToLower(ev.Record.Get("Image").Text())
			at := ev.Class.ID == "1" && (strings.HasSuffix(image, "/at") || strings.HasSuffix(image, "/atd"))
			if at != want.At {
				t.Errorf("%s: event %d (%s) is %s of %q", file, want.N, want.Note, ev.Class.ID, image)
			}
			fields := ev.Record.Fields
			if ev.Marks&event.Truncated != 0 { // the longer head of one file leaves less of the last field
				fields = fields[:len(fields)-1]
			}
			list = append(list, ev.Marks.String()+string((&event.Record{Fields: fields}).AppendJSON(nil)))
		}
		lists = append(lists, list)
	}
	for _, other := range lists[1:] {
		if diff := cmp.Diff(lists[0], other); diff != "" {
			t.Errorf("the files differ:\n%s", diff)
		}
	}
}

// TestSysmonInSyslogRows puts the messages of Sentinel's Syslog rows back behind a syslog head.
func TestSysmonInSyslogRows(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared.Dir(t, "data/linux/security-datasets/compound/Log4Shell"), "*.zip"))
	for _, path := range files {
		z, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		for _, member := range z.File {
			r, err := member.Open()
			if err != nil {
				t.Fatal(err)
			}
			scanner := bufio.NewScanner(r)
			scanner.Buffer(nil, 1<<20)
			var text strings.Builder
			var computers []string
			for scanner.Scan() {
				var row struct{ SyslogMessage, Computer string }
				if err := json.Unmarshal(scanner.Bytes(), &row); err != nil {
					t.Fatal(err)
				}
				text.WriteString("May 11 18:10:20 relay sysmon: " + row.SyslogMessage + "\n")
				computers = append(computers, row.Computer)
			}
			events, problems := decodeText(t, "", path, strings.NewReader(text.String()), time.Time{}, source.Options{})
			if len(events) != len(computers) {
				t.Fatalf("%d events of %d rows, problems %v", len(events), len(computers), problems)
			}
			for i, ev := range events {
				if ev.Marks&event.Truncated != 0 && len(problems) > 0 && problems[0].Code == "syslog-cut" {
					problems = problems[1:]
				}
				if ev.Class.Product != "linux-sysmon" || ev.Record.Get("Computer").Text() != computers[i] || ev.Record.Get("Image").IsAbsent() {
					t.Errorf("row %d is %v of %q", i+1, *ev.Class, ev.Record.Get("Computer").Text())
				}
			}
			if len(problems) > 0 {
				t.Error(problems)
			}
			t.Logf("%d rows", len(events))
		}
	}
}

// TestLineFilesOfOthers finds out by itself what the shared files are that hold lines, and reads every line of them.
func TestLineFilesOfOthers(t *testing.T) {
	for _, c := range []struct {
		path, format string
	}{
		{"data/linux/security-datasets/atomic", "auditd"},
		{"data/linux/go-libaudit/testdata", "auditd"},
		{"data/attack_data/attack_techniques/T1068/linux_dirtyfrag", "auditd"},
		{"data/network/security-datasets", "zeek"},
	} {
		t.Run(c.path, func(t *testing.T) {
			files := 0
			err := source.Walk(context.Background(), []string{shared.Dir(t, c.path)}, source.Options{}, func(in *source.Input) error {
				if in.Skipped != "" {
					t.Errorf("%s is skipped: %s", in.Name, in.Skipped)
					return nil
				}
				if in.Format.Name != c.format {
					t.Errorf("%s is %s (%s)", in.Name, in.Format.Name, in.Guess.Why)
					return nil
				}
				files++
				events, problems := decodeInput(t, in, source.Options{})
				for _, p := range problems {
					t.Error(p)
				}
				counts := map[string]int{}
				for _, ev := range events {
					counts[ev.Class.Product+"/"+ev.Class.Channel+"/"+ev.Class.ID]++
					if ev.Marks&^(event.Derived|event.Fragment) != 0 {
						t.Errorf("%s: event %d is %v", in.Name, ev.Origin.Record, ev.Marks)
					}
				}
				t.Logf("%s: %v", filepath.Base(in.Name), counts)
				return nil
			})
			if err != nil || files == 0 {
				t.Errorf("%d files, %v", files, err)
			}
		})
	}
}
