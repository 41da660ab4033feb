package source

import (
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"goshawk/event"
	"goshawk/source/evtx"
)

// The binary Windows event log. The package evtx locates the fields of a record; here they become those of a Windows event,
// each a view of its chunk with the codec of its type, so that a field that nobody asks for costs a few machine words.
var _ = register(Format{
	Name:       "evtx",
	Doc:        "the binary Windows event log",
	Binary:     true,
	Sniff:      sniffEVTX,
	Frame:      frameEVTX,
	NewDecoder: func(o Options) Decoder { return newEVTXDecoder(o) },
})

func sniffEVTX(head []byte) Guess {
	if evtx.IsEVTX(head) {
		return Guess{100, `starts with ElfFile\0`}
	}
	return Guess{}
}

// frameEVTX hands out the chunks that hold something. The numbers in the file header are often stale and mean nothing here.
func frameEVTX(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	odd := func(offset int64, code, reason string) {
		problem(Problem{Source: in.Name, Offset: offset, Code: code, Reason: reason})
	}
	var head [evtx.HeaderSize]byte
	n, err := fill(r, head[:])
	h, bad := evtx.ParseHeader(head[:n])
	switch {
	case bad != nil && err != nil && err != io.EOF:
		return err
	case errors.Is(bad, evtx.ErrNotEVTX):
		odd(0, "evtx-header", "does not begin as an event log does; its chunks are read all the same")
	case bad != nil:
		odd(int64(n), "evtx-header", string(evtx.ReasonFileCutShort))
	case !h.CRCMatches && h.Flags&evtx.FlagNoCRC == 0:
		odd(0, "evtx-header", string(evtx.ReasonFileCRC))
	}
	// A file without a header may still hold chunks worth reading; one that has neither is of another kind, which is said
	// once and not chunk by chunk.
	believed := bad == nil
	foreign := func() {
		if !believed {
			problem(Problem{Source: in.Name, Code: "evtx-no-log", Reason: "no event log: neither the file nor any chunk begins as one does", Lost: true})
		}
	}
	if err != nil {
		if err == io.EOF {
			foreign()
			return nil
		}
		return err
	}
	b := Block{Input: in, Offset: evtx.HeaderSize}
	var chunk []byte
	for {
		if chunk == nil {
			chunk = bufferOf(evtx.ChunkSize)[:evtx.ChunkSize]
		}
		n, err := fill(r, chunk)
		if !believed && evtx.IsChunk(chunk[:n]) {
			believed = true
			if b.Offset > evtx.HeaderSize {
				odd(evtx.HeaderSize, "evtx-no-chunk", "nothing before the first chunk begins as one")
			}
		}
		if believed && n > 0 && !allZero(chunk[:n]) {
			b.Bytes, b.buffer, b.Cut = chunk[:n:n], chunk, n < evtx.ChunkSize
			if failed := emit(b); failed != nil {
				return failed
			}
			b.Index++
			chunk = nil
		}
		b.Offset += int64(n)
		if err == io.EOF {
			foreign()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// allZero says whether a chunk was wiped or never used. The first bytes of any other tell.
func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// evtxCache keeps compiled templates and field paths for all decoders. It is bounded.
var evtxCache = evtx.NewCache()

// evtxCodecs holds the codec of each type of value.
var evtxCodecs = func() (codecs [256]*event.Codec) {
	for i := range codecs {
		t := evtx.Type(i)
		codecs[i] = event.NewCodec("evtx-"+strconv.Itoa(i), func(dst []byte, raw string) []byte {
			f := evtx.Field{Type: t, Raw: bytesOf(raw)}
			return f.AppendText(dst)
		})
	}
	return codecs
}()

// evtxDecoder decodes chunks.
type evtxDecoder struct {
	decoder *evtx.Decoder
	carve   bool
	event   event.Event
	classes classTable
	paths   []evtxPath // by the id of the path
	sets    map[uint64]*leafSet
}

// evtxPath is what a path means for the record.
type evtxPath struct {
	name *event.Name
	role evtxRole
}

// evtxRole is what is to be done with a field besides naming it.
type evtxRole uint8

const (
	rolePlain    evtxRole = iota
	roleNumber            // a number of System, which may come as text
	roleTime              // the time of the event, which may come as text
	roleEventID           // the event id, whose qualifiers stand before it
	roleRecordID          // the number of the record
	roleLeaf              // a value below the provider's element of UserData: named when the others are known
)

func newEVTXDecoder(o Options) *evtxDecoder {
	return &evtxDecoder{decoder: evtx.NewDecoder(evtxCache), carve: o.Carve}
}

func (d *evtxDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	d.decoder.Reset(b.Bytes, int((b.Offset-evtx.HeaderSize)/evtx.ChunkSize), d.carve)
	ev := &d.event
	for {
		rec, ok := d.decoder.Next()
		if !ok {
			break
		}
		ev.Origin = event.Origin{Source: b.Input.Name, Record: rec.ID, Offset: b.Offset + int64(rec.Offset)}
		ev.Class = d.classes.windows(rec.Channel, rec.Provider, int64(rec.EventID))
		ev.Logged, _ = fileTicks(uint64(rec.Written))
		ev.Marks = 0
		if rec.Carved != "" {
			ev.Marks = event.Carved
		}
		d.fields(ev, rec)
		if !give(ev) {
			break
		}
	}
	for _, p := range d.decoder.Report().Problems {
		problem(evtxProblem(b, p))
	}
}

// evtxProblem says what a problem of a chunk means for its file.
func evtxProblem(b Block, p evtx.Problem) Problem {
	q := Problem{Source: b.Input.Name, Offset: b.Offset + int64(p.Offset), Record: p.RecordID, Reason: string(p.Reason)}
	switch p.Kind {
	case evtx.Note:
		q.Code = "evtx-note"
	case evtx.DamagedValue:
		q.Code = "evtx-bad-value"
	case evtx.DamagedRecord:
		q.Code, q.Lost = "evtx-bad-record", true
	case evtx.DamagedChunk:
		q.Code, q.Lost = "evtx-bad-chunk", true
		if p.Reason == evtx.ReasonChunkMagic { // what was never a chunk lost no record
			q.Code, q.Lost = "evtx-no-chunk", false
		}
	}
	return q
}

// fields puts the fields of a record into an event.
func (d *evtxDecoder) fields(ev *event.Event, rec *evtx.Record) {
	n := len(rec.Fields)
	if cap(ev.Record.Fields) < n {
		ev.Record.Fields = make([]event.Field, 0, 2*n)
	}
	fields := ev.Record.Fields[:n]
	ev.Record.Fields = fields
	leaves := false
	for i := range fields {
		f, field := &rec.Fields[i], &fields[i]
		var p evtxPath
		if id := f.Path.ID; uint(id) < uint(len(d.paths)) {
			p = d.paths[id]
		}
		if p.name == nil {
			p = d.path(f.Path)
		}
		field.Name = p.name
		setValue(&field.Value, f)
		if f.Damaged {
			ev.Marks |= event.Damaged
		}
		if p.role == rolePlain {
			continue
		}
		switch p.role {
		case roleLeaf:
			leaves = true
		case roleNumber:
			retype(&field.Value, systemNumber)
		case roleTime:
			retype(&field.Value, systemTime)
		case roleRecordID:
			retype(&field.Value, systemNumber)
			if n := field.Value.Int(); n > 0 {
				ev.Origin.Record = uint64(n)
			}
		case roleEventID:
			field.Value = event.IntValue(int64(rec.EventID))
			if i > 0 && fields[i-1].Name == winQualifiers {
				fields[i-1], fields[i] = fields[i], fields[i-1]
			}
		}
	}
	if leaves {
		d.nameLeaves(fields, rec.Fields)
	}
}

// retype types a value of System that came as text.
func retype(v *event.Value, kind systemKind) {
	if v.Kind() == event.Text {
		*v = kind.value(v.Text())
	}
}

// fileTicks returns the ticks of a FILETIME; false if it lies beyond what ticks can say.
func fileTicks(t uint64) (int64, bool) {
	if t > math.MaxInt64-event.FiletimeEpoch {
		return 0, false
	}
	return int64(t) + event.FiletimeEpoch, true
}

// setValue makes v the value of a field. Numbers, times and booleans are decoded at once, which is cheaper than to remember
// how; texts and all that is shown as text wait until they are asked for.
func setValue(v *event.Value, f *evtx.Field) {
	switch f.Type {
	case evtx.TypeString:
		if len(f.Raw) == 0 {
			*v = event.TextValue("")
			return
		}
	case evtx.TypeUTF8:
		*v = event.TextValue(view(f.Raw))
		return
	case evtx.TypeNull:
		*v = event.TextValue("")
		return
	case evtx.TypeInt8, evtx.TypeInt16, evtx.TypeInt32, evtx.TypeInt64, evtx.TypeUint8, evtx.TypeUint16, evtx.TypeUint32, evtx.TypeUint64:
		if n, ok := f.Int(); ok {
			*v = event.IntValue(n)
			return
		}
	case evtx.TypeBool:
		if b, ok := f.Bool(); ok {
			*v = event.BoolValue(b)
			return
		}
	case evtx.TypeFileTime, evtx.TypeSystemTime:
		if t, ok := f.Time(); ok && !f.Damaged {
			if ticks, ok := fileTicks(uint64(t)); ok {
				*v = event.TimeValue(ticks)
				return
			}
		}
	case evtx.TypeReal32, evtx.TypeReal64:
		if x, err := strconv.ParseFloat(f.Text(), 64); err == nil && !f.Damaged {
			*v = event.FloatValue(x)
			return
		}
	}
	*v = event.EncodedValue(evtxCodecs[f.Type], view(f.Raw))
}

// path finds out what a path means, and remembers it.
func (d *evtxDecoder) path(p *evtx.Path) evtxPath {
	e := meaning(p)
	if p.ID >= 0 {
		for len(d.paths) <= p.ID {
			d.paths = append(d.paths, make([]evtxPath, max(p.ID+1-len(d.paths), 256))...)
		}
		d.paths[p.ID] = e
	}
	return e
}

// meaning returns the name that a path gives a field, and its role.
func meaning(p *evtx.Path) evtxPath {
	inside := p.Parent != nil && p.Parent.Section == p.Section // below the section's own element
	switch p.Section {
	case "System":
		name := event.NameOf(usualSystemName(p.Name))
		switch {
		case name == winEventID:
			return evtxPath{name, roleEventID}
		case name == winEventRecordID:
			return evtxPath{name, roleRecordID}
		case systemKinds[name] == systemNumber:
			return evtxPath{name, roleNumber}
		case systemKinds[name] == systemTime:
			return evtxPath{name, roleTime}
		}
		return evtxPath{name, rolePlain}
	case "", "EventData":
	case "UserData":
		if inside && p.Parent.Parent.Section == p.Section || inside && !p.Attribute {
			return evtxPath{event.NameOf(p.Name), roleLeaf}
		}
	default:
		name := p.Name
		if inside {
			name = p.Section + "." + strings.TrimPrefix(name, p.Section+"_")
		}
		if p.Section == "RenderingInfo" {
			name = renderedName(name)
		}
		return evtxPath{event.NameOf(name), rolePlain}
	}
	return evtxPath{event.NameOf(p.Name), rolePlain}
}

// leafSet is the names of the leaves of one kind of UserData, which depend on each other.
type leafSet struct {
	paths []*evtx.Path
	names []*event.Name
}

// maxLeafSets bounds the table of kinds of UserData.
const maxLeafSets = 4096

// nameLeaves gives the values below the provider's element of UserData their names.
func (d *evtxDecoder) nameLeaves(fields []event.Field, from []evtx.Field) {
	var hash uint64 = 14695981039346656037
	at := make([]int, 0, 64) // stays on the stack for all but the largest
	for i := range from {
		if from[i].Path.Section != "UserData" || d.role(from[i].Path) != roleLeaf {
			continue
		}
		at = append(at, i)
		hash = (hash ^ uint64(from[i].Path.ID)) * 1099511628211
	}
	set := d.sets[hash]
	if set == nil || !set.is(from, at) {
		set = newLeafSet(from, at)
		if d.sets == nil {
			d.sets = make(map[uint64]*leafSet)
		}
		if len(d.sets) < maxLeafSets {
			d.sets[hash] = set
		}
	}
	for i, k := range at {
		fields[k].Name = set.names[i]
	}
}

func (d *evtxDecoder) role(p *evtx.Path) evtxRole {
	if p.ID >= 0 {
		return d.paths[p.ID].role
	}
	return meaning(p).role
}

func newLeafSet(from []evtx.Field, at []int) *leafSet {
	set := &leafSet{paths: make([]*evtx.Path, len(at))}
	leaves := make([]leaf, len(at))
	for i, k := range at {
		p := from[k].Path
		step := p.Element
		if p.Label != "" {
			step = p.Label
		}
		set.paths[i] = p
		leaves[i] = leaf{path: p.Name, last: len(p.Name) - len(step)}
	}
	set.names = leafNames(leaves)
	return set
}

// is says whether the set belongs to these fields.
func (s *leafSet) is(from []evtx.Field, at []int) bool {
	if len(s.paths) != len(at) {
		return false
	}
	for i, k := range at {
		if s.paths[i] != from[k].Path {
			return false
		}
	}
	return true
}
