package evtx_test

import (
	"bytes"
	"runtime"
	"slices"
	"testing"

	"goshawk/source/evtx"
)

// Offsets in a sample chunk whose first record begins at 512.
const (
	firstInstance = 512 + 24 + 4
	firstDef      = firstInstance + 6
	firstDefSize  = firstInstance + 10 + 20
	firstElement  = firstInstance + 10 + 24 + 4
)

// firstCount returns where the number of values of the first instance stands.
func firstCount(c []byte) int { return firstDefSize + 4 + int(le.Uint32(c[firstDefSize:])) }

// TestDamage breaks one thing at a time in a chunk of five records.
func TestDamage(t *testing.T) {
	find := func(c []byte, s string) int {
		i := bytes.Index(c, utf16le(s))
		if i < 0 {
			t.Fatalf("%q is not in the chunk", s)
		}
		return i
	}
	tests := []struct {
		name    string
		mutate  func(c []byte, w *writer)
		good    int
		damaged int
		reason  evtx.Reason // must be among the problems
	}{
		{"nothing", func(c []byte, w *writer) {}, 5, 0, ""},
		{"record size beyond the chunk", func(c []byte, w *writer) { le.PutUint32(c[w.records[2]+4:], 1<<20) }, 2, 1, evtx.ReasonRecordSize},
		{"record size beyond the free-space offset", func(c []byte, w *writer) { le.PutUint32(c[w.records[4]+4:], 4096*8) }, 4, 1, evtx.ReasonRecordSize},
		{"record size of all ones", func(c []byte, w *writer) { le.PutUint32(c[w.records[2]+4:], 1<<32-1) }, 2, 1, evtx.ReasonRecordSize},
		{"record size 0", func(c []byte, w *writer) { le.PutUint32(c[w.records[2]+4:], 0) }, 2, 1, evtx.ReasonRecordSize},
		{"record too small", func(c []byte, w *writer) { le.PutUint32(c[w.records[2]+4:], 24) }, 2, 1, evtx.ReasonRecordSize},
		{"size copy wrong", func(c []byte, w *writer) { c[w.records[3]-4]++ }, 5, 0, evtx.ReasonSizeCopy},
		{"zero magic", func(c []byte, w *writer) { le.PutUint32(c[w.records[3]:], 0) }, 3, 0, evtx.ReasonEarlyEnd},
		{"wrong magic", func(c []byte, w *writer) { c[w.records[3]] = 'X' }, 3, 0, evtx.ReasonNoRecord},
		{"free-space offset beyond the chunk", func(c []byte, w *writer) { le.PutUint32(c[48:], 1<<31) }, 5, 0, evtx.ReasonFreeSpace},
		{"free-space offset inside the header", func(c []byte, w *writer) { le.PutUint32(c[48:], 100) }, 5, 0, evtx.ReasonFreeSpace},
		{"data checksum", func(c []byte, w *writer) { c[52]++ }, 5, 0, evtx.ReasonDataCRC},
		{"header checksum", func(c []byte, w *writer) { c[124]++ }, 5, 0, evtx.ReasonHeaderCRC},
		{"no checksums kept", func(c []byte, w *writer) { c[52]++; c[124]++; c[120] = 4 }, 5, 0, ""},
		{"record numbers of the header", func(c []byte, w *writer) { c[24] = 77 }, 5, 0, evtx.ReasonRecordIDs},
		{"hash tables full of rubbish", func(c []byte, w *writer) { copy(c[128:512], bytes.Repeat([]byte{0xEE}, 384)) }, 5, 0, evtx.ReasonHeaderCRC},
		{"name chain pointing to itself", func(c []byte, w *writer) { at := w.names["Event"]; le.PutUint32(c[at:], uint32(at)) }, 5, 0, ""},
		{"template chain pointing to itself", func(c []byte, w *writer) {
			at := w.defs[sampleEvent.id]
			le.PutUint32(c[at:], uint32(at))
		}, 5, 0, ""},
		{"name with a wrong hash", func(c []byte, w *writer) { c[w.names["Provider"]+4]++ }, 5, 0, evtx.ReasonNameHash},
		{"name length beyond the chunk", func(c []byte, w *writer) { le.PutUint16(c[w.names["Event"]+6:], 0xFFFF) }, 0, 5, evtx.ReasonName},
		{"name offset outside", func(c []byte, w *writer) {
			le.PutUint32(c[firstElement+7:], 0xFFFFFFF0)
		}, 0, 5, evtx.ReasonName},
		{"definition offset outside", func(c []byte, w *writer) { le.PutUint32(c[w.records[1]+34:], 1<<31) }, 4, 1, evtx.ReasonDefinition},
		{"definition offset in the chunk header", func(c []byte, w *writer) { le.PutUint32(c[w.records[1]+34:], 64) }, 4, 1, evtx.ReasonDefinition},
		{"definition offset forward", func(c []byte, w *writer) {
			le.PutUint32(c[w.records[1]+34:], uint32(w.records[3]+60))
		}, 4, 1, evtx.ReasonDefinition},
		{"definition offset into the record itself", func(c []byte, w *writer) {
			le.PutUint32(c[w.records[1]+34:], uint32(w.records[1]+26))
		}, 4, 1, evtx.ReasonDefinition},
		{"definition offset at another place", func(c []byte, w *writer) { le.PutUint32(c[w.records[1]+34:], 600) }, 4, 1, evtx.ReasonTemplateID},
		{"definition larger than its record", func(c []byte, w *writer) { le.PutUint32(c[firstDefSize:], 1<<32-1) }, 0, 5, evtx.ReasonDefinition},
		{"definition cut off", func(c []byte, w *writer) { c[firstElement] = 0x0B }, 0, 5, evtx.ReasonTruncated},
		{"descriptor sum beyond the record", func(c []byte, w *writer) {
			le.PutUint16(c[firstCount(c)+4:], 0xFFF0)
		}, 4, 1, evtx.ReasonValueOverflow},
		{"value count of 2^32", func(c []byte, w *writer) { le.PutUint32(c[firstCount(c):], 1<<32-1) }, 4, 1, evtx.ReasonValueCount},
		{"value count above the cap", func(c []byte, w *writer) { le.PutUint32(c[firstCount(c):], 4097) }, 4, 1, evtx.ReasonValueCount},
		{"element size", func(c []byte, w *writer) { le.PutUint32(c[firstElement+3:], 1<<30) }, 0, 5, evtx.ReasonElementSize},
		{"attribute list longer than the element", func(c []byte, w *writer) {
			le.PutUint32(c[w.names["Event"]+10+2*len("Event"):], 1<<20)
		}, 0, 5, evtx.ReasonAttributes},
		{"unknown token", func(c []byte, w *writer) { c[firstElement] = 0x3F }, 0, 5, evtx.ReasonToken},
		{"text longer than its record", func(c []byte, w *writer) {
			le.PutUint16(c[find(c, "Synthetic/Operational")-2:], 0xFFFF)
		}, 0, 5, evtx.ReasonTruncated},
		{"embedded value that is no binary XML", func(c []byte, w *writer) {
			i := bytes.LastIndex(c, []byte{0x0F, 1, 1, 0, 0x0C, 1})
			copy(c[i:], bytes.Repeat([]byte{0x3F}, 6))
		}, 4, 1, evtx.ReasonToken},
		{"record without content", func(c []byte, w *writer) { clear(c[w.records[1]+24 : w.records[2]-4]) }, 4, 1, evtx.ReasonEmptyRecord},
		{"chunk without its magic", func(c []byte, w *writer) { c[0] = 'x' }, 0, 0, evtx.ReasonChunkMagic},
		{"chunk wiped", func(c []byte, w *writer) { clear(c) }, 0, 0, ""},
		{"chunk of all ones", func(c []byte, w *writer) { copy(c, bytes.Repeat([]byte{0xFF}, len(c))) }, 0, 0, evtx.ReasonChunkMagic},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := sampleLog(5)
			c := w.chunk(0)
			tt.mutate(c, w)
			dumps, rep := decode(c, false)
			if len(dumps) != tt.good || rep.Records != tt.good || rep.Damaged != tt.damaged {
				t.Errorf("%d records, %d damaged; want %d and %d", len(dumps), rep.Damaged, tt.good, tt.damaged)
			}
			has := func(p evtx.Problem) bool { return p.Reason == tt.reason }
			if tt.reason != "" && !slices.ContainsFunc(rep.Problems, has) {
				t.Errorf("%q is not among %v", tt.reason, rep.Problems)
			}
			for _, p := range rep.Problems {
				if p.Kind == evtx.DamagedRecord && p.RecordID == 0 {
					t.Errorf("problem without a record id: %+v", p)
				}
			}
		})
	}
}

