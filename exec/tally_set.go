package exec

import (
	"goshawk/event"
	"goshawk/plan/fn"
)

// setTally gathers the different values in the order of their first rows, of at most so many. As distinctTally it numbers the values
// of all groups together; a group keeps its own spelling of a value, as 1 and 1.0 are the same.
type setTally struct {
	values keys
	texts  []string // of the numbers of texts, so that all groups share them
	held   int64
	seen   pairSet
	lists  [][]event.Value
}

func (t *setTally) begin(groups int) { t.lists = widened(t.lists, groups) }

func (t *setTally) add(groups, rows []int32, args []Vector) {
	bound := func(int32) (int64, bool) { return 0, false }
	if len(args) > 1 {
		bound = func(r int32) (int64, bool) { return wholeOf(args[1].At(int(r))) }
		if same, ok := args[1].(*Same); ok {
			most, bounded := wholeOf(same.val)
			bound = func(int32) (int64, bool) { return most, bounded }
		}
	}
	// What is not wanted any more must not be numbered: it would be held.
	open := make([]int32, 0, len(rows))
	for _, r := range rows {
		if most, bounded := bound(r); !bounded || int64(len(t.lists[groups[r]])) < most {
			open = append(open, r)
		}
	}
	if len(open) == 0 {
		return
	}
	numbers := t.values.number(pickAll(args[:1], open), len(open), nullsDrop, true)
	for i, r := range open {
		g := groups[r]
		if most, bounded := bound(r); numbers[i] < 0 || bounded && int64(len(t.lists[g])) >= most {
			continue
		}
		if t.seen.add(g, numbers[i]) {
			t.lists[g] = append(t.lists[g], t.own(numbers[i], args[0].At(int(r))))
		}
	}
}

// own returns a value that owns its memory, and counts it. Groups share the texts.
func (t *setTally) own(number int32, v event.Value) event.Value {
	t.held += valueSize
	if v.Kind() != event.Text {
		t.held += sizeOf(v)
		return v.Clone()
	}
	t.texts = widened(t.texts, int(number)+1)
	if t.texts[number] == "" {
		t.texts[number] = v.Clone().Text()
		t.held += sizeOf(v)
	}
	return event.TextValue(t.texts[number])
}

// wholeOf returns a number as an int64 where it is exactly one, as the bound of make_set reads it.
func wholeOf(v event.Value) (int64, bool) {
	switch v.Kind() {
	case event.Int:
		return v.Int(), true
	case event.Float, event.Decimal:
		return fn.Whole(v)
	}
	return 0, false
}

func (t *setTally) settle() {}

func (t *setTally) take(group int) event.Value {
	list := t.lists[group]
	t.lists[group] = nil
	if list == nil {
		list = []event.Value{}
	}
	return event.ListValue(list...)
}

func (t *setTally) bytes() int64 {
	t.held += t.values.grown()
	return t.held + t.seen.bytes() + int64(24*cap(t.lists)+textSize*cap(t.texts))
}
