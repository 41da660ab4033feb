package sigma_test

import (
	"bytes"
	"errors"
	"fmt"

	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/plan"
)

// TestPipelines runs the cases of testdata/pipelines. Each is a txtar that says in its comment what settles it, with
//
//	*.pipeline.yml  pipelines, in the order given
//	rule.yml        the documents that they are applied to
//	<any other>     files that pipelines may read; without any they may read none
//	queries         optional: the text of a query for each rule, one a line, for postprocessing and finalizers
//
// and what must come out, written by hand:
//
//	want            the documents as they are changed, in the notation of written below
//	errors          file:line:column severity code: message (hint), one a line, in order
//	post            the texts of the queries after postprocessing, one a line
//	final           what the finalizers make of them
func TestPipelines(t *testing.T) {
	files, err := filepath.Glob("testdata/pipelines/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(archive.Comment), "Truth:") {
				t.Error("the comment does not say what settles the case")
			}
			got := runPipelines(t, archive)
			wanted := 0
			for _, name := range []string{"want", "errors", "post", "final"} {
				want := section(archive, name)
				if want != "" {
					wanted++
				}
				if name == "want" && want == "" && section(archive, "errors")+section(archive, "post") != "" {
					continue // what is left of a refused rule, and rules where the case is about texts, are nobody's business
				}
				if diff := cmp.Diff(want, got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if wanted == 0 {
				t.Error("the case expects nothing")
			}
		})
	}
}

func runPipelines(t *testing.T, a *txtar.Archive) map[string]string {
	var list diag.List
	options := sigma.PipelineOptions{}
	for _, f := range a.Files {
		switch f.Name {
		case "rule.yml", "want", "errors", "queries", "post", "final":
		case "answer":
			options.Request = func(r sigma.HTTPRequest) ([]byte, error) {
				asked := fmt.Sprintf("%s %s %v %v %v %s %s %d", r.Method, r.URL, r.Headers, r.Params, r.Form, r.JSON, r.Timeout, r.MaxBody)
				return bytes.ReplaceAll(f.Data, []byte("{asked}"), []byte(asked)), nil
			}
		case "output":
			options.Run = func(c sigma.ShellCommand) ([]byte, error) {
				return bytes.ReplaceAll(f.Data, []byte("{run}"), fmt.Appendf(nil, "%q %q %s %d", c.Line, c.Args, c.Timeout, c.MaxOutput)), nil
			}
		default:
			if !strings.HasSuffix(f.Name, ".pipeline.yml") {
				options.ReadFile = func(path string) ([]byte, error) {
					for _, f := range a.Files {
						if f.Name == path {
							return f.Data, nil
						}
					}
					return nil, errors.New("no such file")
				}
			}
		}
	}
	var pipes []*sigma.Pipeline
	for _, f := range a.Files {
		if strings.HasSuffix(f.Name, ".pipeline.yml") {
			p, more := sigma.ReadPipeline(&diag.Source{Name: f.Name, Text: string(f.Data)}, options)
			if (p == nil) != more.Failed() {
				t.Errorf("pipeline %v with %v", p, more)
			}
			list = append(list, more...)
			pipes = append(pipes, p)
		}
	}
	got := map[string]string{}
	if !list.Failed() {
		pipe := sigma.ChainPipelines(pipes...)
		file, more := sigma.Parse(&diag.Source{Name: "rule.yml", Text: section(a, "rule.yml")})
		for _, d := range more {
			if d.Severity == diag.Error {
				t.Fatal(d)
			}
		}
		before := written(file)
		var queries, texts []string
		if q := section(a, "queries"); q != "" {
			queries = strings.Split(strings.TrimSuffix(q, "\n"), "\n")
		}
		changed, more := pipe.ApplyFile(file)
		list = append(list, more...)
		got["want"] = written(changed)
		if diff := cmp.Diff(before, written(file)); diff != "" {
			t.Errorf("the file itself was changed (-before +after):\n%s", diff)
		}
		for i, q := range queries {
			text, more := pipe.Post(changed.Documents[i], q)
			list = append(list, more...)
			texts = append(texts, text)
		}
		if len(queries) > 0 && !list.Failed() {
			got["post"] = strings.Join(texts, "\n") + "\n"
			final, more := pipe.Finalize(texts)
			list = append(list, more...)
			if section(a, "final") != "" {
				got["final"] = strings.TrimSuffix(final, "\n") + "\n"
			}
		}
	}
	var b strings.Builder
	for _, d := range list {
		p := d.Position()
		fmt.Fprintf(&b, "%s:%d:%d %s %s: %s", d.Source.Name, p.Line, p.Column, d.Severity, d.Code, d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, " (%s)", d.Hint)
		}
		b.WriteString("\n")
	}
	got["errors"] = b.String()
	return got
}

