package detection

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"goshawk/diag"
)

// maxRuleBytes bounds the text of one rule file.
const maxRuleBytes = 8 << 20

// File is one text that holds detections.
type File struct {
	Source   *diag.Source
	Language Language
}

// Skipped is a file among rules that holds no detection.
type Skipped struct {
	Path   string
	Reason string
}

// Find reads the rule files at and below paths, in the order of paths and then of names. A file named by the user must be a
// rule; one met on the way through a folder that is none is returned as skipped.
func Find(paths []string) (files []File, skipped []Skipped, err error) {
	for _, root := range paths {
		info, err := os.Stat(root)
		if err != nil {
			return nil, nil, fmt.Errorf("rules: %w", err)
		}
		if !info.IsDir() {
			f, reason, err := read(root, root)
			if err != nil {
				return nil, nil, err
			}
			if reason != "" {
				return nil, nil, fmt.Errorf("rules: %s: %s", root, reason)
			}
			files = append(files, f)
			continue
		}
		// The separator makes a root that is a link be followed.
		err = filepath.WalkDir(root+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				skipped = append(skipped, Skipped{path, err.Error()})
				return nil
			}
			if entry.IsDir() {
				if filepath.Clean(path) != filepath.Clean(root) && strings.HasPrefix(entry.Name(), ".") {
					return filepath.SkipDir
				}
				return nil
			}
			if !ruleName(path) {
				return nil
			}
			f, reason, err := read(path, path)
			switch {
			case err != nil:
				skipped = append(skipped, Skipped{path, err.Error()})
			case reason != "":
				skipped = append(skipped, Skipped{path, reason})
			default:
				files = append(files, f)
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("rules: %w", err)
		}
	}
	return files, skipped, nil
}

// FindIn reads the rule files of a file system, such as an embedded pack; prefix goes before their names.
func FindIn(fsys fs.FS, prefix string) ([]File, error) {
	var files []File
	err := fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !ruleName(path) {
			return err
		}
		text, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		language, reason := languageOf(string(text))
		if reason != "" {
			return nil
		}
		files = append(files, File{&diag.Source{Name: prefix + path, Text: string(text)}, language})
		return nil
	})
	sort.Slice(files, func(i, j int) bool { return files[i].Source.Name < files[j].Source.Name })
	return files, err
}

func ruleName(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yml", ".yaml":
		return true
	}
	return false
}

func read(path, name string) (File, string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return File{}, "", fmt.Errorf("rules: %w", err)
	}
	if info.Size() > maxRuleBytes {
		return File{}, fmt.Sprintf("too large for a rule (%d bytes, at most %d)", info.Size(), maxRuleBytes), nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		var pathError *fs.PathError
		if errors.As(err, &pathError) {
			err = pathError
		}
		return File{}, "", fmt.Errorf("rules: %w", err)
	}
	language, reason := languageOf(string(text))
	if reason != "" {
		return File{}, reason, nil
	}
	return File{&diag.Source{Name: name, Text: string(text)}, language}, "", nil
}

var sigmaKey = regexp.MustCompile(`(?m)^\s{0,3}["']?(detection|correlation|filter|logsource)["']?\s*:`)

// languageOf tells the language of a rule text by the keys that only its rules have, or says why it is none.
func languageOf(text string) (Language, string) {
	switch {
	case strings.TrimSpace(text) == "":
		return "", "the file is empty"
	case strings.ContainsRune(text[:min(len(text), 4096)], 0):
		return "", "binary, not a rule"
	case sigmaKey.MatchString(text):
		return Sigma, ""
	}
	return "", "no detection: none of the keys detection, correlation, filter, logsource"
}
