package escu

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// A stanza of savedsearches.conf says of a detection what its file says, in the form in which Splunk runs it: risk as JSON, the
// finding as parameters of an action, the kind in an annotation.

// searchOf reads a stanza of savedsearches.conf.
func (f *File) searchOf(r *reader, s *merged, o Options) {
	search := s.setting("search")
	if search == nil || strings.TrimSpace(search.Value.String) == "" {
		r.complain(diag.Info, s.place, "escu-conf-no-search", "the stanza %q has no search, so it is no detection", s.name)
		return
	}
	if s.text("action.escu.search_type") == "investigative" {
		r.complain(diag.Info, s.place, "escu-conf-investigation", "%q is an investigation, which a person runs", s.name)
		return
	}
	if f.Context {
		return
	}
	a := &detection.Answer{}
	d := &detection.Detection{Language: detection.SPL, Path: f.Source.Name, Query: f.Source, Span: s.span, Answer: a, Search: search.Value, Version: 1}
	d.Title = titleOf(s.name)
	d.Name = Stem(d.Title)
	d.Description = s.text("description")
	d.HowToImplement, d.KnownFalsePositives = s.text("action.escu.how_to_implement"), s.text("action.escu.known_false_positives")
	if d.KnownFalsePositives != "" {
		d.FalsePositives = []string{d.KnownFalsePositives}
	}
	d.Date, d.Modified = s.text("action.escu.creation_date"), s.text("action.escu.modification_date")
	d.Products = s.list("action.escu.product")
	d.AtomicGUIDs = s.list("action.escu.atomic_red_team_guids")
	s.metadata(d)
	s.annotations(d, o)
	s.risk(a)
	s.finding(a)
	s.suppression(a)
	if a.Kind == "" {
		a.Kind = kindBy(a, s.text("action.escu.search_type"))
	}
	if d.Type == "" {
		d.Type = string(a.Kind)
	}
	if a.Severity == "" {
		a.Severity = severityFor(a)
	}
	d.Level = levelOf(a)
	d.Schedule = &detection.Schedule{Cron: s.text("cron_schedule"), Earliest: s.text("dispatch.earliest_time"), Latest: s.text("dispatch.latest_time"),
		Window: s.text("schedule_window"), Disabled: s.truth(r, "disabled", false), Continuous: !s.truth(r, "realtime_schedule", true)}
	if d.ID == "" { // what Splunk knows it by
		d.ID = s.name
	}
	s.trigger(d)
	s.unknown()
	f.Detections = append(f.Detections, d)
}

// titleOf returns the name of a detection by the name of its saved search: "ESCU - name - Rule".
func titleOf(stanza string) string {
	name, rule := strings.CutSuffix(stanza, " - Rule")
	if _, behind, ok := strings.Cut(name, " - "); ok && (rule || strings.HasPrefix(stanza, "ESCU - ")) {
		return behind
	}
	return name
}

// kindBy tells the kind of a search that does not say it by what it does.
func kindBy(a *detection.Answer, searchType string) detection.Kind {
	switch {
	case searchType == "support":
		return detection.Baseline
	case a.Finding && a.Risk:
		return detection.TTP
	case a.Risk:
		return detection.Anomaly
	case a.Finding:
		return detection.Correlation
	}
	return detection.Hunting
}

// object decodes a setting that holds JSON; false if there is none, or none that can be read.
func (s *merged) object(key string, into any) bool {
	v := s.setting(key)
	if v == nil || strings.TrimSpace(v.Value.String) == "" {
		return false
	}
	err := json.Unmarshal([]byte(v.Value.String), into)
	if err == nil {
		return true
	}
	span := v.span()
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) {
		at := min(max(int(syntax.Offset)-1, 0), len(v.Value.String))
		span = v.Value.Place(diag.Span{Start: at, End: at + 1}).Span
	} else if errors.As(err, &kind) {
		at := min(max(int(kind.Offset)-1, 0), len(v.Value.String))
		span = v.Value.Place(diag.Span{Start: at, End: at + 1}).Span
	}
	v.r.errorf(span, "escu-json", "%s holds no JSON of the right form: %v", key, strings.TrimPrefix(err.Error(), "json: "))
	return false
}

