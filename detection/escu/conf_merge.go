package escu

import (
	"sort"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// An app has its settings twice: as shipped, in default, and as changed where it runs, in local. A stanza is what both say, with
// local before default.

// merged is a stanza of all files of an app.
type merged struct {
	name     string
	file     int       // which of the pack's files it belongs to
	place    diag.Span // of the name there
	span     diag.Span // of the stanza there
	settings map[string]*setting
	order    []string
	common   *merged // what all stanzas have unless they say otherwise
}

// setting is one with the reader of the file that it stands in.
type setting struct {
	Setting
	r *reader
}

// setting returns a setting, or nil.
func (s *merged) setting(key string) *setting {
	if v := s.settings[key]; v != nil || s.common == nil || ownOnly[key] {
		return v
	}
	return s.common.settings[key]
}

// text returns the value of a setting; empty if there is none.
func (s *merged) text(key string) string {
	if v := s.setting(key); v != nil {
		return strings.TrimSpace(v.Value.String)
	}
	return ""
}

// truth returns whether a setting says yes.
func (s *merged) truth(r *reader, key string, otherwise bool) bool {
	v := s.setting(key)
	if v == nil || v.Value.String == "" {
		return otherwise
	}
	yes, ok := truthOf(v.Value.String)
	if !ok {
		v.r.errorf(v.span(), "escu-bool", "%s must be 1 or 0, not %q", key, v.Value.String)
		return otherwise
	}
	return yes
}

// span returns where the value stands, or the key if there is none.
func (s *setting) span() diag.Span {
	if s.Value.String == "" {
		return s.Place
	}
	return s.Value.Place(diag.Span{End: len(s.Value.String)}).Span
}

// configure reads the configuration files of the pack.
func (p *Pack) configure(readers []*reader, o Options) {
	for _, role := range []detection.Role{detection.RoleMacros, detection.RoleTransforms, detection.RoleSearches} {
		for _, s := range p.merge(role, readers) {
			f, r := p.Files[s.file], readers[s.file]
			switch role {
			case detection.RoleMacros:
				f.macrosOf(r, s)
			case detection.RoleTransforms:
				f.lookupOf(r, s)
			case detection.RoleSearches:
				f.searchOf(r, s, o)
			}
		}
		p.gather(readers)
	}
}

// merge returns the stanzas of all files of a role, in the order of their first places, the default stanza behind each.
func (p *Pack) merge(role detection.Role, readers []*reader) []*merged {
	var files []int
	for i, f := range p.Files {
		if f.Role == role {
			files = append(files, i)
		}
	}
	sort.SliceStable(files, func(i, j int) bool { return layer(p.Files[files[i]].Path) < layer(p.Files[files[j]].Path) })
	byName := map[string]*merged{}
	var list []*merged
	for _, i := range files {
		for _, stanza := range p.Files[i].stanzas {
			s, ok := byName[stanza.Name]
			if !ok {
				s = &merged{name: stanza.Name, file: i, place: stanza.Head, span: stanza.Span, settings: map[string]*setting{}}
				byName[stanza.Name] = s
				list = append(list, s)
			} else if p.Files[s.file].Context && !p.Files[i].Context { // it belongs to the file that was asked for
				s.file, s.place, s.span = i, stanza.Head, stanza.Span
			}
			for _, one := range stanza.Settings {
				if s.settings[one.Key] == nil {
					s.order = append(s.order, one.Key)
				}
				s.settings[one.Key] = &setting{one, readers[i]}
			}
		}
	}
	common := byName[defaultStanza]
	var named []*merged
	for _, s := range list {
		if s == common {
			continue
		}
		s.common = common
		named = append(named, s)
	}
	return named
}

// ownOnly are the settings that make a stanza what it is, and so are not taken from the default stanza.
var ownOnly = map[string]bool{"search": true, "definition": true, "args": true, "description": true, "filename": true, "collection": true}

// layer says in which order files are read, so that later ones go before earlier ones.
func layer(path string) int {
	switch {
	case strings.HasPrefix(path, "local/"), strings.Contains(path, "/local/"):
		return 2
	case strings.HasPrefix(path, "default/"), strings.Contains(path, "/default/"):
		return 1
	}
	return 0
}
