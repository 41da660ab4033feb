package kql

import (
	"goshawk/schema"
)

func init() {
	defineAll([]function{
		{name: "base64_decode_tostring", aliases: []string{"base64_decodestring"}, doc: "the text that base64 spells", takes: "text:string", gives: "string", kernel: "kql_base64_decode_tostring", naming: nameNone},
		{name: "base64_encode_tostring", aliases: []string{"base64_encodestring"}, doc: "the text in base64", takes: "text:string", gives: "string", kernel: "base64_encode", naming: nameNone},
		{name: "base64_decode_toarray", doc: "the bytes that base64 spells", takes: "text:string", gives: "dynamic", kernel: "kql_base64_decode_toarray", naming: nameNone},
		{name: "base64_encode_fromarray", doc: "bytes in base64", takes: "bytes:dynamic", gives: "string", kernel: "kql_base64_encode_fromarray", naming: nameNone},
		{name: "base64_decode_toguid", doc: "the GUID that base64 spells", takes: "text:string", gives: "guid", kernel: "kql_base64_decode_toguid", naming: nameNone},
		{name: "base64_encode_fromguid", doc: "a GUID in base64", takes: "guid:guid", gives: "string", kernel: "kql_base64_encode_fromguid", naming: nameNone},
		{name: "url_decode", doc: "the text that an encoded URL spells", takes: "text:string", gives: "string", kernel: "kql_url_decode", naming: nameNone},
		{name: "url_encode", doc: "the text encoded for a URL, a blank as +", takes: "text:string", gives: "string", kernel: "kql_url_encode", naming: nameNone},
		{name: "url_encode_component", doc: "the text encoded for a part of a URL", takes: "text:string", gives: "string", kernel: "kql_url_encode_component", naming: nameNone},
		{name: "gzip_compress_to_base64_string", doc: "the text compressed, in base64", takes: "text:string", gives: "string", kernel: "kql_gzip_compress", naming: nameNone},
		{name: "gzip_decompress_from_base64_string", doc: "the text that compressed base64 spells", takes: "text:string", gives: "string", kernel: "kql_gzip_decompress", naming: nameNone},
		{name: "zlib_compress_to_base64_string", doc: "the text compressed, in base64", takes: "text:string", gives: "string", kernel: "kql_zlib_compress", naming: nameNone},
		{name: "zlib_decompress_from_base64_string", doc: "the text that compressed base64 spells", takes: "text:string", gives: "string", kernel: "kql_zlib_decompress", naming: nameNone},
		{name: "punycode_to_string", doc: "the text that Punycode spells", takes: "text:string", gives: "string", kernel: "kql_punycode_decode", naming: nameNone},
		{name: "punycode_from_string", doc: "the text in Punycode", takes: "text:string", gives: "string", kernel: "kql_punycode_encode", naming: nameNone},
		{name: "punycode_domain_to_string", doc: "a domain in Punycode, as the reference has it", takes: "text:string", gives: "string", kernel: "kql_punycode_domain_encode", naming: nameNone},
		{name: "punycode_domain_from_string", doc: "the domain that Punycode spells, as the reference has it", takes: "text:string", gives: "string", kernel: "kql_punycode_domain_decode", naming: nameNone},
		{name: "hash", aliases: []string{"hash_xxhash64"}, doc: "the xxHash64 of the text of a value", takes: "value:scalar, modulus:long?", gives: "long", kernel: "kql_hash", naming: nameNone},
		{name: "hash_combine", doc: "one hash of several", takes: "hash:scalar, more:scalar…", gives: "long", naming: nameNone, refused: "how the service combines hashes is not published"},
		{name: "hash_many", doc: "one hash of several values", takes: "value:scalar, more:scalar…?", gives: "long", naming: nameNone, refused: "how the service combines hashes is not published"},
	})
	for name, kernel := range map[string]string{"hash_md5": "md5", "hash_sha1": "sha1", "hash_sha256": "sha256"} {
		defineFunction(function{
			name: name, doc: "the hash of the text of a value, in hexadecimal digits", takes: "value:scalar", gives: "string", naming: nameNone,
			bind: func(b *binder, c *context, at *call, args []value) value {
				return made(schema.String, kernel, args[0].to(schema.String).exact())
			},
		})
	}
}
