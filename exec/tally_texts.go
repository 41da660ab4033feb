package exec

import (
	"slices"
	"strings"

	"goshawk/event"
)

// textsTally gathers or counts the different texts among single values and lists, as spl_values and spl_dc do, while all values are
// texts. Once one is none, states go on from there: they know by what text another value goes.
type textsTally struct {
	agg    *aggExpr
	count  bool // their number is wanted, else they are, in the order of texts
	groups []textSet
	held   int64       // by the texts
	states *stateTally // nil: all values were texts so far
}

// textSet is a set of texts.
type textSet struct {
	list  []string
	known map[string]bool // of more than fewWords
}

// add adds a text, of which a new one is copied, and returns the bytes that the set has grown by.
func (s *textSet) add(text string) int64 {
	if s.known != nil && s.known[text] || s.known == nil && slices.Contains(s.list, text) {
		return 0
	}
	text = strings.Clone(text)
	s.list = append(s.list, text)
	size := int64(textSize + len(text))
	if len(s.list) <= fewWords {
		return size
	}
	if s.known == nil {
		s.known = make(map[string]bool)
	}
	for _, t := range s.list[len(s.known):] {
		s.known[t] = true
		size += keyOverhead
	}
	return size
}

func (t *textsTally) begin(groups int) {
	t.groups = widened(t.groups, groups)
	if t.states != nil {
		t.states.begin(groups)
	}
}

func (t *textsTally) add(groups, rows []int32, args []Vector) {
	if t.states == nil {
		rows = t.addTexts(groups, rows, args[0])
	}
	if len(rows) > 0 {
		t.states.add(groups, rows, args)
	}
}

// addTexts adds rows up to the first that has another value than texts; then there are states, and it returns the rows from there on.
func (t *textsTally) addTexts(groups, rows []int32, v Vector) []int32 {
	for i, r := range rows {
		value, set := v.At(int(r)), &t.groups[groups[r]]
		switch {
		case value.IsNull():
		case value.Kind() == event.Text:
			t.held += set.add(textOf(value))
		case value.Kind() == event.List && !slices.ContainsFunc(value.List(), isNoText):
			for _, e := range value.List() {
				t.held += set.add(textOf(e))
			}
		default:
			t.giveUp()
			return rows[i:]
		}
	}
	return nil
}

func isNoText(v event.Value) bool { return v.Kind() != event.Text }

func textOf(v event.Value) string {
	if text, plain := v.Plain(); plain {
		return text
	}
	return v.Text()
}

// giveUp hands the texts over to states.
func (t *textsTally) giveUp() {
	t.states = newStateTally(t.agg)
	t.states.begin(len(t.groups))
	for g, set := range t.groups {
		for _, text := range set.list {
			t.states.addRow(int32(g), []event.Value{event.TextValue(text)})
		}
	}
	clear(t.groups)
	t.held = 0
}

func (t *textsTally) settle() {
	if t.states != nil {
		t.states.settle()
	}
}

func (t *textsTally) take(group int) event.Value {
	if t.states != nil {
		return t.states.take(group)
	}
	texts := t.groups[group].list
	t.groups[group] = textSet{}
	switch {
	case t.count:
		return event.IntValue(int64(len(texts)))
	case len(texts) == 0:
		return event.NullValue()
	case len(texts) == 1:
		return event.TextValue(texts[0])
	}
	slices.Sort(texts)
	out := make([]event.Value, len(texts))
	for i, text := range texts {
		out[i] = event.TextValue(text)
	}
	return event.ListValue(out...)
}

func (t *textsTally) bytes() int64 {
	n := int64(32*cap(t.groups)) + t.held
	if t.states != nil {
		n += t.states.bytes()
	}
	return n
}
