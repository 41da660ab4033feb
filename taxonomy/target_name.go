package taxonomy

import (
	"slices"
	"strings"
)

// Name is what a place calls a canonical column, for who writes a condition for it by the column's own values.
type Name struct {
	Text string
	Note string // how the values there differ from those of the column; empty: they do not
}

// without is what can stand in for a column that a place has not: the column that holds more.
var without = map[string]struct{ column, more string }{
	"user.name": {"user.account", "the domain of the account, where it was logged"},
}

// NameOf returns what the rows of the source call a canonical column; false where no single column of them has its values.
func (s *TargetSource) NameOf(column string) (Name, bool) {
	c := s.Columns[column]
	if kind, algorithm, hash := strings.Cut(column, ".hash."); c == nil && hash {
		if all := s.Columns[kind+".hash.all"]; all != nil {
			c = all.Hashes[strings.ToUpper(algorithm)]
		}
	}
	more := ""
	if instead := without[column]; c == nil && instead.column != "" {
		if c = s.Columns[instead.column]; c != nil && c.Form != "file" { // the last step of domain\name is the name
			more = instead.more
		}
	} else if c != nil && c.Form == "file" {
		return Name{}, false // it has less than the column
	}
	if c == nil || c.Values != nil || c.Form != "" && c.Form != "file" {
		return Name{}, false
	}
	name, plain := c.Plain()
	if !plain {
		return Name{}, false
	}
	n := Name{Text: name[strings.LastIndexByte(name, '.')+1:]} // Processes.user is user behind the data set
	if more != "" {
		n.Note = n.Text + " has also " + more
	} else {
		n.Note = c.Note
	}
	return n, true
}

// NameOf returns what Sigma's rules of the view call a canonical column; false where they have no name for it.
func (v View) NameOf(column string) (Name, bool) {
	fields := v.Fields()
	if i := slices.IndexFunc(fields, func(f string) bool { return v.fields[f] == column }); i >= 0 {
		return Name{Text: fields[i]}, true
	}
	if instead := without[column]; instead.column != "" {
		if i := slices.IndexFunc(fields, func(f string) bool { return v.fields[f] == instead.column }); i >= 0 {
			return Name{Text: fields[i], Note: fields[i] + " has also " + instead.more}, true
		}
	}
	return Name{}, false
}
