package sigma

import (
	"regexp"
	"strings"

	"goshawk/diag"
)

// Conditions and the identifiers that they refer to.

var _ = lints(diag.CoreLints,
	lint{Lint: diag.Lint{Code: "sigma-them-of-one", Severity: diag.Info, Doc: "`1 of them` or `all of them` where there is one identifier",
		Help: "The name says the same more plainly.", Fixes: true,
		Validators: []string{"them_condition_with_single_detection", "sigmahq_ofthem_condition"}},
		check: func(c *linter) {
			c.selectors(func(s *Selector) {
				if s.Pattern.Text == "them" && len(c.detection().Identifiers) == 1 && len(s.Identifiers) == 1 {
					name := s.Identifiers[0].Name.Text
					c.say(s.Span, "there is one identifier only").hint("write %s", name).fix(c.nameAlone(s))
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigma-all-of-them", Severity: diag.Warning, Doc: "`all of them`",
		Help: "Whoever adds a filter later makes it a condition that must hold. `all of selection*` says what is meant.", Fixes: true,
		Validators: []string{"all_of_them_condition"}},
		check: func(c *linter) {
			c.selectors(func(s *Selector) {
				if s.All && s.Pattern.Text == "them" && len(s.Identifiers) > 1 {
					c.say(s.Span, "all of them takes in every identifier that is added later").hint("write all of selection*, or whatever the names have in common").fix(c.commonName(s))
				}
			})
		}},
)

func (c *linter) selectors(visit func(s *Selector)) {
	c.conditions(func(n Cond) {
		if s, ok := n.(*Selector); ok {
			visit(s)
		}
	})
}

// commonName returns the fix that writes a pattern in place of them, where all names begin with the usual word.
func (c *linter) commonName(s *Selector) *diag.Fix {
	for _, id := range s.Identifiers {
		if !strings.HasPrefix(id.Name.Text, "selection") {
			return nil
		}
	}
	if c.src.Text[s.Pattern.Span.Start:s.Pattern.Span.End] != "them" {
		return nil
	}
	return &diag.Fix{Doc: "write all of selection*", Edits: []diag.Edit{{Span: s.Pattern.Span, Text: "selection*"}}}
}

var usualName = regexp.MustCompile(`^_?(selection|filter|keywords?|sel)(_|\d|$)`)

var _ = lints(diag.SigmaHQLints,
	lint{Lint: diag.Lint{Code: "sigmahq-of-one", Severity: diag.Info, Doc: "a selector that fits one identifier",
		Help:       "`1 of` and `all of` are for several. Patterns such as `selection_*` and `filter_main_*` are usual even so, because more may come.",
		Validators: []string{"sigmahq_ofselection_condition"}},
		check: func(c *linter) {
			c.selectors(func(s *Selector) {
				p := s.Pattern.Text
				if strings.HasSuffix(p, "_*") && len(s.Identifiers) == 1 && !strings.HasPrefix(p, "filter_") && !strings.HasPrefix(p, "selection_") {
					c.say(s.Span, "one identifier fits %q", p).hint("write %s", s.Identifiers[0].Name.Text)
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-identifier-name", Severity: diag.Info, Doc: "an identifier with an unusual name",
		Help: "Published rules name what they look for `selection`, `selection_…` or `keywords`, and what they leave out `filter_main_…` and `filter_optional_…`, so that conditions read alike."},
		check: func(c *linter) {
			if d := c.detection(); d != nil {
				for _, id := range d.Identifiers {
					if !usualName.MatchString(id.Name.Text) {
						c.say(id.Name.Span, "identifier %q has an unusual name", id.Name.Text).hint("selection_, filter_main_, filter_optional_ and keywords are usual")
						return
					}
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-filter-name", Severity: diag.Info, Doc: "a filter that is not excluded, or a selection that is",
		Help: "By its name an identifier `filter…` stands behind `not`, and one called `selection…` does not."},
		check: checkFilterNames},
	lint{Lint: diag.Lint{Code: "sigmahq-correlation-rules", Severity: diag.Warning, Doc: "a temporal correlation of one rule",
		Help: "Temporal means that different rules match close together.", Validators: []string{"sigmahq_correlation_rules_minimum"}},
		check: func(c *linter) {
			if x := c.doc.Correlation; x != nil && strings.HasPrefix(x.Type.Text, "temporal") && len(x.Rules) == 1 {
				c.say(x.Type.Span, "a temporal correlation needs two rules at least")
			}
		}},
)

// checkFilterNames compares names with the side of not on which they stand.
func checkFilterNames(c *linter) {
	if c.doc.Rule == nil {
		return
	}
	said := map[*Identifier]bool{}
	look := func(ids []*Identifier, at diag.Span, negated bool) {
		for _, id := range ids {
			name := id.Name.Text
			switch {
			case said[id]:
			case strings.HasPrefix(name, "filter") && !negated:
				c.say(at, "%s is required, not excluded, in spite of its name", name)
				said[id] = true
			case strings.HasPrefix(name, "selection") && negated:
				c.say(at, "%s is excluded, in spite of its name", name)
				said[id] = true
			}
		}
	}
	var walk func(n Cond, negated bool)
	walk = func(n Cond, negated bool) {
		switch n := n.(type) {
		case *Name:
			look([]*Identifier{n.Identifier}, n.Span, negated)
		case *Selector:
			look(n.Identifiers, n.Span, negated)
		case *NotCond:
			walk(n.X, !negated)
		case *AndCond:
			for _, x := range n.List {
				walk(x, negated)
			}
		case *OrCond:
			for _, x := range n.List {
				walk(x, negated)
			}
		}
	}
	for _, condition := range c.doc.Rule.Detection.Conditions {
		if condition.Expr != nil {
			walk(condition.Expr, false)
		}
	}
}
