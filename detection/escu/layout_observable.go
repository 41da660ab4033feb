package escu

import (
	"math"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// observableRoles and observableTypes are the words of the layout.
var (
	observableRoles = []string{"Attacker", "Victim", "Other", "Unknown", "Actor", "Target", "Parent Process", "Child Process", "Known Bad", "Data Loss", "Observer"}
	observableTypes = []string{"Container", "Email", "Email Address", "Endpoint", "File", "File Hash", "File Name", "Geo Location", "Hostname", "IP Address",
		"MAC Address", "Other", "Process", "Process Name", "Registry Key", "Registry Value", "Resource UID", "URL String", "Uniform Resource Locator",
		"Unknown", "User", "User Name"}
)

// The types of observable, in lower case, as risk and threat objects.
var (
	userObservables   = map[string]bool{"user": true, "username": true, "email address": true}
	systemObservables = map[string]bool{"device": true, "endpoint": true, "hostname": true, "ip address": true}
	threatObservables = map[string]string{"process": "process", "process name": "process", "file name": "file_name", "file": "file_name",
		"file hash": "file_name", "ip address": "ip_address", "url string": "url", "url": "url"}
)

// observableLayout reads the layout with impact, confidence and observables: victims are risk objects, all with the score of the
// detection; attackers are threat objects.
func (d *draft) observableLayout() bool {
	if d.tags == nil {
		return false
	}
	observables := d.tags.has("observable")
	if !observables && !d.tags.has("impact") && !d.tags.has("confidence") {
		return false
	}
	d.score = d.tagScore()
	d.answer.Message = d.tags.text("message")
	for _, x := range d.tags.each("observable") {
		d.observable(x)
	}
	if !observables && d.tags.has("risk_object") { // impact and confidence alone do not say whose risk rises
		return false
	}
	return true
}

func (d *draft) observable(x *fields) {
	name, kind := strings.TrimSpace(x.must("name").Text), x.must("type")
	x.oneOf(kind, "type of observable", "escu-observable-type", observableTypes)
	victim, attacker := false, false
	roles := x.words("role")
	for _, role := range roles {
		x.oneOf(role, "role of an observable", "escu-observable-role", observableRoles)
		victim = victim || role.Text == "Victim"
		attacker = attacker || role.Text == "Attacker"
	}
	if len(roles) == 0 {
		x.missing(diag.Warning, "role")
	}
	x.done()
	if name == "" {
		return
	}
	folded := strings.ToLower(strings.TrimSpace(kind.Text))
	risk := func(as string) {
		d.answer.RiskObjects = append(d.answer.RiskObjects, detection.RiskObject{Field: name, Type: as, Score: d.score})
	}
	switch {
	case victim && (userObservables[folded] || d.o.UserNames && folded == "user name"):
		risk("user")
	case victim && systemObservables[folded]:
		risk("system")
	case attacker && threatObservables[folded] != "":
		d.answer.ThreatObjects = append(d.answer.ThreatObjects, detection.ThreatObject{Field: name, Type: threatObservables[folded]})
	case attacker:
		d.answer.ThreatObjects = append(d.answer.ThreatObjects, detection.ThreatObject{Field: name, Type: folded})
	default:
		risk("other")
	}
}

// tagScore returns the score that the tags give: what impact and confidence come to, else the risk score that is written there.
func (d *draft) tagScore() int {
	impact, hasImpact := d.tags.integer("impact", 0, 100)
	confidence, hasConfidence := d.tags.integer("confidence", 0, 100)
	d.answer.Impact, d.answer.Confidence = impact, confidence
	written, hasScore := d.tags.number("risk_score", 0, 100)
	if !hasImpact || !hasConfidence {
		if hasImpact != hasConfidence {
			missing := "confidence"
			if hasConfidence {
				missing = "impact"
			}
			d.tags.missing(diag.Warning, missing)
		}
		return int(math.RoundToEven(written))
	}
	score := scoreOf(impact, confidence)
	if hasScore && written != float64(score) && !d.r.complained(d.tags.place("risk_score"), "escu-risk-score") {
		d.r.warnf(d.tags.place("risk_score"), "escu-risk-score", "risk_score %g is not what impact %d and confidence %d come to: %d, which counts", written, impact, confidence, score)
	}
	return score
}
