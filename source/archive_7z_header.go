package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// The header of a 7z archive says how many members, streams and coders there are before it lists them. Whoever believes it
// can be made to ask for more memory than there is, so the header is gone through here before it is read in earnest: each
// number must be one that the rest of the header has room to describe, and each coder one that makes do with maxWindow.

const (
	max7zHeader = 64 << 20
	max7zCoders = 32 // in one chain, as 7-Zip itself has it
)

var (
	err7zClaims    = errors.New("claims more members than its header can describe")
	err7zHeader    = errors.New("header is not in order")
	err7zEncrypted = errors.New("encrypted")
)

// check7z goes through the header of a 7z archive.
func check7z(r io.ReaderAt, size int64) error {
	var start [32]byte
	if n, _ := r.ReadAt(start[:], 0); n < len(start) {
		return errCutOff
	}
	le := binary.LittleEndian
	if crc32.ChecksumIEEE(start[12:]) != le.Uint32(start[8:]) {
		return err7zHeader
	}
	at, length := le.Uint64(start[12:]), le.Uint64(start[20:])
	if at > uint64(size) || length > uint64(size) || 32+at+length > uint64(size) {
		return errCutOff
	}
	if length > max7zHeader {
		return err7zClaims
	}
	text := make([]byte, length)
	if _, err := r.ReadAt(text, 32+int64(at)); err != nil && err != io.EOF {
		return err
	}
	h := header7z{b: text}
	if h.byte() == 0x17 {
		h.streams()
		if h.err != nil {
			return h.err
		}
		var err error
		if text, err = h.unpack(r, size); err != nil {
			return err
		}
		h = header7z{b: text}
		h.byte()
	}
	h.header()
	return h.err
}

// header7z is a header and how far it was gone through.
type header7z struct {
	b   []byte
	at  int
	err error

	// What is needed to unpack a header that is itself packed.
	packed      uint64   // where the first packed stream begins, behind the start header
	packedSizes []uint64 // of its streams
	unpacked    []uint64 // sizes of what the coders give
	coders      []coder7z
	folders     uint64
}

type coder7z struct {
	id         string
	properties []byte
}

func (h *header7z) fail(err error) {
	if h.err == nil {
		h.err = err
	}
	h.at = len(h.b)
}

func (h *header7z) byte() byte {
	if h.at >= len(h.b) {
		h.fail(err7zHeader)
		return 0
	}
	h.at++
	return h.b[h.at-1]
}

func (h *header7z) bytes(n uint64) []byte {
	if n > uint64(len(h.b)-h.at) {
		h.fail(err7zClaims)
		return nil
	}
	h.at += int(n)
	return h.b[h.at-int(n) : h.at]
}

// number reads a number whose first byte says by its leading ones how many more there are.
func (h *header7z) number() (n uint64) {
	first := h.byte()
	mask := byte(0x80)
	for i := 0; i < 8; i++ {
		if first&mask == 0 {
			return n | uint64(first&(mask-1))<<(8*i)
		}
		n |= uint64(h.byte()) << (8 * i)
		mask >>= 1
	}
	return n
}

// count reads a number of things that take a byte of the header at least.
func (h *header7z) count() uint64 {
	n := h.number()
	if n > uint64(len(h.b)) {
		h.fail(err7zClaims)
		return 0
	}
	return n
}

// some reads a number of things of which there are few.
func (h *header7z) some() uint64 {
	n := h.number()
	if n > max7zCoders {
		h.fail(err7zHeader)
		return 0
	}
	return n
}

// digests passes over the checksums of n things.
func (h *header7z) digests(n uint64) {
	defined := n
	if h.byte() == 0 {
		bits := h.bytes((n + 7) / 8)
		defined = 0
		for i := range n {
			if h.err == nil && bits[i/8]&(0x80>>(i%8)) != 0 {
				defined++
			}
		}
	}
	h.bytes(4 * defined)
}

