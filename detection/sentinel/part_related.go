package sentinel

import (
	"strings"

	"goshawk/detection"
)

// related reads the detections that the author names, in the manner of Sigma: related: [{id, type}]. It is a key of ours; the service
// ignores it.
func (d *draft) related(list []*fields) {
	for _, x := range list {
		id, kind := x.word("id"), x.word("type")
		x.done()
		if !guids.MatchString(id.Text) {
			d.r.warnf(d.r.places.At(x.node), "sentinel-related", "a related detection is named by its id, a GUID, not by %q", id.Text)
			continue
		}
		r := detection.Relation{ID: strings.ToLower(id.Text)}
		var names []string
		for _, t := range detection.RelationTypes() {
			names = append(names, string(t))
			if strings.EqualFold(string(t), kind.Text) {
				r.Type = t
			}
		}
		if r.Type == "" {
			place := d.r.places.At(x.node)
			if kind.node != nil {
				place = d.r.span(kind)
			}
			suggest(d.r.warnf(place, "sentinel-related", "unknown relation %q", kind.Text), kind.Text, names)
			continue
		}
		d.Relate(r)
	}
}
