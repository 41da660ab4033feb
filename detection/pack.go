package detection

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"unsafe"

	"goshawk/diag"
)

// The sizes beyond which a file is not read: a rule has one text, an app keeps all its searches in one file.
const (
	maxRuleBytes = 8 << 20
	maxConfBytes = 64 << 20 // and of a table
)

// File is one text that holds detections.
type File struct {
	Source   *diag.Source
	Language Language
	// Content is what a file of Splunk's or Sentinel's content belongs to, with the macros, functions and tables that it may refer to;
	// nil for others.
	Content *Content
}

// Skipped is a file among rules that holds no detection.
type Skipped struct {
	Path   string
	Reason string
}

// Find reads the rule files at and below paths, in the order of paths and then of names. What a file is shows by its content, so
// that rules of several languages may lie in one tree. A file named by the user must be a rule; one met on the way through a
// folder that is none is returned as skipped.
//
// Files of Splunk's and of Sentinel's content come with their Content. A file or folder of a checkout, an app or a solution, such as
// one detection, brings the macros, functions, tables and so on of the whole with it, as parts that nobody asked for.
func Find(paths []string) (files []File, skipped []Skipped, err error) {
	f := newFinder()
	for _, name := range paths {
		info, err := os.Stat(name)
		if err != nil {
			return nil, nil, fmt.Errorf("rules: %w", err)
		}
		if info.IsDir() {
			around := surroundings{f.above(name, true), solutionAbove(name)}
			f.walk(onDisk(name), nameOfRule, func(t tree, rel string) { f.take(t, rel, around) })
		} else if err := f.single(name); err != nil {
			return nil, nil, err
		}
	}
	f.finish()
	return f.files, f.skipped, nil
}

// FindIn reads the rule files of a file system, such as an embedded pack; prefix goes before their names.
func FindIn(fsys fs.FS, prefix string) ([]File, error) {
	f := newFinder()
	f.walk(tree{fsys: fsys, name: prefix}, nameOfRule, func(t tree, rel string) { f.take(t, rel, surroundings{}) })
	if f.failed != nil {
		return nil, f.failed
	}
	f.finish()
	sort.Slice(f.files, func(i, j int) bool { return f.files[i].Source.Name < f.files[j].Source.Name })
	return f.files, nil
}

// ContentOf reads a file or folder of Splunk's content as what it holds, detections or not: a file of macros, say, or a table, that go
// before those of others.
func ContentOf(name string) (*Content, []Skipped, error) { return ContentIn(name, SPL) }

// ContentIn is ContentOf for the content of a language, SPL or KQL.
func ContentIn(name string, language Language) (*Content, []Skipped, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, fmt.Errorf("content: %w", err)
	}
	f := newFinder()
	folder := name
	if !info.IsDir() {
		folder = filepath.Dir(name)
	}
	c := f.content(onDisk(folder), ".", language)
	take := func(t tree, rel string) {
		switch source, found, err := f.read(t, rel); {
		case err != nil:
			f.skip(t.file(rel), err)
		case found.foreign && info.IsDir():
		case found.reason == "" && found.language != language && found.role != RoleTable:
			f.skipped = append(f.skipped, Skipped{t.file(rel), "a rule of another language"})
		case found.reason != "":
			f.skipped = append(f.skipped, Skipped{t.file(rel), found.reason})
		default:
			c.add(Part{Source: source, Path: rel, Role: found.role})
		}
	}
	if info.IsDir() {
		f.walk(onDisk(folder), func(rel string) bool { return nameOfRule(rel) || isTable(rel) }, take)
	} else if take(onDisk(folder), filepath.Base(name)); len(f.skipped) > 0 {
		return nil, nil, fmt.Errorf("content: %s: %s", name, f.skipped[0].Reason)
	}
	c.sort()
	return c.Content, f.skipped, f.failed
}

// tree is a file system with the names that a user knows its files by.
type tree struct {
	fsys fs.FS
	name string // of its root
	disk bool   // the root is a folder on disk; otherwise its name is a prefix
}

func onDisk(folder string) tree { return tree{os.DirFS(folder), folder, true} }

// file returns the name of a file or folder of the tree.
func (t tree) file(rel string) string {
	switch {
	case t.disk:
		return filepath.Join(t.name, filepath.FromSlash(rel))
	case rel == ".":
		return t.name
	}
	return t.name + rel
}

// finder gathers what Find finds.
type finder struct {
	files     []File
	skipped   []Skipped
	failed    error // the first of what could not be read
	contents  []*located
	checkouts map[string]bool // whether a folder is one, by name
	sentinel  map[string]bool // the files of Sentinel's content that were taken, by absolute name
}

// located is a Content with where it is.
type located struct {
	*Content
	key     string
	paths   map[string]bool // of its parts
	partial bool            // not all of it was searched
}

func newFinder() *finder { return &finder{checkouts: map[string]bool{}, sentinel: map[string]bool{}} }

