package finding

import (
	"strconv"

	"goshawk/event"
)

// AppendJSON adds the finding in the shape that other programs rely on: id, time, rule, host, user, fields, message, risk,
// evidence, why, attack, always all of them and in this order.
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
	for i, id := range d.Techniques() {
		dst = comma(dst, i)
		dst = event.AppendQuoted(dst, id)
	}
	dst = append(dst, ']')
	if f.Marks != 0 {
		dst = append(dst, ',')
		text("marks", f.Marks.String())
	}
	return append(dst, '}')
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
