package fn

import (
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// Text. A parameter of type string takes the canonical text of whatever value it is given. Places and lengths count
// characters, an invalid byte as one.

var _ = define(Func{
	Name: "to_text", Doc: "The canonical text of a value; Null of Null.",
	Params: []Param{required("value", "any")}, Result: "string", Strict: true, Within: PartOfFirst, HandsOn: EachText,
	Eval:     onText(func(s string) string { return s }),
	Examples: []Example{example(text("1.5"), float(1.5)), example(text(`["a",1]`), list(text("a"), whole(1)))},
})

var _ = define(Func{
	Name: "lower", Doc: "The text with each letter in lower case.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true, Within: CaseOfFirst,
	Eval:     onText(strings.ToLower),
	Examples: []Example{example(text(`c:\windows`), text(`C:\Windows`)), example(text("özil"), text("ÖZIL")), example(null, null)},
})

var _ = define(Func{
	Name: "upper", Doc: "The text with each letter in upper case.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true, Within: CaseOfFirst,
	Eval:     onText(strings.ToUpper),
	Examples: []Example{example(text("HKLM"), text("hklm"))},
})

var _ = define(Func{
	Name: "fold", Doc: "The text in the form in which texts are compared without regard to case.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true, Within: CaseOfFirst,
	Eval:     onText(event.Fold),
	Examples: []Example{example(text("cmd.exe"), text("CMD.exe")), example(text("k"), text("\u212a"))},
})

var _ = define(Func{
	Name: "equals_fold", Doc: "Whether two texts differ in case at most.",
	Params: []Param{required("a", "string"), required("b", "string")}, Result: "bool", Strict: true,
	Eval: func(args []event.Value) event.Value {
		return boolean(event.Fold(args[0].Text()) == event.Fold(args[1].Text()))
	},
	Examples: []Example{example(yes, text("Admin"), text("ADMIN")), example(no, text("a"), text("á")), example(yes, whole(7), text("7"))},
})

var _ = define(Func{
	Name: "length", Doc: "The number of characters of a text.",
	Params: []Param{required("text", "string")}, Result: "long", Strict: true,
	Eval:     func(args []event.Value) event.Value { return whole(int64(utf8.RuneCountInString(args[0].Text()))) },
	Examples: []Example{example(whole(4), text("naïf")), example(whole(0), empty)},
})

var _ = define(Func{
	Name: "byte_length", Doc: "The number of bytes of a text.",
	Params: []Param{required("text", "string")}, Result: "long", Strict: true,
	Eval:     func(args []event.Value) event.Value { return whole(int64(len(args[0].Text()))) },
	Examples: []Example{example(whole(5), text("naïf"))},
})

var _ = define(Func{
	Name: "substring", Doc: "The part of a text from a place on, 0 being the first and -1 the last character, of at most length characters; empty where the place lies behind the text.",
	Params: []Param{required("text", "string"), required("start", "long"), optional("length", "long")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: substring,
	Examples: []Example{
		example(text("ell"), text("hello"), whole(1), whole(3)), example(text("lo"), text("hello"), whole(-2)),
		example(empty, text("hello"), whole(9)), example(text("hé"), text("hélas"), whole(0), whole(2)),
		example(text("hello"), text("hello"), whole(-9)), example(empty, text("hello"), whole(1), whole(-1)),
	},
})

func substring(args []event.Value) event.Value {
	s := args[0].Text()
	start, ok1 := integerAt(args, 1, 0)
	length, ok2 := integerAt(args, 2, int64(len(s)))
	if !ok1 || !ok2 {
		return null
	}
	if start < 0 {
		start = max(0, start+int64(utf8.RuneCountInString(s)))
	}
	s = s[offsetOf(s, start):]
	return text(s[:offsetOf(s, length)])
}

// offsetOf returns the byte offset of the character of an index, at most the length of the text.
func offsetOf(s string, index int64) int {
	offset := 0
	for ; index > 0 && offset < len(s); index-- {
		_, size := utf8.DecodeRuneInString(s[offset:])
		offset += size
	}
	return offset
}

var _ = define(Func{
	Name: "concat", Doc: "The texts of all values, one behind the other; of Null nothing.",
	Params: []Param{variadic("values", "any")}, Result: "string", Within: Joined,
	Eval: func(args []event.Value) event.Value {
		var out []byte
		for _, v := range args {
			out = v.AppendText(out)
		}
		return text(string(out))
	},
	Examples: []Example{example(text(`CORP\jo`), text("CORP"), text(`\`), text("jo")), example(text("a1"), text("a"), null, whole(1)), example(empty)},
})

var _ = define(Func{
	Name: "repeat", Doc: "The text so many times, empty for none; Null where the result were longer than 1 MiB.",
	Params: []Param{required("text", "string"), required("times", "long")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		n, ok := integerAt(args, 1, 0)
		if !ok || n > 0 && int64(len(s)) > (1<<20)/n {
			return null
		}
		return text(strings.Repeat(s, int(max(n, 0))))
	},
	Examples: []Example{example(text("ababab"), text("ab"), whole(3)), example(empty, text("ab"), whole(-1)), example(null, text("ab"), whole(1<<40))},
})

var _ = define(Func{
	Name: "reverse", Doc: "The characters of a text in reverse order.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		out := make([]byte, 0, len(s))
		for len(s) > 0 {
			_, size := utf8.DecodeLastRuneInString(s)
			out = append(out, s[len(s)-size:]...)
			s = s[:len(s)-size]
		}
		return string(out)
	}),
	Examples: []Example{example(text("éxe"), text("exé"))},
})

var _ = define(Func{
	Name: "replace", Doc: "The text with each occurrence of find replaced by another text; unchanged where find is empty, Null where the result were longer than 64 MiB.",
	Params: []Param{required("text", "string"), required("find", "string"), required("by", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		find := args[1].Text()
		if find == "" {
			return text(args[0].Text())
		}
		s, by := args[0].Text(), args[2].Text()
		if len(by) > len(find) && strings.Count(s, find) > (maxText-len(s))/(len(by)-len(find)) {
			return null
		}
		return text(strings.ReplaceAll(s, find, by))
	},
	Examples: []Example{example(text("a-b-c"), text("a b c"), text(" "), text("-")), example(text("abc"), text("abc"), empty, text("x"))},
})

func trimmer(name, where string, blanks func(string) string, chars func(s, cut string) string, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: "The text without the white space, or without any of the given characters, at " + where + ".",
		Params: []Param{required("text", "string"), optional("characters", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
		Eval: func(args []event.Value) event.Value {
			if len(args) > 1 {
				return text(chars(args[0].Text(), args[1].Text()))
			}
			return text(blanks(args[0].Text()))
		},
		Examples: examples,
	})
}

var (
	_ = trimmer("trim", "its ends", strings.TrimSpace, strings.Trim,
		example(text("a b"), text(" a b\t")), example(text("cmd"), text(`"cmd"`), text(`"`)))
	_ = trimmer("trim_start", "its start", func(s string) string { return strings.TrimLeft(s, " \t\r\n\v\f\u0085\u00a0") }, strings.TrimLeft,
		example(text("a "), text(" a ")), example(text("7"), text("007"), text("0")))
	_ = trimmer("trim_end", "its end", func(s string) string { return strings.TrimRight(s, " \t\r\n\v\f\u0085\u00a0") }, strings.TrimRight,
		example(text(" a"), text(" a ")), example(text(`C:\x`), text(`C:\x\`), text(`\`)))
)

func finder(name, doc string, find func(s, sub string) bool, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc,
		Params: []Param{required("text", "string"), required("part", "string")}, Result: "bool", Strict: true,
		Eval:     func(args []event.Value) event.Value { return boolean(find(args[0].Text(), args[1].Text())) },
		Examples: examples,
	})
}

var (
	_ = finder("starts_with", "Whether a text begins with another, case regarded.", strings.HasPrefix,
		example(yes, text("svchost.exe"), text("svc")), example(no, text("a"), text("A")))
	_ = finder("ends_with", "Whether a text ends with another, case regarded.", strings.HasSuffix,
		example(yes, text("svchost.exe"), text(".exe")), example(null, null, text("x")))
	_ = finder("contains_text", "Whether a text holds another, case regarded.", strings.Contains,
		example(yes, text("svchost.exe"), text("host")), example(yes, text("x"), empty))
)

var _ = define(Func{
	Name: "index_of", Doc: "The place of the first occurrence of a text at or behind a start, counted in characters from 0; -1 where there is none.",
	Params: []Param{required("text", "string"), required("part", "string"), optional("start", "long")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		start, ok := integerAt(args, 2, 0)
		if !ok {
			return null
		}
		from := offsetOf(s, start)
		at := strings.Index(s[from:], args[1].Text())
		if at < 0 {
			return whole(-1)
		}
		return whole(int64(utf8.RuneCountInString(s[:from+at])))
	},
	Examples: []Example{example(whole(2), text("äöl"), text("l")), example(whole(-1), text("abc"), text("x")), example(whole(3), text("abcab"), text("a"), whole(1))},
})

var _ = define(Func{
	Name: "last_index_of", Doc: "The place of the last occurrence of a text, counted in characters from 0; -1 where there is none.",
	Params: []Param{required("text", "string"), required("part", "string")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := args[0].Text()
		at := strings.LastIndex(s, args[1].Text())
		if at < 0 {
			return whole(-1)
		}
		return whole(int64(utf8.RuneCountInString(s[:at])))
	},
	Examples: []Example{example(whole(3), text("abcab"), text("a")), example(whole(-1), text("abc"), text("x"))},
})

var _ = define(Func{
	Name: "count_of", Doc: "How often a text holds another, occurrences not overlapping; 0 for an empty one.",
	Params: []Param{required("text", "string"), required("part", "string")}, Result: "long", Strict: true,
	Eval: func(args []event.Value) event.Value {
		part := args[1].Text()
		if part == "" {
			return whole(0)
		}
		return whole(int64(strings.Count(args[0].Text(), part)))
	},
	Examples: []Example{example(whole(2), text("^c^md"), text("^")), example(whole(1), text("aaa"), text("aa")), example(whole(0), text("a"), empty)},
})

func cutter(name, doc string, cut func(s, at string) (string, bool), examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc,
		Params: []Param{required("text", "string"), required("separator", "string")}, Result: "string", Strict: true,
		Eval: func(args []event.Value) event.Value {
			s, ok := cut(args[0].Text(), args[1].Text())
			if !ok {
				return null
			}
			return text(s)
		},
		Examples: examples,
	})
}

var (
	_ = cutter("text_before", "The part of a text before the first occurrence of another; Null where there is none.",
		func(s, at string) (string, bool) { before, _, ok := strings.Cut(s, at); return before, ok },
		example(text("CORP"), text(`CORP\jo\x`), text(`\`)), example(null, text("jo"), text(`\`)))
	_ = cutter("text_after", "The part of a text behind the first occurrence of another; Null where there is none.",
		func(s, at string) (string, bool) { _, after, ok := strings.Cut(s, at); return after, ok },
		example(text(`jo\x`), text(`CORP\jo\x`), text(`\`)), example(null, text("jo"), text(`\`)))
	_ = cutter("text_before_last", "The part of a text before the last occurrence of another; Null where there is none.",
		func(s, at string) (string, bool) { i := strings.LastIndex(s, at); return s[:max(i, 0)], i >= 0 },
		example(text(`CORP\jo`), text(`CORP\jo\x`), text(`\`)))
	_ = cutter("text_after_last", "The part of a text behind the last occurrence of another; Null where there is none.",
		func(s, at string) (string, bool) {
			i := strings.LastIndex(s, at)
			return s[max(i, 0)+len(at)*min(i+1, 1):], i >= 0
		},
		example(text("x"), text(`CORP\jo\x`), text(`\`)))
)

var _ = define(Func{
	Name: "split", Doc: "The parts of a text between the occurrences of a separator, as a list; the characters for an empty separator.",
	Params: []Param{required("text", "string"), required("separator", "string")}, Result: "dynamic", Strict: true, Within: PartOfFirst,
	Eval:     func(args []event.Value) event.Value { return texts(strings.Split(args[0].Text(), args[1].Text())...) },
	Examples: []Example{example(texts("a", "", "b"), text("a,,b"), text(",")), example(texts(""), empty, text(",")), example(texts("a", "é"), text("aé"), empty)},
})

var _ = define(Func{
	Name: "join", Doc: "The texts of a list's elements with a separator between them; nulls are left out, a value that is no list is its own text, and Null where the result were longer than 64 MiB.",
	Params: []Param{required("list", "dynamic"), required("separator", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if args[0].Kind() != event.List {
			return text(args[0].Text())
		}
		var parts []string
		separator, size := args[1].Text(), 0
		for _, v := range args[0].List() {
			if v.IsNull() {
				continue
			}
			parts = append(parts, v.Text())
			if size += len(parts[len(parts)-1]) + len(separator); size > maxText {
				return null
			}
		}
		return text(strings.Join(parts, separator))
	},
	Examples: []Example{example(text("a;1"), list(text("a"), null, whole(1)), text(";")), example(empty, list(), text(",")), example(text("x"), text("x"), text(","))},
})

var _ = define(Func{
	Name: "pad_start", Doc: "The text filled up at its start with a character, a blank if not given, to a number of characters of at most 65536.",
	Params: []Param{required("text", "string"), required("width", "long"), optional("with", "string")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s, with := args[0].Text(), textAt(args, 2, " ")
		width, ok := integerAt(args, 1, 0)
		if !ok || utf8.RuneCountInString(with) != 1 || width > 65536 {
			return null
		}
		return text(strings.Repeat(with, max(0, int(width)-utf8.RuneCountInString(s))) + s)
	},
	Examples: []Example{example(text("007"), text("7"), whole(3), text("0")), example(text("abcd"), text("abcd"), whole(2))},
})

var _ = define(Func{
	Name: "to_codepoints", Doc: "The code points of a text's characters, as a list of numbers.",
	Params: []Param{required("text", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		var out []event.Value
		for _, r := range args[0].Text() {
			out = append(out, whole(int64(r)))
		}
		return list(out...)
	},
	Examples: []Example{example(list(whole(97), whole(233)), text("aé"))},
})

var _ = define(Func{
	Name: "from_codepoints", Doc: "The text of the characters that a list of code points names; Null where one is none.",
	Params: []Param{required("list", "dynamic")}, Result: "string", Strict: true,
	Eval: func(args []event.Value) event.Value {
		items := args[0].List()
		if args[0].Kind() != event.List {
			items = args[:1]
		}
		var out []byte
		for _, v := range items {
			n, ok := wholeNumber(v)
			if !ok || n < 0 || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
				return null
			}
			out = utf8.AppendRune(out, rune(n))
		}
		return text(string(out))
	},
	Examples: []Example{example(text("aé"), list(whole(97), whole(233))), example(null, list(whole(-1)))},
})

var _ = define(Func{
	Name: "is_empty", Doc: "Whether a value is null or an empty text.",
	Params: []Param{required("value", "any")}, Result: "bool",
	Eval: func(args []event.Value) event.Value {
		return boolean(args[0].IsNull() || args[0].IsEmpty())
	},
	Examples: []Example{example(yes, null), example(yes, empty), example(no, text(" ")), example(no, whole(0))},
})
