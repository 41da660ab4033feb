package sigma

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
	"goshawk/internal/yamltext"
)

// reader turns YAML nodes into the tree of one text and gathers the complaints about it.
type reader struct {
	src    *diag.Source
	list   diag.List
	errors int // errors so far, those beyond maxComplaints included
	said   int // complaints about the document that is being read
	places *yamltext.Places
	each   func(Document, []pair) // nil, or told of every document with its entries
}

func newReader(src *diag.Source) *reader { return &reader{src: src} }

func (r *reader) errorf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Error, span, code, format, args...)
}

func (r *reader) warnf(span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	return r.complain(diag.Warning, span, code, format, args...)
}

// complain adds a diagnostic. Of those beyond maxComplaints about one document it adds one, which says so.
func (r *reader) complain(severity diag.Severity, span diag.Span, code, format string, args ...any) *diag.Diagnostic {
	if severity == diag.Error {
		r.errors++
	}
	if r.said++; r.said > maxComplaints+1 {
		return &diag.Diagnostic{}
	} else if r.said == maxComplaints+1 {
		code, format, args = "sigma-too-many-complaints", "more than %d complaints about this document; the rest is not shown", []any{maxComplaints}
	}
	r.list.Add(diag.Diagnostic{Code: code, Severity: severity, Source: r.src, Span: span, Message: fmt.Sprintf(format, args...)})
	return &r.list[len(r.list)-1]
}

// nearest returns the candidate that is most like a word. It does not look where nobody would see the answer, or where there
// is too much to look at.
func (r *reader) nearest(word string, candidates []string) string {
	if r.said > maxComplaints || len(candidates) > 1000 || word == "" {
		return ""
	}
	return diag.Nearest(word, candidates)
}

// documents calls read with the root of each document of the text, checked for size, depth and tags.
func (r *reader) documents(read func(root *yaml.Node)) {
	r.places = yamltext.New(r.src)
	limits := yamltext.Limits{Text: maxText, Document: maxDocument, Nodes: maxNodes, Depth: maxDepth}
	r.places.Documents(limits, func(root *yaml.Node) {
		read(root)
		r.said = 0
	}, r.problem)
}

// problem complains about YAML itself.
func (r *reader) problem(p yamltext.Problem) {
	d := r.errorf(p.Span, "sigma-"+p.What, "%s", p.Message)
	if d.Hint = p.Hint; p.What == "duplicate-key" {
		d.Hint = "put the values into one list, or use different modifiers"
	}
}

// at returns the empty span at the beginning of a node, behind its anchor and tag.
func (r *reader) at(n *yaml.Node) diag.Span { return r.places.At(n) }

// span returns the place of a node.
func (r *reader) span(n *yaml.Node) diag.Span { return r.places.Span(n) }

func (r *reader) word(n *yaml.Node) Word { return Word{Text: n.Value, Span: r.span(n)} }

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node { return yamltext.Follow(n) }

// pair is one entry of a map.
type pair struct {
	key   Word
	value *yaml.Node // aliases followed
	span  diag.Span
}

// pairs returns the entries of a map in order, merge keys (<<) resolved, each key once; a repeated key is an error.
func (r *reader) pairs(n *yaml.Node) []pair {
	entries := r.places.Pairs(n, r.problem)
	list := make([]pair, len(entries))
	for i, e := range entries {
		list[i] = pair{key: r.word(e.Key), value: e.Value, span: r.places.Whole(e)}
	}
	return list
}

// find returns the entry of a key, or nil.
func find(list []pair, key string) *pair {
	for i := range list {
		if list[i].key.Text == key {
			return &list[i]
		}
	}
	return nil
}
