package source

import (
	"encoding/binary"
	"io"
	"strings"

	"goshawk/event"
)

// Audit records of one event lie on several lines, and lines of different events interleave. The framer gathers what
// belongs together, so that a block can be decoded by itself, and passes lines that are no audit records on between them,
// in their order.
//
// Records belong together that have the same node, time and serial. Events leave in the order in which they began. An event
// ends with EOE (which the daemon does not write to its file), with PROCTITLE (the last record of a system call), with
// itself if its type stands alone, when a record of the same node is two seconds away and it has not been heard of for a
// while, when too many others have begun since, and at the end of the input. A record that comes later is handed out as a
// fragment, and reported.
const (
	auditPatience  = 2 * event.TicksPerSecond
	auditQuiet     = 32      // records of others since its last before an event's time counts against it
	auditOpen      = 512     // events that may wait for more records
	auditHeld      = 8 << 20 // bytes that may wait
	auditEventSize = 4 << 20 // bytes of one event; the rest of it is a fragment
	auditForgotten = 4096    // events that ended and whose late records are known as such
)

// The kinds of items in a block.
const (
	lineItem     = 'L' // a line that is no audit record
	auditItem    = 'A' // the records of an event
	fragmentItem = 'F' // records of an event of which others have left before
	endItem      = 'E' // an EOE record of an event that has left before
)

// auditKey is what records of one event have in common.
type auditKey struct {
	node   string
	ticks  int64
	serial uint64
}

// auditGroup is an event that is being gathered.
type auditGroup struct {
	key   auditKey
	kind  byte
	ended bool
	heard uint64 // the number of its last record
	lines int
	bytes []byte // the lines, each as appendLine writes it
}

// auditFramer is the state of framing one stream.
type auditFramer struct {
	in      *Input
	emit    func(Block) error
	problem func(Problem)
	err     error
	records uint64

	out   []byte // the block at hand
	block Block

	queue []*auditGroup // in the order in which they began
	head  int
	open  map[auditKey]*auditGroup
	held  int
	spare []*auditGroup

	left     map[auditKey]struct{}
	leftRing []auditKey
	leftNext int

	last  *auditGroup // the group of the line before
	node  string      // its node
	nodes map[string]string
}

// frameAudit is the Frame of formats whose lines may be audit records. A block's Bytes are items as nextItem reads them.
func frameAudit(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	f := &auditFramer{in: in, emit: emit, problem: problem, open: map[auditKey]*auditGroup{}, left: map[auditKey]struct{}{}}
	f.block.Input = in
	err := frameLines(in, r, func(b Block) error {
		end := b.Offset + int64(len(b.Bytes))
		b.lines(func(line []byte, number uint64, offset int64) bool {
			cut := b.Cut && offset+int64(len(line))+1 >= end
			f.line(line, number, offset, cut)
			return f.err == nil
		})
		return f.err
	}, problem)
	for f.err == nil && f.head < len(f.queue) {
		f.release()
	}
	if f.err == nil {
		f.flush()
	}
	if f.err != nil {
		return f.err
	}
	return err
}

// line takes the next line of the stream.
func (f *auditFramer) line(line []byte, number uint64, offset int64, cut bool) {
	h, ok := findAuditRecord(line)
	if !ok {
		if len(line) == 0 {
			return
		}
		if f.head == len(f.queue) { // nothing waits
			f.begin(lineItem, 1, number, offset)
			f.out = appendLine(f.out, line, number, offset, cut)
			f.fill()
			return
		}
		g := f.group(lineItem)
		g.ended = true
		f.add(g, line, number, offset, cut)
		f.settle()
		return
	}
	if h.node != f.node {
		f.node = f.intern(h.node)
	}
	key := auditKey{f.node, h.ticks, h.serial}
	if auditAlone(h.number) {
		g := f.group(auditItem)
		g.key, g.ended = key, true
		f.add(g, line, number, offset, cut)
		f.settle()
		return
	}
	g := f.last
	if g == nil || g.key != key {
		g = f.open[key]
	}
	if g == nil {
		g = f.group(auditItem)
		g.key = key
		f.open[key] = g
		if _, late := f.left[key]; late {
			g.kind = fragmentItem
			if h.number == auditEOE {
				g.kind = endItem
			} else {
				f.problem(Problem{Source: f.in.Name, Offset: offset, Record: number, Code: "auditd-late",
					Reason: "record belongs to an event that has ended; it is given as a fragment"})
			}
		}
	}
	f.last = g
	f.records++
	g.heard = f.records
	f.add(g, line, number, offset, cut)
	if h.number == auditEOE || h.number == auditTitle || len(g.bytes) > auditEventSize {
		g.ended = true
	}
	for f.err == nil && f.head < len(f.queue) {
		first := f.queue[f.head]
		if first.ended || first.key.node != f.node || first.heard+auditQuiet > f.records {
			break
		}
		if away := h.ticks - first.key.ticks; -auditPatience < away && away < auditPatience {
			break
		}
		f.release()
		f.settle()
	}
	f.settle()
}

