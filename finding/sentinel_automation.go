package finding

import (
	"regexp"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// IncidentChange is what happened to an incident. The zero IncidentChange is that it was opened.
type IncidentChange struct {
	Updated bool
	// Was are the properties that changed, by name (IncidentSeverity, IncidentStatus, IncidentOwner), with their values before.
	Was map[string]string
	// Added are the lists that have grown: Alerts, Labels, Tactics, Comments.
	Added []string
	By    string // what made the change: AlertGrouping or AutomationRule
}

// What changes incidents.
const (
	byAlerts     = "AlertGrouping"
	byAutomation = "AutomationRule"
)

// AutomationStep is an automation rule that applied, with what it did.
type AutomationStep struct {
	Rule    *detection.AutomationRule
	Actions []detection.Action
	// Left are the actions that nobody takes here, such as playbooks.
	Left []detection.Action
}

// Automate applies automation rules to an incident, in their order, each to what the ones before have made of it. now is the time in
// ticks. A rule with a condition that is not understood does not apply.
func Automate(rules []*detection.AutomationRule, in *SentinelIncident, change IncidentChange, now int64) []AutomationStep {
	return automate(inOrder(rules), in, change, now)
}

// inOrder returns automation rules in the order in which they run.
func inOrder(rules []*detection.AutomationRule) []*detection.AutomationRule {
	ordered := slices.Clone(rules)
	slices.SortStableFunc(ordered, func(a, b *detection.AutomationRule) int { return a.Order - b.Order })
	return ordered
}

// automate is Automate for rules that are in order.
func automate(rules []*detection.AutomationRule, in *SentinelIncident, change IncidentChange, now int64) []AutomationStep {
	var steps []AutomationStep
	for _, r := range rules {
		if !r.Enabled || r.Expires != 0 && r.Expires <= now || r.On != "Incidents" || (r.When == "Updated") != change.Updated {
			continue
		}
		if in.meets(r, change) {
			steps = append(steps, take(r, in))
		}
	}
	return steps
}

// meets says whether all conditions of a rule hold.
func (in *SentinelIncident) meets(r *detection.AutomationRule, change IncidentChange) bool {
	return !slices.ContainsFunc(r.Condition, func(c detection.Condition) bool { return !holds(&c, in, change) })
}

// take takes the actions of a rule.
func take(r *detection.AutomationRule, in *SentinelIncident) AutomationStep {
	step := AutomationStep{Rule: r}
	for _, a := range r.Actions {
		switch a.Type {
		case "ModifyProperties":
			set := func(to *string, value string) {
				if value != "" {
					*to = value
				}
			}
			set(&in.Status, a.Status)
			set(&in.Classification, a.Classification)
			set(&in.Reason, a.Reason)
			set(&in.Comment, a.Comment)
			set(&in.Owner, a.Owner)
			if level, err := detection.LevelOf(a.Severity); err == nil {
				in.Level = level
			}
			for _, label := range a.Labels {
				if !slices.Contains(in.Labels, label) {
					in.Labels = append(in.Labels, label)
				}
			}
		case "AddIncidentTask":
			in.Tasks = append(in.Tasks, IncidentTask{a.Title, a.Description})
		default:
			step.Left = append(step.Left, a)
			continue
		}
		step.Actions = append(step.Actions, a)
	}
	return step
}

// holds says whether a condition is met.
func holds(c *detection.Condition, in *SentinelIncident, change IncidentChange) bool {
	switch c.Type {
	case "Boolean":
		some := func(want bool) bool {
			return slices.ContainsFunc(c.Inner, func(inner detection.Condition) bool { return holds(&inner, in, change) == want })
		}
		if c.Operator == "Or" {
			return some(true)
		}
		return !some(false)
	case "Property":
		switch c.Property {
		case "IncidentUpdatedBySource":
			return compare(c.Operator, []string{change.By}, sourceNames(c.Values))
		case "IncidentRelatedAnalyticRuleIds", "AlertAnalyticRuleIds":
			have, _ := in.property(c.Property)
			return compare(c.Operator, have, ruleIDs(c.Values))
		}
		have, known := in.property(c.Property)
		return known && compare(c.Operator, have, c.Values)
	case "PropertyChanged":
		was, changed := change.Was[c.Property]
		now, known := in.property(c.Property)
		switch {
		case !changed || !known:
			return false
		case strings.EqualFold(c.Change, "ChangedFrom"):
			return compare(c.Operator, []string{was}, c.Values)
		case c.Operator == "" && c.Values == nil:
			return true
		}
		return compare(c.Operator, now, c.Values)
	case "PropertyArrayChanged":
		return slices.ContainsFunc(change.Added, func(name string) bool { return strings.EqualFold(name, c.Property) })
	case "PropertyArray":
		return in.anyDetail(c, change)
	}
	return false
}

// sourceNames are names of what changes incidents as By has them: templates, portals and exports write "Alert grouping" and the like.
func sourceNames(list []string) []string {
	out := make([]string, len(list))
	for i, name := range list {
		out[i] = strings.ReplaceAll(name, " ", "")
		if event.Fold(out[i]) == "alertsgrouping" {
			out[i] = byAlerts
		}
	}
	return out
}

// ruleIDs are the ids of analytic rules: the last GUID of what names the resource, be it an expression of a template.
func ruleIDs(list []string) []string {
	out := make([]string, len(list))
	for i, name := range list {
		out[i] = name
		if found := ruleGUID.FindAllString(name, -1); found != nil {
			out[i] = found[len(found)-1]
		}
	}
	return out
}

var ruleGUID = regexp.MustCompile(`(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// anyDetail asks the conditions of a PropertyArray of each custom detail.
func (in *SentinelIncident) anyDetail(c *detection.Condition, change IncidentChange) bool {
	met, asked := 0, 0
	for _, a := range in.Alerts {
		for _, d := range a.Alert.Details {
			items := []AlertDetail{d}
			if strings.EqualFold(c.Property, "CustomDetailValues") {
				items = nil
				for _, value := range d.Values {
					items = append(items, AlertDetail{d.Name, []string{value}})
				}
			}
			for _, item := range items {
				one := &SentinelIncident{Alerts: []*RuleAlert{{Detection: a.Detection, Alert: &SentinelAlert{Details: []AlertDetail{item}}}}}
				asked++
				if !slices.ContainsFunc(c.Inner, func(inner detection.Condition) bool { return !holds(&inner, one, change) }) {
					met++
				}
			}
		}
	}
	if c.Every {
		return asked > 0 && met == asked
	}
	return met > 0
}

// compare tests the values of a property against those of a condition, whatever their case: one of them must meet one of those; for a
// negated operator none may.
func compare(operator string, have, want []string) bool {
	test, negated := strings.CutPrefix(operator, "Not")
	var meets func(a, b string) bool
	switch test {
	case "Equals":
		meets = func(a, b string) bool { return a == b }
	case "Contains":
		meets = strings.Contains
	case "StartsWith":
		meets = strings.HasPrefix
	case "EndsWith":
		meets = strings.HasSuffix
	default:
		return false
	}
	for _, a := range have {
		for _, b := range want {
			if meets(event.Fold(a), event.Fold(b)) {
				return !negated
			}
		}
	}
	return negated
}

// otherProperties are properties of entities that are not called by type and identifier.
var otherProperties = map[string][2]string{
	"HostName": {"Host", "HostName"}, "Url": {"URL", "Url"}, "RegistryKey": {"RegistryKey", "Key"}, "RegistryValueData": {"RegistryValue", "Value"},
	"CloudApplicationAppName": {"CloudApplication", "Name"}, "IoTDeviceId": {"IoTDevice", "DeviceId"}, "IoTDeviceName": {"IoTDevice", "DeviceName"}, "IoTDeviceType": {"IoTDevice", "DeviceType"},
	"IoTDeviceModel": {"IoTDevice", "Model"}, "IoTDeviceVendor": {"IoTDevice", "Manufacturer"}, "IoTDeviceOperatingSystem": {"IoTDevice", "OperatingSystem"},
	"MailboxUPN": {"Mailbox", "Upn"}, "MailboxPrimaryAddress": {"Mailbox", "MailboxPrimaryAddress"},
	"MailMessageP1Sender": {"MailMessage", "P1Sender"}, "MailMessageP2Sender": {"MailMessage", "P2Sender"}, "MailMessageSenderIP": {"MailMessage", "SenderIP"},
}

// property returns the values of a property; false if there is none of that name.
func (in *SentinelIncident) property(name string) (list []string, known bool) {
	switch name {
	case "IncidentTitle":
		return []string{in.Title}, true
	case "IncidentDescription":
		return []string{in.Description}, true
	case "IncidentSeverity":
		return []string{in.Level.String()}, true
	case "IncidentStatus":
		return []string{in.Status}, true
	case "IncidentOwner":
		return []string{in.Owner}, true
	case "IncidentTactics":
		return in.Tactics, true
	case "IncidentLabel":
		return in.Labels, true
	case "IncidentProviderName":
		return []string{"Azure Sentinel"}, true
	case "AlertProductNames":
		return []string{"Azure Sentinel"}, true
	case "IncidentRelatedAnalyticRuleIds", "AlertAnalyticRuleIds":
		for _, a := range in.Alerts {
			list = append(list, a.Detection.ID)
		}
		return list, true
	case "IncidentCustomDetailsKey", "IncidentCustomDetailsValue":
		for _, a := range in.Alerts {
			for _, d := range a.Alert.Details {
				if name == "IncidentCustomDetailsKey" {
					list = append(list, d.Name)
				} else {
					list = append(list, d.Values...)
				}
			}
		}
		return list, true
	case "AzureResourceSubscriptionId":
		for _, id := range in.identifiers("AzureResource", "ResourceId") {
			if parts := strings.Split(strings.Trim(id, "/"), "/"); len(parts) > 1 && strings.EqualFold(parts[0], "subscriptions") {
				list = append(list, parts[1])
			}
		}
		return list, true
	}
	if other, ok := otherProperties[name]; ok {
		return in.identifiers(other[0], other[1]), true
	}
	for _, kind := range detection.EntityTypes() {
		rest, ok := strings.CutPrefix(name, kind.Name)
		if !ok {
			continue
		}
		for _, identifier := range kind.Identifiers {
			if rest == identifier || name == identifier { // AccountName, ProcessId
				return in.identifiers(kind.Name, identifier), true
			}
		}
	}
	return nil, false
}

// identifiers returns what the entities of a type are told by.
func (in *SentinelIncident) identifiers(kind, identifier string) []string {
	var list []string
	for _, a := range in.Alerts {
		for i := range a.Alert.Entities {
			if e := &a.Alert.Entities[i]; e.Type == kind {
				if value := e.Get(identifier); value != "" {
					list = append(list, value)
				}
			}
		}
	}
	return list
}
