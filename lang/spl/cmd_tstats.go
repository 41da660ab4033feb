package spl

import "strings"

var _ = define(spec{
	name: "tstats", doc: "Computes aggregates over the events of a data model, or over all events.", generates: true,
	parse: func(a *args) stage {
		s := &tstatsStage{}
		if !s.options(a) {
			return nil
		}
		s.list = a.measures("from", "where", "by", "groupby")
		if len(s.list) == 0 {
			a.errorf(a.here(), "spl-stats", "tstats needs an aggregate such as count")
			return nil
		}
		if a.keyword("from") {
			name, v, ok := a.option("datamodel", "sid")
			if !ok || name != "datamodel" {
				a.errorf(a.here(), "spl-from", "from needs a data model, written datamodel=Model.Dataset")
				return nil
			}
			s.model = v
		}
		if name, v, ok := a.option("nodename"); ok {
			_ = name
			s.node = v
		}
		if a.keyword("where") {
			s.where = a.search("by", "groupby")
		}
		if a.keyword("by", "groupby") {
			for a.commas(); !a.done(); a.commas() {
				if name, v, ok := a.option("span"); ok {
					_ = name
					s.span = v
					continue
				}
				v, ok := a.value()
				if !ok {
					break
				}
				s.by = append(s.by, v)
			}
		}
		a.rest()
		return s
	},
})

type tstatsStage struct {
	list        []measure
	model, node value
	where       condition
	by          []value
	span        value
	fill        *string
}

func (s *tstatsStage) options(a *args) bool {
	known := []string{"prestats", "local", "append", "summariesonly", "include_reduced_buckets", "allow_old_summaries", "chunk_size", "fillnull_value"}
	for {
		name, v, ok := a.option(known...)
		if !ok {
			return true
		}
		switch name {
		case "fillnull_value":
			s.fill = &v.text
		case "append":
			if a.yes(v) {
				a.errorf(v.span, "spl-option", "tstats append=true is not run").Hint = "use append with a subsearch"
				return false
			}
		case "prestats":
			if a.yes(v) {
				a.errorf(v.span, "spl-option", "tstats prestats=true is not run").Hint = "leave it out, and the aggregates of the next command with it"
				return false
			}
		case "summariesonly":
			if a.yes(v) {
				a.warnf(v.span, "spl-summaries", "there are no summaries here: all events are searched")
			}
		}
	}
}

func (s *tstatsStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.list[0].at, "spl-not-first", "tstats must be the first command")
		return nil
	}
	r := s.events(l)
	if r == nil {
		return nil
	}
	r = l.searchFor(r, s.withoutNode(), "tstats where")
	if r == nil {
		return nil
	}
	r = r.clone()
	keys, ok := s.group(l, r)
	if !ok {
		return nil
	}
	return l.aggregate(r, s.list, keys, "tstats")
}

// events returns the events that are searched.
func (s *tstatsStage) events(l *lowering) *relation {
	if s.model.text == "" {
		return l.rawEvents()
	}
	d, ok := l.dataset(s.model, s.nodeName())
	if !ok {
		return nil
	}
	return l.datasetEvents(d)
}

// group returns what the events are grouped by.
func (s *tstatsStage) group(l *lowering, r *relation) ([]key, bool) {
	for _, m := range s.list {
		if strings.Contains(m.field.text, "*") {
			l.errorf(m.at, "spl-wildcard", "tstats takes no wildcards")
			return nil, false
		}
	}
	by := r
	if s.span.text != "" { // only what the events are grouped by is cut: min(_time) is the time of an event
		by = r.clone()
		l.bucketTime(by, s.span)
	}
	keys := l.keys(by, s.by)
	if s.fill != nil {
		instead := textLiteral(*s.fill)
		for i := range keys {
			keys[i].x = apply("coalesce", keys[i].x, instead)
		}
	}
	return keys, true
}

// nodeName returns the data set that nodename restricts the search to, empty if none.
func (s *tstatsStage) nodeName() string {
	if s.node.text != "" {
		return s.node.text
	}
	name, _ := nodeOf(s.where)
	return name
}

// withoutNode returns the condition without nodename=….
func (s *tstatsStage) withoutNode() condition {
	_, rest := nodeOf(s.where)
	return rest
}

func nodeOf(c condition) (name string, rest condition) {
	switch c := c.(type) {
	case *compared:
		if strings.EqualFold(c.field.text, "nodename") && c.op == "=" {
			return c.value.text, nil
		}
	case *allOf:
		out := &allOf{at: c.at, group: c.group}
		for _, x := range c.list {
			n, left := nodeOf(x)
			if n != "" {
				name = n
			}
			if left != nil {
				out.list = append(out.list, left)
			}
		}
		if name == "" {
			return "", c
		}
		if len(out.list) == 0 {
			return name, nil
		}
		return name, out
	}
	return "", c
}

// dataset finds the data set that a search names as Model, Model.Dataset, or by its node.
func (l *lowering) dataset(model value, node string) (Dataset, bool) {
	name, set, _ := strings.Cut(model.text, ".")
	if node != "" {
		set = node
	}
	if l.env.Model == nil {
		l.errorf(model.span, "spl-unknown-model", "unknown data model %s", name)
		return Dataset{}, false
	}
	d, err := l.env.Model(name, set)
	if err != nil {
		l.errorf(model.span, "spl-unknown-model", "%s", err.Error())
		return Dataset{}, false
	}
	return d, true
}

// bucketTime cuts _time to the beginning of its span.
func (l *lowering) bucketTime(r *relation, span value) {
	s, ok := timeSpan(span.text)
	if !ok {
		l.errorf(span.span, "spl-span", "%s is no span of time", clip(span.text)).Hint = "write a number and a unit, such as 5m, 1h or 1d"
		return
	}
	t := l.field(r, "_time", span.span)
	r.set("_time", apply("spl_bin_time", t, textLiteral(s)))
}

// timeSpan reads a span such as 5m, 1h, 30min, mon; the text is what spl_bin_time takes.
func timeSpan(text string) (string, bool) {
	i := 0
	for i < len(text) && isDigit(text[i]) {
		i++
	}
	number, unit := text[:i], strings.ToLower(text[i:])
	if number == "" {
		number = "1"
	}
	if strings.Trim(number, "0") == "" {
		return "", false
	}
	switch unit {
	case "s", "sec", "secs", "second", "seconds", "":
		unit = "s"
	case "m", "min", "mins", "minute", "minutes":
		unit = "m"
	case "h", "hr", "hrs", "hour", "hours":
		unit = "h"
	case "d", "day", "days":
		unit = "d"
	case "w", "week", "weeks":
		unit = "w"
	case "mon", "month", "months":
		unit = "mon"
	case "q", "qtr", "qtrs", "quarter", "quarters":
		unit = "q"
	case "y", "yr", "yrs", "year", "years":
		unit = "y"
	case "ms", "cs", "ds", "us":
	default:
		return "", false
	}
	return number + unit, true
}
