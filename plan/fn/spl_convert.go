package fn

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"

	"goshawk/event"
)

// SPL's conversions between texts and numbers.

var _ = splFunction("spl_tostring", "The text of a value; a number in hexadecimal (hex), in binary (binary), with commas between thousands and at most two places behind the point (commas), or as hours, minutes and seconds (duration); what is no number stays; each of several values.",
	"any", []Param{required("value", "any"), optional("form", "string")},
	func(v event.Value, rest []event.Value) event.Value {
		if len(rest) == 0 {
			return text(splText(v))
		}
		n, ok := splNumber(v)
		if !ok {
			return text(splText(v))
		}
		switch strings.ToLower(splText(rest[0])) {
		case "hex", "binary":
			i, ok := splInteger(n)
			if !ok {
				return null
			}
			sign, size := "", uint64(i)
			if i < 0 {
				sign, size = "-", -uint64(i)
			}
			if strings.EqualFold(splText(rest[0]), "hex") {
				return text(sign + "0x" + strings.ToUpper(strconv.FormatUint(size, 16)))
			}
			return text(sign + strconv.FormatUint(size, 2))
		case "commas":
			return text(withCommas(n))
		case "duration":
			return durationText(n)
		}
		return null
	},
	example(text("0xF"), whole(15), text("hex")), example(text("1001"), text("9"), text("binary")), example(text("12,345.68"), float(12345.6789), text("commas")),
	example(text("-1,234,567"), whole(-1234567), text("commas")), example(text("00:10:15"), whole(615), text("duration")), example(text("1+01:00:00"), whole(90000), text("duration")),
	example(text("00:00:01.500000"), float(1.5), text("duration")), example(text("5"), whole(5)), example(text("abc"), text("abc"), text("hex")), example(text("true"), yes),
	example(null, whole(1), text("roman")), example(texts("0x1", "0x2"), texts("1", "2"), text("hex")))

func withCommas(n event.Value) string {
	s := splRound(n, 2).Text()
	sign := ""
	if s != "" && s[0] == '-' {
		sign, s = "-", s[1:]
	}
	digits, fraction, point := strings.Cut(s, ".")
	digits = groupThousands(digits)
	if point {
		digits += "." + (fraction + "0")[:max(2, len(fraction))]
	}
	return sign + digits
}

func groupThousands(digits string) string {
	if strings.Trim(digits, "0123456789") != "" {
		return digits
	}
	var out []byte
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, digits[i])
	}
	return string(out)
}

func durationText(n event.Value) event.Value {
	f := n.Float()
	if math.IsNaN(f) || math.Abs(f) > 1e15 {
		return null
	}
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	micros := int64(math.Round((f - math.Trunc(f)) * 1e6))
	seconds := int64(f) + micros/1e6
	micros %= 1e6
	s := fmt.Sprintf("%02d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	if days := seconds / 86400; days > 0 {
		s = strconv.FormatInt(days, 10) + "+" + s
	}
	if micros > 0 {
		s += fmt.Sprintf(".%06d", micros)
	}
	return text(sign + s)
}

var _ = splFunction("spl_tonumber", "The number that a text spells to a base from 2 to 36, 10 if not given, blanks around it left out; Null where it spells none; each of several values.",
	"any", []Param{required("text", "any"), optional("base", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		base := int64(10)
		if len(rest) > 0 {
			var ok bool
			if base, ok = splInteger(rest[0]); !ok || base < 2 || base > 36 {
				return null
			}
		}
		s := strings.TrimSpace(splText(v))
		if base == 10 {
			n, ok := event.Number(s)
			if !ok {
				return null
			}
			return n
		}
		negative := strings.HasPrefix(s, "-")
		s = strings.TrimLeft(s, "+-")
		if base == 16 && len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
			s = s[2:]
		}
		if s == "" || len(s) > 1024 || strings.Contains(s, "_") {
			return null
		}
		n, ok := new(big.Int).SetString(s, int(base))
		if !ok {
			return null
		}
		if negative {
			n.Neg(n)
		}
		if n.IsInt64() {
			return whole(n.Int64())
		}
		f, _ := new(big.Float).SetInt(n).Float64()
		return splDouble(f)
	},
	example(whole(164), text("0A4"), whole(16)), example(whole(255), text("0xff"), text("16")), example(whole(42), text(" 42 ")), example(null, text("abc")), example(null, text("9"), whole(8)),
	example(float(1.5), text("1.5")), example(whole(5), text("101"), whole(2)), example(null, text("1"), whole(1)), example(list(whole(1), whole(2)), texts("1", "x", "2")))

