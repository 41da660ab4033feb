package fn

import (
	"github.com/golang/geo/r3"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"goshawk/event"
)

// Polygons. A shape that is no valid Polygon or MultiPolygon gives Null.

// geoOfPolygon is a function of a polygon, which is the argument at an index.
func geoOfPolygon(name, doc, result string, at int, params []Param, f func(polygons []*s2.Polygon, args []event.Value) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: params, Result: result, Strict: true,
		Eval: func(args []event.Value) event.Value {
			polygons, ok := geoPolygons(args[at])
			if !ok {
				return null
			}
			return f(polygons, args)
		},
		Examples: examples,
	})
}

// geoMeasure is a function of what the parts of a polygon cover together.
func geoMeasure(name, doc, result string, f func(u *geoUnion) event.Value, examples ...Example) *Func {
	made := geoOfPolygon(name, doc, result, 0, polygonParams, func(polygons []*s2.Polygon, _ []event.Value) event.Value {
		u, why := uniteGeo(polygons)
		if why != "" {
			return null
		}
		return f(u)
	}, examples...)
	made.Fails = func(args []event.Value) string {
		polygons, ok := geoPolygons(args[0])
		if !ok || len(polygons) == 1 {
			return ""
		}
		_, why := uniteGeo(polygons)
		return why
	}
	return made
}

func polygonsContain(polygons []*s2.Polygon, p s2.Point) bool {
	for _, polygon := range polygons {
		if polygon.ContainsPoint(p) {
			return true
		}
	}
	return false
}

// nearestOnPolygons returns the edge of polygons that is nearest to a point, and how far that is.
func nearestOnPolygons(p s2.Point, polygons []*s2.Polygon) (nearest s2.Edge, away s1.Angle) {
	away = s1.InfAngle()
	for _, polygon := range polygons {
		for i := range polygon.NumEdges() {
			e := polygon.Edge(i)
			if d := s2.DistanceFromSegment(p, e.V0, e.V1); d < away {
				nearest, away = e, d
			}
		}
	}
	return nearest, away
}

var (
	polygonParams = []Param{required("polygon", "dynamic")}
	twoParks      = geoShape("MultiPolygon", list(list(parkShape.Object().Get("coordinates").List()[0]),
		list(places(-73.94262313842773, 40.775991804565585, -73.98107528686523, 40.791849155467695, -73.99600982666016, 40.77092185281977, -73.96150588989258, 40.75609977566361, -73.94262313842773, 40.775991804565585))))
	badPolygon = polygonShape(0, 0, 10, 10, 10, 10, 0, 0)

	_ = geoMeasure("kql_geo_polygon_area", "The area that a polygon covers in square metres.", "real", func(u *geoUnion) event.Value { return float(u.area * earthRadius * earthRadius) },
		example(float(3475207.2834660551), parkShape), example(float(10889971.534348698), twoParks), example(null, badPolygon))
	_ = geoMeasure("kql_geo_polygon_perimeter", "The length of a polygon's edge in metres.", "real", func(u *geoUnion) event.Value { return float(metres(u.perimeter)) },
		example(float(9930.301496049382), parkShape), example(float(15943.538457874045), twoParks), example(null, badPolygon))
	_ = geoMeasure("kql_geo_polygon_centroid", "The point in the middle of what a polygon covers.", "dynamic", func(u *geoUnion) event.Value { return geoPointShape(s2.Point{Vector: u.centroid.Normalize()}) },
		example(pointShape(-73.96573568990762, 40.78255053805781), parkShape), example(pointShape(-73.96856958782958, 40.77631075255512), twoParks), example(null, badPolygon))

	_ = geoOfPolygon("kql_geo_point_in_polygon", "Whether a point lies in a polygon; Null where it is none.", "bool", 2, append(geoParams("longitude", "latitude"), polygonParams...),
		func(polygons []*s2.Polygon, args []event.Value) event.Value {
			p, ok := geoPoint(args[0], args[1])
			if !ok {
				return null
			}
			return boolean(polygonsContain(polygons, p))
		},
		example(yes, float(-73.965), float(40.783), parkShape), example(no, float(-73.9839), float(40.7705), parkShape), example(null, whole(300), whole(1), parkShape), example(null, whole(1), whole(1), badPolygon))
	_ = geoOfPolygon("kql_geo_distance_to_polygon", "The distance of a point from a polygon in metres, 0 inside; Null where the point is none.", "real", 2, append(geoParams("longitude", "latitude"), polygonParams...),
		func(polygons []*s2.Polygon, args []event.Value) event.Value {
			p, ok := geoPoint(args[0], args[1])
			if !ok {
				return null
			}
			if polygonsContain(polygons, p) {
				return float(0)
			}
			_, away := nearestOnPolygons(p, polygons)
			return float(metres(away))
		},
		example(float(259.9407560705964), float(-73.9839), float(40.7705), parkShape), example(float(0), float(-73.965), float(40.783), parkShape), example(null, whole(500), whole(1), parkShape), example(null, whole(1), whole(1), badPolygon))
	_ = geoOfPolygon("kql_geo_closest_point_on_polygon", "The point of a polygon that is nearest to one, inside the point itself; Null where that is none.", "dynamic", 2, append(geoParams("longitude", "latitude"), polygonParams...),
		func(polygons []*s2.Polygon, args []event.Value) event.Value {
			p, ok := geoPoint(args[0], args[1])
			if !ok {
				return null
			}
			if polygonsContain(polygons, p) {
				return geoPointShape(p)
			}
			e, _ := nearestOnPolygons(p, polygons)
			return geoPointShape(s2.Project(p, e.V0, e.V1))
		},
		example(pointShape(-73.98120558015393, 40.76935945284321), float(-73.9839), float(40.7705), parkShape), example(null, whole(500), whole(1), parkShape))
)

