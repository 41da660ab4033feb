package compile_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/escu"
)

const someDetection = `name: Some Detection
id: 11111111-1111-4111-8111-111111111112
version: 1
date: '2026-01-01'
author: A. Example
status: production
type: Hunting
description: some
search: 'EventCode=1 ` + "`first(user)`" + ` | lookup teams dest OUTPUT team | table _time dest user team | ` + "`some_detection_filter`" + `'
how_to_implement: collect
known_false_positives: some
references: []
tags: {asset_type: Endpoint, confidence: 50, impact: 50, message: none, product: [Splunk Enterprise], security_domain: endpoint}
`

// A rule knows the macros and lookups that its search uses, those in macros too, in the order of their use; content may use what is
// beside it, and the user's own goes first.
func TestMacrosAndLookupsOfARule(t *testing.T) {
	files := func(more ...string) []detection.File {
		content := fstest.MapFS{"detections/some.yml": {Data: []byte(someDetection)}}
		for i := 0; i+1 < len(more); i += 2 {
			content[more[i]] = &fstest.MapFile{Data: []byte(more[i+1])}
		}
		list, err := detection.FindIn(content, "content:")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	pack := func(files fstest.MapFS) *escu.Pack {
		files["detections/other.yml"] = &fstest.MapFile{Data: []byte("name: Other\nid: 11111111-1111-4111-8111-111111111113\ntype: Hunting\nsearch: 'EventCode=1'\n")}
		packs, err := escu.LoadFS(files, "beside:", escu.Options{})
		if err != nil || len(packs) != 1 {
			t.Fatal(err, len(packs))
		}
		return packs[0]
	}
	own := []string{
		"macros/first.yml", "name: first\narguments: [field]\ndefinition: '`second` $field$=*'\n", "macros/second.yml", "name: second\ndefinition: EventID=1\n",
		"lookups/teams.yml", "name: teams\nfilename: teams.csv\n", "lookups/teams.csv", "dest,team\nPC1,red\n",
	}
	names := func(r *compile.Rule) (list []string) {
		for _, m := range r.Macros {
			list = append(list, m.Name)
		}
		for _, l := range r.Lookups {
			list = append(list, l.Name)
		}
		return list
	}
	want := []string{"first", "second", "some_detection_filter", "teams"}

	r := compile.Files(files(own...), compile.Options{}).Rules[0]
	if r.Refused || !slices.Equal(names(r), want) || r.Content == nil {
		t.Errorf("%v, want %v; %v", names(r), want, r.Diagnostics)
	}
	// What is missing is found beside, and refused where nothing is.
	alone := files(own[4:]...)
	if r := compile.Files(alone, compile.Options{}).Rules[0]; !r.Refused {
		t.Errorf("a search whose macro is nowhere runs: %v", r.Diagnostics)
	}
	beside := pack(fstest.MapFS{"macros/first.yml": {Data: []byte(own[1])}, "macros/second.yml": {Data: []byte(own[3])}})
	if r := compile.Files(alone, compile.Options{Beside: []*escu.Pack{beside}}).Rules[0]; r.Refused || !slices.Equal(names(r), want) {
		t.Errorf("%v, want %v; %v", names(r), want, r.Diagnostics)
	}
	// The user's own goes first.
	mine := pack(fstest.MapFS{"macros/some_detection_filter.yml": {Data: []byte("name: some_detection_filter\ndefinition: search user=ann\n")}})
	r = compile.Files(files(own...), compile.Options{Overrides: []*escu.Pack{mine}}).Rules[0]
	if i := slices.Index(names(r), "some_detection_filter"); i < 0 || r.Macros[i].Definition.String != "search user=ann" {
		t.Errorf("%v; %v", names(r), r.Diagnostics)
	}
}
