package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// outputs opens what a run writes to, and sees to it that none of it is, or becomes, part of what is read: a finding must not
// be scanned as evidence, and evidence must not be overwritten.
type outputs struct {
	program
	read    []string   // the paths of what is read, folders included
	files   []*os.File // opened to be written, each regular
	created []string   // names of those that were not there before
	aside   []string   // real paths of those that are put in their place at the end
}

// output is one place to write to.
type output struct {
	io.Writer
	name   string
	finish func() error // writes what is still buffered, and closes
}

// open returns the output of a name; "-" and nothing are standard output.
func (o *outputs) open(flag, name string) (*output, error) {
	out, err := o.place(name)
	if err != nil {
		return nil, fail(exitUsage, "--%s: %w", flag, err)
	}
	return out, nil
}

func (o *outputs) place(name string) (*output, error) {
	if name == "" || name == "-" {
		w := bufio.NewWriterSize(o.stdout, 1<<16)
		return &output{Writer: w, name: "standard output", finish: w.Flush}, nil
	}
	existing, err := os.Stat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot write %s: %w", name, cause(err))
	}
	if err == nil && existing.IsDir() {
		return nil, fmt.Errorf("cannot write %s: it is a folder", name)
	}
	folder := ""
	if existing == nil || existing.Mode().IsRegular() {
		if folder, err = o.conflict(name, existing); err != nil {
			return nil, err
		}
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", name, cause(err))
	}
	if folder != "" {
		return o.setAside(name, file)
	}
	if existing == nil {
		o.created = append(o.created, name)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot write %s: %w", name, cause(err))
	}
	if info.Mode().IsRegular() {
		for _, other := range o.files {
			if opened, err := other.Stat(); err == nil && os.SameFile(opened, info) {
				_ = file.Close()
				return nil, fmt.Errorf("%s is another output already", name)
			}
		}
		o.files = append(o.files, file)
	}
	w := bufio.NewWriterSize(file, 1<<16)
	return &output{Writer: w, name: name, finish: func() error { return errors.Join(w.Flush(), file.Close()) }}, nil
}

// begin empties the files that were there already. It must be called when all are open and before any is written.
func (o *outputs) begin() error {
	for _, file := range o.files {
		if err := file.Truncate(0); err != nil {
			return fail(exitUsage, "cannot write %s: %w", file.Name(), cause(err))
		}
	}
	return nil
}

// abandon undoes the opening of everything.
func (o *outputs) abandon() {
	for _, file := range o.files {
		_ = file.Close()
	}
	for _, name := range o.created {
		_ = os.Remove(name)
	}
}

// conflict returns the folder among what is read that a file lies below, or an error if the file must not be written.
func (o *outputs) conflict(name string, existing os.FileInfo) (folder string, err error) {
	for _, path := range o.read {
		info, err := os.Stat(path)
		switch {
		case err != nil: // standard input, or not there
		case existing != nil && os.SameFile(info, existing):
			return "", fmt.Errorf("%s would be overwritten, and is to be read; write to another file", name)
		case info.IsDir() && below(name, info):
			if existing != nil {
				return "", fmt.Errorf("%s is there already and lies below %s, which is to be read; remove it, or write elsewhere", name, path)
			}
			folder = path
		}
	}
	return folder, nil
}

// below says whether a file lies at any depth below a folder.
func below(name string, folder os.FileInfo) bool {
	for dir := filepath.Dir(realPath(name)); ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err == nil && os.SameFile(info, folder) {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// realPath returns the path of a file that need not exist, without links on the way to it.
func realPath(name string) string {
	path, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if real, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(real, filepath.Base(path))
	}
	return path
}

// setAside returns an output that is gathered elsewhere and put in its place at the end, for a file that would otherwise be
// read while it is written. file is the new and empty file, which shows that its place can be written.
func (o *outputs) setAside(name string, file *os.File) (*output, error) {
	if err := errors.Join(file.Close(), os.Remove(name)); err != nil {
		return nil, err
	}
	path := realPath(name)
	if slices.Contains(o.aside, path) {
		return nil, fmt.Errorf("%s is another output already", name)
	}
	o.aside = append(o.aside, path)
	hidden, err := os.CreateTemp("", "goshawk-")
	if err != nil {
		return nil, err
	}
	// Where the system allows it, the name goes at once: nobody meets the file, and nothing is left behind.
	gone := os.Remove(hidden.Name()) == nil
	w := bufio.NewWriterSize(hidden, 1<<16)
	finish := func() error {
		if err := w.Flush(); err != nil {
			return err
		}
		if _, err := hidden.Seek(0, io.SeekStart); err != nil {
			return err
		}
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, hidden)
		err = errors.Join(err, file.Close(), hidden.Close())
		if !gone {
			err = errors.Join(err, os.Remove(hidden.Name()))
		}
		return err
	}
	return &output{Writer: w, name: name, finish: finish}, nil
}

// write writes data to standard output in one go.
func (p program) write(data []byte) error {
	_, err := p.stdout.Write(data)
	return unwritable("standard output", err)
}

// unwritable is the failure of an output; that its reader went away is none, but its good right.
func unwritable(name string, err error) error {
	if err == nil || isBrokenPipe(err) {
		return nil
	}
	return fail(exitUsage, "cannot write %s: %w", name, cause(err))
}

func isBrokenPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}
