package sentinel

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// The bounds of the service.
const (
	mostMappings    = 10
	mostIdentifiers = 3
	mostDetails     = 20
)

var (
	detailName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,19}$`)
	columnName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,499}$`)
)

// column returns the column that a word names.
func (r *reader) column(w word) detection.Column {
	return detection.Column{Name: w.Text, Place: r.span(w)}
}

// entities reads entity mappings.
func (d *draft) entities(list []*fields) {
	for i, x := range list {
		if i == mostMappings {
			d.r.warnf(d.r.places.At(x.node), "sentinel-entity-count", "the service takes %d entity mappings, not %d", mostMappings, len(list))
		}
		at := d.r.places.Span(x.node)
		w := x.word("entityType")
		m := detection.EntityMapping{Type: w.Text, Place: diag.Span{Start: at.Start, End: at.Start}}
		if w.node != nil {
			m.Place = d.r.span(w)
		}
		kind := d.entityType(x, w)
		if kind != nil {
			m.Type = kind.Name
		}
		for _, f := range x.each("field mapping", "fieldMappings") {
			identifier, column := f.word("identifier"), f.word("columnName")
			f.done()
			if identifier.Text == "" || column.Text == "" {
				d.r.warnf(d.r.places.At(f.node), "sentinel-missing-key", "a field mapping needs identifier and columnName")
				continue
			}
			m.Fields = append(m.Fields, detection.EntityField{Identifier: d.identifier(kind, m, identifier), Column: d.r.column(column)})
		}
		x.done()
		if len(m.Fields) > mostIdentifiers {
			d.r.warnf(m.Place, "sentinel-entity-count", "the service takes %d identifiers of an entity, not %d", mostIdentifiers, len(m.Fields))
		}
		d.addEntity(kind, m)
	}
}

// addEntity adds a mapping, and warns if what it maps tells nothing.
func (d *draft) addEntity(kind *detection.EntityType, m detection.EntityMapping) {
	if len(m.Fields) == 0 {
		d.r.warnf(m.Place, "sentinel-entity-fields", "the entity mapping of type %s maps no column", m.Type)
		return
	}
	d.Alert.Entities = append(d.Alert.Entities, m)
	if kind == nil {
		return
	}
	var ways []string
	for _, set := range kind.Required {
		missing := slices.ContainsFunc(set, func(name string) bool {
			return !slices.ContainsFunc(m.Fields, func(f detection.EntityField) bool { return f.Identifier == name })
		})
		if !missing {
			return
		}
		ways = append(ways, strings.Join(set, " and "))
	}
	d.r.warnf(m.Place, "sentinel-entity-required", "the entity of type %s is not told by what is mapped", kind.Name).Hint = "map " + strings.Join(ways, ", or ")
}

// entityType returns the type that a word names; nil, with a warning, if there is none.
func (d *draft) entityType(x *fields, w word) *detection.EntityType {
	kind, ok := detection.EntityTypeOf(w.Text)
	if ok {
		return kind
	}
	if w.node == nil {
		x.missing(diag.Warning, "entityType")
		return nil
	}
	suggest(d.r.warnf(d.r.span(w), "sentinel-entity-type", "unknown entity type %q", w.Text), w.Text, entityTypeNames())
	return nil
}

func entityTypeNames() []string {
	var names []string
	for _, t := range detection.EntityTypes() {
		names = append(names, t.Name)
	}
	return names
}

// identifier returns an identifier as its type spells it.
func (d *draft) identifier(kind *detection.EntityType, m detection.EntityMapping, w word) string {
	if kind == nil {
		return w.Text
	}
	name, ok := kind.Identifier(w.Text)
	if !ok {
		suggest(d.r.warnf(d.r.span(w), "sentinel-entity-identifier", "an entity of type %s has no identifier %q", kind.Name, w.Text), w.Text, kind.Identifiers)
		return w.Text
	}
	if slices.ContainsFunc(m.Fields, func(f detection.EntityField) bool { return f.Identifier == name }) {
		d.r.warnf(d.r.span(w), "sentinel-entity-identifier", "the identifier %s is mapped twice; the first that has a value counts", name)
	}
	return name
}

// customDetails reads a map from names to columns.
func (d *draft) customDetails(e *yamltext.Pair) {
	if e == nil {
		return
	}
	if e.Value.Kind != yaml.MappingNode {
		d.r.warnf(d.r.places.Span(e.Key), "sentinel-type", "customDetails must be a map, not %s", shape(e.Value))
		return
	}
	for _, pair := range d.r.places.Pairs(e.Value, d.r.problem) {
		at := d.r.places.Span(pair.Key)
		if pair.Value.Kind != yaml.ScalarNode {
			d.r.warnf(at, "sentinel-custom-detail", "the custom detail %s must name a column, not %s", pair.Key.Value, shape(pair.Value))
			continue
		}
		w := d.r.wordOf(pair.Value)
		if !detailName.MatchString(pair.Key.Value) {
			d.r.warnf(at, "sentinel-custom-detail", "%q is no name of a custom detail: a letter, then letters, digits and _, at most 20", pair.Key.Value)
		}
		if w.Text == "" {
			d.r.warnf(at, "sentinel-custom-detail", "the custom detail %s names no column", pair.Key.Value)
			continue
		}
		if !columnName.MatchString(w.Text) {
			d.r.warnf(d.r.span(w), "sentinel-custom-detail", "%q is no name of a column", w.Text)
		}
		d.Alert.CustomDetails = append(d.Alert.CustomDetails, detection.CustomDetail{Name: pair.Key.Value, Column: d.r.column(w)})
	}
	if n := len(d.Alert.CustomDetails); n > mostDetails {
		d.r.warnf(d.r.places.Span(e.Key), "sentinel-custom-detail", "the service takes %d custom details, not %d", mostDetails, n)
	}
}
