package evtx

import "strings"

// Path names the place of a field in an event. Paths are interned by a Cache:
// two fields of the same Cache lie in the same place exactly if their Path
// pointers are equal, unless ID is negative. A Path must not be changed.
type Path struct {
	// ID numbers the paths of a Cache from 0 without gaps, elements on the way
	// included. It is -1 for a path made after the Cache was full; such a path
	// has a pointer of its own in every record.
	ID int

	// Section is the child of Event that the field lies in: "System",
	// "EventData", "UserData", "RenderingInfo" and so on.
	Section string

	// Name is what a detection calls the field. In System it is the element's
	// name, and for an attribute element and attribute joined by an underscore.
	// In EventData it is the Name of the Data element, "Data" for one without a
	// name, and a dotted path below ComplexData. In UserData it is the dotted
	// path below the provider's own element, attributes being further steps. An
	// attribute of the section itself is called Section_Attribute.
	Name string

	Parent    *Path  // the enclosing element, nil for the root
	Element   string // local name of the element or attribute, "" for the root
	Label     string // the Name of a Data or ComplexData element
	Attribute bool   // the field is an attribute of Parent

	depth   uint16 // 0 root, 1 Event, 2 section
	slot    slot
	unnamed bool // a Data element that is known by its position only
	noted   bool // slot or unnamed is set
}

// slot numbers the fields that every caller wants at once.
type slot uint8

const (
	slotNone slot = iota
	slotChannel
	slotProvider
	slotEventID
	slotComputer
	slotTime
	slotCount
)

// Limits on a path. A name longer than this is no name, and a dotted path
// longer than this only exists to exhaust memory.
const (
	maxNameUnits = 1024
	maxPathBytes = 8192
	maxDepth     = 512
)

// Depths of interest.
const (
	depthSection = 2
	depthItem    = 3 // children of a section
)

// newPath makes a child of parent, not yet interned. It returns nil where the
// path would be too long.
func newPath(parent *Path, element, label string, attribute bool) *Path {
	p := &Path{
		ID:        -1,
		Section:   parent.Section,
		Parent:    parent,
		Element:   element,
		Label:     label,
		Attribute: attribute,
		depth:     parent.depth + 1,
	}
	step := element
	if label != "" {
		step = label
	}
	switch {
	case p.depth < depthSection:
		p.Name = step
	case p.depth == depthSection && attribute:
		p.Name = parent.Name + "_" + step
	case p.depth == depthSection:
		p.Section, p.Name = element, element
	case p.depth == depthItem && attribute:
		p.Name = parent.Name + "_" + step
	case p.depth == depthItem:
		p.Name = step
		p.unnamed = p.Section == "EventData" && element == "Data" && label == ""
	case p.Section == "System":
		p.Name = parent.Name + "_" + step
	case p.Section == "UserData" && p.depth == depthItem+1:
		p.Name = step
	default:
		p.Name = parent.Name + "." + step
	}
	if len(p.Name) > maxPathBytes || len(label) > maxPathBytes || p.depth > 2*maxDepth {
		return nil
	}
	if p.Section == "System" {
		p.slot = slotOf(p.Name)
	}
	p.noted = p.unnamed || p.slot != slotNone
	return p
}

func slotOf(name string) slot {
	switch name {
	case "Channel":
		return slotChannel
	case "Provider_Name":
		return slotProvider
	case "EventID":
		return slotEventID
	case "Computer":
		return slotComputer
	case "TimeCreated_SystemTime":
		return slotTime
	}
	return slotNone
}

// Elements returns the local names of the elements from the root of the event
// down to the field, an attribute last.
func (p *Path) Elements() []string {
	if p == nil || p.Parent == nil {
		return nil
	}
	return append(p.Parent.Elements(), p.Element)
}

// String returns the chain of elements with their labels and attributes, as in
// "Event/EventData/Data[Image]" or "Event/System/Provider@Name".
func (p *Path) String() string {
	if p == nil || p.Parent == nil {
		return ""
	}
	var b strings.Builder
	if up := p.Parent.String(); up != "" {
		b.WriteString(up)
		if !p.Attribute {
			b.WriteByte('/')
		}
	}
	if p.Attribute {
		b.WriteByte('@')
	}
	b.WriteString(p.Element)
	if p.Label != "" {
		b.WriteString("[" + p.Label + "]")
	}
	return b.String()
}

// Unnamed reports whether the field is a Data element without a name, known by
// its position among such elements only.
func (p *Path) Unnamed() bool { return p.unnamed }
