package fn

import (
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"goshawk/event"
)

// Kusto's functions of addresses. An address may name a prefix (10.1.2.3/8), which says how many of its first bits count.

// kqlIPv4 reads an IPv4 address with or without a prefix. The bits behind the prefix are as they stand.
func kqlIPv4(s string) (address uint32, prefix int, ok bool) {
	host, length, hasPrefix := strings.Cut(strings.TrimSpace(s), "/")
	a, err := netip.ParseAddr(host)
	if err != nil || !a.Is4() {
		return 0, 0, false
	}
	prefix = 32
	if hasPrefix {
		n, ok := digits(length)
		if !ok || n > 32 {
			return 0, 0, false
		}
		prefix = int(n)
	}
	for _, b := range a.As4() {
		address = address<<8 | uint32(b)
	}
	return address, prefix, true
}

func kqlMask(prefix int) uint32 { return uint32(uint64(0xffffffff) << (32 - prefix)) }

func kqlIPv4Text(address uint32) string {
	return netip.AddrFrom4([4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}).String()
}

// kqlPrefixAt returns a prefix argument, the widest where there is none.
func kqlPrefixAt(args []event.Value, i, widest int) (int, bool) {
	n, ok := integerAt(args, i, int64(widest))
	return int(n), ok && n >= 0 && n <= int64(widest)
}

// kqlIPv4Func is a function of one IPv4 address that is Null where a text is none.
func kqlIPv4Func(name, doc, result string, f func(address uint32, prefix int) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("address", "string")}, Result: result, Strict: true,
		Eval: func(args []event.Value) event.Value {
			address, prefix, ok := kqlIPv4(args[0].Text())
			if !ok {
				return null
			}
			return f(address, prefix)
		},
		Examples: examples,
	})
}

func kqlPrivate(address uint32, prefix int) bool {
	for _, network := range []struct {
		address uint32
		prefix  int
	}{{10 << 24, 8}, {172<<24 | 16<<16, 12}, {192<<24 | 168<<16, 16}} {
		if prefix >= network.prefix && address&kqlMask(network.prefix) == network.address {
			return true
		}
	}
	return false
}

var (
	_ = kqlIPv4Func("kql_ipv4_is_private", "Whether an IPv4 address or network lies in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16; Null where the text is none.", "bool",
		func(address uint32, prefix int) event.Value { return boolean(kqlPrivate(address, prefix)) },
		example(yes, text("10.1.2.3")), example(no, text("8.8.8.8")), example(no, text("127.0.0.1")), example(null, text("x")), example(yes, text("192.168.1.1/24")), example(no, text("10.1.2.3/7")))
	_ = kqlIPv4Func("kql_parse_ipv4", "The number of an IPv4 address, the bits behind its prefix cleared; Null where the text is none.", "long",
		func(address uint32, prefix int) event.Value { return whole(int64(address & kqlMask(prefix))) },
		example(whole(3232235777), text("192.168.1.1")), example(whole(3232235776), text("192.168.1.1/24")), example(whole(4294967294), text("255.255.255.255/31")),
		example(whole(16909060), text("1.2.3.4")), example(null, text("::1")))
	_ = kqlIPv4Func("kql_ipv4_netmask_suffix", "The prefix of an IPv4 address, 32 where it names none; Null where the text is none.", "long",
		func(_ uint32, prefix int) event.Value { return whole(int64(prefix)) },
		example(whole(32), text("10.1.2.3")), example(whole(24), text("192.168.1.1/24")), example(null, text("10.1.2.3/33")))
)

