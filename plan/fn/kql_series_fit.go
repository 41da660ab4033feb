package fn

import (
	"math"
	"math/bits"
	"math/cmplx"

	"goshawk/event"
)

// line is a straight line through a part of a series, whose first place is 1.
type line struct {
	slope, interception          float64
	variance, rvariance, rsquare float64
	fit                          []float64
}

// fitLine fits y, whose first element is at a place, by least squares.
func fitLine(y []float64, first int) line {
	n := float64(len(y))
	meanX, meanY := float64(first)+(n-1)/2, sumOf(y)/n
	xy, xx := 0.0, 0.0
	for i, f := range y {
		x := float64(first+i) - meanX
		xy += x * (f - meanY)
		xx += x * x
	}
	l := line{variance: varianceOf(y), fit: make([]float64, len(y))}
	if xx > 0 {
		l.slope = xy / xx
	}
	l.interception = meanY - l.slope*meanX
	rest := make([]float64, len(y))
	for i, f := range y {
		l.fit[i] = l.interception + l.slope*float64(first+i)
		rest[i] = f - l.fit[i]
	}
	l.rvariance = varianceOf(rest)
	l.rsquare = 1 - l.rvariance/l.variance
	if l.variance == 0 {
		l.rsquare = 1
	}
	return l
}

func floatList(x []float64) event.Value {
	out := make([]event.Value, len(x))
	for i, f := range x {
		out[i] = float(f)
	}
	return list(out...)
}

// nullList returns so many nulls, what a fit of nothing gives.
func nullList(n int) event.Value {
	out := make([]event.Value, n)
	for i := range out {
		out[i] = null
	}
	return list(out...)
}

func seriesFit(name, doc string, width int, f func(y []float64) []event.Value, examples ...Example) *Func {
	return kqlArray(name, doc, "dynamic", nil, func(of, _ []event.Value) event.Value {
		y, ok := numbersOf(of)
		if !ok || len(y) == 0 {
			return nullList(width)
		}
		return list(f(y)...)
	}, examples...)
}

func fitOneLine(y []float64) []event.Value {
	l := fitLine(y, 1)
	return []event.Value{float(l.rsquare), float(l.slope), float(l.variance), float(l.rvariance), float(l.interception), floatList(l.fit)}
}

// fitTwoLines cuts a series where two lines, one for each side, leave the least of it.
func fitTwoLines(y []float64) []event.Value {
	best, at := math.Inf(1), 0
	prefix := newLineSums(y)
	for i := 2; i <= len(y)-2; i++ {
		if rest := prefix.rest(0, i) + prefix.rest(i, len(y)); rest < best {
			best, at = rest, i
		}
	}
	left, right := fitLine(y[:at], 1), fitLine(y[at:], at+1)
	if at == 0 {
		left = line{}
	}
	fit := append(append([]float64{}, left.fit...), right.fit...)
	rest := make([]float64, len(y))
	for i := range y {
		rest[i] = y[i] - fit[i]
	}
	variance, rvariance := varianceOf(y), varianceOf(rest)
	rsquare := 1.0
	if variance > 0 {
		rsquare = 1 - rvariance/variance
	}
	return []event.Value{
		float(rsquare), whole(int64(at)), float(variance), float(rvariance), floatList(fit),
		float(right.rsquare), float(right.slope), float(right.interception), float(right.variance), float(right.rvariance),
		float(left.rsquare), float(left.slope), float(left.interception), float(left.variance), float(left.rvariance),
	}
}

// lineSums give in constant time how much of a part of a series a line leaves.
type lineSums struct{ y, yy, xy []float64 }

func newLineSums(y []float64) lineSums {
	s := lineSums{make([]float64, len(y)+1), make([]float64, len(y)+1), make([]float64, len(y)+1)}
	mean := sumOf(y) / float64(len(y))
	for i, f := range y {
		f -= mean
		s.y[i+1], s.yy[i+1], s.xy[i+1] = s.y[i]+f, s.yy[i]+f*f, s.xy[i]+f*float64(i)
	}
	return s
}

