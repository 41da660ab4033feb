// Package plantest is the corpus that every executor must pass, and its runner.
//
// A case is a text file that tells one story: events, a plan over them, and the rows that the plan must give, for which a
// person vouches. The executor under test is an Executor: one that runs everything, such as exec, or one that runs a part,
// such as the stream matcher or a database; what it cannot do it says itself, by Check, and such cases are skipped and
// counted. README.md describes the format; Random makes plans for property tests.
package plantest

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"

	"golang.org/x/tools/txtar"
)

//go:embed testdata/*.txtar
var corpus embed.FS

// Case is one file of the corpus.
type Case struct {
	Name   string // the file's name without its extension
	Story  string // what it shows
	Truth  string // what settles the answer
	Plans  []Plan
	Input  *Input
	Want   []Row    // the rows that each plan must give
	Open   bool     // whether the last value of each wanted row is what stands beside the columns
	Errors []string // codes that each plan must fail with, instead of giving rows
}

// Plan is one plan of a case; all plans of a case mean the same.
type Plan struct {
	Name string
	Text string
	Node plan.Node // nil if the text has complaints
	List diag.List
}

// Input is what the Scans of a case read.
type Input struct {
	Events   []*event.Event
	Resolver plan.Resolver
}

// Row is one row of a result.
type Row struct {
	Values []event.Value
	Rest   *event.Record // of an open relation; nil is as good as empty
}

var load = sync.OnceValues(func() ([]*Case, error) {
	entries, err := fs.ReadDir(corpus, "testdata")
	if err != nil {
		return nil, err
	}
	var list []*Case
	for _, e := range entries {
		data, err := fs.ReadFile(corpus, path.Join("testdata", e.Name()))
		if err != nil {
			return nil, err
		}
		c, err := Parse(strings.TrimSuffix(e.Name(), ".txtar"), data)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
})

// Cases returns the corpus in the order of the files' names. It must not be changed.
func Cases() ([]*Case, error) { return load() }

// Parse reads one file of the corpus.
func Parse(name string, data []byte) (*Case, error) {
	c := &Case{Name: name}
	archive := txtar.Parse(data)
	if err := c.head(string(archive.Comment)); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := c.sections(archive.Files); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

func (c *Case) head(text string) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		words, ok := strings.CutPrefix(line, "#")
		if !ok {
			return fmt.Errorf("the head has a line that does not begin with #: %s", line)
		}
		words = strings.TrimSpace(words)
		switch truth, ok := strings.CutPrefix(words, "Truth:"); {
		case ok:
			c.Truth = strings.TrimSpace(truth)
		case c.Truth != "":
			c.Truth += " " + words
		default:
			c.Story = strings.TrimSpace(c.Story + " " + words)
		}
	}
	if c.Story == "" {
		return fmt.Errorf("the head does not say what the case shows")
	}
	if c.Truth == "" {
		return fmt.Errorf("no line `# Truth:` names what settles the answer")
	}
	return nil
}

func (c *Case) sections(files []txtar.File) error {
	w := &world{}
	authored := 0
	for _, f := range files {
		kind, name, _ := strings.Cut(f.Name, ".")
		text := string(f.Data)
		var err error
		switch {
		case kind == "plan":
			c.addPlan(f.Name, text)
		case f.Name == "events.jsonl":
			err = w.addEvents(text)
		case f.Name == "tables":
			err = w.addTables(text)
		case f.Name == "rows":
			authored++
			err = c.wanted(text)
		case kind == "rows" && name != "":
			err = w.addRows(name, text)
		case f.Name == "errors":
			authored++
			c.Errors = strings.Fields(text)
			if len(c.Errors) == 0 {
				err = fmt.Errorf("no codes are named")
			}
		default:
			err = fmt.Errorf("no section has this name")
		}
		if err != nil {
			return fmt.Errorf("section %s: %w", f.Name, err)
		}
	}
	if len(c.Plans) == 0 {
		return fmt.Errorf("there is no section plan")
	}
	if authored != 1 {
		return fmt.Errorf("there must be exactly one authored section, rows or errors")
	}
	c.Input = &Input{w.events, w}
	return nil
}

func (c *Case) addPlan(name, text string) {
	node, list := plan.Read(&diag.Source{Name: c.Name + "/" + name, Text: text})
	if list.Failed() {
		node = nil
	}
	c.Plans = append(c.Plans, Plan{name, text, node, list})
}

// wanted reads the authored rows, which are written as a Values.
func (c *Case) wanted(text string) error {
	v, err := readValues(text)
	if err != nil {
		return err
	}
	n := len(v.Out)
	c.Open = n > 0 && v.Out[n-1].Name == "..."
	for _, values := range v.Rows {
		row := Row{Values: values}
		if c.Open {
			row.Values, row.Rest = values[:n-1], values[n-1].Object()
			if row.Rest == nil {
				return fmt.Errorf("the column ... must be an object")
			}
		}
		c.Want = append(c.Want, row)
	}
	return nil
}

func readValues(text string) (*plan.Values, error) {
	node, list := plan.Read(&diag.Source{Text: text})
	if list.Failed() {
		return nil, list
	}
	v, ok := node.(*plan.Values)
	if !ok {
		return nil, fmt.Errorf("the text is no `values`")
	}
	for i, row := range v.Rows {
		if len(row) != len(v.Out) {
			return nil, fmt.Errorf("row %d has %d values for %d columns", i+1, len(row), len(v.Out))
		}
	}
	return v, nil
}
