package finding

import (
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// AppendJSON adds the finding in the shape that other programs rely on: id, time, rule, host, user, fields, message, risk,
// evidence, why, attack, always all of them and in this order. Behind them comes what not every finding has: more (events that
// are not listed as evidence), window, threat, notes, marks; and for a detection that says what its answers mean also kind,
// notable, title, description and drilldowns, and for a detection of Sentinel or Defender rows, severity, tactics, techniques, entities
// and details, and for an incident of such detections incident instead of rows.
func (f *Finding) AppendJSON(dst []byte) []byte {
	text := func(key, value string) {
		dst = append(event.AppendQuoted(dst, key), ':')
		dst = event.AppendQuoted(dst, value)
	}
	d := f.Detection
	dst = append(dst, '{')
	text("id", f.ID)
	dst = append(dst, `,"time":`...)
	dst = appendTime(dst, f.Time)
	dst = append(dst, `,"rule":{`...)
	text("id", d.ID)
	dst = append(dst, ',')
	text("title", d.Title)
	dst = append(dst, ',')
	text("language", string(d.Language))
	dst = append(dst, ',')
	text("level", d.Level.String())
	dst = append(dst, ',')
	text("path", d.Path)
	dst = append(dst, "},"...)
	text("host", f.Host)
	dst = append(dst, ',')
	text("user", f.User)
	dst = append(dst, `,"fields":`...)
	dst = f.Fields.AppendJSON(dst)
	dst = append(dst, ',')
	text("message", f.Message)
	dst = append(dst, `,"risk":[`...)
	for i, r := range f.Risk {
		dst = comma(dst, i)
		dst = append(dst, '{')
		text("object", r.Object)
		dst = append(dst, ',')
		text("type", r.Type)
		dst = append(dst, `,"score":`...)
		dst = append(strconv.AppendInt(dst, int64(r.Score), 10), '}')
	}
	dst = append(dst, `],"evidence":[`...)
	for i, e := range f.Evidence {
		dst = comma(dst, i)
		dst = append(dst, '{')
		text("source", e.Source)
		dst = append(dst, `,"record":`...)
		dst = strconv.AppendUint(dst, e.Record, 10)
		dst = append(dst, `,"time":`...)
		dst = append(appendTime(dst, e.Time), '}')
	}
	dst = append(dst, `],"why":[`...)
	for i, r := range f.Why {
		dst = comma(dst, i)
		dst = append(dst, '{')
		text("clause", r.Clause)
		dst = append(dst, ',')
		text("field", r.Field)
		dst = append(dst, ',')
		text("value", r.Value)
		dst = append(dst, '}')
	}
	dst = append(dst, `],"attack":[`...)
	for i, id := range Techniques(d) {
		dst = comma(dst, i)
		dst = event.AppendQuoted(dst, id)
	}
	dst = f.appendMore(append(dst, ']'))
	return append(dst, '}')
}

// appendMore adds what not every finding has.
func (f *Finding) appendMore(dst []byte) []byte {
	text := func(lead, key, value string) {
		dst = append(event.AppendQuoted(append(dst, lead...), key), ':')
		dst = event.AppendQuoted(dst, value)
	}
	if f.More > 0 {
		dst = strconv.AppendInt(append(dst, `,"more":`...), int64(f.More), 10)
	}
	if f.From != 0 || f.To != 0 {
		dst = appendTime(append(dst, `,"window":{"from":`...), f.From)
		dst = append(appendTime(append(dst, `,"to":`...), f.To), '}')
	}
	for i, t := range f.Threats {
		if i == 0 {
			dst = append(dst, `,"threat":[`...)
		}
		dst = comma(dst, i)
		text("{", "object", t.Object)
		text(",", "type", t.Type)
		if dst = append(dst, '}'); i == len(f.Threats)-1 {
			dst = append(dst, ']')
		}
	}
	if a := f.Detection.Answer; a != nil {
		text(",", "kind", string(a.Kind))
		dst = strconv.AppendBool(append(dst, `,"notable":`...), f.Notable)
		text(",", "title", f.Title)
		text(",", "description", f.Details)
		dst = append(dst, `,"drilldowns":[`...)
		for i, d := range f.Drilldown {
			dst = comma(dst, i)
			text("{", "name", d.Name)
			text(",", "search", d.Search)
			text(",", "earliest", d.Earliest)
			text(",", "latest", d.Latest)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	if f.Alert != nil && f.Detection.Alert != nil {
		dst = f.appendAlert(dst)
	}
	if len(f.Notes) > 0 {
		dst = append(dst, `,"notes":[`...)
		for i, note := range f.Notes {
			dst = event.AppendQuoted(comma(dst, i), note)
		}
		dst = append(dst, ']')
	}
	if f.Marks != 0 {
		text(",", "marks", f.Marks.String())
	}
	return dst
}

// Techniques returns the ATT&CK technique ids of a detection: those of its tags, or else of its annotations.
func Techniques(d *detection.Detection) []string {
	ids := d.Techniques()
	if ids != nil || d.Answer == nil {
		return ids
	}
	for _, id := range d.Answer.Annotation("mitre_attack") {
		if strings.HasPrefix(id, "T") && !strings.HasPrefix(id, "TA") {
			ids = append(ids, id)
		}
	}
	return ids
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}

func appendTime(dst []byte, ticks int64) []byte {
	if ticks == 0 {
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	return append(event.AppendTime(dst, ticks), '"')
}