func (s lineSums) rest(from, to int) float64 {
	n := float64(to - from)
	y, yy, xy := s.y[to]-s.y[from], s.yy[to]-s.yy[from], s.xy[to]-s.xy[from]
	meanX := float64(from) + (n-1)/2
	xx := n * (n*n - 1) / 12
	cxy := xy - meanX*y
	return yy - y*y/n - cxy*cxy/xx
}

var (
	_ = seriesFit("kql_series_fit_line", "Of the straight line through a series, whose first place is 1, the share of the variance that it explains, its slope, the variance, that of what it leaves, its height at place 0 and its values, as an array.", 6, fitOneLine,
		example(list(float(1), float(2), float(4), float(0), float(-1), floatList([]float64{1, 3, 5})), list(whole(1), whole(3), whole(5))), example(nullList(6), list(null)))
	_ = seriesFit("kql_series_fit_2lines", "Of the two straight lines that fit a series best, one up to a place and one from it on, the share of the variance that they explain, the place, the variance, that of what they leave and their values; then explained share, slope, height at place 0, variance and what is left of it on the right and on the left; as an array.", 15, fitTwoLines,
		example(list(float(1), whole(2), float(16.0/3), float(0), floatList([]float64{0, 0, 4, 4}), float(1), float(0), float(4), float(0), float(0), float(1), float(0), float(0), float(0), float(0)), list(whole(0), whole(0), whole(4), whole(4))),
		example(nullList(15), list()))
)

// fourier computes the transform of a series whose length is a power of 2, in place.
func fourier(x []complex128, inverse bool) {
	n := len(x)
	for i := range x {
		if j := int(bits.Reverse64(uint64(i)) >> (64 - bits.TrailingZeros(uint(n)))); n > 1 && j > i {
			x[i], x[j] = x[j], x[i]
		}
	}
	sign := -2 * math.Pi
	if inverse {
		sign = -sign
	}
	for size := 2; size <= n; size *= 2 {
		for k := range size / 2 {
			w := cmplx.Rect(1, sign*float64(k)/float64(size))
			for i := k; i < n; i += size {
				a, b := x[i], x[i+size/2]*w
				x[i], x[i+size/2] = a+b, a-b
			}
		}
	}
}

// autocorrelation returns how a series without its mean goes with itself so many places later, relative to 1 at 0.
func autocorrelation(y []float64, most int) []float64 {
	size := 1
	for size < 2*len(y) {
		size *= 2
	}
	x := make([]complex128, size)
	for i, f := range centred(y) {
		x[i] = complex(f, 0)
	}
	fourier(x, false)
	for i, c := range x {
		x[i] = complex(real(c)*real(c)+imag(c)*imag(c), 0)
	}
	fourier(x, true)
	out := make([]float64, most+1)
	for i := range out {
		if real(x[0]) > 0 {
			out[i] = real(x[i]) / real(x[0])
		}
	}
	return out
}

func numberAt(args []event.Value, i int, otherwise float64) float64 {
	if i < len(args) && isNumber(args[i]) {
		return args[i].Float()
	}
	return otherwise
}

var _ = kqlArray("kql_series_fir", "A series to which a filter with finite impulse response is applied: each value is the sum of the coefficients times the values before, or, centred, around; normalised by the sum of the coefficients unless told otherwise or one is negative.", "dynamic",
	[]Param{required("filter", "dynamic"), optional("normalize", "any"), optional("center", "bool")}, func(of, args []event.Value) event.Value {
		x, ok1 := numbersOf(of)
		filter, ok2 := numbersOf(args[1].List())
		if !ok1 || !ok2 || len(filter) == 0 {
			return null
		}
		negative := false
		for _, f := range filter {
			negative = negative || f < 0
		}
		normalise := !negative
		if len(args) > 2 && args[2].Kind() == event.Bool {
			if normalise = args[2].Bool(); normalise && negative {
				return null
			}
		}
		total, shift := 1.0, 0
		if normalise {
			total = sumOf(filter)
		}
		if len(args) > 3 && args[3].Bool() {
			shift = len(filter) / 2
		}
		out := make([]float64, len(x))
		for i := range x {
			for j, f := range filter {
				if at := i + shift - j; at >= 0 && at < len(x) {
					out[i] += f * x[at]
				}
			}
			out[i] /= total
		}
		return floatList(out)
	},
	example(floatList([]float64{1, 2.5, 4}), list(whole(2), whole(3), whole(5)), list(whole(1), whole(1))), example(floatList([]float64{2, 1, 2}), list(whole(2), whole(3), whole(5)), list(whole(1), whole(-1))),
	example(floatList([]float64{1, 2, 2}), list(whole(0), whole(3), whole(3)), list(whole(1), whole(1), whole(1)), yes, yes), example(null, list(whole(1)), list(whole(-1)), yes))