// intern returns the node as a text of its own.
func (f *auditFramer) intern(node string) string {
	if known, ok := f.nodes[node]; ok {
		return known
	}
	node = strings.Clone(node)
	if f.nodes == nil {
		f.nodes = map[string]string{}
	}
	if len(f.nodes) < auditForgotten {
		f.nodes[node] = node
	}
	return node
}

// settle hands out what needs not wait, and what must not.
func (f *auditFramer) settle() {
	for f.err == nil && f.head < len(f.queue) {
		if !f.queue[f.head].ended && len(f.queue)-f.head <= auditOpen && f.held <= auditHeld {
			return
		}
		f.release()
	}
}

// group puts an empty group at the end of the queue.
func (f *auditFramer) group(kind byte) *auditGroup {
	var g *auditGroup
	if n := len(f.spare); n > 0 {
		g, f.spare = f.spare[n-1], f.spare[:n-1]
	} else {
		g = new(auditGroup)
	}
	g.kind = kind
	if f.head > auditOpen && f.head*2 > len(f.queue) {
		f.queue = f.queue[:copy(f.queue, f.queue[f.head:])]
		f.head = 0
	}
	f.queue = append(f.queue, g)
	return g
}

func (f *auditFramer) add(g *auditGroup, line []byte, number uint64, offset int64, cut bool) {
	before := len(g.bytes)
	g.bytes = appendLine(g.bytes, line, number, offset, cut)
	g.lines++
	f.held += len(g.bytes) - before
}

// release hands out the first group of the queue.
func (f *auditFramer) release() {
	g := f.queue[f.head]
	f.queue[f.head] = nil
	f.head++
	if f.head == len(f.queue) {
		f.queue, f.head = f.queue[:0], 0
	}
	number, n := binary.Uvarint(g.bytes)
	offset, _ := binary.Uvarint(g.bytes[n:])
	f.begin(g.kind, g.lines, number, int64(offset))
	f.out = append(f.out, g.bytes...)
	f.held -= len(g.bytes)
	if g.kind != lineItem {
		if f.open[g.key] == g {
			delete(f.open, g.key)
			f.forget(g.key)
		}
		if f.last == g {
			f.last = nil
		}
	}
	bytes := g.bytes[:0]
	if cap(bytes) > 64<<10 {
		bytes = nil
	}
	*g = auditGroup{bytes: bytes}
	if len(f.spare) < auditOpen {
		f.spare = append(f.spare, g)
	}
	f.fill()
}

// forget keeps in mind that an event has left, until enough others have.
func (f *auditFramer) forget(key auditKey) {
	if _, known := f.left[key]; known {
		return
	}
	if len(f.leftRing) < auditForgotten {
		f.leftRing = append(f.leftRing, key)
	} else {
		delete(f.left, f.leftRing[f.leftNext])
		f.leftRing[f.leftNext] = key
		f.leftNext = (f.leftNext + 1) % auditForgotten
	}
	f.left[key] = struct{}{}
}

// begin starts an item of the block at hand.
func (f *auditFramer) begin(kind byte, lines int, number uint64, offset int64) {
	if len(f.out) == 0 {
		if f.out == nil {
			f.out = make([]byte, 0, blockSize+blockSize/8)
		}
		f.block.Line, f.block.Offset = number, offset
	}
	f.out = binary.AppendUvarint(append(f.out, kind), uint64(lines))
}

// fill hands the block out when it is full.
func (f *auditFramer) fill() {
	if len(f.out) >= blockSize {
		f.flush()
	}
}

func (f *auditFramer) flush() {
	if len(f.out) == 0 {
		return
	}
	f.block.Bytes = f.out
	f.out = nil
	f.err = f.emit(f.block)
	f.block.Index++
}

// appendLine writes a line with its place.
func appendLine(dst, line []byte, number uint64, offset int64, cut bool) []byte {
	dst = binary.AppendUvarint(dst, number)
	dst = binary.AppendUvarint(dst, uint64(offset))
	length := uint64(len(line)) << 1
	if cut {
		length |= 1
	}
	return append(binary.AppendUvarint(dst, length), line...)
}

// placedLine is a line and where it stood.
type placedLine struct {
	text   []byte
	number uint64
	offset int64
	cut    bool
}

// nextItem takes an item off a block that frameAudit made. It reports false at the end.
func nextItem(b []byte, lines []placedLine) (kind byte, _ []placedLine, rest []byte, ok bool) {
	if len(b) == 0 {
		return 0, nil, nil, false
	}
	kind, b = b[0], b[1:]
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[max(n, 0):]
		return v
	}
	for n := number(); n > 0 && len(b) > 0; n-- {
		l := placedLine{number: number(), offset: int64(number())}
		length := number()
		l.cut = length&1 != 0
		size := min(length>>1, uint64(len(b)))
		l.text, b = b[:size:size], b[size:]
		lines = append(lines, l)
	}
	return kind, lines, b, true
}
