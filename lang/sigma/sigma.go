// Package sigma reads Sigma, the rule language of SigmaHQ, and lowers its rules into plans.
//
// In goes the text of one or more YAML documents; out comes a File: rules, correlations and filters as trees with a span on
// every node, and every complaint about them. Lower turns a rule into a plan.Node: a Scan of the rule's log source and a
// Filter that says what the rule means, with nothing of Sigma left in it. Case, wildcards and escapes, null and absent,
// keywords, modifiers, selectors: all of it is written out in the plan.
//
// The reading is that of the specification 2.1.0; where that is silent, pySigma's; where neither helps, the comments say what
// was decided. Files carry their kind first: doc_ reads a kind of document, mod_ is a family of modifiers,
// lint_ warns about what is legal and probably not meant.
//
// Everything here is safe for concurrent use on different sources; a File must not be changed once read.
package sigma

import (
	"goshawk/diag"
)

// File is what the documents of one text say.
type File struct {
	Source    *diag.Source
	Documents []Document
}

// Document is one document of a file; exactly one of its members is set.
type Document struct {
	Rule        *Rule
	Correlation *Correlation
	Filter      *Filter
}

// Meta returns the metadata of the document, whatever its kind.
func (d Document) Meta() *Meta {
	switch {
	case d.Rule != nil:
		return &d.Rule.Meta
	case d.Correlation != nil:
		return &d.Correlation.Meta
	case d.Filter != nil:
		return &d.Filter.Meta
	}
	return nil
}

// Rules returns the rules among the documents, in their order.
func (f *File) Rules() []*Rule {
	var rules []*Rule
	for _, d := range f.Documents {
		if d.Rule != nil {
			rules = append(rules, d.Rule)
		}
	}
	return rules
}

// Parse reads all documents of a text. It returns what could be read together with every complaint; a document whose
// complaints hold an error must not be used to detect anything, and its Broken says so.
func Parse(src *diag.Source) (*File, diag.List) {
	r := newReader(src)
	file := &File{Source: src}
	r.collection(file)
	r.list.Sort()
	return file, r.list
}
