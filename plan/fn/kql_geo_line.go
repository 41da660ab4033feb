package fn

import (
	"github.com/golang/geo/r3"
	"github.com/golang/geo/s2"

	"goshawk/event"
)

// Lines. A shape that is no valid LineString or MultiLineString gives Null.

// geoOfLine is a function of a line, or of one before and what else args holds.
func geoOfLine(name, doc, result string, at int, params []Param, f func(lines []*s2.Polyline, args []event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: params, Result: result, Strict: true,
		Eval: func(args []event.Value) event.Value {
			lines, ok := geoLines(args[at])
			if !ok {
				return null
			}
			return f(lines, args)
		},
		Examples: examples,
	})
}

// nearestOnLines returns the point on lines that is nearest to one.
func nearestOnLines(p s2.Point, lines []*s2.Polyline) s2.Point {
	var best s2.Point
	first := true
	for _, line := range lines {
		q, _ := line.Project(p)
		if first || p.Distance(q) < p.Distance(best) {
			best, first = q, false
		}
	}
	return best
}

func distanceToLines(p s2.Point, lines []*s2.Polyline) float64 {
	best := -1.0
	for _, line := range lines {
		for i := range line.NumEdges() {
			e := line.Edge(i)
			if d := metres(s2.DistanceFromSegment(p, e.V0, e.V1)); best < 0 || d < best {
				best = d
			}
		}
	}
	return best
}

var (
	lineParams  = []Param{required("line", "dynamic")}
	roadShape   = lineShape(-115.115385, 36.229195, -115.136995, 36.200366, -115.140252, 36.192470, -115.143558, 36.188523, -115.144076, 36.181954, -115.154662, 36.174483, -115.166431, 36.176388, -115.183289, 36.175007, -115.192612, 36.176736, -115.202485, 36.173439, -115.225355, 36.174365)
	streetShape = lineShape(-73.95796, 40.80042, -73.97317, 40.764486)

	_ = geoOfLine("kql_geo_line_length", "The length of a line in metres.", "real", 0, lineParams,
		func(lines []*s2.Polyline, _ []event.Value) event.Value {
			sum := 0.0
			for _, line := range lines {
				sum += metres(line.Length())
			}
			return float(sum)
		},
		example(float(4922.480169920807), lineShape(-73.95807266235352, 40.800426144169315, -73.94966125488281, 40.79691751000055, -73.97317886352539, 40.764486356930334)), example(null, lineShape(1, 1)))
	_ = geoOfLine("kql_geo_line_centroid", "The point in the middle of a line's mass.", "dynamic", 0, lineParams,
		func(lines []*s2.Polyline, _ []event.Value) event.Value {
			var sum r3.Vector
			for _, line := range lines {
				sum = sum.Add(line.Centroid().Vector)
			}
			return geoPointShape(s2.Point{Vector: sum.Normalize()})
		},
		example(pointShape(-73.96556705723094, 40.782453249627416), streetShape), example(null, lineShape(1, 1)))
	_ = geoOfLine("kql_geo_line_interpolate_point", "The point that lies so far along a line as a fraction of its length says; Null for a fraction outside of 0 to 1 and for a line of several parts.", "dynamic", 0, append(lineParams, required("fraction", "real")),
		func(lines []*s2.Polyline, args []event.Value) event.Value {
			if len(lines) != 1 || !isNumberBetween(args[1], 0, 1) {
				return null
			}
			p, _ := lines[0].Interpolate(args[1].Float())
			return geoPointShape(p)
		},
		example(pointShape(-73.96176404321828, 40.79143668725723), streetShape, float(0.25)), example(null, lineShape(1, 1), float(0.5)), example(null, streetShape, whole(2)))
	_ = geoOfLine("kql_geo_line_locate_point", "How far along a line, as a fraction of its length, the point on it is that is nearest to one; Null where that is none and for a line of several parts.", "real", 0, append(lineParams, geoParams("longitude", "latitude")...),
		func(lines []*s2.Polyline, args []event.Value) event.Value {
			p, ok := geoPoint(args[1], args[2])
			if !ok || len(lines) != 1 {
				return null
			}
			nearest, next := lines[0].Project(p)
			return float(lines[0].Uninterpolate(nearest, next))
		},
		example(float(0.2556013510030755), streetShape, float(-73.965), float(40.792)), example(null, lineShape(1, 1), whole(1), whole(1)))

	_ = geoOfLine("kql_geo_distance_to_line", "The distance of a point from a line in metres; Null where the point is none.", "real", 2, append(geoParams("longitude", "latitude"), lineParams...),
		func(lines []*s2.Polyline, args []event.Value) event.Value {
			p, ok := geoPoint(args[0], args[1])
			if !ok {
				return null
			}
			return float(distanceToLines(p, lines))
		},
		example(float(3797.8888725332145), float(-115.199625), float(36.210419), roadShape), example(null, whole(300), whole(3), streetShape), example(null, whole(1), whole(1), object("type", text("LineString"))))
	_ = geoOfLine("kql_geo_closest_point_on_line", "The point on a line that is nearest to one; Null where that is none.", "dynamic", 2, append(geoParams("longitude", "latitude"), lineParams...),
		func(lines []*s2.Polyline, args []event.Value) event.Value {
			p, ok := geoPoint(args[0], args[1])
			if !ok {
				return null
			}
			return geoPointShape(nearestOnLines(p, lines))
		},
		example(pointShape(-115.192612, 36.176736), float(-115.199625), float(36.210419), roadShape), example(null, whole(300), whole(3), streetShape))
)

// linesMeet says whether two lines have a point in common.
func linesMeet(a, b []*s2.Polyline) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Intersects(y) {
				return true
			}
		}
	}
	return false
}

var _ = geoOfLine("kql_geo_intersects_2lines", "Whether two lines have a point in common.", "bool", 0, append(lineParams, required("other", "dynamic")),
	func(lines []*s2.Polyline, args []event.Value) event.Value {
		others, ok := geoLines(args[1])
		if !ok {
			return null
		}
		return boolean(linesMeet(lines, others))
	},
	example(yes, lineShape(-73.978929, 40.785155, -73.980903, 40.782621), lineShape(-73.985195, 40.788275, -73.974552, 40.779761)), example(no, lineShape(1, 1, 2, 2), lineShape(3, 3, 4, 4)),
	example(yes, lineShape(1, 1, 2, 2), lineShape(2, 2, 3, 1)), example(null, streetShape, lineShape(1, 1)))
