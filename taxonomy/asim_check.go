package taxonomy

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// What Microsoft's testers of parsers ask of a schema's columns and of the data in them, asked of any rows: those of our views, or
// the result of somebody's function.

// AsimGrade says how bad a complaint is.
type AsimGrade string

// The grades.
const (
	AsimError   AsimGrade = "error"   // the rows are no events of the schema as it is defined
	AsimWarning AsimGrade = "warning" // something that is recommended is missing
	AsimInfo    AsimGrade = "info"    // worth knowing; what the source of the rows cannot say is one of these
)

// AsimComplaint is one thing that rows get wrong.
type AsimComplaint struct {
	Grade  AsimGrade
	Code   string // stable: asim-missing, asim-type, asim-empty, asim-value, asim-partner, asim-alias, asim-gap, asim-unknown, asim-schema; of functions asim-filter
	Column string
	Rows   int    // in how many rows; 0 where it is the column that is wrong
	Text   string // one lower-case sentence
}

func (c AsimComplaint) String() string {
	if c.Rows == 0 {
		return fmt.Sprintf("%s: %s: %s [%s]", c.Grade, c.Column, c.Text, c.Code)
	}
	return fmt.Sprintf("%s: %s: %s, in %d rows [%s]", c.Grade, c.Column, c.Text, c.Rows, c.Code)
}

// AsimCheck says what is wrong with rows as events of a schema: of the columns, that mandatory and recommended ones are there and
// typed, and which the schema does not know; of the values, that mandatory columns are filled, that values are allowed, that a
// column is filled whose partner asks for it (a UserIdType for a UserId), that other names of a column have its value, and that
// the rows say which schema and version they are of. Columns lists them in the order of the values.
func (t *Taxonomy) AsimCheck(name string, columns []LogColumn, rows [][]event.Value) []AsimComplaint {
	if fields := asimFields()[name]; fields == nil || name == commonFields {
		text := "there is no such schema"
		if near := diag.Nearest(name, asimSchemas()); near != "" {
			text += "; did you mean `" + near + "`?"
		}
		return []AsimComplaint{{Grade: AsimError, Code: "asim-schema", Column: name, Text: text}}
	}
	views := t.tableViews()
	c := &asimChecker{fields: asimFields()[name], columns: map[string]int{}, rows: rows, name: name, views: views.asim.schemas[name], aliases: map[string][]string{}}
	if c.views == nil {
		c.views = &asimSchema{}
	}
	if s := views.schemas[asimPrefix+name]; s != nil {
		for alias, e := range s.aliases {
			c.aliases[alias] = rowRefs(e)
		}
	}
	for i, column := range columns {
		c.columns[column.Name] = i
	}
	c.checkColumns(columns)
	for _, f := range c.fields {
		if i, there := c.columns[f.Name]; there {
			c.checkField(f, i, columns[i].Type)
		}
	}
	slices.SortStableFunc(c.complaints, func(a, b AsimComplaint) int { return gradeOrder(a.Grade) - gradeOrder(b.Grade) })
	return c.complaints
}

func gradeOrder(g AsimGrade) int {
	return slices.Index([]AsimGrade{AsimError, AsimWarning, AsimInfo}, g)
}

type asimChecker struct {
	name       string
	fields     []AsimField
	views      *asimSchema
	aliases    map[string][]string // alias → the columns of which it is the first that is filled
	columns    map[string]int
	rows       [][]event.Value
	complaints []AsimComplaint
}

func (c *asimChecker) add(grade AsimGrade, code, column string, rows int, format string, args ...any) {
	c.complaints = append(c.complaints, AsimComplaint{grade, code, column, rows, fmt.Sprintf(format, args...)})
}

// checkColumns checks which columns there are, and their types.
func (c *asimChecker) checkColumns(columns []LogColumn) {
	known := map[string]schema.Type{}
	names := make([]string, 0, len(c.fields))
	for _, f := range c.fields {
		known[f.Name] = f.Type
		names = append(names, f.Name)
		if _, there := c.columns[f.Name]; there {
			continue
		}
		switch f.Class {
		case "Mandatory":
			c.add(AsimError, "asim-missing", f.Name, 0, "the column is missing, which is mandatory")
		case "Alias":
			text := "the column is missing, which is another name"
			if len(f.Aliased) > 0 {
				text += " of " + strings.Join(f.Aliased, " or ")
			}
			c.add(AsimError, "asim-missing", f.Name, 0, "%s", text)
		case "Recommended":
			c.add(AsimWarning, "asim-missing", f.Name, 0, "the column is missing, which is recommended")
		}
	}
	for _, column := range columns {
		typ, ok := known[column.Name]
		switch {
		case ok && column.Type != typ && column.Type != schema.Any && typ != schema.Dynamic:
			c.add(AsimError, "asim-type", column.Name, 0, "the column is of the type %s instead of %s", column.Type, typ)
		case !ok && !column.Hidden && !slices.ContainsFunc(everyTable, func(r referenceColumn) bool { return r.name == column.Name }):
			text := "the schema has no such column"
			if near := diag.Nearest(column.Name, names); near != "" {
				text += "; did you mean `" + near + "`?"
			}
			c.add(AsimInfo, "asim-unknown", column.Name, 0, "%s", text)
		}
	}
}

