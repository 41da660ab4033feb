package fn

import (
	"math"
	"sync"

	"github.com/golang/geo/r2"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"goshawk/event"
)

// Shapes on the globe, as Kusto reads and writes them: GeoJSON (RFC 7946), its lines geodesics on a sphere. Kusto computes with the S2
// library; so do we, with its Go port.

// earthRadius is the radius of the sphere in metres.
const earthRadius = 6371010.0

func metres(a s1.Angle) float64 { return a.Radians() * earthRadius }

func angleOf(metres float64) s1.Angle { return s1.Angle(metres / earthRadius) }

func isNumberBetween(v event.Value, low, high float64) bool {
	return isNumber(v) && v.Float() >= low && v.Float() <= high
}

// geoPoint returns the point of a longitude and a latitude in degrees; false where one is none.
func geoPoint(lng, lat event.Value) (s2.Point, bool) {
	if !isNumberBetween(lng, -180, 180) || !isNumberBetween(lat, -90, 90) {
		return s2.Point{}, false
	}
	return s2.PointFromLatLng(s2.LatLngFromDegrees(lat.Float(), lng.Float())), true
}

// geoPlace returns the longitude and latitude that an element of coordinates holds, in degrees. A longitude may lie beyond 180 in a
// shape, as the engine takes it; an altitude is passed over.
func geoPlace(v event.Value) (r2.Point, bool) {
	of := v.List()
	if len(of) < 2 || len(of) > 3 || !isNumber(of[0]) || !isNumberBetween(of[1], -90, 90) {
		return r2.Point{}, false
	}
	lng := of[0].Float()
	if math.IsNaN(lng) || math.IsInf(lng, 0) {
		return r2.Point{}, false
	}
	return r2.Point{X: lng, Y: of[1].Float()}, true
}

// geoPlaces returns all places of an array of coordinates, no two neighbours the same.
func geoPlaces(v event.Value) ([]r2.Point, bool) {
	var out []r2.Point
	for _, one := range v.List() {
		p, ok := geoPlace(one)
		if !ok || len(out) > 0 && out[len(out)-1] == p {
			return nil, false
		}
		out = append(out, p)
	}
	return out, true
}

func geoPoints(places []r2.Point) []s2.Point {
	out := make([]s2.Point, len(places))
	for i, p := range places {
		out[i] = s2.PointFromLatLng(s2.LatLngFromDegrees(p.Y, p.X).Normalized())
	}
	return out
}

// geoParts returns the coordinates of a shape of a type, or of each part of one of that type with Multi before it.
func geoParts(v event.Value, typ string) (parts []event.Value, multi, ok bool) {
	if v.Kind() != event.Object {
		return nil, false, false
	}
	coordinates := v.Object().Get("coordinates")
	if coordinates.Kind() != event.List {
		return nil, false, false
	}
	switch v.Object().Get("type").Text() {
	case typ:
		return []event.Value{coordinates}, false, true
	case "Multi" + typ:
		return coordinates.List(), true, len(coordinates.List()) > 0
	}
	return nil, false, false
}

// geoLinePlaces returns the places of each part of a LineString or MultiLineString.
func geoLinePlaces(v event.Value) (lines [][]r2.Point, multi, ok bool) {
	parts, multi, ok := geoParts(v, "LineString")
	if !ok {
		return nil, false, false
	}
	for _, part := range parts {
		places, ok := geoPlaces(part)
		if !ok || len(places) < 2 {
			return nil, false, false
		}
		lines = append(lines, places)
	}
	return lines, multi, true
}

// geoLines returns the parts of a LineString or MultiLineString.
func geoLines(v event.Value) ([]*s2.Polyline, bool) {
	parts, _, ok := geoLinePlaces(v)
	if !ok {
		return nil, false
	}
	var out []*s2.Polyline
	for _, places := range parts {
		line := s2.Polyline(geoPoints(places))
		if line.Validate() != nil {
			return nil, false
		}
		out = append(out, &line)
	}
	return out, true
}

// geoRings returns the places of each ring of each part of a Polygon or MultiPolygon, the last the first again.
func geoRings(v event.Value) (polygons [][][]r2.Point, multi, ok bool) {
	parts, multi, ok := geoParts(v, "Polygon")
	if !ok {
		return nil, false, false
	}
	for _, part := range parts {
		var rings [][]r2.Point
		for _, ring := range part.List() {
			places, ok := geoPlaces(ring)
			if !ok || len(places) < 4 || places[0] != places[len(places)-1] {
				return nil, false, false
			}
			rings = append(rings, places)
		}
		if len(rings) == 0 {
			return nil, false, false
		}
		polygons = append(polygons, rings)
	}
	return polygons, multi, true
}

// geoPolygons returns the parts of a Polygon or MultiPolygon; false where one is not valid: its rings cross or share an edge, have a
// vertex twice, or a hole lies outside.
func geoPolygons(v event.Value) ([]*s2.Polygon, bool) {
	if v.Kind() != event.Object {
		return nil, false
	}
	key := string(v.AppendJSON(nil))
	if known, ok := geoKnown.get(key); ok {
		return known, known != nil
	}
	polygons, ok := readPolygons(v)
	geoKnown.put(key, polygons)
	return polygons, ok
}

