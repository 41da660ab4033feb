package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"goshawk/diag"
	"goshawk/engine"
	"goshawk/finding"
)

var _ = register(format{
	name: "csv", doc: "one row for each finding, for spreadsheets and databases",
	open: func(w io.Writer, o Options) Writer {
		return newSheet(w, o, []string{"time", "level", "rule", "rule_id", "language", "host", "user", "attack", "message", "why", "source", "record", "fields", "kind", "risk", "threat"},
			func(f *finding.Finding, c *cells) []string {
				return []string{
					exact(f.Time), f.Detection.Level.String(), c.text(f.Detection.Title), c.text(f.Detection.ID), string(f.Detection.Language),
					c.text(f.Host), c.text(f.User), attackCell(f), c.text(f.Message), c.text(why(f)), c.text(sources(f)), records(f), fields(f),
					kindOf(f), c.text(riskCell(f)), c.text(threatCell(f)),
				}
			})
	},
})

// sheet writes RFC 4180: a head, then a row for each finding, lines ending in CR LF.
type sheet struct {
	csv   *csv.Writer
	cells cells
	row   func(*finding.Finding, *cells) []string
	err   error // of the head
}

func newSheet(w io.Writer, o Options, head []string, row func(*finding.Finding, *cells) []string) *sheet {
	s := &sheet{csv: csv.NewWriter(w), cells: cells{keepFormulas: o.KeepFormulas}, row: row}
	s.csv.UseCRLF = true
	s.err = s.csv.Write(head)
	return s
}

func (s *sheet) Finding(f *finding.Finding) error {
	if s.err != nil {
		return s.err
	}
	return s.csv.Write(s.row(f, &s.cells))
}

func (s *sheet) Close(*engine.Report) error {
	s.csv.Flush()
	return s.csv.Error()
}

// cells turns text from rules and logs into cells.
type cells struct{ keepFormulas bool }

// text returns one line of printable text, which a spreadsheet takes for text: in front of what it would take for a formula
// stands an apostrophe.
func (c *cells) text(s string) string {
	cell := diag.Printable(s)
	if !c.keepFormulas && formula(s) {
		return "'" + cell
	}
	return cell
}

// formula says whether a spreadsheet may run a cell: it begins with a sign of a formula, be it behind blanks or in the full
// width of East Asian type, or with a tab or line break.
func formula(s string) bool {
	if s != "" && strings.ContainsRune("\t\r\n", rune(s[0])) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, " \u00a0\u3000"))
	return strings.ContainsRune("=+-@＝＋－＠", r)
}

func attackCell(f *finding.Finding) string { return strings.Join(finding.Techniques(f.Detection), " ") }

// why writes the reasons of a finding in one line: clause: field=value; clause: field=value.
func why(f *finding.Finding) string {
	var b strings.Builder
	for i, r := range f.Why {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(r.Clause)
		if r.Field != "" || r.Value != "" {
			if r.Clause != "" {
				b.WriteString(": ")
			}
			if r.Field != "" {
				b.WriteString(r.Field + "=")
			}
			b.WriteString(r.Value)
		}
	}
	return b.String()
}

func sources(f *finding.Finding) string {
	list := make([]string, len(f.Evidence))
	for i, e := range f.Evidence {
		list[i] = e.Source
	}
	return strings.Join(list, ";")
}

func records(f *finding.Finding) string {
	list := make([]string, len(f.Evidence))
	for i, e := range f.Evidence {
		list[i] = strconv.FormatUint(e.Record, 10)
	}
	return strings.Join(list, ";")
}

// fields writes the fields of the event as JSON, in which nothing is lost.
func fields(f *finding.Finding) string { return string(f.Fields.AppendJSON(nil)) }
