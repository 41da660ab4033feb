package source

import (
	"bytes"
	"net/netip"
	"strconv"

	"goshawk/event"
)

// The fields of a record event: type, node, msg (the stamp), time, serial; then the record's pairs, decoded, those nested
// in msg='…' among them; then what the daemon added, under its UPPER-case names. Values that say (null), (none) or ? are
// absent. What follows from a pair is added:
//
//   - SYSCALL and SECCOMP: ARCH and SYSCALL, as the daemon adds them when it is told to, where it did not;
//   - SOCKADDR: family (ipv4, ipv6, unix, netlink, packet, vsock or the number), addr, port, path;
//   - PATH of older kernels: nametype, which they called objtype;
//   - AVC: seresult (denied, granted) and seperms (read,write).
var (
	auditFieldType     = event.NameOf("type")
	auditFieldNode     = event.NameOf("node")
	auditFieldMsg      = event.NameOf("msg")
	auditFieldTime     = event.NameOf("time")
	auditFieldSerial   = event.NameOf("serial")
	auditFieldARCH     = event.NameOf("ARCH")
	auditFieldSYSCALL  = event.NameOf("SYSCALL")
	auditFieldArch     = event.NameOf("arch")
	auditFieldSyscall  = event.NameOf("syscall")
	auditFieldSaddr    = event.NameOf("saddr")
	auditFieldFamily   = event.NameOf("family")
	auditFieldAddr     = event.NameOf("addr")
	auditFieldPort     = event.NameOf("port")
	auditFieldPath     = event.NameOf("path")
	auditFieldNametype = event.NameOf("nametype")
	auditFieldObjtype  = event.NameOf("objtype")
	auditFieldSeresult = event.NameOf("seresult")
	auditFieldSeperms  = event.NameOf("seperms")
)

// maxAuditPairs bounds the fields of one record; what lies behind is in the raw text only, and the record is marked.
const maxAuditPairs = 4096

// auditNames is a decoder's own table of names and of how audit records encode values under them, so that naming a field
// costs one look-up.
type auditNames map[string]auditName

type auditName struct {
	*event.Name
	encoding auditEncoded
}

// of returns the name that the text is.
func (t auditNames) of(text []byte) *event.Name { return t.lookup(text).Name }

func (t auditNames) lookup(text []byte) auditName {
	if n, ok := t[string(text)]; ok {
		return n
	}
	n := auditName{Name: event.NameOf(view(text))}
	n.encoding = auditEncodings[n.Text]
	if len(t) < 1<<13 {
		t[n.Text] = n
	}
	return n
}

// readAuditRecord adds the fields of a record. The values are views of its line.
func readAuditRecord(h *auditHead, r *event.Record, names auditNames) event.Marks {
	r.Add(auditFieldType, event.TextValue(h.name))
	if h.node != "" {
		r.Add(auditFieldNode, event.TextValue(h.node))
	}
	r.Add(auditFieldMsg, event.TextValue(h.stamp))
	r.Add(auditFieldTime, event.TimeValue(h.ticks))
	r.Add(auditFieldSerial, event.TextValue(view(bytesOf(h.stamp)[bytes.IndexByte(bytesOf(h.stamp), ':')+1:len(h.stamp)-1])))

	own, added := splitEnriched(h.body)
	first := len(r.Fields)
	if h.number == auditAVC || h.number == auditUserAVC {
		own = readAVC(own, r)
	}
	marks := readAuditPairs(h.number, own, r, names, true)
	if added != nil {
		marks |= readAuditPairs(h.number, added, r, names, false)
	}
	switch h.number {
	case auditSyscall, auditSeccomp:
		resolveSyscall(r, first)
	case auditSockaddr:
		if v := auditFieldOf(r, first, auditFieldSaddr); !v.IsAbsent() {
			text, _ := v.Plain()
			readSockaddr(text, r)
		}
	case auditPath:
		if v := auditFieldOf(r, first, auditFieldObjtype); !v.IsAbsent() && auditFieldOf(r, first, auditFieldNametype).IsAbsent() {
			r.Add(auditFieldNametype, v)
		}
	}
	return marks
}

// readAuditPairs adds pairs; own are those of the record itself, where values may be encoded and one may nest more.
func readAuditPairs(number int, pairs []byte, r *event.Record, names auditNames, own bool) (marks event.Marks) {
	s := auditScanner{rest: pairs}
	for {
		key, value, form, ok := s.next()
		if !ok {
			return marks
		}
		if len(r.Fields) >= maxAuditPairs {
			return marks | event.Truncated
		}
		switch {
		case form == auditWord || len(key) == 0:
			continue
		case form == auditNested || form == auditCut && len(value) > 0 && string(key) == "msg":
			if form == auditCut {
				marks |= event.Truncated
			}
			marks |= readNestedPairs(number, value, r, names)
			continue
		case form == auditCut:
			marks |= event.Truncated
		}
		name := names.lookup(key)
		v := event.TextValue(view(value))
		if own || form == auditBraced {
			v = auditValue(number, name, value, form)
		}
		if !v.IsAbsent() {
			r.Add(name.Name, v)
		}
	}
}

