package source

import (
	"strings"
	"time"

	"goshawk/event"
)

// shaper turns objects, whether they were JSON or rows of a table, into records in the form of their producers. It owns the
// memory of the values that it makes up; what it filled is valid until reset. The zero value is ready.
type shaper struct {
	zone    *time.Location
	rows    bool // the object is a row of CSV, whose values are all texts
	windows classTable
	others  map[event.Class]*event.Class
	win     windowsParts
	arena   event.Arena
	made    []byte // texts
	flat    flattener
	leaves  []leaf
	inside  []*jsonObject // objects inside of the one at hand, by depth
	depth   int
	before  []event.Event // to be given before the event at hand
	parsers []*jsonParser // for JSON in texts
	parsed  int           // how many of them hold something of the record at hand
}

// reset takes back the memory of the last record.
func (s *shaper) reset() {
	s.arena.Reset()
	s.made = s.made[:0]
	s.depth, s.parsed = 0, 0
	s.before = s.before[:0]
}

// maxWrapping bounds how many wrappers are taken off a record.
const maxWrapping = 8

// read fills ev from an object of whatever shape.
func (s *shaper) read(o *jsonObject, ev *event.Event) {
	shape, _ := s.shape(o)
	if shape.read(s, o, ev) {
		return
	}
	// The best guess was wrong: try the others, the most certain first.
	tried := map[*jsonShape]bool{shape: true}
	for {
		var next *jsonShape
		most := 0
		for _, other := range jsonShapes {
			if c := other.certainty(o); c > most && !tried[other] {
				next, most = other, c
			}
		}
		ev.Record.Fields = ev.Record.Fields[:0]
		if next == nil {
			shapePlain.read(s, o, ev)
			return
		}
		tried[next] = true
		if next.read(s, o, ev) {
			return
		}
	}
}

// shape returns the shape that the object has most certainly.
func (s *shaper) shape(o *jsonObject) (*jsonShape, int) {
	best, most := shapePlain, 0
	for _, shape := range jsonShapes {
		if c := shape.certainty(o); c > most {
			best, most = shape, c
		}
	}
	return best, most
}

// unwrap fills ev from an object inside of the one at hand.
func (s *shaper) unwrap(fields []event.Field, ev *event.Event) bool {
	if s.depth == maxWrapping {
		return false
	}
	if s.depth == len(s.inside) {
		s.inside = append(s.inside, new(jsonObject))
	}
	o := s.inside[s.depth]
	s.depth++
	o.load(fields)
	s.read(o, ev)
	s.depth--
	return true
}

// parse reads a text that is one JSON object, for as long as the record at hand.
func (s *shaper) parse(text string) ([]event.Field, bool) {
	if start := strings.TrimLeft(text, " \t\r\n"); start == "" || start[0] != '{' {
		return nil, false
	}
	if s.parsed == len(s.parsers) {
		s.parsers = append(s.parsers, new(jsonParser))
	}
	p := s.parsers[s.parsed]
	s.parsed++
	p.begin(bytesOf(text))
	p.pos = jsonGap(p.b)
	fields, ok := p.object()
	if !ok || jsonGap(p.b[p.pos:]) != len(text)-p.pos {
		return nil, false
	}
	return fields, true
}

// class returns the Class of a record that is no Windows event. The texts may be views of a block.
func (s *shaper) class(product, channel, id string) *event.Class {
	key := event.Class{Product: product, Channel: channel, ID: id}
	if class := s.others[key]; class != nil {
		return class
	}
	class := event.ClassOf(key)
	if s.others == nil {
		s.others = make(map[event.Class]*event.Class)
	}
	if len(s.others) < maxClasses {
		s.others[*class] = class
	}
	return class
}

// keep gives a made-up text the lifetime of the record.
func (s *shaper) keep(text []byte) event.Value {
	if len(s.made)+len(text) > cap(s.made) {
		s.made = make([]byte, 0, max(1024, 2*cap(s.made), len(text)))
	}
	start := len(s.made)
	s.made = append(s.made, text...)
	return event.TextValue(view(s.made[start:]))
}

// flattener lists the leaves of nested objects under their dotted paths, which it remembers. Lists are leaves.
type flattener struct {
	paths map[flatStep]*event.Name
	out   []event.Field
}

