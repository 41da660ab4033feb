package escu_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/diag"
)

const bare = "name: X\nid: 00000000-0000-4000-8000-000000000001\ntype: Hunting\nsearch: index=a | `x_filter`\n"

func pack(t *testing.T, files map[string]string) *escu.Pack {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	packs, err := escu.LoadFS(fsys, "", escu.Options{})
	if err != nil || len(packs) != 1 {
		t.Fatal(len(packs), err)
	}
	return packs[0]
}

// TestWhichMacro looks a macro up where it is defined in several places: the user's own go before the pack's, the pack's before
// those of its neighbours, and those before the built-in ones.
func TestWhichMacro(t *testing.T) {
	rule := map[string]string{"detections/x.yml": bare}
	with := func(more ...string) *escu.Pack {
		files := map[string]string{}
		for name, text := range rule {
			files[name] = text
		}
		for i := 0; i < len(more); i += 2 {
			files["macros/"+more[i]+".yml"] = "name: " + more[i] + "\ndefinition: " + more[i+1] + "\n"
		}
		return pack(t, files)
	}
	p, neighbour := with("a", "mine"), with("a", "theirs", "b", "theirs", "summariesonly", "theirs")
	escu.Join([]*escu.Pack{p, neighbour})
	want := func(name string, args int, definition string) {
		t.Helper()
		m, ok := p.Macro(name, args)
		if got := definitionOf(m); ok != (definition != "") || got != definition {
			t.Errorf("%s is %q, want %q", escu.MacroKey(name, args), got, definition)
		}
	}
	want("a", 0, "mine")
	want("b", 0, "theirs")
	want("summariesonly", 0, "theirs")
	want("drop_dm_object_name", 1, "rename $object_name$.* as *")
	want("drop_dm_object_name", 0, "")
	want("nobody", 0, "")
	want("x_filter", 0, "search *")
	folder := t.TempDir()
	write(t, folder+"/first.conf", "[a]\ndefinition = first\n[x_filter]\ndefinition = search NOT user=admin\n[d(1)]\nargs = z\ndefinition = $z$\n")
	write(t, folder+"/second.yml", "name: a\ndefinition: second\n")
	for _, name := range []string{"/first.conf", "/second.yml"} {
		parts, skipped, err := escu.LoadParts(folder+name, escu.Options{})
		if err != nil || len(skipped) > 0 {
			t.Fatal(skipped, err)
		}
		p.Override(parts)
	}
	want("a", 0, "second")
	want("x_filter", 0, "search NOT user=admin")
	want("d", 1, "$z$")
	names := strings.Join(p.MacroNames(), " ")
	for _, name := range []string{"a", "b", "d", "x_filter", "globedistance", "cim_Endpoint_indexes"} {
		if !strings.Contains(" "+names+" ", " "+name+" ") {
			t.Errorf("%s is not among %s", name, names)
		}
	}
	if _, _, err := escu.LoadParts(folder+"/absent.yml", escu.Options{}); err == nil {
		t.Error("a file that is not there gives macros")
	}
}

// TestTablesOfTheUser gives rows to lookups that have none: a file that is not there, a collection, a built-in table.
func TestTablesOfTheUser(t *testing.T) {
	p := pack(t, map[string]string{"detections/x.yml": bare,
		"lookups/a.yml": "name: a\nfilename: a_2024.csv\nmatch_type: WILDCARD(x)\n", "lookups/b.yml": "name: b\ncollection: b_things\nfields_list: x\n"})
	if l, ok := p.Lookup("a"); !ok || l.Missing == "" {
		t.Errorf("%+v", l)
	}
	folder := t.TempDir()
	for _, name := range []string{"a_2024.csv", "b_things.csv", "lookups/ut_shannon_lookup.csv", "asset_lookup_by_str.csv"} {
		write(t, folder+"/"+name, "x,y\n1,"+name+"\n")
	}
	parts, skipped, err := escu.LoadParts(folder, escu.Options{})
	if err != nil || len(skipped) > 0 {
		t.Fatal(skipped, err)
	}
	p.Override(parts)
	for name, want := range map[string]string{"a": "a_2024.csv", "b": "b_things.csv", "ut_shannon_lookup": "lookups/ut_shannon_lookup.csv", "asset_lookup_by_str": "asset_lookup_by_str.csv", "a_2024.csv": "a_2024.csv"} {
		l, ok := p.Lookup(name)
		if !ok || l.Missing != "" || len(l.Rows) != 1 || l.Rows[0][1] != want || l.Name != name {
			t.Errorf("%s: %+v", name, l)
		}
	}
	if l, _ := p.Lookup("a"); l.Match["x"] != escu.MatchWildcard {
		t.Error("the definition is lost")
	}
	if l, ok := p.Lookup("interesting_ports_lookup"); !ok || len(l.Rows) != 0 || l.Missing != "" || l.Supplied == "" {
		t.Errorf("%+v", l)
	}
	alone, _, err := escu.LoadParts(folder+"/b_things.csv", escu.Options{})
	if err != nil || alone.Lookups["b_things.csv"] == nil {
		t.Error(alone, err)
	}
}

