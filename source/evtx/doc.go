// Package evtx reads the binary Windows Event Log.
//
// A log file is a header block followed by chunks of 64 KiB. A chunk carries
// its own strings and its own template definitions, so it is the unit of
// parallel work, of memory and of damage: nothing found in one chunk is needed
// to read the next. Accordingly the caller drives. It cuts the file into
// chunks (or lets a Reader do so), hands each to a Decoder, one Decoder to a
// worker, and takes records from it one at a time. All Decoders of a process
// may share one Cache, which is what makes the room fast: it keeps compiled
// templates and interned field paths across chunks and across files.
//
// A record is a tree in a compact token form. Nearly always it is an instance
// of a template plus a row of values, and the template says where each value
// goes. The template is compiled once into a flat list of operations, "put
// value 5 under this path", so that reading a record means adding up value
// sizes and running down that list. No tree is built and no text is decoded:
// a Field is a path, a type and a slice of the chunk. Its text is made when
// somebody asks for it.
//
// What goes in is bytes that nobody vouches for. Every offset is checked before
// use, every length is held against what is there, every recursion and every
// loop draws on a budget. A record that cannot be read is counted and reported
// and the walk goes on behind it; a value that cannot be read spoils its own
// field only; a wrong checksum is a note in the report and no reason to
// withhold a record. Records end at the free-space offset of their chunk: what
// lies behind is left over from an earlier life of the chunk and is read only
// when the caller asks for carving, and then bears a mark.
//
// The room knows nothing of rules, queries or other formats. It imports the
// standard library only.
package evtx
