package report

import (
	"io"

	"goshawk/event"
	"goshawk/finding"
)

var _ = register(format{
	name: "timesketch", doc: "CSV with the columns that Timesketch imports; name the file *.csv",
	open: func(w io.Writer, o Options) Writer {
		head := []string{"message", "datetime", "timestamp_desc", "tag", "level", "rule", "rule_id", "language", "host", "user", "attack", "why", "source", "record", "finding_id", "fields", "kind", "risk", "threat"}
		return newSheet(w, o, head, func(f *finding.Finding, c *cells) []string {
			datetime, meaning := sketchTime(f.Time)
			return []string{
				c.text(limit(sketchMessage(f), keywordBytes)), datetime, meaning, string(sketchTags(f)), f.Detection.Level.String(),
				c.text(f.Detection.Title), c.text(f.Detection.ID), string(f.Detection.Language), c.text(f.Host), c.text(f.User), attackCell(f),
				c.text(limit(why(f), keywordBytes)), c.text(sources(f)), records(f), f.ID, fields(f),
				kindOf(f), c.text(riskCell(f)), c.text(threatCell(f)),
			}
		})
	},
})

// keywordBytes is what stays of a text, so that it stays below the 32,766 bytes beyond which Timesketch's store no longer
// finds it as a whole, even if every byte becomes an escape of six.
const keywordBytes = 5_000

// sketchTime returns a time in the spelling and with the meaning that Timesketch asks for. An event must have one there: one
// without is put at the start of 1970 and says so.
func sketchTime(ticks int64) (datetime, meaning string) {
	if ticks == 0 {
		return "1970-01-01T00:00:00+00:00", "Not a time"
	}
	return event.TimeOf(ticks).Format("2006-01-02T15:04:05.999999") + "+00:00", "Event Time"
}

// sketchMessage is the line that the timeline shows: what was found, and the value that tells most.
func sketchMessage(f *finding.Finding) string {
	text := f.Message
	if text == "" {
		text = f.Detection.Title
	}
	if told := tell(f); told.value != "" && told.value != f.Message {
		text += " | "
		if told.field != "" {
			text += told.field + ": "
		}
		text += told.value
	}
	return text
}

// sketchTags are labels that Timesketch can filter by: the level, what kind of finding it is, and the ATT&CK techniques.
func sketchTags(f *finding.Finding) []byte {
	tags := event.AppendQuoted([]byte{'['}, f.Detection.Level.String())
	if kind := kindOf(f); kind != "" {
		tags = event.AppendQuoted(append(tags, ','), kind)
	}
	for _, id := range finding.Techniques(f.Detection) {
		tags = event.AppendQuoted(append(tags, ','), id)
	}
	return append(tags, ']')
}
