package detection

import (
	"fmt"
	"slices"
	"strings"

	"goshawk/diag"
)

// Fit says how a reference means a detection. Lower ones go before higher ones.
type Fit uint8

// The ways in which a reference can mean a detection. Case does not matter in any of them.
const (
	NoFit    Fit = iota
	ByID         // its id
	ByName       // its name: the handle that other rules refer to
	ByTitle      // its title
	ByPrefix     // the first 8 or more characters of its id
)

// shortestPrefix is how much of an id names a detection.
const shortestPrefix = 8

// Fits says how a reference means a detection.
func (d *Detection) Fits(reference string) Fit {
	switch {
	case reference == "":
		return NoFit
	case strings.EqualFold(d.ID, reference):
		return ByID
	case strings.EqualFold(d.Name, reference):
		return ByName
	case strings.EqualFold(d.Title, reference):
		return ByTitle
	case len(reference) >= shortestPrefix && len(reference) < len(d.ID) && strings.EqualFold(d.ID[:len(reference)], reference):
		return ByPrefix
	}
	return NoFit
}

// ReferenceError says why a reference does not mean one detection.
type ReferenceError struct {
	Reference  string
	Candidates []*Detection // those that it could mean; none: nobody is called so
	Near       string       // the name that is most like it, if nobody is called so; may be empty
}

// Unknown returns the error for a reference that means none of some detections.
func Unknown(reference string, among []*Detection) *ReferenceError {
	var names []string
	for _, d := range among {
		names = append(names, d.Title)
		if d.Name != "" {
			names = append(names, d.Name)
		}
	}
	return &ReferenceError{Reference: reference, Near: diag.Nearest(reference, names)}
}

// maxCandidates is how many candidates are listed.
const maxCandidates = 10

// Error lists the candidates, or tells the name that was perhaps meant.
func (e *ReferenceError) Error() string {
	if len(e.Candidates) == 0 {
		text := fmt.Sprintf("no rule has the id, name or title %q", e.Reference)
		if e.Near != "" {
			text += fmt.Sprintf("; did you mean %q?", e.Near)
		}
		return text
	}
	var b strings.Builder
	hint := "name one by its id or file"
	if id := e.Candidates[0].ID; id != "" && !slices.ContainsFunc(e.Candidates, func(d *Detection) bool { return !strings.EqualFold(d.ID, id) }) {
		hint = "give each an id of its own, or name one by its file"
	}
	fmt.Fprintf(&b, "%d rules are called %q; %s:", len(e.Candidates), e.Reference, hint)
	for i, d := range e.Candidates {
		if i == maxCandidates {
			fmt.Fprintf(&b, "\n  … %d more", len(e.Candidates)-i)
			break
		}
		id := d.ID
		if id == "" {
			id = "-"
		}
		fmt.Fprintf(&b, "\n  %s  %s  %s", diag.Printable(id), diag.Printable(d.Title), d.Path)
	}
	return b.String()
}
