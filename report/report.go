// Package report writes findings down for people and for other programs: a table and summary for a terminal, NDJSON, JSON,
// CSV, Timesketch's columns, and one self-contained HTML page.
//
// In go findings one after the other, and the engine's report at the end; out comes text that is the same for the same
// input. Log text is hostile: each format escapes it in one place, for the program that will show it (text.go). A format
// that shows findings in another order than they come in keeps no more of them than it can show, and counts the rest
// (tally.go, shelf.go). Talk is what a scan says on standard error beside its findings.
package report

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"goshawk/engine"
	"goshawk/finding"
)

// Writer receives the findings of a scan in order, then the report of the whole.
type Writer interface {
	Finding(f *finding.Finding) error
	// Close writes what comes last. It must be called exactly once, also when the scan was interrupted.
	Close(r *engine.Report) error
}

// Rules says what became of the rules that a scan was given.
type Rules struct {
	Files     []string // as the user named them; empty for the built-in pack
	Loaded    int
	Refused   int // chosen, but they cannot run
	NotChosen int // left out by the user's own flags
	Retired   int // left out because they are deprecated or unsupported
	// Languages counts the loaded ones by language.
	Languages map[string]int
}

// Options say how to write.
type Options struct {
	Command string // the command line, for the record
	Version string
	Rules   Rules
	Color   bool // the output is a terminal that shows colours
	Width   int  // columns of the terminal; 0: unknown
	// KeepFormulas leaves CSV cells that a spreadsheet would run as they are.
	KeepFormulas bool
}

// format is one way of writing findings; each file registers its own.
type format struct {
	name, doc string
	open      func(w io.Writer, o Options) Writer
}

var formats = map[string]format{}

func register(f format) bool {
	formats[f.name] = f
	return true
}

// Formats returns the names of all formats, each with one sentence, sorted.
func Formats() (names, docs []string) {
	for name := range formats {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		docs = append(docs, formats[name].doc)
	}
	return names, docs
}

// Open returns a Writer of a format.
func Open(name string, w io.Writer, o Options) (Writer, error) {
	f, ok := formats[name]
	if !ok {
		names, _ := Formats()
		return nil, fmt.Errorf("unknown output format %q; formats are %s", name, strings.Join(names, ", "))
	}
	return f.open(w, o), nil
}