// written writes down what a pipeline can change of the documents of a file.
func written(file *sigma.File) string {
	var b strings.Builder
	for i, d := range file.Documents {
		if i > 0 {
			b.WriteString("---\n")
		}
		if r := d.Rule; r != nil {
			l := r.LogSource
			fmt.Fprintf(&b, "logsource: %s/%s/%s\n", l.Category, l.Product, l.Service)
			for _, id := range r.Detection.Identifiers {
				fmt.Fprintf(&b, "%s:\n", id.Name.Text)
				writeSearch(&b, id.Body, "    ")
			}
			for _, c := range r.Detection.Conditions {
				fmt.Fprintf(&b, "condition: %s\n", c.Text)
			}
		}
		if c := d.Correlation; c != nil {
			fmt.Fprintf(&b, "group-by: %s\n", texts(c.GroupBy))
			for _, a := range c.Aliases {
				for _, f := range a.Fields {
					fmt.Fprintf(&b, "alias: %s %s %s\n", a.Name.Text, f.Rule.Text, f.Field.Text)
				}
			}
			fmt.Fprintf(&b, "condition on: %s\n", texts(c.Condition.Fields))
		}
		if m := d.Meta(); len(m.Fields) > 0 {
			fmt.Fprintf(&b, "fields: %s\n", texts(m.Fields))
		}
		for _, c := range d.Meta().Custom {
			fmt.Fprintf(&b, "%s: %s\n", c.Key.Text, c.Value.Text())
		}
	}
	return b.String()
}

func texts(words []sigma.Word) string {
	var list []string
	for _, w := range words {
		list = append(list, w.Text)
	}
	return strings.Join(list, ", ")
}

func writeSearch(b *strings.Builder, s sigma.Search, indent string) {
	switch s := s.(type) {
	case *sigma.AllOf:
		b.WriteString(indent + "all of\n")
		for _, e := range s.List {
			writeSearch(b, e, indent+"    ")
		}
	case *sigma.AnyOf:
		b.WriteString(indent + "any of\n")
		for _, e := range s.List {
			writeSearch(b, e, indent+"    ")
		}
	case *sigma.Item:
		var values []string
		for _, v := range s.Values {
			switch v.Kind {
			case sigma.TextValue:
				values = append(values, "'"+v.Text+"'")
			case sigma.NullValue:
				values = append(values, "null")
			default:
				values = append(values, v.Text)
			}
		}
		key := s.Key.Text
		if key == "" {
			key = "keywords"
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, key, strings.Join(values, ", "))
	}
}

// TestPipelineWithoutEffect takes every item of the published rules apart and puts it together again: by a replacement that finds
// nothing, and by names and values that are replaced by themselves. The rules must mean what they meant.
func TestPipelineWithoutEffect(t *testing.T) {
	const text = `
transformations:
- {type: replace_string, regex: 'there is no such text', replacement: x}
- {type: replace_string, regex: '(.)', replacement: '\1'}
- {type: replace_string, regex: 'there is no such text', replacement: x, skip_special: true, interpret_special: false}
- {type: field_name_prefix_mapping, mapping: {C: C, Image: Image}}
- {type: nest, items: [{type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [no such field]}]}]}
`
	pipe, complaints := sigma.ReadPipeline(&diag.Source{Name: "p.yml", Text: text}, sigma.PipelineOptions{})
	if complaints.Failed() {
		t.Fatal(complaints)
	}
	env := sigma.Env{Placeholders: map[string][]string{}}
	checked := 0
	for _, src := range corpus(t, active(t)...) {
		file, _ := sigma.Parse(src)
		changed, complaints := pipe.ApplyFile(file)
		if complaints.Failed() {
			t.Errorf("%s: %v", src.Name, complaints)
			continue
		}
		for i, rule := range file.Rules() {
			before, _ := sigma.Lower(rule, env)
			after, more := sigma.Lower(changed.Rules()[i], env)
			if before == nil {
				continue
			}
			checked++
			if after == nil || plan.String(before) != plan.String(after) {
				t.Errorf("%s: %v", src.Name, more)
				if after != nil {
					t.Errorf("%s", cmp.Diff(plan.String(before), plan.String(after)))
				}
			}
		}
	}
	if checked == 0 {
		t.Error("no rule was checked")
	}
}

