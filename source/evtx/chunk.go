package evtx

import (
	"encoding/binary"
	"hash/crc32"
)

// Layout of a chunk and of a record.
const (
	recordsStart   = 512 // where the first record begins
	chunkUsed      = 128 // bytes of the chunk header before the hash tables
	recordMagic    = 0x00002A2A
	recordHeader   = 24
	minRecord      = 28
	chunkFreeSpace = 48
	chunkDataCRC   = 52
	chunkFlags     = 120
	chunkHeaderCRC = 124
)

var chunkMagic = [8]byte{'E', 'l', 'f', 'C', 'h', 'n', 'k', 0}

// IsChunk says whether bytes begin as a chunk in use does.
func IsChunk(b []byte) bool { return len(b) >= len(chunkMagic) && [8]byte(b) == chunkMagic }

// Decoder reads the records of one chunk after another. It must be used by one
// goroutine at a time; give each worker its own. All its buffers are reused.
type Decoder struct {
	cache  *Cache
	b      []byte
	report ChunkReport
	record Record

	// the walk
	pos     int
	limit   int  // where live records end
	trusted bool // limit is the free-space offset and not a guess
	state   walkState
	carve   bool
	carving Reason
	firstID uint64
	lastID  uint64
	badName bool

	// per chunk
	serial   uint64
	budget   int
	compiled [1 << compiledBits]compiled

	// per record
	fields    []Field
	values    []value
	text      []byte
	slots     [slotCount]int32
	unnamed   int32
	textLeft  int
	badValues int
	excess    Reason

	// machinery
	lex      lexer
	compiler compiler
	scratch  []*template
	content  []byte
	label    []byte
	paths    pathTable
	interned [1 << internBits]interned
}

type walkState uint8

const (
	walkDone walkState = iota
	walkLive
	walkCarve
)

// NewDecoder returns a Decoder that keeps templates and paths in cache. A nil
// cache gives the Decoder one of its own.
func NewDecoder(cache *Cache) *Decoder {
	if cache == nil {
		cache = NewCache()
	}
	d := &Decoder{cache: cache}
	d.paths.cache = cache
	d.lex.budget = &d.budget
	d.compiler.lex = &d.lex
	d.compiler.paths = &d.paths
	return d
}

// Cache returns the cache that the Decoder's paths belong to.
func (d *Decoder) Cache() *Cache { return d.cache }

// Reset begins a chunk. The chunk must stay unchanged until the next Reset, as
// fields point into it. It may be shorter than ChunkSize if the file ends early,
// and is read as far as it goes; bytes beyond ChunkSize are ignored. index is
// the number of the chunk in its file and is repeated in records and problems.
// With carve, what is left behind the live records is read after them.
func (d *Decoder) Reset(chunk []byte, index int, carve bool) {
	d.b = chunk[:min(len(chunk), ChunkSize)]
	d.report = ChunkReport{Index: index, Cut: len(chunk) < ChunkSize, Problems: d.report.Problems[:0]}
	d.serial++
	d.budget = workPerChunk
	d.lex.b, d.lex.badNames = d.b, 0
	d.carve, d.carving = carve, ""
	d.firstID, d.lastID = 0, 0
	d.badName = false
	d.pos, d.state = recordsStart, walkDone
	b := d.b
	if blank(b) {
		d.report.Blank = true
		return
	}
	if len(b) >= 8 && [8]byte(b) != chunkMagic {
		d.report.Foreign = true
		d.note(DamagedChunk, 0, 0, ReasonChunkMagic)
		d.beginCarving(recordsStart, CarvedNoHeader)
		return
	}
	if d.report.Cut {
		d.note(Note, len(b), 0, ReasonChunkCut)
	}
	if len(b) < recordsStart {
		return
	}
	d.header()
	d.state = walkLive
}

// header checks the chunk header and finds where live records end.
func (d *Decoder) header() {
	b, le := d.b, binary.LittleEndian
	flags := le.Uint32(b[chunkFlags:])
	d.report.Dirty = flags&FlagDirty != 0
	free := offset(b, chunkFreeSpace)
	if d.trusted = free >= recordsStart && free <= ChunkSize; !d.trusted {
		d.note(Note, chunkFreeSpace, 0, ReasonFreeSpace)
		free = ChunkSize
	}
	d.limit = min(free, len(b))
	if flags&FlagNoCRC != 0 {
		return
	}
	sum := crc32.ChecksumIEEE(b[:120])
	sum = crc32.Update(sum, crc32.IEEETable, b[chunkUsed:recordsStart])
	if sum != le.Uint32(b[chunkHeaderCRC:]) {
		d.report.HeaderCRC = true
		d.note(Note, chunkHeaderCRC, 0, ReasonHeaderCRC)
	}
	if d.limit < free {
		return // the bytes that the checksum covers are not all here
	}
	if crc32.ChecksumIEEE(b[recordsStart:d.limit]) != le.Uint32(b[chunkDataCRC:]) {
		d.report.DataCRC = true
		d.note(Note, chunkDataCRC, 0, ReasonDataCRC)
	}
}

