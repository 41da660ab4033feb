package detection

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// What a structured predicate is in the languages of detections, as far as they have words for it.

// Spell returns what the place that a predicate is written for calls a field; an error where it has no name for it.
type Spell func(field string) (string, error)

// wordless says that a language has no words for what a condition asks.
func (c *ExclusionCondition) wordless(language Language) error {
	return fmt.Errorf("%s has no words for `%s`", language, c.Text())
}

// joined writes the alternatives of a predicate.
func (x *Exclusion) joined(and, or string, one func(*ExclusionCondition) (string, error)) (string, error) {
	var any []string
	for _, a := range x.Where {
		var all []string
		for i := range a {
			text, err := one(&a[i])
			if err != nil {
				return "", err
			}
			all = append(all, text)
		}
		text := strings.Join(all, and)
		if len(x.Where) > 1 {
			text = "(" + text + ")"
		}
		any = append(any, text)
	}
	return strings.Join(any, or), nil
}

// SPLText writes the predicate as a condition of search.
func (x *Exclusion) SPLText(spell Spell) (string, error) {
	if x.SPL != nil {
		return x.SPL.String, nil
	}
	return x.joined(" ", " OR ", func(c *ExclusionCondition) (string, error) {
		field, err := spell(c.Field)
		if err != nil {
			return "", err
		}
		var values []string
		for _, v := range c.Values {
			if strings.Contains(v, "*") {
				return "", c.wordless(SPL) // * stands for anything there, and nothing stands for *
			}
			values = append(values, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v))
		}
		text := ""
		switch c.Op {
		case OpIs, OpCIDR:
			text = fmt.Sprintf(`%s="%s"`, field, values[0])
		case OpIn:
			text = fmt.Sprintf(`%s IN ("%s")`, field, strings.Join(values, `", "`))
		case OpContains:
			text = fmt.Sprintf(`%s="*%s*"`, field, values[0])
		case OpStartsWith:
			text = fmt.Sprintf(`%s="%s*"`, field, values[0])
		case OpEndsWith:
			text = fmt.Sprintf(`%s="*%s"`, field, values[0])
		case OpLess, OpAtMost, OpMore, OpAtLeast:
			text = field + string(c.Op) + values[0]
		case OpExists:
			if c.Not {
				return fmt.Sprintf("NOT %s=*", field), nil
			}
			return field + "=*", nil
		default:
			return "", c.wordless(SPL)
		}
		if c.Not {
			text = fmt.Sprintf("%s=* NOT %s", field, text)
		}
		return text, nil
	})
}

// KQLText writes the predicate as a condition of where.
func (x *Exclusion) KQLText(spell Spell) (string, error) {
	if x.KQL != nil {
		return x.KQL.String, nil
	}
	return x.joined(" and ", " or ", func(c *ExclusionCondition) (string, error) {
		field, err := spell(c.Field)
		if err != nil {
			return "", err
		}
		var values []string
		for _, v := range c.Values {
			values = append(values, strconv.Quote(v))
		}
		text := ""
		switch c.Op {
		case OpIs:
			text = field + " =~ " + values[0]
		case OpIn:
			text = field + " in~ (" + strings.Join(values, ", ") + ")"
		case OpContains, OpStartsWith, OpEndsWith:
			text = field + " " + string(c.Op) + " " + values[0]
		case OpMatches:
			text = field + " matches regex " + values[0]
		case OpCIDR:
			text = "ipv4_is_in_range(" + field + ", " + values[0] + ")"
		case OpLess, OpAtMost, OpMore, OpAtLeast:
			text = "todouble(" + field + ") " + string(c.Op) + " " + c.Values[0]
		case OpExists:
			if c.Not {
				return "isempty(" + field + ")", nil
			}
			return "isnotempty(" + field + ")", nil
		default:
			return "", c.wordless(KQL)
		}
		if c.Not {
			text = "isnotempty(" + field + ") and not(" + text + ")"
		}
		return text, nil
	})
}

var conditionLine = regexp.MustCompile(`(?m)^( *)condition: *(.*)$`)

// SigmaText writes the predicate as the selections of a filter, indented by two, and its condition, which says what stays.
func (x *Exclusion) SigmaText(spell Spell) (selections, condition string, err error) {
	if x.Sigma != nil {
		return x.Sigma.split()
	}
	var b strings.Builder
	n := 0
	condition, err = x.joined(" and ", " or ", func(c *ExclusionCondition) (string, error) {
		field, err := spell(c.Field)
		if err != nil {
			return "", err
		}
		modifier := map[ExclusionOp]string{OpIs: "", OpIn: "", OpContains: "|contains", OpStartsWith: "|startswith", OpEndsWith: "|endswith", OpMatches: "|re", OpCIDR: "|cidr",
			OpLess: "|lt", OpAtMost: "|lte", OpMore: "|gt", OpAtLeast: "|gte", OpExists: "|exists"}
		m, ok := modifier[c.Op]
		if !ok {
			return "", c.wordless(Sigma)
		}
		n++
		name := "exclusion_" + strconv.Itoa(n)
		fmt.Fprintf(&b, "  %s:\n    %s%s:", name, field, m)
		switch c.Op {
		case OpExists:
			fmt.Fprintf(&b, " %v\n", !c.Not)
			return name, nil
		case OpLess, OpAtMost, OpMore, OpAtLeast:
			fmt.Fprintf(&b, " %s\n", c.Values[0])
		default:
			b.WriteByte('\n')
			for _, v := range c.Values {
				if c.Op != OpMatches && c.Op != OpCIDR {
					v = strings.NewReplacer(`\*`, `\\\*`, `\?`, `\\\?`, `*`, `\*`, `?`, `\?`).Replace(v)
				}
				fmt.Fprintf(&b, "      - '%s'\n", strings.ReplaceAll(v, "'", "''"))
			}
		}
		if !c.Not {
			return name, nil
		}
		fmt.Fprintf(&b, "  %s_there:\n    %s|exists: true\n", name, field)
		return name + "_there and not " + name, nil
	})
	return b.String(), "not (" + condition + ")", err
}

// split takes the condition out of a section, and indents the rest by two.
func (p *SigmaPredicate) split() (selections, condition string, err error) {
	m := conditionLine.FindStringSubmatchIndex(p.Text)
	if m == nil || strings.TrimSpace(p.Text[m[4]:m[5]]) == "" {
		return "", "", fmt.Errorf("the condition stands on several lines; write it on one")
	}
	indent := p.Text[m[2]:m[3]]
	condition = strings.Trim(strings.TrimSpace(p.Text[m[4]:m[5]]), `'"`)
	if !p.Filter {
		condition = "not (" + condition + ")"
	}
	var b strings.Builder
	for line := range strings.Lines(p.Text[:m[0]] + strings.TrimPrefix(p.Text[m[1]:], "\n")) {
		if line = strings.TrimRight(line, " \r\n"); line != "" {
			b.WriteString("  " + strings.TrimPrefix(line, indent) + "\n")
		}
	}
	return b.String(), condition, nil
}