var _ = define(Func{
	Name: "kql_parse_ipv4_mask", Doc: "The number of the network of so many bits, and of not more than its own prefix, that an IPv4 address lies in; Null where the text is none.",
	Params: []Param{required("address", "string"), required("prefix", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		address, own, ok := kqlIPv4(args[0].Text())
		prefix, okPrefix := kqlPrefixAt(args, 1, 32)
		if !ok || !okPrefix {
			return null
		}
		return whole(int64(address & kqlMask(min(own, prefix))))
	},
	Examples: []Example{example(whole(2130706432), text("127.0.0.1"), whole(24)), example(null, text("127.0.0.1"), whole(-1))},
})

func kqlFormatIPv4(name, doc string, withMask bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("address", "any"), optional("prefix", "long")}, Result: "string",
		Eval: func(args []event.Value) event.Value {
			address, own, ok := uint32(0), 32, false
			if n, isWhole := wholeNumber(args[0]); isWhole {
				address, ok = uint32(n), n >= 0 && n <= 1<<32-1
			} else if args[0].Kind() == event.Text {
				address, own, ok = kqlIPv4(args[0].Text())
			}
			prefix, okPrefix := kqlPrefixAt(args, 1, 32)
			if !ok || !okPrefix {
				return empty
			}
			prefix = min(prefix, own)
			s := kqlIPv4Text(address & kqlMask(prefix))
			if withMask {
				s += "/" + strconv.Itoa(prefix)
			}
			return text(s)
		},
		Examples: examples,
	})
}

var (
	_ = kqlFormatIPv4("kql_format_ipv4", "The IPv4 address of a text or number with the bits behind a prefix cleared; empty where there is none.", false,
		example(text("192.168.1.0"), text("192.168.1.1"), whole(24)), example(text("192.168.1.1"), text("192.168.1.1"), whole(32)), example(text("192.168.1.0"), text("192.168.1.1/24"), whole(32)),
		example(empty, text("192.168.1.1/24"), whole(-1)), example(text("192.168.1.1"), whole(3232235777)))
	_ = kqlFormatIPv4("kql_format_ipv4_mask", "The network that an IPv4 address of a text or number and a prefix make; empty where there is none.", true,
		example(text("192.168.1.0/24"), text("192.168.1.1"), whole(24)), example(text("192.168.1.1/32"), text("192.168.1.1"), whole(32)), example(text("192.168.1.0/24"), text("192.168.1.1/24"), whole(32)),
		example(empty, text("192.168.1.1/24"), whole(-1)))
)

func compareIPv4(args []event.Value) (order int, ok bool) {
	a, prefixA, okA := kqlIPv4(args[0].Text())
	b, prefixB, okB := kqlIPv4(args[1].Text())
	prefix, okPrefix := kqlPrefixAt(args, 2, 32)
	if !okA || !okB || !okPrefix {
		return 0, false
	}
	mask := kqlMask(min(prefixA, prefixB, prefix))
	order, _ = compareNumbers(whole(int64(a&mask)), whole(int64(b&mask)))
	return order, true
}

func compareIPv6(args []event.Value) (order int, ok bool) {
	a, prefixA, okA := kqlIPv6(args[0].Text())
	b, prefixB, okB := kqlIPv6(args[1].Text())
	prefix, okPrefix := kqlPrefixAt(args, 2, 128)
	if !okA || !okB || !okPrefix {
		return 0, false
	}
	prefix = min(prefixA, prefixB, prefix)
	return kqlNetwork(a, prefix).Compare(kqlNetwork(b, prefix)), true
}

// kqlIPv6 reads an IPv6 address, or an IPv4 address as the IPv6 address that it is mapped to, with or without a prefix.
func kqlIPv6(s string) (netip.Addr, int, bool) {
	host, length, hasPrefix := strings.Cut(strings.TrimSpace(s), "/")
	a, err := netip.ParseAddr(host)
	if err != nil {
		return a, 0, false
	}
	prefix := a.BitLen()
	if hasPrefix {
		n, ok := digits(length)
		if !ok || n > uint64(prefix) {
			return a, 0, false
		}
		prefix = int(n)
	}
	if a.Is4() {
		prefix += 96
	}
	return netip.AddrFrom16(a.As16()), prefix, true
}

// kqlNetwork clears the bits behind a prefix.
func kqlNetwork(a netip.Addr, prefix int) netip.Addr {
	b := a.As16()
	for i := range b {
		keep := min(max(prefix-8*i, 0), 8)
		b[i] &= ^byte(0xff >> keep)
	}
	return netip.AddrFrom16(b)
}

