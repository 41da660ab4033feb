package suite

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// HuntState is what those who hunt have come to. What a run concludes of some data is for them to weigh: it does not change the state.
type HuntState string

// The states. The last three are conclusions.
const (
	HuntNew          HuntState = "new"    // nobody has looked
	HuntActive       HuntState = "active" // somebody is looking
	HuntSupported    HuntState = "supported"
	HuntRefuted      HuntState = "refuted"
	HuntInconclusive HuntState = "inconclusive"
)

// HuntStates are the names of all states, in the order in which a hunt goes through them.
func HuntStates() []string {
	return []string{string(HuntNew), string(HuntActive), string(HuntSupported), string(HuntRefuted), string(HuntInconclusive)}
}

// Concluded says whether a state is a conclusion.
func (s HuntState) Concluded() bool { return s != HuntNew && s != HuntActive }

// HuntNote is an entry in the journal of a hunt.
type HuntNote struct {
	Date  string    // 2026-11-22
	State HuntState // that the hunt came to; empty: it stayed as it was
	By    string
	Text  string
}

// Since returns the note with which the hunt came to its state; false if there is none.
func (h *Hunt) Since() (HuntNote, bool) {
	for _, n := range h.Notes {
		if n.State != "" {
			return n, n.State == h.State
		}
	}
	return HuntNote{}, false
}

func (r *reader) huntState(n *yaml.Node) HuntState {
	w := r.word(n)
	for _, name := range HuntStates() {
		if w.Text == name {
			return HuntState(name)
		}
	}
	if w.Text != "" {
		d := r.errorf(w.Span, "hunt-state", "unknown state %q of a hunt", w.Text)
		d.Hint = "states are " + strings.Join(HuntStates(), ", ")
		if near := diag.Nearest(w.Text, HuntStates()); near != "" {
			d.Hint = "did you mean " + near + "?"
		}
	}
	return ""
}

func (r *reader) huntNotes(n *yaml.Node) (list []HuntNote) {
	oneOrMore(n, func(e *yaml.Node) {
		var note HuntNote
		r.entries(e, "a note", map[string]func(yamltext.Pair){
			"date": func(p yamltext.Pair) {
				w := r.word(p.Value)
				if note.Date = w.Text; !isDay(w.Text) {
					r.errorf(w.Span, "hunt-note", "%q is no date", w.Text).Hint = "write it like 2026-11-22"
				}
			},
			"state": func(p yamltext.Pair) { note.State = r.huntState(p.Value) },
			"by":    func(p yamltext.Pair) { note.By = r.text(p.Value) },
			"note":  func(p yamltext.Pair) { note.Text = r.text(p.Value) },
		})
		switch {
		case note.Date == "":
			r.errorf(r.places.Span(e), "hunt-note", "the note has no date").Hint = "add date:"
		case note.State == "" && note.Text == "":
			r.errorf(r.places.Span(e), "hunt-note", "the note says nothing").Hint = "add note: or state:"
		}
		list = append(list, note)
	})
	return list
}

func isDay(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil
}

var errHuntByHand = errors.New("the file is not written in a way that can be changed for you; write state: and notes: by hand")

