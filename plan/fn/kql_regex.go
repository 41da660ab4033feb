package fn

import (
	"strings"

	"goshawk/event"
)

// Kusto's regular expressions are of RE2's class, as Go's; what differs is written out here: \d, \w and \s are those of
// Unicode, and a replacement names groups with a backslash.

// KQLRegexp returns the expression in Go's syntax that means what an expression means in Kusto. The word boundary \b stays
// that of ASCII.
func KQLRegexp(source string) string {
	if !strings.Contains(source, `\`) {
		return source
	}
	var out strings.Builder
	inside, start := false, 0 // of a class; where it began
	for i := 0; i < len(source); i++ {
		c := source[i]
		switch {
		case c == '\\' && i+1 < len(source):
			i++
			if source[i] == 'Q' { // verbatim up to \E
				end := strings.Index(source[i:], `\E`)
				if end < 0 {
					end = len(source) - i
				} else {
					end += 2
				}
				out.WriteString(`\` + source[i:i+end])
				i += end - 1
				continue
			}
			out.WriteString(kqlEscape(source[i], inside))
			continue
		case inside && c == '[' && strings.HasPrefix(source[i:], "[:"):
			if end := strings.Index(source[i:], ":]"); end > 0 {
				out.WriteString(source[i : i+end+2])
				i += end + 1
				continue
			}
		case !inside && c == '[':
			inside, start = true, i+1
			if start < len(source) && source[start] == '^' {
				start++
			}
		case inside && c == ']' && i > start:
			inside = false
		}
		out.WriteByte(c)
	}
	return out.String()
}

// kqlEscape returns what a backslash and a character mean, in a class or outside of one.
func kqlEscape(c byte, inside bool) string {
	classes := map[byte]string{'d': `\p{Nd}`, 'D': `\P{Nd}`, 'w': `\p{L}\p{M}\p{Nd}\p{Pc}`, 's': `\s\v\x{85}\p{Z}`}
	if class, ok := classes[c]; ok && inside {
		return class
	}
	switch c {
	case 'd', 'D':
		return classes[c]
	case 'w', 's':
		return "[" + classes[c] + "]"
	case 'W':
		if !inside {
			return "[^" + classes['w'] + "]"
		}
	case 'S':
		if !inside {
			return "[^" + classes['s'] + "]"
		}
	}
	return `\` + string(c) // \W and \S in a class stay those of ASCII, which Go can say there
}

// KQLRewrite returns the replacement in Go's syntax that means what one means in Kusto: \1 is a group, \0 the match.
func KQLRewrite(by string) string {
	var out strings.Builder
	for i := 0; i < len(by); i++ {
		switch c := by[i]; {
		case c == '$':
			out.WriteString("$$")
		case c == '\\' && i+1 < len(by) && '0' <= by[i+1] && by[i+1] <= '9':
			i++
			out.WriteString("${" + string(by[i]) + "}")
		case c == '\\' && i+1 < len(by) && by[i+1] == '\\':
			i++
			out.WriteByte('\\')
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

var _ = define(Func{
	Name: "kql_regexp", Doc: "The regular expression in the syntax of this catalogue that means what one of Kusto means.",
	Params: []Param{required("expression", "string")}, Result: "string", Strict: true,
	Eval: onText(KQLRegexp),
	Examples: []Example{
		example(text("a.c"), text("a.c")), example(text(`\p{Nd}+\.[\p{L}\p{M}\p{Nd}\p{Pc}]`), text(`\d+\.\w`)), example(text(`[^\p{L}\p{M}\p{Nd}\p{Pc}]+`), text(`[^\w]+`)),
		example(text(`[^\s\v\x{85}\p{Z}]`), text(`\S`)), example(text(`[]\p{Nd}]\p{Nd}`), text(`[]\d]\d`)), example(text(`\Q\d\E\p{Nd}`), text(`\Q\d\E\d`)), example(text(`[[:alpha:]\p{Nd}]`), text(`[[:alpha:]\d]`)),
		example(text(`\/`), text(`\/`)), example(text(`\\d`), text(`\\d`)),
	},
})

var _ = define(Func{
	Name: "kql_rewrite", Doc: "The replacement in the syntax of this catalogue that means what one of Kusto means, in which \\1 is a group.",
	Params: []Param{required("replacement", "string")}, Result: "string", Strict: true,
	Eval:     onText(KQLRewrite),
	Examples: []Example{example(text("<${1}>"), text(`<\1>`)), example(text("$$a"), text("$a")), example(text(`\`), text(`\\`)), example(text(`\n`), text(`\n`))},
})

var _ = define(Func{
	Name: "kql_replace_regex", Doc: "The text with each match of an expression replaced; \\1 in the replacement is what a group captured; unchanged where the expression cannot be read or the result were longer than 64 MiB.",
	Params: []Param{required("text", "string"), required("expression", "string"), required("by", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		out := ByName("regex_replace").Eval([]event.Value{args[0], args[1], text(KQLRewrite(args[2].Text()))})
		if out.IsNull() {
			return args[0]
		}
		return out
	},
	Examples: []Example{
		example(text("Number <12>"), text("Number 12"), text(`(\d+)`), text(`<\1>`)), example(text("a/b"), text(`a\b`), text(`\\`), text("/")), example(text("x$"), text("xy"), text("y"), text("$")), example(text("x"), text("x"), text("("), text("y")),
	},
})

var _ = define(Func{
	Name: "kql_extract_all", Doc: "What the groups of an expression captured in each match: for one group an array of texts, for several an array of arrays; groups may be picked by number or name. Null where nothing matches or there is no such group.",
	Params: []Param{required("text", "string"), required("expression", "string"), optional("groups", "dynamic")}, Result: "dynamic", Strict: true, Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		var groups []int
		if len(args) > 2 {
			for _, v := range args[2].List() {
				group, ok := groupOf(re, []event.Value{v}, 0)
				if !ok {
					return null
				}
				groups = append(groups, group)
			}
		} else {
			for g := 1; g <= re.NumSubexp(); g++ {
				groups = append(groups, g)
			}
		}
		matches := re.FindAllStringSubmatchIndex(s, -1)
		if len(groups) == 0 || len(matches) == 0 {
			return null
		}
		out := make([]event.Value, len(matches))
		for i, where := range matches {
			row := make([]event.Value, len(groups))
			for j, g := range groups {
				if row[j] = captured(s, where, g); row[j].IsNull() {
					row[j] = empty
				}
			}
			if out[i] = row[0]; len(row) > 1 {
				out[i] = list(row...)
			}
		}
		return list(out...)
	},
	Examples: []Example{
		example(texts("123", "567", "789"), text("a set of numbers: 123, 567 and 789"), text(`(\d+)`)), example(list(texts("a", "1"), texts("b", "2")), text("a=1,b=2"), text("([a-z])=([0-9])")),
		example(null, text("none"), text("([0-9]+)")), example(list(texts("8", "d"), texts("d", "7")), text("82b8be2d-dfa7"), text(`(\w)(\w+)(\w)`), list(whole(1), whole(3))),
		example(list(texts("8", "2b8be2", "d")), text("82b8be2d"), text(`(?P<first>\w)(?P<middle>\w+)(?P<last>\w)`), list(text("first"), whole(2), text("last"))),
		example(null, text("a"), text("a")), example(null, text("a"), text("(a)"), list(whole(7))),
	},
})

var _ = define(Func{
	Name: "kql_extract", Doc: "What the first match of an expression captured in a group, by number, 0 being the whole match; empty where it does not match or the group took no part.",
	Params: []Param{required("text", "string"), required("expression", "string"), required("group", "long")}, Result: "string", Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re := expression(args[1].Text())
		if re == nil {
			return empty
		}
		group, ok := groupOf(re, args, 2)
		if !ok {
			return empty
		}
		if v := captured(s, re.FindStringSubmatchIndex(s), group); !v.IsNull() {
			return v
		}
		return empty
	},
	Examples: []Example{
		example(text("12"), text("a x=12 b"), text("x=([0-9]+)"), whole(1)), example(text("x=12"), text("a x=12 b"), text("x=([0-9]+)"), whole(0)), example(empty, text("abc"), text("z"), whole(0)),
		example(empty, text("abc"), text("abc"), whole(3)),
	},
})

var _ = define(Func{
	Name: "kql_matches_regex", Doc: "Whether one of Kusto's regular expressions is found anywhere in a text; Null where it cannot be read.",
	Params: []Param{required("text", "string"), required("expression", "string")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := expression(KQLRegexp(args[1].Text()))
		if re == nil {
			return null
		}
		return boolean(re.MatchString(args[0].Text()))
	},
	Examples: []Example{example(yes, text("cmd.EXE"), text(`(?i)\.(exe|ps1)$`)), example(no, text("fabriKam"), text("[bR]rik|^rik$")), example(null, text("x"), text("("))},
})
