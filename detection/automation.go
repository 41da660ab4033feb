package detection

import "goshawk/diag"

// AutomationRule says what is done with incidents and alerts of Sentinel when they are made or change.
type AutomationRule struct {
	ID, Name  string
	Order     int
	Enabled   bool
	Expires   int64  // ticks since year 1; 0: never
	On        string // Incidents or Alerts
	When      string // Created or Updated
	Condition []Condition
	Actions   []Action // in their order
	Path      string
	Place     diag.Span
}

// Condition is one condition of an automation rule; all of a rule must hold.
type Condition struct {
	Type     string // Property, PropertyChanged, PropertyArrayChanged, PropertyArray, Boolean
	Property string // IncidentTitle, AccountName …; of an array: Alerts, Labels, CustomDetails …
	Change   string // ChangedFrom, ChangedTo, Added; empty: any
	Operator string // Equals, NotContains …; of Boolean: And, Or
	Values   []string
	Every    bool // of an array: all items, rather than any
	Inner    []Condition
	Place    diag.Span
}

// Action is one action of an automation rule.
type Action struct {
	Order int
	Type  string // ModifyProperties, RunPlaybook, AddIncidentTask
	// What ModifyProperties sets; empty: left as it is.
	Status, Severity, Owner         string
	Classification, Reason, Comment string
	Labels                          []string // added
	Title, Description              string   // of a task
	Playbook                        string   // its resource
}
