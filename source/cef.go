package source

import (
	"bytes"
	"fmt"
	"strings"

	"goshawk/event"
)

// CEF and LEEF, the one-line forms that security devices send, with or without a syslog head.
//
// CEF: Class {cef, vendor, product, event class id}; fields DeviceVendor, DeviceProduct, DeviceVersion, DeviceEventClassID,
// Name, Severity, then the extension under its own keys (src, dpt, cs1, cs1Label …). LEEF: Class {leef, vendor, product, event
// id}; fields DeviceVendor, DeviceProduct, DeviceVersion, EventID, then the attributes under theirs. A syslog head comes
// first, as timestamp, host, facility, severity.
var _ = register(Format{
	Name:       "cef",
	Doc:        "CEF or LEEF events of security devices, one a line",
	Sniff:      sniffCEF,
	Frame:      frameAudit,
	NewDecoder: newLineDecoder,
})

func sniffCEF(head []byte) Guess {
	found, lines := 0, 0
	eachHeadLine(head, func(line []byte) {
		if lines++; isCEF(line) {
			found++
		}
	})
	return shareGuess(found, lines, 95, fmt.Sprintf("%d of %d lines begin with CEF: or LEEF:", found, lines))
}

// isCEF says whether text begins with the mark and version of CEF or LEEF.
func isCEF(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte("CEF:"))
	if !ok {
		if rest, ok = bytes.CutPrefix(b, []byte("LEEF:")); !ok {
			return false
		}
	}
	rest = bytes.TrimLeft(rest, " ")
	n := 0
	for n < len(rest) && n < 4 && ('0' <= rest[n] && rest[n] <= '9' || rest[n] == '.') {
		n++
	}
	return n > 0 && n < len(rest) && rest[n] == '|'
}

var (
	cefVendor   = event.NameOf("DeviceVendor")
	cefProduct  = event.NameOf("DeviceProduct")
	cefVersion  = event.NameOf("DeviceVersion")
	cefClassID  = event.NameOf("DeviceEventClassID")
	cefName     = event.NameOf("Name")
	cefSeverity = event.NameOf("Severity")
	leefEventID = event.NameOf("EventID")
)

// cefCodec decodes the escapes of CEF: \\ \| \= \n \r.
var cefCodec = event.NewCodec("cef", func(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' && i+1 < len(raw) {
			switch next := raw[i+1]; next {
			case '\\', '|', '=':
				c = next
				i++
			case 'n':
				c = '\n'
				i++
			case 'r':
				c = '\r'
				i++
			}
		}
		dst = append(dst, c)
	}
	return dst
})

func cefValue(text []byte) event.Value {
	if bytes.IndexByte(text, '\\') < 0 {
		return event.TextValue(view(text))
	}
	return event.EncodedValue(cefCodec, view(text))
}

// cefPart takes the part up to the next bar that no backslash hides off b.
func cefPart(b []byte) (part, rest []byte, ok bool) {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '|':
			return b[:i], b[i+1:], true
		}
	}
	return b, nil, false
}

// cef reads a message that isCEF. It reports false if the head is not complete.
func (s *syslogReader) cef(m []byte, ev *event.Event) bool {
	leef := m[0] == 'L'
	names := []*event.Name{cefVendor, cefProduct, cefVersion, cefClassID, cefName, cefSeverity}
	if leef {
		names = []*event.Name{cefVendor, cefProduct, cefVersion, leefEventID}
	}
	mark, rest, _ := cefPart(m)
	var values [6]event.Value
	for i, name := range names {
		part, next, ok := cefPart(rest)
		if !ok && i < len(names)-1 {
			return false
		}
		values[i] = cefValue(part)
		ev.Record.Add(name, values[i])
		rest = next
	}
	product := "cef"
	if leef {
		product = "leef"
		rest = s.leefAttributes(mark, rest, &ev.Record)
	} else {
		rest = s.cefExtension(rest, &ev.Record)
	}
	if len(rest) > 0 {
		ev.Marks |= event.Truncated
	}
	ev.FreeText = true
	ev.Class = event.ClassOf(event.Class{Product: product, Channel: values[0].Text(), Provider: values[1].Text(), ID: values[3].Text()})
	return true
}

// maxExtension bounds the pairs of an extension that become fields.
const maxExtension = 1024

// cefExtension adds the pairs of an extension. A value runs to the blank before the next key; a key has no blank and no
// escape, an equals sign in a value should be hidden by a backslash. It returns what is left over by maxExtension.
func (s *syslogReader) cefExtension(b []byte, r *event.Record) (left []byte) {
	b = bytes.TrimLeft(b, " ")
	for n := 0; len(b) > 0 && n < maxExtension; n++ {
		equals := bytes.IndexByte(b, '=')
		if equals <= 0 {
			return nil
		}
		key := b[:equals]
		if i := bytes.LastIndexByte(key, ' '); i >= 0 {
			key = key[i+1:]
		}
		b = b[equals+1:]
		end, next := len(b), len(b)
		blank := -1
		for i := 0; i < len(b); i++ {
			c := b[i]
			if c == '\\' {
				i++
				blank = -1
				continue
			}
			if c == ' ' {
				blank = i
				continue
			}
			if c == '=' && blank >= 0 && blank+1 < i {
				end, next = blank, blank+1
				break
			}
			if blank >= 0 && !isCEFKey(c) {
				blank = -1
			}
		}
		if len(key) > 0 {
			r.Add(s.name(key), cefValue(bytes.TrimRight(b[:end], " ")))
		}
		b = b[next:]
	}
	return b
}

// isCEFKey says whether a key may hold a character.
func isCEFKey(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == '[' || c == ']'
}

// leefAttributes adds the attributes of LEEF: between tabs, or in version 2 between what its head says, as a character or as
// x5E or 0x5E. It returns what is left over by maxExtension.
func (s *syslogReader) leefAttributes(mark, b []byte, r *event.Record) (left []byte) {
	between := "\t"
	if strings.HasPrefix(strings.TrimLeft(view(mark[len("LEEF:"):]), " "), "2") {
		if part, rest, ok := cefPart(b); ok {
			named := string(part)
			figure := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(named), "0"), "x")
			switch {
			case len(named) == 1 || len(named) == 2 && named[0] == '\\' && named[1] != 't':
				between, b = named[len(named)-1:], rest
			case len(figure) == 2 && len(named) > 2 && isAuditHex([]byte(strings.ToUpper(figure))):
				between, b = string(appendAuditHex(nil, strings.ToUpper(figure))), rest
			case named == "" || named == `\t`:
				b = rest
			}
		}
	}
	if between == "\t" && !bytes.Contains(b, []byte("\t")) && bytes.Contains(b, []byte("#011")) {
		between = "#011"
	}
	for n := 0; len(b) > 0 && n < maxExtension; n++ {
		pair, rest, _ := bytes.Cut(b, []byte(between))
		b = rest
		if key, value, ok := bytes.Cut(pair, []byte("=")); ok && len(bytes.TrimSpace(key)) > 0 {
			r.Add(s.name(bytes.TrimSpace(key)), event.TextValue(view(value)))
		}
	}
	return b
}
