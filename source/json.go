package source

import (
	"bytes"
	"fmt"
	"io"
)

var _ = register(Format{
	Name:       "json",
	Doc:        "JSON objects: one a line, one after the other however printed, in a list, or in the list of an envelope such as {\"Records\":[…]}",
	Sniff:      sniffJSON,
	Frame:      frameJSON,
	NewDecoder: func(o Options) Decoder { return &jsonDecoder{shaper: shaper{zone: o.Zone}} },
})

// sniffJSON parses the first records and names their shape.
func sniffJSON(head []byte) Guess {
	start := bytes.TrimLeft(head, " \t\r\n")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return Guess{}
	}
	var (
		d       = jsonDecoder{}
		found   Guess
		records int
	)
	for pos, levels := 0, 0; pos < len(start) && records < 4; {
		if n, deep := jsonContainer(start[pos:]); levels == 0 && n > 0 {
			pos, levels = pos+n, deep
		}
		if pos += jsonGap(start[pos:]); pos >= len(start) || start[pos] != '{' {
			break
		}
		d.parser.begin(start)
		d.parser.pos = pos
		fields, ok := d.parser.object()
		if !ok && (!d.parser.fault.cut || len(fields) == 0 || records > 0) {
			break
		}
		pos = d.parser.pos
		records++
		d.top.load(fields)
		if shape, certainty := d.shape(&d.top); certainty > found.Certainty {
			found = Guess{Certainty: certainty, Why: "holds " + shape.doc}
		}
		if !ok {
			break
		}
	}
	switch {
	case records == 0 && start[0] == '{' && bytes.HasPrefix(bytes.TrimLeft(start[1:], " \t\r\n"), []byte{'"'}):
		return Guess{40, "begins like a JSON object but does not read as one"}
	case records == 0:
		return Guess{}
	case start[0] == '[':
		found.Why = "is a JSON list that " + found.Why
	default:
		found.Why = "is JSON that " + found.Why
	}
	return found
}

// frameJSON cuts a stream into blocks of whole values.
//
// A line break between a closing and an opening brace never stands inside a value, as there would be a comma, nor inside
// a text, where it would be escaped. So the last such place of a buffer is where a block ends, found without a look at the
// rest; this is all there is to lines and to pretty-printed records. Only for lists, for envelopes and for values longer
// than a buffer the framer counts brackets. A list is cut between its elements: their commas become blanks and the
// brackets around them are left out, so that each block again holds values one after the other.
func frameJSON(in *Input, r io.Reader, emit func(Block) error, problem func(Problem)) error {
	size := blockSize
	if 0 <= in.Size && in.Size < blockSize {
		size = int(in.Size) + 1
	}
	f := jsonFramer{in: in, r: r, emit: emit, problem: problem, size: size, block: Block{Input: in, Line: 1}}
	return f.run()
}

// run reads the stream to its end.
func (f *jsonFramer) run() error {
	for {
		var err error
		if f.read(); len(f.buf) > 0 && f.levels > 0 {
			err = f.elements()
		} else if len(f.buf) > 0 {
			err = f.values()
		}
		switch {
		case err != nil:
			return err
		case f.end && len(f.buf) == 0:
			if f.levels > 0 {
				f.report("json-truncated", "the list of records does not end", 0)
			}
			return f.failed
		}
	}
}

type jsonFramer struct {
	in      *Input
	r       io.Reader
	emit    func(Block) error
	problem func(Problem)
	size    int // of a block

	buf    []byte // what was read and not yet handed out
	want   int    // how many bytes the next step needs; 0 is a block
	end    bool   // nothing more can be read
	failed error  // why, if not for the end of the stream
	block  Block  // the next one: where buf begins
	at     int    // how far the lines of buf are counted
	lines  uint64 // that many

	levels int  // brackets to close around the elements that are being read; 0 outside of lists
	count  int  // elements read of the list
	comma  bool // a comma was the last thing read of it
}

// read fills the buffer.
func (f *jsonFramer) read() {
	want := max(f.want, f.size)
	if f.want = 0; f.end || len(f.buf) >= want {
		return
	}
	if cap(f.buf) < want {
		before := f.buf
		f.buf = append(bufferOf(want), before...)
		spare(before)
	}
	n, err := fill(f.r, f.buf[len(f.buf):want])
	f.buf = f.buf[:len(f.buf)+n]
	if err != nil {
		f.end = true
		if err != io.EOF {
			f.failed = err
		}
	}
}

