package main

import (
	"errors"

	"goshawk/engine"
	"goshawk/finding"
	"goshawk/report"
)

// scanWriters are all the places to which a scan writes its findings.
type scanWriters []*scanWriter

type scanWriter struct {
	report.Writer
	out  *output
	gone bool // the reader of the output went away, or it cannot be written
}

// errNoReader says that nobody reads any output any more.
var errNoReader = errors.New("nobody reads the output")

// scanWriters opens what the flags ask for and returns the name of the main format.
func (p program) scanWriters(f *scanFlags, paths []string, options report.Options) (scanWriters, string, error) {
	format := f.format.value
	if format == "" {
		format = "ndjson"
		if f.output == "" && isTerminal(p.stdout) {
			format = "table"
		}
	}
	outputs := outputs{program: p, read: append(append([]string(nil), paths...), f.rules.paths.values...)}
	var writers scanWriters
	open := func(flag, name, format string) error {
		out, err := outputs.open(flag, name)
		if err != nil {
			return err
		}
		w, err := report.Open(format, out, options)
		writers = append(writers, &scanWriter{Writer: w, out: out})
		return err
	}
	err := open("output", f.output, format)
	if err == nil && f.html != "" {
		err = open("report", f.html, "html")
	}
	if err == nil {
		err = outputs.begin()
	}
	if err != nil {
		outputs.abandon()
	}
	return writers, format, err
}

func (list scanWriters) finding(f *finding.Finding) error {
	return list.each(func(w *scanWriter) error { return w.Finding(f) })
}

// close writes what comes last and closes the outputs.
func (list scanWriters) close(r *engine.Report) error {
	err := list.each(func(w *scanWriter) error {
		if err := w.Close(r); err != nil {
			return err
		}
		return w.out.finish()
	})
	if errors.Is(err, errNoReader) {
		return nil
	}
	return err
}

// each goes through the outputs that still have a reader.
func (list scanWriters) each(do func(*scanWriter) error) error {
	var failed error
	left := 0
	for _, w := range list {
		if w.gone {
			continue
		}
		if err := do(w); err != nil {
			w.gone = true
			failed = errors.Join(failed, unwritable(w.out.name, err))
			continue
		}
		left++
	}
	if failed == nil && left == 0 {
		return errNoReader
	}
	return failed
}
