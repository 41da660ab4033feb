package source_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// goldenRecord is a record as go-libaudit reads it.
type goldenRecord struct {
	Time string            `json:"@timestamp"`
	Type string            `json:"record_type"`
	Seq  uint64            `json:"sequence"`
	Data map[string]string `json:"data"`
}

// TestAuditRecordsLikeLibaudit compares every record of the logs that come with go-libaudit's parser with what it makes of
// them, in its terms.
func TestAuditRecordsLikeLibaudit(t *testing.T) {
	logs, err := filepath.Glob(filepath.Join(shared.Dir(t, "data/linux/go-libaudit/auparse/testdata"), "*.log"))
	if err != nil || len(logs) == 0 {
		t.Fatal("no logs", err)
	}
	for _, path := range logs {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var golden []*goldenRecord
			readGolden(t, path+".golden", &golden)
			events, problems := decodeFile(t, "auditd", path)
			unread := 0
			for _, p := range problems {
				switch p.Code {
				case "auditd-late": // the lines are sorted by type
				case "auditd-syntax":
					unread++
				default:
					t.Error(p)
				}
			}
			var got, want []string
			for _, ev := range events {
				if ev.Marks&event.Derived == 0 {
					got = append(got, libauditText(ev.Logged, ev.Class.ID, ev.Origin.Record, libauditData(ev.Class.ID, &ev.Record)))
				}
			}
			for _, g := range golden {
				if g == nil { // go-libaudit cannot read it either
					unread--
					continue
				}
				at, err := time.Parse(time.RFC3339, g.Time)
				if err != nil {
					t.Fatal(err)
				}
				if _, negative := strings.CutPrefix(g.Data["exit"], "E"); negative {
					g.Data["exit"] = "error"
				}
				if g.Data["tty"] == "(none)" {
					delete(g.Data, "tty")
				}
				want = append(want, libauditText(event.TicksOf(at), strings.ToUpper(g.Type), g.Seq, g.Data))
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			if unread != 0 {
				t.Errorf("%d more lines than expected cannot be read", unread)
			}
			t.Logf("%d records", len(got))
		})
	}
}

func libauditText(ticks int64, kind string, serial uint64, data map[string]string) string {
	text, _ := json.Marshal(data)
	return fmt.Sprintf("%s %s %d %s", event.FormatTime(ticks), kind, serial, text)
}

// libauditData says the fields of a record in go-libaudit's terms.
func libauditData(kind string, r *event.Record) map[string]string {
	data := map[string]string{}
	objtype := !r.Get("objtype").IsAbsent()
	for _, f := range r.Fields {
		name, text := f.Name.Text, f.Value.Text()
		switch name {
		case "type", "node", "msg", "time", "serial", "ARCH", "SYSCALL":
			continue
		case "nametype":
			if objtype {
				continue
			}
		case "subj", "obj":
			for i, part := range strings.SplitN(text, ":", 5) {
				data[name+[...]string{"_user", "_role", "_domain", "_level", "_category"}[i]] = part
			}
			continue
		case "success", "res", "result":
			name = "result"
			if text == "yes" || text == "1" || text == "success" {
				text = "success"
			} else {
				text = "fail"
			}
		case "auid", "ses", "old-auid":
			if text == "4294967295" {
				text = "unset"
			}
		case "arch":
			text = r.Get("ARCH").Text()
		case "syscall":
			text = r.Get("SYSCALL").Text()
		case "exit":
			if strings.HasPrefix(text, "-") {
				text = "error"
			}
		case "saddr":
			if kind == "SOCKADDR" && slices.Contains([]string{"ipv4", "ipv6", "unix"}, r.Get("family").Text()) {
				continue
			}
		}
		if text != "" && name != "key" { // it drops the empty, and keeps keys elsewhere
			data[name] = text
		}
	}
	return data
}

func readGolden(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(path, err)
	}
}

