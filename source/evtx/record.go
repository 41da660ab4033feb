package evtx

import (
	"bytes"
	"encoding/binary"
	"time"
)

// Record is one event. Everything in it belongs to the Decoder and the chunk it
// came from and is valid until the next call of Next or Reset; strings are the
// exception and may be kept.
type Record struct {
	Chunk   int    // index of the chunk as given to Reset
	Offset  int    // offset of the record in its chunk
	Size    int    // size of the record in bytes
	ID      uint64 // EventRecordID of the record header
	Written int64  // FILETIME at which the record was written
	Carved  Reason // why the record had to be carved; empty for a live record

	// What decides where a record goes, decoded. EventID is the number alone,
	// without qualifiers. TimeCreated is a FILETIME, 0 if the event has none.
	Channel     string
	Provider    string
	Computer    string
	EventID     uint16
	TimeCreated int64

	// Fields holds all fields in the order of the event. An array value is
	// several fields of one path. The slice is reused for the next record.
	Fields []Field
}

// Time returns the time of the event, or where it has none the time at which
// the record was written.
func (r *Record) Time() time.Time {
	if r.TimeCreated != 0 {
		return FileTime(r.TimeCreated)
	}
	return FileTime(r.Written)
}

// Find returns the first field of that name in a section. It compares names
// exactly and is meant for tests and tools; fast callers index by Path.ID.
func (r *Record) Find(section, name string) (Field, bool) {
	for _, f := range r.Fields {
		if f.Path.Name == name && f.Path.Section == section {
			return f, true
		}
	}
	return Field{}, false
}

// fill sets the decoded members of the record from the fields just read.
func (d *Decoder) fill() {
	r := &d.record
	r.Fields = d.fields
	r.Channel, r.Provider, r.Computer = "", "", ""
	r.EventID, r.TimeCreated = 0, 0
	if i := d.slots[slotChannel]; i > 0 {
		r.Channel = d.intern(&d.fields[i-1])
	}
	if i := d.slots[slotProvider]; i > 0 {
		r.Provider = d.intern(&d.fields[i-1])
	}
	if i := d.slots[slotComputer]; i > 0 {
		r.Computer = d.intern(&d.fields[i-1])
	}
	if i := d.slots[slotEventID]; i > 0 {
		r.EventID = eventID(&d.fields[i-1])
	}
	if i := d.slots[slotTime]; i > 0 {
		r.TimeCreated, _ = d.fields[i-1].Time()
	}
}

// eventID returns the low sixteen bits of the number in f.
func eventID(f *Field) uint16 {
	if n, ok := f.Uint(); ok {
		return uint16(n)
	}
	if len(f.Raw) > 32 {
		return 0
	}
	var buf [64]byte
	var n uint64
	for _, c := range f.AppendText(buf[:0]) {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + uint64(c-'0')
	}
	return uint16(n)
}

// interned is an entry of a Decoder's table of recent strings.
type interned struct {
	typ  Type
	raw  []byte
	text string
}

const internBits = 8

// intern returns the text of f, from the table if it came by recently. Channels,
// providers and computers repeat endlessly, so this hardly ever allocates.
func (d *Decoder) intern(f *Field) string {
	if len(f.Raw) > 4*maxNameUnits {
		return f.Text()
	}
	h := uint64(len(f.Raw))<<8 | uint64(f.Type)
	if n := len(f.Raw); n >= 8 {
		le := binary.LittleEndian
		h = (h^le.Uint64(f.Raw))*0x9E3779B97F4A7C15 ^ le.Uint64(f.Raw[n/2-4:])
		h = (h^h>>32)*0xBF58476D1CE4E5B9 ^ le.Uint64(f.Raw[n-8:])
	}
	h ^= h >> 32
	e := &d.interned[h*0x9E3779B97F4A7C15>>(64-internBits)]
	if e.typ == f.Type && bytes.Equal(e.raw, f.Raw) {
		return e.text
	}
	*e = interned{typ: f.Type, raw: append(e.raw[:0], f.Raw...), text: f.Text()}
	return e.text
}
