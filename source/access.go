package source

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"goshawk/event"
)

// Access logs of Apache and nginx: the common and the combined form, with or without the virtual host in front and more
// quoted columns behind.
//
// Class {webserver, webserver}. Fields are named as in W3C logs, for that is how detections call them: timestamp, c-ip,
// cs-ident, cs-username, cs-method, cs-uri (as requested), cs-uri-stem, cs-uri-query, cs-version, sc-status, sc-bytes, cs-referer,
// cs-user-agent, s-host (the virtual host); further columns are extra. What is - is absent.
var _ = register(Format{
	Name:        "access-log",
	Doc:         "access logs of Apache and nginx, in the common or the combined form",
	Sniff:       sniffAccess,
	Frame:       frameLines,
	NewDecoder:  func(Options) Decoder { return &accessDecoder{} },
	Sourcetypes: []string{"access_combined*", "access_common", "nginx:plus:access", "apache:access*"},
})

func sniffAccess(head []byte) Guess {
	found, lines := 0, 0
	var d accessDecoder
	eachHeadLine(head, func(line []byte) {
		lines++
		d.ev.Reset()
		if d.read(line) {
			found++
		}
	})
	return shareGuess(found, lines, 93, fmt.Sprintf("%d of %d lines are requests in the common form of access logs", found, lines))
}

var (
	accessHost     = event.NameOf("s-host")
	accessClient   = event.NameOf("c-ip")
	accessIdent    = event.NameOf("cs-ident")
	accessUser     = event.NameOf("cs-username")
	accessMethod   = event.NameOf("cs-method")
	accessURI      = event.NameOf("cs-uri")
	accessStem     = event.NameOf("cs-uri-stem")
	accessQuery    = event.NameOf("cs-uri-query")
	accessVersion  = event.NameOf("cs-version")
	accessStatus   = event.NameOf("sc-status")
	accessBytes    = event.NameOf("sc-bytes")
	accessReferer  = event.NameOf("cs-referer")
	accessAgent    = event.NameOf("cs-user-agent")
	accessExtra    = event.NameOf("extra")
	webserverClass = event.ClassOf(event.Class{Product: "webserver", Channel: "webserver"})
)

type accessDecoder struct {
	day   string // the text and the ticks of the last minute that was read
	ticks int64
	ev    event.Event
}

func (d *accessDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	b.lines(func(line []byte, number uint64, offset int64) bool {
		if len(bytes.TrimSpace(line)) == 0 {
			return true
		}
		d.ev.Reset()
		if !d.read(line) {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: number, Code: "access-syntax",
				Reason: "line is no request in the common form of access logs", Lost: true})
			return true
		}
		d.ev.Class, d.ev.Raw = webserverClass, line
		d.ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		return give(&d.ev)
	})
}

// read adds the fields of a line: [vhost] client ident user [time] "request" status bytes ["referer" "agent" …].
func (d *accessDecoder) read(line []byte) bool {
	open := bytes.IndexByte(line[:min(len(line), 1024)], '[')
	if open < 0 {
		return false
	}
	// The user may hold blanks; what stands before it may not.
	var host []byte
	client, who, _ := bytes.Cut(bytes.TrimRight(line[:open], " "), []byte(" "))
	ident, user, ok := bytes.Cut(who, []byte(" "))
	if ok && isAddress(ident) && !isAddress(client) {
		host, client = client, ident
		ident, user, ok = bytes.Cut(user, []byte(" "))
	}
	if !ok {
		return false
	}
	rest := line[open+1:]
	shut := bytes.IndexByte(rest[:min(len(rest), 40)], ']')
	if shut < 0 || len(rest) < shut+3 || rest[shut+1] != ' ' || rest[shut+2] != '"' {
		return false
	}
	ticks, ok := d.time(view(rest[:shut]))
	if !ok {
		return false
	}
	request, rest, ok := accessQuoted(rest[shut+2:])
	if !ok {
		return false
	}
	status, rest := accessWord(rest)
	if n, w := smallNumber(status, 4); w != len(status) || n > 999 || w != 3 {
		return false
	}
	size, rest := accessWord(rest)

	r := &d.ev.Record
	d.ev.Logged = ticks
	r.Add(syslogTimestamp, event.TimeValue(ticks))
	d.add(accessHost, host)
	d.add(accessClient, client)
	d.add(accessIdent, ident)
	d.add(accessUser, user)
	d.request(request)
	d.add(accessStatus, status)
	d.add(accessBytes, size)
	for i := 0; len(rest) > 0; i++ {
		if i == 64 {
			d.ev.Marks |= event.Truncated
			break
		}
		name := accessExtra
		if i < 2 {
			name = [...]*event.Name{accessReferer, accessAgent}[i]
		}
		var value []byte
		if rest[0] == '"' {
			if value, rest, ok = accessQuoted(rest); !ok {
				d.ev.Marks |= event.Truncated
			}
		} else {
			value, rest = accessWord(rest)
			if i < 2 {
				name = accessExtra
			}
		}
		d.add(name, value)
	}
	return true
}