func ipComparison(name, doc, result string, compare func([]event.Value) (int, bool), say func(order int) event.Value, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("a", "string"), required("b", "string"), optional("prefix", "long")}, Result: result, Strict: true,
		Eval: func(args []event.Value) event.Value {
			order, ok := compare(args)
			if !ok {
				return null
			}
			return say(order)
		},
		Examples: examples,
	})
}

func orderOf(order int) event.Value { return whole(int64(order)) }

func isEqual(order int) event.Value { return boolean(order == 0) }

var (
	_ = ipComparison("kql_ipv4_compare", "-1, 0 or 1 as an IPv4 address is less than, equal to or greater than another in the bits of the smallest prefix of both and a given one; Null where one is none.", "long", compareIPv4, orderOf,
		example(whole(0), text("192.168.1.0"), text("192.168.1.0")), example(whole(0), text("192.168.1.1/24"), text("192.168.1.255")), example(whole(0), text("192.168.1.1"), text("192.168.1.0"), whole(31)),
		example(whole(-1), text("10.0.0.1"), text("10.0.0.2")), example(whole(0), text("192.168.1.1/30"), text("192.168.1.255/24")), example(null, text("x"), text("10.0.0.2")))
	_ = ipComparison("kql_ipv4_is_match", "Whether two IPv4 addresses are equal in the bits of the smallest prefix of both and a given one; Null where one is none.", "bool", compareIPv4, isEqual,
		example(yes, text("192.168.1.1"), text("192.168.1.255"), whole(24)), example(no, text("10.0.0.1"), text("10.0.0.2")))
	_ = ipComparison("kql_ipv6_compare", "-1, 0 or 1 as an IPv6 or IPv4 address is less than, equal to or greater than another in the bits of the smallest prefix of both and a given one; Null where one is none.", "long", compareIPv6, orderOf,
		example(whole(0), text("fe80::85d:e82c:9446:7994/120"), text("fe80::85d:e82c:9446:7995")), example(whole(0), text("192.168.1.1"), text("::ffff:c0a8:0101")), example(whole(-1), text("::1"), text("::2")))
	_ = ipComparison("kql_ipv6_is_match", "Whether two IPv6 or IPv4 addresses are equal in the bits of the smallest prefix of both and a given one; Null where one is none.", "bool", compareIPv6, isEqual,
		example(yes, text("fe80::85d:e82c:9446:7994"), text("fe80::85d:e82c:9446:7998"), whole(123)), example(null, text("x"), text("::2")))
)

// inRange says whether an address lies in a network.
func inRangeIPv4(address, network string) (in, okAddress, okNetwork bool) {
	a, _, okA := kqlIPv4(address)
	n, prefix, okN := kqlIPv4(network)
	return okA && okN && a&kqlMask(prefix) == n&kqlMask(prefix), okA, okN
}

func inRangeIPv6(address, network string) (in, okAddress, okNetwork bool) {
	a, _, okA := kqlIPv6(address)
	n, prefix, okN := kqlIPv6(network)
	return okA && okN && kqlNetwork(a, prefix) == kqlNetwork(n, prefix), okA, okN
}

func inRange(name, family string, test func(address, network string) (in, okAddress, okNetwork bool), examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: "Whether an " + family + " address lies in a network; Null where one is none.",
		Params: []Param{required("address", "string"), required("network", "string")}, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			in, okAddress, okNetwork := test(args[0].Text(), args[1].Text())
			if !okAddress || !okNetwork {
				return null
			}
			return boolean(in)
		},
		Examples: examples,
	})
}

func inAnyRange(name, family string, test func(address, network string) (in, okAddress, okNetwork bool), examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: "Whether an " + family + " address lies in one of several networks, given as texts or as arrays of them; networks that are none are passed over, Null where the address is none.",
		Params: []Param{required("address", "string"), variadic("networks", "any")}, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			address := args[0].Text()
			if _, ok, _ := test(address, ""); !ok {
				return null
			}
			for _, v := range args[1:] {
				if kqlEach(v, func(e event.Value) bool {
					in, _, _ := test(address, e.Text())
					return in
				}) {
					return yes
				}
			}
			return no
		},
		Examples: examples,
	})
}

