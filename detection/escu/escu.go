// Package escu reads Splunk's security content: the detections of ESCU and of content written like it, and what they refer to.
//
// In go a checkout, an app directory or single files, as package detection found them; out comes a Pack: detections with their
// searches and what their answers mean, macros, lookup tables, stories, data sources, baselines and schedules, and diagnostics for
// every file. A file that is broken hides no other. Searches are not parsed here: whoever compiles them gets each as a diag.Text,
// whose bytes know the places of the file that they came from, and macros likewise.
//
// # Layouts
//
// How a detection says what its answer is worth has changed four times, one file each: tags.risk_object (layout_legacy.go),
// tags.observable with impact and confidence (layout_observable.go), rba (layout_rba.go), finding and intermediate_findings
// (layout_finding.go). All become the same detection.Answer. savedsearches.conf says the same in its own way (conf_search.go).
//
// # Macros
//
// A macro is looked for among the user's own (Override), then in its pack, then in the packs beside it (Join), then among those that
// content relies on but does not ship (builtin). Every detection ends in a macro of its own, <name>_filter, which lets everything
// pass until somebody gives one of that name: the place for local exceptions.
package escu

import (
	"fmt"
	"io/fs"

	"goshawk/detection"
	"goshawk/diag"
)

// Options say how content is read.
type Options struct {
	// Tactics returns the ATT&CK tactics of a technique, by slug ("lateral-movement") or name. Nil: detections that do not spell out
	// their kill chain phases have none.
	Tactics func(technique string) []string
	// UserNames makes an observable of the type "User Name" a risk object of type user. Splunk's tool makes it "other", which is
	// what happens by default.
	UserNames bool
	Threads   int // how many files to read at a time; 0: all cores
}

// Pack is the content of one folder.
type Pack struct {
	Root string // the folder, as the user knows it
	// Detections and Baselines are those that were asked for, in the order of files and of their places in them. DiagnosticsOf says
	// which cannot be used.
	Detections, Baselines []*detection.Detection
	Macros                map[string]*Macro // by MacroKey
	Lookups               map[string]*Lookup
	Stories               map[string]*Story
	DataSources           map[string]*DataSource
	Deployments           []*Deployment
	Files                 []*File // all, in the order of paths

	bySource   map[*diag.Source]*File
	overrides  []*Pack // the user's, which go before, the last first
	neighbours []*Pack // which go behind
	hints      map[string]string
}

// File is one file of a Pack with what became of it.
type File struct {
	detection.ReadPart // its detections are baselines, too

	macros     []*Macro
	lookups    []*Lookup
	table      *table
	story      *Story
	dataSource *DataSource
	deployment *Deployment
	stanzas    []*Stanza
	afterwards []func(p *Pack, r *reader) // what needs the other files
}

// Load finds content at and below paths and reads it, one Pack for each folder that it belongs to. A path that holds macros and
// tables but no detection is a Pack as well. Files of other languages are not returned; what else was skipped is.
func Load(paths []string, o Options) ([]*Pack, []detection.Skipped, error) {
	contents, skipped, err := detection.FindContents(paths, detection.SPL)
	if err != nil {
		return nil, nil, err
	}
	packs := read(contents, o)
	Join(packs)
	return packs, skipped, nil
}

// LoadParts reads a file or folder of macros, lookups and tables (.yml, .conf, .csv) as a Pack of its own, to be given to Override.
func LoadParts(path string, o Options) (*Pack, []detection.Skipped, error) {
	c, skipped, err := detection.ContentIn(path, detection.SPL)
	if err != nil {
		return nil, nil, err
	}
	return Read(c, o), skipped, nil
}

// LoadFS reads the content of a file system, such as an embedded pack; prefix goes before the names of its files.
func LoadFS(fsys fs.FS, prefix string, o Options) ([]*Pack, error) {
	files, err := detection.FindIn(fsys, prefix)
	if err != nil {
		return nil, err
	}
	packs := read(detection.Contents(files, detection.SPL), o)
	Join(packs)
	return packs, nil
}

func read(contents []*detection.Content, o Options) []*Pack {
	packs := make([]*Pack, len(contents))
	for i, c := range contents {
		packs[i] = Read(c, o)
	}
	return packs
}

