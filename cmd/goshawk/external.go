package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
)

// copies are local copies of what lies on the network. Nothing is ever fetched.
type copies struct {
	program program
	folders []*os.Root          // nothing outside them is read
	listed  []map[string]string // of each folder, from the address to the file
	lock    sync.Mutex
	known   map[string][]byte // nil: there is no copy
}

// copyList is the file of a folder that says which file is the copy of which address.
const copyList = "urls.csv"

// maxCopyBytes bounds a copy, unpacked.
const maxCopyBytes = 256 << 20

func newCopies(p program, folders []string) (*copies, error) {
	c := &copies{program: p, known: map[string][]byte{}}
	for _, folder := range folders {
		root, err := os.OpenRoot(folder)
		if err != nil {
			return nil, fail(exitUsage, "--external: cannot read %s: %w", folder, cause(err))
		}
		listed, err := readCopyList(root)
		if err != nil {
			return nil, fail(exitUsage, "--external: %s in %s: %w", copyList, folder, cause(err))
		}
		c.folders, c.listed = append(c.folders, root), append(c.listed, listed)
	}
	return c, nil
}

// readCopyList reads the list of a folder, if it has one: lines of an address and a file.
func readCopyList(root *os.Root) (map[string]string, error) {
	f, err := root.Open(copyList)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.FieldsPerRecord, in.Comment = -1, '#'
	lines, err := in.ReadAll()
	if err != nil {
		return nil, err
	}
	listed := map[string]string{}
	for i, line := range lines {
		switch {
		case i == 0 && strings.EqualFold(strings.TrimSpace(line[0]), "url"):
		case len(line) != 2:
			return nil, fmt.Errorf("line %d is not an address, a comma and a file", i+1)
		default:
			listed[strings.TrimSpace(line[0])] = strings.TrimSpace(line[1])
		}
	}
	return listed, nil
}

// get returns the copy of what lies at an address, from the first folder that has one.
func (c *copies) get(address string) ([]byte, bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if text, known := c.known[address]; known {
		return text, text != nil
	}
	c.known[address] = nil
	for i, root := range c.folders {
		for _, name := range c.namesOf(i, address) {
			text, err := readCopy(root, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				c.program.talk("--external: the copy of %s cannot be read: %v", address, cause(err))
				continue
			}
			c.known[address] = text
			return text, true
		}
	}
	return nil, false
}

// namesOf returns where the copy of an address may lie in a folder: where its list says, or at the address without its scheme and
// query.
func (c *copies) namesOf(folder int, address string) []string {
	if name := c.listed[folder][address]; name != "" {
		return []string{name}
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil
	}
	var names []string
	for _, p := range []string{u.Path, u.EscapedPath()} {
		if p = strings.Trim(p, "/"); p != "" && (len(names) == 0 || names[0] != u.Host+"/"+p) {
			names = append(names, u.Host+"/"+p)
		}
	}
	return names
}

// readCopy reads a file, unpacked if it is one of gzip.
func readCopy(root *os.Root, name string) ([]byte, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := readAtMost(f)
	if err != nil || !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		return text, err
	}
	packed, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return readAtMost(packed)
}

func readAtMost(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxCopyBytes+1))
	if err == nil && len(text) > maxCopyBytes {
		err = fmt.Errorf("it is larger than %d bytes", maxCopyBytes)
	}
	if text == nil {
		text = []byte{}
	}
	return text, err
}
