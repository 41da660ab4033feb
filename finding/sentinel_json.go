package finding

import (
	"strconv"

	"goshawk/event"
)

// appendAlert adds what an alert of Sentinel says beside its rows, under the names that such alerts have.
func (f *Finding) appendAlert(dst []byte) []byte {
	a := f.Alert
	text := func(key, value string) {
		dst = append(event.AppendQuoted(append(dst, ','), key), ':')
		dst = event.AppendQuoted(dst, value)
	}
	list := func(key string, values []string) {
		dst = append(event.AppendQuoted(append(dst, ','), key), ":["...)
		for i, v := range values {
			dst = event.AppendQuoted(comma(dst, i), v)
		}
		dst = append(dst, ']')
	}
	if f.Detection.Answer == nil { // otherwise these stand there already
		text("kind", string(f.Detection.Alert.Kind))
		dst = strconv.AppendBool(append(dst, `,"notable":`...), f.Notable)
		text("title", f.Title)
		text("description", f.Details)
	}
	if f.Incident == nil {
		dst = strconv.AppendInt(append(dst, `,"rows":`...), int64(max(f.Rows, f.rowsOfOne())), 10)
	}
	text("severity", a.Level.String())
	list("tactics", a.Tactics)
	list("techniques", a.Techniques)
	dst = AppendEntities(append(dst, `,"entities":`...), a.Entities)
	dst = AppendDetails(append(dst, `,"details":`...), a.Details)
	if len(a.Properties) > 0 {
		dst = append(dst, `,"properties":{`...)
		for i, p := range a.Properties {
			dst = append(event.AppendQuoted(comma(dst, i), p.Name), ':')
			value := ""
			if len(p.Values) > 0 {
				value = p.Values[0]
			}
			dst = event.AppendQuoted(dst, value)
		}
		dst = append(dst, '}')
	}
	if f.Incident != nil {
		dst = f.Incident.appendIncident(dst)
	}
	return dst
}

// rowsOfOne is how many rows an alert is made of that does not count them: one, or none if it is about silence.
func (f *Finding) rowsOfOne() int {
	if len(f.Fields.Fields) == 0 && len(f.Evidence) == 0 {
		return 0
	}
	return 1
}
