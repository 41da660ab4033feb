package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// What archives and compressed files may do at most.
const (
	maxMembers = 100_000
	maxDepth   = 3
	maxRatio   = 200      // decompressed to compressed bytes
	freeBytes  = 10 << 20 // decompressed bytes that nobody counts
	maxBytes   = 1 << 40  // decompressed bytes, unless the user says otherwise
	maxHeld    = 256 << 20
)

// stream is bytes on their way to a format: a file, or what lies in one.
type stream struct {
	name     string
	r        io.Reader
	at       io.ReaderAt // the same bytes in any order; nil if there is no such way
	size     int64       // -1 if unknown
	modified time.Time
	depth    int  // of containers around it
	packed   bool // it is what a compressed stream holds: a tar archive is one container with that
	budget   *budget
}

// budget is what all that lies in one file may take together.
type budget struct {
	meter   *meter
	size    int64 // of the file; -1 if unknown
	max     int64
	out     int64 // decompressed bytes
	members int
	spent   error // why no more is read
}

var (
	errRatio   = fmt.Errorf("decompresses to more than %d times its size", maxRatio)
	errMembers = fmt.Errorf("holds more than %d members", maxMembers)
	errBytes   = errors.New("decompresses to more bytes than allowed")
)

// layer counts what a container gives against what it takes.
type layer struct {
	r      io.Reader
	taken  func() int64 // compressed bytes that were read for it
	out    *int64       // decompressed bytes it gave
	budget *budget
	again  bool // what it gives was counted before: it does not decompress
}

func (l *layer) Read(p []byte) (int, error) {
	b := l.budget
	if b.spent != nil {
		return 0, b.spent
	}
	n, err := l.r.Read(p)
	*l.out += int64(n)
	if !l.again {
		b.out += int64(n)
	}
	limit := b.max
	if limit <= 0 {
		limit = maxBytes
	}
	file := max(b.size, b.meter.read)
	switch {
	case b.out > limit:
		b.spent = errBytes
	case *l.out > freeBytes && *l.out-freeBytes > maxRatio*l.taken(), b.out > freeBytes && b.out-freeBytes > maxDepth*maxRatio*file:
		b.spent = errRatio
	default:
		return n, err
	}
	return n, b.spent
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) taken() int64 { return c.n }

// counterAt counts what is read through it.
type counterAt struct {
	r io.ReaderAt
	n int64
}

func (c *counterAt) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.r.ReadAt(p, at)
	c.n += int64(n)
	return n, err
}

func (c *counterAt) taken() int64 { return c.n }

// stream visits a stream, or what lies in it.
func (w *walker) stream(s stream) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	head := make([]byte, headSizeFor(s.size))
	n, err := fill(s.r, head)
	head = head[:n]
	if err := w.ctx.Err(); err != nil {
		return err
	}
	rest := after(s.r, err)
	m := magicOf(head)
	if m == nil || m.kind == notContainer {
		in := &Input{Name: s.name, Size: s.size, ModTime: s.modified, Options: w.options, Label: w.options.labelOf(s.name)}
		in.identify(head, rest)
		return w.visit(in)
	}
	if packed := s.packed && m.what == "tar archive"; !packed {
		s.depth++
	}
	if s.depth > maxDepth {
		return w.skip(s.name, fmt.Sprintf("%s that lies in %d others already", m.what, maxDepth))
	}
	s.r, s.packed = io.MultiReader(bytes.NewReader(head), rest), false
	switch {
	case m.kind == compressed:
		return w.decompress(s, m)
	case m.what == "tar archive":
		return w.tar(s)
	}
	if s.at == nil {
		if held := w.hold(&s); held != nil {
			return w.skip(s.name, fmt.Sprintf("%s: %v", m.what, held))
		}
	}
	if m.what == "zip archive" {
		return w.zip(s)
	}
	return w.sevenzip(s)
}

// decompress visits what a compressed stream holds.
func (w *walker) decompress(s stream, m *magic) error {
	c := &counter{r: s.r}
	var inner io.Reader
	err := guard(func() (err error) {
		inner, err = m.open(bufio.NewReaderSize(c, 128<<10))
		return err
	})
	if err != nil {
		return w.skip(s.name, fmt.Sprintf("%s data: %v", m.what, plainError(err)))
	}
	if closer, ok := inner.(io.Closer); ok {
		defer closer.Close()
	}
	s.packed = true
	s.r, s.at, s.size = &layer{r: guarded{inner}, taken: c.taken, out: new(int64), budget: s.budget}, nil, -1
	return w.stream(s)
}

// hold reads a stream into memory, for archives that cannot be read from the front.
func (w *walker) hold(s *stream) error {
	var b bytes.Buffer
	n, err := io.Copy(&b, io.LimitReader(s.r, maxHeld+1))
	switch {
	case err != nil:
		return plainError(err)
	case n > maxHeld:
		return fmt.Errorf("is longer than the %d MiB that are held in memory; unpack it first", maxHeld>>20)
	}
	s.at, s.size = bytes.NewReader(b.Bytes()), n
	return nil
}

// member counts a member of an archive and says whether it is to be passed over without a word: the shadow files in which
// macOS keeps what it knows about others.
func (w *walker) member(s *stream, name string) (quiet bool, err error) {
	if s.budget.members++; s.budget.members > maxMembers {
		s.budget.spent = errMembers
	}
	if s.budget.spent != nil {
		return false, s.budget.spent
	}
	name = strings.ReplaceAll(name, "\\", "/")
	base := name[strings.LastIndexByte(name, '/')+1:]
	return strings.HasPrefix(name, "__MACOSX/") || strings.Contains(name, "/__MACOSX/") || strings.HasPrefix(base, "._"), nil
}

// giveUp says why the rest of an archive is not read.
func (w *walker) giveUp(s *stream, err error) error {
	return w.skip(s.name, fmt.Sprintf("the rest of the archive is not read: %v", plainError(err)))
}

// memberName returns the name of an event's source for a member of an archive. The member's own name is cleaned for
// display: one kind of separator, no way up or to the root, no control characters.
func memberName(archive, member string) string {
	var steps []string
	for _, step := range strings.Split(strings.ReplaceAll(member, "\\", "/"), "/") {
		if step != "" && step != "." && step != ".." {
			steps = append(steps, printable([]byte(step)))
		}
	}
	if steps == nil {
		steps = []string{"unnamed"}
	}
	return archive + "!" + strings.Join(steps, "/")
}
