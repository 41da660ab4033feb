package spl

import (
	"strings"

	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

var _ = define(spec{
	name: "iplocation", doc: "Adds where on earth an address is.",
	parse: func(a *args) stage {
		s := &ipLocationStage{}
		known := []string{"prefix", "allfields", "lang"}
		for !a.done() {
			name, v, ok := a.option(known...)
			switch {
			case ok && name == "prefix":
				s.prefix = v.text
			case ok && name == "allfields":
				s.all = a.yes(v)
			case ok:
				if code := strings.ToLower(v.text); code != "en" && code != "code" {
					a.errorf(v.span, "spl-option", "names of places in the language %s are not given", clip(v.text)).Hint = "leave lang out"
				}
			case a.unknownOption(known...):
			case s.field.text == "":
				if s.field, ok = a.value(); !ok {
					a.rest()
				}
			default:
				a.rest()
			}
		}
		if s.field.text == "" {
			a.errorf(a.here(), "spl-iplocation", "iplocation needs the field that holds an address")
			return nil
		}
		return s
	},
})

type ipLocationStage struct {
	prefix string
	all    bool
	field  value
}

var (
	placeFields    = []string{"City", "Country", "Region", "lat", "lon"}
	allPlaceFields = []string{"City", "Continent", "Country", "MetroCode", "Region", "Timezone", "lat", "lon"}
)

func (s *ipLocationStage) lower(l *lowering, in *relation) *relation {
	fields := placeFields
	if s.all {
		fields = allPlaceFields
	}
	out := in.clone()
	address := l.field(out, s.field.text, s.field.span)
	if l.env.Geo == nil {
		l.warnf(s.field.span, "spl-no-geo", "there is no database of where addresses are, so %s and the other fields are always null", s.prefix+"Country").Hint = "name a file of such a database"
		for _, name := range fields {
			if !out.has(s.prefix + name) {
				out.set(s.prefix+name, null())
			}
		}
		return out
	}
	// An address that is nowhere adds no fields: what the row has of those names stays.
	node := &plan.Lookup{Table: addresses(l.env.Geo), Max: 1, Keys: []plan.LookupKey{{Value: address, Column: addressColumn}}}
	given := make([]plan.Expr, len(fields))
	for i, name := range fields {
		c := l.column(s.prefix+name, schema.Any)
		given[i] = &plan.Ref{Column: c}
		if old, ok := l.find(out, s.prefix+name); ok {
			given[i] = apply("coalesce", given[i], old)
		}
		if l.env.Geo.Column(name) >= 0 {
			node.Out = append(node.Out, plan.LookupOut{Column: c, From: name})
		} else {
			given[i] = null()
		}
	}
	node.Input = out.node
	out.node = node
	for i, name := range fields {
		out.set(s.prefix+name, given[i])
	}
	return out
}

const addressColumn = "address"

// addresses puts a column for what is asked in front of those of a database.
func addresses(geo *plan.Table) *plan.Table {
	out := &plan.Table{Name: geo.Name, Columns: append([]string{addressColumn}, geo.Columns...)}
	out.Find = func(keys []event.Value) [][]event.Value {
		var rows [][]event.Value
		for _, row := range geo.Find(keys) {
			rows = append(rows, append([]event.Value{keys[0]}, row...))
		}
		return rows
	}
	return out
}