// readNestedPairs adds the pairs of msg='…'. Programs of old wrote prose around them: 'PAM: session open acct="root" :
// exe="/usr/bin/su" (hostname=?, addr=?, terminal=pts/0 res=success)'.
func readNestedPairs(number int, nested []byte, r *event.Record, names auditNames) (marks event.Marks) {
	s := auditScanner{rest: nested, old: bytes.Contains(nested, []byte(" (hostname="))}
	if number == auditUserAVC {
		s.rest = readAVC(nested, r)
	}
	for {
		key, value, form, ok := s.next()
		if !ok {
			return marks
		}
		if len(r.Fields) >= maxAuditPairs {
			return marks | event.Truncated
		}
		if form == auditWord || len(key) == 0 {
			continue
		}
		if form == auditCut {
			marks |= event.Truncated
		}
		if form == auditQuoted && string(value) == "?" {
			continue
		}
		name := names.lookup(key)
		if v := auditValue(number, name, value, form); !v.IsAbsent() {
			r.Add(name.Name, v)
		}
	}
}

// readAVC adds what an SELinux decision says in words, "avc:  denied  { read write } for  pid=…", and returns the rest.
func readAVC(body []byte, r *event.Record) []byte {
	i := bytes.Index(body, []byte("avc:"))
	if i < 0 {
		return body
	}
	open := bytes.IndexByte(body[i:], '{')
	shut := bytes.IndexByte(body[i:], '}')
	if open < 0 || shut < open {
		return body
	}
	words := bytes.Fields(body[i+len("avc:") : i+open])
	if len(words) > 0 {
		r.Add(auditFieldSeresult, event.TextValue(view(words[0])))
	}
	r.Add(auditFieldSeperms, event.TextValue(string(bytes.Join(bytes.Fields(body[i+open+1:i+shut]), []byte(",")))))
	return body[i+shut+1:]
}

// auditFieldOf returns the first value of a name among the fields from the given one on.
func auditFieldOf(r *event.Record, from int, name *event.Name) event.Value {
	for i := from; i < len(r.Fields); i++ {
		if r.Fields[i].Name == name {
			return r.Fields[i].Value
		}
	}
	return event.Value{}
}

// resolveSyscall adds ARCH and SYSCALL to a record that has only their numbers.
func resolveSyscall(r *event.Record, first int) {
	if !auditFieldOf(r, first, auditFieldSYSCALL).IsAbsent() {
		return
	}
	arch, _ := auditFieldOf(r, first, auditFieldArch).Plain()
	number, _ := auditFieldOf(r, first, auditFieldSyscall).Plain()
	if a := auditArches[arch]; a != nil {
		r.Add(auditFieldARCH, event.TextValue(a.name))
		if name := auditSyscallName(arch, number); name != "" {
			r.Add(auditFieldSYSCALL, event.TextValue(name))
		}
	}
}

// readSockaddr adds what a socket address in hexadecimal says. Its first two bytes are the family in the byte order of the
// machine; the port is always big-endian.
func readSockaddr(hex string, r *event.Record) {
	if !isAuditHex(bytesOf(hex)) || len(hex) < 4 || len(hex) > 1024 {
		return
	}
	b := appendAuditHex(make([]byte, 0, 128), hex)
	family := int(b[0]) | int(b[1])<<8
	if b[0] == 0 && b[1] != 0 {
		family = int(b[1])
	}
	set := func(name *event.Name, text string) { r.Add(name, event.TextValue(text)) }
	port := func() string { return strconv.Itoa(int(b[2])<<8 | int(b[3])) }
	switch {
	case family == 1:
		set(auditFieldFamily, "unix")
		path := b[2:]
		if len(path) > 0 && path[0] == 0 { // the abstract name space; tools write @ for its NUL
			if path = bytes.TrimRight(path[1:], "\x00"); len(path) > 0 {
				set(auditFieldPath, "@"+string(path))
			}
		} else if i := bytes.IndexByte(path, 0); i >= 0 {
			set(auditFieldPath, string(path[:i]))
		} else if len(path) > 0 {
			set(auditFieldPath, string(path))
		}
	case family == 2 && len(b) >= 8:
		set(auditFieldFamily, "ipv4")
		set(auditFieldAddr, netip.AddrFrom4([4]byte(b[4:8])).String())
		set(auditFieldPort, port())
	case family == 10 && len(b) >= 24:
		set(auditFieldFamily, "ipv6")
		set(auditFieldAddr, netip.AddrFrom16([16]byte(b[8:24])).String())
		set(auditFieldPort, port())
	case family == 16:
		set(auditFieldFamily, "netlink")
	case family == 17:
		set(auditFieldFamily, "packet")
	case family == 40:
		set(auditFieldFamily, "vsock")
	default:
		set(auditFieldFamily, strconv.Itoa(family))
	}
}
