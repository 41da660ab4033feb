package fn

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
	"strings"

	"goshawk/event"
)

// Compare compares two values as the comparisons of a plan do: numbers of whatever kind by their exact value, other values
// only with those of their own kind: texts byte by byte, false before true, lists element by element, objects for equality
// alone (order 0 or 1). It reports false where they do not compare: a Null, different kinds, a NaN.
func Compare(a, b event.Value) (order int, ok bool) {
	if isNumber(a) && isNumber(b) {
		return compareNumbers(a, b)
	}
	if a.Kind() != b.Kind() {
		return 0, false
	}
	switch a.Kind() {
	case event.Bool:
		return compareBools(a.Bool(), b.Bool()), true
	case event.Text:
		return compareTexts(a, b), true
	case event.Time, event.Duration:
		return cmp.Compare(a.Int(), b.Int()), true
	case event.List:
		return compareLists(a.List(), b.List())
	case event.Object:
		if bytes.Equal(a.AppendJSON(nil), b.AppendJSON(nil)) {
			return 0, true
		}
		return 1, true
	}
	return 0, false
}

// Order is a total order over all values, for sorting and for the least and the greatest: null, then NaN, numbers, texts,
// booleans, times, durations, lists, objects; within a kind as Compare, objects by their canonical JSON. It is 0 exactly
// where AppendKey gives the same key.
func Order(a, b event.Value) int {
	ra, rb := rank(a), rank(b)
	if ra != rb {
		return cmp.Compare(ra, rb)
	}
	switch a.Kind() {
	case event.List:
		x, y := a.List(), b.List()
		for i := range min(len(x), len(y)) {
			if o := Order(x[i], y[i]); o != 0 {
				return o
			}
		}
		return cmp.Compare(len(x), len(y))
	case event.Object:
		return bytes.Compare(a.AppendJSON(nil), b.AppendJSON(nil))
	}
	order, _ := Compare(a, b)
	return order
}

func rank(v event.Value) int {
	switch v.Kind() {
	case event.Float:
		if math.IsNaN(v.Float()) {
			return 1
		}
		return 2
	case event.Int, event.Decimal:
		return 2
	case event.Text:
		return 3
	case event.Bool:
		return 4
	case event.Time:
		return 5
	case event.Duration:
		return 6
	case event.List:
		return 7
	case event.Object:
		return 8
	}
	return 0
}

// AppendKey adds a form of the value that is the same for two values exactly where they are the same value: numbers of
// different kinds that are equal, absent and null. Keys may be put one behind the other: none is the beginning of another.
func AppendKey(dst []byte, v event.Value) []byte {
	text := func(tag byte, body func(dst []byte) []byte) []byte {
		dst = append(dst, tag, 0, 0, 0, 0)
		start := len(dst)
		dst = body(dst)
		n := len(dst) - start
		dst[start-4], dst[start-3], dst[start-2], dst[start-1] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
		return dst
	}
	switch v.Kind() {
	case event.Bool:
		if v.Bool() {
			return append(dst, 'b', 1)
		}
		return append(dst, 'b', 0)
	case event.Int:
		return appendInt(append(dst, 'i'), v.Int())
	case event.Float, event.Decimal:
		if n, ok := wholeNumber(v); ok {
			return appendInt(append(dst, 'i'), n)
		}
		d, finite := exact(v)
		if !finite {
			return text('f', v.AppendText)
		}
		return text('n', func(dst []byte) []byte {
			if d.negative {
				dst = append(dst, '-')
			}
			return strconv.AppendInt(append(append(dst, d.digits...), 'e'), d.exponent, 10)
		})
	case event.Text:
		return text('t', v.AppendText)
	case event.Time:
		return appendInt(append(dst, 'T'), v.Int())
	case event.Duration:
		return appendInt(append(dst, 'D'), v.Int())
	case event.List:
		dst = appendInt(append(dst, 'l'), int64(len(v.List())))
		for _, e := range v.List() {
			dst = AppendKey(dst, e)
		}
		return dst
	case event.Object:
		return text('o', v.AppendJSON)
	}
	return append(dst, '0')
}

