package evtx_test

import (
	"encoding/binary"
	"hash/crc32"
	"unicode/utf16"

	"goshawk/source/evtx"
)

// The encoder writes logs for tests: just enough of the format to put any
// token, value or damage where a test wants it.

var le = binary.LittleEndian

// element, attribute, sub and embedded values make up the content of a record.
type element struct {
	name  string
	dep   uint16 // dependency id in definitions; 0 stands for none
	attrs []attribute
	kids  []any // element, string, sub, or raw for bytes as they are
}

type attribute struct {
	name   string
	pieces []any // string or sub
}

type sub struct {
	index    uint16
	optional bool
}

type raw []byte

// val is a value of an instance: bytes, or embedded binary XML to be written.
type val struct {
	typ   evtx.Type
	data  []byte
	write func(*writer)
}

// definition is a template; its id must be its own.
type definition struct {
	id   uint32
	body element
}

// writer writes one chunk. Offsets in binary XML are offsets in b.
type writer struct {
	b       []byte
	names   map[string]int
	defs    map[uint32]int
	records []int // where they begin
	firstID uint64
	lastID  uint64
}

func newChunk() *writer {
	return &writer{b: make([]byte, 512), names: map[string]int{}, defs: map[uint32]int{}}
}

func (w *writer) u8(v ...byte)    { w.b = append(w.b, v...) }
func (w *writer) u16(v uint16)    { w.b = le.AppendUint16(w.b, v) }
func (w *writer) u32(v uint32)    { w.b = le.AppendUint32(w.b, v) }
func (w *writer) u64(v uint64)    { w.b = le.AppendUint64(w.b, v) }
func (w *writer) text(s string)   { w.b = append(w.b, utf16le(s)...) }
func (w *writer) hole() int       { w.u32(0); return len(w.b) - 4 }
func (w *writer) fill(hole int)   { le.PutUint32(w.b[hole:], uint32(len(w.b)-hole-4)) }
func (w *writer) fragment()       { w.u8(0x0F, 1, 1, 0) }
func (w *writer) lastRecord() int { return w.records[len(w.records)-1] }

func utf16le(s string) (b []byte) {
	for _, u := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, u)
	}
	return b
}

func (w *writer) name(s string) {
	if at, ok := w.names[s]; ok {
		w.u32(uint32(at))
		return
	}
	at := len(w.b) + 4
	w.names[s] = at
	w.u32(uint32(at))
	var h uint32
	units := utf16.Encode([]rune(s))
	for _, u := range units {
		h = h*65599 + uint32(u)
	}
	w.u32(0)
	w.u16(uint16(h))
	w.u16(uint16(len(units)))
	w.text(s)
	w.u16(0)
}

func (w *writer) piece(p any, deps bool) {
	switch p := p.(type) {
	case string:
		w.u8(0x05, 0x01)
		w.u16(uint16(len(utf16.Encode([]rune(p)))))
		w.text(p)
	case sub:
		if p.optional {
			w.u8(0x0E)
		} else {
			w.u8(0x0D)
		}
		w.u16(p.index)
		w.u8(0x01)
	case element:
		w.element(p, deps)
	case raw:
		w.u8(p...)
	}
}

func (w *writer) element(e element, deps bool) {
	tok := byte(0x01)
	if len(e.attrs) > 0 {
		tok = 0x41
	}
	w.u8(tok)
	if deps {
		dep := e.dep
		if dep == 0 {
			dep = 0xFFFF
		}
		w.u16(dep)
	}
	size := w.hole()
	w.name(e.name)
	if len(e.attrs) > 0 {
		list := w.hole()
		for i, a := range e.attrs {
			if i < len(e.attrs)-1 {
				w.u8(0x46)
			} else {
				w.u8(0x06)
			}
			w.name(a.name)
			for _, p := range a.pieces {
				w.piece(p, deps)
			}
		}
		w.fill(list)
	}
	if len(e.kids) == 0 {
		w.u8(0x03)
	} else {
		w.u8(0x02)
		for _, k := range e.kids {
			w.piece(k, deps)
		}
		w.u8(0x04)
	}
	w.fill(size)
}

// instance writes a template instance; the definition is inline the first time.
func (w *writer) instance(d definition, values ...val) {
	w.u8(0x0C, 0x01)
	w.u32(d.id)
	if at, ok := w.defs[d.id]; ok {
		w.u32(uint32(at))
	} else {
		at := len(w.b) + 4
		w.defs[d.id] = at
		w.u32(uint32(at))
		w.u32(0)
		w.u32(d.id)
		w.b = append(w.b, make([]byte, 12)...)
		size := w.hole()
		w.fragment()
		w.element(d.body, true)
		w.u8(0)
		w.fill(size)
	}
	w.u32(uint32(len(values)))
	heads := len(w.b)
	for _, v := range values {
		w.u16(0)
		w.u8(byte(v.typ), 0)
	}
	for i, v := range values {
		at := len(w.b)
		w.u8(v.data...)
		if v.write != nil {
			v.write(w)
		}
		le.PutUint16(w.b[heads+4*i:], uint16(len(w.b)-at))
	}
}

// record writes a record around the binary XML that content writes.
func (w *writer) record(id uint64, content func(*writer)) {
	at := len(w.b)
	w.records = append(w.records, at)
	if w.lastID = id; len(w.records) == 1 {
		w.firstID = id
	}
	w.u32(0x2A2A)
	w.u32(0)
	w.u64(id)
	w.u64(sampleTime)
	content(w)
	w.u8(0)
	for (len(w.b)+4-at)%8 != 0 {
		w.u8(0)
	}
	size := uint32(len(w.b) + 4 - at)
	w.u32(size)
	le.PutUint32(w.b[at+4:], size)
}