var _ = splFunction("spl_toint", "The whole part of a number, or of the one that a text spells to a base; Null where there is none; each of several values.",
	"any", []Param{required("value", "any"), optional("base", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		if v.Kind() == event.Bool {
			return toInt(v)
		}
		n := funcs["spl_tonumber"].Eval(append([]event.Value{v}, rest...))
		if n.IsNull() {
			return null
		}
		return toInt(n)
	},
	example(whole(-1), text("-1.9")), example(whole(255), text("ff"), whole(16)), example(whole(1), yes), example(null, text("x")))

var _ = define(Func{
	Name: "spl_tobool", Doc: "The truth that a value spells: true, t, yes, y and numbers but zero, or false, f, no, n and zero; Null for anything else.",
	Params: splParam, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		one, ok := splOnly(args[0])
		if !ok {
			return null
		}
		if one.Kind() == event.Bool {
			return one
		}
		if n, ok := splNumber(one); ok {
			return boolean(n.Float() != 0)
		}
		switch strings.ToLower(strings.TrimSpace(splText(one))) {
		case "true", "t", "yes", "y":
			return yes
		case "false", "f", "no", "n":
			return no
		}
		return null
	},
	Examples: []Example{example(yes, text("True")), example(no, text("0")), example(null, text("maybe")), example(yes, whole(2)), example(no, text("no"))},
})

