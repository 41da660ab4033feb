package compile

import (
	"goshawk/detection"
	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/plan"
)

// writeSigma writes a translation as a rule. The rule is one of its own, and says what it was made of.
func writeSigma(t *Translation, _ TranslateOptions) (string, diag.List) {
	d, l := t.Rule.Detection, t.LogSource
	node := plan.Transform(t.Plan, func(n plan.Node) plan.Node {
		if s, ok := n.(*plan.Scan); ok {
			c := *s
			c.Table = "sigma/" + stated(l.Category) + "/" + stated(l.Product) + "/" + stated(l.Service)
			return &c
		}
		return n
	})
	head := sigma.Head{
		Title: d.Title, Status: d.Status, Description: d.Description, Author: d.Author, Date: d.Date, Modified: d.Modified,
		References: d.References, Tags: d.Tags, FalsePositives: d.FalsePositives, Fields: d.Fields, Level: d.Level.String(),
	}
	if head.Title == "" {
		head.Title = d.Name
	}
	if d.ID != "" {
		head.ID = sigma.DerivedID(d.ID, t.Target)
		head.Related = []string{d.ID}
	}
	if d.Language != detection.Sigma {
		head.Status = "experimental"
	}
	return sigma.WriteRule(node, head)
}

// stated returns a part of a log source as the name of a table has it.
func stated(part string) string {
	if part == "" {
		return "*"
	}
	return part
}
