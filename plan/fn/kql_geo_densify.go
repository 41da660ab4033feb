package fn

import (
	"math"

	"github.com/golang/geo/r2"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"goshawk/event"
)

// Edges straight on the map of longitude and latitude, made geodesics by points between: halved until geodesic and straight edge are
// nowhere further apart than a tolerance, as S2's edge tessellator reckons it (its source says why these numbers).

const (
	// densifyAt is how far from its ends an edge is compared with its geodesic, as a fraction.
	densifyAt = 0.31215691082248312
	// densifyScale is the part of the tolerance that the difference there may be.
	densifyScale = 0.83829992569888509
	// densifyMost is how many points a densified shape has at most.
	densifyMost = 10485760
	// antimeridian is the longitude at which the engine ends a part of a line that crosses it.
	antimeridian = 179.999999999999
)

// densifier gathers the points of a line.
type densifier struct {
	tolerance s1.Angle
	points    []s2.Point
}

func unproject(p r2.Point) s2.Point {
	return s2.PointFromLatLng(s2.LatLng{Lat: s1.Angle(p.Y * math.Pi / 180), Lng: s1.Angle(math.Remainder(p.X, 360) * math.Pi / 180)})
}

func between(a, b r2.Point, f float64) r2.Point { return a.Mul(1 - f).Add(b.Mul(f)) }

// edge appends the points behind the first of an edge; false for too many.
func (d *densifier) edge(a, b r2.Point) bool {
	from, to := unproject(a), unproject(b)
	if d.near(a, b, from, to) {
		d.points = append(d.points, to)
		return len(d.points) <= densifyMost
	}
	middle := between(a, b, 0.5)
	return d.edge(a, middle) && d.edge(middle, b)
}

func (d *densifier) near(a, b r2.Point, from, to s2.Point) bool {
	if from.Dot(to.Vector) < -1e-14 { // more than a quarter of the globe
		return false
	}
	for _, f := range []float64{densifyAt, 1 - densifyAt} {
		if s2.Interpolate(f, from, to).Distance(unproject(between(a, b, f))) > d.tolerance*densifyScale {
			return false
		}
	}
	return true
}

// densified returns the points of a line or ring whose edges are made geodesics; false for too many.
func densified(places []r2.Point, tolerance s1.Angle) ([]s2.Point, bool) {
	d := &densifier{tolerance: tolerance, points: []s2.Point{unproject(places[0])}}
	for i := 1; i < len(places); i++ {
		if !d.edge(places[i-1], places[i]) {
			return nil, false
		}
	}
	return d.points, true
}

// geoTolerance returns the tolerance among arguments; false where it is none.
func geoTolerance(args []event.Value) (s1.Angle, bool) {
	if len(args) < 2 {
		return angleOf(10), true
	}
	return angleOf(args[1].Float()), isNumberBetween(args[1], 0.1, 10000)
}

// crosses says whether the way between two longitudes leads over the antimeridian.
func crosses(from, to float64) bool { return math.Abs(to-from) > 180 }

// cutParts writes points as the parts of a line that ends and begins where it crosses the antimeridian.
func cutParts(points []s2.Point) []event.Value {
	var parts, part []event.Value
	before := 0.0
	for i, p := range points {
		lng, lat := geoDegrees(p)
		if i > 0 && crosses(before, lng) {
			at := latitudeBetween(points[i-1], p)
			part = append(part, list(float(math.Copysign(antimeridian, before)), float(at)))
			parts = append(parts, list(part...))
			part = []event.Value{list(float(math.Copysign(antimeridian, lng)), float(at))}
		}
		part = append(part, list(float(lng), float(lat)))
		before = lng
	}
	return append(parts, list(part...))
}

// latitudeBetween returns the latitude in degrees at which the way between two points crosses the antimeridian.
func latitudeBetween(a, b s2.Point) float64 {
	from, to := s2.LatLngFromPoint(a), s2.LatLngFromPoint(b)
	far, near := math.Sin((to.Lng - math.Pi).Radians()), math.Sin((math.Pi - from.Lng).Radians())
	tan := (math.Tan(from.Lat.Radians())*far + math.Tan(to.Lat.Radians())*near) / math.Sin((to.Lng - from.Lng).Radians())
	return math.Atan(tan) * 180 / math.Pi
}

var densifyParams = []Param{optional("tolerance", "real"), optional("preserve_crossing", "bool")}