// list returns a setting that holds a JSON list of texts, or names with commas between them.
func (s *merged) list(key string) []string {
	text := s.text(key)
	if !strings.HasPrefix(text, "[") {
		return split(text)
	}
	var list []string
	s.object(key, &list)
	return list
}

// metadata reads who the detection is.
func (s *merged) metadata(d *detection.Detection) {
	var m struct {
		ID         string `json:"detection_id"`
		Version    any    `json:"detection_version"`
		Deprecated any    `json:"deprecated"`
	}
	if !s.object("action.correlationsearch.metadata", &m) {
		return
	}
	d.ID = m.ID
	if n, err := strconv.Atoi(fmt.Sprint(m.Version)); err == nil {
		d.Version = n
	}
	if fmt.Sprint(m.Deprecated) == "1" {
		d.Status = "deprecated"
	}
}

// annotations reads the annotations, which hold the kind as well.
func (s *merged) annotations(d *detection.Detection, o Options) {
	values := map[string]any{}
	s.object("action.correlationsearch.annotations", &values)
	a := annotations{}
	for name, value := range values {
		switch value := value.(type) {
		case []any:
			for _, v := range value {
				a[name] = append(a[name], fmt.Sprint(v))
			}
		case nil, map[string]any:
		default:
			a[name] = []string{fmt.Sprint(value)}
		}
	}
	delete(a, "type_list")
	if len(a["analytic_story"]) == 0 {
		a["analytic_story"] = s.list("action.escu.analytic_story")
	}
	d.Stories, d.DataSources, d.CVE = a["analytic_story"], a["data_source"], a["cve"]
	d.DataSource = strings.Join(d.DataSources, ", ")
	for _, technique := range a["mitre_attack"] {
		d.Tags = append(d.Tags, "attack."+strings.ToLower(technique))
	}
	if len(a["kill_chain_phases"]) == 0 {
		a["kill_chain_phases"] = phasesOf(d.Techniques(), o)
	}
	if len(a["type"]) > 0 {
		d.Type = a["type"][0]
		if d.Answer.Kind = kindOf(d.Type); d.Answer.Kind == "" {
			v := s.setting("action.correlationsearch.annotations")
			suggest(v.r.warnf(v.span(), "escu-kind", "unknown type %q", d.Type), d.Type, kindNames())
		}
	}
	d.Answer.Annotations = a.ordered()
}

// risk reads the risk action.
func (s *merged) risk(a *detection.Answer) {
	var objects []struct {
		Field       string `json:"risk_object_field"`
		Type        string `json:"risk_object_type"`
		Score       any    `json:"risk_score"`
		ThreatField string `json:"threat_object_field"`
		ThreatType  string `json:"threat_object_type"`
	}
	a.Message = s.text("action.risk.param._risk_message")
	a.Risk = s.on("action.risk")
	if !s.object("action.risk.param._risk", &objects) {
		if field := s.text("action.risk.param._risk_object"); field != "" { // the oldest form: one object
			score, _ := s.integer("action.risk.param._risk_score", 0, 100)
			a.RiskObjects = []detection.RiskObject{{Field: field, Type: otherwise(s.text("action.risk.param._risk_object_type"), "other"), Score: score}}
			a.RiskScore = score
		}
		return
	}
	v := s.setting("action.risk.param._risk")
	for _, o := range objects {
		switch {
		case o.Field != "":
			score, err := strconv.ParseFloat(fmt.Sprint(o.Score), 64)
			if err != nil || score < 0 || score > 100 {
				v.r.errorf(v.span(), "escu-number", "risk_score of %s must be a number from 0 to 100, not %v", o.Field, o.Score)
			}
			v.r.oneOf(o.Type, v.span(), "type of risk object", "escu-risk-type", riskTypes)
			a.RiskObjects = append(a.RiskObjects, detection.RiskObject{Field: o.Field, Type: o.Type, Score: int(score)})
			a.RiskScore = max(a.RiskScore, int(score))
		case o.ThreatField != "":
			a.ThreatObjects = append(a.ThreatObjects, detection.ThreatObject{Field: o.ThreatField, Type: o.ThreatType})
		default:
			v.r.errorf(v.span(), "escu-json", "an entry of action.risk.param._risk has neither risk_object_field nor threat_object_field")
		}
	}
}

