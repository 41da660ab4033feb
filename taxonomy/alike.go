package taxonomy

import "goshawk/event"

// alike is what concerns the records of classes that differ in their ids at most, but for what blocks say of these: very many classes
// come from few places.
type alike struct {
	blocks, addons []int // places in the order of the taxonomy
}

// alike returns what concerns the classes that are alike with one.
func (t *Taxonomy) alike(class event.Class) *alike {
	class.ID = ""
	if known, ok := t.alikes.Load(class); ok {
		return known.(*alike)
	}
	a := &alike{}
	for i, b := range t.blocks {
		if b.match.meetsSource(&class) {
			a.blocks = append(a.blocks, i)
		}
	}
	for i, b := range t.addons {
		if b.match.meetsSource(&class) {
			a.addons = append(a.addons, i)
		}
	}
	if t.count.Load() < maxKinds {
		t.alikes.Store(class, a)
	}
	return a
}
