package evtx

import "encoding/binary"

// beginCarving ends the walk over live records and, if the caller asked for it,
// goes on to look for older ones from pos on, for the given reason.
func (d *Decoder) beginCarving(pos int, why Reason) {
	d.state = walkDone
	if d.carve {
		d.state = walkCarve
		d.pos = (pos + 7) &^ 7
		d.carving = why
		d.budget = max(d.budget, workPerChunk)
	}
}

// nextCarved looks for a record at every multiple of eight from d.pos on. What
// it takes for one must have both copies of its size and must decode. Most do
// not: the definitions they refer to stood at the beginning of the chunk and have
// been written over. That is no damage, but it is counted.
func (d *Decoder) nextCarved() (*Record, bool) {
	b, le := d.b, binary.LittleEndian
	for ; d.pos+minRecord <= len(b); d.pos += 8 {
		pos := d.pos
		if le.Uint32(b[pos:]) != recordMagic {
			continue
		}
		size := offset(b, pos+4)
		if size < minRecord || size > len(b)-pos || size%8 != 0 || le.Uint32(b[pos+size-4:]) != uint32(size) {
			continue
		}
		if d.read(pos, size) != "" {
			d.report.Faded++
			continue
		}
		d.pos += size
		d.report.Carved++
		d.record.Carved = d.carving
		return &d.record, true
	}
	d.state = walkDone
	return nil, false
}
