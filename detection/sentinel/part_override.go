package sentinel

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"goshawk/detection"
	"goshawk/diag"
)

// mostPlaceholders is how many the service takes in one format.
const mostPlaceholders = 3

// dynamicProperties are the properties of an alert that a column may give.
var dynamicProperties = strings.Fields("AlertLink ConfidenceLevel ConfidenceScore ExtendedLinks ProductComponentName ProductName ProviderName RemediationSteps Techniques SubTechniques")

// inFormat finds {{Column}} in the format of a name or description.
var inFormat = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)

// override reads which details of an alert come from its row.
func (d *draft) override(x *fields) {
	if x == nil {
		return
	}
	o := &d.Alert.Override
	o.Name, o.NamePlace, o.NameColumns = d.format(x, "alertDisplayNameFormat", longestName)
	o.Description, o.DescriptionPlace, o.DescriptionColumns = d.format(x, "alertDescriptionFormat", longestText)
	if w := x.word("alertSeverityColumnName", "alertSeverityColumn"); w.Text != "" {
		c := d.r.column(w)
		o.SeverityColumn = &c
	}
	if w := x.word("alertTacticsColumnName", "alertTacticsColumn"); w.Text != "" {
		c := d.r.column(w)
		o.TacticsColumn = &c
	}
	for _, p := range x.each("dynamic property", "alertDynamicProperties") {
		name, column := p.word("alertProperty"), p.word("value")
		p.done()
		if name.Text == "" || column.Text == "" {
			d.r.warnf(d.r.places.At(p.node), "sentinel-missing-key", "a dynamic property needs alertProperty and value")
			continue
		}
		known := ""
		for _, one := range dynamicProperties {
			if strings.EqualFold(one, name.Text) {
				known = one
			}
		}
		if known == "" {
			suggest(d.r.warnf(d.r.span(name), "sentinel-property", "an alert has no dynamic property %q", name.Text), name.Text, dynamicProperties)
			continue
		}
		o.Properties = append(o.Properties, detection.DynamicProperty{Name: known, Column: d.r.column(column)})
	}
	x.done()
}

// format reads a format with the columns that it names.
func (d *draft) format(x *fields, key string, longest int) (format string, place diag.Span, columns []detection.Column) {
	w := x.word(key)
	if w.Text == "" || w.expression {
		return "", diag.Span{}, nil
	}
	place = d.r.span(w)
	if n := utf8.RuneCountInString(w.Text); n > longest {
		d.r.warnf(place, "sentinel-override", "%s has %d characters; the service takes %d", key, n, longest)
	}
	text := d.r.places.Text(w.node)
	seen := map[string]bool{}
	for _, m := range inFormat.FindAllStringSubmatchIndex(text.String, -1) {
		name := text.String[m[2]:m[3]]
		at := text.Place(diag.Span{Start: m[0], End: m[1]}).Span
		if !columnName.MatchString(name) {
			d.r.warnf(at, "sentinel-override", "%q is no name of a column", name)
			continue
		}
		columns = append(columns, detection.Column{Name: name, Place: at})
		seen[name] = true
	}
	if len(seen) > mostPlaceholders {
		d.r.warnf(place, "sentinel-override", "%s has %d placeholders; the service takes %d", key, len(seen), mostPlaceholders).Hint = "all of them are filled in here"
	}
	return w.Text, place, columns
}
