package fn

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"

	"goshawk/event"
)

// Hashes of the bytes of a text, in hexadecimal. They name files and link records; nothing here guards a secret.

func hash(name, label string, sum func([]byte) []byte, examples ...Example) *Func {
	return define(Func{
		Name: name, Doc: "The " + label + " of the bytes of a text, in hexadecimal, lower case.",
		Params: []Param{required("text", "string")}, Result: "string", Strict: true,
		Eval:     func(args []event.Value) event.Value { return text(hex.EncodeToString(sum(args[0].AppendText(nil)))) },
		Examples: examples,
	})
}

var (
	_ = hash("md5", "MD5", func(b []byte) []byte { s := md5.Sum(b); return s[:] }, example(text("900150983cd24fb0d6963f7d28e17f72"), text("abc")))
	_ = hash("sha1", "SHA-1", func(b []byte) []byte { s := sha1.Sum(b); return s[:] }, example(text("a9993e364706816aba3e25717850c26c9cd0d89d"), text("abc")))
	_ = hash("sha256", "SHA-256", func(b []byte) []byte { s := sha256.Sum256(b); return s[:] },
		example(text("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), text("abc")))
	_ = hash("sha512", "SHA-512", func(b []byte) []byte { s := sha512.Sum512(b); return s[:] },
		example(text("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"), empty))
)
