package fn

import (
	"math"

	"github.com/golang/geo/s2"

	"goshawk/event"
)

// Points and lines between them.

func geoParams(names ...string) []Param {
	var out []Param
	for _, name := range names {
		out = append(out, required(name, "real"))
	}
	return out
}

// geoOfPoints is a function of points, each a longitude and a latitude, and of further numbers; Null where a point is none.
func geoOfPoints(name, doc, result string, points int, more []string, f func(at []s2.Point, numbers []float64) event.Value, examples ...Example) *Func {
	var names []string
	for i := range points {
		of := []string{"", "2", "3"}[i]
		names = append(names, "longitude"+of, "latitude"+of)
	}
	return define(Func{
		Name: name, Doc: doc, Params: geoParams(append(names, more...)...), Result: result, Strict: true,
		Eval: func(args []event.Value) event.Value {
			var at []s2.Point
			for i := range points {
				p, ok := geoPoint(args[2*i], args[2*i+1])
				if !ok {
					return null
				}
				at = append(at, p)
			}
			numbers, ok := numbersOf(args[2*points:])
			if !ok {
				return null
			}
			return f(at, numbers)
		},
		Examples: examples,
	})
}

// bearing is the angle of the way from one point to another, clockwise from north, from 0 to below 2π.
func bearing(from, to s2.Point) float64 {
	a, b := s2.LatLngFromPoint(from), s2.LatLngFromPoint(to)
	sinA, cosA := math.Sincos(a.Lat.Radians())
	sinB, cosB := math.Sincos(b.Lat.Radians())
	sin, cos := math.Sincos((b.Lng - a.Lng).Radians())
	angle := math.Atan2(sin*cosB, cosA*sinB-sinA*cosB*cos)
	if angle < 0 {
		angle += 2 * math.Pi
	}
	return angle
}

var (
	_ = geoOfPoints("kql_geo_distance", "The distance of two points on a sphere of the earth's size in metres; Null where one is none.", "real", 2, nil,
		func(at []s2.Point, _ []float64) event.Value { return float(metres(at[0].Distance(at[1]))) },
		example(float(1546754.3519738095), float(-122.407628), float(47.578557), float(-118.275287), float(34.019056)), example(null, whole(300), whole(1), whole(1), whole(1)))
	_ = geoOfPoints("kql_geo_azimuth", "The direction from one point to another in radians, clockwise from north; Null where they are the same or one is none.", "real", 2, nil,
		func(at []s2.Point, _ []float64) event.Value {
			if at[0] == at[1] {
				return null
			}
			return float(bearing(at[0], at[1]))
		},
		example(float(3.054599397964491), whole(5), whole(10), whole(10), whole(-40)), example(null, whole(5), whole(10), whole(5), whole(10)))
	_ = geoOfPoints("kql_geo_angle", "The angle at the second of three points from the line to the first clockwise to the line to the third, in radians from 0 to below 2π; Null where two that follow each other are the same or one is none.", "real", 3, nil,
		func(at []s2.Point, _ []float64) event.Value {
			if at[0] == at[1] || at[1] == at[2] {
				return null
			}
			return float(math.Pi - s2.TurnAngle(at[0], at[1], at[2]).Radians())
		},
		example(float(2.9449384340688165), whole(0), whole(10), whole(0), whole(5), whole(3), whole(-10)), example(null, whole(0), whole(10), whole(0), whole(10), whole(3), whole(-10)))
	_ = geoOfPoints("kql_geo_point_in_circle", "Whether a point is no further than so many metres from another; Null where one is none or the radius is not positive.", "bool", 2, []string{"radius"},
		func(at []s2.Point, numbers []float64) event.Value {
			if !(numbers[0] > 0) {
				return null
			}
			return boolean(s2.CapFromCenterAngle(at[1], angleOf(numbers[0])).ContainsPoint(at[0]))
		},
		example(yes, float(-122.317404), float(47.609119), float(-122.3493), float(47.6205), whole(3500)), example(no, float(-122.317404), float(47.609119), float(-122.3493), float(47.6205), whole(2000)),
		example(null, whole(200), whole(1), whole(1), whole(1), whole(1)), example(null, whole(1), whole(1), whole(1), whole(1), whole(0)))
)
