package fn

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/adler32"
	"hash/crc32"
	"io"
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// Encodings as Kusto has them. A text that is not what a function decodes gives an empty one.

// kqlBase64 decodes base64 with padding.
func kqlBase64(s string) ([]byte, bool) {
	out, err := base64.StdEncoding.DecodeString(s)
	return out, err == nil
}

var _ = define(Func{
	Name: "kql_base64_decode_tostring", Doc: "The text whose bytes a text in base64, with padding, stands for; empty where it is none or they are no UTF-8.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		out, ok := kqlBase64(s)
		if !ok || !utf8.Valid(out) {
			return ""
		}
		return string(out)
	}),
	Examples: []Example{example(text("Kusto"), text("S3VzdG8=")), example(empty, text("U3RyaW5n0KHR0tGA")), example(empty, text("*")), example(text("l\x00s\x00"), text("bABzAA=="))},
})

var _ = define(Func{
	Name: "kql_base64_decode_toarray", Doc: "The bytes that a text in base64, with padding, stands for, as an array of numbers; Null where it is none.",
	Params: []Param{required("text", "string")}, Result: "dynamic", Strict: true,
	Eval: func(args []event.Value) event.Value {
		b, ok := kqlBase64(args[0].Text())
		if !ok {
			return null
		}
		out := make([]event.Value, len(b))
		for i, c := range b {
			out[i] = whole(int64(c))
		}
		return list(out...)
	},
	Examples: []Example{example(list(whole(75), whole(117), whole(115), whole(116), whole(111)), text("S3VzdG8=")), example(null, text("*")), example(list(), empty)},
})

var _ = define(Func{
	Name: "kql_base64_encode_fromarray", Doc: "The bytes of an array of numbers in base64; empty where one is no byte.",
	Params: []Param{required("array", "dynamic")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		var b []byte
		for _, v := range args[0].List() {
			n, ok := wholeNumber(v)
			if !ok || n < 0 || n > 255 {
				return empty
			}
			b = append(b, byte(n))
		}
		return text(base64.StdEncoding.EncodeToString(b))
	},
	Examples: []Example{example(text("S3VzdG8="), list(whole(75), whole(117), whole(115), whole(116), whole(111))), example(empty, list(whole(256))), example(empty, null)},
})

// swapGuid turns the first three groups of a GUID between their written order and that of their bytes on Windows.
func swapGuid(b []byte) []byte {
	out := bytes.Clone(b)
	binary.LittleEndian.PutUint32(out, binary.BigEndian.Uint32(b))
	binary.LittleEndian.PutUint16(out[4:], binary.BigEndian.Uint16(b[4:]))
	binary.LittleEndian.PutUint16(out[6:], binary.BigEndian.Uint16(b[6:]))
	return out
}

var _ = define(Func{
	Name: "kql_base64_decode_toguid", Doc: "The GUID that 16 bytes in base64 are, as Windows orders them; Null where the text is none.",
	Params: []Param{required("text", "string")}, Result: "guid", Strict: true,
	Eval: func(args []event.Value) event.Value {
		b, ok := kqlBase64(args[0].Text())
		if !ok || len(b) != 16 {
			return null
		}
		s, _ := kqlGuid(hex.EncodeToString(swapGuid(b)))
		return text(s)
	},
	Examples: []Example{example(text("10e99626-bc2b-4c75-bb3e-fe606de25700"), text("JpbpECu8dUy7Pv5gbeJXAA==")), example(null, text("abcd1231"))},
})

var _ = define(Func{
	Name: "kql_base64_encode_fromguid", Doc: "The 16 bytes of a GUID, as Windows orders them, in base64; empty where it is none.",
	Params: []Param{required("guid", "guid")}, Result: "string",
	Eval: func(args []event.Value) event.Value {
		s, ok := kqlGuid(args[0].Text())
		b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
		if !ok || err != nil {
			return empty
		}
		return text(base64.StdEncoding.EncodeToString(swapGuid(b)))
	},
	Examples: []Example{example(text("JpbpECu8dUy7Pv5gbeJXAA=="), text("10e99626-bc2b-4c75-bb3e-fe606de25700")), example(empty, null)},
})

