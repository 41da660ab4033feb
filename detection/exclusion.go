package detection

import (
	"slices"
	"strings"
	"time"

	"goshawk/diag"
)

// Exclusion is a reasoned predicate on what some detections find: what meets it is benign, is no finding, and is counted. It belongs
// to detections of any language. It must not be changed once it is loaded.
type Exclusion struct {
	ID          string // a short handle, unique among the exclusions of a site: "ex-0007"
	Title       string
	Description string
	Reason      string // why what meets it is benign
	Owner       string // who answers for it
	Ticket      string
	Created     time.Time // midnight UTC; the zero time: not said
	// Expires is the moment from which it does not hold any more; the zero time: never. A date in a file is the last day on which
	// it holds.
	Expires time.Time
	Review  time.Time // when somebody should look at it again
	Scope   ExclusionScope

	// The predicate is one of four.
	Where []ExclusionAlternative // structured: one of the alternatives must hold
	Sigma *SigmaPredicate
	SPL   *diag.Text // a condition as `search` takes it
	KQL   *diag.Text // a condition as `where` takes it
	// Table is the table or ASIM schema that a KQL predicate is about, where it is applied to detections of another language; empty: the
	// one that fits.
	Table string

	Path   string // the file
	Source *diag.Source
	Span   diag.Span // of the document
	// At is the place of the predicate, for complaints.
	At diag.Span
}

// Kind is the language of a predicate: structured, sigma, spl or kql.
func (x *Exclusion) Kind() string {
	switch {
	case x.Sigma != nil:
		return "sigma"
	case x.SPL != nil:
		return "spl"
	case x.KQL != nil:
		return "kql"
	}
	return "structured"
}

// Why is what a plan says of a filter that an exclusion made.
func (x *Exclusion) Why() string { return exclusionPrefix + x.ID }

const exclusionPrefix = "exclusion "

// ExclusionOf returns the id of the exclusion that is the reason of a filter; false where it is another reason.
func ExclusionOf(why string) (id string, ok bool) { return strings.CutPrefix(why, exclusionPrefix) }

// Expired says whether an exclusion does not hold any more at a moment.
func (x *Exclusion) Expired(now time.Time) bool { return !x.Expires.IsZero() && !now.Before(x.Expires) }

// Text is the predicate in its author's words, on one line.
func (x *Exclusion) Text() string {
	switch {
	case x.Sigma != nil:
		return strings.Join(strings.Fields(x.Sigma.Text), " ")
	case x.SPL != nil:
		return strings.Join(strings.Fields(x.SPL.String), " ")
	case x.KQL != nil:
		return strings.Join(strings.Fields(x.KQL.String), " ")
	}
	list := make([]string, len(x.Where))
	for i, a := range x.Where {
		list[i] = a.Text()
	}
	return strings.Join(list, " or ")
}

// ExclusionScope says which detections an exclusion is for: those that any of its parts names.
type ExclusionScope struct {
	Rules   []string // references, as Detection.Fits knows them; each is for all detections that it fits
	Stories []string // analytic stories
	Tags    []string // a trailing * stands for anything
	All     bool
}

// Names says whether a scope names a detection by itself.
func (s ExclusionScope) Names(d *Detection) bool {
	return slices.ContainsFunc(s.Rules, func(reference string) bool { return d.Fits(reference) != NoFit })
}

// Holds says whether a detection is in a scope.
func (s ExclusionScope) Holds(d *Detection) bool {
	if s.All || s.Names(d) {
		return true
	}
	if slices.ContainsFunc(s.Stories, func(name string) bool {
		return slices.ContainsFunc(d.Stories, func(of string) bool { return strings.EqualFold(name, of) })
	}) {
		return true
	}
	return slices.ContainsFunc(s.Tags, func(want string) bool {
		stem, glob := strings.CutSuffix(strings.ToLower(want), "*")
		return slices.ContainsFunc(d.Tags, func(tag string) bool {
			tag = strings.ToLower(tag)
			return tag == stem || glob && strings.HasPrefix(tag, stem)
		})
	})
}

// Covers says whether an exclusion is for a detection.
func (x *Exclusion) Covers(d *Detection) bool {
	if x.Sigma != nil && x.Sigma.Filter && d.Language != Sigma {
		return false
	}
	return x.Scope.Holds(d)
}

// SigmaPredicate is a predicate as Sigma writes one: a detection section, or the section of a filter document.
type SigmaPredicate struct {
	// Text is the section, byte for byte the source's from At on, in YAML's block style; what is no part of it is blank.
	Text string
	At   int
	// Filter says that the section is that of a filter document: its condition says what stays, and it is for rules of a log source.
	Filter                     bool
	Category, Product, Service string
}

// ExclusionAlternative is a list of conditions that must all hold.
type ExclusionAlternative []ExclusionCondition

// Text is the conditions as they are written on one line.
func (a ExclusionAlternative) Text() string {
	list := make([]string, len(a))
	for i, c := range a {
		list[i] = c.Text()
	}
	return strings.Join(list, " and ")
}