// keepsCrossing says that a shape which crosses the antimeridian, and is to keep doing so, is not densified.
func keepsCrossing(lines [][]r2.Point, args []event.Value) string {
	if len(args) < 3 || !args[2].Bool() {
		return ""
	}
	for _, line := range lines {
		for i, p := range line {
			if math.Abs(p.X) > 180 || i > 0 && crosses(line[i-1].X, p.X) {
				return "how the service keeps a crossing of the antimeridian when it densifies a shape is not published"
			}
		}
	}
	return ""
}

var _ = define(Func{
	Name: "kql_geo_line_densify", Doc: "A line whose edges, straight on the map, are made geodesics, no further off than a tolerance in metres, 10 unless one is given, cut where it crosses the antimeridian; Null where the line is none, the tolerance not from 0.1 to 10,000 or the points too many.",
	Params: append(lineParams, densifyParams...), Result: "dynamic", Strict: true,
	Fails: func(args []event.Value) string {
		lines, _, _ := geoLinePlaces(args[0])
		return keepsCrossing(lines, args)
	},
	Eval: func(args []event.Value) event.Value {
		lines, multi, ok := geoLinePlaces(args[0])
		tolerance, isTolerance := geoTolerance(args)
		if !ok || !isTolerance {
			return null
		}
		var parts []event.Value
		for _, line := range lines {
			points, ok := densified(line, tolerance)
			if !ok {
				return null
			}
			parts = append(parts, cutParts(points)...)
		}
		if !multi && len(parts) == 1 {
			return geoShape("LineString", parts[0])
		}
		return geoShape("MultiLineString", list(parts...))
	},
	Examples: []Example{
		example(lineShape(50, 50, 50.125, 50.125, 50.25, 50.25, 50.375, 50.375, 50.5, 50.5, 50.625, 50.625, 50.75, 50.75, 50.875, 50.875, 51, 51), lineShape(50, 50, 51, 51)),
		example(geoShape("MultiLineString", list(places(-179, 0, -antimeridian, 0), places(antimeridian, 0, 179, 0))), lineShape(181, 0, 179, 0)),
		example(null, lineShape(1, 1, 2, 2), whole(0)), example(null, lineShape(1, 1)),
	},
})

var _ = define(Func{
	Name: "kql_geo_polygon_densify", Doc: "A polygon whose edges, straight on the map, are made geodesics, no further off than a tolerance in metres, 10 unless one is given; Null where the polygon is none, the tolerance not from 0.1 to 10,000 or the points too many.",
	Params: append(polygonParams, densifyParams...), Result: "dynamic", Strict: true,
	Fails: func(args []event.Value) string {
		polygons, _, _ := geoRings(args[0])
		for _, rings := range polygons {
			if why := keepsCrossing(rings, args); why != "" {
				return why
			}
			for _, ring := range rings {
				for _, p := range ring {
					if math.Abs(p.X) > 180 {
						return "a polygon beyond the antimeridian is not densified"
					}
				}
			}
		}
		return ""
	},
	Eval: func(args []event.Value) event.Value {
		polygons, multi, ok := geoRings(args[0])
		tolerance, isTolerance := geoTolerance(args)
		if !ok || !isTolerance {
			return null
		}
		var parts []event.Value
		for _, rings := range polygons {
			var part []event.Value
			for _, ring := range rings {
				points, ok := densified(ring, tolerance)
				if !ok {
					return null
				}
				var out []event.Value
				for _, p := range points {
					out = append(out, geoCoordinates(p))
				}
				part = append(part, list(out...))
			}
			parts = append(parts, list(part...))
		}
		if !multi {
			return geoShape("Polygon", parts[0])
		}
		return geoShape("MultiPolygon", list(parts...))
	},
	Examples: []Example{
		example(polygonShape(10, 10, 10.25, 10, 10.5, 10, 10.75, 10, 11, 10, 11, 11, 10.75, 11, 10.5, 11, 10.25, 11, 10, 11, 10, 10), polygonShape(10, 10, 11, 10, 11, 11, 10, 11, 10, 10)),
		example(null, polygonShape(10, 900, 11, 10, 11, 11, 10, 11, 10, 10)), example(null, polygonShape(10, 10, 11, 10, 11, 11, 10, 11, 10, 10), whole(0)),
	},
})
