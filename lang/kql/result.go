package kql

import (
	"slices"

	"goshawk/event"
	"goshawk/schema"
)

// Result makes of rows what a person is shown: columns that come from data are spread, in the order of their names, and columns whose
// type only the data tell get one. The rows must have the values of q.Columns, in order.
func (q *Query) Result(rows [][]event.Value) ([]Column, [][]event.Value) {
	columns := slices.Clone(q.Columns)
	if n := len(columns); n > 0 && columns[n-1].Name == "*" {
		columns, rows = spread(columns[:n-1], rows)
	}
	for i := range columns {
		if columns[i].Type == schema.Any {
			columns[i].Type = typeOfColumn(rows, i)
		}
		if columns[i].Type != schema.String {
			continue
		}
		for _, row := range rows {
			if row[i].IsNull() {
				row[i] = event.TextValue("")
			}
		}
	}
	return columns, rows
}

// spread makes columns of the fields of the object in the last column.
func spread(columns []Column, rows [][]event.Value) ([]Column, [][]event.Value) {
	seen := map[string]bool{}
	for _, c := range columns { // a column that was given anew hides what data say
		seen[c.Name] = true
	}
	var names []string
	for _, row := range rows {
		r := row[len(columns)].Object()
		if r == nil {
			continue
		}
		for _, f := range r.Fields {
			if !seen[f.Name.Text] {
				seen[f.Name.Text] = true
				names = append(names, f.Name.Text)
			}
		}
	}
	slices.Sort(names)
	out := make([][]event.Value, len(rows))
	for i, row := range rows {
		out[i] = append(make([]event.Value, 0, len(columns)+len(names)), row[:len(columns)]...)
		r := row[len(columns)].Object()
		for _, n := range names {
			v := event.NullValue()
			if r != nil {
				v = r.Get(n)
			}
			out[i] = append(out[i], v)
		}
	}
	for _, n := range names {
		columns = append(columns, Column{Name: n, Type: schema.Any})
	}
	return columns, out
}

// typeOfColumn returns the type that all values of a column have, dynamic if they differ.
func typeOfColumn(rows [][]event.Value, i int) schema.Type {
	t := schema.Any
	for _, row := range rows {
		v := row[i]
		if v.IsNull() {
			continue
		}
		switch o := typeOfValue(v); {
		case t == schema.Any || t == o:
			t = o
		case numeric(t) && numeric(o):
			t = wider(t, o)
		default:
			return schema.Dynamic
		}
	}
	if t == schema.Any {
		return schema.Dynamic
	}
	return t
}
