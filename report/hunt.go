package report

import (
	"fmt"
	"io"
	"strings"

	"goshawk/event"
	"goshawk/prove"
	"goshawk/taxonomy/attack"
)

// Hunt is the page about what a hunt showed.
type Hunt struct {
	report  *prove.HuntReport
	command string // that was run
}

// NewHunt returns the page about a hunt; command is what was run, empty if that is not to be told.
func NewHunt(r *prove.HuntReport, command string) *Hunt { return &Hunt{r, command} }

// Text returns the page for a terminal.
func (h *Hunt) Text(o RuleOptions) string { return pageInText(h, o) }

// Markdown returns the page as Markdown.
func (h *Hunt) Markdown() string { return pageMarkdown(h) }

// HTML writes the page as one that is complete in itself.
func (h *Hunt) HTML(w io.Writer, o RuleOptions) error { return pagesHTML(w, []page{h}, "hunt", o) }

func (h *Hunt) heading() (title, subtitle string) {
	parts := []string{"Hunt", string(h.report.Conclusion)}
	for _, t := range h.report.Hunt.Techniques {
		parts = append(parts, t.Text)
	}
	return h.report.Hunt.Name.Text, strings.Join(parts, ", ")
}

// The bounds of what a page lists.
const (
	maxHuntHosts    = 200
	maxHuntFindings = 50
)

func (h *Hunt) sections() []section {
	r, doc := h.report, h.report.Hunt
	var list []section
	list = addSection(list, "Conclusion", factOf("Verdict", []phrase{{text: string(r.Conclusion), mark: verdictMark(r.Conclusion)}}), bullets(plain(r.Reasons...)), h.state())
	list = addSection(list, "Notes", h.notes())
	list = addSection(list, "Hypothesis", prose(doc.Hypothesis), prose(doc.Text), h.techniques())
	list = addSection(list, "What would show it", factOf("Supported by", plain(doc.Supports)), factOf("Refuted by", plain(doc.Refutes)))
	list = addSection(list, "What was looked at", h.scope(), h.inputs())
	list = addSection(list, "What could be seen", h.telemetry(), h.blind())
	list = addSection(list, "Queries", h.queries())
	list = addSection(list, "Findings", h.findings())
	list = addSection(list, "Prevalence", h.prevalence())
	list = addSection(list, "Hosts", h.hosts())
	var refs bullets
	for _, ref := range doc.References {
		refs = append(refs, phrase{text: ref.Text, link: ref.Text})
	}
	return addSection(list, "References", refs)
}

func verdictMark(c prove.Conclusion) string {
	switch c {
	case prove.Supported:
		return "fail"
	case prove.Refuted:
		return "pass"
	}
	return "skip"
}

func (h *Hunt) techniques() facts {
	var f facts
	for _, t := range h.report.Hunt.Techniques {
		title, tactics, _ := attack.Technique(attack.Current(t.Text))
		f.add(t.Text, plain(title, strings.Join(tactics, ", ")))
	}
	return f
}

func when(ticks int64) string {
	if ticks == 0 {
		return ""
	}
	return event.FormatTime(ticks - ticks%event.TicksPerSecond)
}

// between is a span of time.
func between(from, to int64) string {
	if from == 0 {
		return ""
	}
	return when(from) + " to " + when(to)
}

func (h *Hunt) scope() facts {
	r := h.report
	var f facts
	f.add("Command", literal(h.command))
	f.add("Records", plain(fmt.Sprint(r.Report.Events)))
	f.add("Time of the records", plain(between(r.From, r.To)))
	f.add("Document", literal(r.Source))
	f.add("Author", plain(r.Hunt.Author))
	return f
}

func (h *Hunt) inputs() grid {
	g := grid{head: []string{"Input", "Format", "Records", "Lost"}}
	for _, in := range h.report.Report.Inputs {
		format := in.Format
		if in.Skipped {
			format = "not read: " + in.Why
		}
		g.rows = append(g.rows, []phrase{{text: in.Name, exact: true}, {text: format}, {text: fmt.Sprint(in.Events)}, {text: fmt.Sprint(in.Lost)}})
	}
	return g
}

