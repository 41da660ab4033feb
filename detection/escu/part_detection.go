package escu

import (
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// draft is a detection that is being read.
type draft struct {
	*detection.Detection
	answer *detection.Answer
	file   *File
	r      *reader
	o      Options
	top    *fields // of the file, while it is read
	tags   *fields // of its tags; nil in the newest layout
	name   word
	score  int // what the layout says the detection as a whole is worth; 0 if it says nothing
	// finds says whether rows make findings, where the layout says so; nil: the deployment does.
	finds      *bool
	deployment *Deployment // of its own
	enabled    bool
	schedule   cited // the name of one
}

// detection reads the file of a detection or baseline.
func (f *File) detection(r *reader, o Options) {
	whole := diag.Span{End: len(r.source.Text)}
	d := &draft{file: f, r: r, o: o, answer: &detection.Answer{}}
	d.Detection = &detection.Detection{Language: detection.SPL, Path: r.source.Name, Query: r.source, Span: whole, Answer: d.answer,
		Title: strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))}
	d.Name = Stem(d.Title)
	if f.Role == detection.RoleBaseline {
		d.answer.Kind = detection.Baseline
	}
	if head := r.source.Text[:min(len(r.source.Text), 1024)]; strings.Contains(head, "SPDX-License-Identifier:") {
		if m := license.FindStringSubmatch(head); m != nil {
			d.License = m[1]
		}
	}
	f.Detections = append(f.Detections, d.Detection)
	r.document("detection", func(m *fields) {
		d.top = m
		if tags := m.entry("tags"); tags != nil {
			d.tags = r.fields("tags", tags.Value)
		}
		d.identity()
		d.meaning()
		d.layout()
		d.annotate()
		d.tests()
		d.rest()
		if d.tags != nil {
			d.tags.done()
		}
		d.lint()
		d.top, d.tags = nil, nil
		f.afterwards = append(f.afterwards, d.afterwards)
	})
}

// identity reads what the detection is.
func (d *draft) identity() {
	m := d.top
	d.name = m.must("name")
	if name := strings.TrimSpace(d.name.Text); name != "" {
		d.Title = name
		d.Name = Stem(name)
	}
	id := m.must("id")
	if d.ID = strings.TrimSpace(id.Text); d.ID != "" && !isUUID(d.ID) {
		d.r.warnf(d.r.places.Span(id.node), "escu-id", "id %q is no UUID", d.ID)
	}
	if search := m.must("search"); search.node != nil {
		d.Search = d.r.places.Text(search.node)
	}
	kind := m.must("type")
	d.Type = strings.TrimSpace(kind.Text)
	switch known := kindOf(d.Type); {
	case known != "":
		d.answer.Kind = known
	case d.Type != "":
		c := d.r.errorf(d.r.places.Span(kind.node), "escu-kind", "unknown type %q", d.Type)
		if suggest(c, d.Type, kindNames()); c.Hint == "" {
			c.Hint = "it is one of " + strings.Join(kindNames(), ", ")
		}
	}
	d.Version, _ = m.integer("version", 0, 1_000_000)
	d.Date, d.Modified = m.date(), m.text("modification_date")
	d.Author, d.Description = m.text("author"), m.text("description")
	d.HowToImplement, d.KnownFalsePositives = m.text("how_to_implement"), m.text("known_false_positives")
	if d.KnownFalsePositives != "" {
		d.FalsePositives = []string{d.KnownFalsePositives}
	}
	status := m.word("status")
	if d.Status = strings.TrimSpace(status.Text); d.Status != "" {
		m.oneOf(status, "status", "escu-status", statuses)
	}
	d.References = m.texts("references")
	for _, name := range []string{"version", "date", "author", "description", "how_to_implement", "known_false_positives"} {
		if !m.has(name) && (name != "date" || d.Date == "") {
			m.missing(diag.Warning, name)
		}
	}
	if d.Status == "" && d.answer.Kind != detection.Baseline {
		m.missing(diag.Warning, "status")
	}
}

var (
	technique = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)
	cve       = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,}$`)
	license   = regexp.MustCompile(`(?m)^#.*SPDX-License-Identifier:[ \t]*(\S+)`)
)

// isUUID says whether an id is written like 0b1a2c3d-0e4f-5a6b-7c8d-9e0f1a2b3c4d.
func isUUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) {
		switch c := id[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return false
			}
		}
	}
	return true
}

// kindOf returns the kind of a name, whatever its case; empty if there is none.
func kindOf(name string) detection.Kind {
	for _, kind := range detection.Kinds() {
		if strings.EqualFold(name, string(kind)) {
			return kind
		}
	}
	return ""
}

// list reads a list that stands at the top or in the tags.
func (d *draft) list(key string) []word { return bothWords(d.top, d.tags, key) }

