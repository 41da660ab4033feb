package taxonomy

import (
	"encoding/csv"
	"slices"
	"strings"
	"sync"

	"goshawk/schema"
)

// AsimField is what Microsoft's Advanced Security Information Model says of a field of one of its schemas.
type AsimField struct {
	Schema        string // the schema that it is listed for; Common for a field that every schema of events has
	Name          string
	Class         string // Mandatory, Recommended, Conditional, Optional or Alias; empty where the model says nothing
	Type          schema.Type
	LogicalType   string   // such as Username; empty where there is none
	Allowed       []string // the only values that it may have; nil where any may stand
	Aliased       []string // of an alias: the fields that it is another name of, or chosen from
	ConditionalOn string   // the field that asks for it when that is filled
	Role          string   // whom it describes: actor, target, src …; empty for the event
}

// AsimFields returns the fields of a schema in the order of the list, then those that every schema of events has; nil for a
// schema that is not known. An alias for which no type is listed has that of the first field that it is another name of.
func AsimFields(name string) []AsimField { return slices.Clone(asimFields()[name]) }

const commonFields = "Common"

var asimFields = sync.OnceValue(func() map[string][]AsimField {
	rows, err := csv.NewReader(strings.NewReader(mustRead("tables/asim_fields.csv"))).ReadAll()
	if err != nil {
		panic("taxonomy: tables/asim_fields.csv: " + err.Error())
	}
	split := func(list string) []string {
		if list == "" {
			return nil
		}
		return strings.Split(list, "|")
	}
	all := map[string][]AsimField{}
	for _, row := range rows[1:] {
		typ, _ := schema.TypeOf(row[3])
		all[row[0]] = append(all[row[0]], AsimField{row[0], row[1], row[2], typ, row[4], split(row[5]), split(row[6]), row[7], row[8]})
	}
	common := all[commonFields]
	for name, fields := range all {
		if name == commonFields {
			continue
		}
		listed := map[string]schema.Type{}
		for _, f := range fields {
			listed[f.Name] = f.Type
		}
		for _, f := range common {
			if _, known := listed[f.Name]; !known {
				listed[f.Name] = f.Type
				fields = append(fields, f)
			}
		}
		for i, f := range fields {
			if f.Type == schema.Any {
				fields[i].Type = schema.String
				if len(f.Aliased) > 0 && listed[f.Aliased[0]] != schema.Any {
					fields[i].Type = listed[f.Aliased[0]]
				}
			}
		}
		all[name] = fields
	}
	return all
})

// asimSchemas returns the names of the schemas.
func asimSchemas() []string {
	var names []string
	for name := range asimFields() {
		if name != commonFields {
			names = append(names, name)
		}
	}
	return names
}

// asimColumns returns the columns of a schema as a table; nil where there is none.
func asimColumns(name string) []referenceColumn {
	if name == commonFields {
		return nil
	}
	var columns []referenceColumn
	for _, f := range asimFields()[name] {
		columns = append(columns, referenceColumn{f.Name, f.Type})
	}
	return columns
}
