package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"goshawk/event"
)

// Walk visits every stream of bytes at or below the paths: files, the files of folders with all that lies below them, in
// the order of their names, the members of archives, what compressed files hold, and standard input for "-". Nothing is
// written to disk. Each stream is visited once, in order, whether it can be read or not; one that cannot says why in
// Skipped. It is open until visit returns, which may read it with ReadBlocks, in part or not at all.
//
// Walk returns an error before it reads anything if a path does not exist or the options name no format; later only what
// visit returns, or the error of a cancelled context.
// A file is read once, by however many names and links it is met.
func Walk(ctx context.Context, paths []string, o Options, visit func(*Input) error) error {
	if o.Format != "" && FormatByName(o.Format) == nil {
		return fmt.Errorf("there is no format %q; there are %s", o.Format, strings.Join(formatNames(), ", "))
	}
	var missing []error
	for _, path := range paths {
		if path == "-" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			missing = append(missing, fmt.Errorf("cannot read %s: %w", path, cause(err)))
		}
	}
	if missing != nil {
		return errors.Join(missing...)
	}
	w := walker{ctx: ctx, options: o, visit: visit, seen: make(map[string]bool)}
	for _, path := range paths {
		if err := w.path(path); err != nil {
			return err
		}
	}
	return nil
}

func formatNames() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name
	}
	return names
}

// Total returns how many bytes Walk will report to Options.Progress for these paths, so that a caller can say how far it
// has come. Standard input and what else has no size count as nothing.
func Total(paths []string) int64 {
	var total int64
	w := walker{ctx: context.Background(), seen: make(map[string]bool)}
	w.file = func(_ string, info os.FileInfo) error {
		if info != nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	}
	for _, path := range paths {
		if path != "-" {
			w.path(path)
		}
	}
	return total
}

// walker is one call of Walk.
type walker struct {
	ctx     context.Context
	options Options
	visit   func(*Input) error
	seen    map[string]bool                           // real paths of the folders that were entered
	file    func(path string, info os.FileInfo) error // what to do with a file; nil is to read it
}

// cause leaves the path out of an error of the file system.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// path visits what the user named.
func (w *walker) path(path string) error {
	if path == "-" {
		stdin := w.options.Stdin
		if stdin == nil {
			stdin = os.Stdin
		}
		return w.top("-", stdin, -1, time.Time{})
	}
	info, err := os.Stat(path)
	if err != nil {
		return w.skip(path, fmt.Sprintf("cannot be read: %v", cause(err)))
	}
	if info.IsDir() {
		return w.folder(path)
	}
	return w.open(path, info)
}

