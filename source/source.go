// Package source turns bytes into events. In go files, folders, archives and streams; out come events with the names and the
// nesting of their producer, and a problem for everything that could not be read.
//
// One file holds one format. A format is found by what the bytes look like, never by the name of the file. It works in two
// steps, so that the second can run on all cores: a framer cuts the stream, in order, into blocks that can be decoded each
// on its own; a decoder, one per worker, turns a block into events. The order of events is that of blocks and, within one,
// that in which the decoder gives them.
//
// # What a record looks like
//
// Carriers differ, records do not: a Windows event has the same fields whether it came as EVTX, as XML, or as JSON of any
// forwarder. See windows.go for those, auditd.go for Linux audit records, and the head of each JSON shape.
package source

import (
	"fmt"
	"io"
	"sort"
	"time"

	"goshawk/event"
)

// Format is one way of writing events down.
type Format struct {
	Name string // short and stable: "evtx", "windows-xml", "json", "auditd", "syslog", "csv" …
	Doc  string // one sentence for people
	// Sniff judges the first bytes of a stream (text already as UTF-8, without byte order mark).
	Sniff func(head []byte) Guess
	// Binary says that Sniff and Frame want the bytes as they are; otherwise they get UTF-8.
	Binary bool
	// Frame reads the stream to its end and hands out blocks in order. It must not read ahead more than it needs, must
	// report what it skips with problem, and must return the first error of read or emit. A block's Bytes must not be
	// touched after emit.
	Frame func(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error
	// NewDecoder returns a decoder for one worker.
	NewDecoder func(o Options) Decoder
	// Sourcetypes are Splunk's words for what is written in this format, with or without case; one * stands for any text. An
	// input that is labelled with one of them is read in this format if its bytes speak for it at all.
	Sourcetypes []string
}

// Guess is how certain a format is of some bytes: 0 is "not mine", 100 is "cannot be anything else".
type Guess struct {
	Certainty int
	Why       string // what was seen, for people: "starts with ElfFile\0"
}

// Decoder turns the blocks of a format into events. It is used by one goroutine at a time.
type Decoder interface {
	// Decode gives the events of a block in order, each lent until event returns. A record that cannot be read is given to
	// problem, and decoding goes on behind it. Decode stops early when event returns false.
	Decode(b Block, event func(*event.Event) bool, problem func(Problem))
}

// Block is a part of a stream that can be decoded on its own.
type Block struct {
	Input  *Input
	Bytes  []byte
	Offset int64  // of Bytes in the decompressed stream
	Line   uint64 // the 1-based number of its first line, for text
	Index  int    // counts the blocks of the input from 0
	Cut    bool   // its last record is not all there: it is too long, or reading failed inside it

	buffer []byte // what Bytes is a part of, if the block alone uses it
}

// Input is one stream of bytes: a file, a member of an archive, standard input.
type Input struct {
	Name    string // as the user gave it, with !member for a file in an archive
	Size    int64  // decompressed size; -1 if unknown
	ModTime time.Time
	Format  *Format // nil if no format knows the bytes
	Guess   Guess
	Others  []string // other formats that were possible, and how certain they were
	Skipped string   // why the input is not read; empty if it is
	Options Options
	Label   Label // what the options say that it is

	stream io.Reader
}

// Options are a user's wishes about reading.
type Options struct {
	Format string         // the name of a format to use whatever the bytes look like
	Carve  bool           // also give records that lie behind the live data of an EVTX chunk
	Zone   *time.Location // for times without a zone, where the format has no rule of its own; nil is UTC
	// Label says what an input is in Splunk's words; its name is that of Input. It may be called from several goroutines. Nil
	// says nothing of any.
	Label func(input string) Label
	// Stdin is what the path - stands for; nil is the standard input of the process.
	Stdin io.Reader
	// MaxBytes bounds the decompressed bytes of one archive; 0 is the built-in bound.
	MaxBytes int64
	// Progress, if not nil, is called by Walk, in the goroutine that reads, with the number of bytes of files (compressed, if
	// they are) that were dealt with since the last call. All calls together give Total.
	Progress func(bytes int64)
}

// Problem is something that could not be read as it should.
type Problem struct {
	Source string
	Offset int64  // in the decompressed stream; -1 if unknown
	Record uint64 // the record's number or line; 0 if unknown
	Code   string // stable: "evtx-bad-record", "json-syntax", "line-too-long" …
	Reason string // one lower-case sentence
	Lost   bool   // a record is lost; otherwise something is odd about what was read
}

func (p Problem) Error() string {
	return fmt.Sprintf("%s: record %d, offset %d: %s [%s]", p.Source, p.Record, p.Offset, p.Reason, p.Code)
}

// formats holds every format; each file registers its own.
var formats []*Format

func register(f Format) *Format {
	decoder := f.NewDecoder
	f.NewDecoder = func(o Options) Decoder { return &labeller{Decoder: decoder(o)} }
	formats = append(formats, &f)
	sort.Slice(formats, func(i, j int) bool { return formats[i].Name < formats[j].Name })
	return &f
}

// Formats returns all formats in the order of their names.
func Formats() []*Format { return append([]*Format(nil), formats...) }

// FormatByName returns the format of a name, or nil.
func FormatByName(name string) *Format {
	for _, f := range formats {
		if f.Name == name {
			return f
		}
	}
	return nil
}
