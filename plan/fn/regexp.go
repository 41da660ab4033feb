package fn

import (
	"regexp"
	"sync"

	"goshawk/event"
)

// Regular expressions, in RE2's syntax. An expression that cannot be read gives Null; the checker and the lowerings
// complain about constant ones beforehand.

// expressions keeps compiled expressions, as long as it is not full, which only expressions from data could make it.
var expressions struct {
	sync.RWMutex
	bySource map[string]*regexp.Regexp
}

const maxExpressions = 1 << 10

func expression(source string) *regexp.Regexp {
	expressions.RLock()
	re, ok := expressions.bySource[source]
	expressions.RUnlock()
	if ok {
		return re
	}
	re, err := regexp.Compile(source)
	if err != nil {
		re = nil
	}
	expressions.Lock()
	defer expressions.Unlock()
	if expressions.bySource == nil || len(expressions.bySource) >= maxExpressions {
		expressions.bySource = map[string]*regexp.Regexp{}
	}
	expressions.bySource[source] = re
	return re
}

var _ = define(Func{
	Name: "regex_matches", Doc: "Whether a regular expression is found anywhere in a text.",
	Params: []Param{required("text", "string"), required("expression", "string")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		return boolean(re.MatchString(args[0].Text()))
	},
	Examples: []Example{example(yes, text("id=42"), text(`id=\d+`)), example(null, text("x"), text("("))},
})

var _ = define(Func{
	Name: "regex_extract", Doc: "What the first match of an expression captured in a group, by number (0: the whole match) or name; Null where it does not match or the group took no part.",
	Params: []Param{required("text", "string"), required("expression", "string"), optional("group", "any")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		group, ok := groupOf(re, args, 2)
		if !ok {
			return null
		}
		return captured(s, re.FindStringSubmatchIndex(s), group)
	},
	Examples: []Example{
		example(text("42"), text("id=42 id=7"), text(`id=(\d+)`), whole(1)), example(text("id=42"), text("id=42"), text(`id=\d+`)),
		example(text("jo"), text("user: jo"), text(`user: (?P<who>\w+)`), text("who")), example(null, text("x"), text("y")),
	},
})

func groupOf(re *regexp.Regexp, args []event.Value, i int) (int, bool) {
	if i < len(args) && args[i].Kind() == event.Text {
		group := re.SubexpIndex(args[i].Text())
		return group, group >= 0
	}
	group, ok := integerAt(args, i, 0)
	return int(group), ok && group >= 0 && group <= int64(re.NumSubexp())
}

func captured(s string, where []int, group int) event.Value {
	if 2*group+1 >= len(where) || where[2*group] < 0 {
		return null
	}
	return text(s[where[2*group]:where[2*group+1]])
}

var _ = define(Func{
	Name: "regex_extract_all", Doc: "What each match of an expression captured in a group, by number or name, as a list; without a group the only group or the whole match, and with several groups a list of all of them for each match.",
	Params: []Param{required("text", "string"), required("expression", "string"), optional("group", "any")}, Result: "dynamic", Strict: true, Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		group := min(re.NumSubexp(), 1)
		every := len(args) < 3 && re.NumSubexp() > 1
		if len(args) > 2 {
			var ok bool
			if group, ok = groupOf(re, args, 2); !ok {
				return null
			}
		}
		out := []event.Value{}
		for _, where := range re.FindAllStringSubmatchIndex(s, -1) {
			if !every {
				out = append(out, captured(s, where, group))
				continue
			}
			groups := make([]event.Value, re.NumSubexp())
			for g := range groups {
				groups[g] = captured(s, where, g+1)
			}
			out = append(out, list(groups...))
		}
		return list(out...)
	},
	Examples: []Example{
		example(texts("42", "7"), text("id=42 id=7"), text(`id=(\d+)`)), example(list(), text("x"), text("y")),
		example(list(texts("a", "1"), texts("b", "2")), text("a=1,b=2"), text(`(\w)=(\d)`)),
	},
})

var _ = define(Func{
	Name: "regex_captures", Doc: "The named groups of an expression's first match as an object, groups that took no part left out; Null where it does not match.",
	Params: []Param{required("text", "string"), required("expression", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		where := re.FindStringSubmatchIndex(s)
		if where == nil {
			return null
		}
		out := &event.Record{}
		for g, name := range re.SubexpNames() {
			if v := captured(s, where, g); name != "" && !v.IsNull() {
				out.Set(name, v)
			}
		}
		return event.ObjectValue(out)
	},
	Examples: []Example{example(object("k", text("a"), "v", text("1")), text("a=1"), text(`(?P<k>\w)=(?P<v>\d)`)), example(null, text("x"), text("y"))},
})

var _ = define(Func{
	Name: "regex_replace", Doc: "The text with each match of an expression replaced; ${1} or ${name} in the replacement is what a group captured, $$ a dollar sign; Null where the result were longer than 64 MiB.",
	Params: []Param{required("text", "string"), required("expression", "string"), required("by", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		s, by := args[0].Text(), args[2].Text()
		var out []byte
		end := 0
		for _, match := range re.FindAllStringSubmatchIndex(s, -1) {
			out = append(out, s[end:match[0]]...)
			if out = re.ExpandString(out, by, s, match); len(out) > maxText {
				return null
			}
			end = match[1]
		}
		return text(string(append(out, s[end:]...)))
	},
	Examples: []Example{example(text("b=a"), text("a=b"), text(`(\w)=(\w)`), text("${2}=${1}")), example(text("x"), text("x"), text("y"), text("z"))},
})

var _ = define(Func{
	Name: "regex_split", Doc: "The parts of a text between the matches of an expression, as a list.",
	Params: []Param{required("text", "string"), required("expression", "string")}, Result: "dynamic", Strict: true, Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		return texts(re.Split(args[0].Text(), -1)...)
	},
	Examples: []Example{example(texts("a", "b"), text("a  b"), text(`\s+`))},
})
