package kql

func init() {
	defineAll([]function{
		{name: "ipv4_is_private", doc: "whether an address is private", takes: "address:string", gives: "bool", kernel: "kql_ipv4_is_private", naming: nameNone},
		{name: "ipv4_is_in_range", doc: "whether an address lies in a network", takes: "address:string, range:string", gives: "bool", kernel: "kql_ipv4_is_in_range", naming: nameNone},
		{name: "ipv4_is_in_any_range", doc: "whether an address lies in one of several networks", takes: "address:string|dynamic, ranges:string|dynamic…", gives: "bool", kernel: "kql_ipv4_is_in_any_range", naming: nameNone},
		{name: "ipv4_is_match", doc: "whether two addresses are one, or of one network", takes: "a:string, b:string, prefix:long?", gives: "bool", kernel: "kql_ipv4_is_match", naming: nameNone},
		{name: "ipv4_compare", doc: "how two addresses stand to each other", takes: "a:string, b:string, prefix:long?", gives: "long", kernel: "kql_ipv4_compare", naming: nameNone},
		{name: "parse_ipv4", doc: "an address as a number", takes: "address:string", gives: "long", kernel: "kql_parse_ipv4", naming: nameNone},
		{name: "parse_ipv4_mask", doc: "an address of a network as a number", takes: "address:string, prefix:long", gives: "long", kernel: "kql_parse_ipv4_mask", naming: nameNone},
		{name: "format_ipv4", doc: "an address as text", takes: "address:string|integer|dynamic, prefix:long?", gives: "string", kernel: "kql_format_ipv4", naming: nameNone},
		{name: "format_ipv4_mask", doc: "an address of a network as text", takes: "address:string|integer|dynamic, prefix:long?", gives: "string", kernel: "kql_format_ipv4_mask", naming: nameNone},
		{name: "ipv4_netmask_suffix", doc: "the length of the prefix of a network", takes: "address:string", gives: "long", kernel: "kql_ipv4_netmask_suffix", naming: nameNone},
		{name: "ipv4_range_to_cidr_list", doc: "the networks of a range", takes: "from:string, to:string", gives: "dynamic", kernel: "kql_ipv4_range_to_cidr_list", naming: nameNone},
		{name: "parse_ipv6", doc: "an address in full form", takes: "address:string", gives: "string", kernel: "kql_parse_ipv6", naming: nameNone},
		{name: "parse_ipv6_mask", doc: "an address of a network in full form", takes: "address:string, prefix:long", gives: "string", kernel: "kql_parse_ipv6_mask", naming: nameNone},
		{name: "ipv6_is_in_range", doc: "whether an address lies in a network", takes: "address:string, range:string", gives: "bool", kernel: "kql_ipv6_is_in_range", naming: nameNone},
		{name: "ipv6_is_in_any_range", doc: "whether an address lies in one of several networks", takes: "address:string|dynamic, ranges:string|dynamic…", gives: "bool", kernel: "kql_ipv6_is_in_any_range", naming: nameNone},
		{name: "ipv6_is_match", doc: "whether two addresses are one, or of one network", takes: "a:string, b:string, prefix:long?", gives: "bool", kernel: "kql_ipv6_is_match", naming: nameNone},
		{name: "ipv6_compare", doc: "how two addresses stand to each other", takes: "a:string, b:string, prefix:long?", gives: "long", kernel: "kql_ipv6_compare", naming: nameNone},
		{name: "has_ipv4", doc: "whether a text has an address", takes: "text:string|dynamic, address:string", gives: "bool", kernel: "kql_has_ipv4", naming: nameNone},
		{name: "has_any_ipv4", doc: "whether a text has one of several addresses", takes: "text:string|dynamic, addresses:string|dynamic…", gives: "bool", kernel: "kql_has_ipv4", naming: nameNone},
		{name: "has_ipv4_prefix", doc: "whether a text has an address that begins so", takes: "text:string|dynamic, prefix:string", gives: "bool", kernel: "kql_has_ipv4_prefix", naming: nameNone},
		{name: "has_any_ipv4_prefix", doc: "whether a text has an address that begins in one of several ways", takes: "text:string|dynamic, prefixes:string|dynamic…", gives: "bool", kernel: "kql_has_ipv4_prefix", naming: nameNone},
	})
}