// Read reads one content. It never fails: what is wrong is in the diagnostics of the pack's files.
func Read(c *detection.Content, o Options) *Pack {
	p := &Pack{Root: c.Root, Macros: map[string]*Macro{}, Lookups: map[string]*Lookup{}, Stories: map[string]*Story{}, DataSources: map[string]*DataSource{}, bySource: map[*diag.Source]*File{}}
	p.Files = make([]*File, len(c.Parts))
	readers := make([]*reader, len(c.Parts))
	detection.ForEach(len(c.Parts), o.Threads, func(i int) {
		f := &File{ReadPart: detection.ReadPart{Part: c.Parts[i]}}
		readers[i] = &reader{source: f.Source}
		f.read(readers[i], o)
		p.Files[i] = f
	})
	p.gather(readers)
	p.configure(readers, o)
	tables := p.tables(c)
	for i, f := range p.Files {
		for _, after := range f.afterwards {
			after(p, readers[i])
		}
	}
	p.filters()
	for i, f := range p.Files {
		f.Finish(readers[i].list)
		p.bySource[f.Source] = f
		f.afterwards, f.stanzas, f.table = nil, nil, nil
		if f.Context {
			continue
		}
		for _, d := range f.Detections {
			if d.Answer != nil && d.Answer.Kind == detection.Baseline {
				p.Baselines = append(p.Baselines, d)
			} else {
				p.Detections = append(p.Detections, d)
			}
		}
	}
	for _, f := range tables {
		p.bySource[f.Source] = f
	}
	p.Files = append(p.Files, tables...)
	return p
}

// read reads a file for itself.
func (f *File) read(r *reader, o Options) {
	switch f.Role {
	case detection.RoleDetection, detection.RoleBaseline:
		f.detection(r, o)
	case detection.RoleMacro:
		f.macro(r)
	case detection.RoleLookup:
		f.lookup(r)
	case detection.RoleStory:
		f.readStory(r)
	case detection.RoleDataSource:
		f.readDataSource(r)
	case detection.RoleDeployment:
		f.readDeployment(r)
	case detection.RoleQuery:
		f.query()
	case detection.RoleSearches, detection.RoleMacros, detection.RoleTransforms:
		f.stanzas = r.conf()
	case detection.RoleTable:
		columns, rows := r.table()
		f.table = &table{File: f, columns: columns, rows: rows}
	default:
		r.errorf(diag.Span{}, "escu-role", "nobody reads a %s", f.Role)
	}
}

// gather collects what single files hold. Of two things of a name the first counts, and the second is warned of.
func (p *Pack) gather(readers []*reader) {
	for i, f := range p.Files {
		p.take(f, readers[i])
	}
}

func (p *Pack) take(f *File, r *reader) {
	for _, m := range f.macros {
		if first, ok := p.Macros[m.Key()]; ok {
			duplicate(r, m.Place, "macro", m.Key(), first.Path)
			continue
		}
		p.Macros[m.Key()] = m
	}
	for _, l := range f.lookups {
		if first, ok := p.Lookups[l.Name]; ok {
			duplicate(r, l.Place, "lookup", l.Name, first.Path)
			continue
		}
		p.Lookups[l.Name] = l
	}
	if s := f.story; s != nil {
		if first, ok := p.Stories[s.Name]; ok {
			duplicate(r, s.Place, "story", s.Name, first.Path)
		} else {
			p.Stories[s.Name] = s
		}
	}
	if d := f.dataSource; d != nil {
		if first, ok := p.DataSources[d.Name]; ok {
			duplicate(r, d.Place, "data source", d.Name, first.Path)
		} else {
			p.DataSources[d.Name] = d
		}
	}
	if f.deployment != nil {
		p.Deployments = append(p.Deployments, f.deployment)
	}
	f.macros, f.lookups, f.story, f.dataSource, f.deployment = nil, nil, nil, nil, nil
}

func duplicate(r *reader, span diag.Span, what, name, first string) {
	r.warnf(span, "escu-duplicate", "%s %q is defined in %s as well, and that one counts", what, name, first)
}

// File returns the file of a source, or nil.
func (p *Pack) File(source *diag.Source) *File { return p.bySource[source] }

// DiagnosticsOf returns the diagnostics that concern a detection of the pack: those about its part of its file, and those about
// the file as a whole. A detection with an error among them must not be run.
func (p *Pack) DiagnosticsOf(d *detection.Detection) diag.List {
	f := p.File(d.Query)
	if f == nil {
		return nil
	}
	return f.DiagnosticsOf(d)
}

// Summary says in one line what the pack holds.
func (p *Pack) Summary() string {
	return fmt.Sprintf("%d detections, %d baselines, %d macros, %d lookups, %d stories, %d data sources",
		len(p.Detections), len(p.Baselines), len(p.Macros), len(p.Lookups), len(p.Stories), len(p.DataSources))
}
