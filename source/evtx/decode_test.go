package evtx_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"goshawk/source/evtx"
)

// dump returns the fields of a record as lines "path = text".
func dump(r *evtx.Record) string {
	var b strings.Builder
	for _, f := range r.Fields {
		b.WriteString(f.Path.String() + " = " + f.Text())
		if f.Null() {
			b.WriteString(" (null)")
		}
		if f.Damaged {
			b.WriteString(" (damaged)")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// decode reads all records of a chunk and returns their dumps and the report.
func decode(chunk []byte, carve bool) (dumps []string, rep evtx.ChunkReport) {
	d := evtx.NewDecoder(nil)
	d.Reset(chunk, 0, carve)
	for {
		r, ok := d.Next()
		if !ok {
			return dumps, *d.Report()
		}
		dumps = append(dumps, dump(r))
	}
}

func TestSampleRecord(t *testing.T) {
	want := `Event/System/Provider@Name = Synthetic-Provider
Event/System/Provider@Guid = {00112233-4455-6677-8899-AABBCCDDEEFF}
Event/System/EventID = 4688
Event/System/Keywords = 0x8020000000000000
Event/System/TimeCreated@SystemTime = 2019-07-19T14:57:46.0943554Z
Event/System/EventRecordID = 2
Event/System/Channel = Synthetic/Operational
Event/System/Computer = HOST
Event/System/Security@UserID = S-1-5-18
Event/EventData/Data[Image] = C:\Windows\System32\cmd.exe
Event/EventData/Data[CommandLine] = cmd /c whoami  ` + `
Event/EventData/Data[Empty] =  (null)
Event/EventData/Data = a
Event/EventData/Data = ` + `
Event/EventData/Data = b c
`
	r, err := evtx.NewReader(bytes.NewReader(logFileOf(sampleLog(3).chunk(0))), evtx.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rec := range r.Records() {
		if n++; n != 2 {
			continue
		}
		if got := dump(rec); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if rec.ID != 2 || rec.EventID != 4688 || rec.Channel != "Synthetic/Operational" || rec.Computer != "HOST" ||
			rec.Provider != "Synthetic-Provider" || rec.TimeCreated != sampleTime || rec.Written != sampleTime {
			t.Errorf("record header is wrong: %+v", *rec)
		}
		at := time.Date(2019, 7, 19, 14, 57, 46, 94355400, time.UTC)
		if !rec.Time().Equal(at) {
			t.Errorf("time is %v, want %v", rec.Time(), at)
		}
		var names []string
		var index []int32
		for _, f := range rec.Fields {
			names = append(names, f.Path.Name)
			if f.Path.Unnamed() {
				index = append(index, f.Index)
			}
		}
		if got := strings.Join(names, " "); got != "Provider_Name Provider_Guid EventID Keywords TimeCreated_SystemTime "+
			"EventRecordID Channel Computer Security_UserID Image CommandLine Empty Data Data Data" {
			t.Errorf("names are %s", got)
		}
		if len(index) != 3 || index[0] != 0 || index[1] != 1 || index[2] != 2 {
			t.Errorf("positions of unnamed items are %v", index)
		}
	}
	if rep := r.Report(); n != 3 || rep.Records != 3 || rep.Damaged != 0 || len(rep.Problems) != 0 || rep.Truncated {
		t.Errorf("%d records, report %+v", n, rep)
	}
}

// TestContent tells what each construct of the format becomes.
func TestContent(t *testing.T) {
	direct := func(e element) val {
		return embed(func(w *writer) { w.fragment(); w.element(e, false); w.u8(0) })
	}
	template := func(e element, values ...val) val {
		return embed(func(w *writer) { w.fragment(); w.instance(definition{0x77, e}, values...) })
	}
	u32 := func(n uint32) val { return val{typ: evtx.TypeUint32, data: le.AppendUint32(nil, n)} }
	tests := []struct {
		name    string
		content val
		want    string // below System, without "Event/"
	}{
		{"UserData below the provider's element", direct(element{name: "UserData", kids: []any{
			element{name: "LogFileCleared", attrs: []attribute{{"xmlns", []any{"urn:x"}}}, kids: []any{
				element{name: "SubjectUserName", kids: []any{"bob"}},
				element{name: "Flags", attrs: []attribute{{"value", []any{"1"}}}},
				element{name: "Nothing"},
			}}}}),
			"UserData/LogFileCleared/SubjectUserName = bob\nUserData/LogFileCleared/Flags@value = 1\nUserData/LogFileCleared/Nothing =  (null)\n"},
		{"entities and character references", direct(element{name: "EventData", kids: []any{
			element{name: "Data", attrs: []attribute{{"Name", []any{"X"}}}, kids: []any{"a", raw{0x48, 0x26, 0}, "b", raw{0x08, 0xE9, 0}, raw{0x07, 1, 0, '<', 0}}},
		}}), "EventData/Data[X] = a&bé<\n"},
		{"embedded fragment without template but with dependency ids", embed(func(w *writer) {
			w.fragment()
			w.element(element{name: "EventData", kids: []any{element{name: "Data", kids: []any{"v"}}}}, true)
		}), "EventData/Data = v\n"},
		{"instance inside plain elements", embed(func(w *writer) {
			w.fragment()
			w.u8(1)
			size := w.hole()
			w.name("UserData")
			w.u8(2)
			w.instance(definition{0x70, element{name: "Own", kids: []any{element{name: "A", kids: []any{sub{0, true}}}}}}, str("v"))
			w.u8(4)
			w.fill(size)
		}), "UserData/Own/A = v\n"},
		{"text joined from pieces", template(element{name: "EventData", kids: []any{
			element{name: "Data", attrs: []attribute{{"Name", []any{"X"}}}, kids: []any{"pid ", sub{0, false}, "!"}},
		}}, u32(7)), "EventData/Data[X] = pid 7!\n"},
		{"name of an item from a value", template(element{name: "EventData", kids: []any{
			element{name: "Data", attrs: []attribute{{"Name", []any{sub{0, false}}}}, kids: []any{sub{1, false}}},
			element{name: "Data", attrs: []attribute{{"Name", []any{"Y"}}}, kids: []any{sub{1, false}}},
		}}, str("Dyn"), u32(7)), "EventData/Data[Dyn] = 7\nEventData/Data[Y] = 7\n"},
		{"null removes the dependent element and the optional attribute", template(element{name: "UserData", kids: []any{
			element{name: "P", kids: []any{
				element{name: "Gone", dep: 1, attrs: []attribute{{"k", []any{"v"}}}, kids: []any{sub{1, true}}},
				element{name: "Kept", attrs: []attribute{{"a", []any{sub{1, true}}}, {"b", []any{sub{0, true}}}}, kids: []any{sub{1, false}}},
				element{name: "Missing", kids: []any{sub{9, true}}},
			}}}}, u32(7), null()), "UserData/P/Kept@b = 7\nUserData/P/Kept =  (null)\n"},
		{"complex data", direct(element{name: "EventData", attrs: []attribute{{"Name", []any{"N"}}}, kids: []any{
			element{name: "ComplexData", attrs: []attribute{{"Name", []any{"C"}}}, kids: []any{
				element{name: "Data", attrs: []attribute{{"Name", []any{"D"}}}, kids: []any{"v"}}}},
			element{name: "Binary", kids: []any{"00FF"}},
		}}), "EventData@Name = N\nEventData/ComplexData[C]/Data[D] = v\nEventData/Binary = 00FF\n"},
		{"blanks between elements are no text", direct(element{name: "UserData", kids: []any{"\r\n ",
			element{name: "P", kids: []any{"\t", element{name: "A", kids: []any{"  "}}, "\n"}}}}),
			"UserData/P/A =   \n"},
		{"several fragments in one value", embed(func(w *writer) {
			for _, n := range []string{"EventData", "UserData"} {
				w.fragment()
				w.element(element{name: n, kids: []any{element{name: "A", kids: []any{"v"}}}}, false)
				w.u8(0)
			}
		}), "EventData/A = v\nUserData/A = v\n"},
		{"no content at all", null(), ""},
		{"values of all types", template(element{name: "EventData", kids: []any{
			element{name: "Data", kids: []any{sub{0, false}}}, element{name: "Data", kids: []any{sub{1, false}}},
			element{name: "Data", kids: []any{sub{2, false}}}, element{name: "Data", kids: []any{sub{3, false}}},
			element{name: "Data", kids: []any{sub{4, false}}}, element{name: "Data", kids: []any{sub{5, false}}},
			element{name: "Data", kids: []any{sub{6, false}}}, element{name: "Data", kids: []any{sub{7, false}}},
			element{name: "Data", kids: []any{sub{8, false}}}, element{name: "Data", kids: []any{sub{9, false}}},
			element{name: "Data", kids: []any{sub{10, false}}}, element{name: "Data", kids: []any{sub{11, false}}},
			element{name: "Data", kids: []any{sub{12, false}}}, element{name: "Data", kids: []any{sub{13, false}}},
		}},
			val{typ: evtx.TypeInt8, data: []byte{0xFF}},
			val{typ: evtx.TypeInt64, data: bytes.Repeat([]byte{0xFF}, 8)},
			val{typ: evtx.TypeUint64, data: bytes.Repeat([]byte{0xFF}, 8)},
			val{typ: evtx.TypeReal64, data: []byte{0, 0, 0, 0, 0, 0, 0xF8, 0x3F}},
			val{typ: evtx.TypeBool, data: []byte{1, 0, 0, 0}},
			val{typ: evtx.TypeBool, data: []byte{0}},
			val{typ: evtx.TypeBinary, data: []byte{0xDE, 0xAD}},
			val{typ: evtx.TypeHex32, data: []byte{0xE7, 3, 0, 0}},
			val{typ: evtx.TypeSystemTime, data: []byte{0xE3, 7, 7, 0, 5, 0, 19, 0, 14, 0, 57, 0, 46, 0, 94, 0}},
			val{typ: evtx.TypeSID, data: []byte{1, 3, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}},
			val{typ: evtx.TypeANSI, data: []byte("\x80uro\x00")},
			val{typ: evtx.TypeString, data: utf16le("tail \x00\x00")},
			val{typ: evtx.TypeString, data: []byte{0x3D, 0xD8, 0x00, 0xDE, 0x00, 0xD8, 'x', 0}},
			val{typ: evtx.TypeArray | evtx.TypeUint16, data: []byte{1, 0, 2, 0}},
		), `EventData/Data = -1
EventData/Data = -1
EventData/Data = 18446744073709551615
EventData/Data = 1.5
EventData/Data = true
EventData/Data = false
EventData/Data = DEAD
EventData/Data = 0x3e7
EventData/Data = 2019-07-19T14:57:46.094Z
EventData/Data = 010300000000000512000000 (damaged)
EventData/Data = €uro
EventData/Data = tail ` + `
EventData/Data = ` + "\U0001F600\uFFFDx" + `
EventData/Data = 1
EventData/Data = 2
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newChunk()
			w.event(1, tt.content)
			dumps, rep := decode(w.chunk(0), false)
			if len(dumps) != 1 || rep.Damaged != 0 {
				t.Fatalf("%d records, report %+v", len(dumps), rep)
			}
			_, got, _ := strings.Cut(dumps[0], "Security@UserID = S-1-5-18\n")
			if got = strings.ReplaceAll(got, "Event/", ""); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// TestWholeRecordWithoutTemplate reads a record as some forwarders write it.
func TestWholeRecordWithoutTemplate(t *testing.T) {
	text := func(name, s string) element { return element{name: name, kids: []any{s}} }
	w := newChunk()
	w.record(9, func(w *writer) {
		w.fragment()
		w.element(element{name: "Event", kids: []any{
			element{name: "System", kids: []any{
				element{name: "Provider", attrs: []attribute{{"Name", []any{"Forwarded"}}}},
				text("EventID", "70000"),
				element{name: "TimeCreated", attrs: []attribute{{"SystemTime", []any{"2019-07-19T14:57:46.094355400Z"}}}},
				text("Channel", "Application"), text("Computer", "HOST"),
			}},
			element{name: "RenderingInfo", attrs: []attribute{{"Culture", []any{"fr-FR"}}}, kids: []any{text("Message", "bonjour"), text("Channel", "Journal")}},
		}}, false)
	})
	d := evtx.NewDecoder(nil)
	d.Reset(w.chunk(0), 0, false)
	rec, ok := d.Next()
	if !ok {
		t.Fatalf("no record: %+v", d.Report())
	}
	if rec.Provider != "Forwarded" || rec.EventID != 70000&0xFFFF || rec.Channel != "Application" || rec.TimeCreated != sampleTime {
		t.Errorf("got %+v", *rec)
	}
	f, ok := rec.Find("RenderingInfo", "RenderingInfo_Culture")
	if !ok || f.Text() != "fr-FR" {
		t.Errorf("culture is %q", f.Text())
	}
}

// TestPathsAreInterned checks the promise that callers index by.
func TestPathsAreInterned(t *testing.T) {
	cache := evtx.NewCache()
	seen := map[string]*evtx.Path{}
	for range 2 { // two workers
		d := evtx.NewDecoder(cache)
		d.Reset(sampleLog(5).chunk(0), 0, false)
		for rec, ok := d.Next(); ok; rec, ok = d.Next() {
			for _, f := range rec.Fields {
				key := f.Path.String()
				if p := seen[key]; p != nil && p != f.Path {
					t.Fatalf("%s has two paths", key)
				}
				seen[key] = f.Path
				if f.Path.ID < 0 || f.Path.ID >= cache.Paths() || cache.Path(f.Path.ID) != f.Path {
					t.Fatalf("%s has id %d of %d", key, f.Path.ID, cache.Paths())
				}
			}
		}
	}
	if cache.Templates() != 2 {
		t.Errorf("%d templates, want 2", cache.Templates())
	}
	if cache.Path(-1) != nil || cache.Path(cache.Paths()) != nil {
		t.Error("a path for an id that is none")
	}
}

// TestTypedAccess checks numbers and times without text in between.
func TestTypedAccess(t *testing.T) {
	all := bytes.Repeat([]byte{0xFF}, 8)
	tests := []struct {
		name string
		f    evtx.Field
		i    int64
		iok  bool
		u    uint64
		uok  bool
	}{
		{"negative", evtx.Field{Type: evtx.TypeInt16, Raw: all[:2]}, -1, true, 1<<64 - 1, false},
		{"too large to be signed", evtx.Field{Type: evtx.TypeUint64, Raw: all}, -1, false, 1<<64 - 1, true},
		{"hexadecimal", evtx.Field{Type: evtx.TypeHex32, Raw: all[:4]}, 1<<32 - 1, true, 1<<32 - 1, true},
		{"text", evtx.Field{Type: evtx.TypeUTF8, Raw: []byte("1")}, 0, false, 0, false},
		{"odd size", evtx.Field{Type: evtx.TypeUint32, Raw: all[:3]}, 0, false, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if i, ok := tt.f.Int(); ok != tt.iok || ok && i != tt.i {
				t.Errorf("Int is %d, %v", i, ok)
			}
			if u, ok := tt.f.Uint(); ok != tt.uok || ok && u != tt.u {
				t.Errorf("Uint is %d, %v", u, ok)
			}
		})
	}
}

// TestTimes compares the calendar with the standard library's over the whole
// range that a FILETIME spans, and reads every text back.
func TestTimes(t *testing.T) {
	for ticks := uint64(0); ticks < 1<<61; ticks += 1<<44 + 98765432107 {
		f := evtx.Field{Type: evtx.TypeFileTime, Raw: le.AppendUint64(nil, ticks)}
		want := evtx.FileTime(int64(ticks)).Format("2006-01-02T15:04:05.0000000Z")
		if got := f.Text(); got != want {
			t.Fatalf("%d: got %s, want %s", ticks, got, want)
		}
		back := evtx.Field{Type: evtx.TypeUTF8, Raw: []byte(want)}
		if n, ok := back.Time(); ok && uint64(n) != ticks {
			t.Fatalf("%s: read back as %d, want %d", want, n, ticks)
		}
	}
	for _, ticks := range []uint64{1<<64 - 1, 1 << 63, 2650467743999999999} {
		f := evtx.Field{Type: evtx.TypeFileTime, Raw: le.AppendUint64(nil, ticks)}
		if got, want := f.Text(), evtx.FileTime(int64(ticks)).Format("-01-02T15:04:05.0000000Z"); !strings.HasSuffix(got, want) {
			t.Errorf("%d: got %s, want ...%s", ticks, got, want)
		}
	}
	day := evtx.Field{Type: evtx.TypeSystemTime, Raw: []byte{0xE3, 7, 7, 0, 5, 0, 19, 0, 14, 0, 57, 0, 46, 0, 94, 0}}
	if n, ok := day.Time(); !ok || n != sampleTime/10000*10000 {
		t.Errorf("SYSTEMTIME is %d, %v", n, ok)
	}
}

func TestParseHeader(t *testing.T) {
	good := logFileOf()
	odd := bytes.Clone(good)
	le.PutUint32(odd[120:], 0xDEADBEEF)
	tests := []struct {
		name string
		b    []byte
		err  error
	}{
		{"good", good, nil},
		{"garbage in the flags", odd, nil},
		{"cut off", good[:100], evtx.ErrShortHeader},
		{"empty", nil, evtx.ErrNotEVTX},
		{"zeros", make([]byte, 8192), evtx.ErrNotEVTX},
		{"another format", []byte("PK\x03\x04 not a log at all"), evtx.ErrNotEVTX},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := evtx.ParseHeader(tt.b); !errors.Is(err, tt.err) {
				t.Errorf("error is %v, want %v", err, tt.err)
			}
			if _, err := evtx.NewReader(bytes.NewReader(tt.b), evtx.Options{}); !errors.Is(err, tt.err) {
				t.Errorf("reader's error is %v, want %v", err, tt.err)
			}
		})
	}
	if !evtx.IsEVTX(good) || evtx.IsEVTX(good[1:]) {
		t.Error("IsEVTX is wrong")
	}
}
