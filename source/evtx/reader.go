package evtx

import (
	"errors"
	"io"
	"iter"
)

// Options says how a Reader reads. The zero value reads live records only.
type Options struct {
	Cache *Cache // shared cache; nil for one of the Reader's own
	Carve bool   // also read what is left behind the live records
}

// Reader reads a whole log from beginning to end. It is the simple way in, for
// tests, tools and small files; for speed cut the file into chunks and give
// them to Decoders. It holds one chunk at a time.
type Reader struct {
	src    io.Reader
	d      *Decoder
	carve  bool
	chunk  []byte
	next   int
	open   bool // a chunk is being read
	ended  bool
	err    error
	report FileReport
}

// NewReader reads the file header from src. It returns ErrNotEVTX or
// ErrShortHeader for what is not an event log, or the error of src.
func NewReader(src io.Reader, o Options) (*Reader, error) {
	r := &Reader{src: src, d: NewDecoder(o.Cache), carve: o.Carve}
	var block [HeaderSize]byte
	n, err := io.ReadFull(src, block[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	h, bad := ParseHeader(block[:n])
	if bad != nil {
		return nil, bad
	}
	r.report.Header, r.report.Dirty = h, h.Dirty()
	if !h.CRCMatches && h.Flags&FlagNoCRC == 0 {
		r.report.list(Problem{Kind: Note, Chunk: -1, Offset: 124, Reason: ReasonFileCRC})
	}
	if n < HeaderSize {
		r.ended = true
		r.report.Truncated = true
		r.report.list(Problem{Kind: Note, Chunk: -1, Offset: n, Reason: ReasonFileCutShort})
	}
	return r, nil
}

// Next returns the next record, or false at the end of the file. The record is
// valid until the next call.
func (r *Reader) Next() (*Record, bool) {
	for {
		if r.open {
			if rec, ok := r.d.Next(); ok {
				return rec, true
			}
			r.open = false
			r.report.Add(r.d.Report())
		}
		if r.ended {
			return nil, false
		}
		if r.chunk == nil {
			r.chunk = make([]byte, ChunkSize)
		}
		n, err := io.ReadFull(r.src, r.chunk)
		if err != nil {
			r.ended = true
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				r.err = err
			}
		}
		if n > 0 {
			r.d.Reset(r.chunk[:n], r.next, r.carve)
			r.next++
			r.open = true
		}
	}
}

// Records returns an iterator over the remaining records. Each is valid until
// the next step.
func (r *Reader) Records() iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for {
			rec, ok := r.Next()
			if !ok || !yield(rec) {
				return
			}
		}
	}
}

// Report returns what became of the file so far; it is complete once Next has
// returned false.
func (r *Reader) Report() *FileReport { return &r.report }

// Err returns the error of the source that ended the reading early, if any.
// Damage in the file is no error: see Report.
func (r *Reader) Err() error { return r.err }
