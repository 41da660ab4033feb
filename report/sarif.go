package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
)

// SARIF is what a check of rules says, as version 2.1.0 of the Static Analysis Results Interchange Format (OASIS), which code hosts
// and editors show beside the lines.
type SARIF struct {
	Version     string // of Goshawk
	Root        string // the folder that paths are given from; what lies elsewhere keeps its path
	Lints       []diag.Lint
	Diagnostics diag.List
}

// sarifLog and the other types are the parts of the format that are used, in its own words.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string      `json:"id"`
	ShortDescription sarifText   `json:"shortDescription"`
	Help             sarifText   `json:"help"`
	Default          sarifConfig `json:"defaultConfiguration"`
	Properties       sarifTags   `json:"properties"`
}

type sarifText struct {
	Text quoted `json:"text"`
}

// quoted is a text that is written without what acts on a terminal.
type quoted string

// MarshalJSON returns the text as a string of JSON.
func (q quoted) MarshalJSON() ([]byte, error) { return event.AppendQuoted(nil, string(q)), nil }

type sarifConfig struct {
	Level string `json:"level"`
}

type sarifTags struct {
	Tags []string `json:"tags"`
}

type sarifResult struct {
	RuleID       string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        string            `json:"level"`
	Message      sarifText         `json:"message"`
	Locations    []sarifLocation   `json:"locations,omitempty"`
	Fingerprints map[string]string `json:"partialFingerprints"`
	Fixes        []sarifFix        `json:"fixes,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type sarifFix struct {
	Description sarifText     `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifRegion `json:"deletedRegion"`
	Inserted sarifText   `json:"insertedContent"`
}

// WriteTo writes the log. Each diagnostic is in it once, however many rules share it.
func (s SARIF) WriteTo(w io.Writer) (int64, error) {
	list := slices.Clone(s.Diagnostics)
	list.Sort()
	list = slices.CompactFunc(list, func(a, b diag.Diagnostic) bool {
		return a.Code == b.Code && a.Source == b.Source && a.Span == b.Span && a.Message == b.Message
	})
	run := sarifRun{
		Tool:       sarifTool{sarifDriver{"Goshawk", s.Version, s.rules(list)}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	index := map[string]int{}
	for i, r := range run.Tool.Driver.Rules {
		index[r.ID] = i
	}
	seen := map[string]int{}
	for _, d := range list {
		run.Results = append(run.Results, s.result(d, index[d.Code], seen))
	}
	text, err := json.MarshalIndent(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}, "", " ")
	if err != nil {
		return 0, err
	}
	n, err := w.Write(append(text, '\n'))
	return int64(n), err
}

// rules describes every code that occurs, in order.
func (s SARIF) rules(list diag.List) []sarifRule {
	lints := map[string]diag.Lint{}
	for _, l := range s.Lints {
		lints[l.Code] = l
	}
	gravest := map[string]diag.Severity{}
	for _, d := range list {
		if was, ok := gravest[d.Code]; !ok || d.Severity < was {
			gravest[d.Code] = d.Severity
		}
	}
	rules := []sarifRule{}
	for code, severity := range gravest {
		l, ok := lints[code]
		if !ok {
			language, _, _ := strings.Cut(code, "-")
			l = diag.Lint{Set: "rules", Doc: "a fault of a rule, found by the part of Goshawk called " + language, Help: "The message says what is wrong, and mostly what to write instead."}
		}
		rules = append(rules, sarifRule{code, sarifText{quoted(l.Doc)}, sarifText{quoted(l.Help)}, sarifConfig{sarifLevel(severity)}, sarifTags{[]string{l.Set}}})
	}
	slices.SortFunc(rules, func(a, b sarifRule) int { return strings.Compare(a.ID, b.ID) })
	return rules
}

func sarifLevel(s diag.Severity) string {
	switch s {
	case diag.Error:
		return "error"
	case diag.Warning:
		return "warning"
	}
	return "note"
}

// result returns one diagnostic. seen counts what is alike in one file, so that fingerprints tell it apart.
func (s SARIF) result(d diag.Diagnostic, index int, seen map[string]int) sarifResult {
	message := d.Message
	if d.Hint != "" {
		message += "; " + d.Hint
	}
	r := sarifResult{RuleID: d.Code, RuleIndex: index, Level: sarifLevel(d.Severity), Message: sarifText{quoted(message)}}
	uri, line := "", ""
	if d.Source != nil {
		uri = s.uri(d.Source.Name)
		line = lineAt(d.Source, d.Span)
		r.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{uri}, region(d.Source, d.Span)}}}
		if d.Fix != nil {
			change := sarifChange{Artifact: sarifArtifact{uri}}
			for _, e := range d.Fix.Edits {
				change.Replacements = append(change.Replacements, sarifReplacement{region(d.Source, e.Span), sarifText{quoted(e.Text)}})
			}
			r.Fixes = []sarifFix{{sarifText{quoted(d.Fix.Doc)}, []sarifChange{change}}}
		}
	}
	like := strings.Join([]string{d.Code, uri, strings.TrimSpace(line), d.Message}, "\x00")
	seen[like]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", like, seen[like]))
	r.Fingerprints = map[string]string{"goshawk/v1": hex.EncodeToString(sum[:16])}
	return r
}

// lineAt returns the author's line that a span begins in.
func lineAt(src *diag.Source, span diag.Span) string {
	start := min(max(span.Start, 0), len(src.Text))
	line := src.Text[strings.LastIndexByte(src.Text[:start], '\n')+1:]
	line, _, _ = strings.Cut(line, "\n")
	return line
}

func region(src *diag.Source, span diag.Span) sarifRegion {
	from, to := src.Position(span.Start), src.Position(max(span.End, span.Start))
	return sarifRegion{from.Line, from.Column, to.Line, to.Column}
}

// uri returns the path of a source as a relative reference where it lies below the root.
func (s SARIF) uri(name string) string {
	path := name
	if full, err := filepath.Abs(name); err == nil && s.Root != "" {
		if rel, err := filepath.Rel(s.Root, full); err == nil && filepath.IsLocal(rel) {
			path = rel
		}
	}
	u := url.URL{Path: filepath.ToSlash(path)}
	return u.String()
}