// take hands out or drops the first n bytes of the buffer.
func (f *jsonFramer) take(n int, keep bool) error {
	head, rest := f.buf[:n:n], f.buf[n:]
	lines := uint64(bytes.Count(head, newline)) // once it is handed out it is no longer ours
	var err error
	if keep && len(bytes.TrimLeft(head, " \t\r\n")) > 0 {
		f.block.Bytes, f.block.buffer = head, f.buf
		f.buf = append(bufferOf(max(f.size, len(rest))), rest...)
		err = f.emit(f.block)
		f.block.Index++
	} else {
		f.buf = rest
	}
	f.block.Offset += int64(n)
	f.block.Line += lines
	f.block.Cut = false
	f.at, f.lines = 0, 0
	return err
}

// grow asks for a larger buffer, as not even one value is complete. Where that is larger than a record may be, what is
// there is handed out as a record that was cut, and reading goes on at the next line that begins one.
func (f *jsonFramer) grow() error {
	if len(f.buf) < maxRecord {
		f.want = min(2*len(f.buf), maxRecord)
		return nil
	}
	f.report("json-too-long", fmt.Sprintf("a value is longer than %d MiB; what follows of it is left out", maxRecord>>20), 0)
	f.block.Cut = true
	err := f.take(len(f.buf), true)
	for err == nil && !f.end {
		f.read()
		if i := bytes.Index(f.buf, []byte("\n{")); i >= 0 {
			return f.take(i+1, false)
		}
		err = f.take(max(0, len(f.buf)-1), false) // the last byte may be the line end before the brace
	}
	if err == nil {
		err = f.take(len(f.buf), false)
	}
	return err
}

// report gives a problem at a place of the buffer; places must not go back between two calls of take.
func (f *jsonFramer) report(code, reason string, at int) {
	at = max(f.at, min(at, len(f.buf)))
	f.lines += uint64(bytes.Count(f.buf[f.at:at], newline))
	f.at = at
	f.problem(Problem{Source: f.in.Name, Offset: f.block.Offset + int64(at), Record: f.block.Line + f.lines, Code: code, Reason: reason})
}

// values hands out values that stand one after the other.
func (f *jsonFramer) values() error {
	if f.end {
		f.block.Cut = f.failed != nil
		return f.take(len(f.buf), true) // the decoder knows lists and envelopes, too
	}
	if n := jsonBoundary(f.buf); n > 0 {
		return f.take(n, true)
	}
	start := jsonGap(f.buf)
	if n, levels := jsonContainer(f.buf[start:]); n > 0 {
		f.levels, f.comma, f.count = levels, false, 0
		return f.take(start+n, false)
	}
	whole := 0
	for whole < len(f.buf) {
		start := whole + jsonGap(f.buf[whole:])
		if start == len(f.buf) {
			whole = start
			break
		}
		if n, _ := jsonContainer(f.buf[start:]); n > 0 && whole > 0 {
			break
		}
		n := jsonLength(f.buf[start:])
		if n < 0 {
			break
		}
		whole = start + n
	}
	if whole == 0 {
		return f.grow()
	}
	return f.take(whole, true)
}

// elements hands out the elements of a list, and steps behind the list and its envelope where they end.
func (f *jsonFramer) elements() error {
	whole, i := 0, 0
	for i < len(f.buf) {
		switch c := f.buf[i]; {
		case isBlank(c):
			i++
		case c == ',':
			if f.comma || f.count == 0 {
				f.report("json-stray-comma", "a comma stands where a value is expected", i)
			}
			f.comma = true
			f.buf[i] = ' '
			i++
			whole = i
		case c == ']':
			if f.comma {
				f.report("json-stray-comma", "a comma stands before the end of the list", i)
			}
			if i > 0 {
				if err := f.take(i, true); err != nil {
					return err
				}
			}
			n := jsonClosing(f.buf, f.levels)
			if n < 0 {
				if !f.end {
					return f.grow()
				}
				f.report("json-truncated", "the envelope of the records does not end", 0)
				n = len(f.buf)
			}
			f.levels = 0
			return f.take(n, false)
		default:
			n := jsonLength(f.buf[i:])
			if n < 0 {
				if whole > 0 {
					return f.take(whole, true)
				}
				if f.end {
					return f.take(len(f.buf), true)
				}
				return f.grow()
			}
			if f.count++; f.count > 1 && !f.comma {
				f.report("json-missing-comma", "no comma stands between two values", i)
			}
			f.comma = false
			i += n
			whole = i
		}
	}
	return f.take(len(f.buf), true)
}

// jsonBoundary returns where the last value of buf begins that follows another on a line of its own; 0 if none does.
func jsonBoundary(buf []byte) int {
	for end := len(buf); ; {
		i := bytes.LastIndexByte(buf[:end], '\n')
		if i <= 0 {
			return 0
		}
		end = i
		next := bytes.TrimLeft(buf[i+1:min(i+64, len(buf))], " \t")
		if len(next) == 0 || next[0] != '{' {
			continue
		}
		if before := bytes.TrimRight(buf[max(0, i-256):i], " \t\r\n"); len(before) > 0 && before[len(before)-1] == '}' {
			return i + 1
		}
	}
}

