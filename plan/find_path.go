package plan

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// FindPath is what a Pathwise Field means: the value of the field of exactly this name (event.Record.Get), else all that
// stands at the end of the name read as a path. In a path a dot leads into an object, {} to all elements of a list, {n} to
// the element n of it, counted from 0; a name on the way may itself hold dots and braces. What stands at the end is opened if
// it is a list, and left out if it is an object: one value is given as it is, several as a list, null where there are only
// nulls, and the absent value where there is nothing. Case counts.
func FindPath(r *event.Record, name string) event.Value {
	if v := r.Get(name); !v.IsAbsent() || !IsPath(name) {
		return v
	}
	var f pathFinder
	f.record(r, name)
	return f.value()
}

// IsPath says whether a name can mean anything but a field of exactly that name when it is read as a path.
func IsPath(name string) bool { return strings.ContainsAny(name, ".{") }

// PathStart says whether a path can begin with a field of a name.
func PathStart(path, name string) bool {
	return len(path) > len(name) && (path[len(name)] == '.' || path[len(name)] == '{') && strings.HasPrefix(path, name)
}

// pathFinder gathers what stands at the end of a path.
type pathFinder struct {
	first event.Value // the first value that is there
	more  []event.Value
}

// record follows a path that begins with the name of a field.
func (f *pathFinder) record(r *event.Record, path string) {
	for i := range r.Fields {
		switch name := r.Fields[i].Name.Text; {
		case name == path:
			f.leaf(r.Fields[i].Value)
		case PathStart(path, name):
			f.step(r.Fields[i].Value, path[len(name):])
		}
	}
}

// step follows what is left of a path below a value.
func (f *pathFinder) step(v event.Value, path string) {
	switch {
	case path == "":
		f.leaf(v)
	case path[0] == '.' && v.Kind() == event.Object:
		f.record(v.Object(), path[1:])
	case path[0] == '{' && v.Kind() == event.List:
		inside, rest, closed := strings.Cut(path[1:], "}")
		if !closed || rest != "" && rest[0] != '.' && rest[0] != '{' {
			return
		}
		if inside == "" {
			for _, e := range v.List() {
				f.step(e, rest)
			}
			return
		}
		if i, err := strconv.ParseUint(inside, 10, 31); err == nil && int(i) < len(v.List()) {
			f.step(v.List()[i], rest)
		}
	}
}

func (f *pathFinder) leaf(v event.Value) {
	switch v.Kind() {
	case event.List:
		for _, e := range v.List() {
			f.leaf(e)
		}
	case event.Object:
	case event.Null:
		if f.first.IsAbsent() && !v.IsAbsent() {
			f.first = v
		}
	default:
		switch {
		case f.first.IsNull():
			f.first = v
		case f.more == nil:
			f.more = append(f.more, f.first, v)
		default:
			f.more = append(f.more, v)
		}
	}
}

func (f *pathFinder) value() event.Value {
	if f.more != nil {
		return event.ListValue(f.more...)
	}
	return f.first
}

// FieldsOf is what Fields mean for a record: an object with each name once, in the order of their first places, the value of
// a repeated one being the list of all. It may share the record's memory. Without a record the object is empty.
func FieldsOf(r *event.Record) event.Value {
	if r == nil {
		return event.ObjectValue(&event.Record{})
	}
	if !repeats(r) {
		return event.ObjectValue(r)
	}
	out := &event.Record{}
	seen := make(map[string]bool, len(r.Fields))
	for _, field := range r.Fields {
		if name := field.Name.Text; !seen[name] && !field.Value.IsAbsent() {
			seen[name] = true
			out.Add(field.Name, r.Get(name))
		}
	}
	return event.ObjectValue(out)
}

// repeats says whether a record is no object as Fields give it: it has a name twice, or a field that is absent.
func repeats(r *event.Record) bool {
	if len(r.Fields) > 32 {
		seen := make(map[string]bool, len(r.Fields))
		for _, f := range r.Fields {
			if seen[f.Name.Text] || f.Value.IsAbsent() {
				return true
			}
			seen[f.Name.Text] = true
		}
		return false
	}
	for i, f := range r.Fields {
		if f.Value.IsAbsent() {
			return true
		}
		for _, g := range r.Fields[:i] {
			if f.Name.Text == g.Name.Text {
				return true
			}
		}
	}
	return false
}
