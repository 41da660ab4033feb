package escu

import (
	"strings"

	"goshawk/detection"
)

// legacyLayout reads the oldest layout: one score for the fields that tags.risk_object names.
func (d *draft) legacyLayout() bool {
	if d.tags == nil {
		return false
	}
	d.tags.known("risk_object_type", "risk_score")
	if !d.tags.has("risk_object") {
		if d.tags.has("risk_score") && d.score == 0 && len(d.answer.RiskObjects) == 0 { // whose risk it is, only the saved search says
			d.score = d.tagScore()
		}
		return false
	}
	score := d.tagScore()
	types := d.tags.words("risk_object_type")
	for i, w := range d.tags.words("risk_object") {
		o := detection.RiskObject{Field: strings.TrimSpace(w.Text), Type: "other", Score: score}
		if len(types) > 0 {
			kind := types[min(i, len(types)-1)]
			d.tags.oneOf(kind, "type of risk object", "escu-risk-type", riskTypes)
			o.Type = strings.TrimSpace(kind.Text)
		}
		d.answer.RiskObjects = append(d.answer.RiskObjects, o)
	}
	d.answer.Message = d.tags.text("message")
	return true
}
