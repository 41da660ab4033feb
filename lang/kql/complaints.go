package kql

import (
	"goshawk/diag"
	"goshawk/schema"
)

// complaints gathers what is wrong with a text.
type complaints struct {
	text *diag.Text
	list diag.List
	// soft makes errors warnings: a part of a fuzzy union is being tried, or a lenient function is being read.
	soft int
	// failed counts the errors that were made warnings.
	failed int
}

// A code of ours is the kind of fault; ks is Microsoft's code for the same, empty where it has none. A diagnostic's code is
// "kql-<kind>", or "kql-<kind>/KS142" with it.
func code(kind, ks string) string {
	if ks == "" {
		return "kql-" + kind
	}
	return "kql-" + kind + "/" + ks
}

func (c *complaints) errorf(at diag.Span, kind, ks, format string, args ...any) *diag.Diagnostic {
	if c.soft > 0 {
		c.failed++
		return c.warnf(at, kind, ks, format, args...)
	}
	source, span := c.text.Place(at).Outermost()
	return c.list.Errorf(source, span, code(kind, ks), format, args...)
}

func (c *complaints) warnf(at diag.Span, kind, ks, format string, args ...any) *diag.Diagnostic {
	source, span := c.text.Place(at).Outermost()
	return c.list.Warnf(source, span, code(kind, ks), format, args...)
}

func (c *complaints) notef(at diag.Span, kind, format string, args ...any) *diag.Diagnostic {
	d := c.warnf(at, kind, "", format, args...)
	d.Severity = diag.Info
	return d
}

// nearest hints at the name that is meant.
func hintNearest(d *diag.Diagnostic, name string, names []string) {
	if near := diag.Nearest(name, names); near != "" {
		d.Hint = "did you mean `" + near + "`?"
	}
}

// aType names a type with its article.
func aType(t schema.Type) string {
	if t == schema.Int {
		return "an int"
	}
	return "a " + t.String()
}
