package compile

import (
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/taxonomy"
)

// Text compiles a text that is a detection by itself: a search of SPL, a query of KQL, or a document of Sigma. What the detection says
// beside, such as its title, is given; Query is the text.
func Text(d detection.Detection, o Options) *Rule {
	if o.Taxonomy == nil {
		o.Taxonomy = taxonomy.Default()
	}
	d.Search, d.Span = nil, diag.Span{End: len(d.Query.Text)}
	var r *Rule
	switch d.Language {
	case detection.KQL:
		r = kqlRule(&d, KQLEnv(o))
	case detection.SPL:
		env := Env(nil, o)
		r = splRule(&d, env, env)
	default:
		file := detection.File{Language: detection.Sigma, Source: d.Query}
		return readSigma([]detection.File{file}, o, 1).rules(file, o)[0]
	}
	r.finish()
	return r
}