// chunk completes the header and returns the chunk. Anything behind free is
// what an earlier life of the chunk left there.
func (w *writer) chunk(free int) []byte {
	if free == 0 {
		free = len(w.b)
	}
	b := make([]byte, evtx.ChunkSize)
	copy(b, w.b)
	copy(b, "ElfChnk\x00")
	le.PutUint64(b[8:], w.firstID)
	le.PutUint64(b[16:], w.lastID)
	le.PutUint64(b[24:], w.firstID)
	le.PutUint64(b[32:], w.lastID)
	le.PutUint32(b[40:], 128)
	le.PutUint32(b[44:], uint32(w.lastRecord()))
	le.PutUint32(b[48:], uint32(free))
	seal(b)
	return b
}

// seal makes both checksums of a chunk right.
func seal(b []byte) {
	free := min(int(le.Uint32(b[48:])), len(b))
	le.PutUint32(b[52:], crc32.ChecksumIEEE(b[512:max(free, 512)]))
	sum := crc32.ChecksumIEEE(b[:120])
	le.PutUint32(b[124:], crc32.Update(sum, crc32.IEEETable, b[128:512]))
}

// logFileOf puts a file header before chunks.
func logFileOf(chunks ...[]byte) []byte {
	b := make([]byte, evtx.HeaderSize)
	copy(b, "ElfFile\x00")
	le.PutUint32(b[32:], 128)
	le.PutUint16(b[36:], 1)
	le.PutUint16(b[38:], 3)
	le.PutUint16(b[40:], evtx.HeaderSize)
	le.PutUint16(b[42:], 1)
	le.PutUint32(b[124:], crc32.ChecksumIEEE(b[:120]))
	for _, c := range chunks {
		b = append(b, c...)
	}
	return b
}

// sampleTime is 2019-07-19T14:57:46.0943554Z.
const sampleTime = 132080218660943554

var (
	sampleEvent = definition{0x1001, element{name: "Event", attrs: []attribute{{"xmlns", []any{"urn:events"}}}, kids: []any{
		element{name: "System", kids: []any{
			element{name: "Provider", attrs: []attribute{{"Name", []any{sub{0, true}}}, {"Guid", []any{sub{8, true}}}}},
			element{name: "EventID", dep: 1, attrs: []attribute{{"Qualifiers", []any{sub{2, true}}}}, kids: []any{sub{1, true}}},
			element{name: "Keywords", kids: []any{sub{9, true}}},
			element{name: "TimeCreated", attrs: []attribute{{"SystemTime", []any{sub{3, true}}}}},
			element{name: "EventRecordID", kids: []any{sub{4, true}}},
			element{name: "Channel", kids: []any{"Synthetic/Operational"}},
			element{name: "Computer", kids: []any{sub{5, true}}},
			element{name: "Security", attrs: []attribute{{"UserID", []any{sub{6, true}}}}},
		}},
		sub{7, true},
	}}}
	sampleData = definition{0x1002, element{name: "EventData", kids: []any{
		element{name: "Data", attrs: []attribute{{"Name", []any{"Image"}}}, kids: []any{sub{0, false}}},
		element{name: "Data", attrs: []attribute{{"Name", []any{"CommandLine"}}}, kids: []any{sub{1, false}}},
		element{name: "Data", attrs: []attribute{{"Name", []any{"Empty"}}}, kids: []any{sub{2, false}}},
		element{name: "Data", kids: []any{sub{3, false}}},
	}}}
)

func str(s string) val          { return val{typ: evtx.TypeString, data: utf16le(s)} }
func num16(n uint16) val        { return val{typ: evtx.TypeUint16, data: le.AppendUint16(nil, n)} }
func hex64(n uint64) val        { return val{typ: evtx.TypeHex64, data: le.AppendUint64(nil, n)} }
func num64(n uint64) val        { return val{typ: evtx.TypeUint64, data: le.AppendUint64(nil, n)} }
func filetime(n uint64) val     { return val{typ: evtx.TypeFileTime, data: le.AppendUint64(nil, n)} }
func null() val                 { return val{} }
func embed(f func(*writer)) val { return val{typ: evtx.TypeBinXML, write: f} }

var (
	sampleSID  = []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}
	sampleGUID = []byte{0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF}
)

// event writes a whole event with the given value for its content.
func (w *writer) event(id uint64, content val) {
	w.record(id, func(w *writer) {
		w.fragment()
		w.instance(sampleEvent, str("Synthetic-Provider"), num16(4688), null(), filetime(sampleTime), num64(id),
			str("HOST"), val{typ: evtx.TypeSID, data: sampleSID}, content,
			val{typ: evtx.TypeGUID, data: sampleGUID}, hex64(0x8020000000000000))
	})
}

// sampleContent is the EventData of a sample record.
func sampleContent(values ...val) val {
	if len(values) == 0 {
		values = []val{str(`C:\Windows\System32\cmd.exe`), str("cmd /c whoami  "), null(),
			{typ: evtx.TypeArray | evtx.TypeString, data: utf16le("a\x00\x00b c\x00")}}
	}
	return embed(func(w *writer) {
		w.fragment()
		w.instance(sampleData, values...)
	})
}

// sampleLog returns a chunk with n ordinary records, ids from 1.
func sampleLog(n int) *writer {
	w := newChunk()
	for i := range n {
		w.event(uint64(i+1), sampleContent())
	}
	return w
}
