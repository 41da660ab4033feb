package compile

import "goshawk/lang/spl"

// Replacing returns the fill as one that replaces what is in the table, whatever its search asks for.
func (f *Fill) Replacing() *Fill {
	out := *f
	out.write = spl.Write{Lookup: f.write.Lookup, Node: f.write.Node}
	return &out
}