// goldenEvent is a joined event of go-libaudit.
type goldenEvent struct {
	Name  string `json:"test_name"`
	Event struct {
		Time    string            `json:"@timestamp"`
		Seq     uint64            `json:"sequence"`
		Type    string            `json:"record_type"`
		Result  string            `json:"result"`
		Session string            `json:"session"`
		Tags    []string          `json:"tags"`
		Data    map[string]string `json:"data"`
		User    struct {
			IDs map[string]string `json:"ids"`
		} `json:"user"`
		Process struct {
			PID, PPID, Title, Name, Exe, CWD string
			Args                             []string
		} `json:"process"`
		Source struct{ IP, Hostname, Port string } `json:"source"`
		Paths  []map[string]string                 `json:"paths"`
	}
}

// TestAuditEventsLikeLibaudit compares the joined events of go-libaudit's coalescing tests: every fact that it states about
// process, user, result, tags, addresses and files, in our terms.
func TestAuditEventsLikeLibaudit(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared.Dir(t, "data/linux/go-libaudit/aucoalesce/testdata"), "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range files {
		var cases struct{ Tests map[string]string }
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &cases); err != nil {
			t.Fatal(err)
		}
		var golden []goldenEvent
		readGolden(t, strings.TrimSuffix(path, ".yaml")+".json.golden", &golden)
		for _, g := range golden {
			t.Run(filepath.Base(path)+"/"+g.Name, func(t *testing.T) {
				events, problems := decodeText(t, "auditd", g.Name, strings.NewReader(cases.Tests[g.Name]), time.Time{}, source.Options{})
				if len(problems) > 0 {
					t.Error(problems)
				}
				all := joined(events)
				if len(all) != 1 {
					t.Fatalf("%d joined events, want 1", len(all))
				}
				if diff := cmp.Diff(goldenFacts(t, g), ourFacts(all[0], g)); diff != "" {
					t.Errorf("facts (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// goldenFacts lists what go-libaudit says of an event under our names.
func goldenFacts(t *testing.T, g goldenEvent) map[string]string {
	e := g.Event
	at, err := time.Parse(time.RFC3339, e.Time)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{
		"time": event.FormatTime(event.TicksOf(at)), "serial": fmt.Sprint(e.Seq), "type": strings.ToUpper(e.Type),
		"pid": e.Process.PID, "ppid": e.Process.PPID, "comm": e.Process.Name, "exe": e.Process.Exe, "cwd": e.Process.CWD,
		"cmdline": e.Process.Title, "key": strings.Join(e.Tags, ","),
		"success": map[string]string{"success": "yes", "fail": "no"}[e.Result],
		"addr":    e.Source.IP, "ses": e.Session,
	}
	for name, id := range e.User.IDs {
		facts[name] = id
	}
	for name, text := range e.Data {
		facts[name] = text
	}
	for i, p := range e.Paths {
		for name, text := range p {
			if !strings.HasPrefix(name, "obj_") {
				facts[fmt.Sprintf("paths.%d.%s", i, name)] = text
			}
		}
	}
	for name, text := range facts {
		if text == "" || text == "unset" || text == "(none)" || name == "old-ses" && text == "4294967295" {
			delete(facts, name)
		}
		if name == "key" && text == e.Data["arch"] { // what is left where the byte before enriched pairs was lost
			delete(facts, name)
		}
	}
	return facts
}

// ourFacts lists what our event says about the same.
func ourFacts(ev *event.Event, g goldenEvent) map[string]string {
	facts := map[string]string{}
	for name, want := range goldenFactNames(g) {
		v := ev.Record.Get(name)
		if v.Kind() == event.List && name == "key" {
			v = event.TextValue(strings.Join(texts(v), ","))
		} else if v.Kind() == event.List && slices.Contains(texts(v), want) { // records disagree, and go-libaudit keeps one
			v = event.TextValue(want)
		}
		if !v.IsAbsent() && v.Text() != "4294967295" {
			facts[name] = v.Text()
		}
	}
	for i, p := range ev.Record.Get("paths").List() {
		for _, f := range p.Object().Fields {
			if f.Name.Text != "obj" && (f.Name.Text != "nametype" || p.Object().Get("objtype").IsAbsent()) {
				facts[fmt.Sprintf("paths.%d.%s", i, f.Name.Text)] = f.Value.Text()
			}
		}
	}
	return facts
}

// goldenFactNames returns every name that our event must be asked about: those of the golden, and those that it would have
// if there were such a fact.
func goldenFactNames(g goldenEvent) map[string]string {
	names := map[string]string{}
	for _, name := range []string{"time", "serial", "type", "pid", "ppid", "comm", "exe", "cwd", "cmdline", "key", "success", "addr", "ses",
		"auid", "uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid", "tty"} {
		names[name] = ""
	}
	for name, id := range g.Event.User.IDs {
		names[name] = id
	}
	for name, text := range g.Event.Data {
		names[name] = text
	}
	return names
}

func texts(v event.Value) (all []string) {
	for _, e := range v.List() {
		all = append(all, e.Text())
	}
	return all
}

// atLabels is labels.json of the synthetic events.
type atLabels struct {
	Files   []string
	Records []struct {
		N    int
		ID   uint64
		At   bool `json:"seed_sigma"`
		Note string
	}
}

// TestSyntheticAuditd reads both files of the synthetic audit events: there is one joined event for each labelled one, in
// their order; those that the label calls a start of at are, and both files agree.
func TestSyntheticAuditd(t *testing.T) {
	dir := shared.Dir(t, "data/synthetic/at/auditd")
	var labels atLabels
	readGolden(t, filepath.Join(dir, "labels.json"), &labels)
	var lists [][]map[string]string
	for _, file := range labels.Files {
		events, problems := decodeFile(t, "", filepath.Join(dir, file))
		for _, p := range problems {
			t.Error(p)
		}
		all := joined(events)
		if len(all) != len(labels.Records) {
			t.Fatalf("%s: %d joined events, want %d", file, len(all), len(labels.Records))
		}
		var list []map[string]string
		for i, ev := range all {
			want := labels.Records[i]
			if ev.Origin.Record != want.ID {
				t.Errorf("%s: event %d has serial %d, want %d", file, want.N, ev.Origin.Record, want.ID)
			}
			exe := strings.ToLower(ev.Record.Get("exe").Text())
			at := ev.Class.ID == "process" && (strings.HasSuffix(exe, "/at") || strings.HasSuffix(exe, "/atd"))
			if at != want.At {
				t.Errorf("%s: event %d (%s): %s of %q, want at: %v", file, want.N, want.Note, ev.Class.ID, exe, want.At)
			}
			facts := map[string]string{"id": ev.Class.ID}
			for _, name := range []string{"exe", "comm", "cmdline", "argv", "cwd", "pid", "ppid", "uid", "auid", "syscall", "arch", "success", "path", "key", "cmd"} {
				facts[name] = ev.Record.Get(name).Text()
			}
			list = append(list, facts)
			if ev.Class.ID == "process" && strings.Contains(facts["cmdline"], "missing)") {
				t.Errorf("%s: event %d has a gap: %s", file, want.N, facts["cmdline"])
			}
		}
		lists = append(lists, list)
	}
	for _, other := range lists[1:] {
		if diff := cmp.Diff(lists[0], other); diff != "" {
			t.Errorf("the files differ:\n%s", diff)
		}
	}
}

// TestAuditOfArp reads the audit lines of a published attack, in their archive.
func TestAuditOfArp(t *testing.T) {
	var lines []string
	err := source.Walk(t.Context(), []string{shared.Dir(t, "data/linux/security-datasets/atomic/linux/discovery/host/sh_arp_cache.zip")}, source.Options{}, func(in *source.Input) error {
		events, problems := decodeInput(t, in, source.Options{})
		for _, p := range problems {
			t.Error(p)
		}
		for _, ev := range joined(events) {
			r := &ev.Record
			lines = append(lines, fmt.Sprintf("%s %s %s %s [%s] in %s", event.FormatTime(ev.Logged), ev.Class.ID, r.Get("exe").Text(), r.Get("uid").Text(), r.Get("cmdline").Text(), r.Get("cwd").Text()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2020-11-10T07:48:16.155Z process /usr/sbin/arp 1000 [arp -a] in /home/wardog",
		"2020-11-10T07:48:16.155Z process /bin/grep 1000 [grep -v ^?] in /home/wardog",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
