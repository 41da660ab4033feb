package fn

import (
	"math/big"
	"strconv"
	"strings"

	"goshawk/event"
)

// Exact arithmetic on decimals. A result with more than maxDigits digits, leading or trailing zeros counted, is Null: text
// from a log must not decide how much memory a sum takes.
const (
	maxDigits      = 4096
	quotientDigits = 34 // significant ones of a division that does not come out even
)

// scaled is n × 10^-scale.
type scaled struct {
	n     *big.Int
	scale int64
}

func scaledOf(v event.Value) (scaled, bool) {
	d, finite := exact(v)
	if !finite || int64(len(d.digits)) > maxDigits || d.exponent > maxDigits || d.exponent < -maxDigits {
		return scaled{}, false
	}
	n, ok := new(big.Int).SetString(d.digits, 10)
	if !ok {
		return scaled{}, false
	}
	if d.negative {
		n.Neg(n)
	}
	if d.exponent > 0 {
		return scaled{n.Mul(n, power(d.exponent)), 0}, true
	}
	return scaled{n, -d.exponent}, true
}

func power(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

// align brings two to the same scale.
func align(a, b scaled) (x, y *big.Int, scale int64) {
	switch {
	case a.scale < b.scale:
		return new(big.Int).Mul(a.n, power(b.scale-a.scale)), b.n, b.scale
	case a.scale > b.scale:
		return a.n, new(big.Int).Mul(b.n, power(a.scale-b.scale)), a.scale
	}
	return a.n, b.n, a.scale
}

// value writes the number without trailing zeros behind the point.
func (s scaled) value() event.Value {
	digits := s.n.String()
	digits, negative := strings.CutPrefix(digits, "-")
	if s.scale > 0 {
		if missing := s.scale + 1 - int64(len(digits)); missing > 0 {
			digits = strings.Repeat("0", int(missing)) + digits
		}
		point := len(digits) - int(s.scale)
		digits = strings.TrimRight(strings.TrimRight(digits[:point]+"."+digits[point:], "0"), ".")
	}
	if len(digits) > maxDigits {
		return null
	}
	if negative && digits != "0" {
		digits = "-" + digits
	}
	return event.DecimalValue(digits)
}

// decimals computes with two numbers exactly; false where that cannot be done.
func decimals(op byte, a, b event.Value) event.Value {
	x, okX := scaledOf(a)
	y, okY := scaledOf(b)
	if !okX || !okY {
		return null
	}
	switch op {
	case '+', '-':
		m, n, scale := align(x, y)
		if op == '+' {
			return scaled{new(big.Int).Add(m, n), scale}.value()
		}
		return scaled{new(big.Int).Sub(m, n), scale}.value()
	case '*':
		return scaled{new(big.Int).Mul(x.n, y.n), x.scale + y.scale}.value()
	}
	if y.n.Sign() == 0 {
		return null
	}
	m, n, scale := align(x, y)
	switch op {
	case '%':
		return scaled{new(big.Int).Rem(m, n), scale}.value()
	case '\\':
		return scaled{new(big.Int).Quo(m, n), 0}.value()
	}
	return quotient(m, n)
}

// quotient divides to quotientDigits significant digits, half to even.
func quotient(m, n *big.Int) event.Value {
	scale := int64(quotientDigits + len(n.String()) - len(m.String()) + 1)
	if scale < 0 {
		scale = 0
	}
	shifted := new(big.Int).Mul(m, power(scale))
	q, r := new(big.Int).QuoRem(shifted, n, new(big.Int))
	return roundHalf(scaled{q, scale}, r.Sign() != 0).value()
}

// roundHalf cuts a number to quotientDigits significant digits; more says that something not zero follows them.
func roundHalf(s scaled, more bool) scaled {
	extra := int64(len(strings.TrimPrefix(s.n.String(), "-"))) - quotientDigits
	if extra <= 0 || extra > s.scale {
		return s
	}
	unit := power(extra)
	q, r := new(big.Int).QuoRem(s.n, unit, new(big.Int))
	twice := new(big.Int).Abs(new(big.Int).Mul(r, big.NewInt(2)))
	order := twice.Cmp(unit)
	if order > 0 || order == 0 && (more || q.Bit(0) == 1) {
		q.Add(q, big.NewInt(int64(max(s.n.Sign(), -1))))
	}
	return scaled{q, s.scale - extra}
}

// toDecimal returns a number as a Decimal.
func toDecimal(v event.Value) event.Value {
	switch v.Kind() {
	case event.Decimal:
		return v
	case event.Int:
		return event.DecimalValue(strconv.FormatInt(v.Int(), 10))
	case event.Float:
		if text := v.Text(); parses(text) {
			return event.DecimalValue(text)
		}
	}
	return null
}

func parses(text string) bool {
	_, ok := event.Number(text)
	return ok
}
