package compile

import (
	"strings"

	"goshawk/detection"
)

// relate finds the detections that others name. A translation is one both ways, whichever of the two says so.
func relate(set *Set) {
	byID := map[string]*detection.Detection{}
	for _, r := range set.Rules {
		if id := strings.ToLower(r.Detection.ID); id != "" && byID[id] == nil {
			byID[id] = r.Detection
		}
	}
	for _, r := range set.Rules {
		d := r.Detection
		for i := range d.Related {
			one := &d.Related[i]
			other := byID[strings.ToLower(one.ID)]
			if one.Other = other; other == nil || other == d || one.Type != detection.Translation || d.ID == "" {
				continue
			}
			other.Relate(detection.Relation{ID: strings.ToLower(d.ID), Type: detection.Translation, Other: d})
		}
	}
}
