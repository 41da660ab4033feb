package escu

import (
	"path"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// maxLabel is how many characters the name of a saved search may have before Enterprise Security cannot edit it any more.
const maxLabel = 99

// afterwards does what needs the rest of the pack: when the detection runs and what its rows become, and how it fits in.
func (d *draft) afterwards(p *Pack, _ *reader) {
	deployment := p.deploymentFor(d)
	schedule := deployment.Schedule
	schedule.Disabled = !d.enabled
	d.Schedule = &schedule
	a := d.answer
	a.Finding, a.Risk = deployment.Finding, deployment.Risk
	if d.finds != nil {
		a.Finding = *d.finds
	}
	if a.Finding {
		if a.Title == "" {
			a.Title = otherwise(deployment.Title, defaultTitle)
			if a.Kind == detection.Correlation {
				a.Title = "RBA: " + a.Title
			}
		}
		a.Description = otherwise(a.Description, otherwise(deployment.FindingDescription, defaultDescription))
		if len(a.FindingFields) == 0 {
			a.FindingFields = deployment.FindingFields
		}
	}
	d.Level = levelOf(a)
}

func otherwise(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// cited is the name of something that another file holds, as it is written, with its place.
type cited struct {
	Text string
	at   diag.Span
}

func (r *reader) cite(w word) cited { return cited{w.Text, r.places.Span(w.node)} }

func (r *reader) cited(words []word) []cited {
	if len(words) == 0 {
		return nil
	}
	list := make([]cited, len(words))
	for i, w := range words {
		list[i] = r.cite(w)
	}
	return list
}

// textOf returns a name with the place of each of its bytes.
func (r *reader) textOf(w cited) *diag.Text {
	text, _ := yamltext.Scalar(r.source, w.at.Start, w.Text)
	return text
}

// lint remarks on what Splunk's own tool refuses.
func (d *draft) lint() {
	name := strings.TrimSpace(d.name.Text)
	if name == "" {
		return
	}
	at := d.r.places.Span(d.name.node)
	own := path.Base(d.file.Path)
	if stem := strings.TrimSuffix(own, path.Ext(own)); stem != Stem(name) {
		d.r.warnf(at, "escu-file-name", "the file of %q should be called %s", name, Stem(name)+path.Ext(own))
	}
	if label := "ESCU - " + name + " - Rule"; len(label) > maxLabel {
		d.r.warnf(at, "escu-name-length", "the saved search would be called %q, which is more than %d characters", label, maxLabel)
	}
	if d.answer.Kind == detection.Baseline {
		return
	}
	if d.Search != nil && !callsMacro(d.Search.String, FilterName(name)) {
		c := d.r.warnf(d.top.place("search"), "escu-filter-missing", "the search does not use its macro `%s`", FilterName(name))
		c.Hint = "end it in | `" + FilterName(name) + "`, so that there is a place for exceptions"
	}
	if d.Status == "production" && len(d.Tests) == 0 && d.ManualTest == "" && d.answer.Kind != detection.Correlation {
		d.r.warnf(d.top.place("status"), "escu-no-test", "a detection in production has a test").Hint = "add tests, or say in manual_test why there is none"
	}
}

// callsMacro says whether a search uses a macro without arguments.
func callsMacro(search, name string) bool {
	for at := 0; ; {
		i := strings.Index(search[at:], name)
		if i < 0 {
			return false
		}
		begin, end := at+i, at+i+len(name)
		if strings.HasSuffix(strings.TrimRight(search[:begin], " \t\r\n"), "`") && strings.HasPrefix(strings.TrimLeft(search[end:], " \t\r\n"), "`") {
			return true
		}
		at = end
	}
}

// knownStories warns of stories that do not exist.
func (p *Pack) knownStories(r *reader, names []cited) {
	if len(p.Stories) == 0 {
		return
	}
	for _, w := range names {
		if name := strings.TrimSpace(w.Text); p.Stories[name] == nil {
			p.unknown(r, w, "escu-unknown-story", "story", name, func() []string { return sortedKeys(p.Stories) })
		}
	}
}

// knownDataSources warns of data sources that do not exist. An entry may name several, all of which are needed.
func (p *Pack) knownDataSources(r *reader, names []cited) {
	if len(p.DataSources) == 0 {
		return
	}
	for _, w := range names {
		for _, name := range strings.Split(w.Text, " AND ") {
			if name = strings.TrimSpace(name); p.DataSources[name] == nil {
				p.unknown(r, w, "escu-unknown-data-source", "data source", name, func() []string { return sortedKeys(p.DataSources) })
			}
		}
	}
}

// knownBaselines warns of baselines that do not exist.
func (p *Pack) knownBaselines(r *reader, names []cited) {
	if len(names) == 0 {
		return
	}
	there := map[string]bool{}
	for _, f := range p.Files {
		if f.Role == detection.RoleBaseline {
			for _, d := range f.Detections {
				there[d.Title] = true
			}
		}
	}
	if len(there) == 0 {
		return
	}
	for _, w := range names {
		if name := strings.TrimSpace(w.Text); !there[name] {
			p.unknown(r, w, "escu-unknown-baseline", "baseline", name, func() []string { return sortedKeys(there) })
		}
	}
}

// unknown warns of a name that stands for nothing. The place is that of the name in the word. What is near is looked for once for
// each name, since it takes a while and many detections cite the same.
func (p *Pack) unknown(r *reader, w cited, code, what, name string, names func() []string) {
	span := w.at
	if at := strings.Index(w.Text, name); at >= 0 && name != "" {
		span = r.textOf(w).Place(diag.Span{Start: at, End: at + len(name)}).Span
	}
	d := r.warnf(span, code, "unknown %s %q", what, name)
	hint, known := p.hints[what+" "+name]
	if !known {
		suggest(d, name, names())
		if hint = d.Hint; p.hints == nil {
			p.hints = map[string]string{}
		}
		p.hints[what+" "+name] = hint
	}
	d.Hint = hint
}
