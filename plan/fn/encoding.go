package fn

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode/utf16"

	"goshawk/event"
)

// Encodings of text.

func decoder(name, doc, from string, decode func(string) (string, bool), examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: doc, Params: []Param{required(from, "string")}, Result: "string", Strict: true,
		Eval: func(args []event.Value) event.Value {
			s, ok := decode(args[0].Text())
			if !ok {
				return null
			}
			return text(s)
		},
		Examples: examples,
	})
}

var _ = define(Func{
	Name: "base64_encode", Doc: "The bytes of a text in base64, with padding.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval:     onText(func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }),
	Examples: []Example{example(text("d2hvYW1p"), text("whoami"))},
})

var _ = decoder("base64_decode", "What a text in base64, with or without padding, of the usual or the URL alphabet, stands for; Null where it is none.", "text",
	func(s string) (string, bool) {
		s = strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "", "=", "").Replace(s)
		out, err := base64.RawStdEncoding.DecodeString(s)
		return string(out), err == nil
	},
	example(text("whoami"), text("d2hvYW1p")), example(text("ab"), text("YWI=")), example(null, text("*")))

var _ = define(Func{
	Name: "hex_encode", Doc: "The bytes of a text in hexadecimal, lower case.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval:     onText(func(s string) string { return hex.EncodeToString([]byte(s)) }),
	Examples: []Example{example(text("6c73"), text("ls"))},
})

var _ = decoder("hex_decode", "What a text in hexadecimal stands for; Null where it is none.", "text",
	func(s string) (string, bool) {
		out, err := hex.DecodeString(s)
		return string(out), err == nil
	},
	example(text("ls"), text("6C73")), example(null, text("6C7")))

var _ = define(Func{
	Name: "url_encode", Doc: "The text with the characters escaped that have a meaning in a URL.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval:     onText(func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }),
	Examples: []Example{example(text("a%20b%2Fc"), text("a b/c"))},
})

var _ = define(Func{
	Name: "url_decode", Doc: "The text with each %hh replaced by the byte it stands for; what is no such escape stays.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		out := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] == '%' && i+2 < len(s) {
				if b, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					out = append(out, b[0])
					i += 2
					continue
				}
			}
			out = append(out, s[i])
		}
		return string(out)
	}),
	Examples: []Example{example(text("../etc 100%"), text("..%2Fetc%20100%"))},
})

var _ = decoder("utf16_decode", "The text that bytes of UTF-16, low byte first, stand for; Null where their number is odd.", "bytes",
	func(s string) (string, bool) {
		units := make([]uint16, len(s)/2)
		for i := range units {
			units[i] = uint16(s[2*i]) | uint16(s[2*i+1])<<8
		}
		return string(utf16.Decode(units)), len(s)%2 == 0
	},
	example(text("ls"), text("l\x00s\x00")), example(null, text("l")))

var _ = define(Func{
	Name: "parse_url", Doc: "The parts of a URL as an object: Scheme, Host, Port, Path, Username, Password, Query Parameters and Fragment; Null where it is none.",
	Params: []Param{required("url", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		u, err := url.Parse(args[0].Text())
		if err != nil || u.Scheme == "" {
			return null
		}
		password, _ := u.User.Password()
		parameters := &event.Record{}
		for _, pair := range strings.Split(u.RawQuery, "&") {
			name, value, _ := strings.Cut(pair, "=")
			if name != "" {
				parameters.Set(unescapeQuery(name), text(unescapeQuery(value)))
			}
		}
		return object("Scheme", text(u.Scheme), "Host", text(u.Hostname()), "Port", text(u.Port()), "Path", text(u.Path),
			"Username", text(u.User.Username()), "Password", text(password), "Query Parameters", event.ObjectValue(parameters),
			"Fragment", text(u.Fragment))
	},
	Examples: []Example{example(
		object("Scheme", text("https"), "Host", text("a.example"), "Port", text("8443"), "Path", text("/x"), "Username", text("jo"), "Password", empty,
			"Query Parameters", object("q", text("1 2")), "Fragment", text("f")),
		text("https://jo@a.example:8443/x?q=1+2#f")), example(null, text("no url"))},
})

func unescapeQuery(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	return s
}
