package report

import (
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection"
	"goshawk/detection/escu"
	"goshawk/diag"
	"goshawk/finding"
	"goshawk/plan"
	"goshawk/taxonomy/attack"
)

// Rule is everything there is to say about one detection of any language: what its author says, what that became, and what the
// engine knows of it. Its JSON is a shape that other programs rely on; the pages for people are made of the same (rule_doc.go). The keys
// that `rules list` has come first, the rule's text, its plan and what is wrong with it last.
type Rule struct {
	ID        string   `json:"id"`
	Title     string   `json:"title"`
	Language  string   `json:"language"`
	Level     string   `json:"level"`
	Status    string   `json:"status"`
	LogSource string   `json:"logsource"`
	Mode      string   `json:"mode"`
	Reason    string   `json:"reason"`
	Author    string   `json:"author"`
	Path      string   `json:"path"`
	Attack    []string `json:"attack"`

	Version     int             `json:"version,omitempty"`
	Date        string          `json:"date"`
	Modified    string          `json:"modified,omitempty"`
	Type        string          `json:"type,omitempty"`
	License     string          `json:"license,omitempty"`
	Deprecated  string          `json:"deprecated,omitempty"`
	Description string          `json:"description"`
	Techniques  []RuleTechnique `json:"techniques"`
	Tags        []string        `json:"tags"`
	Fields      []string        `json:"fields,omitempty"`

	Search   string       `json:"search,omitempty"`
	Expanded string       `json:"search_expanded,omitempty"`
	Macros   []RuleMacro  `json:"macros,omitempty"`
	Lookups  []RuleLookup `json:"lookups,omitempty"`

	DataSources    []RuleDataSource `json:"data_sources,omitempty"`
	RequiredFields []string         `json:"required_fields,omitempty"`
	Stories        []RuleStory      `json:"stories,omitempty"`
	Baselines      []string         `json:"baselines,omitempty"`
	AssetType      string           `json:"asset_type,omitempty"`
	Products       []string         `json:"products,omitempty"`
	CVE            []string         `json:"cve,omitempty"`
	AtomicGUIDs    []string         `json:"atomic_guids,omitempty"`

	Configuration *RuleConfiguration `json:"configuration,omitempty"`
	Risk          *RuleRisk          `json:"risk,omitempty"`
	Annotations   []RuleAnnotation   `json:"annotations,omitempty"`
	Drilldowns    []RuleDrilldown    `json:"drilldowns,omitempty"`

	// What rules of Sentinel and Defender have.
	Alert *RuleAlert `json:"alert,omitempty"`
	Query *RuleQuery `json:"query,omitempty"`

	Related []RuleRelation `json:"related,omitempty"`

	HowToImplement string   `json:"how_to_implement,omitempty"`
	FalsePositives []string `json:"false_positives"`
	References     []string `json:"references"`
	ManualTest     string   `json:"manual_test,omitempty"`

	Tests  []RuleTest `json:"tests"`
	Engine RuleEngine `json:"engine"`
	Logs   *RuleLogs  `json:"logs,omitempty"`

	Source      string           `json:"source"`
	Plan        string           `json:"plan,omitempty"`
	Diagnostics []RuleDiagnostic `json:"diagnostics"`

	pieces   []piece // of Expanded
	rendered []string
	refused  bool
}

// RuleTechnique is a technique of ATT&CK that a rule names. Was is the author's own identifier where a later version has another.
type RuleTechnique struct {
	ID      string   `json:"id"`
	Was     string   `json:"was,omitempty"`
	Name    string   `json:"name"`
	Tactics []string `json:"tactics"`
}

// RuleMacro is a macro that the search uses. Slot says that it is the rule's place for exceptions, Filled that somebody filled it.
type RuleMacro struct {
	Name        string   `json:"name"`
	Arguments   []string `json:"arguments,omitempty"`
	Definition  string   `json:"definition"`
	Description string   `json:"description,omitempty"`
	Path        string   `json:"path"`
	Slot        bool     `json:"slot,omitempty"`
	Filled      bool     `json:"filled,omitempty"`
}

// RuleLookup is a table that the search looks into.
type RuleLookup struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Kind        string   `json:"kind"`
	Columns     []string `json:"columns"`
	Rows        int      `json:"rows"`
	Missing     string   `json:"missing,omitempty"`
	Path        string   `json:"path"`
}

