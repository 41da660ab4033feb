package sentinel

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// queries reads a file of queries as text. They are called like the file, and are hunts: their rows are a report.
func (r *reader) queries() {
	text := r.source.Text
	name := r.stem()
	parts := splitQueries(text)
	if len(parts) == 0 {
		r.errorf(diag.Span{}, "sentinel-no-query", "the file holds no query")
		r.broken()
		return
	}
	for i, span := range parts {
		title, of := name, name
		if len(parts) > 1 {
			title, of = fmt.Sprintf("%s (%d)", name, i+1), fmt.Sprintf("%s#%d", name, i+1)
		}
		sum := sha256.Sum256([]byte("kql " + of))
		var b diag.TextBuilder
		b.AddExact(r.source, span)
		d := &draft{r: r, Detection: &detection.Detection{
			ID: fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]), Name: stemOf(title), Title: title, Language: detection.KQL, Type: string(detection.HuntingQuery),
			Alert: &detection.Alert{Kind: detection.HuntingQuery}, Answer: &detection.Answer{Kind: detection.Hunting, Severity: detection.Informational.String()},
			Path: r.source.Name, Query: r.source, Span: span}}
		d.search(b.Text())
		r.file.Detections = append(r.file.Detections, d.Detection)
	}
}

// codeOf returns a text of KQL with its remarks and the insides of its literals as blanks, byte for byte. Line breaks stay, but for
// those within a literal.
func codeOf(text string) string {
	plain, _ := codeAndRemark(text)
	return plain
}

// codeAndRemark also returns where the first remark begins; -1 if there is none.
func codeAndRemark(text string) (plain string, remark int) {
	remark = -1
	out := []byte(text)
	blank := func(from, to int) {
		for ; from < min(to, len(out)); from++ {
			if out[from] != '\n' && out[from] != '\r' {
				out[from] = ' '
			}
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "//"):
			end := i
			for end < len(text) && text[end] != '\n' {
				end++
			}
			if blank(i, end); remark < 0 {
				remark = i
			}
			i = end - 1
		case strings.HasPrefix(text[i:], "```"), strings.HasPrefix(text[i:], "~~~"):
			end := len(text)
			if n := strings.Index(text[i+3:], text[i:i+3]); n >= 0 {
				end = i + 3 + n
			}
			for j := i + 3; j < end; j++ {
				out[j] = ' '
			}
			i = end + 2
		case c == '"' || c == '\'':
			verbatim := i > 0 && text[i-1] == '@'
			end := i + 1
			for ; end < len(text) && text[end] != '\n'; end++ {
				if text[end] == '\\' && !verbatim {
					end++
				} else if text[end] == c {
					if verbatim && end+1 < len(text) && text[end+1] == c {
						end++
						continue
					}
					break
				}
			}
			blank(i+1, end)
			i = end
		}
	}
	return string(out), remark
}

var (
	// goesOn is what a text ends in that is not yet a whole query.
	goesOn = regexp.MustCompile(`(?i)(?:[|,;(\[{=+\-*/<>:.!~]|\b(?:and|or|by|on|in|where|of|with|let|union|join|has|contains|between|as|to|kind))$`)
	// continues is what goes on with the query before it.
	continues = regexp.MustCompile(`(?i)^(?:[|,;)\]}=+\-*/<>.!]|(?:and|or|by|on|in|has|contains|between|asc|desc|nulls)\b)`)
	// unfinished is the beginning of a statement that gives no rows.
	unfinished = regexp.MustCompile(`(?i)^(?:let|set|declare|alias|pattern)\b`)
)

// splitQueries cuts a text into queries: at blank lines, where what stands before is a whole query and what follows cannot go on with
// it. Remarks between two belong to the one that follows.
func splitQueries(text string) []diag.Span {
	plain := codeOf(text)
	var list []diag.Span
	lines := linesOf(plain)
	depth, open := 0, false // open: a query has begun
	start, last := -1, -1   // where it began with its remarks, and where its code ends
	statement := 0          // where its last statement begins
	pending := -1           // where remarks began behind a blank line
	blankBefore := false
	add := func() {
		if open {
			list = append(list, diag.Span{Start: start, End: last})
		}
	}
	for _, l := range lines {
		row := strings.TrimSpace(plain[l.start:l.end])
		if row == "" {
			if strings.TrimSpace(strings.TrimPrefix(text[l.start:l.end], "\ufeff")) == "" {
				blankBefore = true
			} else if blankBefore && pending < 0 || !open && pending < 0 {
				pending = l.start
			}
			continue
		}
		code := strings.TrimSpace(plain[max(statement, 0):max(last, statement, 0)])
		whole := open && depth <= 0 && code != "" && !unfinished.MatchString(code) && !goesOn.MatchString(code)
		if !open || blankBefore && whole && !continues.MatchString(row) {
			add()
			begin := l.start
			if pending >= 0 {
				begin = pending
			}
			open, start, statement, depth = true, begin, l.start, 0
		}
		pending, blankBefore = -1, false
		for i := l.start; i < l.end; i++ {
			switch plain[i] {
			case '(', '[', '{':
				depth++
			case ')', ']', '}':
				depth--
			case ';':
				if depth <= 0 && strings.TrimSpace(plain[i+1:]) != "" {
					statement = i + 1
				}
			}
		}
		last = l.end
	}
	add()
	for i := range list { // without a byte order mark
		if strings.HasPrefix(text[list[i].Start:], "\ufeff") {
			list[i].Start += len("\ufeff")
		}
	}
	return list
}

// The placeholders of a hunt.
const (
	startPlaceholder = "StartTimeISO"
	endPlaceholder   = "EndTimeISO"
)

// Placeholder is {{Name}} in a query.
type Placeholder struct {
	Name string
	Span diag.Span // in the text
}

var placeholder = regexp.MustCompile(`\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}`)

// Placeholders returns the places in a query that are to be filled in before it is read.
func Placeholders(text string) []Placeholder {
	var list []Placeholder
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		list = append(list, Placeholder{Name: text[m[2]:m[3]], Span: diag.Span{Start: m[0], End: m[1]}})
	}
	return list
}

// Fill returns a query with the range of a hunt in its placeholders. The times are texts of ISO 8601, such as 2024-05-01T06:00:00Z.
// The text is returned as it is if it has none.
func Fill(text *diag.Text, start, end string) *diag.Text {
	var b diag.TextBuilder
	done := 0
	for _, p := range Placeholders(text.String) {
		value := ""
		switch p.Name {
		case startPlaceholder:
			value = start
		case endPlaceholder:
			value = end
		default:
			continue
		}
		b.AddText(text, diag.Span{Start: done, End: p.Span.Start}, nil)
		place := text.Place(p.Span)
		b.Add(value, place.Source, place.Span)
		done = p.Span.End
	}
	if done == 0 {
		return text
	}
	b.AddText(text, diag.Span{Start: done, End: len(text.String)}, nil)
	return b.Text()
}
