package source

import (
	"bytes"
	"time"

	"goshawk/event"
)

// syslogHead is what a syslog line says before its message.
type syslogHead struct {
	priority int // facility * 8 + severity; -1 if the line does not say
	ticks    int64
	host     string
	program  string // the tag without its number, as the line spells it
	pid      string
	msgid    string
	data     []byte // the structured data of RFC 5424
	message  []byte
	tagged   bool // there is a tag, or its like
}

// syslogClock completes times that lack a year or a zone.
type syslogClock struct {
	arrival time.Time      // not before which no line was written; the zero time if unknown
	zone    *time.Location // of times without one; nil is UTC
}

func (c *syslogClock) location() *time.Location {
	if c == nil || c.zone == nil {
		return time.UTC
	}
	return c.zone
}

// ticks returns the ticks of a time in the clock's zone. A year of 0 is the one that puts the time nearest before arrival;
// a day of slack is left for zones and for clocks that are fast. Without arrival such a time is unknown, 0.
func (c *syslogClock) ticks(year, month, day, hour, minute, second, nano int) int64 {
	if c == nil {
		return 0
	}
	if year == 0 {
		if c.arrival.IsZero() {
			return 0
		}
		latest := c.arrival.AddDate(0, 0, 1)
		year = latest.In(c.location()).Year()
		for range 9 {
			t := time.Date(year, time.Month(month), day, hour, minute, second, nano, c.location())
			if t.Day() == day && !t.After(latest) {
				return event.TicksOf(t)
			}
			year--
		}
		return 0
	}
	return event.TicksOf(time.Date(year, time.Month(month), day, hour, minute, second, nano, c.location()))
}

// parseSyslogHead reads the head of a line: RFC 5424, RFC 3164 with or without the priority, its variants with ISO times,
// Cisco's. It reports false if there is neither a priority nor a time; the message is then the whole line. Texts are views.
func parseSyslogHead(line []byte, clock *syslogClock) (h syslogHead, ok bool) {
	h.priority = -1
	b := line
	if n, length := syslogCount(b); n > 0 && length > 0 {
		b = b[n:]
	}
	h.message = b
	if n, priority := syslogPriority(b); n > 0 {
		h.priority, b, ok = priority, b[n:], true
		h.message = b
		if len(b) > 2 && b[0] == '1' && b[1] == ' ' && h.modern(b[2:], clock) {
			return h, true
		}
	}
	b = bytes.TrimLeft(b, " ")
	if n := ciscoCounter(b); n > 0 && ok {
		b = b[n:]
	}
	n, ticks := syslogTime(b, clock)
	if n == 0 && ok {
		// Cisco: <189>29: name: *Apr 12 …
		if i := bytes.Index(b[:min(len(b), 256)], []byte(": ")); i > 0 && bytes.IndexByte(b[:i], ' ') < 0 {
			if n, ticks = syslogTime(b[i+2:], clock); n > 0 {
				h.host = view(b[:i])
				n += i + 2
			}
		}
	}
	if n == 0 {
		if ok {
			h.message = b
			h.tag()
		}
		return h, ok
	}
	h.ticks = ticks
	b = b[n:]
	if len(b) > 0 && b[0] == ':' { // Cisco without a host
		h.message = bytes.TrimLeft(b[1:], " ")
		h.tag()
		return h, true
	}
	h.message = bytes.TrimLeft(b, " ")
	if h.host == "" {
		h.hostToken()
	}
	h.tag()
	return h, true
}

// modern reads what follows "<PRI>1 " in RFC 5424. It reports false if that is something else.
func (h *syslogHead) modern(b []byte, clock *syslogClock) bool {
	var parts [5][]byte // time, host, program, process id, message id
	for i := range parts {
		n := bytes.IndexByte(b, ' ')
		if n <= 0 {
			return false
		}
		parts[i], b = b[:n], b[n+1:]
	}
	if string(parts[0]) != "-" {
		ticks, zoned, ok := event.ParseTime(view(parts[0]))
		if !ok {
			return false
		}
		h.ticks = clock.place(ticks, zoned)
	}
	field := func(part []byte) string {
		if string(part) == "-" {
			return ""
		}
		return view(part)
	}
	h.host, h.program, h.pid, h.msgid = field(parts[1]), field(parts[2]), field(parts[3]), field(parts[4])
	h.tagged = true
	if len(b) > 0 && b[0] == '[' {
		n := structuredLength(b)
		h.data, b = b[:n], b[n:]
	} else {
		b = bytes.TrimPrefix(b, []byte("-"))
	}
	b = bytes.TrimPrefix(b, []byte(" "))
	h.message = bytes.TrimPrefix(b, []byte("\ufeff"))
	return true
}

