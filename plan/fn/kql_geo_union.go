package fn

import (
	"slices"

	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

const (
	// geoTouch is how near, in radians, a corner may come to an edge that it is no corner of before we cannot tell on which side it lies.
	geoTouch = s1.Angle(1e-13)
	// geoWidest is how far a union may extend for its area to be summed from one of its corners.
	geoWidest = 80 * s1.Degree
)

// uniteGeo measures what polygons cover together: the edges of each that lie in no other. It says why where it cannot.
func uniteGeo(polygons []*s2.Polygon) (*geoUnion, string) {
	u := &geoUnion{}
	edges, whole, why := unionEdges(polygons)
	if why != "" {
		return nil, why
	}
	if whole {
		for _, p := range polygons {
			u.add(p)
		}
		return u, ""
	}
	from := edges[0].V0
	for _, e := range edges {
		if from.Distance(e.V0) > geoWidest {
			return nil, "polygons that overlap and extend over more than 80 degrees are not united"
		}
		u.perimeter += e.V0.Distance(e.V1)
		if e.V0 == from || e.V1 == from {
			continue
		}
		u.area += s2.SignedArea(from, e.V0, e.V1)
		u.centroid = u.centroid.Add(s2.TrueCentroid(from, e.V0, e.V1).Vector)
	}
	return u, ""
}

// unionEdges returns the edges of what polygons cover together, the covered side on their left. whole says that these are all edges of
// all polygons.
func unionEdges(polygons []*s2.Polygon) (edges []s2.Edge, whole bool, why string) {
	if len(polygons) == 1 {
		return nil, true, ""
	}
	whole = true
	seen := map[s2.Edge]bool{}
	for _, p := range polygons {
		edgesOf([]*s2.Polygon{p}, func(e s2.Edge) bool {
			if seen[e] || seen[s2.Edge{V0: e.V1, V1: e.V0}] {
				why = "polygons that share an edge are not united"
			}
			seen[e] = true
			return why != ""
		})
	}
	for i, p := range polygons {
		var near []*s2.Polygon
		for j, q := range polygons {
			if i != j && p.RectBound().Intersects(q.RectBound()) {
				near = append(near, q)
			}
		}
		edgesOf([]*s2.Polygon{p}, func(e s2.Edge) bool {
			cuts := []s2.Point{e.V0, e.V1}
			edgesOf(near, func(o s2.Edge) bool {
				switch s2.CrossingSign(e.V0, e.V1, o.V0, o.V1) {
				case s2.Cross:
					cuts = append(cuts, s2.Intersection(e.V0, e.V1, o.V0, o.V1))
				case s2.DoNotCross:
					if s2.DistanceFromSegment(e.V0, o.V0, o.V1) < geoTouch || s2.DistanceFromSegment(o.V0, e.V0, e.V1) < geoTouch {
						why = "polygons that touch along an edge are not united"
					}
				}
				return why != ""
			})
			slices.SortFunc(cuts, func(a, b s2.Point) int {
				return int(s2.CompareDistances(e.V0, a, b))
			})
			for k := 1; k < len(cuts); k++ {
				if polygonsContain(near, s2.Interpolate(0.5, cuts[k-1], cuts[k])) {
					whole = false
					continue
				}
				edges = append(edges, s2.Edge{V0: cuts[k-1], V1: cuts[k]})
			}
			return why != ""
		})
	}
	return edges, whole && why == "", why
}