// TestHostileContent builds records that ask for more than they are worth.
func TestHostileContent(t *testing.T) {
	deep := element{name: "E"}
	for range 600 {
		deep = element{name: "E", kids: []any{deep}}
	}
	nest := definition{0x55, element{name: "N", kids: []any{sub{0, true}}}}
	fan := definition{0x56, element{name: "F", kids: slices.Repeat([]any{any(element{name: "E", kids: []any{sub{0, true}}})}, 100)}}
	wide := definition{0x57, element{name: "EventData", kids: slices.Repeat([]any{any(element{name: "D", kids: []any{sub{0, true}}})}, 300)}}
	var nested func(d definition, levels int, core val) val
	nested = func(d definition, levels int, core val) val {
		if levels == 0 {
			return core
		}
		return embed(func(w *writer) { w.fragment(); w.instance(d, nested(d, levels-1, core)) })
	}
	joined := definition{0x59, element{name: "J", kids: slices.Repeat([]any{any(sub{0, true})}, 100)}}
	name := string(bytes.Repeat([]byte("n"), 1000))
	long := element{name: name}
	for range 400 {
		long = element{name: name, kids: []any{long}}
	}
	tests := []struct {
		name    string
		content val
		reason  evtx.Reason // "" for a record that is fine
	}{
		{"elements without end", embed(func(w *writer) { w.fragment(); w.element(deep, false) }), evtx.ReasonDepth},
		{"instances without end", nested(nest, 100, str("x")), evtx.ReasonDepth},
		{"instances to a reasonable depth", nested(nest, 30, str("x")), ""},
		{"instances that multiply", nested(fan, 20, null()), evtx.ReasonBudget},
		{"values that multiply in one text", nested(joined, 10, str("x")), evtx.ReasonTooMuchText},
		{"too many fields", nested(fan, 3, val{typ: evtx.TypeUint8, data: []byte{1}}), evtx.ReasonTooManyFields},
		{"too much text", embed(func(w *writer) { w.instance(wide, str(string(bytes.Repeat([]byte("x"), 5000)))) }), evtx.ReasonTooMuchText},
		{"path without end", embed(func(w *writer) { w.fragment(); w.element(long, false) }), evtx.ReasonPathTooLong},
		{"text of odd size", sampleContent(val{typ: evtx.TypeString, data: []byte{'a', 0, 'b'}}, null(), null(), null()), ""},
		{"array of odd size", sampleContent(val{typ: evtx.TypeArray | evtx.TypeUint32, data: []byte{1, 0, 0, 0, 2}}, null(), null(), null()), ""},
		{"array of text without its NUL", sampleContent(val{typ: evtx.TypeArray | evtx.TypeString, data: []byte{'a', 0, 'b'}}, null(), null(), null()), ""},
		{"type that does not exist", sampleContent(val{typ: 0x6E, data: []byte{1, 2}}, null(), null(), null()), ""},
		{"array of a type that does not exist", sampleContent(val{typ: 0xEE, data: []byte{1, 2}}, null(), null(), null()), ""},
		{"instance in a definition", embed(func(w *writer) {
			w.instance(definition{0x58, element{name: "EventData", kids: []any{raw{0x0C, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}}}})
		}), evtx.ReasonNested},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newChunk()
			w.event(1, sampleContent())
			w.event(2, tt.content)
			w.event(3, sampleContent())
			if len(w.b) > evtx.ChunkSize {
				t.Fatalf("the chunk has %d bytes", len(w.b))
			}
			c := w.chunk(0)
			dumps, rep := decode(c, false)
			if tt.reason == "" {
				if rep.Records != 3 {
					t.Errorf("%d records: %v", rep.Records, rep.Problems)
				}
				return
			}
			// What ate up the budget of the chunk may take the next record along.
			if rep.Damaged < 1 || len(dumps) < 1 || rep.Records+rep.Damaged != 3 {
				t.Fatalf("%d records, %d damaged", rep.Records, rep.Damaged)
			}
			for _, p := range rep.Problems {
				if p.RecordID == 2 && p.Reason != tt.reason {
					t.Errorf("reason is %q, want %q", p.Reason, tt.reason)
				}
			}
		})
	}
}