// Concluded returns the text of a hunt's file with a note more, before those that there are, and with its state, if it has one; everything
// else stands as it stood, comments included. It returns an error where the hunt is not written as a block of lines.
func Concluded(s *Suite, note HuntNote) (string, error) {
	if len(s.Hunts) != 1 || note.State == "" && note.Text == "" || !isDay(note.Date) {
		return "", fmt.Errorf("there is nothing to note, or no hunt to note it of")
	}
	hunt := s.Hunts[0]
	text, eol := s.Source.Text, "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
	}
	var edits []diag.Edit
	put := func(at diag.Span, what string) { edits = append(edits, diag.Edit{Span: at, Text: what}) }
	behind := 0 // the line behind the name
	var name, state, notes *yaml.Node
	places := yamltext.New(s.Source)
	places.Documents(limits, func(root *yaml.Node) {
		for _, top := range places.Pairs(root, func(yamltext.Problem) {}) {
			if top.Key.Value != "hunt" || top.Value.Kind != yaml.MappingNode || top.Value.Style&yaml.FlowStyle != 0 {
				continue
			}
			for _, p := range places.Pairs(top.Value, func(yamltext.Problem) {}) {
				switch p.Key.Value {
				case "name":
					name = p.Key
					behind = lineEnd(text, places.Span(p.Value).End)
				case "state":
					state = p.Value
				case "notes":
					notes = p.Value
				}
			}
		}
	}, func(yamltext.Problem) {})
	if name == nil {
		return "", errHuntByHand
	}
	indent := strings.Repeat(" ", name.Column-1)
	if notes != nil {
		if notes.Kind != yaml.SequenceNode || notes.Style&yaml.FlowStyle != 0 || len(notes.Content) == 0 {
			return "", errHuntByHand
		}
		at := places.Span(notes.Content[0]).Start
		dash := strings.LastIndexByte(text[:at], '-')
		if dash < 0 {
			return "", errHuntByHand
		}
		line := strings.LastIndexByte(text[:dash], '\n') + 1
		put(diag.Span{Start: line, End: line}, entryText(note, dash-line, eol))
	}
	if note.State != "" && state != nil {
		put(places.Span(state), string(note.State))
	}
	fresh := ""
	if note.State != "" && state == nil {
		fresh = indent + "state: " + string(note.State) + eol
	}
	if notes == nil {
		fresh += indent + "notes:" + eol + entryText(note, len(indent)+2, eol)
	}
	if fresh != "" && behind == len(text) && !strings.HasSuffix(text, "\n") {
		fresh = eol + strings.TrimSuffix(fresh, eol)
	}
	if fresh != "" {
		put(diag.Span{Start: behind, End: behind}, fresh)
	}
	text, applied := diag.Apply(text, []*diag.Fix{{Edits: edits}})
	if len(applied) == 0 {
		return "", errHuntByHand
	}
	if !changedOnly(hunt, text, note) {
		return "", errHuntByHand
	}
	return text, nil
}

// changedOnly says whether a text holds the hunt with the note more, and is otherwise the same.
func changedOnly(hunt *Hunt, text string, note HuntNote) bool {
	after, complaints := Read(&diag.Source{Text: text})
	if complaints.Failed() || len(after.Hunts) != 1 {
		return false
	}
	want, got := *hunt, *after.Hunts[0]
	note.Text, note.By = strings.TrimSpace(note.Text), strings.TrimSpace(note.By)
	if note.State != "" {
		want.State = note.State
	}
	want.Notes = append([]HuntNote{note}, want.Notes...)
	return reflect.DeepEqual(placeless(&want), placeless(&got))
}

// placeless returns what a hunt says, without where.
func placeless(h *Hunt) []any {
	plain := func(words []Word) (texts []string) {
		for _, w := range words {
			texts = append(texts, w.Text)
		}
		return texts
	}
	list := []any{h.ID.Text, h.Name.Text, h.Hypothesis, h.Text, h.Author, h.Date, h.Supports, h.Refutes, h.State, h.Notes, plain(h.Techniques), plain(h.References)}
	for _, t := range h.Requires {
		list = append(list, t.Category.Text, t.Product.Text, t.Service.Text, t.Why, plain(t.Fields))
	}
	for _, q := range h.Queries {
		text := ""
		if q.Text != nil {
			text = q.Text.String
		}
		list = append(list, q.Rule.Text, q.Name.Text, q.Language.Text, text)
	}
	return list
}

// entryText writes a note as an element of a list whose dashes stand behind an indentation.
func entryText(note HuntNote, indent int, eol string) string {
	entry := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key, tag, value string) {
		if value != "" {
			entry.Content = append(entry.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value})
		}
	}
	add("date", "!!timestamp", note.Date)
	add("state", "!!str", string(note.State))
	add("by", "!!str", strings.TrimSpace(note.By))
	add("note", "!!str", strings.TrimSpace(note.Text))
	out, err := yaml.Marshal(&yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{entry}})
	if err != nil {
		panic(err) // texts
	}
	var b strings.Builder
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimRight(line, "\n"); line != "" {
			b.WriteString(strings.Repeat(" ", indent) + line)
		}
		b.WriteString(eol)
	}
	return b.String()
}

// lineEnd returns where the line behind the one of a place begins.
func lineEnd(text string, at int) int {
	if i := strings.IndexByte(text[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(text)
}
