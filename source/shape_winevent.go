package source

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// windowsParts collects the parts of a Windows event in any order and writes them down in the form of windows.go. What is
// left absent stays so.
type windowsParts struct {
	system   [systemSlots]event.Value
	data     []event.Field
	rendered [renderedSlots]event.Value
}

// The fields of System, in the order in which records have them.
const (
	atProviderName = iota
	atProviderGUID
	atEventSourceName
	atEventID
	atQualifiers
	atVersion
	atLevel
	atTask
	atOpcode
	atKeywords
	atSystemTime
	atEventRecordID
	atActivityID
	atRelatedActivityID
	atProcessID
	atThreadID
	atProcessorID
	atSessionID
	atKernelTime
	atUserTime
	atProcessorTime
	atChannel
	atComputer
	atUserID
	systemSlots
)

var systemNames = [systemSlots]*event.Name{
	winProviderName, winProviderGUID, winEventSourceName, winEventID, winQualifiers, winVersion, winLevel, winTask, winOpcode,
	winKeywords, winSystemTime, winEventRecordID, winActivityID, winRelatedActivityID, winProcessID, winThreadID,
	winProcessorID, winSessionID, winKernelTime, winUserTime, winProcessorTime, winChannel, winComputer, winUserID,
}

var slotKinds = func() (kinds [systemSlots]systemKind) {
	for i, name := range systemNames {
		kinds[i] = systemKinds[name]
	}
	return kinds
}()

// The words that a carrier rendered an event with.
const (
	renderedMessage = iota
	renderedLevel
	renderedTask
	renderedOpcode
	renderedKeywords
	renderedProvider
	renderedSlots
)

var renderedNames = [renderedSlots]*event.Name{
	event.NameOf("RenderingInfo.Message"), event.NameOf("RenderingInfo.Level"), event.NameOf("RenderingInfo.Task"),
	event.NameOf("RenderingInfo.Opcode"), event.NameOf("RenderingInfo.Keywords"), event.NameOf("RenderingInfo.Provider"),
}

// role is what a carrier's field is to a Windows event: a field of EventData if nothing else is said.
type role uint8

const (
	roleData     role                           = iota
	roleDrop                                    // the carrier's own
	roleSpecial                                 // looked at by the shape itself
	roleRendered                                // + one of rendered…
	roleSystem   = roleRendered + renderedSlots // + one of at…
)

type roles [maxJSONKeys]role

// rolesOf makes the table of roles; it is for package variables.
func rolesOf(byName map[string]role) *roles {
	r := new(roles)
	for name, role := range byName {
		r[keyOf(name)] = role
	}
	return r
}

// begin empties the parts.
func (w *windowsParts) begin() {
	w.system = [systemSlots]event.Value{}
	w.rendered = [renderedSlots]event.Value{}
	w.data = w.data[:0]
}

// take puts the fields of an object where their roles say; the first of several for a place wins, nulls do not count.
func (w *windowsParts) take(fields []event.Field, r *roles) {
	for i := range fields {
		f := &fields[i]
		switch role := r[keyOfName(f.Name)]; {
		case role == roleData:
			w.data = append(w.data, *f)
		case role >= roleSystem:
			w.set(int(role-roleSystem), f.Value)
		case role >= roleRendered:
			if at := role - roleRendered; w.rendered[at].IsNull() && !f.Value.IsNull() {
				w.rendered[at] = f.Value
			}
		}
	}
}

// set fills a field of System that is still empty.
func (w *windowsParts) set(at int, v event.Value) {
	if w.system[at].IsNull() && !v.IsNull() {
		w.system[at] = v
	}
}