func appendInt(dst []byte, n int64) []byte {
	for shift := 56; shift >= 0; shift -= 8 {
		dst = append(dst, byte(uint64(n)>>shift))
	}
	return dst
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareTexts(a, b event.Value) int {
	x, plainX := a.Plain()
	y, plainY := b.Plain()
	if plainX && plainY {
		return strings.Compare(x, y)
	}
	return strings.Compare(a.Text(), b.Text())
}

func compareLists(a, b []event.Value) (int, bool) {
	for i := range min(len(a), len(b)) {
		if order, ok := Compare(a[i], b[i]); !ok || order != 0 {
			return order, ok
		}
	}
	return cmp.Compare(len(a), len(b)), true
}

func isNumber(v event.Value) bool {
	switch v.Kind() {
	case event.Int, event.Float, event.Decimal:
		return true
	}
	return false
}

func compareNumbers(a, b event.Value) (int, bool) {
	switch {
	case a.Kind() == event.Int && b.Kind() == event.Int:
		return cmp.Compare(a.Int(), b.Int()), true
	case a.Kind() == event.Float && b.Kind() == event.Float:
		x, y := a.Float(), b.Float()
		return cmp.Compare(x, y), x == x && y == y
	case a.Kind() == event.Int && b.Kind() == event.Float:
		return compareIntFloat(a.Int(), b.Float())
	case a.Kind() == event.Float && b.Kind() == event.Int:
		order, ok := compareIntFloat(b.Int(), a.Float())
		return -order, ok
	}
	if whole, fraction, ok := plainDecimal(a); ok {
		if other, rest, ok := plainDecimal(b); ok {
			return cmp.Or(cmp.Compare(whole, other), strings.Compare(fraction, rest)), true
		}
	}
	x, finiteX := exact(a)
	y, finiteY := exact(b)
	if finiteX && finiteY {
		return x.compare(y), true
	}
	if finiteX {
		order, ok := compareIntFloat(0, b.Float()) // against an infinity every number is like 0
		return order, ok
	}
	order, ok := compareIntFloat(0, a.Float())
	return -order, ok
}

func compareIntFloat(n int64, f float64) (int, bool) {
	switch {
	case f != f:
		return 0, false
	case f >= 1<<63:
		return -1, true
	case f < -1<<63:
		return 1, true
	}
	whole := math.Trunc(f)
	if order := cmp.Compare(n, int64(whole)); order != 0 {
		return order, true
	}
	return cmp.Compare(0, f-whole), true
}

// Whole returns a number of any kind as an int64 where it is exactly one.
func Whole(v event.Value) (int64, bool) { return wholeNumber(v) }

// wholeNumber returns a number as an int64 where it is exactly one.
func wholeNumber(v event.Value) (int64, bool) {
	switch v.Kind() {
	case event.Int:
		return v.Int(), true
	case event.Float:
		f := v.Float()
		if f >= -1<<63 && f < 1<<63 && f == math.Trunc(f) {
			return int64(f), true
		}
	case event.Decimal:
		d, ok := exact(v)
		if ok && d.exponent >= 0 && int64(len(d.digits))+d.exponent <= 19 {
			text := d.digits + strings.Repeat("0", int(d.exponent))
			if d.negative {
				text = "-" + text
			}
			n, err := strconv.ParseInt(text, 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// number is a decimal number without leading or trailing zeros: digits × 10^exponent. Zero is "0" with exponent 0.
type number struct {
	negative bool
	digits   string
	exponent int64
}

// exact returns the exact value of a number; false for NaN and the infinities.
func exact(v event.Value) (number, bool) {
	var text string
	switch v.Kind() {
	case event.Int:
		text = strconv.FormatInt(v.Int(), 10)
	case event.Float:
		f := v.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return number{}, false
		}
		text = strconv.FormatFloat(f, 'e', 766, 64) // no float64 has more digits
	case event.Decimal:
		text, _ = v.Plain()
	}
	return parseNumber(text), true
}

// parseNumber reads what event.Number accepts. An exponent beyond 64 bits is cut to the largest.
func parseNumber(text string) number {
	var n number
	if text != "" && (text[0] == '-' || text[0] == '+') {
		n.negative = text[0] == '-'
		text = text[1:]
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.ParseInt(text[i+1:], 10, 64)
		const most = math.MaxInt64 / 4
		if err != nil && strings.HasPrefix(text[i+1:], "-") || e < -most {
			e = -most
		} else if err != nil || e > most {
			e = most
		}
		n.exponent, text = e, text[:i]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	n.exponent -= int64(len(fraction))
	digits := strings.TrimLeft(whole+fraction, "0")
	n.digits = strings.TrimRight(digits, "0")
	n.exponent += int64(len(digits) - len(n.digits))
	if n.digits == "" {
		return number{digits: "0"}
	}
	return n
}

func (n number) compare(o number) int {
	sign := func(n number) int {
		switch {
		case n.digits == "0":
			return 0
		case n.negative:
			return -1
		}
		return 1
	}
	if order := cmp.Compare(sign(n), sign(o)); order != 0 || n.digits == "0" {
		return order
	}
	order := cmp.Compare(int64(len(n.digits))+n.exponent, int64(len(o.digits))+o.exponent)
	if order == 0 {
		order = strings.Compare(n.digits, o.digits)
	}
	if n.negative {
		order = -order
	}
	return order
}