// root is a folder that content belongs to.
type root struct {
	tree
	folder string // below the tree
	inside string // from the folder to what the user named, if that lies in it
}

// walk visits the files of a tree whose names are wanted.
func (f *finder) walk(t tree, wanted func(rel string) bool, visit func(t tree, rel string)) {
	_ = fs.WalkDir(t.fsys, ".", func(rel string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			f.skip(t.file(rel), readError(t.file(rel), err))
		case entry.IsDir():
			if rel != "." && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
		case wanted(rel):
			visit(t, rel)
		}
		return nil
	})
}

func (f *finder) skip(name string, err error) {
	f.skipped = append(f.skipped, Skipped{name, strings.TrimPrefix(err.Error(), "rules: ")})
	if f.failed == nil {
		f.failed = err
	}
}

// surroundings are the contents outside a tree that it belongs to, if any.
type surroundings struct{ splunk, sentinel *root }

// take reads a file met on the way.
func (f *finder) take(t tree, rel string, around surroundings) {
	source, found, err := f.read(t, rel)
	if err != nil {
		f.skip(t.file(rel), err)
		return
	}
	switch found.language {
	case Sigma:
		f.files = append(f.files, File{Source: source, Language: Sigma})
		return
	case KQL:
		r, below := around.sentinel.home(t, rel)
		f.put(r, source, below, found.role, KQL)
		return
	}
	if found.foreign {
		return
	}
	r, below := f.home(t, rel, around.splunk)
	if found = f.byFolder(found, r, below); found.reason != "" {
		f.skipped = append(f.skipped, Skipped{t.file(rel), found.reason})
		return
	}
	f.put(r, source, below, found.role, SPL)
}

// byFolder takes a file of a checkout that is too broken to be recognised for what its folder says it should be.
func (f *finder) byFolder(found look, r *root, below string) look {
	if !found.unknown || !f.isCheckout(r.tree, r.folder) {
		return found
	}
	first, rest, _ := strings.Cut(below, "/")
	if first == "removed" {
		first, _, _ = strings.Cut(rest, "/")
	}
	if role := folders[first]; role != "" {
		return look{language: SPL, role: role}
	}
	return found
}

// put adds a file to its content.
func (f *finder) put(r *root, source *diag.Source, below string, role Role, language Language) {
	if absolute, err := filepath.Abs(source.Name); language == KQL && r.disk && err == nil {
		if f.sentinel[absolute] { // the user named a folder and something in it
			return
		}
		f.sentinel[absolute] = true
	}
	c := f.content(r.tree, r.folder, language)
	c.partial = c.partial || r.inside != ""
	if c.add(Part{Source: source, Path: below, Role: role}) && role.Asks() {
		f.files = append(f.files, File{Source: source, Language: language, Content: c.Content})
	}
}

// single reads a file that the user names.
func (f *finder) single(name string) error {
	t, base := onDisk(filepath.Dir(name)), filepath.Base(name)
	source, found, err := f.read(t, base)
	if err != nil {
		return err
	}
	if source != nil {
		source.Name = name
	}
	if found.language == Sigma {
		f.files = append(f.files, File{Source: source, Language: Sigma})
		return nil
	}
	r, below := f.above(name, false), base
	if found.language == KQL {
		r = solutionAbove(name)
	}
	if r == nil {
		r = &root{tree: t, folder: "."}
	} else {
		below = r.inside
	}
	if found.language != KQL {
		found = f.byFolder(found, r, below)
	}
	if found.reason == "" && !found.role.Asks() {
		found.reason = notAsking(found.role)
	}
	if found.reason != "" {
		return fmt.Errorf("rules: %s: %s", name, found.reason)
	}
	language := SPL
	if found.language == KQL {
		language = KQL
	}
	f.put(r, source, below, found.role, language)
	return nil
}

// notAsking is the reason why a file that others refer to is no rule.
func notAsking(role Role) string {
	return fmt.Sprintf("it holds what detections refer to (%s), but no detection", role)
}

// read reads and recognises a file. The source is nil if the file is too large.
func (f *finder) read(t tree, rel string) (*diag.Source, look, error) {
	name := t.file(rel)
	info, err := fs.Stat(t.fsys, rel)
	if err != nil {
		return nil, look{}, readError(name, err)
	}
	limit := int64(maxRuleBytes)
	ending := strings.ToLower(path.Ext(rel))
	if isTable(rel) || ending == ".conf" {
		limit = maxConfBytes
	}
	if info.Size() > limit {
		return nil, look{foreign: ending == ".json", reason: fmt.Sprintf("too large for a rule (%d bytes, at most %d)", info.Size(), limit)}, nil
	}
	text, err := fs.ReadFile(t.fsys, rel)
	if err != nil {
		return nil, look{}, readError(name, err)
	}
	source := &diag.Source{Name: name, Text: unsafe.String(unsafe.SliceData(text), len(text))} // nobody else has it
	return source, recognise(rel, source.Text), nil
}

