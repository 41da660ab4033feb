package escu

import (
	"goshawk/diag"
)

// rbaLayout reads the layout with rba: each risk object has its own score.
func (d *draft) rbaLayout() bool {
	x := d.top.sub("rba")
	if x == nil {
		return false
	}
	if d.answer.Message = x.text("message"); d.answer.Message == "" {
		x.missing(diag.Warning, "message")
	}
	for _, entry := range x.each("risk_objects") {
		if o, ok := d.risk(entry); ok {
			d.answer.RiskObjects = append(d.answer.RiskObjects, o)
		}
	}
	if len(d.answer.RiskObjects) == 0 {
		x.missing(diag.Error, "risk_objects")
	}
	d.threats(x)
	x.done()
	return true
}
