package source

import (
	"strings"

	"goshawk/event"
)

// Documents in the Elastic Common Schema that are no Windows events, nested or dotted as they are: product "ecs", the data
// set (else the module) as channel, the action as id. A line of another log that a shipper put into message or
// event.original is read as what it is, where that is a Windows event or an audit record.
var _ = registerShape(jsonShape{
	name: "ecs",
	doc:  "documents in the Elastic Common Schema",
	certainty: func(o *jsonObject) int {
		if !o.has(keyTimestamp) {
			return 0
		}
		certainty := 0
		if o.any(keyECS, keyECSVersion) {
			certainty = 90
		} else if o.object(keyEventLower) != nil || o.any(keyEventKind, keyEventDataset, keyEventModule, keyEventCategory, keyEventAction) {
			certainty = 80
		}
		if certainty > 0 && o.any(keyAgent, keyAgentType, keyDataStream, keyDataStreamDataset) {
			certainty += 4
		}
		return certainty
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		if ticks, ok := ticksOf(o.get(keyTimestamp), nil); ok {
			ev.Logged = ticks
		}
		inner := o.object(keyEventLower)
		message := o.text(keyMessageLower)
		if original := fieldOf(inner, nameOriginal); message == "" && original.Kind() == event.Text {
			message = original.Text()
		}
		if message != "" && s.carried(message, "", ev) {
			return true
		}
		channel := ecsText(o.get(keyEventDataset), fieldOf(inner, nameDataset), o.get(keyDataStreamDataset),
			fieldOf(o.object(keyDataStream), nameDataset), o.get(keyEventModule), fieldOf(inner, nameModule))
		ev.Class = s.class("ecs", channel, ecsText(o.get(keyEventAction), fieldOf(inner, nameAction)))
		ev.Record.Fields = append(ev.Record.Fields[:0], o.fields...)
		return true
	},
})

// Hits of an Elasticsearch search or dump: the document is under _source, or its values are lists under fields.
var _ = registerShape(jsonShape{
	name: "elasticsearch",
	doc:  "hits of an Elasticsearch search",
	certainty: func(o *jsonObject) int {
		if o.any(keyIndexName, keyDocumentID) && (o.object(keySourceDocument) != nil || o.object(keyFields) != nil) {
			return 100
		}
		return 0
	},
	read: func(s *shaper, o *jsonObject, ev *event.Event) bool {
		if fields := o.object(keySourceDocument); fields != nil {
			return s.unwrap(fields, ev)
		}
		var single []event.Field
		for _, f := range o.object(keyFields) {
			if strings.HasSuffix(f.Name.Text, ".keyword") {
				continue // the same value once more
			}
			if l := f.Value.List(); len(l) == 1 {
				f.Value = l[0]
			}
			single = append(single, f)
		}
		return s.unwrap(single, ev)
	},
})

// ecsText returns the text of the first value that is there; the first element stands for a list.
func ecsText(values ...event.Value) string {
	for _, v := range values {
		if l := v.List(); len(l) > 0 {
			v = l[0]
		}
		if !v.IsNull() && v.Kind() != event.Object {
			return v.Text()
		}
	}
	return ""
}

var (
	keyECS               = keyOf("ecs")
	keyECSVersion        = keyOf("ecs.version")
	keyEventKind         = keyOf("event.kind")
	keyEventDataset      = keyOf("event.dataset")
	keyEventModule       = keyOf("event.module")
	keyEventCategory     = keyOf("event.category")
	keyEventAction       = keyOf("event.action")
	keyAgent             = keyOf("agent")
	keyAgentType         = keyOf("agent.type")
	keyDataStream        = keyOf("data_stream")
	keyDataStreamDataset = keyOf("data_stream.dataset")
	keyMessageLower      = keyOf("message")
	keyIndexName         = keyOf("_index")
	keyDocumentID        = keyOf("_id")
	keySourceDocument    = keyOf("_source")
	keyFields            = keyOf("fields")

	nameOriginal = event.NameOf("original")
	nameDataset  = event.NameOf("dataset")
	nameModule   = event.NameOf("module")
	nameAction   = event.NameOf("action")
)
