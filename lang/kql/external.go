package kql

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

	"goshawk/event"
	"goshawk/plan/fn"
)

// cutLast cuts a text in front of the last occurrence of another.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// externalRows reads a file of externaldata. Without a format the first bytes tell JSON from comma-separated values.
func externalRows(text []byte, e *externalStage) ([][]event.Value, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	format := strings.ToLower(e.options["format"])
	skip := false
	for name, v := range e.options {
		if strings.EqualFold(name, "ignoreFirstRecord") {
			skip = strings.EqualFold(v, "true") || v == "1"
		}
	}
	if format == "" {
		format = "csv"
		if start := bytes.TrimSpace(text); len(start) > 0 && (start[0] == '{' || start[0] == '[') {
			format = "multijson"
		}
	}
	var rows [][]event.Value
	var err error
	switch format {
	case "csv", "tsv", "tsve", "psv", "scsv", "sohsv":
		rows, err = separated(text, map[string]rune{"csv": ',', "tsv": '\t', "tsve": '\t', "psv": '|', "scsv": ';', "sohsv": 1}[format])
	case "txt", "raw":
		rows = lines(text, format == "raw")
	case "json", "multijson", "singlejson":
		rows, err = objects(text, e.columns)
	default:
		return nil, fmt.Errorf("files of the format %s are not read", format)
	}
	if err == nil && skip && len(rows) > 0 && format != "json" && format != "multijson" {
		rows = rows[1:]
	}
	return rows, err
}

func separated(text []byte, comma rune) ([][]event.Value, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, true
	records, err := r.ReadAll()
	rows := make([][]event.Value, len(records))
	for i, record := range records {
		for _, cell := range record {
			rows[i] = append(rows[i], event.TextValue(cell))
		}
	}
	return rows, err
}

func lines(text []byte, whole bool) [][]event.Value {
	if whole {
		return [][]event.Value{{event.TextValue(string(text))}}
	}
	var rows [][]event.Value
	for line := range strings.Lines(string(text)) {
		rows = append(rows, []event.Value{event.TextValue(strings.TrimRight(line, "\r\n"))})
	}
	return rows
}

// objects reads JSON: objects on lines of their own, or one array of objects. Members go to the columns of their names.
func objects(text []byte, columns []colDecl) ([][]event.Value, error) {
	var list []event.Value
	if v, ok := fn.ParseJSON(string(bytes.TrimSpace(text))); ok {
		if list = v.List(); list == nil {
			list = []event.Value{v}
		}
	} else {
		for line := range strings.Lines(string(text)) {
			if strings.TrimSpace(line) == "" {
				continue
			}
			v, ok := fn.ParseJSON(line)
			if !ok {
				return nil, fmt.Errorf("a line is no JSON: %.60s", line)
			}
			list = append(list, v)
		}
	}
	var rows [][]event.Value
	for _, v := range list {
		row := make([]event.Value, len(columns))
		for i, c := range columns {
			if r := v.Object(); r != nil {
				row[i] = r.Get(c.name.text)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