func (h *Hunt) telemetry() grid {
	g := grid{head: []string{"Needed", "Hosts", "Events", "Fields filled"}}
	for _, t := range h.report.Telemetry {
		var fields []string
		for _, f := range t.Fields {
			share := "–"
			if t.Events > 0 {
				share = fmt.Sprintf("%d %%", 100*f.Filled/t.Events)
			}
			fields = append(fields, f.Name+" "+share)
		}
		g.rows = append(g.rows, []phrase{{text: t.Name}, {text: fmt.Sprint(t.Hosts)}, {text: fmt.Sprint(t.Events)}, {text: strings.Join(fields, ", ")}})
	}
	return g
}

// blind lists the hosts that could not be seen.
func (h *Hunt) blind() facts {
	var names []string
	others := 0
	for i := range h.report.Hosts {
		host := &h.report.Hosts[i]
		switch {
		case host.Name == "":
		case host.Other:
			others++
		case host.Blind():
			names = append(names, host.Name)
		}
	}
	var f facts
	if len(names) > 0 {
		if more := len(names) - maxHuntHosts; more > 0 {
			names = append(names[:maxHuntHosts], fmt.Sprintf("and %d more", more))
		}
		f.add("Could not be seen", plain(names...))
	}
	if others > 0 {
		f.add("Of other systems", plain(plural(others, "host")))
	}
	return f
}

func (h *Hunt) queries() grid {
	g := grid{head: []string{"Query", "Language", "Events", "Hosts", "Users", "First", "Last"}}
	for _, q := range h.report.Queries {
		if q.Rule == nil || q.Refusal != "" {
			g.rows = append(g.rows, []phrase{{text: q.Name}, {text: "not asked: " + q.Refusal}, {}, {}, {}, {}, {}})
			continue
		}
		g.rows = append(g.rows, []phrase{{text: q.Rule.Detection.Title}, {text: languageName(string(q.Rule.Detection.Language))}, {text: fmt.Sprint(q.Events)},
			{text: fmt.Sprint(q.Hosts)}, {text: fmt.Sprint(q.Users)}, {text: when(q.First)}, {text: when(q.Last)}})
	}
	return g
}

func (h *Hunt) findings() grid {
	g := grid{head: []string{"Time", "Host", "User", "Why", "Where"}}
	for i, f := range h.report.Findings {
		if i == maxHuntFindings {
			g.rows = append(g.rows, []phrase{{text: fmt.Sprintf("and %d more", len(h.report.Findings)-i)}, {}, {}, {}, {}})
			break
		}
		why, where := f.Message, ""
		if len(f.Why) > 0 {
			why = f.Why[0].Field + " " + f.Why[0].Value
		}
		if len(f.Evidence) > 0 {
			where = fmt.Sprintf("%s record %d", f.Evidence[0].Source, f.Evidence[0].Record)
		}
		g.rows = append(g.rows, []phrase{{text: when(f.Time)}, {text: f.Host}, {text: f.User}, {text: why, exact: true}, {text: where, exact: true}})
	}
	return g
}

func (h *Hunt) prevalence() grid {
	g := grid{head: []string{"What", "Value", "Events", "Hosts", "First", "Last"}}
	for _, p := range h.report.Prevalence {
		if p.More > 0 {
			g.rows = append(g.rows, []phrase{{text: p.What}, {text: fmt.Sprintf("… %d more", p.More)}, {}, {}, {}, {}})
			continue
		}
		g.rows = append(g.rows, []phrase{{text: p.What}, {text: p.Value, exact: true}, {text: fmt.Sprint(p.Count)}, {text: fmt.Sprint(p.Hosts)}, {text: when(p.First)}, {text: when(p.Last)}})
	}
	return g
}

func (h *Hunt) hosts() grid {
	g := grid{head: []string{"Host", "Records", "Of what is needed", "Findings", "First", "Last"}}
	for i := range h.report.Hosts {
		host := &h.report.Hosts[i]
		if i == maxHuntHosts {
			g.rows = append(g.rows, []phrase{{text: fmt.Sprintf("and %d more", len(h.report.Hosts)-i)}, {}, {}, {}, {}, {}})
			break
		}
		name, needed := host.Name, int64(0)
		if name == "" {
			name = "(not named)"
		}
		for _, n := range host.Needed {
			needed += n
		}
		said := fmt.Sprint(needed)
		switch {
		case host.Other:
			said = "another system"
		case needed == 0:
			said = "nothing: could not be seen"
		}
		g.rows = append(g.rows, []phrase{{text: name}, {text: fmt.Sprint(host.Events)}, {text: said}, {text: fmt.Sprint(host.Findings)}, {text: when(host.First)}, {text: when(host.Last)}})
	}
	return g
}
