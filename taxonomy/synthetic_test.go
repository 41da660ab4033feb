package taxonomy_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/taxonomy"
)

// The rule of the labels: product linux, category process_creation, Image ends with /at or /atd, case ignored.
func TestSyntheticLabels(t *testing.T) {
	root := shared.Dir(t, "data", "synthetic", "at")
	for _, source := range []struct {
		folder, file string
		read         func(t *testing.T, text []byte) []classed
	}{
		{"mde", "table.jsonl", jsonLines("defender", "", "ActionType")},
		{"crowdstrike", "fdr.jsonl", jsonLines("crowdstrike", "event_platform", "event_simpleName")},
		{"sysmon", "xmlwineventlog.log", windowsXML},
		{"sysmon-linux", "syslog", windowsXML},
		{"security4688", "xmlwineventlog.log", windowsXML},
		{"auditd", "audit.log", auditLines},
	} {
		t.Run(source.folder, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(root, source.folder, source.file))
			if err != nil {
				t.Fatal(err)
			}
			events := source.read(t, text)
			var labels struct {
				Records []struct {
					N     int
					Sigma bool `json:"seed_sigma"`
					Note  string
				}
			}
			text, err = os.ReadFile(filepath.Join(root, source.folder, "labels.json"))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(text, &labels); err != nil {
				t.Fatal(err)
			}
			if len(labels.Records) != len(events) {
				t.Fatalf("%d labels for %d events", len(labels.Records), len(events))
			}
			for _, label := range labels.Records {
				e := events[label.N-1]
				if got := fires(t, e); got != label.Sigma {
					t.Errorf("event %d: %v, want %v: %s", label.N, got, label.Sigma, label.Note)
				}
			}
		})
	}
}

type classed struct {
	class  *event.Class
	record *event.Record
}

func fires(t *testing.T, e classed) bool {
	tax := taxonomy.Default()
	v := tax.Sigma("process_creation", "linux", "")
	when, in := tax.Route(v.Table, e.class)
	if !in || when != nil && !evaluate(t, when, e.record).Bool() {
		return false
	}
	column, _, _ := v.Column("Image")
	image := strings.ToLower(evaluate(t, tax.Source(e.class, column), e.record).Text())
	return strings.HasSuffix(image, "/at") || strings.HasSuffix(image, "/atd")
}

// jsonLines reads flat objects; the channel and the id of the class are fields of theirs.
func jsonLines(product, channel, id string) func(*testing.T, []byte) []classed {
	return func(t *testing.T, text []byte) []classed {
		var events []classed
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			var fields map[string]any
			if err := json.Unmarshal(lines.Bytes(), &fields); err != nil {
				t.Fatal(err)
			}
			r := &event.Record{}
			for name, v := range fields {
				switch v := v.(type) {
				case string:
					r.Set(name, event.TextValue(v))
				case float64:
					r.Set(name, event.IntValue(int64(v)))
				case nil:
					r.Set(name, event.NullValue())
				}
			}
			c := event.Class{Product: product, ID: r.Get(id).Text()}
			if channel != "" {
				c.Channel = r.Get(channel).Text()
			} else {
				c.Channel = r.Get("Type").Text()
			}
			events = append(events, classed{event.ClassOf(c), r})
		}
		return events
	}
}

var (
	xmlData    = regexp.MustCompile(`<Data Name=['"]([^'"]+)['"]>(.*?)</Data>`)
	xmlID      = regexp.MustCompile(`<EventID[^>]*>(\d+)<`)
	xmlChannel = regexp.MustCompile(`<Channel>([^<]*)<`)
)

// windowsXML reads rendered events, one a line and perhaps cut off, whose values need no decoding that matters here.
func windowsXML(t *testing.T, text []byte) []classed {
	var events []classed
	for _, e := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		c := event.Class{Product: "windows", Channel: string(xmlChannel.FindSubmatch(e)[1]), ID: string(xmlID.FindSubmatch(e)[1])}
		if strings.HasPrefix(c.Channel, "Linux-Sysmon") {
			c.Product = "linux-sysmon"
		}
		r := &event.Record{}
		for _, m := range xmlData.FindAllSubmatch(e, -1) {
			r.Set(string(m[1]), event.TextValue(string(m[2])))
		}
		events = append(events, classed{event.ClassOf(c), r})
	}
	return events
}

var (
	auditSerial = regexp.MustCompile(`audit\([0-9.]+:(\d+)\)`)
	auditExe    = regexp.MustCompile(` exe=(\S+)`)
)

// auditLines gives what is joined from the lines of each serial number: a program that was executed, or something else.
func auditLines(t *testing.T, text []byte) []classed {
	var events []classed
	seen := map[string]int{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		m := auditSerial.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("no audit record: %s", line)
		}
		i, known := seen[m[1]]
		if !known {
			i = len(events)
			seen[m[1]] = i
			events = append(events, classed{event.ClassOf(event.Class{Product: "auditd", Channel: "event", ID: "other"}), &event.Record{}})
		}
		if !strings.HasPrefix(line, "type=SYSCALL") {
			continue
		}
		if regexp.MustCompile(` syscall=(59|322|11|358|221|281) success=yes`).MatchString(line) {
			events[i].class = event.ClassOf(event.Class{Product: "auditd", Channel: "event", ID: "process"})
		}
		exe := auditExe.FindStringSubmatch(line)[1]
		if text, err := strconv.Unquote(exe); err == nil {
			exe = text
		} else if text, err := hex.DecodeString(exe); err == nil {
			exe = string(text)
		}
		events[i].record.Set("exe", event.TextValue(exe))
	}
	return events
}