func kqlEscapeURL(s, blank string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < 0x80 && isAlphanumeric(c) || strings.IndexByte("-_.!*()", c) >= 0:
			out.WriteByte(c)
		case c == ' ':
			out.WriteString(blank)
		default:
			out.WriteString("%" + hex.EncodeToString([]byte{c}))
		}
	}
	return out.String()
}

var _ = define(Func{
	Name: "kql_url_encode", Doc: "The text with the characters that have a meaning in a URL as %hh, a blank as +.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval:     onText(func(s string) string { return kqlEscapeURL(s, "+") }),
	Examples: []Example{example(text("https%3a%2f%2fwww.bing.com%2fhello+world"), text("https://www.bing.com/hello world"))},
})

var _ = define(Func{
	Name: "kql_url_encode_component", Doc: "The text with the characters that have a meaning in a URL, and blanks, as %hh.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval:     onText(func(s string) string { return kqlEscapeURL(s, "%20") }),
	Examples: []Example{example(text("https%3a%2f%2fwww.bing.com%2fhello%20world%2f"), text("https://www.bing.com/hello world/")), example(text("a%20b%2fc"), text("a b/c"))},
})

// kqlUnescapeURL turns %hh into bytes and + into a blank; what is no such escape stays.
func kqlUnescapeURL(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				out = append(out, b[0])
				i += 2
				continue
			}
		}
		if s[i] == '+' {
			out = append(out, ' ')
			continue
		}
		out = append(out, s[i])
	}
	return string(out)
}

var _ = define(Func{
	Name: "kql_url_decode", Doc: "The text with each %hh replaced by the byte it stands for and each + by a blank; what is no such escape stays.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval:     onText(kqlUnescapeURL),
	Examples: []Example{example(text("a b/c"), text("a%20b%2Fc")), example(text("hello world"), text("hello+world")), example(text("100%"), text("100%"))},
})

// deflated compresses bytes. Where that makes them longer they are stored, as one block, which is what the engine does.
func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.DefaultCompression)
	w.Write(b)
	w.Close()
	if n := len(b); n <= 0xffff && n+5 <= out.Len() {
		return append([]byte{1, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}, b...)
	}
	return out.Bytes()
}

func inflated(r io.Reader, err error) string {
	if err != nil {
		return ""
	}
	out, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil || len(out) > maxText || !utf8.Valid(out) {
		return ""
	}
	return string(out)
}

var _ = define(Func{
	Name: "kql_gzip_compress", Doc: "The bytes of a text compressed as gzip, in base64.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		out := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}, deflated([]byte(s))...)
		out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE([]byte(s)))
		return base64.StdEncoding.EncodeToString(binary.LittleEndian.AppendUint32(out, uint32(len(s))))
	}),
	Examples: []Example{example(text("H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA=="), text("1234567890qwertyuiop"))},
})

var _ = define(Func{
	Name: "kql_gzip_decompress", Doc: "The text that gzip in base64 holds; empty where the text is none or longer than 64 MiB.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		b, ok := kqlBase64(s)
		if !ok {
			return ""
		}
		r, err := gzip.NewReader(bytes.NewReader(b))
		return inflated(r, err)
	}),
	Examples: []Example{example(text("1234567890qwertyuiop"), text("H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==")), example(empty, text("x0x0x0")), example(empty, empty)},
})

var _ = define(Func{
	Name: "kql_zlib_compress", Doc: "The bytes of a text compressed as zlib, in base64.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		out := append([]byte{0x78, 0x9c}, deflated([]byte(s))...)
		return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(out, adler32.Checksum([]byte(s))))
	}),
	Examples: []Example{example(text("eJwBAQD+/2EAYgBi"), text("a"))},
})

var _ = define(Func{
	Name: "kql_zlib_decompress", Doc: "The text that zlib in base64 holds; empty where the text is none or longer than 64 MiB.",
	Params: []Param{required("text", "string")}, Result: "string", Strict: true,
	Eval: onText(func(s string) string {
		b, ok := kqlBase64(s)
		if !ok {
			return ""
		}
		r, err := zlib.NewReader(bytes.NewReader(b))
		return inflated(r, err)
	}),
	Examples: []Example{example(text("Test string 123"), text("eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=")), example(empty, text("x0x0x0"))},
})
