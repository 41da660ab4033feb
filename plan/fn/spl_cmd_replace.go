package fn

import (
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_replace_value", Doc: "The value, each of several, replaced by the second text of the first pair whose first text it is, case regarded; * stands for any characters in both.",
	Params: []Param{required("value", "any"), variadic("old_and_new", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return splEach(args[0], func(v event.Value) event.Value {
			s := splText(v)
			for i := 1; i+1 < len(args); i += 2 {
				parts, ok := splWild(args[i].Text(), s)
				if !ok {
					continue
				}
				by := args[i+1].Text()
				var out strings.Builder
				for j, run := range strings.Split(by, "*") {
					if j > 0 && j <= len(parts) {
						out.WriteString(parts[j-1])
					}
					out.WriteString(run)
				}
				return text(out.String())
			}
			return v
		})
	},
	Examples: []Example{
		example(text("10.0.0.1"), text("::ffff:10.0.0.1"), text("::ffff:*"), text("*")), example(text("localhost"), text("my.localhost"), text("*localhost"), text("localhost")),
		example(texts("x", "b"), texts("a", "b"), text("a"), text("x")), example(text("A"), text("A"), text("a"), text("x")), example(whole(5), whole(5), text("6"), text("7")), example(text("y"), text("b"), text("a"), text("x"), text("b"), text("y")),
		example(null, null, text("a"), text("b")),
	},
})