// meaning reads what the detection is about.
func (d *draft) meaning() {
	stories, sources := d.list("analytic_story"), d.top.words("data_source")
	d.Stories, d.DataSources = textsOf(stories), textsOf(sources)
	d.DataSource = strings.Join(d.DataSources, ", ")
	baselines := d.top.words("baselines")
	d.Baselines = textsOf(baselines)
	cites := [...][]cited{d.r.cited(stories), d.r.cited(sources), d.r.cited(baselines)}
	d.file.afterwards = append(d.file.afterwards, func(p *Pack, r *reader) {
		p.knownStories(r, cites[0])
		p.knownDataSources(r, cites[1])
		p.knownBaselines(r, cites[2])
	})
	d.Products, d.AtomicGUIDs = textsOf(d.list("product")), textsOf(d.list("atomic_guid"))
	d.RequiredFields = textsOf(d.list("required_fields"))
	d.AssetType = strings.TrimSpace(bothWord(d.top, d.tags, "asset_type").Text)
	for _, w := range d.list("cve") {
		text := strings.TrimSpace(w.Text)
		if !cve.MatchString(text) {
			d.r.warnf(d.r.places.Span(w.node), "escu-cve", "%q is no number of a CVE", text).Hint = "it is written CVE-2024-12345"
		}
		d.CVE = append(d.CVE, text)
	}
	for _, w := range d.list("mitre_attack_id") {
		text := strings.TrimSpace(w.Text)
		if !technique.MatchString(text) {
			d.r.warnf(d.r.places.Span(w.node), "escu-technique", "%q is no technique of ATT&CK", text).Hint = "it is written T1053 or T1053.002"
		}
		d.Tags = append(d.Tags, "attack."+strings.ToLower(text))
	}
	domain := bothWord(d.top, d.tags, "security_domain")
	if d.answer.SecurityDomain = strings.TrimSpace(domain.Text); domain.node != nil {
		d.r.oneOf(d.answer.SecurityDomain, d.r.places.Span(domain.node), "security domain", "escu-security-domain", securityDomains)
	}
	d.ManualTest = strings.TrimSpace(bothWord(d.top, d.tags, "manual_test").Text)
	d.drilldowns()
	d.throttle()
}

func (d *draft) drilldowns() {
	for _, x := range d.top.each("drilldown_searches") {
		d.answer.Drilldowns = append(d.answer.Drilldowns, detection.Drilldown{Name: strings.TrimSpace(x.must("name").Text), Search: strings.TrimSpace(x.must("search").Text),
			Earliest: x.text("earliest_offset"), Latest: x.text("latest_offset")})
		x.done()
	}
}

// throttle reads after which time a row like one before counts again.
func (d *draft) throttle() {
	from := d.top
	if !from.has("throttling") && d.tags != nil {
		from = d.tags
	}
	x := from.sub("throttling")
	if x == nil {
		return
	}
	period := x.must("period")
	t := &detection.Throttle{Fields: x.texts("fields")}
	if len(t.Fields) == 0 {
		x.missing(diag.Error, "fields")
	}
	var ok bool
	if t.Period, ok = periodOf(strings.TrimSpace(period.Text)); !ok && period.node != nil {
		d.r.errorf(d.r.places.Span(period.node), "escu-period", "%q is no period", period.Text).Hint = "it is written 86400s, 1440m or 24h"
	}
	x.done()
	d.answer.Throttle = t
}

// ticksPerSecond is the resolution of detection.Throttle.
const ticksPerSecond = 10_000_000