// RuleDataSource is a data source that the rule names. With is what the author needs together with it; Known says that the content
// describes it.
type RuleDataSource struct {
	Name        string   `json:"name"`
	With        []string `json:"with,omitempty"`
	Known       bool     `json:"known"`
	Description string   `json:"description,omitempty"`
	Source      string   `json:"source,omitempty"`
	Sourcetype  string   `json:"sourcetype,omitempty"`
	AddOns      []string `json:"add_ons,omitempty"`
}

// RuleStory is a story that the rule belongs to.
type RuleStory struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Categories  []string `json:"categories,omitempty"`
	UseCase     string   `json:"use_case,omitempty"`
}

// RuleConfiguration is how its author ships a rule.
type RuleConfiguration struct {
	Disabled   bool         `json:"disabled"`
	Cron       string       `json:"cron"`
	Earliest   string       `json:"earliest"`
	Latest     string       `json:"latest"`
	Window     string       `json:"window"`
	Continuous bool         `json:"continuous"`
	Finding    *RuleFinding `json:"finding"` // null: it creates none
	RiskEvents bool         `json:"risk_events"`
	Throttle   *struct {
		Fields  []string `json:"fields"`
		Seconds int64    `json:"seconds"`
	} `json:"throttle,omitempty"`
}

// RuleFinding is the finding that a row makes, as templates.
type RuleFinding struct {
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Fields      []string `json:"fields"`
	Severity    string   `json:"severity"`
}

// RuleRisk is what a row says and what it weighs.
type RuleRisk struct {
	Message        string       `json:"message,omitempty"`
	Impact         int          `json:"impact,omitempty"`
	Confidence     int          `json:"confidence,omitempty"`
	Score          int          `json:"score"`
	SecurityDomain string       `json:"security_domain,omitempty"`
	RiskObjects    []RuleEntity `json:"risk_objects"`
	ThreatObjects  []RuleEntity `json:"threat_objects"`
}

// RuleEntity is a field of the row that holds an entity.
type RuleEntity struct {
	Field   string `json:"field"`
	Type    string `json:"type"`
	Score   int    `json:"score,omitempty"`
	Message string `json:"message,omitempty"`
}

// RuleAnnotation is a property that findings and risk events carry.
type RuleAnnotation struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// RuleDrilldown is a search that helps whoever looks at a finding, as a template.
type RuleDrilldown struct {
	Name     string `json:"name"`
	Search   string `json:"search"`
	Earliest string `json:"earliest"`
	Latest   string `json:"latest"`
}

// RuleTest is a test of a rule with what came of it.
type RuleTest struct {
	Kind   string         `json:"kind"`
	Name   string         `json:"name,omitempty"`
	Status string         `json:"status"` // pass, fail, skip, error; or "not run"
	Reason string         `json:"reason,omitempty"`
	Rows   int            `json:"rows,omitempty"`
	Data   []RuleTestData `json:"data,omitempty"`
	Passed string         `json:"last_passed,omitempty"` // RFC 3339
}

// RuleTestData is what a test is run over.
type RuleTestData struct {
	Path       string `json:"path"`
	URL        string `json:"url,omitempty"`
	Source     string `json:"source,omitempty"`
	Sourcetype string `json:"sourcetype,omitempty"`
}

// RuleEngine is what the engine itself says of a rule.
type RuleEngine struct {
	Runs   bool       `json:"runs"` // false: it is refused, and the diagnostics say why
	Mode   string     `json:"mode,omitempty"`
	Reason string     `json:"reason,omitempty"`
	Feeds  []RuleFeed `json:"feeds,omitempty"`
	// Output are the fields of a row; more says that there can be others.
	Output        []string `json:"output,omitempty"`
	More          bool     `json:"more,omitempty"`
	TimeDependent bool     `json:"time_dependent,omitempty"`
	Commands      []string `json:"commands,omitempty"`
	// Unusual counts the conditions that mean something else where AND goes before OR.
	Unusual int      `json:"unusual_precedence,omitempty"`
	Writes  []string `json:"writes,omitempty"`
}

// RuleFeed is a place where a rule reads events: the table, the columns, and what a single event must meet.
type RuleFeed struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
	Where   string   `json:"where,omitempty"`
}