var _ = kqlArray("kql_series_iir", "A series to which a filter with infinite impulse response is applied: the numerators times the values, less the denominators behind the first times the results before, divided by the first denominator.", "dynamic",
	[]Param{required("numerators", "dynamic"), required("denominators", "dynamic")}, func(of, args []event.Value) event.Value {
		x, ok1 := numbersOf(of)
		b, ok2 := numbersOf(args[1].List())
		a, ok3 := numbersOf(args[2].List())
		if !ok1 || !ok2 || !ok3 || len(a) == 0 || a[0] == 0 {
			return null
		}
		out := make([]float64, len(x))
		for i := range x {
			for j := 0; j < len(b) && j <= i; j++ {
				out[i] += b[j] * x[i-j]
			}
			for j := 1; j < len(a) && j <= i; j++ {
				out[i] -= a[j] * out[i-j]
			}
			out[i] /= a[0]
		}
		return floatList(out)
	},
	example(floatList([]float64{1, 3, 6, 10}), kqlFirst(4), list(whole(1)), list(whole(1), whole(-1))), example(null, kqlFirst(1), list(whole(1)), list()))

// transform computes the Fourier transform of a series of any length, by that of a power of 2 (Bluestein's algorithm).
func transform(x []complex128, inverse bool) []complex128 {
	n, size := len(x), 1
	for size < 2*n {
		size *= 2
	}
	sign := -math.Pi
	if inverse {
		sign = -sign
	}
	chirp := func(i int) complex128 { return cmplx.Rect(1, sign*float64(i*i%(2*n))/float64(n)) }
	a, b := make([]complex128, size), make([]complex128, size)
	for i := range x {
		a[i] = x[i] * chirp(i)
		b[i] = cmplx.Conj(chirp(i))
		b[(size-i)%size] = b[i]
	}
	fourier(a, false)
	fourier(b, false)
	for i := range a {
		a[i] *= b[i]
	}
	fourier(a, true)
	out := make([]complex128, n)
	for i := range out {
		out[i] = a[i] / complex(float64(size), 0) * chirp(i)
		if inverse {
			out[i] /= complex(float64(n), 0)
		}
	}
	return out
}

func kqlTransform(name, doc string, inverse bool, examples ...Example) *Func {
	return kqlArray(name, doc, "dynamic", []Param{optional("imaginary", "dynamic")}, func(of, args []event.Value) event.Value {
		re, ok := numbersOf(of)
		im := make([]float64, len(re))
		if len(args) > 1 && !args[1].IsNull() {
			var okIm bool
			im, okIm = numbersOf(args[1].List())
			ok = ok && okIm && len(im) == len(re)
		}
		if !ok || len(re) == 0 {
			return list(null, null)
		}
		x := make([]complex128, len(re))
		for i := range x {
			x[i] = complex(re[i], im[i])
		}
		x = transform(x, inverse)
		for i, c := range x {
			re[i], im[i] = real(c), imag(c)
		}
		return list(floatList(re), floatList(im))
	}, examples...)
}

var (
	_ = kqlTransform("kql_series_fft", "The real and the imaginary parts of the Fourier transform of a series with or without imaginary parts, as an array of two series; nulls where an element is no number or the lengths differ.", false,
		example(list(floatList([]float64{7}), floatList([]float64{0})), list(whole(7))), example(list(null, null), list(null)))
	_ = kqlTransform("kql_series_ifft", "The real and the imaginary parts of the inverse Fourier transform of a series with or without imaginary parts, as an array of two series; nulls where an element is no number or the lengths differ.", true,
		example(list(floatList([]float64{7}), floatList([]float64{0})), list(whole(7))))
)