// on says whether an action is switched on.
func (s *merged) on(action string) bool {
	v := s.setting(action)
	return v != nil && s.truth(v.r, action, false)
}

// finding reads the action that makes findings.
func (s *merged) finding(a *detection.Answer) {
	const parameter = "action.notable.param."
	a.Finding = s.on("action.notable")
	a.Title, a.Description = s.text(parameter+"rule_title"), s.text(parameter+"rule_description")
	a.FindingFields = split(s.text(parameter + "nes_fields"))
	a.SecurityDomain, a.Severity = s.text(parameter+"security_domain"), s.text(parameter+"severity")
	if a.Finding {
		a.Title, a.Description = otherwise(a.Title, defaultTitle), otherwise(a.Description, defaultDescription)
	}
	if v := s.setting(parameter + "severity"); v != nil && a.Severity != "" {
		if _, err := detection.LevelOf(a.Severity); err != nil {
			v.r.warnf(v.span(), "escu-severity", "%v", err)
		}
	}
	for _, x := range s.drilldowns(parameter) {
		a.Drilldowns = append(a.Drilldowns, detection.Drilldown{Name: x.Name, Search: x.Search, Earliest: string(x.Earliest), Latest: string(x.Latest)})
	}
	if search := s.text(parameter + "drilldown_search"); search != "" {
		a.Drilldowns = append(a.Drilldowns, detection.Drilldown{Name: s.text(parameter + "drilldown_name"), Search: search,
			Earliest: s.text(parameter + "drilldown_earliest_offset"), Latest: s.text(parameter + "drilldown_latest_offset")})
	}
}

// drilldown is one in the JSON of a saved search.
type drilldown struct {
	Name     string `json:"name"`
	Search   string `json:"search"`
	Earliest text   `json:"earliest_offset"`
	Latest   text   `json:"latest_offset"`
}

// text is a JSON text or number.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	if *t = ""; v != nil {
		*t = text(fmt.Sprint(v))
	}
	return nil
}

// drilldowns reads the list of drilldowns, which may stand there as JSON or as a JSON text that holds such JSON.
func (s *merged) drilldowns(parameter string) []drilldown {
	key := parameter + "drilldown_searches"
	var list []drilldown
	if strings.HasPrefix(s.text(key), `"`) {
		var inner string
		if s.object(key, &inner) {
			if err := json.Unmarshal([]byte(inner), &list); err != nil {
				v := s.setting(key)
				v.r.errorf(v.span(), "escu-json", "%s holds no JSON of the right form: %v", key, err)
			}
		}
		return list
	}
	s.object(key, &list)
	return list
}

// suppression reads after which time a row like one before counts again.
func (s *merged) suppression(a *detection.Answer) {
	if !s.on("alert.suppress") {
		return
	}
	t := &detection.Throttle{Fields: split(s.text("alert.suppress.fields"))}
	period := s.setting("alert.suppress.period")
	if period == nil {
		v := s.setting("alert.suppress")
		v.r.errorf(v.Place, "escu-missing-key", "alert.suppress needs alert.suppress.period")
		return
	}
	var ok bool
	if t.Period, ok = periodOf(strings.TrimSpace(period.Value.String)); !ok {
		period.r.errorf(period.span(), "escu-period", "%q is no period", period.Value.String).Hint = "it is written 86400s, 1440m or 24h"
	}
	a.Throttle = t
}

var relations = map[string]string{"greater than": ">", "less than": "<", "equal to": "=", "not equal to": "!="}

