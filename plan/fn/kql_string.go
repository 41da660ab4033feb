package fn

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// Kusto's functions of text, as far as their meaning is not that of a function that stands elsewhere. Places count characters.

// kqlRange gives the part of n elements in which to search: from a place, counted from the end where it is negative, of a
// length, -1 being no bound.
func kqlRange(args []event.Value, at int, n int64) (from, length int64, occurrence int64, ok bool) {
	from, ok1 := integerAt(args, at, 0)
	length, ok2 := integerAt(args, at+1, -1)
	occurrence, ok3 := integerAt(args, at+2, 1)
	if !ok1 || !ok2 || !ok3 || length < -1 || occurrence < 1 {
		return 0, 0, 0, false
	}
	if from < 0 {
		from = max(0, from+n)
	}
	return min(from, n), length, occurrence, true
}

var _ = define(Func{
	Name: "kql_indexof", Doc: "The place of an occurrence of a text, the first if not said, within so many characters from a start, which counts from the end where it is negative; -1 where there is none.",
	Params: []Param{required("text", "string"), required("part", "string"), optional("start", "long"), optional("length", "long"), optional("occurrence", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s, part := args[0].Text(), args[1].Text()
		n := int64(utf8.RuneCountInString(s))
		from, length, occurrence, ok := kqlRange(args, 2, n)
		if !ok {
			return null
		}
		for {
			rest := s[offsetOf(s, from):]
			if length >= 0 {
				rest = rest[:offsetOf(rest, length)]
			}
			at := strings.Index(rest, part)
			if at < 0 {
				return whole(-1)
			}
			place := from + int64(utf8.RuneCountInString(rest[:at]))
			if occurrence--; occurrence == 0 {
				return whole(place)
			}
			if from = place + 1; from > n {
				return whole(-1)
			}
		}
	},
	Examples: []Example{
		example(whole(2), text("abcdefg"), text("cde")), example(whole(-1), text("abcdefg"), text("cde"), whole(3)), example(whole(3), text("abcabc"), text("abc"), whole(0), whole(-1), whole(2)),
		example(whole(-1), text("abc"), text("z")), example(whole(2), text("abcdefg"), text("cde"), whole(1), whole(4)), example(whole(-1), text("abcdefg"), text("cde"), whole(1), whole(2)),
		example(whole(2), text("abcdefg"), text("cde"), whole(-5)), example(whole(9), text("abcdefgabcdefg"), text("cde"), whole(1), whole(10), whole(2)),
		example(whole(-1), text("abcdefgabcdefg"), text("cde"), whole(1), whole(-1), whole(3)), example(null, text("a"), text("a"), whole(0), whole(-2)), example(whole(1), text("éa"), text("a")),
	},
})

var _ = define(Func{
	Name: "kql_indexof_regex", Doc: "The place of a match of an expression, the first if not said, within so many characters from a start; matches do not overlap; -1 where there is none, Null for a negative start.",
	Params: []Param{required("text", "string"), required("expression", "string"), optional("start", "long"), optional("length", "long"), optional("occurrence", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		re := expression(args[1].Text())
		from, length, occurrence, ok := kqlRange(args, 2, math.MaxInt64/2)
		if start, _ := integerAt(args, 2, 0); re == nil || !ok || start < 0 {
			return null
		}
		rest := s[offsetOf(s, from):]
		before := len(s) - len(rest)
		if length >= 0 {
			rest = rest[:offsetOf(rest, length)]
		}
		matches := re.FindAllStringIndex(rest, int(min(occurrence, int64(len(rest)+1))))
		if int64(len(matches)) < occurrence {
			return whole(-1)
		}
		return whole(int64(utf8.RuneCountInString(s[:before+matches[occurrence-1][0]])))
	},
	Examples: []Example{
		example(whole(0), text("abcabc"), text("a.c")), example(whole(3), text("abcabcdefg"), text("a.c"), whole(0), whole(9), whole(2)),
		example(whole(-1), text("abcabc"), text("a.c"), whole(1), whole(-1), whole(2)), example(whole(-1), text("ababaa"), text("a.a"), whole(0), whole(-1), whole(2)),
		example(null, text("abcabc"), text("a|ab"), whole(-1)),
	},
})

var _ = define(Func{
	Name: "kql_countof", Doc: "How often a text holds another, occurrences that overlap included; 0 for an empty one.",
	Params: []Param{required("text", "string"), required("part", "string")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s, part := args[0].Text(), args[1].Text()
		n := int64(0)
		for part != "" {
			at := strings.Index(s, part)
			if at < 0 {
				break
			}
			n++
			_, size := utf8.DecodeRuneInString(s[at:])
			s = s[at+size:]
		}
		return whole(n)
	},
	Examples: []Example{example(whole(2), text("aaa"), text("aa")), example(whole(3), text("aaaa"), text("aa")), example(whole(2), text("ababa"), text("aba")), example(whole(0), text("a"), empty)},
})

var _ = define(Func{
	Name: "kql_countof_regex", Doc: "How often an expression matches in a text, matches not overlapping; Null where it cannot be read.",
	Params: []Param{required("text", "string"), required("expression", "string")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		re := expression(args[1].Text())
		if re == nil {
			return null
		}
		return whole(int64(len(re.FindAllStringIndex(args[0].Text(), -1))))
	},
	Examples: []Example{example(whole(3), text("The cat sat on the mat"), text(`\b.at\b`)), example(whole(1), text("ababa"), text("aba")), example(whole(2), text("abcabc"), text("a.c"))},
})

var _ = define(Func{
	Name: "kql_split", Doc: "The parts of a text between the occurrences of a delimiter, empty ones included, or the part of an index alone, as an array; the whole text for an empty delimiter.",
	Params: []Param{required("text", "string"), required("delimiter", "string"), optional("index", "long")}, Result: "dynamic", Strict: true, Within: PartOfFirst,
	Eval: func(args []event.Value) event.Value {
		s, delimiter := args[0].Text(), args[1].Text()
		index, ok := integerAt(args, 2, -1)
		if !ok {
			return null
		}
		parts := []string{s}
		if delimiter != "" {
			parts = strings.Split(s, delimiter)
		}
		switch {
		case len(args) < 3:
			return texts(parts...)
		case index < 0 || index >= int64(len(parts)):
			return list()
		}
		return texts(parts[index])
	},
	Examples: []Example{
		example(texts("aa", "bb"), text("aa_bb"), text("_")), example(texts("bbb"), text("aaa_bbb_ccc"), text("_"), whole(1)), example(texts(""), empty, text("_")),
		example(texts("a", "", "b"), text("a__b"), text("_")), example(texts("aa", "cc"), text("aabbcc"), text("bb")), example(list(), text("a"), text("."), whole(3)), example(texts("ab"), text("ab"), empty),
	},
})

var _ = define(Func{
	Name: "kql_replace_strings", Doc: "The text with the occurrences of each of several texts replaced by the text at the same index of another array; an earlier one goes before a later one, and what was replaced is not looked at again.",
	Params: []Param{required("text", "string"), required("lookups", "dynamic"), required("rewrites", "dynamic")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		type piece struct {
			s    string
			done bool
		}
		pieces := []piece{{args[0].Text(), false}}
		rewrites, size := args[2].List(), 0
		for i, lookup := range args[1].List() {
			find := lookup.Text()
			if lookup.Kind() != event.Text || find == "" || i >= len(rewrites) {
				continue
			}
			by := find
			if rewrites[i].Kind() == event.Text {
				by = rewrites[i].Text()
			}
			var next []piece
			for _, p := range pieces {
				for !p.done {
					at := strings.Index(p.s, find)
					if at < 0 {
						break
					}
					next = append(next, piece{p.s[:at], false}, piece{by, true})
					p.s = p.s[at+len(find):]
				}
				next = append(next, p)
			}
			pieces = next
		}
		for _, p := range pieces {
			if size += len(p.s); size > maxText {
				return empty
			}
		}
		var out strings.Builder
		for _, p := range pieces {
			out.WriteString(p.s)
		}
		return text(out.String())
	},
	Examples: []Example{
		example(text("dog cow"), text("cat dog"), texts("cat", "dog"), texts("dog", "cow")), example(text("This was an example"), text("This is an example"), texts("This", "is"), texts("This", "was")),
		example(text("Thwas was an example"), text("This is an example"), texts("is", "This"), texts("was", "This")),
		example(text("This was an example"), text("This is an example"), texts("This", "is"), list(whole(12345), text("was"))),
		example(text("A trick can disappear"), text("A trick can turn into a dog"), texts("turn", " into a dog"), texts("disappear", "")),
	},
})

var _ = define(Func{
	Name: "kql_translate", Doc: "The text with each character that a first text holds replaced by the one at its place in a second, the last of it where it is shorter, nothing where it is empty.",
	Params: []Param{required("from", "string"), required("to", "string"), required("text", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		from, to := []rune(args[0].Text()), []rune(args[1].Text())
		by := make(map[rune]rune, len(from))
		for i, r := range from {
			if _, again := by[r]; again {
				continue
			}
			by[r] = -1
			if len(to) > 0 {
				by[r] = to[min(i, len(to)-1)]
			}
		}
		return text(strings.Map(func(r rune) rune {
			if other, ok := by[r]; ok {
				return other
			}
			return r
		}, args[2].Text()))
	},
	Examples: []Example{
		example(text("xxyyzz"), text("abc"), text("xyz"), text("aabbcc")), example(text("xxx"), text("abc"), text("x"), text("abc")), example(empty, text("abc"), empty, text("ab")),
		example(text("kusto"), text("krasp"), text("otsku"), text("spark")), example(text("whoami"), text("\x00"), empty, text("w\x00h\x00o\x00a\x00m\x00i\x00")),
	},
})

// kqlTrim cuts one match of an expression off the start, the end or both.
func kqlTrim(name, where string, start, end bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: "The text without one match of an expression at " + where + "; unchanged where the expression cannot be read.",
		Params: []Param{required("text", "string"), required("expression", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
		Eval: func(args []event.Value) event.Value {
			s, source := args[0].Text(), args[1].Text()
			if re := expression(`\A(?:` + source + `)`); start && re != nil {
				if at := re.FindStringIndex(s); at != nil {
					s = s[at[1]:]
				}
			}
			if re := expression(`(?:` + source + `)\z`); end && re != nil {
				if at := re.FindStringIndex(s); at != nil {
					s = s[:at[0]]
				}
			}
			return text(s)
		},
		Examples: examples,
	})
}

var (
	_ = kqlTrim("kql_trim", "both ends", true, true,
		example(text("x y"), text("  x y  "), text(`\s+`)), example(text("a b"), text("--a b--"), text(`[^\w]+`)), example(text("abc"), text("abc"), text("x")), example(empty, text("11"), text("1")),
		example(text("https://bing.com"), text("--https://bing.com--"), text("--")))
	_ = kqlTrim("kql_trim_start", "its start", true, false,
		example(text("a--"), text("--a--"), text("--")), example(text("Te st1// $"), text("-  Te st1// $"), text(`[^\w]+`)), example(text("bing.com"), text("https://bing.com"), text("https://")))
	_ = kqlTrim("kql_trim_end", "its end", false, true, example(text("cmd "), text("cmd redactors=1"), text("redactors=.*")))
)

var _ = define(Func{
	Name: "kql_isascii", Doc: "Whether a text has characters of ASCII only.",
	Params: []Param{required("text", "string")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return boolean(strings.IndexFunc(args[0].Text(), func(r rune) bool { return r >= utf8.RuneSelf }) < 0)
	},
	Examples: []Example{example(yes, text("some string")), example(no, text("é"))},
})

var _ = define(Func{
	Name: "kql_isutf8", Doc: "Whether a text is UTF-8.",
	Params: []Param{required("text", "string")}, Result: "bool", Strict: true,
	Eval:     func(args []event.Value) event.Value { return boolean(utf8.ValidString(args[0].Text())) },
	Examples: []Example{example(yes, text("some string")), example(no, text("\xff"))},
})

var _ = define(Func{
	Name: "kql_regex_quote", Doc: "The expression that a text alone matches.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval:     onText(regexp.QuoteMeta),
	Examples: []Example{example(text(`\(so\$me\.Te\^xt\)`), text(`(so$me.Te^xt)`))},
})

var _ = define(Func{
	Name: "kql_parse_csv", Doc: "The values of the first record of a text of comma-separated values, as an array of texts; values may stand in double quotes, in which two stand for one.",
	Params: []Param{required("text", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		var fields []string
		for {
			var field strings.Builder
			if strings.HasPrefix(s, `"`) {
				s = s[1:]
				for {
					end := strings.IndexByte(s, '"')
					if end < 0 {
						field.WriteString(s)
						s = ""
						break
					}
					field.WriteString(s[:end])
					s = s[end+1:]
					if !strings.HasPrefix(s, `"`) {
						break
					}
					field.WriteByte('"')
					s = s[1:]
				}
			}
			end := strings.IndexAny(s, ",\r\n")
			if end < 0 {
				end = len(s)
			}
			field.WriteString(s[:end])
			fields = append(fields, field.String())
			if s = s[end:]; s == "" || s[0] != ',' {
				return texts(fields...)
			}
			s = s[1:]
		}
	},
	Examples: []Example{
		example(texts("aa", "b,b,b", "cc", `Escaping quotes: "Title"`, "line1\nline2"), text("aa,\"b,b,b\",cc,\"Escaping quotes: \"\"Title\"\"\",\"line1\nline2\"")),
		example(texts("record1", "a", "b", "c"), text("record1,a,b,c\nrecord2,x,y,z")), example(texts("aa", "b,b", "c"), text(`aa,"b,b",c`)), example(texts("", ""), text(",")),
	},
})

var _ = define(Func{
	Name: "kql_parse_version", Doc: "A number that orders versions of up to four parts of up to eight digits; Null where a text is none.",
	Params: []Param{required("text", "string")}, Result: "decimal", Strict: true,
	Eval: func(args []event.Value) event.Value {
		parts := strings.Split(strings.TrimSpace(args[0].Text()), ".")
		if len(parts) > 4 {
			return null
		}
		n := new(big.Int)
		for i := range 4 {
			part := uint64(0)
			if i < len(parts) {
				var ok bool
				if part, ok = digits(parts[i]); !ok || len(parts[i]) > 8 {
					return null
				}
			}
			n.Add(n.Mul(n, power(8)), new(big.Int).SetUint64(part))
		}
		return event.DecimalValue(n.String())
	},
	Examples: []Example{
		example(decimal("5"), text("0.0.0.5")), example(decimal("700000000"), text("0.0.7.0")), example(decimal("20000000000000000"), text("0.2")),
		example(decimal("1000000020000000300000004"), text("1.2.3.4")), example(decimal("1000000000000000000000000"), text("1")), example(null, text("1.x")), example(null, text("1.2.3.4.5")),
	},
})

// kqlByteUnits are the units of format_bytes, each 1024 times the one before.
var kqlByteUnits = []string{"Bytes", "KB", "MB", "GB", "TB", "PB", "EB"}

var _ = define(Func{
	Name: "kql_format_bytes", Doc: "A number of bytes in a unit, the largest of which there is one if none is given, rounded to so many digits behind the point; empty for another unit.",
	Params: []Param{required("size", "real"), optional("precision", "long"), optional("unit", "string")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		precision, ok := integerAt(args, 1, 0)
		if !ok || !isNumber(args[0]) || precision < 0 || precision > 300 {
			return empty
		}
		size, wanted := args[0].Float(), textAt(args, 2, "")
		for i, unit := range kqlByteUnits {
			if wanted == "" && (math.Abs(size) < 1024 || i == len(kqlByteUnits)-1) || strings.EqualFold(unit, wanted) {
				return text(strconv.FormatFloat(roundFloat(size, precision), 'f', -1, 64) + " " + unit)
			}
			size /= 1024
		}
		return empty
	},
	Examples: []Example{
		example(text("564 Bytes"), whole(564)), example(text("10.1 KB"), whole(10332), whole(1)), example(text("19 MB"), whole(20010332)), example(text("19.08 MB"), whole(20010332), whole(2)),
		example(text("19541 KB"), whole(20010332), whole(0), text("KB")), example(empty, whole(1), whole(0), text("parsecs")),
	},
})
