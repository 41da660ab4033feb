package escu

import (
	"fmt"
	"iter"
	"sort"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// Macro is a named text of SPL.
type Macro struct {
	Name        string
	Args        []string
	Definition  *diag.Text
	Eval        bool   // the definition is an expression that gives the text
	Validation  string // an expression over the arguments; empty: none
	Message     string // what to say where the validation fails
	Description string
	Path        string    // of the file
	Place       diag.Span // of its name there
	// Slot says that the macro is the last stage of a detection, where a user puts exceptions of his own.
	Slot bool
}

// Key returns what the macro is called by: its name and, if it takes any, the number of its arguments.
func (m *Macro) Key() string { return MacroKey(m.Name, len(m.Args)) }

// MacroKey returns the key of a macro of a name with a number of arguments: "name", "name(2)".
func MacroKey(name string, args int) string {
	if args == 0 {
		return name
	}
	return name + "(" + strconv.Itoa(args) + ")"
}

// macro reads a macro's own file.
func (f *File) macro(r *reader) {
	r.document("macro", func(m *fields) {
		name, definition := m.must("name"), m.must("definition")
		macro := &Macro{Name: strings.TrimSpace(name.Text), Description: m.text("description"), Path: f.Source.Name, Args: m.texts("arguments")}
		macro.Validation, macro.Message = m.text("validation"), m.text("errormsg")
		macro.Eval = m.truth("iseval", false)
		m.known("id", "version", "date", "creation_date", "modification_date", "author", "status")
		if name.node == nil || definition.node == nil || macro.Name == "" {
			return
		}
		macro.Place = r.places.Span(name.node)
		macro.Definition = r.places.Text(definition.node)
		f.macros = append(f.macros, macro)
	})
}

// macrosOf reads the stanzas of macros.conf: [name] or [name(2)] with args and definition.
func (f *File) macrosOf(r *reader, s *merged) {
	name, count, counted := macroName(s.name)
	macro := &Macro{Name: name, Path: f.Source.Name, Place: s.place}
	for _, arg := range strings.Split(s.text("args"), ",") {
		if arg = strings.TrimSpace(arg); arg != "" {
			macro.Args = append(macro.Args, arg)
		}
	}
	macro.Validation, macro.Message, macro.Description = s.text("validation"), s.text("errormsg"), s.text("description")
	macro.Eval = s.truth(r, "iseval", false)
	definition := s.setting("definition")
	if definition == nil {
		r.errorf(s.place, "escu-missing-key", "macro %s has no definition", s.name)
		return
	}
	if counted && count != len(macro.Args) || !counted && len(macro.Args) > 0 {
		r.errorf(s.place, "escu-macro-args", "macro %s names %d arguments in args", s.name, len(macro.Args)).
			Hint = fmt.Sprintf("write [%s] as its head", MacroKey(name, len(macro.Args)))
		return
	}
	macro.Definition = definition.Value
	f.macros = append(f.macros, macro)
}

// macroName cuts the number of arguments off the head of a stanza.
func macroName(head string) (name string, count int, counted bool) {
	open := strings.LastIndexByte(head, '(')
	if open <= 0 || !strings.HasSuffix(head, ")") {
		return head, 0, false
	}
	if _, err := fmt.Sscanf(head[open:], "(%d)", &count); err != nil {
		return head, 0, false
	}
	return head[:open], count, true
}

// everything is the text of a slot that nobody filled.
var everything = &diag.Source{Name: builtinPrefix + "filter", Text: "search *"}

// filters gives every detection its slot.
func (p *Pack) filters() {
	for _, f := range p.Files {
		if f.Role == detection.RoleQuery {
			continue
		}
		for _, d := range f.Detections {
			name := FilterName(d.Title)
			if m, ok := p.Macros[name]; ok {
				m.Slot = true
				continue
			}
			p.Macros[name] = &Macro{Name: name, Definition: diag.NewText(everything), Path: everything.Name, Slot: true,
				Description: "exceptions of your own for " + d.Title}
		}
	}
}

// Override makes the macros and lookups of other content, the user's, go before those of the pack. What is overridden last goes
// first.
func (p *Pack) Override(by *Pack) { p.overrides = append([]*Pack{by}, p.overrides...) }

// Join lets the searches of each pack use the macros and lookups of the others, where their own pack has none.
func Join(packs []*Pack) {
	for _, p := range packs {
		p.neighbours = nil
		for _, other := range packs {
			if other != p {
				p.neighbours = append(p.neighbours, other)
			}
		}
	}
}

// sources gives the packs to look in, in the order in which they count.
func (p *Pack) sources() iter.Seq[*Pack] {
	return func(yield func(*Pack) bool) {
		for _, by := range p.overrides {
			if !yield(by) {
				return
			}
		}
		if !yield(p) {
			return
		}
		for _, other := range p.neighbours {
			if !yield(other) {
				return
			}
		}
		yield(builtins())
	}
}

// Macro returns the macro of a name with a number of arguments that a search of the pack means.
func (p *Pack) Macro(name string, args int) (*Macro, bool) {
	key := MacroKey(name, args)
	for from := range p.sources() {
		if m, ok := from.Macros[key]; ok {
			return m, true
		}
	}
	return nil, false
}

// MacroNames returns the names of all macros that a search of the pack can use, in order.
func (p *Pack) MacroNames() []string {
	seen := map[string]bool{}
	for from := range p.sources() {
		for _, m := range from.Macros {
			seen[m.Name] = true
		}
	}
	return sortedKeys(seen)
}

func sortedKeys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
