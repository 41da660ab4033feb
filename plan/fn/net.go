package fn

import (
	"net/netip"
	"strings"

	"goshawk/event"
)

// Addresses of networks. An address is read by its value; names, ports, brackets and leading zeros make it none.

// ParseAddress reads an IP address by its value: a zone is left out, an IPv4 address mapped into IPv6 is that IPv4 address.
// It reports false for everything else: names, ports, brackets, leading zeros.
func ParseAddress(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a.WithZone("").Unmap(), err == nil
}

// ParseNetwork reads an IP network such as 10.0.0.0/8 or fe80::/10; an address alone is the network of that one address.
// Bits behind the network's are cleared.
func ParseNetwork(text string) (netip.Prefix, bool) {
	if !strings.Contains(text, "/") {
		a, ok := ParseAddress(text)
		return netip.PrefixFrom(a, a.BitLen()), ok
	}
	p, err := netip.ParsePrefix(text)
	if a := p.Addr(); err == nil && a.Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	return p.Masked(), err == nil
}

func address(v event.Value) (netip.Addr, bool) { return ParseAddress(v.Text()) }

var _ = define(Func{
	Name: "ip_in_network", Doc: "Whether a text is an IP address inside a network such as 10.0.0.0/8 or equal to an address; IPv4 and IPv6 never mix; Null where the network is none.",
	Params: []Param{required("text", "string"), required("network", "string")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		network, ok := ParseNetwork(args[1].Text())
		if !ok {
			return null
		}
		a, ok := address(args[0])
		return boolean(ok && network.Contains(a))
	},
	Examples: []Example{
		example(yes, text("10.1.2.3"), text("10.0.0.0/8")), example(no, text("110.0.0.1"), text("10.0.0.0/8")), example(no, text("10.0.0.1:80"), text("10.0.0.0/8")),
		example(yes, text("fe80::1%eth0"), text("fe80::/10")), example(no, text("::1"), text("0.0.0.0/0")), example(null, text("10.0.0.1"), text("intranet")),
		example(yes, text("::ffff:10.0.0.1"), text("10.0.0.0/8")),
	},
})

func addressTest(name, doc string, test func(netip.Addr) bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required("text", "string")}, Result: "bool", Strict: true,
		Eval: func(args []event.Value) event.Value {
			a, err := netip.ParseAddr(args[0].Text())
			return boolean(err == nil && test(a))
		},
		Examples: examples,
	})
}

var (
	_ = addressTest("is_ipv4", "Whether a text is an IPv4 address.", netip.Addr.Is4, example(yes, text("10.0.0.1")), example(no, text("10.0.0.01")), example(no, text("::1")))
	_ = addressTest("is_ipv6", "Whether a text is an IPv6 address.", netip.Addr.Is6, example(yes, text("FE80::1")), example(no, text("10.0.0.1")))
	_ = addressTest("ip_is_private", "Whether a text is an IP address of a private network: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or fc00::/7.",
		func(a netip.Addr) bool { return a.Unmap().IsPrivate() }, example(yes, text("172.31.0.1")), example(no, text("172.32.0.1")), example(no, text("x")))
	_ = addressTest("ip_is_loopback", "Whether a text is an IP address of the machine itself: 127.0.0.0/8 or ::1.",
		func(a netip.Addr) bool { return a.Unmap().IsLoopback() }, example(yes, text("127.0.0.53")), example(yes, text("::1")), example(no, text("localhost")))
	_ = addressTest("ip_is_link_local", "Whether a text is an IP address of a link: 169.254.0.0/16 or fe80::/10.",
		func(a netip.Addr) bool { return a.Unmap().IsLinkLocalUnicast() }, example(yes, text("169.254.1.1")))
)

var _ = define(Func{
	Name: "parse_ip", Doc: "The IP address that a text is, in its usual spelling and IPv4 in IPv6 as IPv4; Null where it is none.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		a, ok := address(args[0])
		if !ok {
			return null
		}
		return text(a.String())
	},
	Examples: []Example{example(text("2001:db8::a"), text("2001:0DB8:0:0:0:0:0:000a")), example(text("10.0.0.1"), text("::ffff:10.0.0.1")), example(null, text("10.0.0"))},
})

var _ = define(Func{
	Name: "ipv4_to_int", Doc: "The number of an IPv4 address; Null where the text is none.",
	Params: []Param{required("text", "string")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		a, ok := address(args[0])
		if !ok || !a.Is4() {
			return null
		}
		n := int64(0)
		for _, b := range a.As4() {
			n = n<<8 | int64(b)
		}
		return whole(n)
	},
	Examples: []Example{example(whole(167772161), text("10.0.0.1")), example(null, text("::1"))},
})

var _ = define(Func{
	Name: "int_to_ipv4", Doc: "The IPv4 address of a number; Null beyond 32 bits.",
	Params: []Param{required("number", "long")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		n, ok := wholeNumber(args[0])
		if !ok || n < 0 || n > 1<<32-1 {
			return null
		}
		return text(netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}).String())
	},
	Examples: []Example{example(text("10.0.0.1"), whole(167772161)), example(null, whole(-1))},
})

var _ = define(Func{
	Name: "ip_network", Doc: "The network of so many leading bits that holds an IP address; Null where the text is no address or has fewer bits.",
	Params: []Param{required("text", "string"), required("bits", "long")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		a, ok := address(args[0])
		bits, okBits := wholeNumber(args[1])
		if !ok || !okBits || bits < 0 || bits > int64(a.BitLen()) {
			return null
		}
		return text(netip.PrefixFrom(a, int(bits)).Masked().String())
	},
	Examples: []Example{example(text("10.1.0.0/16"), text("10.1.2.3"), whole(16)), example(null, text("10.1.2.3"), whole(33))},
})