// shapeCache keeps the polygons of the last shapes, as one shape is mostly asked of many rows.
type shapeCache struct {
	sync.Mutex
	of   map[string][]*s2.Polygon // nil for what is none
	size int                      // of the keys
}

// The bounds of a shapeCache; beyond them it begins anew.
const (
	shapesKept    = 256
	shapesKeptAll = 8 << 20 // bytes of their JSON
)

var geoKnown = shapeCache{of: map[string][]*s2.Polygon{}}

func (c *shapeCache) get(key string) ([]*s2.Polygon, bool) {
	c.Lock()
	defer c.Unlock()
	polygons, ok := c.of[key]
	return polygons, ok
}

func (c *shapeCache) put(key string, polygons []*s2.Polygon) {
	c.Lock()
	defer c.Unlock()
	if len(c.of) >= shapesKept || c.size+len(key) > shapesKeptAll {
		clear(c.of)
		c.size = 0
	}
	if len(key) <= shapesKeptAll {
		c.of[key] = polygons
		c.size += len(key)
	}
}

func readPolygons(v event.Value) ([]*s2.Polygon, bool) {
	parts, _, ok := geoRings(v)
	if !ok {
		return nil, false
	}
	var out []*s2.Polygon
	for _, rings := range parts {
		polygon, ok := geoPolygon(rings)
		if !ok {
			return nil, false
		}
		out = append(out, polygon)
	}
	return out, true
}

func geoPolygon(rings [][]r2.Point) (*s2.Polygon, bool) {
	type edge [2]s2.Point
	edges := map[edge]bool{}
	var loops []*s2.Loop
	for i, ring := range rings {
		points := geoPoints(ring[:len(ring)-1])
		seen := map[s2.Point]bool{}
		for j, p := range points {
			next := points[(j+1)%len(points)]
			if seen[p] || edges[edge{p, next}] || edges[edge{next, p}] {
				return nil, false
			}
			seen[p], edges[edge{p, next}] = true, true
		}
		loop := s2.LoopFromPoints(points)
		if loop.Validate() != nil {
			return nil, false
		}
		loop.Normalize() // the smaller of the two sides
		if i > 0 && !loops[0].ContainsNested(loop) {
			return nil, false
		}
		loops = append(loops, loop)
	}
	polygon := s2.PolygonFromLoops(loops)
	return polygon, !crossesItself(polygon)
}

// fewEdges is up to how many edges each is compared with each other.
const fewEdges = 32

func crossesItself(p *s2.Polygon) bool {
	n := p.NumEdges()
	if n <= fewEdges {
		for i := range n {
			a := p.Edge(i)
			for j := range i {
				if b := p.Edge(j); s2.CrossingSign(a.V0, a.V1, b.V0, b.V1) == s2.Cross {
					return true
				}
			}
		}
		return false
	}
	index := s2.NewShapeIndex()
	index.Add(p)
	query := s2.NewCrossingEdgeQuery(index)
	for i := range n {
		if e := p.Edge(i); len(query.Crossings(e.V0, e.V1, p, s2.CrossingTypeInterior)) > 0 {
			return true
		}
	}
	return false
}

func geoDegrees(p s2.Point) (lng, lat float64) {
	at := s2.LatLngFromPoint(p)
	return at.Lng.Degrees(), at.Lat.Degrees()
}

func geoCoordinates(p s2.Point) event.Value {
	lng, lat := geoDegrees(p)
	return list(float(lng), float(lat))
}

// geoShape writes a shape.
func geoShape(typ string, coordinates event.Value) event.Value {
	return object("type", text(typ), "coordinates", coordinates)
}

func geoPointShape(p s2.Point) event.Value { return geoShape("Point", geoCoordinates(p)) }

// geoRing writes the corners of a polygon without holes.
func geoRing(points ...s2.Point) event.Value {
	var ring []event.Value
	for _, p := range points {
		ring = append(ring, geoCoordinates(p))
	}
	return geoShape("Polygon", list(list(append(ring, ring[0])...)))
}

// What stands in examples.

func places(numbers ...float64) event.Value {
	var out []event.Value
	for i := 0; i < len(numbers); i += 2 {
		out = append(out, list(float(numbers[i]), float(numbers[i+1])))
	}
	return list(out...)
}

func lineShape(numbers ...float64) event.Value { return geoShape("LineString", places(numbers...)) }

func polygonShape(numbers ...float64) event.Value {
	return geoShape("Polygon", list(places(numbers...)))
}

func pointShape(lng, lat float64) event.Value { return geoShape("Point", list(float(lng), float(lat))) }

// Central Park, as the reference's examples have it.
var parkShape = polygonShape(-73.9495, 40.7969, -73.95807266235352, 40.80068603561921, -73.98201942443848, 40.76825672305777, -73.97317886352539, 40.76455136505513, -73.9495, 40.7969)