type flatStep struct{ path, step *event.Name }

// run returns the leaves, which are valid until the next run.
func (f *flattener) run(fields []event.Field) []event.Field {
	f.out = f.out[:0]
	f.walk(nil, fields)
	return f.out
}

func (f *flattener) walk(path *event.Name, fields []event.Field) {
	for i := range fields {
		name := fields[i].Name
		if path != nil {
			name = f.join(path, name)
		}
		if r := fields[i].Value.Object(); r != nil {
			f.walk(name, r.Fields)
			continue
		}
		f.out = append(f.out, event.Field{Name: name, Value: fields[i].Value})
	}
}

func (f *flattener) join(path, step *event.Name) *event.Name {
	key := flatStep{path, step}
	if name := f.paths[key]; name != nil {
		return name
	}
	name := event.NameOf(path.Text + "." + step.Text)
	if f.paths == nil {
		f.paths = make(map[flatStep]*event.Name)
	}
	if len(f.paths) < jsonMaxNames {
		f.paths[key] = name
	}
	return name
}

// fieldOf returns the value of a field of exactly this name; absent if there is none.
func fieldOf(fields []event.Field, name *event.Name) event.Value {
	for i := range fields {
		if fields[i].Name == name {
			return fields[i].Value
		}
	}
	return event.Value{}
}

// ticksOf reads a time in any way that carriers write it: as a text with or without a zone, or as seconds, milliseconds,
// microseconds or nanoseconds since 1970, told apart by their size.
func ticksOf(v event.Value, zone *time.Location) (ticks int64, ok bool) {
	switch v.Kind() {
	case event.Time:
		return v.Int(), true
	case event.Int:
		return epochTicks(float64(v.Int()), v.Int()), true
	case event.Float, event.Decimal:
		return epochTicks(v.Float(), 0), true
	case event.Text:
		text := v.Text()
		if utc, named := strings.CutSuffix(text, " GMT"); named {
			text = utc + "Z"
		}
		if ticks, zoned, ok := event.ParseTime(text); ok {
			if !zoned && zone != nil {
				ticks = inZone(ticks, zone)
			}
			return ticks, true
		}
		if n, ok := event.Number(strings.TrimSpace(text)); ok {
			return ticksOf(n, zone)
		}
		return portalTime(text, zone)
	}
	return 0, false
}

// portalTime reads a time as the portals of Microsoft export it in English: 5/13/2022, 8:54:05.210 AM.
func portalTime(text string, zone *time.Location) (ticks int64, ok bool) {
	if len(text) < 14 || text[1] != '/' && text[2] != '/' {
		return 0, false
	}
	if zone == nil {
		zone = time.UTC
	}
	for _, layout := range []string{"1/2/2006, 3:04:05.999999999 PM", "1/2/2006 3:04:05.999999999 PM", "1/2/2006 15:04:05.999999999"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return event.TicksOf(t), true
		}
	}
	return 0, false
}

// epochTicks returns the ticks of a time since 1970; exact is the same number where it is whole.
func epochTicks(n float64, exact int64) int64 {
	per, divisor := int64(event.TicksPerSecond), int64(1)
	switch {
	case n >= 1e17:
		per, divisor = 1, 100
	case n >= 1e14:
		per = 10
	case n >= 1e11:
		per = event.TicksPerSecond / 1000
	case n < -1e11:
		return 0
	}
	if exact != 0 {
		return event.UnixEpoch + exact/divisor*per
	}
	// Seconds with a fraction: whole and part by themselves, so that nothing of the fraction is lost.
	whole := int64(n)
	return event.UnixEpoch + whole/divisor*per + int64((n-float64(whole))*float64(per)/float64(divisor)+0.5)
}

// inZone returns the ticks of a time whose clock shows what ticks would show in UTC.
func inZone(ticks int64, zone *time.Location) int64 {
	t := event.TimeOf(ticks)
	return event.TicksOf(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone))
}

// shapePlain is every object that has no other shape.
var shapePlain = registerShape(jsonShape{
	name:      "plain",
	doc:       "objects of no shape that is known",
	certainty: func(*jsonObject) int { return 60 },
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		product := "json"
		if s.rows {
			product = "csv"
		}
		ev.Class = s.class(product, "", "")
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		return true
	},
})
