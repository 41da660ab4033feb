package detection

// RelationType is what one detection is to another.
type RelationType string

// The relations. All but Translation are those of the Sigma specification.
const (
	Derived     RelationType = "derived"     // made of the other
	Obsolete    RelationType = "obsolete"    // it replaces the other
	Merged      RelationType = "merged"      // it replaces several
	Renamed     RelationType = "renamed"     // the other is its id of before
	Similar     RelationType = "similar"     // it is about the same
	Correlated  RelationType = "correlation" // one counts what the other finds
	Translation RelationType = "translation" // it asks the same in another language
)

// RelationTypes returns all relations.
func RelationTypes() []RelationType {
	return []RelationType{Derived, Obsolete, Merged, Renamed, Similar, Correlated, Translation}
}

// Relation names another detection and what this one is to it.
type Relation struct {
	ID   string // of the other
	Type RelationType
	// Other is the other detection, if both were loaded together.
	Other *Detection
}

// Relate notes that the detection is related to another. What it is already known to be to the other stays, unless that is only that
// they are similar.
func (d *Detection) Relate(r Relation) {
	for i := range d.Related {
		if known := &d.Related[i]; known.ID == r.ID {
			if known.Type == Similar {
				known.Type = r.Type
			}
			known.Other = r.Other
			return
		}
	}
	d.Related = append(d.Related, r)
}
