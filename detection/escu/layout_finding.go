package escu

import (
	"goshawk/detection"
	"goshawk/diag"
)

// findingLayout reads the newest layout: a finding has one entity, further entities have messages of their own, and threat objects
// stand at the top.
func (d *draft) findingLayout() bool {
	finding, intermediate := d.top.sub("finding"), d.top.sub("intermediate_findings")
	if finding == nil && intermediate == nil && !d.top.has("threat_objects") {
		return false
	}
	finds := finding != nil
	d.finds = &finds
	if finding != nil {
		if title := finding.text("title"); title == "" {
			finding.missing(diag.Warning, "title")
		} else {
			d.answer.Title, d.answer.Message = title, title
		}
		d.answer.Description = finding.text("description")
		if entity := finding.sub("entity"); entity == nil {
			finding.missing(diag.Error, "entity")
		} else if o, ok := d.risk(entity); ok {
			d.answer.RiskObjects = append(d.answer.RiskObjects, o)
			d.answer.FindingFields = []string{o.Field}
		}
		finding.done()
	}
	if intermediate != nil {
		for _, entry := range intermediate.each("entities") {
			o, ok := d.risk(entry)
			if !ok {
				continue
			}
			if d.answer.RiskObjects = append(d.answer.RiskObjects, o); d.answer.Message == "" {
				d.answer.Message = o.Message
			}
		}
		intermediate.done()
	}
	d.threats(d.top)
	d.kindFits()
	return true
}

// kindFits warns where the type of the detection and what it raises do not go together.
func (d *draft) kindFits() {
	switch kind := d.answer.Kind; {
	case kind == detection.TTP && !*d.finds:
		d.r.warnf(d.top.place("type"), "escu-kind-finding", "a detection of type TTP makes findings, but this one has no finding")
	case kind == detection.Anomaly && *d.finds, kind == detection.Hunting && *d.finds:
		d.r.warnf(d.top.place("finding"), "escu-kind-finding", "a detection of type %s makes no findings", kind)
	}
}