// edgesOf calls f with each edge of polygons until it returns true, and says whether it did.
func edgesOf(polygons []*s2.Polygon, f func(e s2.Edge) bool) bool {
	for _, polygon := range polygons {
		for i := range polygon.NumEdges() {
			if f(polygon.Edge(i)) {
				return true
			}
		}
	}
	return false
}

// polygonsMeet says whether polygons have a point in common, their corners being of them.
func polygonsMeet(a, b []*s2.Polygon) bool {
	for _, x := range a {
		for _, y := range b {
			if !x.RectBound().Intersects(y.RectBound()) {
				continue
			}
			if x.ContainsPoint(y.Loop(0).Vertex(0)) || y.ContainsPoint(x.Loop(0).Vertex(0)) {
				return true
			}
			if edgesOf([]*s2.Polygon{x}, func(e s2.Edge) bool {
				return edgesOf([]*s2.Polygon{y}, func(o s2.Edge) bool { return s2.CrossingSign(e.V0, e.V1, o.V0, o.V1) != s2.DoNotCross })
			}) {
				return true
			}
		}
	}
	return false
}

// lineMeetsPolygon says whether a line and a polygon have a point in common; a corner that both have counts where the polygon contains it.
func lineMeetsPolygon(lines []*s2.Polyline, polygons []*s2.Polygon) bool {
	for _, line := range lines {
		for _, p := range *line {
			if polygonsContain(polygons, p) {
				return true
			}
		}
		for i := range line.NumEdges() {
			e := line.Edge(i)
			if edgesOf(polygons, func(o s2.Edge) bool { return s2.CrossingSign(e.V0, e.V1, o.V0, o.V1) == s2.Cross }) {
				return true
			}
		}
	}
	return false
}

var (
	_ = geoOfPolygon("kql_geo_intersects_2polygons", "Whether two polygons have a point in common.", "bool", 0, append(polygonParams, required("other", "dynamic")),
		func(polygons []*s2.Polygon, args []event.Value) event.Value {
			others, ok := geoPolygons(args[1])
			if !ok {
				return null
			}
			return boolean(polygonsMeet(polygons, others))
		},
		example(yes, polygonShape(0, 0, 4, 0, 4, 4, 0, 4, 0, 0), polygonShape(1, 1, 2, 1, 2, 2, 1, 1)), example(no, polygonShape(0, 0, 4, 0, 4, 4, 0, 4, 0, 0), polygonShape(5, 5, 6, 5, 6, 6, 5, 5)),
		example(yes, polygonShape(0, 0, 4, 0, 4, 4, 0, 4, 0, 0), polygonShape(4, 4, 5, 4, 5, 5, 4, 4)), example(null, parkShape, object("type", text("Polygon"))))
	_ = geoOfPolygon("kql_geo_intersects_line_with_polygon", "Whether a line and a polygon have a point in common.", "bool", 1, []Param{required("line", "dynamic"), required("polygon", "dynamic")},
		func(polygons []*s2.Polygon, args []event.Value) event.Value {
			lines, ok := geoLines(args[0])
			if !ok {
				return null
			}
			return boolean(lineMeetsPolygon(lines, polygons))
		},
		example(yes, lineShape(-73.985195, 40.788275, -73.974552, 40.779761), polygonShape(-73.9712905883789, 40.78580561168767, -73.98004531860352, 40.775276834803655, -73.97000312805176, 40.77852663535664, -73.9712905883789, 40.78580561168767)),
		example(yes, lineShape(1, 1, 2, 2), polygonShape(0, 0, 4, 0, 4, 4, 0, 4, 0, 0)), example(no, lineShape(5, 5, 6, 6), polygonShape(0, 0, 4, 0, 4, 4, 0, 4, 0, 0)), example(null, lineShape(1, 1), parkShape))
)

// geoUnion is what polygons cover together.
type geoUnion struct {
	area      float64 // on the sphere of radius 1
	perimeter s1.Angle
	centroid  r3.Vector // of any length
}

func (u *geoUnion) add(p *s2.Polygon) {
	u.area += p.Area()
	u.centroid = u.centroid.Add(p.Centroid().Vector)
	edgesOf([]*s2.Polygon{p}, func(e s2.Edge) bool { u.perimeter += e.V0.Distance(e.V1); return false })
}