// checkField checks the values of a column.
func (c *asimChecker) checkField(f AsimField, at int, typ schema.Type) {
	allowed := f.Allowed
	if values, said := c.views.values[f.Name]; said {
		allowed = values
	}
	switch f.Name {
	case "EventSchema":
		allowed = []string{c.name}
	case "EventSchemaVersion":
		allowed = []string{c.views.version}
	}
	partner, hasPartner := -1, false
	for name, i := range c.columns {
		if f.Class == "Conditional" && strings.EqualFold(name, f.ConditionalOn) {
			partner, hasPartner = i, true
		}
	}
	sources, isAlias := c.aliases[f.Name]
	excused := map[string]int{} // why a mandatory column is empty → rows
	empty, wrongKind, wrongAlias, alone := 0, 0, 0, 0
	wrong := map[string]int{}
	for _, row := range c.rows {
		v := row[at]
		if isAlias {
			if want := c.firstFilled(row, sources); want != textOf(v) {
				wrongAlias++
			}
		}
		if isBlank(v) {
			empty++
			if f.Class == "Mandatory" {
				excused[c.gap(row, f.Name)]++
			}
			if hasPartner && !isBlank(row[partner]) {
				alone++
			}
			continue
		}
		if kind := typ.Kind(); kind != event.Null && v.Kind() != kind {
			wrongKind++
		}
		if len(allowed) > 0 && !slices.Contains(allowed, v.Text()) {
			wrong[v.Text()]++
		}
	}
	for why, n := range excused {
		if why == "" {
			c.add(AsimError, "asim-empty", f.Name, n, "the column is empty, which is mandatory")
		} else {
			c.add(AsimInfo, "asim-gap", f.Name, n, "the column is empty, which is mandatory: %s", why)
		}
	}
	if f.Class == "Recommended" && empty == len(c.rows) && empty > 0 {
		c.add(AsimInfo, "asim-empty", f.Name, empty, "the column is empty, which is recommended")
	}
	if wrongKind > 0 {
		c.add(AsimError, "asim-type", f.Name, wrongKind, "the value is not of the type %s", typ)
	}
	if wrongAlias > 0 {
		c.add(AsimError, "asim-alias", f.Name, wrongAlias, "the value is not that of %s", strings.Join(sources, ", or if that is empty of "))
	}
	if alone > 0 {
		c.add(AsimError, "asim-partner", f.Name, alone, "the column is empty although %s is filled", f.ConditionalOn)
	}
	for _, v := range sortedKeys(wrong) {
		c.add(AsimError, "asim-value", f.Name, wrong[v], "`%s` is not one of %s", v, strings.Join(allowed, ", "))
	}
}

// gap says why a row cannot fill a mandatory column; empty where it should.
func (c *asimChecker) gap(row []event.Value, column string) string {
	text := func(name string) string {
		if i, ok := c.columns[name]; ok {
			return textOf(row[i])
		}
		return ""
	}
	product := text("EventProduct")
	if why := c.views.gaps[product+" "+text("EventType")][column]; why != "" {
		return why
	}
	return c.views.gaps[product][column]
}

// firstFilled returns the text of the first of several columns that is filled.
func (c *asimChecker) firstFilled(row []event.Value, names []string) string {
	for _, name := range names {
		if i, ok := c.columns[name]; ok && !isBlank(row[i]) {
			return textOf(row[i])
		}
	}
	return ""
}

func isBlank(v event.Value) bool { return v.IsNull() || v.IsEmpty() }

func textOf(v event.Value) string {
	if v.IsNull() {
		return ""
	}
	return v.Text()
}

// rowRefs returns the columns of the row that an expression reads, in order.
func rowRefs(e plan.Expr) []string {
	var names []string
	plan.WalkExpr(e, func(e plan.Expr) bool {
		if ref, ok := e.(*plan.Ref); ok {
			if name, ok := strings.CutPrefix(ref.Column.Name, rowColumn); ok {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}

func sortedKeys(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
