package fn

import (
	"strconv"
	"unicode/utf8"

	"goshawk/event"
)

var _ = define(Func{
	Name: "spl_rex_offsets", Doc: "Where in a text the named groups of a Perl-compatible regular expression's first match stand, as name=first-last with characters counted from 0, parted by &; Null without a match.",
	Params: []Param{required("text", "any"), required("expression", "any")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := perlArgument(args[1])
		of := splItems(args[0])
		if re == nil || len(of) == 0 {
			return null
		}
		s := splText(of[0])
		found, ok := re.find(s, 1)
		if !ok || len(found) == 0 {
			return null
		}
		var out []byte
		where := found[0]
		for group, name := range re.names {
			if _, ok := capturedText(s, where, group); !ok || name == "" {
				continue
			}
			if out != nil {
				out = append(out, '&')
			}
			first := utf8.RuneCountInString(s[:where[2*group]])
			last := first + utf8.RuneCountInString(s[where[2*group]:where[2*group+1]]) - 1
			out = append(append(out, name...), '=')
			out = strconv.AppendInt(append(strconv.AppendInt(out, int64(first), 10), '-'), int64(last), 10)
		}
		if out == nil {
			return null
		}
		return text(string(out))
	},
	Examples: []Example{
		example(text("ten=0-9"), text("0123456789abc"), text("(?<ten>.{10})")), example(text("k=1-1&v=3-4"), text("éa=42"), text(`(?<k>\w)=(?<v>\d+)`)), example(null, text("x"), text("(?<k>y)")),
	},
})
