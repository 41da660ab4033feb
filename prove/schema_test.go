package prove_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"goshawk/detection/suite"
	"goshawk/diag"
	"goshawk/packs"
)

// TestSchema holds docs/schemas/tests.schema.json against the reader: what the one takes the other takes, for the suites of the
// built-in pack and of the cases of both rooms. What only a reader can know (names, sums) the schema does not.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../docs/schemas/tests.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	checked, refused := 0, 0
	check := func(name, text string) {
		var value any
		if err := yaml.Unmarshal([]byte(text), &value); err != nil {
			return
		}
		value = plainTimes(value)
		_, list := suite.Read(&diag.Source{Name: name, Text: text})
		err := schema.Validate(value)
		checked++
		switch {
		case err != nil && !list.Failed():
			t.Errorf("%s: the reader takes what the schema does not: %v", name, err)
		case err == nil && list.Failed():
			for _, d := range list {
				if d.Code == "test-key" || d.Code == "test-shape" {
					t.Errorf("%s: the schema takes what the reader does not: %s", name, d.Error())
				}
			}
		case err != nil:
			refused++
		}
	}
	_ = fs.WalkDir(packs.Core, "core", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(name, ".tests.yml") || strings.HasSuffix(name, ".hunt.yml")) {
			text, err := fs.ReadFile(packs.Core, name)
			if err != nil {
				t.Error(err)
			}
			check(name, string(text))
		}
		return nil
	})
	for _, pattern := range []string{"testdata/suites/*.txtar", "../detection/suite/testdata/cases/*.txtar"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range archive.Files {
				if strings.HasSuffix(f.Name, ".tests.yml") {
					check(file+"/"+f.Name, string(f.Data))
				}
			}
		}
	}
	if checked < 10 || refused == 0 {
		t.Errorf("%d suites were checked, %d of them refused", checked, refused)
	}
}

// plainTimes turns what YAML takes for times back into texts, as JSON has them.
func plainTimes(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case map[string]any:
		for k, e := range v {
			v[k] = plainTimes(e)
		}
	case []any:
		for i, e := range v {
			v[i] = plainTimes(e)
		}
	}
	return v
}
