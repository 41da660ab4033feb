package event

import (
	"strings"
	"sync"
	"sync/atomic"
)

// Record is a set of named values in their producer's order. A name may occur more than once (unnamed Data of Windows
// events, repeated XML elements): its value is then the list of all of them.
type Record struct {
	Fields []Field
}

// Field is one named value.
type Field struct {
	Name  *Name
	Value Value
}

// Add appends a field.
func (r *Record) Add(name *Name, v Value) { r.Fields = append(r.Fields, Field{name, v}) }

// Set appends a field under a name given as text.
func (r *Record) Set(name string, v Value) { r.Add(NameOf(name), v) }

// Get returns the value of the field of exactly this name: the list of all values if the name occurs repeatedly, the
// absent Value if it does not occur.
func (r *Record) Get(name string) Value {
	return r.gather(func(n *Name) bool { return n.Text == name })
}

// Named is Get for a name that is there already: names of the table are compared without looking at their texts.
func (r *Record) Named(name *Name) Value {
	if name.ID == 0 {
		return r.Get(name.Text)
	}
	at := -1
	for i := range r.Fields {
		if r.Fields[i].Name != name {
			continue
		}
		if at >= 0 {
			return r.Get(name.Text)
		}
		at = i
	}
	if at < 0 {
		return Value{}
	}
	return r.Fields[at].Value
}

func (r *Record) gather(is func(*Name) bool) Value {
	var found Value
	many := 0
	for i := range r.Fields {
		if !is(r.Fields[i].Name) {
			continue
		}
		switch many++; many {
		case 1:
			found = r.Fields[i].Value
		case 2:
			found = ListValue(found, r.Fields[i].Value)
		default:
			found.ref.list = append(found.ref.list, r.Fields[i].Value)
		}
	}
	return found
}

// Lookup returns the value that a detection means by a name. The first that exists wins: the field of exactly this name;
// one that is the name with blanks in it ("Threat Name" for ThreatName); the name read as a path, a step for each dot,
// where lists on the way fan out; the same three without regard to case.
func (r *Record) Lookup(name string) Value {
	for _, exact := range []bool{true, false} {
		same := func(a, b string) bool { return a == b }
		if !exact {
			same = strings.EqualFold
		}
		if v := r.gather(func(n *Name) bool { return same(n.Text, name) }); !v.IsAbsent() {
			return v
		}
		if v := r.gather(func(n *Name) bool { return n.Squeezed != n.Text && same(n.Squeezed, name) }); !v.IsAbsent() {
			return v
		}
		if strings.Contains(name, ".") {
			if v := r.walk(strings.Split(name, "."), same); !v.IsAbsent() {
				return v
			}
		}
	}
	return Value{}
}

// Path returns the value below the record at the end of a path of exact names; lists on the way fan out.
func (r *Record) Path(path []string, fold bool) Value {
	same := func(a, b string) bool { return a == b }
	if fold {
		same = strings.EqualFold
	}
	return r.walk(path, same)
}

func (r *Record) walk(path []string, same func(a, b string) bool) Value {
	v := r.gather(func(n *Name) bool { return same(n.Text, path[0]) })
	return step(v, path[1:], same)
}

func step(v Value, rest []string, same func(a, b string) bool) Value {
	switch {
	case len(rest) == 0:
		return v
	case v.kind == Object:
		return v.ref.object.walk(rest, same)
	case v.kind == List:
		var all []Value
		for _, e := range v.ref.list {
			switch w := step(e, rest, same); {
			case w.IsAbsent():
			case w.kind == List:
				all = append(all, w.ref.list...)
			default:
				all = append(all, w)
			}
		}
		if len(all) == 1 {
			return all[0]
		}
		if all != nil {
			return ListValue(all...)
		}
	}
	return Value{}
}

// Clone returns a copy that owns all its memory. The texts of its fields are one piece of it.
func (r *Record) Clone() Record {
	buffer := decoding.Get().(*[]byte)
	defer decoding.Put(buffer)
	c := Record{Fields: make([]Field, len(r.Fields))}
	texts := (*buffer)[:0]
	for i, f := range r.Fields {
		c.Fields[i].Name = f.Name
		if f.Value.kind != Text {
			c.Fields[i].Value = f.Value.Clone()
			continue
		}
		texts = f.Value.AppendText(texts)
		c.Fields[i].Value = Value{kind: Text, num: int64(len(texts))} // where the text ends, until all are there
	}
	*buffer = texts
	owned, from := string(texts), int64(0)
	for i := range c.Fields {
		if v := &c.Fields[i].Value; v.kind == Text {
			end := v.num
			*v, from = TextValue(owned[from:end]), end
		}
	}
	return c
}

// Name is the name of a field, shared by all fields of that name as long as the table of names has room.
type Name struct {
	Text     string
	Folded   string // Text without regard to case
	Squeezed string // Text without blanks; equal to Text where it has none
	ID       uint32 // dense from 1; 0 for a name beyond the table's room, which must be compared by its text
}

// maxNames bounds the tables of names and classes, which hostile logs could otherwise fill for ever.
const maxNames = 1 << 16

var names struct {
	sync.Map
	adding sync.Mutex
	count  uint32
}

// NameOf returns the Name of a text. Calls with equal texts return the same pointer until the table is full.
func NameOf(text string) *Name {
	if n, ok := names.Load(text); ok {
		return n.(*Name)
	}
	text = strings.Clone(text)
	n := &Name{Text: text, Folded: Fold(text), Squeezed: strings.ReplaceAll(text, " ", "")}
	names.adding.Lock()
	defer names.adding.Unlock()
	if stored, ok := names.Load(text); ok {
		return stored.(*Name)
	}
	if names.count < maxNames {
		names.count++
		n.ID = names.count
		names.Store(text, n)
	}
	return n
}

// Class says what wrote a record, as finely as detections tell records apart. Sources set it; the taxonomy reads it.
type Class struct {
	// Product is the producer of the record, not its carrier: "windows", "linux-sysmon", "auditd", "crowdstrike",
	// "defender", "ocsf", "syslog", "cloudtrail", "zeek", … or "json", "csv", "text" where only the spelling is known.
	Product  string
	Channel  string // the Windows channel, Defender's table, Zeek's log, the syslog program …
	Provider string // the Windows provider
	ID       string // the event id, event_simpleName, audit record type, OCSF class …
	// Source and Sourcetype are what an operator said of the input in Splunk's words; empty where nobody did.
	Source, Sourcetype string
}

var classes struct {
	sync.Map
	count atomic.Uint32
}

// ClassOf returns the shared pointer of a class; equal classes give the same pointer until the table is full.
func ClassOf(c Class) *Class {
	if p, ok := classes.Load(c); ok {
		return p.(*Class)
	}
	for _, part := range []*string{&c.Product, &c.Channel, &c.Provider, &c.ID, &c.Source, &c.Sourcetype} {
		*part = strings.Clone(*part)
	}
	if classes.count.Load() >= maxNames {
		return &c
	}
	p, loaded := classes.LoadOrStore(c, &c)
	if !loaded {
		classes.count.Add(1)
	}
	return p.(*Class)
}
