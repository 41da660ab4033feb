package sentinel

import (
	"sort"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// AutomationRule is what is done with incidents and alerts.
type AutomationRule = detection.AutomationRule

// The bounds of the service.
const (
	mostConditions = 50
	mostActions    = 20
)

var (
	conditionTypes = strings.Fields("Property PropertyChanged PropertyArrayChanged PropertyArray Boolean")
	actionTypes    = strings.Fields("ModifyProperties RunPlaybook AddIncidentTask")
	propertyTests  = strings.Fields("Equals NotEquals Contains NotContains StartsWith NotStartsWith EndsWith NotEndsWith")
)

// automationRule reads an automation rule, which is named by its resource if not by itself.
func (r *reader) automationRule(m *fields) {
	a := &AutomationRule{ID: m.text("id", "name"), Name: m.text("displayName"), Enabled: true, On: "Incidents", When: "Created", Path: r.source.Name, Place: m.place("displayName")}
	if a.Name == "" {
		m.missing(diag.Warning, "displayName")
	}
	a.Order, _, _ = m.integer("order")
	if x := m.sub("triggeringLogic"); x != nil {
		a.Enabled = x.truth(true, "isEnabled")
		a.On = r.oneOf(x.word("triggersOn"), "trigger", a.On, "Incidents", "Alerts")
		a.When = r.oneOf(x.word("triggersWhen"), "trigger", a.When, "Created", "Updated")
		if w := x.word("expirationTimeUtc"); w.Text != "" && !w.expression {
			var ok bool
			if a.Expires, ok = parseTime(w.Text); !ok {
				r.warnf(r.span(w), "sentinel-automation", "%q is no time", w.Text)
			}
		}
		a.Condition = r.conditions(x, "conditions", 0)
		if n := len(a.Condition); n > mostConditions {
			r.warnf(x.place("conditions"), "sentinel-automation", "the service takes %d conditions, not %d", mostConditions, n)
		}
		x.done()
	}
	for _, x := range m.each("action", "actions") {
		a.Actions = append(a.Actions, r.action(x))
	}
	if n := len(a.Actions); n == 0 {
		m.missing(diag.Warning, "actions")
	} else if n > mostActions {
		r.warnf(m.place("actions"), "sentinel-automation", "the service takes %d actions, not %d", mostActions, n)
	}
	sort.SliceStable(a.Actions, func(i, j int) bool { return a.Actions[i].Order < a.Actions[j].Order })
	m.known("createdBy", "createdTimeUtc", "lastModifiedBy", "lastModifiedTimeUtc")
	r.file.automations = append(r.file.automations, a)
}

// oneOf returns one of some words as they are spelled here; otherwise, with a warning, if it is none.
func (r *reader) oneOf(w word, what, otherwise string, names ...string) string {
	if w.Text == "" {
		return otherwise
	}
	for _, name := range names {
		if strings.EqualFold(name, w.Text) {
			return name
		}
	}
	suggest(r.warnf(r.span(w), "sentinel-automation", "unknown %s %q", what, w.Text), w.Text, names)
	return otherwise
}

// maxConditionDepth bounds how deep conditions may stand in conditions.
const maxConditionDepth = 8

func (r *reader) conditions(from *fields, key string, depth int) []detection.Condition {
	if depth > maxConditionDepth {
		r.errorf(from.place(key), "sentinel-automation", "conditions are nested more than %d deep", maxConditionDepth)
		return nil
	}
	var list []detection.Condition
	for _, x := range from.each("condition", key) {
		c := detection.Condition{Place: r.places.At(x.node)}
		c.Type = r.oneOf(x.word("conditionType"), "type of condition", "", conditionTypes...)
		p := x.sub("conditionProperties")
		x.done()
		if p == nil {
			x.missing(diag.Warning, "conditionProperties")
			continue
		}
		c.Property = p.text("propertyName", "arrayType")
		c.Change = p.text("changeType")
		c.Values = textsOf(p.words("propertyValues"))
		c.Every = strings.HasPrefix(strings.ToLower(p.text("arrayConditionType")), "all")
		c.Inner = r.conditions(p, "innerConditions", depth+1)
		if items := r.conditions(p, "itemConditions", depth+1); items != nil {
			c.Inner = append(c.Inner, items...)
		}
		if c.Type == "Boolean" {
			c.Operator = r.oneOf(p.word("operator"), "operator", "And", "And", "Or")
		} else {
			c.Operator = r.oneOf(p.word("operator"), "operator", "", propertyTests...)
		}
		p.done()
		list = append(list, c)
	}
	return list
}

func (r *reader) action(x *fields) detection.Action {
	a := detection.Action{Type: r.oneOf(x.word("actionType"), "type of action", "", actionTypes...)}
	a.Order, _, _ = x.integer("order")
	c := x.sub("actionConfiguration")
	x.done()
	if c == nil {
		return a
	}
	a.Status, a.Severity = c.text("status"), c.text("severity")
	a.Classification, a.Reason, a.Comment = c.text("classification"), c.text("classificationReason"), c.text("classificationComment")
	if e := c.entry("owner"); e != nil && len(e.Value.Content) > 0 {
		if o := r.fields("owner", e.Value); o != nil {
			a.Owner = o.text("userPrincipalName", "email", "assignedTo", "objectId")
		}
	} else {
		a.Owner = c.text("owner")
	}
	if e := c.entry("labels"); e != nil {
		for _, n := range e.Value.Content {
			if len(n.Content) == 0 {
				a.Labels = append(a.Labels, n.Value)
			} else if l := r.fields("label", n); l != nil {
				a.Labels = append(a.Labels, l.text("labelName"))
			}
		}
	}
	a.Title, a.Description = c.text("title"), c.text("description")
	a.Playbook = c.text("logicAppResourceId")
	c.known("tenantId")
	c.done()
	return a
}
