package source

import (
	"bytes"
	"strconv"
	"strings"

	"goshawk/event"
)

// auditHead is what an audit record says before its pairs: type=SYSCALL msg=audit(1604994496.155:92733): …
type auditHead struct {
	node   string // the host that wrote it, if the line says so
	name   string // of the type
	number int    // of the type; 0 if unknown
	stamp  string // "audit(1604994496.155:92733)"
	ticks  int64
	serial uint64
	body   []byte
}

// parseAuditHead reads a record that begins at the start of line. The texts are views of it.
func parseAuditHead(line []byte) (h auditHead, ok bool) {
	rest := line
	if node, ok := bytes.CutPrefix(rest, []byte("node=")); ok {
		n := bytes.IndexByte(node, ' ')
		if n < 0 {
			return h, false
		}
		h.node, rest = view(node[:n]), bytes.TrimLeft(node[n:], " ")
	}
	rest, ok = bytes.CutPrefix(rest, []byte("type="))
	if !ok {
		return h, false
	}
	n := bytes.IndexByte(rest, ' ')
	if n <= 0 || n > 64 {
		return h, false
	}
	h.number, h.name = auditTypeOf(view(rest[:n]))
	rest = bytes.TrimPrefix(bytes.TrimLeft(rest[n:], " "), []byte("msg="))
	if !bytes.HasPrefix(rest, []byte("audit(")) {
		return h, false
	}
	n = bytes.IndexByte(rest[:min(len(rest), 64)], ')')
	if n < 0 {
		return h, false
	}
	h.stamp = view(rest[:n+1])
	when, serial, _ := strings.Cut(h.stamp[len("audit("):n], ":")
	ticks, okTime := auditTime(when)
	number, okSerial := digits(serial)
	if !okTime || !okSerial {
		return h, false
	}
	h.ticks, h.serial = ticks, uint64(number)
	h.body = bytes.TrimPrefix(rest[n+1:], []byte(":"))
	return h, true
}

// auditTime reads seconds.fraction since 1970.
func auditTime(text string) (ticks int64, ok bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, ok := digits(whole)
	if !ok || len(whole) > 11 || len(fraction) > 9 {
		return 0, false
	}
	scale := int64(event.TicksPerSecond)
	for _, c := range []byte(fraction) {
		if c < '0' || c > '9' {
			return 0, false
		}
		scale /= 10
		ticks += int64(c-'0') * scale
	}
	return event.UnixEpoch + seconds*event.TicksPerSecond + ticks, true
}

// auditMention says whether a line may hold an audit record somewhere near its start.
func auditMention(line []byte) bool {
	return bytes.Contains(line[:min(len(line), 512)], []byte("audit("))
}

// findAuditRecord reads the record of a line that begins with one, or whose syslog message does. A line that only talks of
// an audit record further on is none.
func findAuditRecord(line []byte) (auditHead, bool) {
	if h, ok := parseAuditHead(line); ok {
		return h, true
	}
	if !auditMention(line) {
		return auditHead{}, false
	}
	s, _ := parseSyslogHead(line, nil)
	h, ok := auditInMessage(s.message)
	if ok && h.node == "" {
		h.node = s.host
	}
	return h, ok
}

// auditInMessage reads the record that a syslog message is, with or without what the kernel's printing puts in front:
// "[ 12.345678] audit: type=1300 audit(…): …".
func auditInMessage(message []byte) (auditHead, bool) {
	if len(message) > 0 && message[0] == '[' {
		if n := bytes.IndexByte(message[:min(len(message), 32)], ']'); n > 0 {
			message = bytes.TrimLeft(message[n+1:], " ")
		}
	}
	message = bytes.TrimLeft(bytes.TrimPrefix(message, []byte("audit:")), " ")
	return parseAuditHead(message)
}

// auditForm is how a value is written.
type auditForm uint8

const (
	auditBare   auditForm = iota
	auditQuoted           // "…"
	auditNested           // '…', more pairs as a rule
	auditBraced           // { … }
	auditWord             // no pair but a word
	auditCut              // quoted, and the end is missing
)

