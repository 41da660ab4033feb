package fn

import (
	"strings"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_search_term", Doc: `The text of a condition of search: name="value", of several values all of them in brackets with a word between; without a name the bare value. Null where there is no value.`,
	Params: []Param{required("name", "string"), required("value", "any"), required("between", "string")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		values := splItems(args[1])
		if len(values) == 0 {
			return null
		}
		terms := make([]string, len(values))
		for i, v := range values {
			terms[i] = splText(v)
			if name := args[0].Text(); name != "" {
				terms[i] = splFieldName(name) + `="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(terms[i]) + `"`
			}
		}
		if len(terms) == 1 {
			return text(terms[0])
		}
		return text("( " + strings.Join(terms, " "+args[2].Text()+" ") + " )")
	},
	Examples: []Example{
		example(text(`a="x y"`), text("a"), text("x y"), text("OR")), example(text(`( a="1" OR a="2" )`), text("a"), texts("1", "2"), text("OR")),
		example(null, text("a"), null, text("OR")), example(text("x"), empty, text("x"), text("OR")), example(text(`a="5"`), text("a"), whole(5), text("OR")),
		example(text(`"a b"="c\\d\""`), text("a b"), text(`c\d"`), text("OR")),
	},
})

// splFieldName returns the name of a field as a search can hold it: in quotes if it has blanks or signs.
func splFieldName(name string) string {
	if strings.ContainsAny(name, " \t\r\n,()=\"[]|<>!") {
		return `"` + name + `"`
	}
	return name
}