// jsonGap returns the length of the white space, byte order marks and NUL bytes that b begins with.
func jsonGap(b []byte) int {
	i := 0
	for i < len(b) {
		switch {
		case isBlank(b[i]) || b[i] == 0:
			i++
		case b[i] == 0xEF && bytes.HasPrefix(b[i:], []byte("\ufeff")):
			i += 3
		default:
			return i
		}
	}
	return i
}

// jsonLength returns the length of the value that b begins with by counting brackets outside of texts; -1 if it does not end in
// b. A line break in a text ends the value if a record begins behind it: it was cut off there.
func jsonLength(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				if depth < 0 && i > 0 {
					return i
				}
				return i + 1
			}
		case '"':
			n, cut := jsonTextLength(b[i:])
			if n < 0 {
				return -1
			}
			if i += n - 1; cut || depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 && i > 0 {
				return i
			}
		}
	}
	return -1
}

// jsonTextLength returns the length of the string that b begins with; -1 if it does not end in b. It is cut where a line
// break follows and another record begins behind it.
func jsonTextLength(b []byte) (n int, cut bool) {
	for i := 1; ; {
		i += jsonPlain(b, i)
		if i >= len(b) {
			return -1, false
		}
		switch b[i] {
		case '"':
			return i + 1, false
		case '\\':
			i += 2
			if i <= len(b) && b[i-1] < 0x20 {
				i--
			}
		case '\n':
			if jsonNextLine(b[i+1:]) {
				return i, true
			}
			i++
		default:
			i++
		}
	}
}

// jsonClosing returns how many bytes it takes to close so many brackets; -1 if b ends before.
func jsonClosing(b []byte, levels int) int {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			levels++
		case '}', ']':
			if levels--; levels == 0 {
				return i + 1
			}
		case '"':
			n, _ := jsonTextLength(b[i:])
			if n < 0 {
				return -1
			}
			i += n - 1
		}
	}
	return -1
}

// jsonEnvelopes are the names of lists of records, by the name that the envelope around them begins with. Two names are a
// list inside of an object.
var jsonEnvelopes = map[string][]string{
	"records":        {"records"},      // Azure: diagnostic settings, event hubs
	"Records":        {"Records"},      // CloudTrail
	"entries":        {"entries"},      // Google: logging API
	"Events":         {"Events"},       // AWS: lookup-events
	"@odata.context": {"value"},        // Microsoft Graph
	"preview":        {"results"},      // Splunk: output_mode json
	"kind":           {"items"},        // Google Workspace: reports API; Kubernetes: event lists
	"took":           {"hits", "hits"}, // Elasticsearch: search
}

// jsonContainer returns the length of what comes before the first record, and how many brackets that opens, where b begins a
// list of records or an envelope around one; 0 where it does not.
func jsonContainer(b []byte) (n, levels int) {
	if len(b) == 0 {
		return 0, 0
	}
	if b[0] == '[' {
		return 1, 1
	}
	var path []string
	i := 0
	for i < len(b) && b[i] == '{' {
		levels++
		i++
		for {
			i += jsonGap(b[i:])
			if i >= len(b) || b[i] != '"' {
				return 0, 0
			}
			size, cut := jsonTextLength(b[i:])
			if size < 2 || cut {
				return 0, 0
			}
			name := view(b[i+1 : i+size-1])
			if path == nil {
				if path = jsonEnvelopes[name]; path == nil {
					return 0, 0
				}
			}
			i += size
			i += jsonGap(b[i:])
			if i >= len(b) || b[i] != ':' {
				return 0, 0
			}
			i++
			i += jsonGap(b[i:])
			if i >= len(b) {
				return 0, 0
			}
			if name == path[0] {
				if len(path) == 1 && b[i] == '[' && jsonOpensRecords(b[i+1:]) {
					return i + 1, levels + 1
				}
				if len(path) > 1 && b[i] == '{' {
					path = path[1:]
					break
				}
			}
			size = jsonLength(b[i:])
			if size < 0 {
				return 0, 0
			}
			i += size
			i += jsonGap(b[i:])
			if i >= len(b) || b[i] != ',' {
				return 0, 0
			}
			i++
		}
	}
	return 0, 0
}

// jsonOpensRecords says whether behind the bracket of a list comes an object, or nothing and the end of the envelope.
func jsonOpensRecords(b []byte) bool {
	b = b[jsonGap(b):]
	if len(b) > 0 && b[0] == ']' {
		b = b[1:]
		b = b[jsonGap(b):]
		return len(b) > 0 && b[0] == '}'
	}
	return len(b) > 0 && b[0] == '{'
}