// TestNamesByPlace reads fields that are called by their place in a form of Windows events.
func TestNamesByPlace(t *testing.T) {
	for place, want := range map[string]string{
		"Event.EventData.CommandLine":                          `loose("CommandLine")`,
		"event.eventdata.Some.Name":                            `loose("Some.Name")`,
		"Event.EventData.Data.#text":                           `loose("Data")`,
		"Event.System.EventID":                                 `loose("EventID")`,
		"Event.System.EventID.#text":                           `loose("EventID")`,
		"Event.System.EventID.#attributes.Qualifiers":          `loose("EventID_Qualifiers")`,
		"Event.System.Provider.#attributes.Name":               `loose("Provider_Name")`,
		"Event.System.Provider_attributes.Name":                `loose("Provider_Name")`,
		"Event.System.TimeCreated.#attributes.SystemTime":      `loose("TimeCreated_SystemTime")`,
		"Event.UserData.Operation_ClientFailure.PossibleCause": `loose("PossibleCause")`,
		"Event.RenderingInfo.Message":                          `loose("RenderingInfo.Message")`,
		"Event.Other":                                          `loose("Event.Other")`,
		"Event.EventData.":                                     `loose("Event.EventData.")`,
		"winlog.event_data.Image":                              `loose("Image")`,
		"winlog.event_id":                                      `loose("EventID")`,
		"winlog.other":                                         `loose("winlog.other")`,
	} {
		text := "title: T\nlogsource: {product: windows}\ndetection:\n    a: {'" + place + "': 1}\n    condition: a\n"
		file, _ := sigma.Parse(&diag.Source{Name: "rule.yml", Text: text})
		node, complaints := sigma.Lower(file.Rules()[0], sigma.Env{})
		if node == nil {
			t.Fatal(complaints)
		}
		if got := plan.String(node); !strings.Contains(got, "filter "+want+" equals~ \"1\"") {
			t.Errorf("%s: want %s in\n%s", place, want, got)
		}
	}
}

// TestPipelineIsBounded gives a pipeline far more to do than anybody has in mind: it must be refused, and soon.
func TestPipelineIsBounded(t *testing.T) {
	rule := "title: T\nlogsource: {product: windows}\ndetection:\n    a:\n        A|expand: ['%v%%v%%v%%v%'" + strings.Repeat(", x", 4_000) + "]\n    condition: a\n"
	for name, pipeline := range map[string]string{
		"looks":    "transformations:\n" + strings.Repeat("- {type: case, detection_item_conditions: [{type: match_string, cond: all, pattern: x}]}\n", 5_000),
		"doubles":  "transformations:\n" + strings.Repeat("- {type: field_name_mapping, mapping: {A: [A, A]}}\n", 60),
		"expands":  "vars: {v: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t]}\ntransformations:\n- {type: value_placeholders}\n",
		"grows":    "transformations:\n" + strings.Repeat("- {type: replace_string, regex: 'x', replacement: xxxxxxxxxxxxxxxx}\n", 60),
		"fields":   "transformations:\n" + strings.Repeat("- {type: add_field, field: [a, a, a]}\n- {type: field_name_mapping, mapping: {a: [a, a]}}\n", 60),
		"asks":     "transformations:\n" + strings.Repeat("- {type: add_condition, conditions: {a: 1}}\n", 9_000),
		"too many": "transformations:\n" + strings.Repeat("- {type: set_state, key: a, val: 1}\n", 11_000),
	} {
		pipe, complaints := sigma.ReadPipeline(&diag.Source{Name: "p.yml", Text: pipeline}, sigma.PipelineOptions{})
		if pipe != nil {
			file, _ := sigma.Parse(&diag.Source{Name: "rule.yml", Text: rule})
			_, complaints = pipe.ApplyFile(file)
		}
		if !complaints.Failed() || complaints[len(complaints)-1].Code != "sigma-too-large" {
			t.Errorf("%s: not refused as too large, but %v", name, complaints)
		}
	}
}