// blank reports whether b is all zeros.
func blank(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// Report returns what is known of the chunk so far; it is complete once Next
// has returned false. It is valid until the next Reset.
func (d *Decoder) Report() *ChunkReport { return &d.report }

// Next returns the next record of the chunk, or false when there are no more.
// Records that cannot be read are passed over and listed in the Report. The
// record is valid until the next call of Next or Reset.
func (d *Decoder) Next() (*Record, bool) {
	for {
		switch d.state {
		case walkDone:
			return nil, false
		case walkCarve:
			return d.nextCarved()
		}
		size, ok := d.head()
		if !ok {
			continue
		}
		at := d.pos
		d.pos += size
		r := d.read(at, size)
		if d.report.Records+d.report.Damaged == 0 {
			d.firstID = d.record.ID
		}
		d.lastID = d.record.ID
		if d.lex.badNames > 0 && !d.badName {
			d.badName = true
			d.note(Note, at, d.record.ID, ReasonNameHash)
		}
		if r != "" {
			d.report.Damaged++
			d.note(DamagedRecord, at, d.record.ID, r)
			continue
		}
		if d.badValues > 0 {
			d.note(DamagedValue, at, d.record.ID, ReasonValue)
		}
		d.report.Records++
		d.record.Carved = ""
		return &d.record, true
	}
}

// head checks the record header at d.pos and returns the record's size. Where
// no further live record can begin it ends the walk.
func (d *Decoder) head() (size int, ok bool) {
	b, pos, le := d.b, d.pos, binary.LittleEndian
	left := d.limit - pos
	if left < 8 || le.Uint32(b[pos:]) != recordMagic {
		reason := CarvedBehindFree
		if left >= 8 && d.trusted {
			if le.Uint32(b[pos:]) == 0 {
				d.note(Note, pos, 0, ReasonEarlyEnd)
			} else {
				d.note(DamagedChunk, pos, 0, ReasonNoRecord)
				reason = CarvedBehindDamage
			}
		}
		d.finish()
		d.beginCarving(pos, reason)
		return 0, false
	}
	size = offset(b, pos+4)
	var id uint64
	if left >= 16 {
		id = le.Uint64(b[pos+8:])
	}
	if size < minRecord || size > left {
		reason := ReasonRecordSize
		if d.report.Cut && size >= minRecord && size <= ChunkSize-pos {
			reason = ReasonRecordCut
		}
		d.report.Damaged++
		d.note(DamagedRecord, pos, id, reason)
		d.finish()
		d.beginCarving(pos+8, CarvedBehindDamage)
		return 0, false
	}
	if size%8 != 0 {
		d.note(Note, pos, id, ReasonUnaligned)
	}
	if le.Uint32(b[pos+size-4:]) != uint32(size) {
		d.note(Note, pos, id, ReasonSizeCopy)
	}
	return size, true
}

// finish compares what was read with what the chunk header says.
func (d *Decoder) finish() {
	le := binary.LittleEndian
	if d.report.Records+d.report.Damaged == 0 || d.report.Cut {
		return
	}
	if d.firstID != le.Uint64(d.b[24:]) || d.lastID != le.Uint64(d.b[32:]) {
		d.note(Note, 24, 0, ReasonRecordIDs)
	}
}

// read decodes the record of the given size at pos into d.record.
func (d *Decoder) read(pos, size int) Reason {
	b, le := d.b, binary.LittleEndian
	d.record.Chunk, d.record.Offset, d.record.Size = d.report.Index, pos, size
	d.record.ID = le.Uint64(b[pos+8:])
	d.record.Written = int64(le.Uint64(b[pos+16:]))
	d.fields, d.values, d.text = d.fields[:0], d.values[:0], d.text[:0]
	d.slots = [slotCount]int32{}
	d.unnamed, d.badValues, d.excess = 0, 0, ""
	d.textLeft = maxText

	if r := d.fragments(pos+recordHeader, pos+size-4, d.cache.root, 1); r != "" {
		return r
	}
	if len(d.fields) == 0 {
		return ReasonEmptyRecord
	}
	d.fill()
	return ""
}

func (d *Decoder) note(k Kind, at int, id uint64, r Reason) {
	d.report.Problems = append(d.report.Problems, Problem{k, d.report.Index, at, id, r})
}
