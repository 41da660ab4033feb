package kql

import (
	"goshawk/plan"
	"goshawk/schema"
)

// Functions of points and shapes on the globe.

func init() {
	const point = "longitude:real, latitude:real"
	defineAll([]function{
		{name: "geo_azimuth", doc: "the direction from one point to another in radians", takes: "longitude1:real, latitude1:real, longitude2:real, latitude2:real", gives: "real", kernel: "kql_geo_azimuth", naming: nameNone},
		{name: "geo_angle", doc: "the angle between three points in radians", takes: "longitude1:real, latitude1:real, longitude2:real, latitude2:real, longitude3:real, latitude3:real", gives: "real", kernel: "kql_geo_angle", naming: nameNone},
		{name: "geo_point_in_circle", doc: "whether a point lies in a circle", takes: "longitude:real, latitude:real, centre_longitude:real, centre_latitude:real, radius:real", gives: "bool", kernel: "kql_geo_point_in_circle", naming: nameNone},
		{name: "geo_point_in_polygon", doc: "whether a point lies in a polygon", takes: point + ", polygon:dynamic", gives: "bool", kernel: "kql_geo_point_in_polygon", naming: nameNone},
		{name: "geo_distance_point_to_line", doc: "the distance of a point from a line in metres", takes: point + ", line:dynamic", gives: "real", kernel: "kql_geo_distance_to_line", naming: nameNone},
		{name: "geo_distance_point_to_polygon", doc: "the distance of a point from a polygon in metres", takes: point + ", polygon:dynamic", gives: "real", kernel: "kql_geo_distance_to_polygon", naming: nameNone},
		{name: "geo_closest_point_on_line", doc: "the point of a line that is nearest to one", takes: point + ", line:dynamic", gives: "dynamic", kernel: "kql_geo_closest_point_on_line", naming: nameNone},
		{name: "geo_closest_point_on_polygon", doc: "the point of a polygon that is nearest to one", takes: point + ", polygon:dynamic", gives: "dynamic", kernel: "kql_geo_closest_point_on_polygon", naming: nameNone},

		{name: "geo_line_length", doc: "the length of a line in metres", takes: "line:dynamic", gives: "real", kernel: "kql_geo_line_length", naming: nameNone},
		{name: "geo_line_centroid", doc: "the centroid of a line", takes: "line:dynamic", gives: "dynamic", kernel: "kql_geo_line_centroid", naming: nameNone},
		{name: "geo_line_interpolate_point", doc: "the point at a fraction of a line", takes: "line:dynamic, fraction:real", gives: "dynamic", kernel: "kql_geo_line_interpolate_point", naming: nameNone},
		{name: "geo_line_densify", doc: "a line with straight edges made geodesics", takes: "line:dynamic, tolerance:real?, preserve_crossing:bool?", gives: "dynamic", kernel: "kql_geo_line_densify", naming: nameNone},
		{name: "geo_line_to_s2cells", doc: "the S2 cells that cover a line", takes: "line:dynamic, level:integer?, radius:real?", gives: "dynamic", kernel: "kql_geo_line_to_s2cells", naming: nameNone},
		{name: "geo_intersects_2lines", doc: "whether two lines meet", takes: "line1:dynamic, line2:dynamic", gives: "bool", kernel: "kql_geo_intersects_2lines", naming: nameNone},
		{name: "geo_intersects_2polygons", doc: "whether two polygons meet", takes: "polygon1:dynamic, polygon2:dynamic", gives: "bool", kernel: "kql_geo_intersects_2polygons", naming: nameNone},
		{name: "geo_intersects_line_with_polygon", doc: "whether a line and a polygon meet", takes: "line:dynamic, polygon:dynamic", gives: "bool", kernel: "kql_geo_intersects_line_with_polygon", naming: nameNone},

		{name: "geo_polygon_area", doc: "the area of a polygon in square metres", takes: "polygon:dynamic", gives: "real", kernel: "kql_geo_polygon_area", naming: nameNone},
		{name: "geo_polygon_perimeter", doc: "the length of a polygon's edge in metres", takes: "polygon:dynamic", gives: "real", kernel: "kql_geo_polygon_perimeter", naming: nameNone},
		{name: "geo_polygon_centroid", doc: "the centroid of a polygon", takes: "polygon:dynamic", gives: "dynamic", kernel: "kql_geo_polygon_centroid", naming: nameNone},
		{name: "geo_polygon_densify", doc: "a polygon with straight edges made geodesics", takes: "polygon:dynamic, tolerance:real?, preserve_crossing:bool?", gives: "dynamic", kernel: "kql_geo_polygon_densify", naming: nameNone},
		{name: "geo_polygon_to_s2cells", doc: "the S2 cells that cover a polygon", takes: "polygon:dynamic, level:integer?, radius:real?", gives: "dynamic", kernel: "kql_geo_polygon_to_s2cells", naming: nameNone},

		{name: "geo_point_to_geohash", doc: "the geohash of a point", takes: point + ", accuracy:integer?", gives: "string", kernel: "kql_geo_point_to_geohash", naming: nameNone},
		{name: "geo_geohash_to_central_point", doc: "the middle of a geohash", takes: "geohash:string", gives: "dynamic", kernel: "kql_geohash_to_central_point", naming: nameNone},
		{name: "geo_geohash_to_polygon", doc: "the rectangle of a geohash", takes: "geohash:string", gives: "dynamic", kernel: "kql_geohash_to_polygon", naming: nameNone},
		{name: "geo_geohash_neighbors", doc: "the geohashes around one, in the order of their names", takes: "geohash:string", gives: "dynamic", kernel: "kql_geohash_neighbors", naming: nameNone},
		{name: "geo_point_to_s2cell", doc: "the S2 cell of a point", takes: point + ", level:integer?", gives: "string", kernel: "kql_geo_point_to_s2cell", naming: nameNone},
		{name: "geo_s2cell_to_central_point", doc: "the middle of an S2 cell", takes: "s2cell:string", gives: "dynamic", kernel: "kql_geo_s2cell_to_central_point", naming: nameNone},
		{name: "geo_s2cell_to_polygon", doc: "the corners of an S2 cell", takes: "s2cell:string", gives: "dynamic", kernel: "kql_geo_s2cell_to_polygon", naming: nameNone},
		{name: "geo_s2cell_neighbors", doc: "the S2 cells around one, in the order of their names", takes: "s2cell:string", gives: "dynamic", kernel: "kql_geo_s2cell_neighbors", naming: nameNone},
		{name: "geo_from_wkt", doc: "the shape that a well-known text describes", takes: "wkt:string", gives: "dynamic", kernel: "kql_geo_from_wkt", naming: nameNone},
	})
	for reason, names := range map[string][]string{
		"cells of the H3 grid are made by Uber's library in C alone": {"geo_h3cell_children", "geo_h3cell_level", "geo_h3cell_neighbors", "geo_h3cell_parent", "geo_h3cell_rings", "geo_h3cell_to_central_point",
			"geo_h3cell_to_polygon", "geo_point_to_h3cell", "geo_polygon_to_h3cells"},
		"shapes made of shapes come out of a builder that S2 has in C++ alone": {"geo_intersection_2lines", "geo_intersection_2polygons", "geo_intersection_line_with_polygon", "geo_line_buffer", "geo_line_simplify",
			"geo_point_buffer", "geo_polygon_buffer", "geo_polygon_simplify", "geo_simplify_polygons_array", "geo_union_lines_array", "geo_union_polygons_array"},
	} {
		for _, name := range names {
			defineFunction(function{name: name, doc: "a function of the service", takes: "any:scalar…?", gives: "dynamic", naming: nameNone, refused: reason})
		}
	}
	onSphere("geo_distance_2points", "the distance of two points in metres", "longitude1:real, latitude1:real, longitude2:real, latitude2:real", "kql_geo_distance", 4)
	onSphere("geo_line_locate_point", "how far along a line a point is", "line:dynamic, longitude:real, latitude:real", "kql_geo_line_locate_point", 3)
}

// onSphere registers a function that measures on a sphere, and is refused where it shall measure on a spheroid.
func onSphere(name, doc, takes, kernel string, arguments int) {
	defineFunction(function{
		name: name, doc: doc + ", on a sphere", takes: takes + ", use_spheroid:bool?", gives: "real", naming: nameNone,
		bind: func(b *binder, c *context, at *call, args []value) value {
			if len(args) > arguments {
				if l, ok := plan.RewriteExpr(args[arguments].exact()).(*plan.Literal); !ok || l.Value.Bool() {
					b.errorf(at.args[arguments].value.span(), "refused", "", "%s is not run with use_spheroid: which spheroid the service measures on is not published", name).Hint = "leave it out to measure on a sphere"
					return value{bad: true, typ: schema.Real}
				}
			}
			var exprs []plan.Expr
			for _, a := range args[:arguments] {
				exprs = append(exprs, a.exact())
			}
			return made(schema.Real, kernel, exprs...)
		},
	})
}
