package report

import (
	"bytes"
	"math"

	"goshawk/event"
	"goshawk/lang/kql"
)

// kusto takes the columns of a result of KQL, whose names may occur repeatedly.
func (r *Rows) kusto(columns []kql.Column) {
	r.names, r.types = make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		r.names[i], r.types[i] = c.Name, c.Type.String()
	}
}

// appendKusto adds a value as JSON in the way in which Kusto's clients get it: decimals and what is no finite number as texts, so that
// nothing is lost.
func appendKusto(dst []byte, v event.Value) []byte {
	switch v.Kind() {
	case event.Null:
		return append(dst, "null"...)
	case event.Bool, event.Int:
		return v.AppendText(dst)
	case event.Float:
		if f := v.Float(); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return v.AppendText(dst)
		}
	case event.List, event.Object:
		return append(dst, escapeUnseen(bytes.ToValidUTF8(kql.AppendJSON(nil, v), []byte("\ufffd")))...)
	}
	return event.AppendQuoted(dst, kustoText(v))
}

// kustoText returns a value as text; a dynamic one as JSON.
func kustoText(v event.Value) string {
	switch v.Kind() {
	case event.Null:
		return ""
	case event.Time:
		return event.FormatTime(v.Int())
	case event.Duration:
		return kql.TimespanText(v.Int())
	case event.Float:
		switch f := v.Float(); {
		case math.IsNaN(f):
			return "NaN"
		case math.IsInf(f, 1):
			return "Infinity"
		case math.IsInf(f, -1):
			return "-Infinity"
		}
	case event.List, event.Object:
		return string(kql.AppendJSON(nil, v))
	}
	return v.Text()
}
