package source

import (
	"goshawk/event"
)

// Splunk's exports: {"preview":…,"result":{…}} for each result, or the results themselves. Where _raw is there, the record is
// what _raw says and the fields that Splunk extracted are left out, as they depend on its configuration; what _raw carries
// is found out as for any other carrier. Without it, or where nothing can be made of it, the fields are the record, and its
// channel is the sourcetype.
var _ = registerShape(jsonShape{
	name: "splunk",
	doc:  "results exported from Splunk",
	certainty: func(o *jsonObject) int {
		switch {
		case o.object(keyResult) != nil && o.any(keyPreview, keyLastRow, keyOffset):
			return 99
		case o.get(keyRaw).Kind() == event.Text && o.any(keyTime, keySourcetype, keyIndexTime, keyIndex, keySource):
			return 95
		case o.has(keyTime, keySourcetype):
			return 65
		case o.has(keyTime):
			return 62
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		if fields := o.object(keyResult); fields != nil {
			return s.unwrap(fields, ev)
		}
		if ticks, ok := ticksOf(o.get(keyTime), s.zone); ok {
			ev.Logged = ticks
		}
		raw := o.text(keyRaw)
		if raw != "" && s.payload(raw, o.text(keySourcetype), ev) {
			return true
		}
		if shapeFlat.certainty(o) > 0 && shapeFlat.read(s, o, ev) {
			return true
		}
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		if raw != "" {
			ev.Raw, ev.FreeText = []byte(raw), true
		}
		product := "json"
		if s.rows {
			product = "csv"
		}
		ev.Class = s.class(product, o.text(keySourcetype), "")
		return true
	},
})

var (
	keyResult     = keyOf("result")
	keyPreview    = keyOf("preview")
	keyLastRow    = keyOf("lastrow")
	keyOffset     = keyOf("offset")
	keyRaw        = keyOf("_raw")
	keySourcetype = keyOf("sourcetype")
	keyIndexTime  = keyOf("_indextime")
	keyIndex      = keyOf("index")
	keySource     = keyOf("source")
)
