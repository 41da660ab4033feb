package evtx

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// Sizes of the fixed parts of a log file.
const (
	HeaderSize = 4096  // HeaderSize is the size of the block before the first chunk.
	ChunkSize  = 65536 // ChunkSize is the size of every chunk.

	headerUsed = 128 // bytes of the header block that mean something
)

// Flags of a file header; the checksum flag also occurs in chunk headers.
const (
	FlagDirty = 1 // FlagDirty says that the log was not closed properly.
	FlagFull  = 2 // FlagFull says that the log reached its size limit.
	FlagNoCRC = 4 // FlagNoCRC says that the writer kept no checksums.
)

var fileMagic = [8]byte{'E', 'l', 'f', 'F', 'i', 'l', 'e', 0}

var (
	// ErrNotEVTX is returned for input that does not begin as an event log does.
	ErrNotEVTX = errors.New("not a Windows event log")
	// ErrShortHeader is returned for an event log that ends inside its header.
	ErrShortHeader = errors.New("event log ends inside its header")
)

// Header is the header of a log file. Its numbers are often stale: a reader
// must walk to the end of the file whatever Chunks says.
type Header struct {
	FirstChunk, LastChunk uint64
	NextRecord            uint64
	Major, Minor          uint16
	Chunks                uint16
	Flags                 uint32
	CRCMatches            bool // the header's own checksum fits
}

// Dirty reports whether the log was left open by its writer.
func (h Header) Dirty() bool { return h.Flags&FlagDirty != 0 }

// IsEVTX reports whether b begins with the magic of a log file.
func IsEVTX(b []byte) bool {
	return len(b) >= len(fileMagic) && [8]byte(b) == fileMagic
}

// ParseHeader reads a file header from the first bytes of a file. It refuses
// only what is not an event log or is too short to be one; odd versions, flags
// and checksums are returned as they stand.
func ParseHeader(b []byte) (Header, error) {
	if !IsEVTX(b) {
		return Header{}, ErrNotEVTX
	}
	if len(b) < headerUsed {
		return Header{}, ErrShortHeader
	}
	le := binary.LittleEndian
	return Header{
		FirstChunk: le.Uint64(b[8:]),
		LastChunk:  le.Uint64(b[16:]),
		NextRecord: le.Uint64(b[24:]),
		Minor:      le.Uint16(b[36:]),
		Major:      le.Uint16(b[38:]),
		Chunks:     le.Uint16(b[42:]),
		Flags:      le.Uint32(b[120:]),
		CRCMatches: crc32.ChecksumIEEE(b[:120]) == le.Uint32(b[124:]),
	}, nil
}
