package fn

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// Well-known text, as geo_from_wkt reads it (OGC 06-103r4, section 7). Z and M are not read.

// wktNames are the shapes and how deep their coordinates are nested.
var wktNames = map[string]struct {
	name string
	deep int
}{
	"POINT": {"Point", 0}, "LINESTRING": {"LineString", 1}, "POLYGON": {"Polygon", 2}, "MULTIPOINT": {"MultiPoint", 1}, "MULTILINESTRING": {"MultiLineString", 2}, "MULTIPOLYGON": {"MultiPolygon", 3},
}

// wktDeepest is how deep collections may be nested.
const wktDeepest = 100

type wktReader struct {
	rest string
	deep int
}

func (r *wktReader) space() { r.rest = strings.TrimLeft(r.rest, " \t\r\n") }

// take takes a character, if it is next.
func (r *wktReader) take(c byte) bool {
	r.space()
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// until takes what belongs to a word or number.
func (r *wktReader) word() string {
	r.space()
	end := strings.IndexAny(r.rest, " \t\r\n(),")
	if end < 0 {
		end = len(r.rest)
	}
	word := r.rest[:end]
	r.rest = r.rest[end:]
	return word
}

func (r *wktReader) shape() (event.Value, bool) {
	if r.deep++; r.deep > wktDeepest {
		return null, false
	}
	defer func() { r.deep-- }()
	word := strings.ToUpper(r.word())
	if word == "GEOMETRYCOLLECTION" {
		shapes, ok := r.several(r.shape)
		return object("type", text("GeometryCollection"), "geometries", shapes), ok
	}
	kind, known := wktNames[word]
	if !known {
		return null, false
	}
	coordinates, ok := null, false
	switch {
	case word == "POINT":
		if r.take('(') {
			coordinates, ok = r.place()
			ok = ok && r.take(')')
		}
	case word == "MULTIPOINT":
		coordinates, ok = r.several(r.placeInBrackets)
	default:
		coordinates, ok = r.nested(kind.deep)
	}
	return geoShape(kind.name, coordinates), ok
}

// nested reads lists within lists of places.
func (r *wktReader) nested(deep int) (event.Value, bool) {
	if deep == 1 {
		return r.several(r.place)
	}
	return r.several(func() (event.Value, bool) { return r.nested(deep - 1) })
}

// several reads things between brackets with commas between them.
func (r *wktReader) several(one func() (event.Value, bool)) (event.Value, bool) {
	if !r.take('(') {
		return null, false
	}
	var out []event.Value
	for {
		v, ok := one()
		if !ok {
			return null, false
		}
		out = append(out, v)
		if r.take(')') {
			return list(out...), true
		}
		if !r.take(',') {
			return null, false
		}
	}
}

func (r *wktReader) placeInBrackets() (event.Value, bool) {
	if !r.take('(') {
		return r.place()
	}
	v, ok := r.place()
	return v, ok && r.take(')')
}

func (r *wktReader) place() (event.Value, bool) {
	x, okX := r.number()
	y, okY := r.number()
	return list(x, y), okX && okY
}

func (r *wktReader) number() (event.Value, bool) {
	word := r.word()
	if strings.ContainsAny(word, "xXpP_nN") { // what Go reads beyond decimal numbers
		return null, false
	}
	f, err := strconv.ParseFloat(word, 64)
	return float(f), err == nil
}

var _ = define(Func{
	Name: "kql_geo_from_wkt", Doc: "The shape that a well-known text describes, in two dimensions, as GeoJSON; Null where it is none.",
	Params: []Param{required("wkt", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		r := &wktReader{rest: args[0].Text()}
		shape, ok := r.shape()
		if r.space(); !ok || r.rest != "" {
			return null
		}
		return shape
	},
	Examples: []Example{
		example(pointShape(1, 2), text("POINT (1 2)")), example(lineShape(1, 2, 3, 4), text("LINESTRING (1 2, 3 4)")), example(polygonShape(0, 0, 2, 0, 2, 2, 0, 0), text("POLYGON ((0 0, 2 0, 2 2, 0 0))")),
		example(geoShape("MultiPoint", places(1, 1, 2, 2, 3, 3)), text("MULTIPOINT (1 1, 2 2, 3 3)")), example(geoShape("MultiPoint", places(1, 1)), text("multipoint((1 1))")),
		example(geoShape("MultiLineString", list(places(1, 1, 2, 2, 3, 3), places(4, 4, 5, 5))), text("MULTILINESTRING ((1 1, 2 2, 3 3), (4 4, 5 5))")),
		example(geoShape("MultiPolygon", list(list(places(0, 0, 2, 0, 2, 2, 0, 0)), list(places(10, 10, 12, 10, 12, 12, 10, 10)))), text("MULTIPOLYGON (((0 0, 2 0, 2 2, 0 0)),((10 10, 12 10, 12 12, 10 10)))")),
		example(object("type", text("GeometryCollection"), "geometries", list(pointShape(1, 1), lineShape(2, 2, 3, 3))), text("GEOMETRYCOLLECTION (POINT (1 1),LINESTRING (2 2, 3 3))")),
		example(null, text("LINESTRING")), example(null, text("POINT (1)")), example(null, text("POINT (1 2) x")), example(null, text("POINT (0x1 inf)")),
	},
})
