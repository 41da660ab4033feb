package sentinel

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"goshawk/detection"
	"goshawk/diag"
)

// The bounds of the service. Rules beyond them run all the same, with a warning.
const (
	shortestFrequency = 5 * minute
	longestPeriod     = 14 * day
	longPeriod        = 2 * day // from which on a rule may not run more often than each hour
	longestSuppress   = day
	defaultSuppress   = 5 * hour
	highestThreshold  = 10_000
	longestName       = 256
	longestText       = 5_000
	longestQuery      = 10_000
	// ingestDelay is how long a scheduled rule waits for late rows, nrtDelay how long one of kind NRT does.
	ingestDelay = 5 * minute
	nrtDelay    = 2 * minute
)

var (
	guid    = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)
	guids   = regexp.MustCompile(`^` + guid.String() + `$`)
	version = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)
)

// draft is a detection that is being read.
type draft struct {
	*detection.Detection
	r *reader
	m *fields // of its properties
}

// draft begins a detection, which is that of the file from now on.
func (r *reader) draft(m *fields, kind detection.AlertKind, span diag.Span) *draft {
	name := r.stem()
	d := &draft{r: r, m: m, Detection: &detection.Detection{Language: detection.KQL, Title: name, Name: stemOf(name), Type: string(kind), Path: r.source.Name, Query: r.source,
		Span: span, Alert: &detection.Alert{Kind: kind, Incident: detection.IncidentConfiguration{Create: true, Grouping: detection.Grouping{LookBack: 5 * hour, Method: detection.AllEntities}}}}}
	r.file.Detections = append(r.file.Detections, d.Detection)
	return d
}

// as sets the kind.
func (d *draft) as(kind detection.AlertKind) { d.Alert.Kind, d.Type = kind, string(kind) }

// named sets the name.
func (d *draft) named(w word) {
	if w.Text == "" || w.expression {
		d.r.warnf(d.m.place(), "sentinel-missing-key", "name is missing in the %s", d.m.what)
		return
	}
	d.Title, d.Name = w.Text, stemOf(w.Text)
	if n := utf8.RuneCountInString(w.Text); n > longestName {
		d.r.warnf(d.r.span(w), "sentinel-name-length", "the name has %d characters; the service takes %d", n, longestName)
	}
}

// rule reads an analytic rule or hunting query of YAML.
func (r *reader) rule(m *fields, role detection.Role) {
	d := r.draft(m, detection.Scheduled, diag.Span{End: len(r.source.Text)})
	if role == detection.RoleHunt {
		d.as(detection.HuntingQuery)
	}
	id := m.word("id")
	d.ID = id.Text
	if d.ID == "" {
		m.missing(diag.Warning, "id").Hint = "give it a new GUID"
	} else if !guids.MatchString(d.ID) {
		r.warnf(r.span(id), "sentinel-id", "id %q is no GUID", d.ID)
	}
	if role == detection.RoleAnalyticRule && !d.kind(m.word("kind")) {
		return
	}
	d.named(m.word("name", "displayName"))
	d.properties()
}

// kind reads which kind of analytic rule it is; false if nothing can be run.
func (d *draft) kind(w word) bool {
	switch strings.ToLower(w.Text) {
	case "", "scheduled":
		d.as(detection.Scheduled)
	case "nrt":
		d.as(detection.NRT)
	case "fusion", "mlbehavioranalytics", "microsoftsecurityincidentcreation", "threatintelligence":
		why := map[string]string{
			"fusion":                            "correlates alerts by models that are not published",
			"mlbehavioranalytics":               "is a model of machine learning that is not published",
			"microsoftsecurityincidentcreation": "makes incidents of the alerts of other products, and has no query",
			"threatintelligence":                "matches indicators that only Microsoft has",
		}[strings.ToLower(w.Text)]
		d.Type = w.Text
		d.r.errorf(d.r.span(w), "sentinel-kind-service", "a rule of kind %s %s; it runs in the service only", w.Text, why).Hint = "leave it out"
		d.ignoreRest()
		return false
	default:
		d.Type = w.Text
		suggest(d.r.errorf(d.r.span(w), "sentinel-kind", "unknown kind %q of analytic rule", w.Text), w.Text, []string{string(detection.Scheduled), string(detection.NRT)})
		d.ignoreRest()
		return false
	}
	return true
}

