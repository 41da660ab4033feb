package fn_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
)

func float(f float64) event.Value { return event.FloatValue(f) }
func texts(s string) event.Value  { return event.TextValue(s) }
func lists(v ...event.Value) event.Value {
	return event.ListValue(v...)
}

// ring returns a polygon of so many corners around a place, in degrees.
func ring(lng, lat, radius float64, corners int) event.Value {
	var out []event.Value
	for i := range corners + 1 {
		sin, cos := math.Sincos(2 * math.Pi * float64(i%corners) / float64(corners))
		out = append(out, lists(float(lng+radius*cos), float(lat+radius*sin)))
	}
	return lists(lists(out...))
}

func geoJSON(typ string, coordinates event.Value) event.Value {
	r := &event.Record{}
	r.Set("type", texts(typ))
	r.Set("coordinates", coordinates)
	return event.ObjectValue(r)
}

// What two polygons cover together is what each covers, less what both do: their area is measured against points thrown at them.
func TestUnionOfPolygons(t *testing.T) {
	area, contains := fn.ByName("kql_geo_polygon_area"), fn.ByName("kql_geo_point_in_polygon")
	r := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		a, b := ring(10, 50, 1, 3+r.IntN(40)), ring(10+r.Float64()*2, 50+r.Float64(), 0.3+r.Float64(), 3+r.IntN(40))
		both := geoJSON("MultiPolygon", lists(a, b))
		if why := area.Fails([]event.Value{both}); why != "" {
			t.Fatal(why)
		}
		const west, east, points = 8.5, 13.8, 10000
		south, north := math.Sin(48.5*math.Pi/180), math.Sin(52.8*math.Pi/180) // even between sines is even on the sphere
		in := 0
		for range points {
			lat := math.Asin(south+r.Float64()*(north-south)) * 180 / math.Pi
			if contains.Eval([]event.Value{float(west + (east-west)*r.Float64()), float(lat), both}).Bool() {
				in++
			}
		}
		box := 6371010.0 * 6371010 * (east - west) * math.Pi / 180 * (north - south)
		got, want := area.Eval([]event.Value{both}).Float(), box*float64(in)/points
		if math.Abs(got-want) > 0.08*want {
			t.Errorf("%s covers %.4g, by points %.4g", both.AppendJSON(nil), got, want)
		}
	}
}

// A shape is kept between calls: many at a time must find the same.
func TestShapesAtOnce(t *testing.T) {
	contains := fn.ByName("kql_geo_point_in_polygon")
	shape := geoJSON("Polygon", ring(10, 50, 1, 500))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 200 {
				lng := 8.5 + 3*float64(i)/200
				if got, want := contains.Eval([]event.Value{float(lng), float(50), shape}).Bool(), math.Abs(lng-10) < 1; got != want {
					t.Errorf("%g: %v", lng, got)
				}
			}
		})
	}
	all.Wait()
}

// A point lies in the rectangle of its geohash, of each length, and in its S2 cell.
func TestGrids(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	within := func(shape event.Value, lng, lat float64) bool {
		corners := shape.Object().Get("coordinates").List()[0].List()
		west, east, south, north := 180.0, -180.0, 90.0, -90.0
		for _, c := range corners {
			west, east = min(west, c.List()[0].Float()), max(east, c.List()[0].Float())
			south, north = min(south, c.List()[1].Float()), max(north, c.List()[1].Float())
		}
		return west <= lng && lng <= east && south <= lat && lat <= north
	}
	for range 500 {
		lng, lat := 360*r.Float64()-180, 180*r.Float64()-90
		for length := int64(1); length <= 18; length++ {
			hash := fn.ByName("kql_geo_point_to_geohash").Eval([]event.Value{float(lng), float(lat), event.IntValue(length)})
			if shape := fn.ByName("kql_geohash_to_polygon").Eval([]event.Value{hash}); !within(shape, lng, lat) {
				t.Fatalf("%g, %g is not in %s", lng, lat, hash.Text())
			}
		}
		token := fn.ByName("kql_geo_point_to_s2cell").Eval([]event.Value{float(lng), float(lat), event.IntValue(12)})
		cell := fn.ByName("kql_geo_s2cell_to_polygon").Eval([]event.Value{token})
		if away := fn.ByName("kql_geo_distance_to_polygon").Eval([]event.Value{float(lng), float(lat), cell}); !(away.Float() < 1e-3) {
			t.Fatalf("%g, %g is %s m from %s", lng, lat, away.Text(), token.Text())
		}
	}
}

