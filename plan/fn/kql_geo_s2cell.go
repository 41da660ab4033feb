package fn

import (
	"slices"

	"github.com/golang/geo/s2"

	"goshawk/event"
)

// Cells of the S2 library's grid, written as its tokens.

const (
	s2DefaultLevel = 11
	// s2Most is how many cells cover a shape at most.
	s2Most = 65536
)

func readS2Cell(token string) (s2.CellID, bool) {
	if len(token) > 16 {
		return 0, false
	}
	id := s2.CellIDFromToken(token)
	return id, id.IsValid()
}

// geoOfCell is a function of an S2 cell, Null where the text is none.
func geoOfCell(name, doc string, f func(id s2.CellID) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc + "; Null where the text is no cell.", Params: []Param{required("s2cell", "string")}, Result: "dynamic", Strict: true,
		Eval: func(args []event.Value) event.Value {
			id, ok := readS2Cell(args[0].Text())
			if !ok {
				return null
			}
			return f(id)
		},
		Examples: append(examples, example(null, text("a")), example(null, empty)),
	})
}

var (
	_ = define(Func{
		Name: "kql_geo_point_to_s2cell", Doc: "The S2 cell of a point, of level 11 or the one that is asked for; empty where the point is none or the level not from 0 to 30.",
		Params: append(geoParams("longitude", "latitude"), optional("level", "long")), Result: "string",
		Eval: func(args []event.Value) event.Value {
			level, ok := integerAt(args, 2, s2DefaultLevel)
			p, isPoint := geoPoint(args[0], args[1])
			if !ok || !isPoint || level < 0 || level > s2.MaxLevel {
				return empty
			}
			return text(s2.CellIDFromLatLng(s2.LatLngFromPoint(p)).Parent(int(level)).ToToken())
		},
		Examples: []Example{
			example(text("88d9b"), float(-80.195829), float(25.802215), whole(8)), example(text("47b1d"), float(10.1234), whole(53), whole(8)), example(text("47ae3"), float(10.6842), whole(53), whole(8)),
			example(empty, whole(300), whole(1), whole(8)), example(empty, whole(1), whole(1), whole(35)), example(empty, whole(1), whole(1), null),
		},
	})
	_ = geoOfCell("kql_geo_s2cell_to_central_point", "The point in the middle of an S2 cell", func(id s2.CellID) event.Value {
		return geoPointShape(id.Point())
	}, example(pointShape(9.86830731850408, 27.468392925827604), text("1234567")))
	_ = geoOfCell("kql_geo_s2cell_to_polygon", "The four corners of an S2 cell", func(id s2.CellID) event.Value {
		cell := s2.CellFromCellID(id)
		return geoRing(cell.Vertex(0), cell.Vertex(1), cell.Vertex(2), cell.Vertex(3))
	}, example(polygonShape(-74.03001224983848, 40.8012684339439, -74.03001224983848, 40.7222262918358, -73.93598211433742, 40.708880489804564, -73.93598211433742, 40.78791713450684, -74.03001224983848, 40.8012684339439), text("89c259")))
	_ = geoOfCell("kql_geo_s2cell_neighbors", "The S2 cells around one in the order of their names, the service stating none", func(id s2.CellID) event.Value {
		var out []string
		for _, n := range id.AllNeighbors(id.Level()) {
			out = append(out, n.ToToken())
		}
		slices.Sort(out)
		return texts(slices.Compact(out)...) // three cells meet at a corner of the cube
	}, example(texts("89c251", "89c257", "89c25b", "89c25d", "89c25f", "89c2f5", "89c2f7", "89c2f9"), text("89c259")))
)

// s2Region is what can be covered with cells: the parts of a shape.
type s2Region []s2.Region

// coverCells returns the cells of a level that a shape has a part in, in the order of their numbers; Null where there are too many.
func (r s2Region) coverCells(args []event.Value) event.Value {
	level, ok := integerAt(args, 1, s2DefaultLevel)
	if !ok || level < 0 || level > s2.MaxLevel {
		return null
	}
	found := map[s2.CellID]bool{}
	for _, part := range r {
		if !coverPart(part, int(level), found) {
			return null
		}
	}
	ids := make([]s2.CellID, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.ToToken()
	}
	return texts(out...)
}

// coverPart goes down from the faces of the cube into the cells that a part has a share in; false where they are too many.
func coverPart(part s2.Region, level int, found map[s2.CellID]bool) bool {
	var stack []s2.CellID
	for face := range 6 {
		stack = append(stack, s2.CellIDFromFace(face))
	}
	for len(stack) > 0 {
		id := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !part.IntersectsCell(s2.CellFromCellID(id)) {
			continue
		}
		if id.Level() < level {
			children := id.Children()
			stack = append(stack, children[:]...)
		} else if found[id] = true; len(found) > s2Most {
			return false
		}
		if len(stack) > 4*s2Most {
			return false
		}
	}
	return true
}

// withoutRadius says that a covering with a seam around the shape is not computed.
func withoutRadius(args []event.Value) string {
	if len(args) > 2 && !(isNumber(args[2]) && args[2].Float() == 0) {
		return "cells within a radius of a shape are not computed"
	}
	return ""
}

var coverParams = []Param{optional("level", "long"), optional("radius", "real")}

func init() {
	polygon := geoOfPolygon("kql_geo_polygon_to_s2cells", "The S2 cells of a level, 11 unless one is asked for, that a polygon has a part in; Null for more than 65,536 and a level not from 0 to 30.", "dynamic", 0, append(polygonParams, coverParams...),
		func(polygons []*s2.Polygon, args []event.Value) event.Value {
			var r s2Region
			for _, p := range polygons {
				r = append(r, p)
			}
			return r.coverCells(args)
		},
		example(texts("89c25", "89c2f"), parkShape, whole(8)), example(null, polygonShape(0, 0, 0, 50, 100, 50, 0, 0), whole(30)), example(null, parkShape, whole(31)), example(null, badPolygon))
	line := geoOfLine("kql_geo_line_to_s2cells", "The S2 cells of a level, 11 unless one is asked for, that a line has a part in; Null for more than 65,536 and a level not from 0 to 30.", "dynamic", 0, append(lineParams, coverParams...),
		func(lines []*s2.Polyline, args []event.Value) event.Value {
			var r s2Region
			for _, l := range lines {
				r = append(r, l)
			}
			return r.coverCells(args)
		},
		example(texts("89c25", "89c2f"), streetShape, whole(8)), example(null, streetShape, whole(-1)), example(null, lineShape(0, 0)))
	polygon.Fails, line.Fails = withoutRadius, withoutRadius
}
