package evtx_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"goshawk/source/evtx"
)

// shared returns the folder of shared material. Where it is absent the test is
// skipped, except in continuous integration, where it must be there.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GOSHAWK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "oracles", "evtx-expected.json")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("shared material is missing: %v", err)
		}
		t.Skipf("no shared material: %v", err)
	}
	return dir
}

// expectation is one entry of evtx-expected.json.
type expectation struct {
	OK   int    `json:"ok"`
	Err  int    `json:"err"`
	Note string `json:"note"`
}

func expectations(t testing.TB, dir string) map[string]expectation {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "oracles", "evtx-expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]expectation
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 {
		t.Fatal("evtx-expected.json lists no files")
	}
	return want
}

func openLog(t testing.TB, path string, o evtx.Options) *evtx.Reader {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := evtx.NewReader(bytes.NewReader(b), o)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return r
}

// TestExpectedCounts reads every listed file and counts its records.
func TestExpectedCounts(t *testing.T) {
	dir := shared(t)
	cache := evtx.NewCache()
	for name, want := range expectations(t, dir) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			r := openLog(t, filepath.Join(dir, filepath.FromSlash(name)), evtx.Options{Cache: cache})
			n := 0
			sound := !strings.Contains(want.Note, "wrong data CRC")
			for rec := range r.Records() {
				n++
				if !sound {
					continue
				}
				if rec.Channel == "" || rec.Provider == "" || rec.TimeCreated == 0 || rec.Carved != "" {
					t.Errorf("record %d: channel %q, provider %q, time %d, carved %q",
						rec.ID, rec.Channel, rec.Provider, rec.TimeCreated, rec.Carved)
				}
			}
			rep := r.Report()
			if n != rep.Records {
				t.Errorf("%d records returned, %d reported", n, rep.Records)
			}
			if rep.Records != want.OK || rep.Damaged != want.Err {
				t.Errorf("got %d good and %d damaged, want %d and %d\n%v", rep.Records, rep.Damaged, want.OK, want.Err, rep.Problems)
			}
			if dirty := strings.Contains(want.Note, "dirty flag"); rep.Dirty != dirty && !strings.Contains(want.Note, "unknown bits") {
				t.Errorf("dirty is %v, want %v", rep.Dirty, dirty)
			}
			if crc := strings.Contains(want.Note, "wrong data CRC"); (rep.DataCRC > 0) != crc {
				t.Errorf("%d chunks with a wrong checksum; expected any: %v", rep.DataCRC, crc)
			}
		})
	}
	t.Logf("%d templates, %d paths", cache.Templates(), cache.Paths())
}

// oracleRecord is a line of evtx-json: what two other decoders agree on.
type oracleRecord struct {
	Record   uint64            `json:"record"`
	System   map[string]string `json:"system"`
	Sections []oracleSection   `json:"sections"`
}

type oracleSection struct {
	Section    string            `json:"section"`
	Attributes map[string]string `json:"attributes"`
	Data       [][2]*string      `json:"data"`
	Tree       *oracleNode       `json:"tree"`
}

type oracleNode struct {
	Tag      string
	Attr     map[string]string
	Text     string
	Children []*oracleNode
}

func (n *oracleNode) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&n.Tag, &n.Attr, &n.Text, &n.Children})
}

// leaves lists the leaf elements and attributes below n as "A/B=text", in order
// but for the attributes of one element, which are listed by name.
func (n *oracleNode) leaves(above string, out map[string][]string) {
	at := above + "/" + n.Tag
	for k, v := range n.Attr {
		out[at+"@"+k] = append(out[at+"@"+k], v)
	}
	for _, c := range n.Children {
		c.leaves(at, out)
	}
	if n.Text != "" {
		out[at] = append(out[at], n.Text)
	}
}

