package source

import (
	"strings"
	"unsafe"

	"goshawk/event"
)

// Label is what an operator says an input is, in Splunk's words. Empty parts are not said.
type Label struct {
	Source     string // "XmlWinEventLog:Security", "/var/log/audit/audit.log"
	Sourcetype string // "xmlwineventlog", "linux:audit", "pan:threat"
}

// labelOf asks the options what an input is.
func (o Options) labelOf(input string) Label {
	if o.Label == nil {
		return Label{}
	}
	return o.Label(input)
}

// writes says whether records of a sourcetype are written in the format.
func (f *Format) writes(sourcetype string) bool {
	for _, pattern := range f.Sourcetypes {
		head, tail, open := strings.Cut(pattern, "*")
		switch {
		case !open && strings.EqualFold(pattern, sourcetype):
			return true
		case open && len(sourcetype) >= len(head)+len(tail) && strings.EqualFold(sourcetype[:len(head)], head) &&
			strings.EqualFold(sourcetype[len(sourcetype)-len(tail):], tail):
			return true
		}
	}
	return false
}

// labelSlots is how many classes a labeller finds again without a look into a table; a power of two.
const labelSlots = 64

// labeller is a decoder whose events carry the label of their input in their class.
type labeller struct {
	Decoder
	label Label
	slots [labelSlots]struct{ from, to *event.Class }
}

func (l *labeller) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	if b.Input == nil || b.Input.Label == (Label{}) {
		l.Decoder.Decode(b, give, problem)
		return
	}
	if l.label != b.Input.Label {
		*l = labeller{Decoder: l.Decoder, label: b.Input.Label}
	}
	l.Decoder.Decode(b, func(ev *event.Event) bool {
		ev.Class = l.class(ev.Class)
		return give(ev)
	}, problem)
}

// class returns the class with the label. Classes are shared, so that their address tells them apart.
func (l *labeller) class(class *event.Class) *event.Class {
	slot := &l.slots[uintptr(unsafe.Pointer(class))/unsafe.Sizeof(*class)%labelSlots]
	if slot.from != class {
		labelled := *class
		labelled.Source, labelled.Sourcetype = l.label.Source, l.label.Sourcetype
		slot.from, slot.to = class, event.ClassOf(labelled)
	}
	return slot.to
}
