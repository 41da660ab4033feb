package source

import "goshawk/event"

// CrowdStrike's Falcon Data Replicator: the fields as they are, one object a sensor event. What Falcon's streaming API gives
// (detections, incidents, what users of the console do) is nested in metadata and event; its channel is streams.
var _ = registerShape(jsonShape{
	name: "crowdstrike",
	doc:  "CrowdStrike sensor events",
	certainty: func(o *jsonObject) int {
		switch {
		case o.has(keySimpleName) && o.any(keyAID, keyPlatform, keyCID):
			return 99
		case o.has(keySimpleName):
			return 85
		case o.object(keyEventLower) != nil && !fieldOf(o.object(keyMetadata), nameCustomerID).IsAbsent():
			return 97
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		if o.has(keySimpleName) {
			ev.Class = s.class("crowdstrike", o.text(keyPlatform), o.text(keySimpleName))
			ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
			if ticks, ok := ticksOf(o.get(keyTimestampLower), nil); ok {
				ev.Logged = ticks
			}
			return true
		}
		metadata := o.object(keyMetadata)
		ev.Class = s.class("crowdstrike", "streams", fieldOf(metadata, nameEventTypeLower).Text())
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		if ticks, ok := ticksOf(fieldOf(metadata, nameCreationTime), nil); ok {
			ev.Logged = ticks
		}
		return true
	},
})

// OCSF, nested as it is, whatever the class.
var _ = registerShape(jsonShape{
	name: "ocsf",
	doc:  "OCSF events",
	certainty: func(o *jsonObject) int {
		if o.has(keyClassUID) && o.any(keyCategoryUID, keyTypeUID, keyActivityID, keyMetadata) {
			return 98
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		ev.Class = s.class("ocsf", o.get(keyClassUID).Text(), o.get(keyActivityID).Text())
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		if ticks, ok := ticksOf(fieldOf(o.object(keyMetadata), nameLoggedTime), nil); ok {
			ev.Logged = ticks
		}
		return true
	},
})

var (
	keySimpleName     = keyOf("event_simpleName")
	keyAID            = keyOf("aid")
	keyCID            = keyOf("cid")
	keyPlatform       = keyOf("event_platform")
	keyTimestampLower = keyOf("timestamp")
	keyEventLower     = keyOf("event")
	keyMetadata       = keyOf("metadata")
	keyClassUID       = keyOf("class_uid")
	keyCategoryUID    = keyOf("category_uid")
	keyTypeUID        = keyOf("type_uid")
	keyActivityID     = keyOf("activity_id")

	nameCustomerID     = event.NameOf("customerIDString")
	nameEventTypeLower = event.NameOf("eventType")
	nameCreationTime   = event.NameOf("eventCreationTime")
	nameLoggedTime     = event.NameOf("logged_time")
)
