package sigma

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"goshawk/diag"
)

var (
	statuses     = []string{"stable", "test", "experimental", "deprecated", "unsupported"}
	levels       = []string{"informational", "low", "medium", "high", "critical"}
	relations    = []string{"derived", "obsolete", "merged", "renamed", "similar", "correlation"}
	uuidShape    = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	tagShape     = regexp.MustCompile(`^[a-z0-9_-]+\.[a-z0-9._-]+$`)
	oldDateShape = regexp.MustCompile(`^[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}$`)
)

// maxTitle is the length in characters that the specification allows a title.
const maxTitle = 256

// meta reads the keys that all kinds of document share; own are those that belong to this kind.
func (r *reader) meta(list []pair, own ...string) Meta {
	m := Meta{Source: r.src, Span: spanOf(list)}
	for i := range list {
		p := &list[i]
		switch p.key.Text {
		case "title":
			m.Title = r.text(p)
		case "id":
			m.ID = r.text(p)
		case "name":
			m.Name = r.text(p)
		case "taxonomy":
			m.Taxonomy = r.text(p)
		case "status":
			m.Status = r.oneOf(p, statuses)
		case "level":
			m.Level = r.oneOf(p, levels)
		case "description":
			m.Description = r.text(p).Text
		case "author":
			m.Author = r.text(p).Text
		case "license":
			m.License = r.text(p).Text
		case "date":
			m.Date = r.date(p)
		case "modified":
			m.Modified = r.date(p)
		case "references":
			m.References = r.words(p)
		case "tags":
			m.Tags = r.tags(p)
		case "fields":
			m.Fields = r.words(p)
		case "falsepositives":
			m.FalsePositives = r.words(p)
		case "scope":
			m.Scope = r.words(p)
		case "related":
			m.Related = r.related(p)
		default:
			if !contains(own, p.key.Text) {
				m.Custom = append(m.Custom, Custom{p.key, r.any(p.value), r.span(p.value)})
			}
		}
	}
	switch {
	case m.Title.Text == "":
		r.errorf(headOf(list), "sigma-title", "document has no title").Hint = "begin with title: and a short name for what it finds"
	case utf8.RuneCountInString(m.Title.Text) > maxTitle:
		r.warnf(m.Title.Span, "sigma-title", "title is longer than %d characters", maxTitle)
	}
	if m.ID.Text != "" && !uuidShape.MatchString(m.ID.Text) {
		r.errorf(m.ID.Span, "sigma-id", "id %q is no UUID", m.ID.Text).Hint = "write a random UUID such as uuidgen makes, or use name: for a readable handle"
	}
	return m
}

// oneOf reads a word that must be one of a set, lower case.
func (r *reader) oneOf(p *pair, set []string) Word {
	w := r.text(p)
	if w.Text == "" || contains(set, w.Text) {
		return w
	}
	if lower := strings.ToLower(w.Text); contains(set, lower) {
		r.warnf(w.Span, "sigma-"+p.key.Text, "%s %q should be lower case", p.key.Text, w.Text)
		w.Text = lower
		return w
	}
	d := r.errorf(w.Span, "sigma-"+p.key.Text, "unknown %s %q", p.key.Text, w.Text)
	if near := r.nearest(w.Text, set); near != "" {
		d.Hint = "did you mean " + near + "?"
	} else {
		d.Hint = "it is one of " + strings.Join(set, ", ")
	}
	return w
}

// date reads a day as YYYY-MM-DD; the former spelling with slashes is only warned about.
func (r *reader) date(p *pair) Word {
	w := r.text(p)
	if w.Text == "" {
		return w
	}
	if _, err := time.Parse("2006-01-02", w.Text); err == nil {
		return w
	}
	if day, err := time.Parse("2006/1/2", w.Text); err == nil && oldDateShape.MatchString(w.Text) {
		r.warnf(w.Span, "sigma-date", "%s should be written with dashes", p.key.Text).Hint = "write " + day.Format("2006-01-02")
		return w
	}
	r.errorf(w.Span, "sigma-date", "%s %q is no day of the form YYYY-MM-DD", p.key.Text, w.Text)
	return w
}

func (r *reader) tags(p *pair) []Word {
	list := r.words(p)
	seen := make(map[string]bool, len(list))
	for _, tag := range list {
		if !tagShape.MatchString(tag.Text) {
			r.warnf(tag.Span, "sigma-tag-shape", "tag %q has not the form namespace.name in lower case", tag.Text)
		}
		if seen[tag.Text] {
			r.warnf(tag.Span, "sigma-duplicate-tag", "tag %q occurs twice", tag.Text)
		}
		seen[tag.Text] = true
	}
	return list
}

func (r *reader) related(p *pair) []Related {
	if isNull(p.value) {
		return nil
	}
	if shape(p.value) != "list" {
		r.errorf(p.key.Span, "sigma-related", "related must be a list of id and type")
		return nil
	}
	var list []Related
	for _, e := range p.value.Content {
		e = follow(e)
		if shape(e) != "map" {
			r.errorf(r.span(e), "sigma-related", "related must be a list of id and type")
			continue
		}
		entry := r.pairs(e)
		rel := Related{ID: r.text(find(entry, "id")), Type: r.text(find(entry, "type"))}
		if !uuidShape.MatchString(rel.ID.Text) {
			r.warnf(placeOf(rel.ID, entry), "sigma-related", "id %q of a related rule is no UUID", rel.ID.Text)
		}
		if !contains(relations, rel.Type.Text) {
			d := r.warnf(placeOf(rel.Type, entry), "sigma-related", "unknown relation %q", rel.Type.Text)
			d.Hint = "it is one of " + strings.Join(relations, ", ")
		}
		list = append(list, rel)
	}
	return list
}

// placeOf returns the place of a word, or that of the whole map where the word is missing.
func placeOf(w Word, list []pair) diag.Span {
	if w.Span == (diag.Span{}) {
		return spanOf(list)
	}
	return w.Span
}

// spanOf returns the place of all entries of a map.
func spanOf(list []pair) diag.Span {
	if len(list) == 0 {
		return diag.Span{}
	}
	span := list[0].span
	for _, p := range list[1:] {
		span = span.Join(p.span)
	}
	return span
}

// headOf returns the place of the first key of a map.
func headOf(list []pair) diag.Span {
	if len(list) == 0 {
		return diag.Span{}
	}
	return list[0].key.Span
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}
