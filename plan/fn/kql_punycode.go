package fn

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// Punycode (RFC 3492). Nothing is prepared as RFC 3490 has it: the service keeps upper case and blanks.

const (
	punyBase, punyLeast, punyMost  = 36, 1, 26
	punySkew, punyDamp             = 38, 700
	punyFirstBias, punyFirstLetter = 72, 0x80
	punyDigits                     = "abcdefghijklmnopqrstuvwxyz0123456789"
	punyPrefix                     = "xn--"
	punyDelimiter                  = '-'
	punyLongest                    = 1 << 16 // letters; the work grows with the square
)

// punyAdapt returns the bias behind a difference (section 6.1).
func punyAdapt(delta, letters int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / letters
	k := 0
	for ; delta > (punyBase-punyLeast)*punyMost/2; k += punyBase {
		delta /= punyBase - punyLeast
	}
	return k + (punyBase-punyLeast+1)*delta/(delta+punySkew)
}

// punyThreshold returns the threshold of a digit at a position.
func punyThreshold(k, bias int) int { return min(max(k-bias, punyLeast), punyMost) }

// punyEncode writes a text in ASCII (section 6.3); false where it is no UTF-8 or too long.
func punyEncode(s string) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	letters := []rune(s)
	var out []byte
	for _, r := range letters {
		if r < punyFirstLetter {
			out = append(out, byte(r))
		}
	}
	done := len(out)
	basic := done
	if basic > 0 {
		out = append(out, punyDelimiter)
	}
	n, delta, bias := rune(punyFirstLetter), 0, punyFirstBias
	for done < len(letters) {
		next := rune(math.MaxInt32)
		for _, r := range letters {
			if r >= n {
				next = min(next, r)
			}
		}
		if delta += int(next-n) * (done + 1); delta > math.MaxInt32 {
			return "", false
		}
		n = next
		for _, r := range letters {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := punyBase; ; k += punyBase {
				t := punyThreshold(k, bias)
				if q < t {
					break
				}
				out = append(out, punyDigits[t+(q-t)%(punyBase-t)])
				q = (q - t) / (punyBase - t)
			}
			out = append(out, punyDigits[q])
			bias = punyAdapt(delta, done+1, done == basic)
			delta = 0
			done++
		}
		delta++
		n++
	}
	return string(out), true
}

// punyDecode reads what punyEncode writes (section 6.2); false where the text is no Punycode.
func punyDecode(s string) (string, bool) {
	var out []rune
	if at := strings.LastIndexByte(s, punyDelimiter); at >= 0 {
		out = []rune(s[:at])
		s = s[at+1:]
	}
	if slices.ContainsFunc(out, func(r rune) bool { return r >= punyFirstLetter }) {
		return "", false
	}
	n, i, bias := punyFirstLetter, 0, punyFirstBias
	for s != "" {
		before, weight := i, 1
		for k := punyBase; ; k += punyBase {
			if s == "" {
				return "", false
			}
			digit := punyDigit(s[0])
			s = s[1:]
			if digit < 0 || digit > (math.MaxInt32-i)/weight {
				return "", false
			}
			i += digit * weight
			t := punyThreshold(k, bias)
			if digit < t {
				break
			}
			if weight > math.MaxInt32/(punyBase-t) {
				return "", false
			}
			weight *= punyBase - t
		}
		bias = punyAdapt(i-before, len(out)+1, before == 0)
		n += i / (len(out) + 1)
		i %= len(out) + 1
		if n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
			return "", false
		}
		out = slices.Insert(out, i, rune(n))
		i++
	}
	return string(out), true
}

func punyDigit(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return int(c - 'a')
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case '0' <= c && c <= '9':
		return int(c-'0') + 26
	}
	return -1
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// punyLabels changes the labels of a domain, which any of the four full stops of RFC 3490 part; false where one cannot be changed.
func punyLabels(domain string, label func(string) (string, bool)) (string, bool) {
	labels := strings.Split(strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".").Replace(domain), ".")
	for i, l := range labels {
		changed, ok := label(l)
		if !ok {
			return "", false
		}
		labels[i] = changed
	}
	return strings.Join(labels, "."), true
}

// punyText is a function from text to text that gives an empty one where it cannot.
func punyText(name, doc string, f func(string) (string, bool), examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("text", "string")}, Result: "string", Strict: true,
		Eval: onText(func(s string) string {
			out, ok := f(s)
			if !ok {
				return ""
			}
			return out
		}),
		Fails: func(args []event.Value) string {
			if utf8.RuneCountInString(args[0].Text()) > punyLongest {
				return "a text of more than 65,536 letters is neither written nor read as Punycode"
			}
			return ""
		},
		Examples: examples,
	})
}

var (
	_ = punyText("kql_punycode_encode", "A text in Punycode, without xn-- before it; empty where it has no such form.", punyEncode,
		example(text("acadmie-franaise-npb1a"), text("académie-française")), example(text("cqv902d"), text("艺术")), example(text("abc-"), text("abc")), example(empty, empty))
	_ = punyText("kql_punycode_decode", "The text that Punycode, without xn-- before it, spells; empty where it is none.", punyDecode,
		example(text("académie-française"), text("acadmie-franaise-npb1a")), example(text("艺术"), text("cqv902d")), example(empty, text("é-a")), example(empty, text("99999999")))
	_ = punyText("kql_punycode_domain_encode", "A domain whose labels beyond ASCII are in Punycode, with xn-- before it; empty where one has no such form.",
		func(s string) (string, bool) {
			return punyLabels(s, func(l string) (string, bool) {
				if isASCII(l) {
					return l, true
				}
				out, ok := punyEncode(l)
				return punyPrefix + out, ok
			})
		},
		example(text("xn--L Li-gpa4517b.xn--Thun Thin-s4a7194f.com"), text("Lê Lợi。Thuận Thiên。com")), example(text("xn--Riill-jta.xn--Skldskaparml-dbbj.org"), text("Riðill｡Skáldskaparmál｡org")),
		example(text("Kaledvoulc'h.xn--Artorjos-ejb.edu"), text("Kaledvoulc'h.Artorījos.edu")), example(empty, text("\xff.com")))
	_ = punyText("kql_punycode_domain_decode", "The domain whose labels with xn-- before them Punycode spells; empty where one is none.",
		func(s string) (string, bool) {
			return punyLabels(s, func(l string) (string, bool) {
				if len(l) < len(punyPrefix) || !strings.EqualFold(l[:len(punyPrefix)], punyPrefix) {
					return l, true
				}
				return punyDecode(l[len(punyPrefix):])
			})
		},
		example(text("Gáe.Bulg.edu"), text("xn--Ge-mia.Bulg.edu")), example(text("Lúin.Celtchair.org"), text("xn--Lin-8na.Celtchair.org")), example(text("Rúyì.Jīngū.Bàng.com"), text("xn--Ry-lja8c.xn--Jng-uta63a.xn--Bng-9ka.com")),
		example(empty, text("xn--99999999.com")))
)
