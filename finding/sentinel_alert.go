package finding

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// SentinelAlert is what the rows of an alert of Sentinel say beside themselves: one row, or all of a run.
type SentinelAlert struct {
	Title, Description  string
	Level               detection.Level
	Tactics, Techniques []string
	Entities            []Entity
	Details             []AlertDetail // custom details
	Properties          []AlertDetail // dynamic ones, each with one value
	Notes               []string      // what could not be filled in
}

// AlertDetail is a named list of values.
type AlertDetail struct {
	Name   string
	Values []string
}

// AlertOf returns the alert that rows of a detection amount to. Overrides are those of the first row; entities and custom details are
// those of all, each once. The detection must have an Alert; without rows the alert says what the detection does.
func AlertOf(d *detection.Detection, rows []*event.Record) *SentinelAlert {
	a := d.Alert
	out := &SentinelAlert{Title: d.Title, Description: d.Description, Level: d.Level, Tactics: a.Tactics, Techniques: a.Techniques}
	var entities []Entity
	for _, row := range rows {
		entities = append(entities, EntitiesOf(a, row)...)
	}
	out.Entities = MergeEntities(entities)
	for _, c := range a.CustomDetails {
		detail := AlertDetail{Name: c.Name}
		seen := map[string]bool{}
		for _, row := range rows {
			for _, text := range values(row.Get(c.Column.Name)) {
				if text != "" && !seen[text] {
					seen[text] = true
					detail.Values = append(detail.Values, text)
				}
			}
		}
		if detail.Values != nil {
			out.Details = append(out.Details, detail)
		}
	}
	if len(rows) > 0 {
		out.override(&a.Override, rows[0])
	}
	return out
}

// override puts in what a row gives. A value that is none of those that a property takes leaves the detection's own.
func (a *SentinelAlert) override(o *detection.Override, row *event.Record) {
	if text := a.fill("alert name", o.Name, row); text != "" {
		a.Title = text
	}
	if text := a.fill("alert description", o.Description, row); text != "" {
		a.Description = text
	}
	if c := o.SeverityColumn; c != nil {
		text := row.Get(c.Name).Text()
		if level, err := detection.LevelOf(text); err == nil && level != detection.Critical {
			a.Level = level
		} else {
			a.note("the column " + c.Name + " holds no severity: " + text)
		}
	}
	if c := o.TacticsColumn; c != nil {
		a.Tactics = a.listed(row.Get(c.Name), c.Name, "tactic", a.Tactics, detection.TacticOf)
	}
	for _, p := range o.Properties {
		v := row.Get(p.Column.Name)
		switch {
		case v.IsNull() || strings.TrimSpace(v.Text()) == "":
		case p.Name == "Techniques" || p.Name == "SubTechniques":
			own := a.Techniques
			if found := a.listed(v, p.Column.Name, "technique", nil, techniqueOf); found != nil {
				a.Techniques = replaceTechniques(own, found, p.Name == "SubTechniques")
			}
		default:
			a.Properties = append(a.Properties, AlertDetail{p.Name, []string{strings.Join(values(v), ", ")}})
		}
	}
}

func (a *SentinelAlert) note(text string) {
	if !slices.Contains(a.Notes, text) {
		a.Notes = append(a.Notes, text)
	}
}

var braces = regexp.MustCompile(`\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)

// fill puts the values of a row into a format, once: nothing within a value is filled in again. A column that the row does not have
// stays as it is written, with a note.
func (a *SentinelAlert) fill(what, format string, row *event.Record) string {
	return strings.TrimSpace(braces.ReplaceAllStringFunc(format, func(found string) string {
		name := braces.FindStringSubmatch(found)[1]
		v := row.Get(name)
		if v.IsAbsent() {
			a.note("the " + what + " names {{" + name + "}}, for which the row has no value")
			return found
		}
		return strings.Join(values(v), ", ")
	}))
}

// listed reads a list of known names: a list, the JSON of one, or names with commas between them. If none is known it is the
// detection's own.
func (a *SentinelAlert) listed(v event.Value, column, what string, own []string, of func(string) (string, bool)) []string {
	texts := values(v)
	if len(texts) == 1 && v.Kind() != event.List {
		var list []string
		if json.Unmarshal([]byte(texts[0]), &list) == nil {
			texts = list
		} else {
			texts = strings.Split(texts[0], ",")
		}
	}
	var found []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		name, ok := of(text)
		if !ok {
			a.note("the column " + column + " holds no " + what + ": " + text)
		} else if !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	if found == nil {
		return own
	}
	return found
}

var techniqueForm = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)

func techniqueOf(text string) (string, bool) {
	text = strings.ToUpper(text)
	return text, techniqueForm.MatchString(text)
}

// replaceTechniques puts techniques, or those of them that are part of another, in place of the detection's own.
func replaceTechniques(own, found []string, parts bool) []string {
	var list []string
	for _, id := range own {
		if strings.Contains(id, ".") != parts {
			list = append(list, id)
		}
	}
	for _, id := range found {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// AppendDetails adds named lists as a JSON object.
func AppendDetails(dst []byte, list []AlertDetail) []byte {
	dst = append(dst, '{')
	for i, d := range list {
		dst = comma(dst, i)
		dst = append(event.AppendQuoted(dst, d.Name), ":["...)
		for j, text := range d.Values {
			dst = event.AppendQuoted(comma(dst, j), text)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}
