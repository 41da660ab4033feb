package fn

import (
	"strings"

	"goshawk/event"
)

// Paths of files, registry keys and the like. Both / and \ part the steps, so that paths of any system can be taken apart
// on any system.

var _ = define(Func{
	Name: "basename", Doc: `The last step of a path, behind its last / or \; the whole text where it has none.`,
	Params: []Param{required("path", "string")}, Result: "string", Strict: true, Within: EndOfFirst,
	Eval:     onText(baseName),
	Examples: []Example{example(text("cmd.exe"), text(`C:\Windows\cmd.exe`)), example(text("bash"), text("/bin/bash")), example(text("x"), text("x")), example(empty, text(`C:\`))},
})

func baseName(s string) string { return s[strings.LastIndexAny(s, `/\`)+1:] }

var _ = define(Func{
	Name: "dirname", Doc: `The part of a path before its last / or \, which stays where nothing else would; empty where it has none.`,
	Params: []Param{required("path", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: onText(func(s string) string {
		i := strings.LastIndexAny(s, `/\`)
		if i == 0 || i == 2 && s[1] == ':' {
			return s[:i+1]
		}
		return s[:max(i, 0)]
	}),
	Examples: []Example{
		example(text(`C:\Windows`), text(`C:\Windows\cmd.exe`)), example(text(`C:\`), text(`C:\cmd.exe`)), example(text("/"), text("/init")),
		example(empty, text("x")),
	},
})

var _ = define(Func{
	Name: "extension", Doc: "What stands behind the last dot of a path's last step; empty where there is no dot, or only one at its start.",
	Params: []Param{required("path", "string")}, Result: "string", Strict: true, Within: EndOfFirst,
	Eval: onText(func(s string) string {
		base := baseName(s)
		if i := strings.LastIndexByte(base, '.'); i > 0 {
			return base[i+1:]
		}
		return ""
	}),
	Examples: []Example{example(text("exe"), text(`C:\a.b\cmd.exe`)), example(empty, text(`C:\a.b\cmd`)), example(empty, text("/home/.profile"))},
})

var _ = define(Func{
	Name: "unquote", Doc: "The text without the double or single quotes around it, where it begins and ends with the same.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: onText(func(s string) string {
		if n := len(s); n > 1 && (s[0] == '"' || s[0] == '\'') && s[n-1] == s[0] {
			return s[1 : n-1]
		}
		return s
	}),
	Examples: []Example{example(text(`C:\a b.exe`), text(`"C:\a b.exe"`)), example(text(`"a`), text(`"a`))},
})

var _ = define(Func{
	Name: "program_of", Doc: "The program that a command line starts with: what stands in its leading quotes, or before its first blank.",
	Params: []Param{required("command_line", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: onText(func(s string) string {
		s = strings.TrimLeft(s, " \t")
		if rest, quoted := strings.CutPrefix(s, `"`); quoted {
			program, _, _ := strings.Cut(rest, `"`)
			return program
		}
		if i := strings.IndexAny(s, " \t"); i >= 0 {
			return s[:i]
		}
		return s
	}),
	Examples: []Example{example(text(`C:\a b\x.exe`), text(`"C:\a b\x.exe" /c dir`)), example(text("whoami"), text("whoami /all")), example(empty, empty)},
})

var _ = define(Func{
	Name: "strip_braces", Doc: "The text, such as a GUID, without the curly brackets around it.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true, Within: PartOfFirst,
	Eval: onText(func(s string) string {
		if n := len(s); n > 1 && s[0] == '{' && s[n-1] == '}' {
			return s[1 : n-1]
		}
		return s
	}),
	Examples: []Example{example(text("9d1f-0"), text("{9d1f-0}")), example(text("{x"), text("{x"))},
})

var _ = define(Func{
	Name: "to_guid", Doc: "The text as a GUID in the form 8-4-4-4-12 in lower case, with or without hyphens and curly brackets before; Null where it is none.",
	Params: []Param{required("text", "string")}, Result: "guid", Strict: true,
	Eval: func(args []event.Value) event.Value {
		s := strings.ToLower(strings.TrimSpace(args[0].Text()))
		if n := len(s); n > 1 && s[0] == '{' && s[n-1] == '}' {
			s = s[1 : n-1]
		}
		if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
			s = s[:8] + s[9:13] + s[14:18] + s[19:23] + s[24:]
		}
		if len(s) != 32 || strings.Trim(s, "0123456789abcdef") != "" {
			return null
		}
		return text(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
	},
	Examples: []Example{
		example(text("74e75cb5-5d68-d9ea-9804-a797718e9289"), text("{74E75CB5-5D68-D9EA-9804-A797718E9289}")),
		example(text("74e75cb5-5d68-d9ea-9804-a797718e9289"), text("74e75cb55d68d9ea9804a797718e9289")), example(null, text("74e7")),
	},
})
