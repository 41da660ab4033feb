package spl

import (
	"strings"

	"goshawk/diag"
)

var _ = define(spec{
	name: "datamodel", doc: "Gives the events of a data set of a data model.", generates: true,
	parse: func(a *args) stage {
		s := &dataModelStage{strict: true}
		a.modelOptions(&s.strict)
		var ok bool
		if s.model, ok = a.value(); !ok {
			a.errorf(a.here(), "spl-datamodel", "the list of all data models is not given as rows").Hint = "name a model and a data set, and write search or flat behind them"
			return nil
		}
		a.modelOptions(&s.strict)
		if !a.done() {
			s.set, _ = a.value()
		}
		a.modelOptions(&s.strict)
		if a.done() {
			a.errorf(s.model.span, "spl-datamodel", "the definition of a data model is not given as rows").Hint = "write search or flat behind the data set, for its events"
			return nil
		}
		mode, _ := a.value()
		switch strings.ToLower(mode.text) {
		case "search":
		case "flat":
			s.flat = true
		case "acceleration_search", "search_string", "flat_string", "acceleration_search_string":
			a.errorf(mode.span, "spl-datamodel", "the mode %s is not run: there are neither summaries nor texts of searches here", mode.text).Hint = "write search or flat"
			return nil
		default:
			d := a.errorf(mode.span, "spl-datamodel", "unknown mode %s", clip(mode.text))
			d.Hint = "write search or flat"
			if near := diag.Nearest(strings.ToLower(mode.text), []string{"search", "flat"}); near != "" {
				d.Hint = "did you mean " + near + "?"
			}
			return nil
		}
		a.modelOptions(&s.strict)
		a.rest()
		return s
	},
})

type dataModelStage struct {
	model, set   value
	flat, strict bool
}

func (s *dataModelStage) lower(l *lowering, in *relation) *relation {
	if in != nil {
		l.errorf(s.model.span, "spl-not-first", "datamodel must be the first command")
		return nil
	}
	d, ok := l.dataset(s.model, s.set.text)
	if !ok {
		return nil
	}
	if s.flat {
		return l.flatEvents(d, s.strict)
	}
	return l.modelEvents(d, s.strict)
}

// modelEvents returns the events of a data set; if not strict, they have the fields that were logged as well.
func (l *lowering) modelEvents(d Dataset, strict bool) *relation {
	if strict {
		return l.datasetEvents(d)
	}
	column := d.Column
	d.Column = func(field string) (string, bool) {
		if c, ok := column(field); ok {
			return c, true
		}
		return "splunk/" + field, true
	}
	r := l.datasetEvents(d)
	r.events.open = true
	return r
}

// flatEvents returns the events of a data set under the names of its fields without the model's prefixes.
func (l *lowering) flatEvents(d Dataset, strict bool) *relation {
	full := map[string]string{}
	flat := make([]string, 0, len(d.Fields))
	for _, name := range d.Fields {
		short := name[strings.IndexByte(name, '.')+1:]
		if full[short] == "" {
			flat = append(flat, short)
		}
		full[short] = name
	}
	column := d.Column
	d.Fields = flat
	d.Column = func(field string) (string, bool) {
		if name := full[field]; name != "" {
			return column(name)
		}
		return column(d.Name + "." + field)
	}
	return l.modelEvents(d, strict)
}
