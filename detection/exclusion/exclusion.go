// Package exclusion reads and writes the files of exclusions: YAML, one or more documents in each, kept in a folder of their own beside
// the content, so that an update of the content leaves them alone.
//
// In go files and folders; out come detection.Exclusions, and complaints with places about everything that is not understood. What an
// exclusion does to a detection is the affair of compile.
package exclusion

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// maxBytes is the size beyond which a file is not read.
const maxBytes = 1 << 20

// File is one file of exclusions with what is wrong with it.
type File struct {
	Source      *diag.Source
	Exclusions  []*detection.Exclusion
	Diagnostics diag.List
}

// Folder is how a folder of exclusions beside rules is called.
const Folder = "exclusions"

// Beside returns the folder of exclusions that belongs to a file or folder of rules: the one in the folder, or beside the file; empty if
// there is none.
func Beside(rules string) string {
	info, err := os.Stat(rules)
	if err != nil {
		return ""
	}
	folder := rules
	if !info.IsDir() {
		folder = filepath.Dir(rules)
	}
	folder = filepath.Join(folder, Folder)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return ""
	}
	return folder
}

// Load reads the files at and below paths, in the order of paths and then of names, each once. The error is about what cannot be read at
// all. An id that is used twice is a complaint about the later file.
func Load(paths []string) ([]*File, error) {
	var files []*File
	seen := map[string]bool{}
	read := func(path string) error {
		if absolute, err := filepath.Abs(path); err == nil {
			if seen[absolute] {
				return nil
			}
			seen[absolute] = true
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() > maxBytes {
			return fmt.Errorf("%s: too large for exclusions (%d bytes, at most %d)", path, info.Size(), maxBytes)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files = append(files, Read(&diag.Source{Name: path, Text: string(text)}))
		return nil
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			if err := read(path); err != nil {
				return nil, err
			}
			continue
		}
		err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			switch ending := strings.ToLower(filepath.Ext(name)); {
			case err != nil:
				return err
			case entry.IsDir() && name != path && strings.HasPrefix(entry.Name(), "."):
				return fs.SkipDir
			case entry.IsDir() || ending != ".yml" && ending != ".yaml":
				return nil
			}
			return read(name)
		})
		if err != nil {
			return nil, err
		}
	}
	first := map[string]*detection.Exclusion{}
	for _, f := range files {
		f.Exclusions = slices.DeleteFunc(f.Exclusions, func(x *detection.Exclusion) bool {
			id := strings.ToLower(x.ID)
			if other := first[id]; other != nil {
				f.Diagnostics.Errorf(x.Source, x.Span, detection.CodeExclusion+"-duplicate-id", "id %s is also that of %s", x.ID, other.Path).Hint = "give one of the two another id"
				return true
			}
			first[id] = x
			return false
		})
	}
	return files, nil
}

// All returns the exclusions of files, and the complaints about them.
func All(files []*File) ([]*detection.Exclusion, diag.List) {
	var all []*detection.Exclusion
	var list diag.List
	for _, f := range files {
		all = append(all, f.Exclusions...)
		list = append(list, f.Diagnostics...)
	}
	return all, list
}

// Save writes a file that must not be there yet.
func Save(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}
