package fn_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"goshawk/event"
	"goshawk/plan/fn"
)

// TestWithin checks what functions say about where the texts of their results come from, on their examples and on values of
// all kinds.
func TestWithin(t *testing.T) {
	kinds := []event.Value{
		event.NullValue(), event.BoolValue(true), event.IntValue(-7), event.IntValue(1), event.FloatValue(1), event.DecimalValue("1.0"), event.TextValue(""), event.TextValue("a"),
		event.TextValue(`C:\É\x.exe -a "b"`), event.TextValue("x=1,y=2"), event.TextValue(`"q"`), event.TextValue(",="), event.TimeValue(5), event.DurationValue(9),
		event.ListValue(event.TextValue("a"), event.ListValue(event.TextValue("/b/c"), event.NullValue())), event.ObjectValue(&event.Record{}),
	}
	for _, f := range fn.All() {
		if f.Within == fn.Elsewhere {
			continue
		}
		for _, e := range f.Examples {
			within(t, f, e.Args)
		}
		g := rand.New(rand.NewPCG(1, 2))
		least, most := f.Arity()
		if most < 0 {
			most = least + 3
		}
		for range 400 {
			args := make([]event.Value, least+g.IntN(most-least+1))
			for i := range args {
				args[i] = kinds[g.IntN(len(kinds))]
			}
			if f.Apply != nil {
				args = args[:len(args)-1]
			}
			within(t, f, args)
		}
	}
}

func within(t *testing.T, f *fn.Func, args []event.Value) {
	t.Helper()
	result := call(f, args)
	fail := func(text string) {
		t.Errorf("%s%s = %s, whose text %q does not come from where it should", f.Name, show(args), show1(result), text)
	}
	if f.Within == fn.Joined {
		all := ""
		for _, v := range args {
			all += v.Text()
		}
		if result.Kind() != event.Text || result.Text() != all {
			fail(result.Text())
		}
		return
	}
	if f.Within == fn.WrittenFirst && args[0].Kind() == event.Text && result.Text() != args[0].Text() {
		fail(result.Text())
	}
	if f.Within == fn.HeldByFirst || f.Within == fn.HeldByAny {
		var held []string
		for i, v := range args {
			if i == 0 || f.Within == fn.HeldByAny {
				if held = heldBy(v, held); f.Within == fn.HeldByAny {
					held = append(held, v.Text())
				}
			}
		}
		for _, text := range heldBy(result, nil) {
			if !slices.Contains(held, text) {
				fail(text)
			}
		}
	}
	var from []string
	for i, v := range args {
		if i == 0 || f.Within == fn.Choice {
			from = textsOf(v, from)
		}
	}
	for _, text := range textsOf(result, nil) {
		switch f.Within {
		case fn.Choice, fn.ChoiceOfFirst:
			if !slices.Contains(from, text) {
				fail(text)
			}
		case fn.CaseOfFirst:
			if all := args[0].Text(); strings.IndexFunc(all, func(r rune) bool { return r >= 0x80 }) < 0 && !strings.EqualFold(all, text) {
				fail(text)
			}
		case fn.EndOfFirst:
			if result.Kind() == event.List || !strings.HasSuffix(args[0].Text(), text) {
				fail(text)
			}
		case fn.HeldByFirst, fn.HeldByAny, fn.WrittenFirst:
		case fn.PartOfFirst:
			if !strings.Contains(args[0].Text(), text) {
				fail(text)
			}
		}
	}
}

// TestWithinAggregates checks what aggregates say about where the texts of their results come from.
func TestWithinAggregates(t *testing.T) {
	held := event.ObjectValue(&event.Record{})
	held.Object().Set("name", event.ListValue(event.TextValue("x"), event.IntValue(1)))
	values := []event.Value{event.NullValue(), event.TextValue(""), event.TextValue("a"), event.IntValue(7), held, event.ListValue(event.TextValue("b"), held), event.BoolValue(true)}
	checked := 0
	for _, f := range fn.AllAggregates() {
		if f.Within == fn.Elsewhere {
			continue
		}
		if f.Within != fn.ChoiceOfFirst && f.Within != fn.HeldByFirst {
			t.Errorf("%s says of its texts what is said of functions only", f.Name)
		}
		g := rand.New(rand.NewPCG(1, 3))
		for range 100 {
			state := f.New()
			var from []string
			for range g.IntN(5) {
				v := values[g.IntN(len(values))]
				state.Add([]event.Value{v})
				if f.Within == fn.ChoiceOfFirst {
					from = textsOf(v, from)
				} else {
					from = heldBy(v, from)
				}
			}
			of := textsOf
			if f.Within == fn.HeldByFirst {
				of = heldBy
			}
			for _, text := range of(state.Result(), nil) {
				if checked++; !slices.Contains(from, text) {
					t.Errorf("%s = %s, whose text %q does not come from its rows", f.Name, show1(state.Result()), text)
				}
			}
		}
	}
	if checked < 500 {
		t.Errorf("%d texts show nothing", checked)
	}
}

// heldBy adds the texts that a value is or holds at any depth, names included.
func heldBy(v event.Value, texts []string) []string {
	switch v.Kind() {
	case event.Null:
		return texts
	case event.List:
		for _, e := range v.List() {
			texts = heldBy(e, texts)
		}
		return texts
	case event.Object:
		for _, f := range v.Object().Fields {
			texts = heldBy(f.Value, append(texts, f.Name.Text))
		}
		return texts
	}
	return append(texts, v.Text())
}

// textsOf adds the texts that a Match sees of a value.
func textsOf(v event.Value, texts []string) []string {
	switch v.Kind() {
	case event.Null:
		return texts
	case event.List:
		for _, e := range v.List() {
			texts = textsOf(e, texts)
		}
		return texts
	}
	return append(texts, v.Text())
}
