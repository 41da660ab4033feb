package report

import (
	"strings"

	"goshawk/finding"
)

// telling is the one value of a finding that says most about it.
type telling struct {
	field, value string
	from, to     int // the part of value that met the rule; equal if unknown
}

// commandLines are the names under which products keep the command line, which tells more about a process than its path.
var commandLines = map[string]bool{
	"commandline": true, "processcommandline": true, "process.command_line": true, "cmdline": true, "proctitle": true,
}

// modelled are the names that Splunk's data models have for such a value, in the rows of a search.
var modelled = map[string]bool{"process": true, "Processes.process": true}

// tell chooses the value: the command line if the event has one; else the longest of the fields that the rule's author wants
// shown; else the message, where the rule's author says what his rows mean; else the longest value that the rule looked at; else the
// message, unless that only repeats the title. Host and user are no choice: every format shows them anyway.
func tell(f *finding.Finding) telling {
	for _, field := range f.Fields.Fields {
		if commandLines[strings.ToLower(field.Name.Text)] || f.Detection.Answer != nil && modelled[field.Name.Text] {
			if value := field.Value.Text(); value != "" && value != "-" && value != "unknown" {
				return marked(f, telling{field: field.Name.Text, value: value})
			}
		}
	}
	var best telling
	consider := func(field, value string) {
		if len(value) > len(best.value) && value != f.Host && value != f.User {
			best = telling{field: field, value: value}
		}
	}
	for _, name := range f.Detection.Fields {
		consider(name, f.Fields.Get(name).Text())
	}
	if spoken := f.Detection.Answer != nil || f.Alert != nil || f.Detection.Language == finding.RiskRules; best.value == "" && spoken && f.Message != f.Detection.Title {
		best.value = f.Message
	}
	if best.value == "" {
		for _, r := range f.Why {
			consider(r.Field, r.Value)
		}
	}
	if best.value == "" && f.Message != f.Detection.Title {
		best.value = f.Message
	}
	return marked(f, best)
}

// marked adds the part of the value that met the rule, where the rule looked at this very value. A row may have another name for it than
// the data model that it came from.
func marked(f *finding.Finding, t telling) telling {
	for _, r := range f.Why {
		if (r.Field == t.field || f.Detection.Answer != nil && strings.HasSuffix(r.Field, "."+t.field)) && r.Value == t.value && 0 <= r.From && r.From < r.To && r.To <= len(r.Value) {
			t.from, t.to = r.From, r.To
			return t
		}
	}
	return t
}

// parts cuts text in three: before the marked part, the part, and behind it. The cuts do not split characters.
func parts(text string, from, to int) (before, part, after string) {
	from, to = boundary(text, from), boundary(text, to)
	if from >= to {
		return text, "", ""
	}
	return text[:from], text[from:to], text[to:]
}
