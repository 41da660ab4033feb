package fn

import (
	"net/netip"
	"strings"

	"goshawk/event"
)

// What a subsearch gives becomes words of the search around it.

var _ = define(Func{
	Name: "spl_search_key", Doc: "The text by which a value and a word of a search can be looked up: the value without regard to case. Null of what has to be compared: several values, and with word true a text with * or one that is a network.",
	Params: []Param{required("value", "any"), optional("word", "bool")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		v, ok := splOnly(args[0])
		if !ok {
			return null
		}
		s := splText(v)
		if len(args) > 1 && args[1].Bool() && (strings.Contains(s, "*") || isNetwork(s)) {
			return null
		}
		return text(event.Fold(s))
	},
	Examples: []Example{
		example(text("cmd.exe"), text("CMD.exe")), example(text("5"), whole(5)), example(null, texts("a", "b")), example(text("a*"), text("A*")), example(null, text("A*"), yes),
		example(null, text("10.0.0.0/8"), yes), example(text("a/8"), text("a/8"), yes), example(text("a"), texts("a")), example(null, null),
	},
})

func isNetwork(s string) bool {
	slash := strings.LastIndexByte(s, '/')
	if slash < 0 || slash == len(s)-1 || !onlyDigits(s[slash+1:]) { // which most paths are ruled out by, without an error made
		return false
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}

var _ = define(Func{
	Name: "spl_search_agrees", Doc: "Whether any value of a field is, as search compares, one of some words: without case, * in a word meaning anything, a network any address in it. True where there is no word.",
	Params: []Param{required("value", "any"), required("words", "any")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() == event.Text && args[1].Kind() == event.Text {
			return boolean(splAgrees(args[0], args[1]))
		}
		words := splItems(args[1])
		for _, word := range words {
			for _, v := range splItems(args[0]) {
				if splAgrees(v, word) {
					return yes
				}
			}
		}
		return boolean(len(words) == 0)
	},
	Examples: []Example{
		example(yes, text("CMD.exe"), text("cmd*")), example(yes, text("10.1.2.3"), text("10.0.0.0/8")), example(no, text("11.1.2.3"), text("10.0.0.0/8")),
		example(yes, texts("a", "b"), texts("x", "B")), example(yes, null, null), example(no, null, text("*")), example(no, text("a"), text("b")),
	},
})

// splAgrees says whether a value is, as search compares, a word.
func splAgrees(v, word event.Value) bool {
	return splSearchCompare(v, "=", word) || splInNetwork(splText(v), splText(word))
}

func splInNetwork(address, network string) bool {
	if !isNetwork(network) {
		return false
	}
	n, _ := netip.ParsePrefix(network)
	a, err := netip.ParseAddr(address)
	return err == nil && n.Contains(a.Unmap())
}