// ignoreRest reads the name of what cannot be run, and lets the other keys be.
func (d *draft) ignoreRest() {
	if name := d.m.word("name", "displayName"); name.Text != "" && !name.expression {
		d.named(name)
	}
	for _, e := range d.m.list {
		d.m.known(e.Key.Value)
	}
}

// properties reads what all rules have, under the names of YAML or of the API.
func (d *draft) properties() {
	m, a := d.m, d.Alert
	d.described(m.word("description"))
	m.known("description-detailed", "descriptionDetailed")
	if detailed := m.text("description-detailed", "descriptionDetailed"); detailed != "" && d.Description == "" {
		d.Description = unquote(detailed)
	}
	version := m.word("version", "templateVersion")
	d.versioned(version)
	d.severity(m.word("severity"))
	d.Status = m.text("status")
	d.connectors()
	d.tags()
	d.metadata()
	d.attack(m.words("tactics"), append(m.words("relevantTechniques", "techniques"), m.words("subTechniques")...))
	d.search(m.query("query"))
	d.timing()
	d.entities(m.each("entity mapping", "entityMappings"))
	for _, x := range m.each("entry of sentinelEntitiesMappings", "sentinelEntitiesMappings") {
		if w := x.word("columnName"); w.Text != "" {
			a.EntityColumns = append(a.EntityColumns, d.r.column(w))
		} else {
			x.missing(diag.Warning, "columnName")
		}
		x.done()
	}
	d.customDetails(m.entry("customDetails"))
	d.override(m.sub("alertDetailsOverride"))
	d.incident(m.sub("incidentConfiguration"))
	d.related(m.each("related detection", "related"))
	m.known("enabled", "alertRuleTemplateName", "etag", "lastModifiedUtc", "createdTimeUTC", "displayName", "name", "kind", "id", "solutionName", "sourceName")
}

// described sets the description. Many are a block whose text is quoted once more.
func (d *draft) described(w word) {
	d.Description = unquote(w.Text)
	if n := utf8.RuneCountInString(d.Description); n > longestText {
		d.r.warnf(d.r.span(w), "sentinel-description-length", "the description has %d characters; the service takes %d", n, longestText)
	}
}

// unquote strips single quotes around a text.
func unquote(text string) string {
	text = strings.TrimSpace(text)
	if len(text) >= 2 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return strings.TrimSpace(text[1 : len(text)-1])
	}
	return text
}

func (d *draft) versioned(w word) {
	if d.Alert.Version = w.Text; w.node == nil || w.expression {
		return
	}
	if !version.MatchString(w.Text) || len(w.Text) > 20 {
		d.r.notef(d.r.span(w), "sentinel-version", "%q is no version as the service has them", w.Text).Hint = "it is written 1.0.3"
	}
}

func (d *draft) severity(w word) {
	if w.node == nil || w.expression {
		if d.Alert.Kind != detection.HuntingQuery {
			d.Level = detection.Medium
			d.r.warnf(d.m.place("severity"), "sentinel-missing-key", "severity is missing in the %s; it is taken as Medium", d.m.what)
		}
		return
	}
	level, err := detection.LevelOf(w.Text)
	if d.Level = level; err != nil || level == detection.Critical {
		d.Level = detection.Medium
		suggest(d.r.warnf(d.r.span(w), "sentinel-severity", "unknown severity %q; it is taken as Medium", w.Text), w.Text, []string{"Informational", "Low", "Medium", "High"})
	}
}

// connectors reads what data the detection needs.
func (d *draft) connectors() {
	var sources []string
	seen := map[string]bool{}
	for _, x := range d.m.each("connector", "requiredDataConnectors") {
		c := detection.Connector{ID: x.text("connectorId"), DataTypes: textsOf(x.words("dataTypes", "datatypes")), Place: x.place("connectorId")}
		x.known("kind")
		x.done()
		d.Alert.Connectors = append(d.Alert.Connectors, c)
		for _, table := range c.DataTypes {
			if !seen[table] {
				seen[table] = true
				sources = append(sources, table)
			}
		}
	}
	d.DataSource = strings.Join(sources, ", ")
}