// trigger appends to the search the condition on the number of its rows under which it fires at all, unless that is any row.
func (s *merged) trigger(d *detection.Detection) {
	counts := otherwise(s.text("counttype"), "always")
	relation, quantity := s.text("relation"), otherwise(s.text("quantity"), "0")
	v := s.setting("counttype")
	operator := relations[relation]
	number, err := strconv.Atoi(quantity)
	switch {
	case counts == "always", counts == "number of events" && operator == ">" && number == 0 && err == nil,
		counts == "number of events" && operator == "!=" && number == 0 && err == nil:
		return
	case counts == "number of events" && operator != "" && err == nil && number >= 0:
		where := v
		if q := s.setting("quantity"); q != nil && q.Value.String != "" {
			where = q
		}
		search := &diag.TextBuilder{}
		search.AddText(d.Search, diag.Span{End: len(d.Search.String)}, nil)
		search.Add(fmt.Sprintf(" | eventstats count as __rows | where __rows %s %d | fields - __rows", operator, number), where.r.source, where.span())
		d.Search = search.Text()
		return
	}
	v.r.errorf(v.span(), "escu-trigger", "a search that fires by %s %s %s is not supported", counts, relation, quantity).
		Hint = "write the condition into the search, and let it fire when the number of events is greater than 0"
}

// settings are those of savedsearches.conf that mean something here, or could but do nothing.
var (
	knownSetting = map[string]bool{"search": true, "description": true, "cron_schedule": true, "schedule_window": true, "realtime_schedule": true, "disabled": true,
		"enableSched": true, "counttype": true, "relation": true, "quantity": true, "alert_condition": true, "allow_skew": true, "is_visible": true, "is_scheduled": true,
		"max_concurrent": true, "schedule_priority": true, "run_on_startup": true, "run_n_times": true, "vsid": true, "displayview": true, "userid": true, "args": true,
		"restart_on_searchpeer_add": true, "precalculate_required_fields_for_alerts": true, "defer_scheduled_searchable_idxc": true, "skip_scheduled_realtime_idxc": true,
		"federated.provider": true, "sendresults": true, "action_rss": true, "nextrun": true, "qualifiedSearch": true}
	knownPrefix = regexp.MustCompile(`^(action|actions|alert|auto_summarize|dispatch|dispatchAs|display|durable|estimatedResultCount|federated|request|role|workload|rapid)([._]|$)`)
	// ourSettings are those among the prefixes of which a misspelling would change the answer.
	ourSettings = []string{"action.risk", "action.risk.param._risk", "action.risk.param._risk_message", "action.risk.param._risk_score", "action.notable",
		"action.notable.param.rule_title", "action.notable.param.rule_description", "action.notable.param.nes_fields", "action.notable.param.severity",
		"action.notable.param.security_domain", "action.notable.param.drilldown_searches", "action.correlationsearch.annotations", "action.correlationsearch.metadata",
		"action.correlationsearch.enabled", "action.correlationsearch.label", "alert.suppress", "alert.suppress.fields", "alert.suppress.period",
		"dispatch.earliest_time", "dispatch.latest_time"}
)

// unknown warns of settings that mean nothing to Splunk.
func (s *merged) unknown() {
	names := append([]string{}, ourSettings...)
	for name := range knownSetting {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, key := range s.order {
		if knownSetting[key] || knownPrefix.MatchString(key) && !misspelt(key) {
			continue
		}
		v := s.setting(key)
		suggest(v.r.warnf(v.Place, "escu-unknown-key", "unknown setting %q of a saved search", key), key, names)
	}
}

// misspelt says whether a setting is none of ours, but nearly.
func misspelt(key string) bool {
	near := false
	for _, name := range ourSettings {
		if key == name {
			return false
		}
		near = near || oneEdit(key, name)
	}
	return near
}

// oneEdit says whether one letter more, less or other makes one word the other, or two neighbours that change places.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	same := 0
	for same < len(a) && a[same] == b[same] {
		same++
	}
	switch len(b) - len(a) {
	case 0:
		return same < len(a) && (a[same+1:] == b[same+1:] ||
			same+1 < len(a) && a[same] == b[same+1] && a[same+1] == b[same] && a[same+2:] == b[same+2:])
	case 1:
		return a[same:] == b[same+1:]
	}
	return false
}