// TestCarving tells live records from what is left behind them.
func TestCarving(t *testing.T) {
	w := sampleLog(5)
	live := w.records[3] // records 4 and 5 follow the live ones directly
	c := w.chunk(live)
	if dumps, rep := decode(c, false); len(dumps) != 3 || rep.Records != 3 || rep.Damaged != 0 {
		t.Errorf("without carving: %d records, %+v", len(dumps), rep)
	}
	count := func(c []byte, carve bool) (live int, carved []uint64, why evtx.Reason) {
		d := evtx.NewDecoder(nil)
		d.Reset(c, 0, carve)
		for r, ok := d.Next(); ok; r, ok = d.Next() {
			if r.Carved == "" {
				live++
			} else {
				carved, why = append(carved, r.ID), r.Carved
			}
		}
		if n := d.Report().Carved; n != len(carved) {
			t.Errorf("%d carved records reported, %d returned", n, len(carved))
		}
		return live, carved, why
	}
	if n, ids, why := count(c, true); n != 3 || !slices.Equal(ids, []uint64{4, 5}) || why != evtx.CarvedBehindFree {
		t.Errorf("behind the free-space offset: %d live, carved %v, %q", n, ids, why)
	}
	le.PutUint32(c[w.records[1]+4:], 0)
	if n, ids, why := count(c, true); n != 1 || !slices.Equal(ids, []uint64{3, 4, 5}) || why != evtx.CarvedBehindDamage {
		t.Errorf("behind damage: %d live, carved %v, %q", n, ids, why)
	}
	c[0] = 'x'
	if n, ids, why := count(c, true); n != 0 || len(ids) != 4 || why != evtx.CarvedNoHeader {
		t.Errorf("without header: %d live, carved %v, %q", n, ids, why)
	}
	le.PutUint32(c[w.records[4]:], 0) // no further record up to the end of the chunk
	if n, _, _ := count(c, true); n != 0 {
		t.Errorf("%d live records", n)
	}
}

