package exclusion

import (
	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// Inline reads an exclusion that stands inside another document: a structured predicate as a text, or a map like that of a document, of
// which everything but the predicate may be left out, since the exclusion that it is read into has it.
func Inline(source *diag.Source, n *yaml.Node, x detection.Exclusion) (*detection.Exclusion, diag.List) {
	f := &File{Source: source}
	x.Path, x.Source = source.Name, source
	r := &reader{file: f, places: yamltext.New(source), x: &x}
	n = yamltext.Follow(n)
	var at map[string]diag.Span
	if n.Kind == yaml.ScalarNode {
		x.Span, x.At = r.places.Span(n), r.places.Span(n)
		x.Where = r.where(n)
		at = map[string]diag.Span{"where": x.At}
	} else {
		at = r.entries(n)
	}
	for _, given := range []string{"id", "reason", "owner", "scope"} {
		if _, ok := at[given]; !ok {
			at[given] = x.Span
		}
	}
	r.whole(n, at)
	f.Diagnostics.Sort()
	return &x, f.Diagnostics
}