// RuleLogs is what came of comparing a rule with logs.
type RuleLogs struct {
	Records  int64    `json:"records"`
	Findings int64    `json:"findings"`
	Blind    string   `json:"blind,omitempty"` // why it could not have fired, whatever happened
	Fields   []string `json:"missing_fields,omitempty"`
}

// RuleDiagnostic is something that is wrong with a rule.
type RuleDiagnostic struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
}

// RuleOf returns what there is to say about a rule. Tests and logs are left for those who run them.
func RuleOf(r *compile.Rule) *Rule {
	d := r.Detection
	v := &Rule{
		ID: d.ID, Title: ruleTitle(d), Language: string(d.Language), Level: d.Level.String(), Status: d.Status, LogSource: d.DataSource, Mode: r.Mode,
		Reason: r.ModeReason, Author: d.Author, Path: d.Path, Attack: append([]string{}, finding.Techniques(d)...),
		Version: d.Version, Date: d.Date, Modified: d.Modified, Type: d.Type, License: d.License, Deprecated: d.Deprecated,
		Description: strings.TrimSpace(d.Description), Tags: append([]string{}, d.Tags...), Fields: d.Fields,
		RequiredFields: d.RequiredFields, Baselines: d.Baselines, AssetType: d.AssetType, Products: d.Products, CVE: d.CVE, AtomicGUIDs: d.AtomicGUIDs,
		HowToImplement: d.HowToImplement, FalsePositives: append([]string{}, d.FalsePositives...), References: append([]string{}, d.References...),
		ManualTest: d.ManualTest, Tests: []RuleTest{}, Source: wholeText(d), Diagnostics: []RuleDiagnostic{}, refused: r.Refused,
	}
	if r.Refused {
		v.Mode, v.Reason = "refused", firstError(r.Diagnostics)
	} else {
		v.Plan = strings.TrimRight(plan.String(r.Plan), "\n")
	}
	v.techniques()
	v.search(r)
	v.content(r)
	v.answer(d)
	v.engine(r)
	v.alert(d)
	v.query(r)
	v.related(d)
	for _, one := range r.Diagnostics {
		place := one.Position()
		v.Diagnostics = append(v.Diagnostics, RuleDiagnostic{one.Code, one.Severity.String(), place.Line, place.Column, one.Message, one.Hint})
		v.rendered = append(v.rendered, one.Render())
	}
	return v
}

// wholeText is a detection as its author wrote it.
func wholeText(d *detection.Detection) string {
	if d.Query == nil {
		return ""
	}
	text := d.Query.Text
	if start, end := d.Span.Start, d.Span.End; 0 <= start && start < end && end <= len(text) {
		text = text[start:end]
	}
	return text
}

func firstError(list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return d.Error()
		}
	}
	return ""
}

// techniques names the techniques and their tactics.
func (v *Rule) techniques() {
	v.Techniques = []RuleTechnique{}
	for _, id := range v.Attack {
		t := RuleTechnique{ID: attack.Current(id), Tactics: []string{}}
		if t.ID != id {
			t.Was = id
		}
		title, slugs, _ := attack.Technique(id)
		t.Name = title
		for _, slug := range slugs {
			if tactic, ok := attack.TacticName(slug); ok {
				t.Tactics = append(t.Tactics, tactic)
			}
		}
		v.Techniques = append(v.Techniques, t)
	}
}

// search describes the search of a detection that has one beside its file, and what that refers to.
func (v *Rule) search(r *compile.Rule) {
	if r.Detection.Search != nil {
		v.Search = strings.TrimSpace(r.Detection.Search.String)
	} else if r.Detection.Language == detection.SPL {
		v.Search = strings.TrimSpace(v.Source)
	}
	if r.Search != nil && r.Search.Text != nil {
		v.Expanded, v.pieces = expanded(r.Search.Text)
	}
	for _, m := range r.Macros {
		one := RuleMacro{Name: m.Name, Arguments: m.Args, Description: m.Description, Path: m.Path, Slot: m.Slot}
		if m.Definition != nil {
			one.Definition = m.Definition.String
		}
		own := escu.FilterName(r.Detection.Title) == m.Name
		one.Slot = one.Slot || own
		one.Filled = one.Slot && strings.Join(strings.Fields(one.Definition), " ") != "search *"
		v.Macros = append(v.Macros, one)
	}
	for _, l := range r.Lookups {
		v.Lookups = append(v.Lookups, RuleLookup{Name: l.Name, Description: l.Description, Kind: string(l.Kind), Columns: l.Columns, Rows: len(l.Rows),
			Missing: l.Missing, Path: l.Path})
	}
}