var (
	_ = inRange("kql_ipv4_is_in_range", "IPv4", inRangeIPv4,
		example(yes, text("192.168.1.1"), text("192.168.1.1")), example(yes, text("192.168.1.1"), text("192.168.1.255/24")), example(yes, text("192.168.1.7"), text("192.168.1.0/24")),
		example(no, text("10.0.0.1"), text("192.168.1.0/24")), example(null, text("x"), text("192.168.1.0/24")), example(yes, text("10.0.0.1"), text("0.0.0.0/0")))
	_ = inAnyRange("kql_ipv4_is_in_any_range", "IPv4", inRangeIPv4,
		example(yes, text("192.168.1.6"), text("192.168.1.1/24"), text("10.0.0.1/8"), text("127.1.0.1/16")), example(yes, text("127.0.0.1"), texts("127.0.0.1", "192.168.1.1")),
		example(no, text("123.1.11.21"), texts("192.168.1.1/16", "127.0.0.1/8", "10.0.0.1/8")), example(null, text("x"), texts("10.0.0.0/8")))
	_ = inRange("kql_ipv6_is_in_range", "IPv6 or IPv4", inRangeIPv6,
		example(yes, text("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd"), text("a5e:f127:8a9d:146d:e102:b5d3:c755:0000/112")), example(no, text("::1"), text("fe80::/10")),
		example(yes, text("192.168.1.7"), text("192.168.1.0/24")))
	_ = inAnyRange("kql_ipv6_is_in_any_range", "IPv6 or IPv4", inRangeIPv6,
		example(yes, text("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd"), texts("a5e:f127:8a9d:146d:e102:b5d3:c755:f6cd/112", "0:0:0:0:0:ffff:c0a8:ac/60")),
		example(no, text("a5e:f127:8a9d:146d:e102:b5d3:c756:abd1"), texts("a5e:f127:8a9d:146d:e102:b5d3:c755:f6cd/112", "0:0:0:0:0:ffff:c0a8:ac/60")))
)

func kqlParseIPv6(name, doc string, params []Param, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: params, Result: "string",
		Eval: func(args []event.Value) event.Value {
			a, own, ok := kqlIPv6(args[0].Text())
			prefix, okPrefix := kqlPrefixAt(args, 1, 128)
			if !ok || !okPrefix {
				return empty
			}
			return text(kqlNetwork(a, min(own, prefix)).StringExpanded())
		},
		Examples: examples,
	})
}

var (
	_ = kqlParseIPv6("kql_parse_ipv6", "The IPv6 address that a text is, all digits written out and the bits behind its prefix cleared, an IPv4 address as the one it is mapped to; empty where the text is none.",
		[]Param{required("address", "string")},
		example(text("0000:0000:0000:0000:0000:ffff:c0a8:ffff"), text("192.168.255.255")), example(text("0000:0000:0000:0000:0000:ffff:c0a8:ff00"), text("192.168.255.255/24")),
		example(text("0000:0000:0000:0000:0000:ffff:ffff:ffff"), text("255.255.255.255")), example(text("fe80:0000:0000:0000:085d:e82c:9446:7994"), text("fe80::85d:e82c:9446:7994")), example(empty, text("x")))
	_ = kqlParseIPv6("kql_parse_ipv6_mask", "The IPv6 network of so many bits, and of not more than its own prefix, that an IPv6 or IPv4 address lies in, all digits written out; empty where the text is none.",
		[]Param{required("address", "string"), required("prefix", "long")},
		example(text("0000:0000:0000:0000:0000:ffff:c0a8:ff00"), text("192.168.255.255"), whole(120)), example(text("fe80:0000:0000:0000:0000:0000:0000:0000"), text("fe80::85d:e82c:9446:7994/64"), whole(120)),
		example(empty, text("::1"), whole(129)))
)

