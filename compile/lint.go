package compile

import (
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/taxonomy"
)

// Lints look at rules more closely than running them needs. Only whoever checks rules asks for them, so that a scan pays nothing.

// LintOptions say which lints are asked, and what they may assume.
type LintOptions struct {
	Taxonomy *taxonomy.Taxonomy // nil: the built-in one
	Sigma    sigma.LintOptions
	// Wanted says whether a lint is asked about the rule of an id, which may be empty. Nil: all lints of the sets core and goshawk are.
	Wanted func(code, id string) bool
}

func (o LintOptions) taxonomy() *taxonomy.Taxonomy {
	if o.Taxonomy == nil {
		return taxonomy.Default()
	}
	return o.Taxonomy
}

// wants says whether a remark on the rule of an id is wanted. Errors always are, and so is what is no lint.
func (o LintOptions) wants(d diag.Diagnostic, id string) bool {
	l, known := lintByCode()[d.Code]
	switch {
	case !known || d.Severity == diag.Error:
		return true
	case o.Wanted == nil:
		return l.Set != diag.SigmaHQLints
	}
	return o.Wanted(d.Code, id)
}

// Lints returns the lints of all languages in the order of their codes.
func Lints() []diag.Lint {
	list := append(sigma.Lints(), setLints...)
	list = append(list, attackLints...)
	list = append(list, fieldLints...)
	slices.SortFunc(list, func(a, b diag.Lint) int { return strings.Compare(a.Code, b.Code) })
	return list
}

var lintByCode = sync.OnceValue(func() map[string]diag.Lint {
	m := map[string]diag.Lint{}
	for _, l := range Lints() {
		m[l.Code] = l
	}
	return m
})

// Lint asks the lints about the rules of a set: it adds what they say to the diagnostics of the rules, and takes away what is not wanted.
func Lint(set *Set, o LintOptions) {
	byText := map[*diag.Source][]*Rule{}
	var texts []*diag.Source
	for _, r := range set.Rules {
		if src := r.Detection.Query; src != nil && r.Detection.Language == detection.Sigma {
			if byText[src] == nil {
				texts = append(texts, src)
			}
			byText[src] = append(byText[src], r)
		} else {
			r.lintAttackTags()
		}
	}
	said := make([]diag.List, len(texts))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(texts); i = int(next.Add(1)) - 1 {
				said[i] = lintSigma(texts[i], o)
			}
		})
	}
	workers.Wait()
	for i, src := range texts {
		rules := byText[src]
		for _, d := range said[i] {
			for _, r := range owners(rules, d) {
				r.remark(d)
			}
		}
	}
	lintSet(set)
	for _, r := range set.Rules {
		r.Diagnostics = slices.DeleteFunc(sorted(r.Diagnostics), func(d diag.Diagnostic) bool { return !o.wants(d, r.Detection.ID) })
	}
}

// remark adds a diagnostic, or its fix to what was said already.
func (r *Rule) remark(d diag.Diagnostic) {
	for i := range r.Diagnostics {
		if said := &r.Diagnostics[i]; said.Code == d.Code && said.Span == d.Span && said.Message == d.Message && said.Source == d.Source {
			said.Fix = d.Fix
			return
		}
	}
	r.Diagnostics.Add(d)
}

// lintSigma returns what all lints say of a Sigma text by itself.
func lintSigma(src *diag.Source, o LintOptions) diag.List {
	list := sigma.Lint(src, o.Sigma)
	parsed, _ := sigma.Parse(src)
	for _, document := range parsed.Documents {
		if !document.Meta().Broken {
			list = append(list, lintAttack(document)...)
			list = append(list, lintFields(document, o.taxonomy())...)
		}
	}
	list.Sort()
	return list
}

// FixSigma returns the text of a Sigma file with everything put right that the wanted lints can, and the remarks that are done with.
// The text is read as the same rules with the same plans as before.
func FixSigma(src *diag.Source, o LintOptions) (text string, done diag.List) {
	return sigma.Fix(src, func(now *diag.Source) diag.List {
		parsed, _ := sigma.Parse(now)
		return slices.DeleteFunc(lintSigma(now, o), func(d diag.Diagnostic) bool {
			id := ""
			for _, document := range parsed.Documents {
				if m := document.Meta(); m.Span.Start <= d.Span.Start && d.Span.Start < m.Span.End {
					id = m.ID.Text
				}
			}
			return !o.wants(d, id)
		})
	})
}
