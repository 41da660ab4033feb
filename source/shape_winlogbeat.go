package source

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"goshawk/event"
)

// Winlogbeat up to version 6: log_name, event_id, event_data and the like at the top. Level, task, opcode and keywords are
// words there. Data without a name is called param1, param2 …; providers with a manifest, which have a GUID, may use
// these names themselves and keep them.
var _ = registerShape(jsonShape{
	name: "winlogbeat",
	doc:  "Windows events in the form of Winlogbeat 6",
	certainty: func(o *jsonObject) int {
		if o.has(keyLogNameLower, keyEventIDLower) {
			return 96
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		w := &s.win
		w.begin()
		w.take(o.fields, winlogbeatRoles)
		s.beatWords(o.get(keyLevelLower), o.get(keyTaskLower), o.get(keyOpcodeLower), o.get(keyKeywordsLower))
		if r := o.get(keyUser).Object(); r != nil {
			w.set(atUserID, fieldOf(r.Fields, nameIdentifier))
		}
		s.beatData(o.get(keyEventDataLower))
		s.beatData(o.get(keyUserDataLower))
		if ticks, ok := ticksOf(o.get(keyTimestamp), nil); ok {
			ev.Logged = ticks
		}
		return s.windowsEvent(ev)
	},
})

var (
	keyLogNameLower   = keyOf("log_name")
	keyEventIDLower   = keyOf("event_id")
	keyEventDataLower = keyOf("event_data")
	keyUserDataLower  = keyOf("user_data")
	keyLevelLower     = keyOf("level")
	keyTaskLower      = keyOf("task")
	keyOpcodeLower    = keyOf("opcode")
	keyKeywordsLower  = keyOf("keywords")
	keyUser           = keyOf("user")

	nameIdentifier = event.NameOf("identifier")
)

var winlogbeatRoles = func() *roles {
	r := rolesOf(map[string]role{
		"log_name": roleSystem + atChannel, "event_id": roleSystem + atEventID, "source_name": roleSystem + atProviderName,
		"provider_guid": roleSystem + atProviderGUID, "version": roleSystem + atVersion, "record_number": roleSystem + atEventRecordID,
		"activity_id": roleSystem + atActivityID, "related_activity_id": roleSystem + atRelatedActivityID,
		"process_id": roleSystem + atProcessID, "thread_id": roleSystem + atThreadID, "computer_name": roleSystem + atComputer,
		"@timestamp": roleSystem + atSystemTime, "message": roleRendered + renderedMessage,
	})
	for i := range r {
		if r[i] == roleData {
			r[i] = roleDrop // everything else is the shipper's
		}
	}
	return r
}()

// beatWords takes the words that a Beat renders System's numbers with.
func (s *shaper) beatWords(level, task, opcode, keywords event.Value) {
	w := &s.win
	w.set(atLevel, levelOf(level.Text()))
	for at, v := range map[int]event.Value{renderedLevel: level, renderedTask: task, renderedOpcode: opcode, renderedKeywords: keywords} {
		if l := v.List(); len(l) == 1 {
			v = l[0]
		}
		if !v.IsNull() {
			w.rendered[at] = v
		}
	}
}

// beatData adds the fields of an event as a Beat lists them.
func (s *shaper) beatData(v event.Value) {
	if r := v.Object(); r != nil {
		w := &s.win
		from := len(w.data)
		w.data = append(w.data, s.flat.run(r.Fields)...)
		s.beatParams(from)
	}
}

// beatParams gives fields from one on that are called param1, param2 … back the order and the missing names of Data.
func (s *shaper) beatParams(from int) {
	w := &s.win
	data := w.data[from:]
	if !w.system[atProviderGUID].IsNull() || len(data) == 0 {
		return
	}
	for i := range data {
		if paramNumber(data[i].Name) == 0 {
			return
		}
	}
	slices.SortStableFunc(data, func(a, b event.Field) int { return cmp.Compare(paramNumber(a.Name), paramNumber(b.Name)) })
	for i := range data {
		data[i].Name = winData
	}
}

func paramNumber(name *event.Name) int {
	digits, ok := strings.CutPrefix(name.Text, "param")
	if !ok {
		return 0
	}
	n, _ := strconv.Atoi(digits)
	return n
}