// streams goes through the description of packed streams, of the folders of coders that unpack them, and of the members
// that lie in what they give.
func (h *header7z) streams() {
	id := h.byte()
	if id == 0x06 {
		h.packed = h.number()
		n := h.count()
		if id = h.byte(); id == 0x09 {
			for range n {
				h.packedSizes = append(h.packedSizes, h.number())
			}
			id = h.byte()
		}
		if id == 0x0A {
			h.digests(n)
			id = h.byte()
		}
		h.expect(id, 0)
		id = h.byte()
	}
	if id == 0x07 {
		h.expect(h.byte(), 0x0B)
		h.folders = h.count()
		h.expect(h.byte(), 0)
		outs := uint64(0)
		for range h.folders {
			if h.err != nil {
				return
			}
			outs += h.folder()
		}
		h.expect(h.byte(), 0x0C)
		for range outs {
			if h.err != nil {
				return
			}
			h.unpacked = append(h.unpacked, h.number())
		}
		if id = h.byte(); id == 0x0A {
			h.digests(h.folders)
			id = h.byte()
		}
		h.expect(id, 0)
		id = h.byte()
	}
	if id == 0x08 {
		members, listed := h.folders, uint64(0)
		if id = h.byte(); id == 0x0D {
			members = 0
			for range h.folders {
				n := h.count()
				members += n
				listed += max(n, 1) - 1
			}
			id = h.byte()
		}
		if members > uint64(len(h.b)) {
			h.fail(err7zClaims)
			return
		}
		if id == 0x09 {
			for range listed {
				h.number()
			}
			id = h.byte()
		}
		if id == 0x0A {
			h.digests(members)
			id = h.byte()
		}
		h.expect(id, 0)
		id = h.byte()
	}
	h.expect(id, 0)
}

// folder goes through a chain of coders and returns how many streams come out of them.
func (h *header7z) folder() (outs uint64) {
	coders, ins := h.some(), uint64(0)
	for range coders {
		flags := h.byte()
		c := coder7z{id: string(h.bytes(uint64(flags & 0x0F)))}
		in, out := uint64(1), uint64(1)
		if flags&0x10 != 0 {
			in, out = h.some(), h.some()
		}
		if flags&0x20 != 0 {
			c.properties = h.bytes(h.number())
		}
		if window := c.window(); window > maxWindow {
			h.fail(fmt.Errorf("asks for %d MiB of memory, more than the %d MiB it may have", window>>20, maxWindow>>20))
		}
		h.coders = append(h.coders, c)
		ins, outs = ins+in, outs+out
	}
	if ins < outs || outs == 0 {
		h.fail(err7zHeader)
		return 0
	}
	for range outs - 1 {
		h.number()
		h.number()
	}
	if packed := ins - (outs - 1); packed > 1 {
		for range packed {
			h.number()
		}
	}
	return outs
}

// The coders whose properties matter here.
const (
	coderCopy  = "\x00"
	coderLZMA  = "\x03\x01\x01"
	coderLZMA2 = "\x21"
	coderPPMd  = "\x03\x04\x01"
	coderAES   = "\x06\xf1\x07\x01"
)

// window returns the memory that a coder needs to look back into what it gave.
func (c coder7z) window() int64 {
	switch {
	case c.id == coderLZMA && len(c.properties) >= 5, c.id == coderPPMd && len(c.properties) >= 5:
		return int64(binary.LittleEndian.Uint32(c.properties[1:]))
	case c.id == coderLZMA2 && len(c.properties) == 1:
		return lzma2Window(c.properties[0])
	}
	return 0
}

// expect fails unless a byte is what must stand there.
func (h *header7z) expect(got, want byte) {
	if got != want {
		h.fail(err7zHeader)
	}
}

// header goes through what follows the first byte of a header: streams, and the number of members.
func (h *header7z) header() {
	id := h.byte()
	if id == 0x04 {
		h.streams()
		id = h.byte()
	}
	if id == 0x05 {
		h.count()
	}
}

// unpack returns the header that this one says how to unpack.
func (h *header7z) unpack(r io.ReaderAt, size int64) ([]byte, error) {
	for _, c := range h.coders {
		if c.id == coderAES {
			return nil, err7zEncrypted
		}
	}
	if len(h.coders) != 1 || len(h.packedSizes) != 1 || len(h.unpacked) != 1 {
		return nil, err7zHeader
	}
	length, packed := h.unpacked[0], h.packedSizes[0]
	if length > max7zHeader {
		return nil, err7zClaims
	}
	if h.packed > uint64(size) || packed > uint64(size) {
		return nil, errCutOff
	}
	section := io.NewSectionReader(r, 32+int64(h.packed), int64(packed))
	var (
		c      = h.coders[0]
		stream io.Reader
		err    error
	)
	switch {
	case c.id == coderCopy:
		stream = section
	case c.id == coderLZMA && len(c.properties) == 5:
		head := binary.LittleEndian.AppendUint64(bytes.Clone(c.properties), length)
		stream, err = lzma.NewReader(io.MultiReader(bytes.NewReader(head), section))
	case c.id == coderLZMA2 && len(c.properties) == 1:
		stream, err = lzma.Reader2Config{DictCap: int(max(lzma2Window(c.properties[0]), lzma.MinDictCap))}.NewReader2(section)
	default:
		return nil, err7zHeader
	}
	if err != nil {
		return nil, err
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(stream, text); err != nil {
		return nil, err7zHeader
	}
	return text, nil
}