// TestDamagedFiles reads files whose parts are missing or blank.
func TestDamagedFiles(t *testing.T) {
	a, b := sampleLog(3).chunk(0), sampleLog(4).chunk(0)
	w := sampleLog(4)
	whole := logFileOf(a, make([]byte, evtx.ChunkSize), b)
	cutAt := evtx.HeaderSize + 2*evtx.ChunkSize
	tests := []struct {
		name string
		file []byte
		want evtx.FileReport // counts only
	}{
		{"whole, with a blank chunk", whole, evtx.FileReport{Chunks: 2, Blank: 1, Records: 7}},
		{"cut inside a record", whole[:cutAt+w.records[2]+100], evtx.FileReport{Chunks: 2, Blank: 1, Records: 5, Damaged: 1, Truncated: true}},
		{"cut between records", whole[:cutAt+w.records[2]], evtx.FileReport{Chunks: 2, Blank: 1, Records: 5, Truncated: true}},
		{"cut inside a chunk header", whole[:cutAt+300], evtx.FileReport{Chunks: 2, Blank: 1, Records: 3, Truncated: true}},
		{"cut inside the chunk's magic", whole[:cutAt+4], evtx.FileReport{Chunks: 2, Blank: 1, Records: 3, Truncated: true}},
		{"cut inside the header block", whole[:2000], evtx.FileReport{Truncated: true}},
		{"no chunks", whole[:evtx.HeaderSize], evtx.FileReport{}},
		{"chunk overwritten with something else", append(bytes.Clone(whole), bytes.Repeat([]byte("x"), evtx.ChunkSize)...),
			evtx.FileReport{Chunks: 2, Blank: 1, Foreign: 1, Records: 7}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := evtx.NewReader(bytes.NewReader(tt.file), evtx.Options{})
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for range r.Records() {
				n++
			}
			got, want := *r.Report(), tt.want
			if n != want.Records || got.Records != want.Records || got.Damaged != want.Damaged || got.Chunks != want.Chunks ||
				got.Blank != want.Blank || got.Foreign != want.Foreign || got.Truncated != want.Truncated {
				t.Errorf("%d records, report %+v", n, got)
			}
			if r.Err() != nil {
				t.Errorf("error: %v", r.Err())
			}
		})
	}
}

