package spl_test

import (
	"strings"
	"testing"

	"goshawk/diag"
	"goshawk/lang/spl"
)

func TestWrites(t *testing.T) {
	env := spl.Env{Now: now, Writes: true, Lookup: func(name string) (*spl.Lookup, bool) {
		return &spl.Lookup{Name: name, Fields: []string{"user", "n"}}, name == "seen"
	}}
	query := "* | stats sum(n) as n by user | outputlookup append=t override_if_empty=f key_field=user max=5 seen | where n>1 | outputlookup new.csv"
	search, complaints := spl.Read(diag.NewText(&diag.Source{Name: "query", Text: query}), env)
	if len(complaints) > 0 {
		t.Fatalf("complaints: %v", complaints)
	}
	if len(search.Writes) != 2 {
		t.Fatalf("%d tables are written, want 2", len(search.Writes))
	}
	list, err := events(`{"user":"ann","n":1}` + "\n" + `{"user":"bob","n":2}` + "\n" + `{"user":"bob","n":3}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"n":1,"user":"ann"} {"n":5,"user":"bob"}`,
		`{"n":5,"user":"bob"}`,
	}
	for i, w := range search.Writes {
		rows, _, err := answer(w.Node, list)
		if err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, compact(r))
		}
		if strings.Join(got, " ") != want[i] {
			t.Errorf("write %d:\n- %s\n+ %s", i, want[i], strings.Join(got, " "))
		}
	}
	first, second := search.Writes[0], search.Writes[1]
	if first.Lookup != "seen" || !first.Append || !first.KeepIfEmpty || first.Key != "user" || first.Most != 5 {
		t.Errorf("the first write is not as it was asked for: %+v", first)
	}
	if second.Lookup != "new.csv" || second.Append || second.KeepIfEmpty || second.Key != "" || second.Most != 0 {
		t.Errorf("the second write is not as it was asked for: %+v", second)
	}
}
