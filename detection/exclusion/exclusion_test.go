package exclusion_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"goshawk/detection"
	"goshawk/detection/exclusion"
	"goshawk/diag"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

// each calls do with the cases of a file: a text, and what is wanted of it.
func each(t *testing.T, path string, do func(t *testing.T, text, want string)) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range archive.Files {
		texts[f.Name] = string(f.Data)
	}
	cases := 0
	for name, text := range texts {
		name, ok := strings.CutSuffix(name, ".yml")
		if !ok {
			continue
		}
		cases++
		t.Run(name, func(t *testing.T) { do(t, text, strings.TrimSuffix(texts[name+".want"], "\n")) })
	}
	if cases == 0 {
		t.Fatalf("%s holds no cases", path)
	}
}

func TestRight(t *testing.T) {
	s := readSchema(t)
	each(t, "testdata/right.txtar", func(t *testing.T, text, want string) {
		f := exclusion.Read(&diag.Source{Name: "x.yml", Text: text})
		if len(f.Diagnostics) > 0 || len(f.Exclusions) != 1 {
			t.Fatalf("%d exclusions\n%s", len(f.Exclusions), f.Diagnostics.Error())
		}
		x := f.Exclusions[0]
		if got := x.Text(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if x.Kind() == "structured" { // what is written is read again as the same
			again, list := detection.ReadPredicate(diag.NewText(&diag.Source{Text: x.Text()}))
			if list.Failed() || (&detection.Exclusion{Where: again}).Text() != x.Text() {
				t.Errorf("%s is not read as it is written: %s", x.Text(), list.Error())
			}
		}
		s.accepts(t, text)
	})
}

func TestWrong(t *testing.T) {
	each(t, "testdata/wrong.txtar", func(t *testing.T, text, want string) {
		f := exclusion.Read(&diag.Source{Name: "x.yml", Text: text})
		if len(f.Exclusions) > 0 || len(f.Diagnostics) == 0 {
			t.Fatal("it is not refused")
		}
		var got []string
		for _, d := range f.Diagnostics {
			p := d.Position()
			line := fmt.Sprintf("%d:%d %s", p.Line, p.Column, d.Message)
			if d.Hint != "" {
				line += " (" + d.Hint + ")"
			}
			got = append(got, line)
		}
		if !slices.Contains(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	})
}

func TestExpiry(t *testing.T) {
	read := func(line string) *detection.Exclusion {
		f := exclusion.Read(&diag.Source{Text: "id: a\nreason: r\nowner: o\n" + line + "scope: {all: true}\nwhere: a = b\n"})
		if f.Diagnostics.Failed() {
			t.Fatal(f.Diagnostics.Error())
		}
		return f.Exclusions[0]
	}
	at := func(text string) time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, c := range []struct {
		line, now string
		expired   bool
	}{
		{"", "9999-01-01T00:00:00Z", false},
		{"expires: 2026-12-31\n", "2026-12-31T23:59:59Z", false},
		{"expires: 2026-12-31\n", "2027-01-01T00:00:00Z", true},
		{"expires: 2026-12-31T12:00:00+02:00\n", "2026-12-31T09:59:59Z", false},
		{"expires: 2026-12-31T12:00:00+02:00\n", "2026-12-31T10:00:00Z", true},
	} {
		if got := read(c.line).Expired(at(c.now)); got != c.expired {
			t.Errorf("%q at %s: expired %v, want %v", c.line, c.now, got, c.expired)
		}
		x := read(c.line)
		x.Source.Name = "x.yml"
		again := exclusion.Read(&diag.Source{Text: exclusion.Expire(x, "2030-05-01")})
		if len(again.Exclusions) != 1 || exclusion.Date(again.Exclusions[0].Expires) != "2030-05-01" {
			t.Errorf("%q: another expiry gives\n%s", c.line, exclusion.Expire(x, "2030-05-01"))
		}
	}
}

// TestDraft asks of what is written for a predicate that it is read as that predicate.
func TestDraft(t *testing.T) {
	for kind, predicate := range map[string]string{
		"where": `user.name = "it's: #1" and process.command_line contains '\\x'`, "spl": `user="a b" OR dest=*x`, "kql": "User == 'x' and\nHost has \"y\"", "sigma": "sel:\n  User: root\ncondition: sel",
	} {
		d := exclusion.Draft{ID: "ex-1", Reason: "because: it's so", Owner: "me", Expires: "2026-12-31", Kind: kind, Predicate: predicate,
			Scope: detection.ExclusionScope{Rules: []string{"4be54858"}, Tags: []string{"attack.*"}}}
		f := exclusion.Read(&diag.Source{Text: d.YAML()})
		if f.Diagnostics.Failed() || len(f.Exclusions) != 1 {
			t.Errorf("%s\n%s", d.YAML(), f.Diagnostics.Error())
			continue
		}
		x := f.Exclusions[0]
		got := x.Text()
		switch kind {
		case "spl":
			got = x.SPL.String
		case "kql":
			got = x.KQL.String
		case "where":
			predicate = "user.name = \"it's: #1\" and process.command_line contains " + `\\x`
		case "sigma":
			predicate = strings.Join(strings.Fields(predicate), " ")
		}
		if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(predicate), " ") || x.Reason != d.Reason || !cmp.Equal(x.Scope, d.Scope) {
			t.Errorf("%s: got %s, reason %s, scope %v", kind, got, x.Reason, x.Scope)
		}
	}
}

// schema is what docs/schemas/exclusion.schema.json says, as far as it uses the vocabulary.
type schema map[string]any

func readSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "schemas", "exclusion.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s schema) accepts(t *testing.T, text string) {
	t.Helper()
	if err := s.check(s, decode(t, text)); err != nil {
		t.Errorf("the schema refuses it: %v\n%s", err, text)
	}
}

