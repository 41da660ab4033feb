package fn

import (
	"fmt"
	"net/netip"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_sort_key", Doc: "What sort compares of a value, of several of the first: as auto a number as such, an address so that addresses come in their order, anything else as text; as str the text, as num the number or Null, as ip the address or the text.",
	Params: []Param{required("value", "any"), required("as", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		of := splItems(args[0])
		if len(of) == 0 {
			return null
		}
		s := splText(of[0])
		n, number := splNumber(of[0])
		switch as := args[1].Text(); {
		case as == "str":
			return text(s)
		case number && as != "ip":
			return n
		case as == "num":
			return null
		}
		return text(sortedAddress(s))
	},
	Examples: []Example{
		example(whole(10), text("10"), text("auto")), example(text("010.000.000.009"), text("10.0.0.9"), text("auto")), example(text("b"), text("b"), text("auto")), example(text("10"), whole(10), text("str")),
		example(null, text("x"), text("num")), example(float(1.5), text("1.5"), text("num")), example(text("v6 0000:0000:0000:0000:0000:0000:0000:0001"), text("::1"), text("ip")), example(text("b"), texts("b", "a"), text("auto")), example(null, null, text("auto")),
	},
})

// sortedAddress writes an IP address so that texts come in the order of addresses; other texts stay.
func sortedAddress(s string) string {
	if len(s) < 2 || len(s) > 45 || s[0] > 'f' {
		return s
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return s
	}
	if a.Is4() {
		b := a.As4()
		return fmt.Sprintf("%03d.%03d.%03d.%03d", b[0], b[1], b[2], b[3])
	}
	return "v6 " + a.StringExpanded()
}