// auditScanner walks over the pairs of a record.
type auditScanner struct {
	rest []byte
	old  bool // a message of the old form, where ( ) , stand around the pairs
}

// next returns a pair, or a word in place of the key.
func (s *auditScanner) next() (key, value []byte, form auditForm, ok bool) {
	b := s.rest
	i := 0
	for i < len(b) && (b[i] <= ' ' || b[i] == ',' || s.old && (b[i] == '(' || b[i] == ')' || b[i] == ':')) {
		i++
	}
	b = b[i:]
	if len(b) == 0 {
		s.rest = nil
		return nil, nil, 0, false
	}
	i = 0
	for i < len(b) && b[i] > ' ' && b[i] != '=' {
		i++
	}
	if i == len(b) || b[i] != '=' {
		s.rest = b[i:]
		return b[:i], nil, auditWord, true
	}
	key, b = b[:i], b[i+1:]
	if len(b) == 0 {
		s.rest = nil
		return key, b, auditBare, true
	}
	end := -1
	switch b[0] {
	case '"':
		form, end = auditQuoted, bytes.IndexByte(b[1:], '"')
	case '\'':
		// What is nested comes last and may hold apostrophes.
		form, end = auditNested, bytes.LastIndexByte(b[1:], '\'')
	case '{':
		form, end = auditBraced, bytes.IndexByte(b[1:], '}')
	default:
		i = 0
		for i < len(b) && b[i] > ' ' && !(s.old && (b[i] == ',' || b[i] == ')')) {
			i++
		}
		if i > len("(null)") && b[0] == '(' && (string(b[:6]) == "(null)" || string(b[:6]) == "(none)") {
			i = len("(null)") // what follows came behind a byte 0x1D that somebody took out
		}
		s.rest = b[i:]
		return key, b[:i], auditBare, true
	}
	if end < 0 {
		s.rest = nil
		return key, b[1:], auditCut, true
	}
	s.rest = b[end+2:]
	return key, b[1 : end+1], form, true
}

// splitEnriched returns the record's own pairs and those that the daemon added when it resolved numbers, which follow a
// byte 0x1D, or #035 where syslog escaped it.
func splitEnriched(body []byte) (own, added []byte) {
	if i := bytes.IndexByte(body, 0x1d); i >= 0 {
		return body[:i], body[i+1:]
	}
	if i := bytes.Index(body, []byte("#035")); i >= 0 && i+4 < len(body) && 'A' <= body[i+4] && body[i+4] <= 'Z' {
		return body[:i], body[i+4:]
	}
	return body, nil
}

var (
	auditHexCodec   = event.NewCodec("audit-hex", func(dst []byte, raw string) []byte { return appendAuditHex(dst, raw) })
	auditTitleCodec = event.NewCodec("audit-title", func(dst []byte, raw string) []byte {
		start := len(dst)
		dst = appendAuditHex(dst, raw)
		for len(dst) > start && dst[len(dst)-1] == 0 {
			dst = dst[:len(dst)-1]
		}
		for i := start; i < len(dst); i++ {
			if dst[i] == 0 {
				dst[i] = ' '
			}
		}
		return dst
	})
)

func appendAuditHex(dst []byte, raw string) []byte {
	for i := 0; i+1 < len(raw); i += 2 {
		dst = append(dst, hexNibble(raw[i])<<4|hexNibble(raw[i+1]))
	}
	return dst
}

// hexNibble returns the value of an upper-case hexadecimal digit.
func hexNibble(c byte) byte {
	if c > '9' {
		return c - 'A' + 10
	}
	return c - '0'
}