// place moves a time that was read as UTC into the clock's zone, unless it named its own.
func (c *syslogClock) place(ticks int64, zoned bool) int64 {
	if zoned || c.location() == time.UTC {
		return ticks
	}
	t := event.TimeOf(ticks)
	return event.TicksOf(time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), c.location()))
}

// structuredLength returns how many bytes of b, which begins with a bracket, are structured data.
func structuredLength(b []byte) int {
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted && (i+1 == len(b) || b[i+1] != '['):
			return i + 1
		}
	}
	return len(b)
}

// syslogCount reads the length that stands before a message when messages are counted instead of ended ("83 <13>1 …"). It
// returns the bytes of the count and its blank, and the length; 0 if there is none.
func syslogCount(b []byte) (n, length int) {
	for n < len(b) && n < 7 && '0' <= b[n] && b[n] <= '9' {
		length = length*10 + int(b[n]-'0')
		n++
	}
	if n == 0 || n+1 >= len(b) || b[n] != ' ' || b[n+1] != '<' {
		return 0, 0
	}
	if m, _ := syslogPriority(b[n+1:]); m == 0 {
		return 0, 0
	}
	return n + 1, length
}

// nextSyslogFrame takes the first message off a line that may hold several, each after its length.
func nextSyslogFrame(line []byte) (message, rest []byte) {
	n, length := syslogCount(line)
	if n > 0 && length > 0 && length < len(line)-n {
		if m, _ := syslogCount(line[n+length:]); m > 0 {
			return line[:n+length], line[n+length:]
		}
	}
	return line, nil
}

// syslogPriority reads <PRI>.
func syslogPriority(b []byte) (n, priority int) {
	if len(b) < 3 || b[0] != '<' {
		return 0, -1
	}
	n = 1
	priority = 0
	for n < len(b) && n < 4 && '0' <= b[n] && b[n] <= '9' {
		priority = priority*10 + int(b[n]-'0')
		n++
	}
	if n == 1 || n == len(b) || b[n] != '>' || priority > 191 {
		return 0, -1
	}
	return n + 1, priority
}

// ciscoCounter returns the length of a counter ("1234: ", or ": " without one) that Cisco puts before the time.
func ciscoCounter(b []byte) int {
	n := 0
	for n < len(b) && n < 10 && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	if n+1 < len(b) && b[n] == ':' && b[n+1] == ' ' {
		return n + 2
	}
	return 0
}

// syslogTime reads the time at the start of b and returns its length, up to the blank or colon behind it; 0 if there is none.
func syslogTime(b []byte, clock *syslogClock) (n int, ticks int64) {
	if len(b) < 14 {
		return 0, 0
	}
	i := 0
	if b[0] == '*' || b[0] == '.' { // Cisco: the clock is not set, or not synchronised
		i = 1
	}
	year := 0
	if c := b[i]; '0' <= c && c <= '9' {
		if b[4] == '-' {
			return isoTime(b, clock)
		}
		y, w := smallNumber(b[i:], 4)
		if w != 4 || b[i+4] != ' ' || i > 0 {
			return 0, 0
		}
		year, i = y, i+5
	}
	month := monthOf(b[i:])
	if month == 0 || i+4 > len(b) || b[i+3] != ' ' {
		return 0, 0
	}
	i += 4
	if i < len(b) && b[i] == ' ' {
		i++
	}
	day, w := smallNumber(b[i:], 2)
	if i += w; w == 0 || day < 1 || day > 31 || i >= len(b) || b[i] != ' ' {
		return 0, 0
	}
	i++
	if y, w := smallNumber(b[i:], 4); w == 4 && i+4 < len(b) && b[i+4] == ' ' && year == 0 {
		year, i = y, i+5
	}
	if len(b) < i+8 || b[i+2] != ':' || b[i+5] != ':' {
		return 0, 0
	}
	hour, w1 := smallNumber(b[i:], 2)
	minute, w2 := smallNumber(b[i+3:], 2)
	second, w3 := smallNumber(b[i+6:], 2)
	if w1+w2+w3 != 6 || hour > 23 || minute > 59 || second > 60 {
		return 0, 0
	}
	i += 8
	nano := 0
	if i+1 < len(b) && (b[i] == '.' || b[i] == ',') && '0' <= b[i+1] && b[i+1] <= '9' {
		scale := int(time.Second)
		for i++; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
			scale /= 10
			nano += int(b[i]-'0') * scale
		}
	}
	if i < len(b) && b[i] != ' ' && b[i] != ':' {
		return 0, 0
	}
	where := clock
	if z := zoneBefore(b[i:]); z > 0 { // Cisco: "18:46:11.123 UTC:"
		if name := string(b[i+1 : i+z]); clock != nil && (name == "UTC" || name == "GMT") {
			where = &syslogClock{arrival: clock.arrival}
		}
		i += z
	}
	return i, where.ticks(year, month, day, hour, minute, second, nano)
}