// TestDecodedValues compares every field with what two other decoders agree on.
func TestDecodedValues(t *testing.T) {
	dir := shared(t)
	manifest, err := os.ReadFile(filepath.Join(dir, "oracles", "evtx-json", "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	cache := evtx.NewCache()
	cases := 0
	for _, line := range strings.Split(strings.TrimSpace(string(manifest)), "\n")[1:] {
		col := strings.Split(line, "\t")
		cases++
		t.Run(col[0], func(t *testing.T) {
			want := oracleLines(t, filepath.Join(dir, "oracles", "evtx-json", col[0]))
			r := openLog(t, filepath.Join(dir, filepath.FromSlash(col[1])), evtx.Options{Cache: cache})
			seen := 0
			for rec := range r.Records() {
				w, ok := want[keyOf(rec)]
				if !ok {
					continue
				}
				seen++
				compare(t, rec, w)
			}
			if n, _ := strconv.Atoi(col[2]); seen != n {
				t.Errorf("compared %d records, want %d", seen, n)
			}
		})
	}
	if cases == 0 {
		t.Error("the manifest lists no files")
	}
}

// eventKey is what identifies an event within a file: a file may hold several
// channels, and then the ids of the record headers are those of the file.
type eventKey struct{ channel, id string }

func keyOf(rec *evtx.Record) eventKey {
	id, _ := rec.Find("System", "EventRecordID")
	return eventKey{rec.Channel, id.Text()}
}

func oracleLines(t *testing.T, path string) map[eventKey]oracleRecord {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[eventKey]oracleRecord{}
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var o oracleRecord
		if err := json.Unmarshal(sc.Bytes(), &o); err != nil {
			t.Fatal(err)
		}
		out[eventKey{o.System["Channel"], o.System["EventRecordID"]}] = o
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func compare(t *testing.T, rec *evtx.Record, want oracleRecord) {
	t.Helper()
	got := map[string]string{}
	for _, f := range rec.Fields {
		if f.Path.Section == "System" && f.Text() != "" {
			key := f.Path.Element
			if f.Path.Attribute {
				key = f.Path.Parent.Element + "." + key
			}
			got[key] = f.Text()
		}
	}
	for k, v := range want.System {
		if g, ok := got[k]; !ok || !same(g, v) {
			t.Errorf("record %d: System %s: got %q, want %q", rec.ID, k, g, v)
		}
		delete(got, k)
	}
	for k, v := range got {
		t.Errorf("record %d: System %s: got %q, want nothing", rec.ID, k, v)
	}
	sections := map[string]bool{"System": true}
	for _, s := range want.Sections {
		sections[s.Section] = true
		if s.Tree != nil {
			compareTree(t, rec, s)
		} else {
			compareData(t, rec, s)
		}
	}
	for _, f := range rec.Fields {
		if !sections[f.Path.Section] {
			t.Errorf("record %d: %v: unexpected section", rec.ID, f.Path)
		}
	}
}

func compareData(t *testing.T, rec *evtx.Record, s oracleSection) {
	t.Helper()
	var fields []evtx.Field
	unnamed := int32(0)
	for _, f := range rec.Fields {
		if f.Path.Section != s.Section {
			continue
		}
		if f.Path.Attribute {
			k := strings.TrimPrefix(f.Path.Name, s.Section+"_")
			if v, ok := s.Attributes[k]; !ok || !same(f.Text(), v) {
				t.Errorf("record %d: attribute %s: got %q, want %q", rec.ID, k, f.Text(), v)
			}
			continue
		}
		fields = append(fields, f)
	}
	for i, nv := range s.Data {
		if i >= len(fields) {
			t.Errorf("record %d: %s ends after %d fields, want %d", rec.ID, s.Section, len(fields), len(s.Data))
			return
		}
		f := fields[i]
		name := f.Path.Name
		switch {
		case nv[0] == nil:
			if !f.Path.Unnamed() || name != "Data" || f.Index != unnamed {
				t.Errorf("record %d: field %d is %v, index %d; want unnamed Data %d", rec.ID, i, f.Path, f.Index, unnamed)
			}
			unnamed++
		case strings.TrimPrefix(*nv[0], "#") != name:
			t.Errorf("record %d: field %d is named %q, want %q", rec.ID, i, name, *nv[0])
		}
		v := ""
		if nv[1] != nil {
			v = *nv[1]
		}
		if g := f.Text(); !same(g, v) {
			t.Errorf("record %d: %s: got %q, want %q", rec.ID, name, g, v)
		}
	}
	if len(fields) > len(s.Data) {
		t.Errorf("record %d: %s has %d fields, want %d", rec.ID, s.Section, len(fields), len(s.Data))
	}
}

func compareTree(t *testing.T, rec *evtx.Record, s oracleSection) {
	t.Helper()
	want, got := map[string][]string{}, map[string][]string{}
	s.Tree.leaves("", want)
	for _, f := range rec.Fields {
		if f.Path.Section == s.Section && f.Text() != "" {
			key := strings.TrimPrefix(f.Path.String(), "Event")
			got[key] = append(got[key], f.Text())
		}
	}
	for k, v := range want {
		if len(v) != len(got[k]) {
			t.Errorf("record %d: %s: got %q, want %q", rec.ID, k, got[k], v)
			continue
		}
		for i := range v {
			if !same(got[k][i], v[i]) {
				t.Errorf("record %d: %s: got %q, want %q", rec.ID, k, got[k][i], v[i])
			}
		}
		delete(got, k)
	}
	for k, v := range got {
		t.Errorf("record %d: %s: got %q, want nothing", rec.ID, k, v)
	}
}

var (
	hexText  = regexp.MustCompile(`^0x[0-9a-fA-F]{1,16}$`)
	guidText = regexp.MustCompile(`^\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$`)
)

// same compares two texts by the rules of the oracles: hexadecimal by value,
// GUIDs without case and braces, times as instants, everything else by byte.
func same(got, want string) bool {
	if got == want {
		return true
	}
	if hexText.MatchString(got) && hexText.MatchString(want) {
		g, _ := strconv.ParseUint(got[2:], 16, 64)
		w, _ := strconv.ParseUint(want[2:], 16, 64)
		return g == w
	}
	if guidText.MatchString(got) && guidText.MatchString(want) {
		return strings.EqualFold(strings.Trim(got, "{}"), strings.Trim(want, "{}"))
	}
	g, err := time.Parse(time.RFC3339Nano, got)
	if err != nil {
		return false
	}
	w, err := time.Parse(time.RFC3339Nano, want)
	if err != nil {
		return false
	}
	unit := time.Duration(100)
	if _, frac, _ := strings.Cut(want, "."); len(frac) == len("000000Z") {
		unit = time.Microsecond // all that this tool prints
	}
	return g.Truncate(unit).Equal(w.Truncate(unit))
}

// xmlNode is an element of a golden in XML.
type xmlNode struct {
	XMLName  xml.Name
	Attr     []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []xmlNode  `xml:",any"`
}

// leaves lists what a record's fields must be: attributes and leaf elements in
// document order.
func (n xmlNode) leaves(above string, out *[][2]string) {
	at := strings.TrimPrefix(above+"/"+n.XMLName.Local, "/")
	for _, a := range n.Attr {
		if a.Name.Local == "Name" && (n.XMLName.Local == "Data" || n.XMLName.Local == "ComplexData") {
			at += "[" + a.Value + "]"
			continue
		}
		if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
			*out = append(*out, [2]string{at + "@" + a.Name.Local, a.Value})
		}
	}
	text := n.Text
	if strings.Trim(text, " \r\n\t") == "" && strings.Contains(text, "\n") {
		text = "" // indentation of the pretty-printer
	}
	if len(n.Children) == 0 && text != "" {
		*out = append(*out, [2]string{at, text})
	}
	for _, c := range n.Children {
		c.leaves(at, out)
	}
}

// TestGoldenXML compares single records with the XML that another project keeps
// as its expectation. A file is named after the log and the record.
func TestGoldenXML(t *testing.T) {
	dir := shared(t)
	goldens, _ := filepath.Glob(filepath.Join(dir, "oracles", "evtx-golden", "omerbenamram", "*.xml"))
	if len(goldens) == 0 {
		t.Fatal("no goldens found")
	}
	for _, g := range goldens {
		name := strings.TrimSuffix(filepath.Base(g), ".xml")
		t.Run(name, func(t *testing.T) {
			log, which, _ := strings.Cut(name, "__")
			b, err := os.ReadFile(g)
			if err != nil {
				t.Fatal(err)
			}
			var root xmlNode
			if err := xml.Unmarshal(b, &root); err != nil {
				t.Fatal(err)
			}
			var want, got [][2]string
			root.leaves("", &want)
			id, _ := strconv.ParseUint(strings.TrimPrefix(which, "record"), 10, 64)
			rec := findRecord(t, logFile(t, dir, "omerbenamram-evtx", log), which == "first", id)
			for _, f := range rec.Fields {
				if f.Text() != "" {
					got = append(got, [2]string{f.Path.String(), f.Text()})
				}
			}
			if len(got) != len(want) {
				t.Errorf("got %d fields, want %d", len(got), len(want))
			}
			for i := range min(len(got), len(want)) {
				if got[i][0] != want[i][0] || !same(got[i][1], want[i][1]) {
					t.Errorf("field %d:\n-want %q\n+got  %q", i, want[i], got[i])
				}
			}
		})
	}
}

// logFile finds the log in a folder of samples whose name contains part.
func logFile(t *testing.T, dir, folder, part string) string {
	t.Helper()
	logs, _ := filepath.Glob(filepath.Join(dir, "data", "evtx", folder, "*.evtx"))
	for _, exact := range []bool{true, false} {
		for _, l := range logs {
			base := strings.TrimSuffix(filepath.Base(l), ".evtx")
			if base == part || !exact && strings.Contains(base, part) {
				return l
			}
		}
	}
	t.Fatalf("no log for %q in %s", part, folder)
	return ""
}

// findRecord returns the first record of a log, or the one with the given id.
func findRecord(t *testing.T, path string, first bool, id uint64) *evtx.Record {
	t.Helper()
	for rec := range openLog(t, path, evtx.Options{}).Records() {
		if first || rec.ID == id {
			return rec
		}
	}
	t.Fatalf("%s: no record %d", path, id)
	return nil
}

// TestGoldenJSON compares single records with the JSON that other projects
// keep. Their JSON is flattened to leaf values by path; numbers are compared by
// value, since one of them writes hexadecimal as decimal and times as floats.
func TestGoldenJSON(t *testing.T) {
	dir := shared(t)
	goldens, _ := filepath.Glob(filepath.Join(dir, "oracles", "evtx-golden", "*", "*"))
	cases := 0
	for _, g := range goldens {
		if filepath.Ext(g) == ".xml" {
			continue
		}
		cases++
		t.Run(filepath.Base(g), func(t *testing.T) {
			b, err := os.ReadFile(g)
			if err != nil {
				t.Fatal(err)
			}
			dec := json.NewDecoder(bytes.NewReader(b))
			dec.UseNumber()
			for {
				var doc map[string]any
				if err := dec.Decode(&doc); err == io.EOF {
					return
				} else if err != nil {
					t.Fatal(err)
				}
				if inner, ok := doc["Event"].(map[string]any); ok {
					doc = inner
				}
				delete(doc, "Message")
				compareJSON(t, goldenRecord(t, dir, filepath.Base(g), doc), doc)
			}
		})
	}
	if cases == 0 {
		t.Error("no goldens found")
	}
}

// goldenRecord finds the record a JSON golden shows: in the log that the golden
// is named after, or else in any log, by channel, computer and id.
func goldenRecord(t *testing.T, dir, golden string, doc map[string]any) *evtx.Record {
	t.Helper()
	system := doc["System"].(map[string]any)
	key := eventKey{fmt.Sprint(system["Channel"]), fmt.Sprint(system["EventRecordID"])}
	logs, _ := filepath.Glob(filepath.Join(dir, "data", "evtx", "*", "*.evtx"))
	if log, _, ok := strings.Cut(golden, "__"); ok {
		logs = []string{logFile(t, dir, "omerbenamram-evtx", log)}
	}
	for _, l := range logs {
		for rec := range openLog(t, l, evtx.Options{}).Records() {
			if keyOf(rec) == key && rec.Computer == system["Computer"] {
				return rec
			}
		}
	}
	t.Fatalf("no record %v", key)
	return nil
}

// compareJSON compares leaf values by path. Repeated elements are compared as
// sets, since the goldens number them.
func compareJSON(t *testing.T, rec *evtx.Record, doc map[string]any) {
	t.Helper()
	want := map[string][]string{}
	for k, v := range doc {
		flatten(k, v, want)
	}
	got := map[string][]evtx.Field{}
	for _, f := range rec.Fields {
		key := strings.Join(f.Path.Elements()[1:], "/")
		if f.Path.Label != "" {
			key = f.Path.Section + "/" + f.Path.Label
		}
		got[key] = append(got[key], f)
	}
	for k, fields := range got {
		left := want[k]
		delete(want, k)
		for _, f := range fields {
			i := slices.IndexFunc(left, func(w string) bool { return sameJSON(&f, w) })
			if i >= 0 {
				left = slices.Delete(left, i, i+1)
			} else if f.Text() != "" {
				t.Errorf("record %d: %s: got %q, want one of %q", rec.ID, k, f.Text(), left)
			}
		}
		for _, w := range left {
			if w != "" {
				t.Errorf("record %d: %s: %q is missing", rec.ID, k, w)
			}
		}
	}
	for k, v := range want {
		t.Errorf("record %d: %s: %q is missing", rec.ID, k, v)
	}
}

// sameJSON compares a field with a value of a golden in JSON. Those tools write
// hexadecimal as decimal, times as floating seconds, and trim text.
func sameJSON(f *evtx.Field, want string) bool {
	if same(f.Text(), want) || strings.TrimSpace(f.Text()) == want {
		return true
	}
	if n, ok := f.Uint(); ok {
		return strconv.FormatUint(n, 10) == want
	}
	if ticks, ok := f.Time(); ok {
		w, err := strconv.ParseFloat(want, 64)
		return err == nil && math.Abs(float64(evtx.FileTime(ticks).UnixMicro())/1e6-w) < 1e-5
	}
	return false
}

// numbered is how one tool tells repeated elements apart.
var numbered = regexp.MustCompile(`_\d+(_attributes)?$`)

// flatten lists the leaves of a golden by path, attributes as further steps.
func flatten(at string, v any, out map[string][]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, c := range v {
			k = numbered.ReplaceAllString(k, "$1")
			switch {
			case k == "#attributes":
				flatten(at, c, out)
			case k == "#text", k == "Value":
				flatten(at, c, out)
			case k == "xmlns":
			case strings.HasSuffix(k, "_attributes"):
				flatten(at+"/"+strings.TrimSuffix(k, "_attributes"), c, out)
			default:
				flatten(at+"/"+k, c, out)
			}
		}
	case []any:
		for _, c := range v {
			flatten(at, c, out)
		}
	case nil:
	default:
		out[at] = append(out[at], fmt.Sprint(v))
	}
}
