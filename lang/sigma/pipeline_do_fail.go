package sigma

import (
	"slices"
	"strings"

	"goshawk/diag"
)

// Transformations that refuse a rule.

var _ = defineTransformation("rule_failure", "refuses the rule with a message", func(p *params) transformation {
	message := p.name("message").Text
	return action(func(p *processing, s *step) {
		p.errorAt(s, p.head(), "sigma-pipeline-failure", "%s", message)
	})
})

var _ = defineTransformation("detection_item_failure", "refuses the rule for one of its items", func(p *params) transformation {
	message := p.name("message").Text
	return itemChange(func(p *processing, s *step, i *Item) Search {
		p.errorAt(s, i.Span, "sigma-pipeline-failure", "%s", message)
		return i
	})
})

var _ = defineTransformation("strict_field_mapping_failure", "refuses a rule with a field that nothing has renamed", func(*params) transformation {
	return action(func(p *processing, s *step) {
		var names []string
		var first diag.Span
		p.some(func(i *Item) bool {
			if name := i.Field.Text; name != "" && !p.mapped[name] && !slices.Contains(names, name) {
				if names = append(names, name); len(names) == 1 {
					first = i.Key.Span
				}
			}
			return false
		})
		if len(names) > 0 {
			p.errorAt(s, first, "sigma-pipeline-unmapped", "pipeline has no name for %s", strings.Join(names, ", "))
		}
	})
})
