// Package sentinel reads the content of Microsoft Sentinel and the custom detections of Defender XDR, and what they refer to.
//
// In go a checkout of the public repository, a solution, an export of a workspace or single files, as package detection found them;
// out comes a Pack: detections with their queries and what their rows mean, functions (parsers of ASIM, older functions, saved
// searches), watchlists, summary rules and automation rules, and diagnostics for every file. A file that is broken hides no other.
// Queries are not parsed here: whoever compiles them gets each as a diag.Text, whose bytes know the places of the file that they
// came from.
//
// # Forms
//
// The same rule comes as YAML (the repository), as a resource of a template or an answer of the API in JSON (exports), and as a
// custom detection in either. part_rule.go reads the properties of a rule whatever form they came in; arm.go finds them in JSON;
// part_custom_detection.go is about Defender's. YAML that is not valid but plain in what it means is mended (mend.go), with a warning.
//
// # What is checked
//
// Everything that can be known without reading the query: bounds, identifiers of entities, techniques and tactics, placeholders.
// Whether a column exists only shows when the query is bound; detection.Alert.Columns has them all with their places. A complaint is
// an error only where the rule cannot run as it is meant; what merely the service would refuse is a warning.
package sentinel

import (
	"fmt"
	"io/fs"
	"sort"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// Options say how content is read.
type Options struct {
	// Tactics returns the ATT&CK tactics of a technique by slug ("lateral-movement") or name; none: the technique is unknown. Nil:
	// nobody looks at techniques.
	Tactics func(technique string) []string
	// Current returns the technique that replaced one, or itself. Nil: nobody looks.
	Current func(technique string) string
	Threads int // how many files to read at a time; 0: all cores
}

// Pack is the content of one folder.
type Pack struct {
	Root string // the folder, as the user knows it
	// Detections are those that were asked for, in the order of files and of their places in them. DiagnosticsOf says which cannot be
	// used.
	Detections   []*detection.Detection
	Functions    []*Function  // of every file, each name once, in the order of paths
	Watchlists   []*Watchlist // each alias once
	SummaryRules []*SummaryRule
	// AutomationRules are in their own order.
	AutomationRules []*AutomationRule
	Files           []*File // all, in the order of paths

	functions  map[string]*Function
	watchlists map[string]*Watchlist
	bySource   map[*diag.Source]*File
	overrides  []*Pack // the user's, which go before, the last first
	neighbours []*Pack // which go behind
}

// File is one file of a Pack with what became of it.
type File struct {
	detection.ReadPart

	functions   []*Function
	watchlists  []*Watchlist
	summaries   []*SummaryRule
	automations []*AutomationRule
	table       *table
}

// Load finds content at and below paths and reads it, one Pack for each folder that it belongs to. A path that holds functions and
// watchlists but no detection is a Pack as well. Files of other languages are not returned; what else was skipped is.
func Load(paths []string, o Options) ([]*Pack, []detection.Skipped, error) {
	contents, skipped, err := detection.FindContents(paths, detection.KQL)
	if err != nil {
		return nil, nil, err
	}
	packs := read(contents, o)
	Join(packs)
	return packs, skipped, nil
}

// LoadParts reads a file or folder of functions, watchlists and tables as a Pack of its own, to be given to Override.
func LoadParts(path string, o Options) (*Pack, []detection.Skipped, error) {
	c, skipped, err := detection.ContentIn(path, detection.KQL)
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
	packs := read(detection.Contents(files, detection.KQL), o)
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
	p := &Pack{Root: c.Root, functions: map[string]*Function{}, watchlists: map[string]*Watchlist{}, bySource: map[*diag.Source]*File{}}
	p.Files = make([]*File, len(c.Parts))
	readers := make([]*reader, len(c.Parts))
	detection.ForEach(len(c.Parts), o.Threads, func(i int) {
		f := &File{ReadPart: detection.ReadPart{Part: c.Parts[i]}}
		readers[i] = newReader(f, o)
		readers[i].read()
		p.Files[i] = f
	})
	p.gather(readers)
	p.tables(c, readers)
	p.unique(readers)
	for i, f := range p.Files {
		list := f.Diagnostics
		if i < len(readers) {
			list = readers[i].list
		}
		f.Finish(list)
		p.bySource[f.Source] = f
		if !f.Context {
			p.Detections = append(p.Detections, f.Detections...)
		}
		f.functions, f.watchlists, f.summaries, f.automations, f.table = nil, nil, nil, nil, nil
	}
	return p
}

// gather collects what single files hold. YAML goes before JSON: the repository makes its templates of it. Of two things of a name the
// first counts, and the second is warned of unless it says the same.
func (p *Pack) gather(readers []*reader) {
	for _, json := range []bool{false, true} {
		for i, f := range p.Files {
			if readers[i].json == json {
				p.take(f, readers[i])
			}
		}
	}
	sort.SliceStable(p.AutomationRules, func(i, j int) bool { return p.AutomationRules[i].Order < p.AutomationRules[j].Order })
}

func (p *Pack) take(f *File, r *reader) {
	for _, one := range f.functions {
		kept := false
		for i, name := range append([]string{one.Name}, one.Aliases...) {
			first, ok := p.functions[name]
			if !ok {
				p.functions[name] = one
				kept = true
			} else if i == 0 && words(first.Query.String) != words(one.Query.String) {
				r.warnf(one.Place, "sentinel-duplicate", "function %q is defined in %s as well, and that one counts", name, first.Path)
			}
		}
		if kept {
			p.Functions = append(p.Functions, one)
		}
	}
	for _, one := range f.watchlists {
		key := strings.ToLower(one.Alias)
		if first, ok := p.watchlists[key]; ok {
			r.warnf(one.Place, "sentinel-duplicate", "watchlist %q is defined in %s as well, and that one counts", one.Alias, first.Path)
			continue
		}
		p.watchlists[key] = one
		p.Watchlists = append(p.Watchlists, one)
	}
	p.SummaryRules = append(p.SummaryRules, f.summaries...)
	p.AutomationRules = append(p.AutomationRules, f.automations...)
}

// words returns a text without what tells two copies of it apart: the kind and number of blanks.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// unique warns of detections that share an id.
func (p *Pack) unique(readers []*reader) {
	first := map[string]*detection.Detection{}
	for i, f := range p.Files {
		for _, d := range f.Detections {
			id := strings.ToLower(d.ID)
			if other := first[id]; id != "" && other != nil {
				readers[i].warnf(diag.Span{Start: d.Span.Start, End: d.Span.Start}, "sentinel-duplicate-id", "id %s is also that of %q in %s", d.ID, other.Title, other.Path).
					Hint = "give one of the two a new GUID, or load only one"
				continue
			}
			first[id] = d
		}
	}
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
	return fmt.Sprintf("%d detections, %d functions, %d watchlists, %d summary rules, %d automation rules",
		len(p.Detections), len(p.Functions), len(p.Watchlists), len(p.SummaryRules), len(p.AutomationRules))
}
