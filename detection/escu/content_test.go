package escu_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"goshawk/detection"
	"goshawk/detection/casetest"
	"goshawk/detection/escu"
	"goshawk/diag"
	"goshawk/internal/shared"
)

// published reads everything that ESCU publishes.
func published(t testing.TB) *escu.Pack {
	t.Helper()
	root := shared.Dir(t, "content", "escu")
	once.Do(func() {
		packs, skipped, err := escu.Load([]string{root}, escu.Options{})
		if err != nil || len(packs) != 1 || len(skipped) > 0 {
			t.Fatalf("%d packs, skipped %v, %v", len(packs), skipped, err)
		}
		all = packs[0]
	})
	if all == nil {
		t.Fatal("the published content could not be read")
	}
	return all
}

var (
	once sync.Once
	all  *escu.Pack
)

// TestPublishedContent holds every file against what was read: nothing is lost, nothing is complained of without a place, and
// every detection has what the engine needs.
func TestPublishedContent(t *testing.T) {
	p := published(t)
	root := shared.Dir(t, "content", "escu")
	files := map[string]*escu.File{}
	for _, f := range p.Files {
		files[f.Source.Name] = f
		for _, d := range f.Diagnostics {
			casetest.Place(t, d)
			if d.Severity == diag.Error {
				t.Errorf("published content is refused: %v", d.Error())
			}
		}
	}
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if f := files[path]; (strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".csv")) && f == nil {
			t.Errorf("%s is lost", path)
		} else if f != nil && f.Role.Asks() && len(f.Detections) != 1 {
			t.Errorf("%s holds %d detections", path, len(f.Detections))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range append(append([]*detection.Detection{}, p.Detections...), p.Baselines...) {
		a := d.Answer
		switch {
		case d.ID == "", d.Title == "", d.Name == "", d.Search == nil, a == nil, a.Kind == "", d.Schedule == nil, d.Schedule != nil && (d.Schedule.Cron == "" || d.Schedule.Earliest == "" || d.Schedule.Latest == ""):
			t.Errorf("%s lacks something: %+v", d.Path, d)
		case a.Finding && (a.Title == "" || a.Description == "" || len(a.FindingFields) == 0):
			t.Errorf("%s makes findings without a text or a field", d.Path)
		case a.Finding != (a.Kind == detection.TTP || a.Kind == detection.Correlation), a.Risk != (a.Kind == detection.TTP || a.Kind == detection.Anomaly):
			t.Errorf("%s: %s, finding %v, risk %v", d.Path, a.Kind, a.Finding, a.Risk)
		}
		if level, err := detection.LevelOf(a.Severity); err != nil || a.Kind != detection.Hunting && a.Kind != detection.Baseline && level != d.Level {
			t.Errorf("%s: severity %s, level %s", d.Path, a.Severity, d.Level)
		}
		if m, ok := p.Macro(escu.FilterName(d.Title), 0); a.Kind != detection.Baseline && (!ok || !m.Slot) {
			t.Errorf("%s has no slot", d.Path)
		}
		for _, test := range d.Tests {
			for _, data := range test.Data {
				if data.Path == "" || data.Source == "" || data.Sourcetype == "" || strings.Contains(data.Path, "://") {
					t.Errorf("%s: test data %+v", d.Path, data)
				}
			}
		}
	}
	for name, l := range p.Lookups {
		if l.Missing == "" && l.Kind == escu.Table && (l.Table == nil || len(l.Columns) == 0) {
			t.Errorf("lookup %s has no table and says nothing", name)
		}
		for column := range l.Match {
			if l.Table == nil || slices.Contains(l.Columns, column) {
				continue
			}
			warned := false
			for _, f := range p.Files {
				for _, d := range f.Diagnostics {
					warned = warned || f.Source.Name == l.Path && d.Code == "escu-lookup-column" && strings.Contains(d.Message, column)
				}
			}
			if !warned {
				t.Errorf("lookup %s matches the column %s, which it does not have: %v", name, column, l.Columns)
			}
		}
	}
	t.Log(p.Summary())
}