// TestCacheIsBounded fills a cache with paths and checks that reading goes on.
func TestCacheIsBounded(t *testing.T) {
	cache := evtx.NewCache()
	d := evtx.NewDecoder(cache)
	name := 0
	for chunk := range 60 {
		w := newChunk()
		for id := uint64(1); len(w.b) < 50000; id++ {
			var kids []any
			for range 60 {
				name++
				kids = append(kids, element{name: "n" + string(rune('a'+name%26)) + string(rune(0x4E00+name/26%20000)), kids: []any{"v"}})
			}
			w.event(id, embed(func(w *writer) {
				w.element(element{name: "EventData", kids: []any{element{name: string(rune(0x3400 + name/60%6000)), kids: kids}}}, false)
			}))
		}
		d.Reset(w.chunk(0), chunk, false)
		for r, ok := d.Next(); ok; r, ok = d.Next() {
			for _, f := range r.Fields {
				if f.Path == nil || f.Path.Name == "" {
					t.Fatal("field without a path")
				}
			}
		}
		if rep := d.Report(); rep.Damaged > 0 {
			t.Fatalf("chunk %d: %+v", chunk, rep)
		}
	}
	if cache.Paths() > 65536 {
		t.Errorf("%d paths", cache.Paths())
	}
	t.Logf("%d names, %d paths, %d templates", name, cache.Paths(), cache.Templates())
}

// TestWorkersShareACache decodes the same chunk from many goroutines.
func TestWorkersShareACache(t *testing.T) {
	c := sampleLog(50).chunk(0)
	want, _ := decode(c, false)
	cache := evtx.NewCache()
	done := make(chan []string)
	for range 4 * runtime.GOMAXPROCS(0) {
		go func() {
			d := evtx.NewDecoder(cache)
			var got []string
			d.Reset(c, 0, false)
			for r, ok := d.Next(); ok; r, ok = d.Next() {
				got = append(got, dump(r))
			}
			done <- got
		}()
	}
	for range 4 * runtime.GOMAXPROCS(0) {
		if got := <-done; !slices.Equal(got, want) {
			t.Error("a worker read something else")
		}
	}
}
