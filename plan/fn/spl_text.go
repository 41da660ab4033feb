package fn

import (
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// SPL's functions of texts. A multivalue is taken value by value.

func splTextFunction(name, doc string, apply func(string) string, examples ...Example) *Func {
	return splFunction(name, doc, "any", splTextParam, func(v event.Value, _ []event.Value) event.Value { return text(apply(splText(v))) }, examples...)
}

var (
	_ = splTextFunction("spl_lower", "The text in lower case, each of several values.", strings.ToLower,
		example(text("cmd.exe"), text("CMD.exe")), example(texts("a", "b"), texts("A", "B")), example(text("5"), whole(5)))
	_ = splTextFunction("spl_upper", "The text in upper case, each of several values.", strings.ToUpper, example(text("CMD.EXE"), text("CMD.exe")))
	_ = splTextFunction("spl_urldecode", "The text with each %XX as the byte of that number, each of several values.", percentDecoded,
		example(text("http://a b/é"), text("http%3A%2F%2Fa%20b/%C3%A9")), example(text("100%"), text("100%")), example(text("a+b%zz"), text("a+b%zz")))
)

func percentDecoded(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, low := hexDigit(s[i+1]), hexDigit(s[i+2])
			if high >= 0 && low >= 0 {
				out = append(out, byte(high<<4|low))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

var _ = splFunction("spl_len", "The number of characters of a text, of each of several values.", "any", splTextParam,
	func(v event.Value, _ []event.Value) event.Value {
		return whole(int64(utf8.RuneCountInString(splText(v))))
	},
	example(whole(4), text("naïf")), example(whole(0), empty), example(whole(3), whole(123)), example(list(whole(1), whole(2)), texts("a", "bb")), example(null, null))

func splTrimmer(name, where string, cut func(s, characters string) string, examples ...Example) *Func {
	return splFunction(name, "The text without blanks and tabs, or without any of the given characters, at "+where+", each of several values.", "any",
		[]Param{required("text", "any"), optional("characters", "any")},
		func(v event.Value, rest []event.Value) event.Value {
			characters := " \t"
			if len(rest) > 0 {
				characters = splText(rest[0])
			}
			return text(cut(splText(v), characters))
		}, examples...)
}

var (
	_ = splTrimmer("spl_trim", "its ends", strings.Trim, example(text("a b"), text(" a b\t")), example(text("HOST"), text("HOST$"), text("$")), example(texts("a", "b"), texts(" a", "b ")))
	_ = splTrimmer("spl_ltrim", "its beginning", strings.TrimLeft, example(text("a "), text(" a ")), example(text("abcZZ"), text(" ZZZZabcZZ"), text(" Z")))
	_ = splTrimmer("spl_rtrim", "its end", strings.TrimRight, example(text(" a"), text(" a ")), example(text("ZZZZabc"), text("ZZZZabcZZ "), text(" Z")))
)

var _ = splFunction("spl_substr", "The part of a text from a character on, 1 being the first and -1 the last, of at most so many characters: places as SQLite counts them; each of several values.", "any",
	[]Param{required("text", "any"), required("start", "any"), optional("length", "any")},
	func(v event.Value, rest []event.Value) event.Value {
		start, ok := splInteger(rest[0])
		if !ok {
			return null
		}
		characters := []rune(splText(v))
		length := int64(len(characters)) + max(0, -start) + 1
		if len(rest) > 1 {
			if length, ok = splInteger(rest[1]); !ok {
				return null
			}
		}
		from, to := substringOf(int64(len(characters)), start, length)
		return text(string(characters[from:to]))
	},
	example(text("ring"), text("string"), whole(3)), example(text("str"), text("string"), whole(1), whole(3)), example(text(".exe"), text("a.exe"), whole(-4)),
	example(text("in"), text("string"), whole(-3), whole(2)), example(empty, text("abc"), whole(9)), example(text("a"), text("abc"), whole(0), whole(2)), example(text("abc"), text("abc"), whole(0)),
	example(text("a"), text("abc"), whole(-5), whole(3)), example(text("b"), text("abc"), whole(3), whole(-1)), example(text("é"), text("né"), text("2")), example(null, text("a"), text("x")))

// substringOf returns the bounds of a part of so many characters, by the rules of SQLite's substr.
func substringOf(n, start, length int64) (from, to int64) {
	const far = 1 << 40
	start, length = min(max(start, -far), far), min(max(length, -far), far)
	switch {
	case start < 0:
		start += n
		if start < 0 {
			if length >= 0 {
				length = max(length+start, 0)
			}
			start = 0
		}
	case start > 0:
		start--
	case length > 0:
		length--
	}
	from, to = start, start+length
	if length < 0 {
		from, to = start+length, start
	}
	from = min(max(from, 0), n)
	return from, min(max(to, from), n)
}

var _ = splFunction("spl_md5", "The MD5 of a text in hexadecimal, of each of several values.", "any", splTextParam, splHash("md5"),
	example(text("900150983cd24fb0d6963f7d28e17f72"), text("abc")))

var _ = splFunction("spl_sha1", "The SHA-1 of a text in hexadecimal, of each of several values.", "any", splTextParam, splHash("sha1"),
	example(text("a9993e364706816aba3e25717850c26c9cd0d89d"), text("abc")))

var _ = splFunction("spl_sha256", "The SHA-256 of a text in hexadecimal, of each of several values.", "any", splTextParam, splHash("sha256"),
	example(text("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), text("abc")))

var _ = splFunction("spl_sha512", "The SHA-512 of a text in hexadecimal, of each of several values.", "any", splTextParam, splHash("sha512"),
	example(text("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"), empty))

// splHash returns the hash of a name, as the function of the catalogue that has it computes it.
func splHash(name string) func(event.Value, []event.Value) event.Value {
	return func(v event.Value, _ []event.Value) event.Value {
		return funcs[name].Eval([]event.Value{text(splText(v))})
	}
}

var _ = define(Func{
	Name: "spl_commands", Doc: "The names of the commands of a search, as a multivalue; of a search that does not begin with a pipe search is the first.",
	Params: splTextParam, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value { return splMulti(commandsOf(splText(args[0]))) },
	Examples: []Example{
		example(texts("search", "stats", "sort"), text("search foo | stats count | sort count")), example(texts("search", "table"), text(`index=a "x|y" [search b | fields c] | table d`)),
		example(text("tstats"), text("| tstats count")), example(null, empty),
	},
})

func commandsOf(s string) []event.Value {
	var out []event.Value
	start, depth := 0, 0
	take := func(part string, first bool) {
		part = strings.TrimSpace(part)
		name, _, _ := strings.Cut(strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(part), " ")
		switch {
		case part == "":
		case first && name != "search":
			out = append(out, text("search"))
		default:
			out = append(out, text(name))
		}
	}
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '[':
			depth++
		case ']':
			depth--
		case '|':
			if depth <= 0 {
				take(s[start:i], start == 0)
				start = i + 1
			}
		}
	}
	take(s[start:], start == 0)
	return out
}