// periodOf reads a time such as 86400s; a bare number counts seconds.
func periodOf(text string) (ticks int64, ok bool) {
	units := map[byte]int64{'s': 1, 'm': 60, 'h': 3600, 'd': 86400}
	number, unit := text, int64(1)
	if text != "" && units[text[len(text)-1]] != 0 {
		number, unit = text[:len(text)-1], units[text[len(text)-1]]
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 0 {
		return 0, false
	}
	return n * unit * ticksPerSecond, true
}

// annotate makes the annotations.
func (d *draft) annotate() {
	techniques := d.Techniques()
	spelled := func(key string) []string {
		if d.tags == nil {
			return nil
		}
		return d.tags.texts(key)
	}
	a := annotations{
		"analytic_story":    d.Stories,
		"cis20":             spelled("cis20"),
		"cve":               d.CVE,
		"data_source":       d.DataSources,
		"kill_chain_phases": spelled("kill_chain_phases"),
		"mitre_attack":      techniques,
		"nist":              spelled("nist"),
	}
	if d.Type != "" {
		a["type"] = []string{d.Type}
	}
	if d.answer.Kind != detection.Baseline {
		if a["cis20"] == nil {
			a["cis20"] = controlsOf(d.answer.SecurityDomain)
		}
		if a["nist"] == nil {
			a["nist"] = nistOf(d.answer.Kind)
		}
		if a["kill_chain_phases"] == nil {
			a["kill_chain_phases"] = phasesOf(techniques, d.o)
		}
	}
	d.answer.Annotations = a.ordered()
}

// tests reads the tests of the detection.
func (d *draft) tests() {
	for _, x := range d.top.each("tests") {
		t := detection.Test{Name: x.text("name"), Earliest: x.text("earliest_time"), Latest: x.text("latest_time")}
		for _, data := range x.each("attack_data") {
			where := data.must("data")
			one := detection.TestData{URL: strings.TrimSpace(where.Text), Source: strings.TrimSpace(data.must("source").Text),
				Sourcetype: strings.TrimSpace(data.must("sourcetype").Text), Host: data.text("host"), Index: data.text("custom_index")}
			one.Path = dataPath(one.URL)
			data.known("file_name", "update_timestamp")
			data.done()
			t.Data = append(t.Data, one)
		}
		for _, key := range []string{"expected_result_count", "expected_count"} {
			if n, ok := x.integer(key, 0, 1<<31); ok {
				t.Expect = &n
			}
		}
		if pass := x.word("pass_condition"); pass.node != nil {
			d.passCondition(&t, pass)
		}
		x.known("file", "description")
		if len(t.Data) == 0 {
			x.missing(diag.Warning, "attack_data")
		}
		x.done()
		d.Tests = append(d.Tests, t)
	}
}

var passCount = regexp.MustCompile(`^\|?\s*stats\s+count\s*\|\s*where\s+count\s*(>|>=|=|==)\s*([0-9]+)$`)

// passCondition reads how older tests say what is expected: a pipe over the rows.
func (d *draft) passCondition(t *detection.Test, pass word) {
	m := passCount.FindStringSubmatch(strings.TrimSpace(pass.Text))
	switch {
	case m == nil:
	case strings.HasPrefix(m[1], "="):
		n, err := strconv.Atoi(m[2])
		if err == nil {
			t.Expect = &n
			return
		}
	case m[1] == ">" && m[2] == "0", m[1] == ">=" && m[2] == "1":
		return
	}
	d.r.warnf(d.r.places.Span(pass.node), "escu-pass-condition", "the condition %q is not checked; at least one row is expected", strings.TrimSpace(pass.Text))
}

// dataPath returns the path of a file of test data below the folder of such data: what stands behind datasets/ in its address, or
// behind the branch of the repository.
func dataPath(address string) string {
	where := address
	if u, err := url.Parse(address); err == nil && u.Scheme != "" {
		where = u.Path
	}
	if _, below, ok := strings.Cut(where, "/datasets/"); ok {
		return path.Clean(below)
	}
	if _, below, ok := strings.Cut(where, "/attack_data/"); ok {
		if _, behind, ok := strings.Cut(below, "/"); ok {
			return path.Clean(behind)
		}
	}
	return strings.TrimPrefix(path.Clean("/"+strings.TrimPrefix(where, "datasets/")), "/")
}

// rest reads what is left, and complains about what is unknown.
func (d *draft) rest() {
	m := d.top
	if x := m.sub("deprecation_info"); x != nil {
		d.Deprecated = deprecation(x)
	}
	d.enabled = m.truth("enabled_by_default", false)
	if schedule := m.word("schedule"); schedule.node != nil {
		d.schedule = d.r.cite(schedule)
	}
	if x := m.sub("custom_schedule"); x != nil {
		d.deployment = &Deployment{Schedule: x.schedule()}
		x.known("name")
		x.done()
	}
	if x := m.sub("deployment"); x != nil {
		timing := x.sub("scheduling")
		d.deployment = &Deployment{Schedule: timing.schedule()}
		timing.done()
		d.deployment.actions(x)
		x.done()
	}
	m.known("datamodel", "category", "explanation", "response_templates")
	if d.tags != nil {
		d.tags.known("automated_detection_testing", "context", "dataset", "group", "supported_tas", "detections", "mappings", "research_site_url",
			"event_schema", "confidence_id", "impact_id", "risk_severity", "risk_level", "deployments")
	}
}

// deprecation says why content should not be used any more, and what replaces it.
func deprecation(x *fields) string {
	text := x.text("reason")
	if version := x.text("removed_in_version"); version != "" {
		text = strings.TrimSpace(text + " (removed in version " + version + ")")
	}
	if e := x.entry("replacement_content"); e != nil {
		var names []string
		for _, n := range e.Value.Content {
			if n = yamltext.Follow(n); n.Value != "" {
				names = append(names, n.Value)
			}
		}
		if e.Value.Value != "" {
			names = append(names, e.Value.Value)
		}
		if len(names) > 0 {
			text = strings.TrimSpace(text + " Replaced by: " + strings.Join(names, ", "))
		}
	}
	for _, e := range x.list { // its keys are for people
		x.known(e.Key.Value)
	}
	return text
}