// tags reads labels: texts, or maps, of which those that name a schema of ASIM say something.
func (d *draft) tags() {
	e := d.m.entry("tags")
	if e == nil {
		return
	}
	for _, n := range e.Value.Content {
		switch {
		case isNull(n):
		case len(n.Content) == 0 && n.Value != "":
			d.Tags = append(d.Tags, strings.TrimSpace(n.Value))
		case len(n.Content) > 0:
			if x := d.r.fields("tag", n); x != nil {
				if schema := x.text("Schema"); schema != "" {
					d.Alert.Schemas = append(d.Alert.Schemas, detection.AlertSchema{Name: schema, Version: x.text("SchemaVersion")})
				}
			}
		}
	}
}

func (d *draft) metadata() {
	if x := d.m.sub("metadata"); x != nil {
		if author := x.sub("author"); author != nil {
			d.Author = author.text("name")
		}
	}
}

// search sets the query.
func (d *draft) search(text *diag.Text) {
	if text == nil {
		return
	}
	d.Search = text
	at := func(from, to int) diag.Span { return text.Place(diag.Span{Start: from, End: to}).Span }
	if n := utf8.RuneCountInString(text.String); n > longestQuery {
		d.r.notef(at(0, 1), "sentinel-query-length", "the query has %d characters; the service takes %d", n, longestQuery)
	}
	plain := codeOf(text.String)
	for _, m := range everything.FindAllStringIndex(plain, -1) {
		d.r.warnf(at(m[0], m[1]), "sentinel-everything", "the service refuses rules with %q", words(plain[m[0]:m[1]])).Hint = "name the tables"
	}
	seen := map[string]bool{}
	for _, p := range Placeholders(text.String) {
		switch {
		case p.Name != startPlaceholder && p.Name != endPlaceholder:
			suggest(d.r.warnf(at(p.Span.Start, p.Span.End), "sentinel-placeholder", "nothing is filled in for {{%s}} in a query", p.Name), p.Name, []string{startPlaceholder, endPlaceholder})
		case !seen[p.Name]:
			seen[p.Name] = true
			d.Alert.Placeholders = append(d.Alert.Placeholders, p.Name)
			if d.Alert.Kind != detection.HuntingQuery {
				d.r.warnf(at(p.Span.Start, p.Span.End), "sentinel-placeholder", "{{%s}} is the range of a hunt; a rule that runs by itself is given its window", p.Name)
			}
		}
	}
}

var everything = regexp.MustCompile(`(?i)\b(?:search|union)\s+\*`)

// timing reads when the rule runs and what makes it alert.
func (d *draft) timing() {
	m, a := d.m, d.Alert
	frequency, frequencyAt, hasFrequency := m.duration("queryFrequency")
	period, periodAt, hasPeriod := m.duration("queryPeriod")
	switch a.Kind {
	case detection.HuntingQuery: // a few say so all the same; nobody runs them by themselves
		m.known("triggerOperator", "triggerThreshold")
		d.Answer = &detection.Answer{Kind: detection.Hunting, Severity: d.Level.String()}
		return
	case detection.NRT:
		for _, key := range []string{"queryFrequency", "queryPeriod", "triggerOperator", "triggerThreshold"} {
			if m.has(key) {
				d.r.notef(m.place(key), "sentinel-nrt", "a rule of kind NRT has no %s; it is ignored", key)
			}
		}
		d.Schedule = &detection.Schedule{Every: minute, Period: minute, Delay: nrtDelay, Clock: detection.ArrivalTime}
	default:
		d.trigger()
		if hasFrequency {
			a.Frequency = frequency
			d.within(frequencyAt, "queryFrequency", frequency)
		} else if !m.has("queryFrequency") {
			m.missing(diag.Warning, "queryFrequency").Hint = "without it the rule has no schedule, only an answer for all of the data"
		}
		if hasPeriod {
			a.Period = period
			d.within(periodAt, "queryPeriod", period)
		} else if !m.has("queryPeriod") {
			m.missing(diag.Warning, "queryPeriod").Hint = "without it the rule has no schedule, only an answer for all of the data"
		}
		switch {
		case !hasFrequency || !hasPeriod:
		case period < frequency:
			d.r.warnf(periodAt, "sentinel-period", "the rule runs each %s over %s only: what happens in between is never looked at", formatDuration(frequency), formatDuration(period)).
				Hint = "queryPeriod is at least queryFrequency"
		case period >= longPeriod && frequency < hour:
			d.r.warnf(frequencyAt, "sentinel-period", "a rule over %s may run each hour at most; this one runs each %s", formatDuration(period), formatDuration(frequency))
		}
		if w := m.word("startTimeUtc"); w.Text != "" && !w.expression {
			var ok bool
			if a.Start, ok = parseTime(w.Text); !ok {
				d.r.warnf(d.r.span(w), "sentinel-start", "%q is no time", w.Text).Hint = "it is written 2024-05-01T06:00:00Z"
			}
		}
		if hasFrequency && hasPeriod && frequency > 0 && period > 0 {
			d.Schedule = &detection.Schedule{Every: frequency, Period: period, Delay: ingestDelay, Start: a.Start}
		}
	}
	m.known("startTimeUtc")
	if d.Schedule != nil {
		d.Schedule.Disabled = !m.truth(true, "enabled")
	}
	d.grouping()
	d.suppression()
}