func FuzzPunycode(f *testing.F) {
	for _, s := range []string{"", "abc", "académie-française", "艺术", "-", "😀.x", "a\u0301-b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		encoded := fn.ByName("kql_punycode_encode").Eval([]event.Value{texts(s)}).Text()
		if encoded == "" {
			return
		}
		if strings.IndexFunc(encoded, func(r rune) bool { return r > 127 }) >= 0 {
			t.Errorf("%q is written %q", s, encoded)
		}
		if back := fn.ByName("kql_punycode_decode").Eval([]event.Value{texts(encoded)}).Text(); back != s {
			t.Errorf("%q is written %q, which is read %q", s, encoded, back)
		}
		fn.ByName("kql_punycode_decode").Eval([]event.Value{texts(s)})
	})
}

// Matches of a path of two edges are all pairs of edges that meet, and the shortest ways are as long as a plain search says.
func TestGraphs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		n, nodes := 2+r.IntN(6), []event.Value{}
		for i := range n {
			nodes = append(nodes, lists(event.IntValue(int64(i)), lists(event.BoolValue(i == 0), event.BoolValue(i == n-1))))
		}
		var edges []event.Value
		var pairs [][2]int
		for range r.IntN(12) {
			p := [2]int{r.IntN(n), r.IntN(n)}
			pairs = append(pairs, p)
			edges = append(edges, lists(event.IntValue(int64(p[0])), event.IntValue(int64(p[1])), lists()))
		}
		edge := func(from, to, least, most int64, several bool) event.Value {
			return lists(event.IntValue(from), event.IntValue(to), event.IntValue(1), event.IntValue(least), event.IntValue(most), event.BoolValue(several), lists())
		}
		graph := []event.Value{lists(edges...), lists(nodes...)}
		want := 0
		for i, a := range pairs {
			for j, b := range pairs {
				if i != j && a[1] == b[0] {
					want++
				}
			}
		}
		for name, pattern := range map[string]event.Value{
			"two edges":    lists(texts("unique_edges"), lists(lists(), lists(), lists()), lists(edge(0, 1, 1, 1, false), edge(1, 2, 1, 1, false))),
			"one twice":    lists(texts("unique_edges"), lists(lists(), lists()), lists(edge(0, 1, 2, 2, true))),
			"from the end": lists(texts("unique_edges"), lists(lists(), lists(), lists()), lists(edge(1, 2, 1, 1, false), edge(0, 1, 1, 1, false))),
		} {
			if got := len(fn.ByName("kql_graph_match").Eval(append(graph, pattern)).List()); got != want {
				t.Errorf("%s in %v: %d matches, want %d", name, pairs, got, want)
			}
		}
		far := slow(pairs, n)
		found := fn.ByName("kql_graph_paths").Eval(append(graph, lists(texts("any"), lists(lists(event.IntValue(0)), lists(event.IntValue(1))), lists(edge(0, 1, 1, 100, true))))).List()
		got := 0
		if len(found) > 0 {
			got = len(found[0].List()[2].List()[0].List())
		}
		if got != far {
			t.Errorf("from 0 to %d in %v: %d edges, want %d", n-1, pairs, got, far)
		}
	}
}

// slow returns how many edges lead from 0 to the last node, 0 where none do.
func slow(pairs [][2]int, n int) int {
	reached := map[int]bool{0: true}
	for steps := 1; steps <= n; steps++ {
		next := map[int]bool{}
		for _, p := range pairs {
			if reached[p[0]] {
				next[p[1]] = true
			}
		}
		if next[n-1] {
			return steps
		}
		for i := range next {
			reached[i] = true
		}
	}
	return 0
}