var _ = define(Func{
	Name: "kql_ipv4_range_to_cidr_list", Doc: "The networks that together hold all IPv4 addresses from one to another, as an array; Null where one is none or the first is greater.",
	Params: []Param{required("first", "string"), required("last", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		first, _, okFirst := kqlIPv4(args[0].Text())
		last, _, okLast := kqlIPv4(args[1].Text())
		if !okFirst || !okLast || first > last {
			return null
		}
		out := []event.Value{}
		for from, to := uint64(first), uint64(last); from <= to; {
			size := uint64(1) << min(bits.TrailingZeros64(from|1<<32), bits.Len64(to-from+1)-1)
			out = append(out, text(kqlIPv4Text(uint32(from))+"/"+strconv.Itoa(32-bits.TrailingZeros64(size))))
			from += size
		}
		return list(out...)
	},
	Examples: []Example{
		example(texts("1.1.128.0/17"), text("1.1.128.0"), text("1.1.255.255")), example(texts("10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"), text("10.0.0.1"), text("10.0.0.4")),
		example(texts("0.0.0.0/0"), text("0.0.0.0"), text("255.255.255.255")), example(null, text("10.0.0.4"), text("10.0.0.1")),
	},
})

// kqlAddresses calls a function for each IPv4 address of a text beside which neither a letter nor a digit stands.
func kqlAddresses(s string, f func(address string) bool) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' || i > 0 && isAlphanumeric(s[i-1]) {
			continue
		}
		end := i
		for dots := 0; end < len(s) && end < i+15; end++ {
			if s[end] == '.' {
				if dots++; dots > 3 {
					break
				}
			} else if s[end] < '0' || s[end] > '9' {
				break
			}
		}
		a, err := netip.ParseAddr(s[i:end])
		if err == nil && a.Is4() && (end == len(s) || !isAlphanumeric(s[end])) && f(s[i:end]) {
			return true
		}
	}
	return false
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

func hasAddress(name, doc string, prefix bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("text", "string"), variadic("addresses", "any")}, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			s := args[0].Text()
			for _, v := range args[1:] {
				if kqlEach(v, func(e event.Value) bool {
					wanted := e.Text()
					beginning := prefix && strings.HasSuffix(wanted, ".")
					return kqlAddresses(s, func(address string) bool {
						return address == wanted || beginning && strings.HasPrefix(address, wanted)
					})
				}) {
					return yes
				}
			}
			return no
		},
		Examples: examples,
	})
}

var (
	_ = hasAddress("kql_has_ipv4", "Whether a text holds one of several IPv4 addresses, given as texts or arrays of them, with neither a letter nor a digit beside it.", false,
		example(yes, text("ip 127.0.0.1:80"), text("127.0.0.1")), example(no, text("05:04:54 127.0.0.256 GET /favicon.ico 404"), text("127.0.0.256")),
		example(no, text("05:04:54127.0.0.1 GET /favicon.ico 404"), text("127.0.0.1")), example(yes, text("a 10.9.8.7, b"), texts("1.1.1.1", "10.9.8.7")))
	_ = hasAddress("kql_has_ipv4_prefix", "Whether a text holds an IPv4 address that begins with one of several texts ending in a dot or is one of them, given as texts or arrays of them, with neither a letter nor a digit beside it.", true,
		example(yes, text("05:04:54 127.0.0.1 GET /favicon.ico 404"), text("127.0.")), example(no, text("05:04:54 127.0.0.1 GET /favicon.ico 404"), text("127.0")),
		example(no, text("05:04:54 127.0.0.256 GET /favicon.ico 404"), text("127.0.")), example(no, text("05:04:54127.0.0.1 GET /favicon.ico 404"), text("127.0."), text("192.")),
		example(yes, text("a 10.9.8.7"), texts("192.168.", "10.")), example(yes, text("a 10.9.8.7"), text("10.9.8.7")))
)