func definitionOf(m *escu.Macro) string {
	if m == nil {
		return ""
	}
	return m.Definition.String
}

// TestLoadPaths reads macros alone, detections alone, and both.
func TestLoadPaths(t *testing.T) {
	folder := t.TempDir()
	write(t, folder+"/macros/a.yml", "name: a\ndefinition: b\n")
	write(t, folder+"/rules/x.yml", bare)
	for _, c := range []struct {
		paths             []string
		packs, detections int
		macro             bool
	}{
		{[]string{folder + "/macros"}, 1, 0, true},
		{[]string{folder + "/rules"}, 1, 1, false},
		{[]string{folder + "/rules/x.yml", folder + "/macros/a.yml"}, 2, 1, true},
		{[]string{folder}, 1, 1, true},
	} {
		packs, _, err := escu.Load(c.paths, escu.Options{})
		if err != nil || len(packs) != c.packs || len(packs[0].Detections) != c.detections {
			t.Errorf("%v: %d packs, %v", c.paths, len(packs), err)
			continue
		}
		if _, ok := packs[0].Macro("a", 0); ok != c.macro {
			t.Errorf("%v: macro found: %v", c.paths, ok)
		}
	}
	if _, _, err := escu.Load([]string{folder + "/absent"}, escu.Options{}); err == nil {
		t.Error("a folder that is not there is read")
	}
}

// TestBuiltins says of the built-in macros and lookups that published content relies on that they are there, and that published
// content defines none of them itself.
func TestBuiltins(t *testing.T) {
	builtin := escu.Builtins()
	for _, key := range []string{"drop_dm_object_name(1)", "get_asset(1)", "get_risk_severity(1)", "cim_corporate_web_domain_search(1)", "globedistance(4)"} {
		if m := builtin.Macros[key]; m == nil || m.Description == "" || strings.Count(m.Definition.String, "$")%2 != 0 {
			t.Errorf("%s: %+v", key, m)
			continue
		}
		for _, arg := range builtin.Macros[key].Args {
			if !strings.Contains(builtin.Macros[key].Definition.String, "$"+arg+"$") {
				t.Errorf("%s does not use its argument %s", key, arg)
			}
		}
	}
	if builtin.Lookups["ut_shannon_lookup"].Missing == "" {
		t.Error("a computed lookup is said to be there")
	}
	p := published(t)
	for key := range builtin.Macros {
		if p.Macros[key] != nil {
			t.Errorf("%s is in the published content", key)
		}
	}
	for name := range builtin.Lookups {
		if p.Lookups[name] != nil {
			t.Errorf("%s is in the published content", name)
		}
	}
}

func TestStem(t *testing.T) {
	for name, want := range map[string]string{"Scheduled Task Creation on Remote Endpoint using At": "scheduled_task_creation_on_remote_endpoint_using_at",
		"A - B/C.d": "a___b_c_d", " x ": "x"} {
		if got := escu.Stem(name); got != want {
			t.Errorf("%q is %q", name, got)
		}
	}
}

// TestEveryRoleIsRead gives a file of each role to the reader: none is unknown to it.
func TestEveryRoleIsRead(t *testing.T) {
	for _, role := range detection.Roles() {
		source := &diag.Source{Name: "x", Text: "name: x\n"}
		p := escu.Read(&detection.Content{FS: fstest.MapFS{}, Parts: []detection.Part{{Source: source, Path: "x", Role: role}}}, escu.Options{})
		for _, d := range p.Files[0].Diagnostics {
			if d.Code == "escu-role" {
				t.Errorf("nobody reads a %s", role)
			}
		}
	}
}