// within warns of a duration that the service would not take.
func (d *draft) within(at diag.Span, key string, ticks int64) {
	switch {
	case ticks <= 0:
		d.r.errorf(at, "sentinel-period", "%s is nothing", key)
	case ticks < shortestFrequency:
		d.r.warnf(at, "sentinel-period", "%s of %s is shorter than the %s that the service takes", key, formatDuration(ticks), formatDuration(shortestFrequency))
	case ticks > longestPeriod:
		d.r.warnf(at, "sentinel-period", "%s of %s is longer than the %s that the service takes", key, formatDuration(ticks), formatDuration(longestPeriod))
	}
}

var operators = map[string]string{"gt": "gt", "greaterthan": "gt", "lt": "lt", "lessthan": "lt", "eq": "eq", "equal": "eq", "ne": "ne", "notequal": "ne"}

// trigger reads what the number of rows is compared with.
func (d *draft) trigger() {
	m, a := d.m, d.Alert
	a.Trigger.Operator = "gt"
	if w := m.word("triggerOperator"); w.Text == "" {
		m.missing(diag.Warning, "triggerOperator").Hint = "it is taken as gt"
	} else if op := operators[strings.ToLower(w.Text)]; op != "" {
		a.Trigger.Operator = op
	} else {
		suggest(d.r.errorf(d.r.span(w), "sentinel-trigger", "unknown operator %q", w.Text), w.Text, []string{"gt", "lt", "eq", "ne", "GreaterThan", "LessThan", "Equal", "NotEqual"})
	}
	n, at, ok := m.integer("triggerThreshold")
	switch {
	case !ok && !m.has("triggerThreshold"):
		m.missing(diag.Warning, "triggerThreshold").Hint = "it is taken as 0"
	case ok && (n < 0 || n > highestThreshold):
		d.r.warnf(at, "sentinel-trigger", "the service takes thresholds from 0 to %d, not %d", highestThreshold, n)
		fallthrough
	case ok:
		a.Trigger.Threshold = n
	}
}

// grouping reads whether each row is an alert.
func (d *draft) grouping() {
	x := d.m.sub("eventGroupingSettings")
	if x == nil {
		return
	}
	switch w := x.word("aggregationKind"); strings.ToLower(w.Text) {
	case "", "singlealert":
	case "alertperresult":
		d.Alert.PerResult = true
	default:
		suggest(d.r.warnf(d.r.span(w), "sentinel-aggregation", "unknown aggregation %q; it is taken as SingleAlert", w.Text), w.Text, []string{"SingleAlert", "AlertPerResult"})
	}
	x.done()
}

// suppression reads for how long the rule rests after an alert.
func (d *draft) suppression() {
	enabled := d.m.truth(false, "suppressionEnabled")
	ticks, at, ok := d.m.duration("suppressionDuration")
	if !enabled {
		return
	}
	if !ok {
		ticks = defaultSuppress
	} else if ticks > longestSuppress {
		d.r.warnf(at, "sentinel-suppression", "the service suppresses for %s at most, not %s", formatDuration(longestSuppress), formatDuration(ticks))
	}
	d.Alert.Suppression = ticks
}
