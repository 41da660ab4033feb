package source

import (
	"bytes"

	"goshawk/event"
)

// maxXMLDepth bounds how deep elements may lie in each other.
const maxXMLDepth = 512

// xmlTree is the way from a part of an event down to the element that is being read.
type xmlTree struct {
	joint string
	path  []byte
	steps []xmlStep
}

// xmlStep is an element on the way.
type xmlStep struct {
	begin  int  // where its name begins in path
	end    int  // where it ends
	label  bool // its end tag has another name
	filled bool // it has attributes or elements, so that no text does not mean an empty one
}

// begin starts a tree whose root is already open and called root; an empty root does not show in the paths.
func (t *xmlTree) begin(joint, root string) {
	t.joint, t.path = joint, append(t.path[:0], root...)
	t.steps = append(t.steps[:0], xmlStep{0, len(t.path), true, true})
}

// push goes down to an element that is called name in paths.
func (t *xmlTree) push(name, element []byte) {
	if len(t.path) > 0 {
		t.path = append(t.path, t.joint...)
	}
	begin := len(t.path)
	t.path = append(t.path, name...)
	t.steps = append(t.steps, xmlStep{begin, len(t.path), string(element) == "Data" || string(element) == "ComplexData", false})
}

// pop goes back up one step; it reports false at the root.
func (t *xmlTree) pop() bool {
	t.steps = t.steps[:len(t.steps)-1]
	if len(t.steps) == 0 {
		return false
	}
	t.path = t.path[:t.steps[len(t.steps)-1].end]
	return true
}

// section reads the part of an event whose start tag was read, other than System and EventData.
func (x *windowsXMLReader) section(name string, r *event.Record) bool {
	if name == "UserData" {
		return x.userData(r)
	}
	for _, a := range x.attrs {
		r.Set(name+"."+string(a.name), xmlText(a.value, false))
	}
	if x.empty {
		return true
	}
	x.tree.begin(".", name)
	if name == "RenderingInfo" {
		return x.subtree(r, renderedName)
	}
	return x.subtree(r, nil)
}

// renderedName shortens the path of the words that stand in a list of their own.
func renderedName(path string) string {
	if path == "RenderingInfo.Keywords.Keyword" {
		return "RenderingInfo.Keywords"
	}
	return path
}

// userData reads a UserData section.
func (x *windowsXMLReader) userData(r *event.Record) bool {
	for _, a := range x.attrs {
		r.Set("UserData_"+string(a.name), xmlText(a.value, false))
	}
	if x.empty {
		return true
	}
	x.leaves = x.leaves[:0]
	ok := true
	for ok && x.child("UserData") {
		if isEventStart(x.b[x.pos:]) {
			ok = x.fail(x.pos, xmlCut)
			break
		}
		if ok = x.open(); !ok {
			break
		}
		name := string(x.name)
		for _, a := range x.attrs {
			x.leaf(string(a.name), 0, xmlText(a.value, false))
		}
		filled := len(x.attrs) > 0
		if x.empty {
			if !filled {
				x.leaf(name, 0, event.TextValue(""))
			}
			continue
		}
		text, marked := x.text()
		if x.state == xmlFine && x.isCloser() {
			if text = x.value(text); len(text) > 0 || !filled {
				x.leaf(name, 0, xmlText(text, marked))
			}
			ok = x.closing() != nil
			continue
		}
		x.tree.begin(".", "")
		ok = x.state == xmlFine && x.walk(func(path string, last int, v event.Value) { x.leaf(path, last, v) })
	}
	addLeaves(r, x.leaves)
	clear(x.leaves)
	return ok && x.state == xmlFine
}

func (x *windowsXMLReader) leaf(path string, last int, v event.Value) {
	x.leaves = append(x.leaves, leaf{path, last, v})
}

// subtree reads what lies below the element that the tree begins with and adds it under its paths.
func (x *windowsXMLReader) subtree(r *event.Record, rename func(string) string) bool {
	return x.walk(func(path string, _ int, v event.Value) {
		if rename != nil {
			path = rename(path)
		}
		r.Set(path, v)
	})
}

// walk reads up to the end tag of the element that the tree begins with and gives each value with its path: attributes,
// texts of elements that hold nothing else, and texts beside other elements that are not blank.
func (x *windowsXMLReader) walk(give func(path string, last int, v event.Value)) bool {
	t := &x.tree
	for {
		text, marked := x.text()
		step := &t.steps[len(t.steps)-1]
		closes := x.state == xmlFine && x.isCloser()
		if step.filled || !closes {
			text = bytes.Trim(text, " \t\r\n")
		} else {
			text = x.value(text)
		}
		if len(text) > 0 || closes && !step.filled {
			give(string(t.path), step.begin, xmlText(text, marked))
		}
		if x.state != xmlFine {
			return false
		}
		if closes {
			closed := x.closing()
			if closed == nil {
				return false
			}
			if !step.label && string(closed) != string(t.path[step.begin:step.end]) {
				x.broken = "end tag does not fit its start tag"
			}
			if !t.pop() {
				return true
			}
			continue
		}
		step.filled = true
		if isEventStart(x.b[x.pos:]) {
			return x.fail(x.pos, xmlCut)
		}
		if !x.open() {
			return false
		}
		if len(t.steps) > maxXMLDepth {
			x.broken = "elements lie too deep in each other"
			return x.fail(x.pos, xmlBroken)
		}
		if label := x.label(); len(label) > 0 {
			t.push(bytesOf(plainXML(label)), x.name)
		} else {
			t.push(x.name, x.name)
		}
		step = &t.steps[len(t.steps)-1]
		for _, a := range x.attrs {
			step.filled = true
			give(string(t.path)+t.joint+string(a.name), len(t.path)+len(t.joint), xmlText(a.value, false))
		}
		if x.empty {
			if !step.filled {
				give(string(t.path), step.begin, event.TextValue(""))
			}
			t.pop()
		}
	}
}

// readData reads EventData, UserData or bare items, in a wrapper or not, to the end of b.
func (x *windowsXMLReader) readData(b []byte, r *event.Record) error {
	x.reset(b)
	x.pretty = false
	for {
		if x.text(); x.state != xmlFine {
			return nil // the end, as it should be
		}
		ok, at := true, x.pos
		if x.isCloser() {
			ok = x.closing() != nil
		} else if ok = x.open(); ok {
			switch string(x.name) {
			case "EventData":
				ok = x.data(r)
			case "UserData":
				ok = x.userData(r)
			case "Data", "Param", "ComplexData", "Binary":
				x.pos = at
				ok = x.item(r)
			}
		}
		if !ok {
			return errDataEnd
		}
	}
}