// readError names the file as the user knows it.
func readError(name string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = &fs.PathError{Op: pathError.Op, Path: name, Err: pathError.Err}
	}
	return fmt.Errorf("rules: %w", err)
}

// home returns the content that a file belongs to, and its path there: the nearest checkout or app around it, else the folder
// that the user named.
func (f *finder) home(t tree, rel string, above *root) (*root, string) {
	for folder := path.Dir(rel); ; folder = path.Dir(folder) {
		below := rel
		if folder != "." {
			below = strings.TrimPrefix(rel, folder+"/")
		}
		if checkout, app := belongs(below); app || checkout && f.isCheckout(t, folder) {
			if around := path.Dir(folder); path.Base(folder) == "removed" && f.isCheckout(t, around) {
				folder, below = around, "removed/"+below
			}
			return &root{tree: t, folder: folder}, below
		}
		if folder == "." {
			break
		}
	}
	if above != nil {
		return above, path.Join(above.inside, rel)
	}
	return &root{tree: t, folder: "."}, rel
}

// above returns the checkout or app that a file or folder on disk lies in, or nil.
func (f *finder) above(name string, isFolder bool) *root {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil
	}
	known := filepath.Clean(name) // the folder as the user would write it
	for folder := absolute; folder != filepath.Dir(folder); {
		folder, known = filepath.Dir(folder), parent(known)
		inside, err := filepath.Rel(folder, absolute)
		if err != nil {
			return nil
		}
		inside = filepath.ToSlash(inside)
		checkout, app := belongs(inside)
		if isFolder {
			checkout, _ = belongs(inside + "/")
			_, err := os.Stat(filepath.Join(absolute, "savedsearches.conf"))
			app = err == nil && (inside == "default" || inside == "local")
		}
		t := onDisk(known)
		if !app && !(checkout && f.isCheckout(t, ".")) {
			continue
		}
		if around := onDisk(parent(known)); filepath.Base(folder) == "removed" && f.isCheckout(around, ".") {
			return &root{tree: around, folder: ".", inside: "removed/" + inside}
		}
		return &root{tree: t, folder: ".", inside: inside}
	}
	return nil
}

// parent returns the folder around a cleaned path, as the path's user would write it.
func parent(name string) string {
	switch {
	case name == ".":
		return ".."
	case filepath.Base(name) == "..":
		return filepath.Join(name, "..")
	}
	return filepath.Dir(name)
}

func (f *finder) isCheckout(t tree, folder string) bool {
	key := t.file(folder)
	is, known := f.checkouts[key]
	if !known {
		is = isCheckout(t.fsys, folder)
		f.checkouts[key] = is
	}
	return is
}

// content returns the content of a folder in a language, which is the same for every file of it.
func (f *finder) content(t tree, folder string, language Language) *located {
	name := t.file(folder)
	key := name
	if absolute, err := filepath.Abs(name); err == nil && t.disk {
		key = absolute
	}
	key = string(language) + " " + key
	for _, c := range f.contents {
		if c.key == key {
			return c
		}
	}
	fsys := t.fsys
	if sub, err := fs.Sub(t.fsys, folder); err == nil && folder != "." {
		fsys = sub
	}
	c := &located{Content: &Content{Root: name, Language: language, FS: fsys, prefix: !t.disk}, key: key, paths: map[string]bool{}}
	f.contents = append(f.contents, c)
	return c
}

// add adds a part, unless it is there.
func (c *located) add(p Part) bool {
	if c.paths[p.Path] {
		return false
	}
	c.paths[p.Path] = true
	c.Parts = append(c.Parts, p)
	return true
}

func (c *located) sort() {
	sort.Slice(c.Parts, func(i, j int) bool { return c.Parts[i].Path < c.Parts[j].Path })
}

// finish brings in what the found files may refer to, and names what no detection of its content can use.
func (f *finder) finish() {
	for _, c := range f.contents {
		if c.partial {
			f.surround(c)
		}
		c.sort()
		asked := false
		for _, p := range c.Parts {
			asked = asked || p.Role.Asks() && !p.Context
		}
		for _, p := range c.Parts {
			if !asked && !p.Context {
				f.skipped = append(f.skipped, Skipped{p.Source.Name, notAsking(p.Role)})
			}
		}
	}
}

// surround adds what lies in the folders of a content that others refer to.
func (f *finder) surround(c *located) {
	t := tree{c.FS, c.Root, true}
	if c.Language == KQL {
		f.surroundSolution(c, t)
		return
	}
	for _, folder := range contextFolders {
		_ = fs.WalkDir(t.fsys, folder, func(rel string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !nameOfRule(rel) || c.paths[rel] {
				return nil
			}
			source, found, err := f.read(t, rel)
			if err != nil {
				f.skip(t.file(rel), err)
				return nil
			}
			if found = f.byFolder(found, &root{tree: t, folder: "."}, rel); found.language == SPL && found.reason == "" && found.role != RoleDetection {
				c.add(Part{Source: source, Path: rel, Role: found.role, Context: true})
			}
			return nil
		})
	}
}
