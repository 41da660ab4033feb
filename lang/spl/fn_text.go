package spl

import (
	"goshawk/plan"
)

// Functions of texts.

// definePlain enters a function that is one of the catalogue, with the same arguments.
func definePlain(name string, least, most int, kernel, doc string, aliases ...string) *function {
	return defineFunction(function{
		name: name, aliases: aliases, least: least, most: most, doc: doc,
		value: func(c *call) plan.Expr { return apply(kernel, c.all()...) },
	})
}

var (
	_ = definePlain("len", 1, 1, "spl_len", "The number of characters of a text.")
	_ = definePlain("lower", 1, 1, "spl_lower", "The text in lower case.")
	_ = definePlain("upper", 1, 1, "spl_upper", "The text in upper case.")
	_ = definePlain("trim", 1, 2, "spl_trim", "The text without blanks and tabs, or the given characters, at its ends.")
	_ = definePlain("ltrim", 1, 2, "spl_ltrim", "The text without blanks and tabs, or the given characters, at its beginning.")
	_ = definePlain("rtrim", 1, 2, "spl_rtrim", "The text without blanks and tabs, or the given characters, at its end.")
	_ = definePlain("substr", 2, 3, "spl_substr", "The part of a text from a character on, 1 being the first and -1 the last, of at most so many characters.")
	_ = definePlain("urldecode", 1, 1, "spl_urldecode", "The text with each %XX as the character of that number.")
	_ = definePlain("spath", 2, 2, "spl_spath_get", "The value at a path in a text of JSON or XML.")
	_ = definePlain("md5", 1, 1, "spl_md5", "The MD5 of a text in hexadecimal.")
	_ = definePlain("sha1", 1, 1, "spl_sha1", "The SHA-1 of a text in hexadecimal.")
	_ = definePlain("sha256", 1, 1, "spl_sha256", "The SHA-256 of a text in hexadecimal.")
	_ = definePlain("sha512", 1, 1, "spl_sha512", "The SHA-512 of a text in hexadecimal.")
)

var _ = defineFunction(function{
	name: "replace", least: 3, most: 3, doc: `The text with each match of a regular expression replaced; \1 is what the first group captured.`,
	value: func(c *call) plan.Expr { return apply("spl_replace", c.arg(0), c.regexArg(1), c.arg(2)) },
})