// TestPlaces holds the place of every byte of every search and macro against the file.
func TestPlaces(t *testing.T) {
	p := published(t)
	texts := map[string]*diag.Text{}
	for _, d := range append(append([]*detection.Detection{}, p.Detections...), p.Baselines...) {
		texts[d.Path] = d.Search
	}
	for key, m := range p.Macros {
		if !strings.HasPrefix(m.Path, "builtin:") {
			texts[key] = m.Definition
		}
	}
	exact, total := 0, 0
	for name, text := range texts {
		for i := range len(text.String) {
			place := text.Place(diag.Span{Start: i, End: i + 1})
			if place.Source == nil || place.Span.End > len(place.Source.Text) {
				t.Fatalf("%s: byte %d has no place", name, i)
			}
			got := place.Source.Text[place.Span.Start:place.Span.End]
			total++
			switch {
			case got == text.String[i:i+1]:
				exact++
			case got == "''", strings.HasPrefix(got, `\`), strings.TrimSpace(got) == "" && strings.TrimSpace(text.String[i:i+1]) == "":
			default:
				t.Fatalf("%s: byte %d of %.40q… comes from %q", name, i, text.String, got)
			}
		}
	}
	t.Logf("%d of %d bytes as they stand in their files", exact, total)
}

// TestOneDetection reads detections one by one: each brings its macros, lookups, stories and data sources, and is the same as in the whole.
func TestOneDetection(t *testing.T) {
	p := published(t)
	for i, whole := range p.Detections {
		if i%400 != 0 {
			continue
		}
		packs, _, err := escu.Load([]string{whole.Path}, escu.Options{})
		if err != nil || len(packs) != 1 || len(packs[0].Detections) != 1 {
			t.Fatalf("%s: %d packs, %v", whole.Path, len(packs), err)
		}
		one := packs[0]
		if diff := cmp.Diff(whole.Answer, one.Detections[0].Answer); diff != "" {
			t.Errorf("%s: answer, -in the whole +alone:\n%s", whole.Path, diff)
		}
		if got, want := one.DiagnosticsOf(one.Detections[0]).Error(), p.DiagnosticsOf(whole).Error(); got != want {
			t.Errorf("%s: alone it is said\n%s\nand in the whole\n%s", whole.Path, got, want)
		}
		if len(one.Lookups) != len(p.Lookups) || len(one.Stories) != len(p.Stories) || len(one.DataSources) != len(p.DataSources) {
			t.Errorf("%s: alone %s", whole.Path, one.Summary())
		}
	}
}

// TestSameEveryTime reads everything with one thread and with many.
func TestSameEveryTime(t *testing.T) {
	root := shared.Dir(t, "content", "escu")
	tell := func(threads int) string {
		packs, _, err := escu.Load([]string{root}, escu.Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, line := range describe(packs[0]) {
			if !strings.HasPrefix(line, "story ") && !strings.HasPrefix(line, "data source ") { // they are a map
				fmt.Fprintln(&b, line)
			}
		}
		for _, f := range packs[0].Files {
			fmt.Fprintln(&b, f.Source.Name, f.Diagnostics.Error())
		}
		return b.String()
	}
	if one, many := tell(1), tell(8); one != many {
		t.Error("what is read depends on the number of threads")
	}
}

// TestSavedSearchesSayTheSame writes all detections as saved searches, as Splunk runs them, and reads them back.
func TestSavedSearchesSayTheSame(t *testing.T) {
	p := published(t)
	var conf strings.Builder
	for _, d := range p.Detections {
		conf.WriteString(stanza(t, d))
	}
	packs, err := escu.LoadFS(fstest.MapFS{"default/savedsearches.conf": {Data: []byte(conf.String())}}, "app:", escu.Options{})
	if err != nil || len(packs) != 1 {
		t.Fatal(len(packs), err)
	}
	again := packs[0]
	if len(again.Detections) != len(p.Detections) {
		t.Fatalf("%d detections become %d", len(p.Detections), len(again.Detections))
	}
	for i, d := range p.Detections {
		got := again.Detections[i]
		for _, c := range []struct {
			what      string
			want, got any
		}{
			{"id", d.ID, got.ID}, {"title", d.Title, got.Title}, {"version", d.Version, got.Version}, {"level", d.Level, got.Level},
			{"kind", d.Answer.Kind, got.Answer.Kind}, {"finding", d.Answer.Finding, got.Answer.Finding}, {"risk", d.Answer.Risk, got.Answer.Risk},
			{"severity", d.Answer.Severity, got.Answer.Severity}, {"stories", d.Stories, got.Stories}, {"data sources", d.DataSources, got.DataSources},
			{"tags", d.Tags, got.Tags}, {"annotations", d.Answer.Annotations, got.Answer.Annotations}, {"schedule", d.Schedule, got.Schedule},
			{"drilldowns", d.Answer.Drilldowns, got.Answer.Drilldowns}, {"risk objects", d.Answer.RiskObjects, got.Answer.RiskObjects},
			{"threat objects", d.Answer.ThreatObjects, got.Answer.ThreatObjects}, {"score", d.Answer.RiskScore, got.Answer.RiskScore},
			{"message", oneLine(d.Answer.Message), oneLine(got.Answer.Message)}, {"search", oneLine(d.Search.String), oneLine(got.Search.String)},
		} {
			risky := c.what == "risk objects" || c.what == "threat objects" || c.what == "message" || c.what == "score" || c.what == "severity" || c.what == "level"
			if risky && (!d.Answer.Risk || len(d.Answer.RiskObjects) == 0) { // the risk action is all that says it
				continue
			}
			if !reflect.DeepEqual(c.want, c.got) {
				t.Errorf("%s: %s is %v, was %v", d.Path, c.what, c.got, c.want)
			}
		}
		if list := again.DiagnosticsOf(got); len(list) > 0 && got.Answer.Kind != "" && list.Failed() {
			t.Errorf("%s: %v", d.Path, list.Error())
		}
	}
}

// oneLine makes a run of blanks one blank.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// stanza writes a detection as a saved search.
func stanza(t *testing.T, d *detection.Detection) string {
	t.Helper()
	var b strings.Builder
	set := func(key, value string) {
		fmt.Fprintf(&b, "%s = %s\n", key, strings.ReplaceAll(strings.TrimSpace(value), "\n", " \\\n"))
	}
	encode := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	a := d.Answer
	fmt.Fprintf(&b, "[ESCU - %s - Rule]\n", d.Title)
	set("action.correlationsearch.metadata", encode(map[string]string{"detection_id": d.ID, "detection_version": fmt.Sprint(d.Version)}))
	notes := map[string]any{}
	for _, x := range a.Annotations {
		notes[x.Name] = x.Values
	}
	notes["type"] = d.Type
	set("action.correlationsearch.annotations", encode(notes))
	if a.Risk {
		var objects []map[string]any
		for _, o := range a.RiskObjects {
			objects = append(objects, map[string]any{"risk_object_field": o.Field, "risk_object_type": o.Type, "risk_score": o.Score})
		}
		for _, o := range a.ThreatObjects {
			objects = append(objects, map[string]any{"threat_object_field": o.Field, "threat_object_type": o.Type})
		}
		set("action.risk", "1")
		set("action.risk.param._risk_message", a.Message)
		set("action.risk.param._risk", encode(objects))
	}
	if a.Finding {
		set("action.notable", "1")
		set("action.notable.param.rule_title", a.Title)
		set("action.notable.param.rule_description", a.Description)
		set("action.notable.param.nes_fields", strings.Join(a.FindingFields, ","))
		set("action.notable.param.security_domain", a.SecurityDomain)
		set("action.notable.param.severity", a.Severity)
	}
	var drills []map[string]string
	for _, x := range a.Drilldowns {
		drills = append(drills, map[string]string{"name": x.Name, "search": x.Search, "earliest_offset": x.Earliest, "latest_offset": x.Latest})
	}
	set("action.notable.param.drilldown_searches", encode(drills))
	set("cron_schedule", d.Schedule.Cron)
	set("dispatch.earliest_time", d.Schedule.Earliest)
	set("dispatch.latest_time", d.Schedule.Latest)
	set("schedule_window", d.Schedule.Window)
	set("disabled", "1")
	set("realtime_schedule", "0")
	set("search", d.Search.String)
	return b.String() + "\n"
}

func BenchmarkLoad(b *testing.B) {
	root := shared.Dir(b, "content", "escu")
	for b.Loop() {
		if _, _, err := escu.Load([]string{root}, escu.Options{Threads: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
