package prove

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"goshawk/detection/suite"
	"goshawk/diag"
)

// isSuiteName says whether a file is one of tests by its name. What it holds must say so, too.
func isSuiteName(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yml", ".yaml":
		stem := strings.ToLower(strings.TrimSuffix(path.Base(name), path.Ext(name)))
		return stem == "tests" || strings.HasSuffix(stem, ".tests") || strings.HasSuffix(stem, ".hunt")
	}
	return false
}

// saysTests says whether a file can be nothing but tests by its name; others are called tests.yml.
func saysTests(name string) bool {
	return !strings.HasPrefix(strings.ToLower(filepath.Base(name)), "tests.")
}

// maxSuiteBytes bounds a file of tests.
const maxSuiteBytes = 8 << 20

// FindSuites reads the suites at and below paths: files called *.tests.yml, tests.yml or *.hunt.yml. Beside a path that is a
// file, a rule say, those in its folder and in a folder tests below it are read. What is wrong with them is in the list.
func FindSuites(paths []string) ([]*Suite, diag.List, error) {
	var all []*Suite
	var list diag.List
	seen := map[string]bool{}
	add := func(file string, asked bool) error {
		full, err := filepath.Abs(file)
		if err != nil || seen[full] {
			return err
		}
		seen[full] = true
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("tests: %w", err)
		}
		source := &diag.Source{Name: file, Text: string(text)}
		switch {
		case len(text) > maxSuiteBytes:
			list.Errorf(source, diag.Span{}, "test-too-large", "the file is larger than %d MiB", maxSuiteBytes>>20)
			return nil
		case !suite.Is(string(text)) && (!saysTests(file) || suite.IsRule(string(text))):
			return nil
		}
		s, complaints := suite.Read(source)
		list = append(list, complaints...)
		folder := filepath.Dir(file)
		all = append(all, &Suite{Suite: s, Folder: os.DirFS(folder), Name: folder, Asked: asked})
		return nil
	}
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, nil, fmt.Errorf("tests: %w", err)
		}
		if !info.IsDir() {
			if isSuiteName(p) {
				if err := add(p, true); err != nil {
					return nil, nil, err
				}
				continue
			}
			for _, pattern := range []string{filepath.Join(filepath.Dir(p), "*.y*ml"), filepath.Join(filepath.Dir(p), "tests", "*.y*ml")} {
				files, _ := filepath.Glob(pattern)
				for _, file := range files {
					if isSuiteName(file) {
						if err := add(file, false); err != nil {
							return nil, nil, err
						}
					}
				}
			}
			continue
		}
		err = filepath.WalkDir(p, func(file string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && file != p && strings.HasPrefix(entry.Name(), "."):
				return fs.SkipDir
			case !entry.IsDir() && isSuiteName(file):
				return add(file, true)
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("tests: %w", err)
		}
	}
	return all, list, nil
}

// SuitesIn reads the suites of a file system, such as an embedded pack; prefix goes before their names.
func SuitesIn(fsys fs.FS, prefix string) ([]*Suite, diag.List, error) {
	var all []*Suite
	var list diag.List
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isSuiteName(name) {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil || !suite.Is(string(text)) {
			return err
		}
		s, complaints := suite.Read(&diag.Source{Name: prefix + name, Text: string(text)})
		list = append(list, complaints...)
		folder, err := fs.Sub(fsys, path.Dir(name))
		if err != nil {
			return err
		}
		all = append(all, &Suite{Suite: s, Folder: folder, Name: prefix + path.Dir(name), Asked: true})
		return nil
	})
	sort.Slice(all, func(i, j int) bool { return all[i].Source.Name < all[j].Source.Name })
	return all, list, err
}

// Files returns the files that the data of the suite names.
func (s *Suite) Files() []string {
	var names []string
	add := func(list []suite.Data) {
		for _, d := range list {
			if d.File.Text != "" {
				names = append(names, d.File.Text)
			}
		}
	}
	for _, set := range s.Sets {
		add(set.Data)
	}
	for _, t := range s.Tests {
		add(t.Data)
	}
	for _, c := range s.Scenarios {
		add(c.Data)
		add(c.Attack)
		add(c.History)
	}
	return names
}
