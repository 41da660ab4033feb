package escu

import (
	"strings"

	"goshawk/diag"
)

// Splunk's configuration files hold stanzas of settings: a head in square brackets, then lines "key = value". A line that ends in a
// backslash goes on in the next, and the value has a line feed there. A line that begins with # is a comment. What stands before
// the first head belongs to the stanza "default", which holds what every other stanza of the file has unless it says otherwise.

// maxStanzas bounds a file: the largest published app has a few thousand.
const maxStanzas = 100_000

// defaultStanza is the one whose settings all others have.
const defaultStanza = "default"

// Stanza is one part of a configuration file.
type Stanza struct {
	Name     string
	Head     diag.Span // of the name
	Span     diag.Span // of all of it
	Settings []Setting // in their order

	index map[string]int // of Settings, by key
}

// Setting is one line, or several that continue each other.
type Setting struct {
	Key   string
	Place diag.Span // of the key
	Value *diag.Text
}

// ParseConf reads a configuration file.
func ParseConf(source *diag.Source) ([]*Stanza, diag.List) {
	r := &reader{source: source}
	stanzas := r.conf()
	r.list.Sort()
	return stanzas, r.list
}

func (r *reader) conf() []*Stanza {
	text := r.source.Text
	begin := 0
	if strings.HasPrefix(text, "\ufeff") {
		begin = len("\ufeff")
	}
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		r.errorf(diag.Span{}, "escu-conf-encoding", "text is UTF-16").Hint = "save the file as UTF-8"
		return nil
	}
	var list []*Stanza
	var current *Stanza
	for at := begin; at < len(text); {
		start, end, next := r.line(at)
		switch {
		case start == end || text[start] == '#':
		case text[start] == '[':
			if current != nil {
				current.Span.End = at
			}
			if len(list) == maxStanzas {
				r.errorf(diag.Span{Start: start, End: end}, "escu-too-large", "the file has more than %d stanzas; the rest is not read", maxStanzas)
				return list
			}
			current = r.head(start, end)
			list = append(list, current)
		default:
			if current == nil {
				current = &Stanza{Name: defaultStanza, Head: diag.Span{Start: start, End: start}, Span: diag.Span{Start: start}}
				list = append(list, current)
			}
			next = r.setting(current, start, end, next)
		}
		at = next
	}
	if current != nil {
		current.Span.End = len(text)
	}
	return list
}

// line returns where the text of the line at an offset begins and ends, blanks around it left out, and where the next line begins.
func (r *reader) line(at int) (start, end, next int) {
	text := r.source.Text
	end, next = len(text), len(text)
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		end, next = at+i, at+i+1
	}
	for at < end && isBlank(text[at]) {
		at++
	}
	for end > at && isBlank(text[end-1]) {
		end--
	}
	return at, end, next
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// head reads the head of a stanza.
func (r *reader) head(start, end int) *Stanza {
	text := r.source.Text
	closing := strings.LastIndexByte(text[start:end], ']')
	if closing < 0 {
		r.errorf(diag.Span{Start: start, End: end}, "escu-conf-head", "the head of a stanza has no closing bracket").Hint = "write ] at its end"
		closing = end - start
	} else if start+closing+1 < end {
		r.warnf(diag.Span{Start: start + closing + 1, End: end}, "escu-conf-head", "what stands behind the head of a stanza means nothing")
	}
	span := diag.Span{Start: start + 1, End: start + closing}
	return &Stanza{Name: strings.TrimSpace(text[span.Start:span.End]), Head: span, Span: diag.Span{Start: start}}
}

// setting reads a line "key = value" and those that continue it; it returns where the next line begins.
func (r *reader) setting(s *Stanza, start, end, next int) int {
	text := r.source.Text
	equals := strings.IndexByte(text[start:end], '=')
	if equals <= 0 {
		d := r.errorf(diag.Span{Start: start, End: end}, "escu-conf-line", "line is no setting, head or comment")
		d.Hint = "a setting is key = value; a line before this one that should go on must end in a backslash, with nothing behind it"
		return next
	}
	keyEnd := start + equals
	for keyEnd > start && isBlank(text[keyEnd-1]) {
		keyEnd--
	}
	setting := Setting{Key: text[start:keyEnd], Place: diag.Span{Start: start, End: keyEnd}}
	value := start + equals + 1
	for value < end && isBlank(text[value]) {
		value++
	}
	var b diag.TextBuilder
	for {
		lineEnd := next
		if lineEnd > value && text[lineEnd-1] == '\n' {
			lineEnd--
		}
		if lineEnd > value && text[lineEnd-1] == '\r' {
			lineEnd--
		}
		if lineEnd == next || lineEnd == value || text[lineEnd-1] != '\\' { // the last line
			if lineEnd == next && lineEnd > value && text[lineEnd-1] == '\\' { // nothing comes behind it
				lineEnd--
			}
			for lineEnd > value && isBlank(text[lineEnd-1]) {
				lineEnd--
			}
			b.AddExact(r.source, diag.Span{Start: value, End: lineEnd})
			break
		}
		b.AddExact(r.source, diag.Span{Start: value, End: lineEnd - 1})
		b.AddExact(r.source, diag.Span{Start: next - 1, End: next})
		value = next
		if i := strings.IndexByte(text[next:], '\n'); i >= 0 {
			next += i + 1
		} else {
			next = len(text)
		}
	}
	setting.Value = b.Text()
	if i, ok := s.index[setting.Key]; ok {
		r.warnf(setting.Place, "escu-conf-duplicate", "%s stands twice in the stanza %q; the last counts", setting.Key, s.Name)
		s.Settings[i] = setting
		return next
	}
	if s.index == nil {
		s.index = map[string]int{}
	}
	s.index[setting.Key] = len(s.Settings)
	s.Settings = append(s.Settings, setting)
	return next
}