// zoneBefore returns the length of a blank and a zone's name that a colon follows.
func zoneBefore(b []byte) int {
	n := 1
	for n < len(b) && n < 6 && 'A' <= b[n] && b[n] <= 'Z' {
		n++
	}
	if n > 2 && n < len(b) && b[0] == ' ' && b[n] == ':' {
		return n
	}
	return 0
}

// isoTime reads 2026-05-12T11:00:50.137+02:00, or the same with a blank between date and time.
func isoTime(b []byte, clock *syslogClock) (n int, ticks int64) {
	if len(b) < 16 || b[10] != 'T' && b[10] != ' ' {
		return 0, 0
	}
	n = bytes.IndexAny(b[11:min(len(b), 48)], " \t")
	if n < 0 {
		n = min(len(b), 48) - 11
	}
	n += 11
	text := b[:n]
	if text[n-1] == ':' {
		text = text[:n-1]
	}
	at, zoned, ok := event.ParseTime(view(text))
	if !ok || len(text) < 16 {
		return 0, 0
	}
	return len(text), clock.place(at, zoned)
}

// smallNumber reads up to width digits.
func smallNumber(b []byte, width int) (v, n int) {
	for n < width && n < len(b) && '0' <= b[n] && b[n] <= '9' {
		v = v*10 + int(b[n]-'0')
		n++
	}
	return v, n
}

// monthOf reads the English abbreviation of a month; 0 if there is none.
func monthOf(b []byte) int {
	if len(b) < 3 {
		return 0
	}
	switch string(b[:3]) {
	case "Jan":
		return 1
	case "Feb":
		return 2
	case "Mar":
		return 3
	case "Apr":
		return 4
	case "May":
		return 5
	case "Jun":
		return 6
	case "Jul":
		return 7
	case "Aug":
		return 8
	case "Sep":
		return 9
	case "Oct":
		return 10
	case "Nov":
		return 11
	case "Dec":
		return 12
	}
	return 0
}

// hostToken takes the host off the message, unless what stands there is a tag already.
func (h *syslogHead) hostToken() {
	n := bytes.IndexByte(h.message, ' ')
	if n <= 0 || n > 255 || h.message[n-1] == ':' || h.message[n-1] == ']' || h.message[0] == '%' || isPayload(h.message) {
		return
	}
	h.host, h.message = view(h.message[:n]), bytes.TrimLeft(h.message[n:], " ")
	if len(h.message) > 2 && h.message[0] == ':' && h.message[1] == ' ' { // Cisco ASA: "host : %ASA-…"
		h.message = bytes.TrimLeft(h.message[2:], " ")
	}
}

// isPayload says whether a message begins with something that has a form of its own, and is no tag.
func isPayload(b []byte) bool {
	if len(b) < 5 {
		return false
	}
	switch b[0] {
	case '<', '{':
		return true
	case 'C', 'L':
		return isCEF(b)
	case 'M':
		return bytes.HasPrefix(b, snareMark)
	case 't':
		return bytes.HasPrefix(b, []byte("type="))
	}
	return false
}

// tag takes the tag off the message: "sshd[123]: ", "CRON[1]: ", "%ASA-6-302013: ".
func (h *syslogHead) tag() {
	b := h.message
	if len(b) == 0 || isPayload(b) {
		return
	}
	if b[0] == '%' {
		h.ciscoTag()
		return
	}
	n := 0
	letters := false
	for n < len(b) && n < 128 && b[n] > ' ' && b[n] != ':' && b[n] != '[' {
		letters = letters || 'a' <= b[n]|0x20 && b[n]|0x20 <= 'z'
		n++
	}
	if n == 0 || n == len(b) || !letters {
		return
	}
	end := n
	pid := ""
	if b[end] == '[' {
		shut := bytes.IndexByte(b[end:min(len(b), end+64)], ']')
		if shut < 0 {
			return
		}
		pid = view(b[end+1 : end+shut])
		end += shut + 1
		if end == len(b) || b[end] != ':' {
			if end < len(b) && b[end] != ' ' {
				return
			}
			end--
		}
	} else if b[end] != ':' {
		return
	}
	if end++; end < len(b) && b[end] != ' ' {
		return
	}
	h.program, h.pid, h.tagged = view(b[:n]), pid, true
	h.message = bytes.TrimPrefix(b[end:], []byte(" "))
}

// ciscoTag reads "%FACILITY-severity-CODE:", which stays part of the message, as searches expect.
func (h *syslogHead) ciscoTag() {
	b := h.message
	end := bytes.IndexByte(b[:min(len(b), 96)], ':')
	if end < 0 {
		return
	}
	name := b[1:end]
	first := bytes.IndexByte(name, '-')
	if first <= 0 || bytes.IndexByte(name[first+1:], '-') < 0 || bytes.IndexByte(name, ' ') >= 0 {
		return
	}
	h.program, h.msgid, h.tagged = view(name[:first]), view(name), true
}