var _ = define(Func{
	Name: "spl_ipmask", Doc: "The bits of an IPv4 address that are in a mask, as an address; Null where one is none.",
	Params: []Param{required("mask", "any"), required("address", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		mask, err := netip.ParseAddr(splText(args[0]))
		if err != nil || !mask.Is4() {
			return null
		}
		return splEach(args[1], func(v event.Value) event.Value {
			a, err := netip.ParseAddr(splText(v))
			if err != nil || !a.Is4() {
				return null
			}
			x, m := a.As4(), mask.As4()
			for i := range x {
				x[i] &= m[i]
			}
			return text(netip.AddrFrom4(x).String())
		})
	},
	Examples: []Example{
		example(text("10.20.30.0"), text("255.255.255.0"), text("10.20.30.120")), example(text("0.20.0.96"), text("0.255.0.224"), text("10.20.30.120")), example(null, text("255.255.0.0"), text("host")),
	},
})

var _ = define(Func{
	Name: "spl_cidrmatch", Doc: "Whether an address is inside a network such as 10.0.0.0/8, of a multivalue any; false for what is no address, Null where the network is none.",
	Params: []Param{required("network", "any"), required("address", "any")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		network, ok := ParseNetwork(strings.TrimSpace(splText(args[0])))
		if !ok {
			return null
		}
		for _, v := range splItems(args[1]) {
			if a, ok := ParseAddress(strings.TrimSpace(splText(v))); ok && network.Contains(a) {
				return yes
			}
		}
		return no
	},
	Examples: []Example{
		example(yes, text("123.132.32.0/25"), text("123.132.32.64")), example(no, text("123.132.32.0/25"), text("123.132.32.200")), example(no, text("10.0.0.0/8"), text("host")),
		example(null, text("host"), text("10.0.0.1")), example(yes, text("fe80::/10"), text("fe80::1")), example(yes, text("10.0.0.0/8"), texts("1.1.1.1", "10.1.1.1")),
	},
})

// printf.

var _ = define(Func{
	Name: "spl_printf", Doc: "A text made from a format as C's printf has it, with the flags - + 0 # blank and ' (commas between thousands), and values; Null where a value is missing or null.",
	Params: []Param{required("format", "string"), variadic("values", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s, ok := printf(args[0].Text(), args[1:])
		if !ok {
			return null
		}
		return text(s)
	},
	Examples: []Example{
		example(text("00004|-4.500|1e+02"), text("%05d|%.3f|%.0e"), whole(4), float(-4.5), whole(100)), example(text("a  |   b"), text("%-3s|%4s"), text("a"), text("b")),
		example(text("ff 0xFF 017"), text("%x %#X %#o"), whole(255), text("255"), whole(15)), example(text("1,234,567"), text("%'d"), whole(1234567)), example(text("100%"), text("%d%%"), whole(100)),
		example(null, text("%d"), null), example(null, text("%d")), example(text("    4"), text("%*d"), whole(5), whole(4)), example(text("A"), text("%c"), text("ABC")), example(text("+5"), text("%+d"), text("5")),
		example(text("ab"), text("%.2s"), text("abc")), example(text("0.5"), text("%g"), float(0.5)),
	},
})

// conversion is one conversion of a format.
type conversion struct {
	minus, plus, zero, hash, blank, commas bool
	width, precision                       int // precision -1: none
	verb                                   byte
}

const maxWidth = 4096

func printf(format string, values []event.Value) (string, bool) {
	var out []byte
	next := func() (event.Value, bool) {
		if len(values) == 0 {
			return null, false
		}
		v := values[0]
		values = values[1:]
		return v, true
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out = append(out, format[i])
			continue
		}
		if i++; i >= len(format) {
			return "", false
		}
		if format[i] == '%' {
			out = append(out, '%')
			continue
		}
		c := conversion{precision: -1}
		number := func() (int, bool) {
			if i < len(format) && format[i] == '*' {
				i++
				v, ok := next()
				n, okN := splInteger(v)
				return int(min(max(n, -maxWidth), maxWidth)), ok && okN
			}
			n := 0
			for ; i < len(format) && isASCIIDigit(format[i]); i++ {
				n = min(n*10+int(format[i]-'0'), maxWidth)
			}
			return n, true
		}
		for ; i < len(format) && c.flag(format[i]); i++ {
		}
		ok := true
		if c.width, ok = number(); !ok {
			return "", false
		}
		if c.width < 0 {
			c.minus, c.width = true, -c.width
		}
		if i < len(format) && format[i] == '.' {
			i++
			if c.precision, ok = number(); !ok {
				return "", false
			}
		}
		for i < len(format) && strings.IndexByte("hlLqjzt", format[i]) >= 0 { // sizes, which mean nothing here
			i++
		}
		v, okValue := next()
		if i >= len(format) || !okValue {
			return "", false
		}
		c.verb = format[i]
		s, ok := c.convert(v)
		if !ok {
			return "", false
		}
		out = append(out, c.pad(s)...)
	}
	return string(out), true
}

func isASCIIDigit(c byte) bool { return c >= '0' && c <= '9' }

func (c *conversion) flag(b byte) bool {
	switch b {
	case '-':
		c.minus = true
	case '+':
		c.plus = true
	case '0':
		c.zero = true
	case '#':
		c.hash = true
	case ' ':
		c.blank = true
	case '\'':
		c.commas = true
	default:
		return false
	}
	return true
}

func (c *conversion) convert(v event.Value) (string, bool) {
	switch c.verb {
	case 's', 'c':
		characters := []rune(splText(v))
		most := c.precision
		if c.verb == 'c' {
			most = 1
		}
		if most >= 0 && most < len(characters) {
			characters = characters[:most]
		}
		c.zero = false
		return string(characters), true
	case 'd', 'i', 'u', 'o', 'x', 'X', 'p':
		n, ok := splInteger(v)
		return c.integer(n), ok
	case 'e', 'E', 'f', 'F', 'g', 'G', 'a', 'A':
		f, ok := splFloat(v)
		return c.float(f), ok
	}
	return "", false
}

func (c *conversion) integer(n int64) string {
	negative, size := n < 0, uint64(n)
	if negative {
		size = -size
	}
	base, prefix := 10, ""
	switch c.verb {
	case 'o':
		base = 8
		if c.hash {
			prefix = "0"
		}
	case 'x', 'X', 'p':
		base = 16
		if c.hash && n != 0 || c.verb == 'p' {
			prefix = "0x"
		}
	}
	digits := strconv.FormatUint(size, base)
	if len(digits) < c.precision {
		digits = strings.Repeat("0", c.precision-len(digits)) + digits
	}
	if c.precision >= 0 {
		c.zero = false
	}
	if c.commas && base == 10 {
		digits = groupThousands(digits)
	}
	digits = prefix + digits
	if c.verb == 'X' {
		digits = strings.Replace(strings.ToUpper(digits), "0X", "0x", 1)
	}
	return c.sign(negative) + digits
}

func (c *conversion) float(f float64) string {
	precision := c.precision
	if precision < 0 {
		precision = 6
	}
	var s string
	switch verb := c.verb; verb {
	case 'a', 'A':
		s = strconv.FormatFloat(math.Abs(f), 'x', c.precision, 64)
	case 'g', 'G':
		s = fmt.Sprintf("%."+strconv.Itoa(precision)+"g", math.Abs(f))
	case 'f', 'F':
		s = strconv.FormatFloat(math.Abs(f), 'f', precision, 64)
	default:
		s = strconv.FormatFloat(math.Abs(f), 'e', precision, 64)
	}
	if c.commas {
		digits, fraction, point := strings.Cut(s, ".")
		s = groupThousands(digits)
		if point {
			s += "." + fraction
		}
	}
	if c.verb >= 'A' && c.verb <= 'Z' {
		s = strings.ToUpper(s)
	}
	return c.sign(math.Signbit(f) && f != 0) + s
}

func (c *conversion) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case c.plus:
		return "+"
	case c.blank:
		return " "
	}
	return ""
}

func (c *conversion) pad(s string) string {
	missing := c.width - len([]rune(s))
	switch {
	case missing <= 0:
		return s
	case c.minus:
		return s + strings.Repeat(" ", missing)
	case c.zero:
		at := 0
		if s != "" && strings.IndexByte("+- ", s[0]) >= 0 {
			at = 1
		}
		if strings.HasPrefix(s[at:], "0x") {
			at += 2
		}
		return s[:at] + strings.Repeat("0", missing) + s[at:]
	}
	return strings.Repeat(" ", missing) + s
}