// decode reads YAML as an editor shows it to a schema: dates are texts.
func decode(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(out, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}

// known are the keywords that check understands, or that say nothing of what is accepted.
var known = []string{"$schema", "title", "description", "$defs", "$ref", "type", "required", "additionalProperties", "oneOf", "properties", "patternProperties", "pattern", "minProperties", "minItems", "items"}

func (s schema) check(root schema, v any) error {
	for key := range s {
		if !slices.Contains(known, key) {
			return fmt.Errorf("the test does not know the keyword %s", key)
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		defs := root["$defs"].(map[string]any)
		return schema(defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)).check(root, v)
	}
	if want, ok := s["type"]; ok {
		var types []any
		if types, ok = want.([]any); !ok {
			types = []any{want}
		}
		is := map[string]func() bool{
			"string": func() bool { _, ok := v.(string); return ok }, "number": func() bool { _, ok := v.(float64); return ok }, "boolean": func() bool { _, ok := v.(bool); return ok },
			"array": func() bool { _, ok := v.([]any); return ok }, "object": func() bool { _, ok := v.(map[string]any); return ok },
		}
		if !slices.ContainsFunc(types, func(name any) bool { return is[name.(string)]() }) {
			return fmt.Errorf("%v is no %v", v, want)
		}
	}
	if list, ok := s["oneOf"].([]any); ok {
		met := 0
		var last error
		for _, one := range list {
			if err := schema(one.(map[string]any)).check(root, v); err != nil {
				last = err
			} else {
				met++
			}
		}
		if met != 1 {
			return fmt.Errorf("%d of the alternatives are met by %v (%v)", met, v, last)
		}
	}
	if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v.(string)) {
		return fmt.Errorf("%v is not like %s", v, p)
	}
	if list, ok := v.([]any); ok {
		if least, ok := s["minItems"].(float64); ok && len(list) < int(least) {
			return fmt.Errorf("too few elements")
		}
		for _, e := range list {
			if items, ok := s["items"].(map[string]any); ok {
				if err := schema(items).check(root, e); err != nil {
					return err
				}
			}
		}
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	if least, ok := s["minProperties"].(float64); ok && len(object) < int(least) {
		return fmt.Errorf("too few keys")
	}
	for _, key := range asList(s["required"]) {
		if _, ok := object[key.(string)]; !ok {
			return fmt.Errorf("%v is missing", key)
		}
	}
	properties, _ := s["properties"].(map[string]any)
	patterns, _ := s["patternProperties"].(map[string]any)
	for key, value := range object {
		of, ok := properties[key]
		for p, one := range patterns {
			if !ok && regexp.MustCompile(p).MatchString(key) {
				of, ok = one, true
			}
		}
		if !ok {
			switch more := s["additionalProperties"].(type) {
			case bool:
				if !more {
					return fmt.Errorf("unknown key %s", key)
				}
				continue
			case map[string]any:
				of = more
			default:
				continue
			}
		}
		if err := schema(of.(map[string]any)).check(root, value); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}

func asList(v any) []any {
	list, _ := v.([]any)
	return list
}

// TestSchema compares the schema with what is read: the same keys, and the same verdict on the examples and on what has wrong keys.
func TestSchema(t *testing.T) {
	s := readSchema(t)
	var keys []string
	for key := range s["properties"].(map[string]any) {
		keys = append(keys, key)
	}
	want := exclusion.Keys()
	slices.Sort(keys)
	slices.Sort(want)
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("keys (-read +schema)\n%s", diff)
	}
	examples, err := filepath.Glob(filepath.Join("..", "..", "examples", "exclusions", "*.yml"))
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, path := range examples {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if f := exclusion.Read(&diag.Source{Name: path, Text: string(text)}); len(f.Diagnostics) > 0 || len(f.Exclusions) != 1 {
			t.Errorf("%s: %s", path, f.Diagnostics.Error())
		}
		s.accepts(t, string(text))
	}
	for _, wrong := range []string{"id: a\nreason: r\nowner: o\nscope: {all: true}\n", "id: a\nreason: r\nowner: o\nscope: {all: true}\nwhere: a = b\nspl: a=b\n", "id: a\nreason: r\nowner: o\nscop: {all: true}\nwhere: a = b\n",
		"id: a\nreason: r\nowner: o\nscope: {all: true}\nwhere: {a: {has: b}}\n"} {
		if s.check(s, decode(t, wrong)) == nil || len(exclusion.Read(&diag.Source{Text: wrong}).Exclusions) > 0 {
			t.Errorf("not refused by both:\n%s", wrong)
		}
	}
}

// FuzzRead asks that no text makes the reader panic, and that places lie in the text.
func FuzzRead(f *testing.F) {
	for _, path := range []string{"testdata/right.txtar", "testdata/wrong.txtar"} {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range archive.Files {
			f.Add(string(one.Data))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		file := exclusion.Read(&diag.Source{Name: "x.yml", Text: text})
		for _, d := range file.Diagnostics {
			if d.Source == file.Source && (d.Span.Start < 0 || d.Span.End > len(text) || d.Span.Start > d.Span.End) {
				t.Errorf("%v lies outside the text", d.Span)
			}
		}
	})
}
