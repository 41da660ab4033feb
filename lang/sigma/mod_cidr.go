package sigma

import (
	"net/netip"
	"strings"
)

// cidr: an address inside a network.

var _ = define(modifier{name: "cidr", doc: "an address inside a network", first: true, value: func(c *chain, t term) (term, bool) {
	if _, ok := t.(pattern); !ok {
		return c.refuse(t)
	}
	address := c.source.Text
	if !strings.Contains(address, "/") {
		a, err := netip.ParseAddr(address)
		if err != nil || a.Zone() != "" {
			c.errorf(c.source.Span, "sigma-cidr", "%q is neither an address nor a network", address).Hint = "write it as 10.0.0.0/8 or fe80::/10"
			return t, false
		}
		return network{netip.PrefixFrom(a, a.BitLen()).String()}, true
	}
	p, err := netip.ParsePrefix(address)
	if err != nil {
		c.errorf(c.source.Span, "sigma-cidr", "%q is no network", address).Hint = "write it as 10.0.0.0/8 or fe80::/10"
		return t, false
	}
	if p != p.Masked() {
		c.errorf(c.source.Span, "sigma-cidr", "network %s has host bits set", address).Hint = "write " + p.Masked().String()
		return t, false
	}
	return network{p.String()}, true
}})
