package kql

import (
	"goshawk/event"
	"goshawk/plan"
	"goshawk/schema"
)

// Functions of the query itself, and those that are not run.

var _ = defineFunction(function{
	name: "assert", doc: "an error with a message unless a constant condition is true", takes: "condition:bool, message:string", gives: "bool", naming: nameNone,
	bind: func(b *binder, c *context, at *call, args []value) value {
		l, ok := plan.RewriteExpr(args[0].exact()).(*plan.Literal)
		k, isText := args[1].constant()
		switch {
		case !ok || !isText:
			b.errorf(at.span(), "not-constant", "KS111", "assert wants a constant condition and a constant message")
			return wrong()
		case !l.Value.Bool():
			b.errorf(at.span(), "assertion", "", "%s", k.Text())
			return wrong()
		}
		return value{expr: boolLiteral(true), typ: schema.Bool}
	},
})

// sizes are how many bytes the service reckons for a value of a type.
var sizes = map[schema.Type]int64{schema.Bool: 1, schema.Int: 4, schema.Long: 8, schema.Real: 8, schema.Datetime: 8, schema.Timespan: 8, schema.Decimal: 16, schema.Guid: 16}

var _ = defineFunction(function{
	name: "estimate_data_size", doc: "how many bytes the values of columns take", naming: nameNone,
	raw: func(b *binder, c *context, x *call) value {
		var of []value
		for _, a := range x.args {
			if _, all := a.value.(*star); all && c.in != nil {
				for _, col := range c.in.visible() {
					of = append(of, col.value())
				}
				continue
			}
			v := b.expr(c, a.value)
			if v.bad {
				return wrong()
			}
			of = append(of, v)
		}
		total, known := plan.Expr(nil), int64(0)
		for _, v := range of {
			if size, fixed := sizes[v.typ]; fixed {
				known += size
				continue
			}
			size := apply("byte_length", v.to(schema.String).exact())
			if total != nil {
				size = apply("add", total, size)
			}
			total = size
		}
		if total == nil {
			return literalValue(event.IntValue(known), schema.Long)
		}
		return made(schema.Long, "add", total, whole(known))
	},
})

func init() {
	refuse := func(why, gives string, names ...string) {
		for _, name := range names {
			defineFunction(function{name: name, doc: "a function of the service", takes: "any:scalar…?", gives: gives, naming: nameNone, refused: why})
		}
	}
	refuse("there is no user here whom a query could ask for", "string", "current_principal", "current_principal_details", "current_principal_is_member_of")
	refuse("tables have no cursors here", "string", "cursor_current", "current_cursor", "cursor_after", "cursor_before_or_at")
	refuse("tables have no extents here", "string", "extent_id", "extentid", "extent_tags", "row_id", "current_node_id")
	refuse("there is no cluster here", "string", "current_cluster_endpoint", "current_database")
	refuse("shapes on the globe are not computed", "dynamic",
		"geo_angle", "geo_azimuth", "geo_closest_point_on_line", "geo_closest_point_on_polygon", "geo_distance_2points", "geo_distance_point_to_line", "geo_distance_point_to_polygon", "geo_from_wkt", "geo_geohash_neighbors",
		"geo_geohash_to_central_point", "geo_geohash_to_polygon", "geo_h3cell_children", "geo_h3cell_level", "geo_h3cell_neighbors", "geo_h3cell_parent", "geo_h3cell_rings", "geo_h3cell_to_central_point", "geo_h3cell_to_polygon",
		"geo_intersection_2lines", "geo_intersection_2polygons", "geo_intersection_line_with_polygon", "geo_intersects_2lines", "geo_intersects_2polygons", "geo_intersects_line_with_polygon", "geo_line_buffer", "geo_line_centroid",
		"geo_line_densify", "geo_line_interpolate_point", "geo_line_length", "geo_line_locate_point", "geo_line_simplify", "geo_line_to_s2cells", "geo_point_buffer", "geo_point_in_circle", "geo_point_in_polygon", "geo_point_to_geohash",
		"geo_point_to_h3cell", "geo_point_to_s2cell", "geo_polygon_area", "geo_polygon_buffer", "geo_polygon_centroid", "geo_polygon_densify", "geo_polygon_perimeter", "geo_polygon_simplify", "geo_polygon_to_h3cells",
		"geo_polygon_to_s2cells", "geo_s2cell_neighbors", "geo_s2cell_to_central_point", "geo_s2cell_to_polygon", "geo_simplify_polygons_array", "geo_union_lines_array", "geo_union_polygons_array")
}