// isAuditHex says whether text is pairs of upper-case hexadecimal digits.
func isAuditHex(text []byte) bool {
	if len(text) == 0 || len(text)%2 != 0 {
		return false
	}
	for _, c := range text {
		if !('0' <= c && c <= '9' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}

// needsAuditHex says whether the text that hex spells is one that the writer must spell so: with a blank, a quote, a control
// character or a byte above 0x7E.
func needsAuditHex(hex []byte) bool {
	for i := 0; i+1 < len(hex); i += 2 {
		if c := hexNibble(hex[i])<<4 | hexNibble(hex[i+1]); c <= ' ' || c == '"' || c > 0x7e {
			return true
		}
	}
	return false
}

// auditEncoded tells how a value that is neither quoted nor marked may be spelled.
type auditEncoded uint8

const (
	auditPlain    auditEncoded = iota
	auditHex                   // bare means hexadecimal
	auditMaybeHex              // bare means hexadecimal if the text needs it, and not if it is all decimal digits
	auditKeys                  // like auditHex, with bytes 0x01 between several keys
	auditTitleHex              // like auditHex, with NUL between arguments
)

// auditEncodings lists the fields that a writer encodes when their text asks for it.
var auditEncodings = map[string]auditEncoded{
	"comm": auditHex, "exe": auditHex, "cwd": auditHex, "name": auditHex, "path": auditHex, "cmd": auditHex, "dir": auditHex,
	"ocomm": auditHex, "file": auditHex, "watch": auditHex, "data": auditHex,
	"key": auditKeys, "proctitle": auditTitleHex,
	"acct": auditMaybeHex, "old": auditMaybeHex, "new": auditMaybeHex, "grp": auditMaybeHex, "new_group": auditMaybeHex,
	"vm": auditMaybeHex, "device": auditMaybeHex, "cgroup": auditMaybeHex, "sw": auditMaybeHex, "root_dir": auditMaybeHex,
	"invalid_context": auditMaybeHex, "old-disk": auditMaybeHex, "new-disk": auditMaybeHex, "old-fs": auditMaybeHex,
	"new-fs": auditMaybeHex, "old-chardev": auditMaybeHex, "new-chardev": auditMaybeHex, "old-rng": auditMaybeHex,
	"new-rng": auditMaybeHex, "cmdline": auditMaybeHex,
}

// auditValue decodes the value of a pair; the absent Value says that the record has none.
func auditValue(number int, name auditName, value []byte, form auditForm) event.Value {
	text := event.TextValue(view(value))
	if form == auditBraced {
		return event.TextValue(strings.TrimSpace(view(value)))
	}
	if form != auditBare {
		return text
	}
	if len(value) > 0 && (value[0] == '(' || value[0] == '?') {
		switch string(value) {
		case "(null)", "(none)", "?":
			return event.Value{}
		}
	}
	encoding := name.encoding
	if number == auditExecve {
		encoding = auditPlain
		if _, _, ok := auditArg(name.Text); ok {
			encoding = auditHex
		}
	}
	if encoding == auditPlain || !isAuditHex(value) {
		return text
	}
	switch encoding {
	case auditMaybeHex:
		if _, decimal := digits(text.Text()); decimal || !needsAuditHex(value) {
			return text
		}
	case auditTitleHex:
		return event.EncodedValue(auditTitleCodec, view(value))
	case auditKeys:
		keys := strings.Split(string(appendAuditHex(nil, view(value))), "\x01")
		if len(keys) == 1 {
			return event.TextValue(keys[0])
		}
		list := make([]event.Value, len(keys))
		for i, k := range keys {
			list[i] = event.TextValue(k)
		}
		return event.ListValue(list...)
	}
	return event.EncodedValue(auditHexCodec, view(value))
}

// auditArg reads the name of an argument in an EXECVE record: a2, a2[1] for the second part of a long one. The part of a
// whole argument is -1. For a2_len, which announces the length of a long one, it reports false.
func auditArg(key string) (arg, part int, ok bool) {
	if len(key) < 2 || key[0] != 'a' {
		return 0, 0, false
	}
	figure, rest, long := strings.Cut(key[1:], "[")
	part = -1
	if long {
		n, err := strconv.Atoi(strings.TrimSuffix(rest, "]"))
		if err != nil || n < 0 || n > 1<<20 {
			return 0, 0, false
		}
		part = n
	}
	n, ok := digits(figure)
	if !ok || n > 1<<24 {
		return 0, 0, false
	}
	return int(n), part, true
}