// windowsEvent writes the parts into ev. It reports false, and leaves the record empty, if they have no event id.
func (s *shaper) windowsEvent(ev *event.Event) bool {
	w := &s.win
	if id := w.system[atEventID]; id.Kind() == event.Text {
		w.system[atEventID] = systemNumber.value(strings.TrimSpace(id.Text()))
	}
	w.system[atKeywords] = s.keywords(w.system[atKeywords])
	if v := w.system[atKeywords]; !v.IsNull() && !strings.HasPrefix(v.Text(), "0x") { // words: Audit Success
		w.system[atKeywords] = event.Value{}
		if w.rendered[renderedKeywords].IsNull() {
			w.rendered[renderedKeywords] = v
		}
	}
	if v := w.system[atSystemTime]; !v.IsNull() && v.Kind() != event.Time {
		if ticks, ok := ticksOf(v, nil); ok {
			w.system[atSystemTime] = event.TimeValue(ticks)
		}
	}
	if w.system[atProviderName].IsNull() && w.system[atEventID].Kind() == event.Int {
		channel := usualChannel(w.system[atChannel].Text())
		if provider := usualProvider(channel, w.system[atEventID].Int()); provider != "" {
			w.system[atProviderName] = event.TextValue(provider)
		}
	}
	fields := ev.Record.Fields[:0]
	for i := range w.system {
		v := w.system[i]
		if v.IsNull() {
			continue
		}
		if text, plain := v.Plain(); plain && slotKinds[i] == systemNumber && v.Kind() == event.Text {
			v = systemNumber.value(text)
		}
		fields = append(fields, event.Field{Name: systemNames[i], Value: v})
	}
	fields = append(fields, w.data...)
	for i, v := range w.rendered {
		if !v.IsNull() {
			fields = append(fields, event.Field{Name: renderedNames[i], Value: v})
		}
	}
	ev.Record.Fields = fields
	if !finishWindows(ev, &s.windows) {
		ev.Record.Fields = fields[:0]
		return false
	}
	return true
}

// keywords returns System's Keywords as Windows prints them. Some carriers write the 64 bits as a signed or unsigned number.
func (s *shaper) keywords(v event.Value) event.Value {
	var bits uint64
	switch v.Kind() {
	case event.Int:
		bits = uint64(v.Int())
	case event.Float:
		bits = uint64(v.Float())
	case event.Text, event.Decimal:
		text := v.Text()
		if strings.HasPrefix(text, "0x") {
			return v
		}
		if signed, err := strconv.ParseInt(text, 10, 64); err == nil {
			bits = uint64(signed)
		} else if bits, err = strconv.ParseUint(text, 10, 64); err != nil {
			return v
		}
	default:
		return v
	}
	return s.hex(bits)
}

// hex returns a number as Windows prints hexadecimal ones.
func (s *shaper) hex(n uint64) event.Value {
	var text [18]byte
	return s.keep(strconv.AppendUint(append(text[:0], '0', 'x'), n, 16))
}

// braced returns a GUID with the braces that Windows prints around it.
var braced = event.NewCodec("braced", func(dst []byte, raw string) []byte {
	return append(append(append(dst, '{'), raw...), '}')
})

// withBraces gives a text that is nothing but a GUID, in capitals if so asked, its braces; any other value stays as it is.
func withBraces(v event.Value, capitals bool) event.Value {
	text, plain := v.Plain()
	if !plain || len(text) != 36 {
		return v
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return v
			}
		case c-'0' > 9 && (c|0x20)-'a' > 5 || capitals && c >= 'a':
			return v
		}
	}
	return event.EncodedValue(braced, text)
}

// levelOf returns the number of System's Level that a word stands for, in the words of Windows in English and of its
// carriers; absent for others.
func levelOf(word string) event.Value {
	for _, l := range levelWords {
		if strings.EqualFold(l.word, word) {
			return event.IntValue(l.level)
		}
	}
	return event.Value{}
}

var levelWords = []struct {
	word  string
	level int64
}{
	{"info", 4}, {"audit_success", 0}, {"information", 4}, {"audit_failure", 0}, {"warning", 3}, {"error", 2}, {"critical", 1},
	{"verbose", 5}, {"informational", 4}, {"debug", 5}, {"logalways", 0},
}
