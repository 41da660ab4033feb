package detection

import "goshawk/diag"

// AlertKind is the kind of a detection of Microsoft Sentinel or Defender XDR.
type AlertKind string

// The kinds of such detections.
const (
	Scheduled       AlertKind = "Scheduled"       // an analytic rule that runs every so often
	NRT             AlertKind = "NRT"             // an analytic rule that looks at every row when it arrives, near real time
	HuntingQuery    AlertKind = "Hunting"         // a person runs it over a time of their choice
	CustomDetection AlertKind = "CustomDetection" // of Defender XDR
)

// AlertKinds returns all kinds.
func AlertKinds() []AlertKind { return []AlertKind{Scheduled, NRT, HuntingQuery, CustomDetection} }

// Alert says how the rows of a detection of Sentinel or Defender XDR become alerts, and those incidents. Durations are ticks of
// 100 ns; places are spans of the detection's file. What the author does not say has the value that the service would use.
type Alert struct {
	Kind    AlertKind
	Version string // of the template, as written: 1.0.3
	// Frequency is the time between two runs, Period how far back each looks; 0 where the kind has none or the author does not say.
	Frequency, Period int64
	// Start is the time of the first run, in ticks since year 1; 0: none is said, slots are multiples of the frequency since 1970.
	Start int64
	// Continuous says of a custom detection that it looks at every row when it arrives.
	Continuous bool
	Trigger    Trigger
	// PerResult makes an alert of each row; otherwise all rows of a run are one alert.
	PerResult bool
	// Suppression is for how long the rule is not run after a run that alerted; 0: it is.
	Suppression int64
	Entities    []EntityMapping
	// EntityColumns are columns that hold entities as JSON.
	EntityColumns []Column
	CustomDetails []CustomDetail
	Override      Override
	Incident      IncidentConfiguration
	// Tactics are names of ATT&CK without blanks, such as CredentialAccess; Techniques are T1003 or T1003.001.
	Tactics, Techniques []string
	Connectors          []Connector
	Schemas             []AlertSchema // of ASIM, that the author's tags name
	RecommendedActions  string
	// Placeholders are the names of {{…}} in the search that whoever runs it fills in: StartTimeISO, EndTimeISO.
	Placeholders []string
}

// Trigger is what the number of rows of one run is compared with. The zero Trigger is met by any row.
type Trigger struct {
	Operator  string // gt, lt, eq or ne
	Threshold int
}

// Met says whether a number of rows meets the trigger.
func (t Trigger) Met(rows int) bool {
	switch t.Operator {
	case "lt":
		return rows < t.Threshold
	case "eq":
		return rows == t.Threshold
	case "ne":
		return rows != t.Threshold
	}
	return rows > t.Threshold
}

// OnSilence says whether a run without a row meets the trigger, so that empty windows have to be looked at as well.
func (t Trigger) OnSilence() bool { return t.Met(0) }

// Column is the name of a column of the result, with its place in the file.
type Column struct {
	Name  string
	Place diag.Span
}

// EntityMapping makes an entity of columns of a row.
type EntityMapping struct {
	Type   string // as EntityTypes spells it; as the author does where it is unknown
	Fields []EntityField
	Place  diag.Span
}

// EntityField says which column holds an identifier.
type EntityField struct {
	Identifier string // as the type spells it; as the author does where the type has none of that name
	Column     Column
}

// CustomDetail is a column whose values go into the alert under a name.
type CustomDetail struct {
	Name   string
	Column Column
}

// Override says which details of an alert come from its row. Formats are texts with {{Column}} in them; an empty one leaves the
// detection's own.
type Override struct {
	Name, Description               string
	NamePlace, DescriptionPlace     diag.Span
	SeverityColumn, TacticsColumn   *Column // nil: the detection's own
	Properties                      []DynamicProperty
	NameColumns, DescriptionColumns []Column // the columns that the formats name
}

// DynamicProperty is a property of an alert that a column gives.
type DynamicProperty struct {
	Name   string // AlertLink, ConfidenceLevel …
	Column Column
}

// IncidentConfiguration says which incidents alerts become.
type IncidentConfiguration struct {
	Create   bool // false: alerts only
	Grouping Grouping
}

// MatchingMethod says which alerts of a rule go into one incident.
type MatchingMethod string

// The methods.
const (
	AllEntities MatchingMethod = "AllEntities" // those whose entities are all the same
	AnyAlert    MatchingMethod = "AnyAlert"    // all of the rule
	Selected    MatchingMethod = "Selected"    // those that agree in what was selected
)

// Grouping says how alerts are put together. If it is not enabled each alert is an incident.
type Grouping struct {
	Enabled  bool
	Reopen   bool  // a closed incident is opened again, rather than another begun
	LookBack int64 // ticks since the last alert of the incident
	Method   MatchingMethod
	Entities []string // types, for Selected
	Details  []string // DisplayName, Severity, for Selected
	Custom   []string // names of custom details, for Selected
}

// Connector is a source of data that a detection needs.
type Connector struct {
	ID        string
	DataTypes []string // tables, or prose such as "SecurityAlert (MDATP)"
	Place     diag.Span
}

// AlertSchema is a schema of ASIM that a detection is written for.
type AlertSchema struct{ Name, Version string }

// Columns returns the columns of the result that the alert names, in the order in which a person would look for them, each with what
// names it: "entity mapping", "custom detail", "alert name" and so on.
func (a *Alert) Columns(visit func(what string, c Column)) {
	for _, m := range a.Entities {
		for _, f := range m.Fields {
			visit("entity mapping", f.Column)
		}
	}
	for _, c := range a.EntityColumns {
		visit("entity mapping", c)
	}
	for _, d := range a.CustomDetails {
		visit("custom detail", d.Column)
	}
	for _, c := range a.Override.NameColumns {
		visit("alert name", c)
	}
	for _, c := range a.Override.DescriptionColumns {
		visit("alert description", c)
	}
	if c := a.Override.SeverityColumn; c != nil {
		visit("alert severity", *c)
	}
	if c := a.Override.TacticsColumn; c != nil {
		visit("alert tactics", *c)
	}
	for _, p := range a.Override.Properties {
		visit("alert property", p.Column)
	}
}
