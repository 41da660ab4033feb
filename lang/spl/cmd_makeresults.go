package spl

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/plan/fn"
	"goshawk/schema"
)

var _ = define(spec{
	name: "makeresults", doc: "Makes rows with the time of the search, or rows of the data that are written in it.", generates: true,
	parse: func(a *args) stage {
		s := &makeResultsStage{count: 1, at: a.nameAt()}
		known := []string{"count", "annotate", "splunk_server", "splunk_server_group", "format", "data"}
		for !a.done() {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "count":
				if s.count = a.count(v); s.count > mostMade {
					a.errorf(v.span, "spl-option-value", "at most %d rows are made", mostMade)
				}
			case ok && name == "annotate":
				s.annotate = a.yes(v)
			case ok && name == "format":
				s.format = v
			case ok && name == "data":
				s.data, s.given = v, true
			case ok:
			case a.unknownOption(known...):
			default:
				a.rest()
			}
		}
		if s.given && s.format.text == "" {
			a.errorf(s.data.span, "spl-makeresults", "data needs format=csv or format=json")
			return nil
		}
		if s.format.text != "" && !s.given {
			a.errorf(s.format.span, "spl-makeresults", "format needs data")
			return nil
		}
		if s.given && !s.read(a) {
			return nil
		}
		return s
	},
})

const mostMade = 1 << 20 // rows of makeresults and gentimes

type makeResultsStage struct {
	at           diag.Span
	count        int64
	annotate     bool
	format, data value
	given        bool
	names        []string
	rows         [][]event.Value // of data
}

// read reads the data.
func (s *makeResultsStage) read(a *args) bool {
	text := a.text[s.data.span.Start:s.data.span.End]
	text = unescape(text)
	switch strings.ToLower(s.format.text) {
	case "csv":
		r := csv.NewReader(strings.NewReader(strings.TrimSpace(text)))
		r.TrimLeadingSpace, r.LazyQuotes = true, true
		records, err := r.ReadAll()
		if err != nil {
			a.errorf(s.data.span, "spl-makeresults", "the data is not CSV: %s", err.Error())
			return false
		}
		if len(records) == 0 {
			a.errorf(s.data.span, "spl-makeresults", "the data has no line with the names of its columns")
			return false
		}
		for _, name := range records[0] {
			name = strings.TrimSpace(name)
			if slices.Contains(s.names, name) {
				a.errorf(s.data.span, "spl-makeresults", "two columns are called %s", clip(name))
				return false
			}
			s.names = append(s.names, name)
		}
		t := &Lookup{Fields: s.names, Rows: records[1:]}
		s.rows = t.rows()
		return true
	case "json":
		return s.objects(a, text)
	}
	a.errorf(s.format.span, "spl-option-value", "unknown format %s", clip(s.format.text)).Hint = "there are csv and json"
	return false
}

// objects reads a list of JSON objects. Each is the text of its row as well.
func (s *makeResultsStage) objects(a *args, text string) bool {
	v, ok := fn.ParseJSON(text)
	if ok && v.Kind() == event.Object {
		v = event.ListValue(v)
	}
	if !ok || v.Kind() != event.List {
		d := a.errorf(s.data.span, "spl-makeresults", "the data is no list of JSON objects")
		var broken any
		if err := json.Unmarshal([]byte(text), &broken); err != nil {
			d.Hint = err.Error()
		}
		return false
	}
	s.names = []string{"_raw"}
	place := map[string]int{"_raw": 0}
	for _, o := range v.List() {
		if o.Object() == nil {
			a.errorf(s.data.span, "spl-makeresults", "%s is no JSON object", clip(o.Text()))
			return false
		}
		for _, f := range o.Object().Fields {
			if _, known := place[f.Name.Text]; !known {
				place[f.Name.Text] = len(s.names)
				s.names = append(s.names, f.Name.Text)
			}
		}
	}
	for _, o := range v.List() {
		row := make([]event.Value, len(s.names))
		for _, f := range o.Object().Fields {
			row[place[f.Name.Text]] = f.Value
		}
		row[0] = event.TextValue(string(o.AppendJSON(nil)))
		s.rows = append(s.rows, row)
	}
	return true
}

func (s *makeResultsStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.at, "spl-not-first", "makeresults must be the first command").Hint = "use append to add its rows to others"
		return nil
	}
	names, rows := s.names, s.rows
	if !s.given {
		rows = [][]event.Value{nil}
	}
	values := &plan.Values{}
	out := &relation{by: "makeresults"}
	add := func(name string) {
		c := l.column(name, schema.Any)
		values.Out = append(values.Out, c)
		out.set(name, &plan.Ref{Column: c})
	}
	add("_time")
	l.search.TimeDependent = true
	var annotations []string
	if s.annotate {
		annotations = []string{"_raw", "host", "source", "sourcetype", "splunk_server", "splunk_server_group"}
	}
	for _, name := range names {
		if name != "_time" && !out.has(name) {
			add(name)
		}
	}
	for _, row := range rows {
		cells := []event.Value{event.FloatValue(secondsOf(l.env.Now))}
		for i, v := range row {
			if names[i] == "_time" {
				cells[0] = v
			} else {
				cells = append(cells, v)
			}
		}
		values.Rows = append(values.Rows, cells)
	}
	for _, name := range annotations {
		if !out.has(name) {
			out.set(name, null())
		}
	}
	out.node = values
	if !s.given && s.count != 1 {
		out.node = l.repeated(values, s.count)
	}
	return out
}

// repeated gives each row so many times.
func (l *lowering) repeated(n plan.Node, count int64) plan.Node {
	if count == 0 {
		return &plan.Limit{Input: n}
	}
	c := l.column("copy", schema.Any)
	return &plan.Expand{Input: n, Lists: []plan.Assign{{Column: c, Value: apply("list_range", intLiteral(1), intLiteral(count))}}, Limit: -1}
}
