package fn

import (
	"slices"
	"strings"

	"goshawk/event"
)

// Geohashes: longitude and latitude halved by turns, five bits to a character.

const (
	geohashDigits  = "0123456789bcdefghjkmnpqrstuvwxyz"
	geohashLongest = 18
)

// geohash is a rectangle of the grid: which column from the west and row from the south, of how many characters.
type geohash struct {
	column, row uint64
	length      int
}

// bits returns how many bits a geohash has for longitude and for latitude.
func (g geohash) bits() (lng, lat int) { return (5*g.length + 1) / 2, 5 * g.length / 2 }

func (g geohash) text() string {
	lngBits, latBits := g.bits()
	out := make([]byte, g.length)
	for i := range 5 * g.length {
		bit := uint64(0)
		if i%2 == 0 {
			lngBits--
			bit = g.column >> lngBits & 1
		} else {
			latBits--
			bit = g.row >> latBits & 1
		}
		out[i/5] = out[i/5]<<1 | byte(bit)
	}
	for i, c := range out {
		out[i] = geohashDigits[c]
	}
	return string(out)
}

// readGeohash reads a geohash; false where the text is none.
func readGeohash(s string) (geohash, bool) {
	g := geohash{length: len(s)}
	if s == "" || len(s) > geohashLongest {
		return g, false
	}
	for i := range s {
		digit := strings.IndexByte(geohashDigits, s[i])
		if digit < 0 {
			return g, false
		}
		for k := 4; k >= 0; k-- {
			bit := uint64(digit) >> k & 1
			if (5*i+4-k)%2 == 0 {
				g.column = g.column<<1 | bit
			} else {
				g.row = g.row<<1 | bit
			}
		}
	}
	return g, true
}

// edges returns the bounds of a geohash in degrees.
func (g geohash) edges() (west, south, east, north float64) {
	lngBits, latBits := g.bits()
	width, height := 360/float64(uint64(1)<<lngBits), 180/float64(uint64(1)<<latBits)
	west, south = float64(g.column)*width-180, float64(g.row)*height-90
	return west, south, west + width, south + height
}

// half returns which of so many halvings of a range a number lies in.
func half(x, low, high float64, bits int) uint64 {
	n := uint64(0)
	for range bits {
		middle := (low + high) / 2
		n <<= 1
		if x >= middle {
			n, low = n|1, middle
		} else {
			high = middle
		}
	}
	return n
}

// geoOfHash is a function of a geohash, Null where the text is none.
func geoOfHash(name, doc string, f func(g geohash) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc + "; Null where the text is no geohash.", Params: []Param{required("geohash", "string")}, Result: "dynamic", Strict: true,
		Eval: func(args []event.Value) event.Value {
			g, ok := readGeohash(args[0].Text())
			if !ok {
				return null
			}
			return f(g)
		},
		Examples: append(examples, example(null, text("a")), example(null, empty)),
	})
}

var (
	_ = define(Func{
		Name: "kql_geo_point_to_geohash", Doc: "The geohash of a point, of 5 characters or so many as are asked for; empty where the point is none or the number not from 1 to 18.",
		Params: append(geoParams("longitude", "latitude"), optional("accuracy", "long")), Result: "string",
		Eval: func(args []event.Value) event.Value {
			length, ok := integerAt(args, 2, 5)
			if !ok || length < 1 || length > geohashLongest || !isNumberBetween(args[0], -180, 180) || !isNumberBetween(args[1], -90, 90) {
				return empty
			}
			g := geohash{length: int(length)}
			lngBits, latBits := g.bits()
			g.column, g.row = half(args[0].Float(), -180, 180, lngBits), half(args[1].Float(), -90, 90, latBits)
			return text(g.text())
		},
		Examples: []Example{
			example(text("dhwfz15h"), float(-80.195829), float(25.802215), whole(8)), example(text("sunny"), float(42.47314453125), float(23.70849609375)), example(empty, whole(200), whole(1), whole(8)),
			example(empty, whole(1), whole(1), null), example(empty, whole(1), whole(1), whole(19)), example(text("zzz"), whole(180), whole(90), whole(3)), example(text("000"), whole(-180), whole(-90), whole(3)),
		},
	})
	_ = geoOfHash("kql_geohash_to_polygon", "The rectangle of a geohash", func(g geohash) event.Value {
		west, south, east, north := g.edges()
		return polygonShape(west, south, east, south, east, north, west, north, west, south)
	}, example(polygonShape(-74.00390625, 40.7373046875, -73.9599609375, 40.7373046875, -73.9599609375, 40.78125, -74.00390625, 40.78125, -74.00390625, 40.7373046875), text("dr5ru")))
	_ = geoOfHash("kql_geohash_to_central_point", "The point in the middle of a geohash", func(g geohash) event.Value {
		west, south, east, north := g.edges()
		return pointShape((west+east)/2, (south+north)/2)
	}, example(pointShape(42.47314453125, 23.70849609375), text("sunny")))
)

// geohashNeighbors gives the eight rectangles around one in the order of their names: the service states none.
var geohashNeighbors = geoOfHash("kql_geohash_neighbors", "The geohashes around one in the order of their names", func(g geohash) event.Value {
	lngBits, latBits := g.bits()
	columns, rows := uint64(1)<<lngBits, uint64(1)<<latBits
	if g.row == 0 || g.row == rows-1 {
		return null
	}
	var out []string
	for _, step := range [][2]int64{{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}} {
		out = append(out, geohash{column: (g.column + uint64(step[0])) % columns, row: g.row + uint64(step[1]), length: g.length}.text())
	}
	slices.Sort(out)
	return texts(out...)
}, example(texts("sunnt", "sunnv", "sunnw", "sunnx", "sunnz", "sunpj", "sunpn", "sunpp"), text("sunny")))

func init() {
	geohashNeighbors.Fails = func(args []event.Value) string {
		g, ok := readGeohash(args[0].Text())
		if _, latBits := g.bits(); ok && (g.row == 0 || g.row == uint64(1)<<latBits-1) {
			return "which neighbours a geohash at a pole has is not published"
		}
		return ""
	}
}