// content looks up what the content knows of the data sources and stories that a detection names.
func (v *Rule) content(r *compile.Rule) {
	var sources map[string]*escu.DataSource
	var stories map[string]*escu.Story
	if r.Content != nil {
		sources, stories = r.Content.DataSources, r.Content.Stories
	}
	for _, alternative := range r.Detection.DataSources {
		names := strings.Split(alternative, " AND ")
		for i := range names {
			names[i] = strings.TrimSpace(names[i])
		}
		for i, n := range names {
			one := RuleDataSource{Name: n, With: slices.Delete(slices.Clone(names), i, i+1)}
			if s := sources[n]; s != nil {
				one.Known, one.Description, one.Source, one.Sourcetype = true, s.Description, s.Source, s.Sourcetype
				for _, a := range s.AddOns {
					one.AddOns = append(one.AddOns, strings.TrimSpace(a.Name+" "+a.Version))
				}
			}
			v.DataSources = append(v.DataSources, one)
		}
	}
	for _, n := range r.Detection.Stories {
		one := RuleStory{Name: n}
		if s := stories[n]; s != nil {
			one.Description, one.Categories, one.UseCase = s.Description, s.Categories, s.UseCase
		}
		v.Stories = append(v.Stories, one)
	}
}

// answer describes what becomes of a row.
func (v *Rule) answer(d *detection.Detection) {
	a := d.Answer
	if a == nil {
		return
	}
	c := &RuleConfiguration{RiskEvents: a.Risk && len(a.RiskObjects) > 0}
	if s := d.Schedule; s != nil {
		c.Disabled, c.Cron, c.Earliest, c.Latest, c.Window, c.Continuous = s.Disabled, s.Cron, s.Earliest, s.Latest, s.Window, s.Continuous
	}
	if a.Finding {
		c.Finding = &RuleFinding{a.Title, a.Description, append([]string{}, a.FindingFields...), a.Severity}
	}
	if t := a.Throttle; t != nil {
		c.Throttle = &struct {
			Fields  []string `json:"fields"`
			Seconds int64    `json:"seconds"`
		}{t.Fields, t.Period / 10_000_000}
	}
	v.Configuration = c
	risk := &RuleRisk{Message: a.Message, Impact: a.Impact, Confidence: a.Confidence, Score: a.RiskScore, SecurityDomain: a.SecurityDomain,
		RiskObjects: []RuleEntity{}, ThreatObjects: []RuleEntity{}}
	for _, o := range a.RiskObjects {
		risk.RiskObjects = append(risk.RiskObjects, RuleEntity{o.Field, o.Type, o.Score, o.Message})
	}
	for _, o := range a.ThreatObjects {
		risk.ThreatObjects = append(risk.ThreatObjects, RuleEntity{Field: o.Field, Type: o.Type})
	}
	v.Risk = risk
	for _, n := range a.Annotations {
		v.Annotations = append(v.Annotations, RuleAnnotation(n))
	}
	for _, x := range a.Drilldowns {
		v.Drilldowns = append(v.Drilldowns, RuleDrilldown(x))
	}
}

// engine describes what a rule became.
func (v *Rule) engine(r *compile.Rule) {
	e := &v.Engine
	if e.Runs = !r.Refused; !e.Runs {
		return
	}
	e.Mode, e.Reason = r.Mode, r.ModeReason
	for _, f := range r.Feeds {
		feed := RuleFeed{Table: f.Table, Columns: []string{}}
		if f.Scan != nil {
			for _, c := range f.Scan.Columns() {
				feed.Columns = append(feed.Columns, c.Name)
			}
		}
		if f.Where != nil {
			feed.Where = plan.ExprString(f.Where)
		}
		e.Feeds = append(e.Feeds, feed)
	}
	if s := r.Search; s != nil {
		e.Output, e.More, e.TimeDependent, e.Commands, e.Unusual = s.Fields, s.Open, s.TimeDependent, s.Commands, s.Unusual
		for _, w := range s.Writes {
			e.Writes = append(e.Writes, w.Lookup)
		}
	}
}
