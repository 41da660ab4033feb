package prove

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"goshawk/compile"
	"goshawk/event"
	"goshawk/plan"
	"goshawk/source"
	"goshawk/stream"
	"goshawk/taxonomy"
)

// Events near the edges of two predicates: each made to hold in each of its ways, and then changed in one field at a time to what
// is just inside, just outside, in the other case, empty and absent, for every literal of both; on every kind of record that one
// of the two reads, the same fields on other systems among them.

// made are events that were made, with what was done to each.
type made struct {
	events []*event.Event
	what   []string
	bases  []string
	left   int
}

// The bounds of what is made: literals of a field, and events of a base.
const (
	maxLiterals    = 120
	maxOfBase      = 4000
	maxWaysAsBases = 8
)

// base is an event of a template, with the predicates of the rules that may find it.
type base struct {
	name  string
	event *event.Event
	asked []plan.Expr // native, one of each feed that reads the class
}

func makeEvents(t *taxonomy.Taxonomy, rules ...*compile.Rule) *made {
	m := &made{}
	for _, template := range Templates() {
		for _, b := range basesOf(t, template, rules) {
			m.from(b)
		}
	}
	return m
}

// basesOf returns the events of a template that one of the rules reads.
func basesOf(t *taxonomy.Taxonomy, template *Template, rules []*compile.Rule) []base {
	value, err := jsonOfNode(template.Record)
	if err != nil {
		return nil
	}
	fillNumber(value, 1)
	line, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	var list []base
	_ = source.ForEach(context.Background(), []string{"-"}, source.Options{Stdin: bytes.NewReader(append(line, '\n'))}, func(ev *event.Event) bool {
		b := base{name: template.Name, event: ev.Clone()}
		for _, r := range rules {
			for _, f := range r.Feeds {
				if when, in := t.Route(f.Table, ev.Class); in {
					e := plan.Expr(&plan.And{})
					if f.Where != nil {
						e = stream.Native(f.Where, t, ev.Class)
					}
					if when != nil {
						e = &plan.And{List: []plan.Expr{when, e}}
					}
					b.asked = append(b.asked, e)
				}
			}
		}
		if len(b.asked) > 0 {
			list = append(list, b)
		}
		return true
	}, nil, nil)
	return list
}

// from makes the events of a base.
func (m *made) from(b base) {
	m.bases = append(m.bases, b.name)
	seen := map[string]bool{}
	first := len(m.events)
	add := func(ev *event.Event, what string) {
		if len(m.events)-first >= maxOfBase {
			m.left++
			return
		}
		text := recordText(&ev.Record)
		if seen[text] {
			return
		}
		seen[text] = true
		ev.Raw = nil
		ev.Origin = event.Origin{Source: "made of " + b.name, Record: uint64(len(m.events) + 1)}
		m.events = append(m.events, ev)
		m.what = append(m.what, b.name+": "+what)
	}
	add(b.event.Clone(), "as it stands")
	var starts []*event.Event
	var names []string
	for _, e := range b.asked {
		for i, way := range ways(e, true, b.event) {
			if i >= maxWaysAsBases {
				m.left++
				continue
			}
			starts = append(starts, edited(b.event, way))
			names = append(names, wayText(way))
		}
	}
	candidates := map[string][]string{}
	var order []string
	for _, e := range b.asked {
		for _, field := range literalsOf(e, candidates, &m.left) {
			if !slices.Contains(order, field) {
				order = append(order, field)
			}
		}
	}
	for i, start := range starts {
		add(start.Clone(), names[i])
		for _, field := range order {
			for _, text := range around(valueOf(field, start)) {
				add(edited(start, []edit{{field: field, text: text}}), also(names[i], field, text))
			}
			add(edited(start, []edit{{field: field, drop: true}}), names[i]+", without "+field)
			for _, literal := range candidates[field] {
				texts := append([]string{literal}, within(valueOf(field, start), literal)...)
				if i == 0 {
					texts = append(texts, around(literal)...)
				}
				for _, text := range texts {
					add(edited(start, []edit{{field: field, text: text}}), also(names[i], field, text))
				}
			}
		}
	}
}

func also(name, field, text string) string {
	what := fmt.Sprintf("%s %q", field, clip(text, 120))
	if name == "" {
		return what
	}
	return name + ", then " + what
}

// literalsOf adds the texts that a predicate compares each field with, and returns the fields in the order in which they come up.
func literalsOf(e plan.Expr, texts map[string][]string, left *int) (order []string) {
	add := func(field, text string) {
		if field == "" {
			return
		}
		if !slices.Contains(order, field) {
			order = append(order, field)
		}
		switch list := texts[field]; {
		case slices.Contains(list, text):
		case len(list) >= maxLiterals:
			*left++
		default:
			texts[field] = append(list, text)
		}
	}
	plan.WalkExpr(e, func(e plan.Expr) bool {
		switch e := e.(type) {
		case *plan.Match:
			field := fieldIn(e.Subject)
			for _, p := range e.Patterns {
				if text, ok := meeting(e.Op, p, ""); ok {
					add(field, text)
				}
			}
			return false
		case *plan.Compare:
			for _, way := range compareWays(e, true) {
				add(way[0].field, way[0].text)
			}
			return false
		case *plan.Field:
			if !slices.Contains(order, e.Name) {
				order = append(order, e.Name)
			}
		}
		return true
	})
	return order
}

// within returns texts like another that lack a literal which it holds, or hold one that it lacks, and are the same otherwise.
func within(text, literal string) []string {
	if literal == "" {
		return nil
	}
	at := strings.Index(strings.ToLower(text), strings.ToLower(literal))
	if at < 0 || at+len(literal) > len(text) {
		return []string{text + " " + literal, literal + " " + text, text + literal}
	}
	before, after := text[:at], text[at+len(literal):]
	return []string{before + after, before + literal[:len(literal)-1] + after, before + "x" + literal + after, before + literal + "x" + after, before + strings.ToUpper(literal) + after}
}

// around returns texts next to another: with a character more or less at either end, in the other case, with something around it,
// with a blank, and empty.
func around(text string) []string {
	list := []string{"", text + "x", "x" + text, "x " + text + " x", strings.ToUpper(text), strings.ToLower(text), " " + text, text + " ", `\` + text, "/" + text}
	if r := []rune(text); len(r) > 1 {
		list = append(list, string(r[1:]), string(r[:len(r)-1]), string(r[:len(r)/2])+"q"+string(r[len(r)/2:]))
		if unicode.IsLetter(r[0]) {
			list = append(list, "ſ"+string(r[1:])) // a long s folds to s, and to nothing in ASCII
		}
	}
	out := list[:0]
	for _, other := range list {
		if other != text && !slices.Contains(out, other) {
			out = append(out, other)
		}
	}
	return out
}

func recordText(r *event.Record) string {
	var b strings.Builder
	for _, f := range r.Fields {
		b.WriteString(f.Name.Text)
		b.WriteByte(0)
		b.WriteString(f.Value.Text())
		b.WriteByte(0)
	}
	return b.String()
}
