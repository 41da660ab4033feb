package escu

import (
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// riskTypes are the types of risk object, threatTypes those of threat object.
var (
	riskTypes   = []string{"user", "system", "other"}
	threatTypes = []string{"certificate_common_name", "certificate_organization", "certificate_serial", "certificate_unit", "command", "domain",
		"email_address", "email_subject", "file_hash", "file_name", "file_path", "http_user_agent", "ip_address", "parent_process",
		"parent_process_name", "process", "process_hash", "process_name", "registry_path", "registry_value_name", "registry_value_text",
		"service", "signature", "system", "tls_hash", "url"}
)

// layout reads what an answer is worth, in whichever of the four layouts the file says it. If it does so in several, the newest
// counts.
func (d *draft) layout() {
	var said []string
	for _, l := range []struct {
		name string
		read func() bool
	}{
		{"finding and intermediate_findings", d.findingLayout},
		{"rba", d.rbaLayout},
		{"tags.observable", d.observableLayout},
		{"tags.risk_object", d.legacyLayout},
	} {
		kept := *d.answer
		score, finds := d.score, d.finds
		if !l.read() {
			continue
		}
		if said = append(said, l.name); len(said) > 1 {
			*d.answer, d.score, d.finds = kept, score, finds
			d.r.warnf(d.r.places.At(d.top.node), "escu-layouts", "risk is given by %s as well as by %s, which counts", l.name, said[0])
		}
	}
	for _, o := range d.answer.RiskObjects {
		d.answer.RiskScore = max(d.answer.RiskScore, o.Score)
	}
	d.answer.RiskScore = max(d.answer.RiskScore, d.score)
	d.answer.Severity = severityFor(d.answer)
	if len(d.answer.RiskObjects) == 0 && (d.answer.Kind == detection.TTP || d.answer.Kind == detection.Anomaly) {
		d.r.warnf(d.top.place("type"), "escu-no-risk-object", "a detection of type %s raises the risk of something, but this one names nothing", d.answer.Kind)
	}
}

// threats reads a list of threat objects.
func (d *draft) threats(from *fields) {
	for _, x := range from.each("threat_objects") {
		kind := x.must("type")
		x.oneOf(kind, "type of threat object", "escu-threat-type", threatTypes)
		if field := strings.TrimSpace(x.must("field").Text); field != "" {
			d.answer.ThreatObjects = append(d.answer.ThreatObjects, detection.ThreatObject{Field: field, Type: strings.TrimSpace(kind.Text)})
		}
		x.done()
	}
}

// risk reads one risk object.
func (d *draft) risk(x *fields) (o detection.RiskObject, ok bool) {
	kind := x.must("type")
	x.oneOf(kind, "type of risk object", "escu-risk-type", riskTypes)
	o = detection.RiskObject{Field: strings.TrimSpace(x.must("field").Text), Type: strings.TrimSpace(kind.Text), Message: x.text("message")}
	if o.Score, _ = x.integer("score", 1, 100); !x.has("score") {
		x.missing(diag.Error, "score")
	}
	x.done()
	return o, o.Field != ""
}