// isAddress says whether a word may be the client: an address or a name with neither a port nor anything odd.
func isAddress(word []byte) bool {
	if len(word) == 0 {
		return false
	}
	dots := 0
	for _, c := range word {
		switch {
		case c == '.' || c == ':':
			dots++
		case '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f':
		default:
			return false
		}
	}
	return dots > 1
}

// add adds a value, decoding what the server escaped.
func (d *accessDecoder) add(name *event.Name, text []byte) {
	if len(text) == 0 || string(text) == "-" {
		return
	}
	if bytes.IndexByte(text, '\\') >= 0 {
		d.ev.Record.Add(name, event.EncodedValue(accessCodec, view(text)))
		return
	}
	d.ev.Record.Add(name, event.TextValue(view(text)))
}

// request adds the parts of a request line. What is no request line (bytes of another protocol) is the URI alone.
func (d *accessDecoder) request(request []byte) {
	method, rest, ok := bytes.Cut(request, []byte(" "))
	if !ok || len(method) == 0 || len(method) > 32 {
		d.add(accessURI, request)
		return
	}
	uri := rest
	var version []byte
	if i := bytes.LastIndex(rest, []byte(" HTTP/")); i >= 0 {
		uri, version = rest[:i], rest[i+1:]
	}
	d.add(accessMethod, method)
	d.add(accessURI, uri)
	stem, query, asked := bytes.Cut(uri, []byte("?"))
	d.add(accessStem, stem)
	if asked {
		d.add(accessQuery, query)
	}
	d.add(accessVersion, version)
}

// accessQuoted takes a quoted value off b, which begins with a quote; a backslash hides one.
func accessQuoted(b []byte) (value, rest []byte, ok bool) {
	b = b[1:]
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return b[:i], bytes.TrimLeft(b[i+1:], " "), true
		}
	}
	return b, nil, false
}

func accessWord(b []byte) (word, rest []byte) {
	word, rest, _ = bytes.Cut(bytes.TrimLeft(b, " "), []byte(" "))
	return word, bytes.TrimLeft(rest, " ")
}

// time reads 10/Oct/2000:13:55:36 -0700. Lines of the same second follow each other.
func (d *accessDecoder) time(text string) (ticks int64, ok bool) {
	if text == d.day {
		return d.ticks, true
	}
	t, err := time.Parse("02/Jan/2006:15:04:05 -0700", text)
	if err != nil {
		return 0, false
	}
	d.day, d.ticks = strings.Clone(text), event.TicksOf(t)
	return d.ticks, true
}

// accessCodec decodes what servers escape: \" \\ \t \n \r \xhh.
var accessCodec = event.NewCodec("access-log", func(dst []byte, raw string) []byte {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 == len(raw) {
			dst = append(dst, c)
			continue
		}
		i++
		switch raw[i] {
		case 't':
			dst = append(dst, '\t')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case '"', '\\':
			dst = append(dst, raw[i])
		case 'x':
			if i+2 < len(raw) {
				if digits := strings.ToUpper(raw[i+1 : i+3]); isAuditHex([]byte(digits)) {
					dst = appendAuditHex(dst, digits)
					i += 2
					continue
				}
			}
			dst = append(dst, '\\', 'x')
		default:
			dst = append(dst, '\\', raw[i])
		}
	}
	return dst
})