// folder visits what lies in a folder.
func (w *walker) folder(path string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.met(path) {
		return w.skip(path, "this folder was read already, under another name")
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		if err := w.skip(path, fmt.Sprintf("cannot be read: %v", cause(err))); err != nil {
			return err
		}
	}
	base := strings.TrimRight(path, string(os.PathSeparator)) + string(os.PathSeparator)
	for _, entry := range entries {
		below := base + entry.Name()
		info, err := os.Stat(below)
		switch {
		case err != nil:
			err = w.skip(below, fmt.Sprintf("cannot be read: %v", cause(err)))
		case info.IsDir():
			err = w.folder(below)
		case info.Mode().IsRegular():
			err = w.open(below, info)
		default:
			err = w.skip(below, "neither a file nor a folder")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// met says whether a file or folder was visited before, under whatever name, and notes that it is visited now.
func (w *walker) met(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return false // opening it will say what is wrong
	}
	seen := w.seen[real]
	w.seen[real] = true
	return seen
}

// open visits a file.
func (w *walker) open(path string, info os.FileInfo) error {
	if info.Mode().IsRegular() && w.met(path) {
		return nil // it has been read under another name, or is named twice
	}
	if w.file != nil {
		return w.file(path, info)
	}
	file, err := os.Open(path)
	if err != nil {
		return w.skip(path, fmt.Sprintf("cannot be read: %v", cause(err)))
	}
	defer file.Close()
	size := int64(-1)
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	return w.top(path, file, size, info.ModTime())
}

// top visits a stream that lies in no archive.
func (w *walker) top(name string, r io.Reader, size int64, modified time.Time) error {
	m := &meter{ctx: w.ctx, r: r, left: size, report: w.options.Progress}
	defer m.finish()
	s := stream{name: name, r: m, size: size, modified: modified, budget: &budget{size: size, meter: m, max: w.options.MaxBytes}}
	if at, ok := r.(io.ReaderAt); ok && size >= 0 {
		m.at, s.at = at, m
	}
	return w.stream(s)
}

// skip visits a stream that cannot be read.
func (w *walker) skip(name, reason string) error {
	if w.visit == nil {
		return nil
	}
	return w.visit(&Input{Name: name, Size: -1, Options: w.options, Label: w.options.labelOf(name), Skipped: reason})
}

// meter reads a file and reports how much of it was read, each byte once at most.
type meter struct {
	ctx    context.Context
	r      io.Reader
	at     io.ReaderAt // nil for what cannot be read in any order
	read   int64
	left   int64 // what has not been reported of a file of known size; negative for others
	report func(int64)
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.count(int64(n))
	return n, err
}

func (m *meter) ReadAt(p []byte, at int64) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.at.ReadAt(p, at)
	m.count(int64(n))
	return n, err
}

func (m *meter) count(n int64) {
	m.read += n
	if m.left >= 0 {
		n = min(n, m.left)
		m.left -= n
	}
	if m.report != nil && n > 0 {
		m.report(n)
	}
}

// finish reports what was not read.
func (m *meter) finish() {
	if m.left > 0 {
		m.count(m.left)
	}
}

// errStop ends a reading that the caller has had enough of.
var errStop = errors.New("stopped")

// ReadAll gives the events of an input in order, each lent until event returns, and its problems. It runs in one goroutine
// and stops early when event returns false. An input that was skipped has no events.
func ReadAll(in *Input, each func(*event.Event) bool, problem func(Problem)) error {
	if in.Format == nil {
		return nil
	}
	decoder := in.Format.NewDecoder(in.Options)
	err := in.ReadBlocks(func(b Block) error {
		going := true
		decoder.Decode(b, func(ev *event.Event) bool {
			going = each(ev)
			return going
		}, problem)
		b.Done()
		if !going {
			return errStop
		}
		return nil
	}, problem)
	if err == errStop {
		return nil
	}
	return err
}

// ForEach gives the events of all that lies at or below the paths, in one goroutine. It stops early when event returns
// false. visited is called for each input before it is read, problem for whatever could not be read; either may be nil. An
// input that breaks off is a problem, and reading goes on with the next.
func ForEach(ctx context.Context, paths []string, o Options, each func(*event.Event) bool, visited func(*Input), problem func(Problem)) error {
	if problem == nil {
		problem = func(Problem) {}
	}
	err := Walk(ctx, paths, o, func(in *Input) error {
		if visited != nil {
			visited(in)
		}
		going := true
		err := ReadAll(in, func(ev *event.Event) bool {
			going = each(ev)
			return going
		}, problem)
		switch {
		case !going:
			return errStop
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			problem(Problem{Source: in.Name, Offset: -1, Code: "read-failed", Reason: err.Error(), Lost: true})
		}
		return nil
	})
	if err == errStop {
		return nil
	}
	return err
}

// ReadBlocks runs the format's framer over the input, which can be read once.
func (in *Input) ReadBlocks(emit func(Block) error, problem func(Problem)) error {
	if in.Format == nil || in.stream == nil {
		return nil
	}
	var refused error
	err := in.Format.Frame(in, in.stream, func(b Block) error {
		refused = emit(b)
		return refused
	}, problem)
	if err != nil && err != refused {
		return fmt.Errorf("reading %s failed: %w", in.Name, plainError(err))
	}
	return err
}
