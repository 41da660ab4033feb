package report

import (
	"bufio"
	"io"

	"goshawk/detection"
	"goshawk/engine"
	"goshawk/finding"
)

// What one page holds at most. A page that is cut says so, with numbers.
const (
	// fullPerRule and fullPerPage bound the findings that are shown with all their fields.
	fullPerRule, fullPerPage = 200, 2_000
	// rowsPerRule and rowsPerPage bound the findings that are shown at all; beyond the full ones, as one row of a table each.
	rowsPerRule, rowsPerPage = 1_000, 10_000
	// pageHosts, pageInputs and pageBlind bound the rows of those tables.
	pageHosts, pageInputs, pageBlind = 100, 1_000, 3_000
	// inputProblems bounds the problems listed of one input.
	inputProblems = 20
	// valueBytes bounds a value, findingBytes the values of one finding together, findingFields their number.
	valueBytes, findingBytes, findingFields = 8_000, 64_000, 300
	// nameBytes bounds a name or title.
	nameBytes = 500
	// ruleBytes bounds the text of a rule and each of its descriptions.
	ruleBytes = 16_000
)

var _ = register(format{
	name: "html", doc: "one self-contained page to read, print and send",
	open: func(w io.Writer, o Options) Writer {
		return &html{w: w, options: o, full: newShelf[fullView](fullPerRule, fullPerPage), rows: newShelf[rowView](rowsPerRule, rowsPerPage)}
	},
})

// html gathers what the page shows, and writes it at the end.
type html struct {
	w        io.Writer
	options  Options
	tally    tally
	timeline timeline
	full     *shelf[fullView]
	rows     *shelf[rowView]
}

func (h *html) Finding(f *finding.Finding) error {
	h.tally.add(f)
	h.timeline.add(f.Time, f.Detection.Level)
	h.rows.put(f.Detection, func() rowView { return viewRow(f) })
	h.full.put(f.Detection, func() fullView { return viewFull(f) })
	return nil
}

func (h *html) Close(r *engine.Report) error {
	w := bufio.NewWriterSize(h.w, 1<<16)
	if err := pageTemplate.Execute(w, h.page(r)); err != nil {
		return err
	}
	return w.Flush()
}

// split returns what the page shows of the findings of a rule: the first in full, those behind them as rows.
func (h *html) split(d *detection.Detection) (full []fullView, rows []rowView) {
	full, rows = h.full.kept[d], h.rows.kept[d]
	return full, rows[min(len(full), len(rows)):]
}
