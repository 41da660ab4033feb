package detection

// Kind says what the author of a detection wants its answers to be. The kinds are those of Splunk's content; a detection of
// another language has none.
type Kind string

// The kinds of detection.
const (
	TTP         Kind = "TTP"         // a finding, and risk for the entities in it
	Anomaly     Kind = "Anomaly"     // risk only: suspicious together with other things
	Hunting     Kind = "Hunting"     // a report that a person reads
	Correlation Kind = "Correlation" // a finding made of the risk that other detections raised
	Baseline    Kind = "Baseline"    // fills a table that other detections look into
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{TTP, Anomaly, Hunting, Correlation, Baseline} }

// Answer says how a row of a detection's results becomes a finding and risk. A Detection without one makes a finding of each
// event that it matches, as Sigma's do.
type Answer struct {
	Kind Kind
	// Finding and Risk say whether a row makes a finding, and risk events.
	Finding, Risk bool
	// Title, Description and Message are templates: $field$ stands for a field of the row, %name% for a property of the detection.
	Title, Description, Message string
	FindingFields               []string // the fields that identify what a finding is about, such as user and dest
	RiskObjects                 []RiskObject
	ThreatObjects               []ThreatObject
	Drilldowns                  []Drilldown
	Throttle                    *Throttle // nil: every row counts
	Severity                    string    // informational, low, medium, high or critical
	SecurityDomain              string
	Annotations                 []Annotation
	Impact, Confidence          int // 1 to 100; 0 where the author gives none
	RiskScore                   int // the highest score of a risk object
}

// RiskObject is a field of the row that holds an entity whose risk rises.
type RiskObject struct {
	Field   string
	Type    string // user, system or other
	Score   int
	Message string // a template; empty: that of the Answer
}

// ThreatObject is a field of the row that holds a means of the attack.
type ThreatObject struct {
	Field string
	Type  string
}

// Drilldown is a search that helps whoever looks at a finding. All its texts are templates.
type Drilldown struct {
	Name, Search     string
	Earliest, Latest string
}

// Throttle lets the first row of each tuple of values pass, and drops its like for a period.
type Throttle struct {
	Fields []string
	Period int64 // ticks of 100 ns
}

// Annotation is a property of a detection that its findings and risk events carry.
type Annotation struct {
	Name   string
	Values []string
}

// Annotation returns the values of an annotation.
func (a *Answer) Annotation(name string) []string {
	for _, n := range a.Annotations {
		if n.Name == name {
			return n.Values
		}
	}
	return nil
}

// Schedule says when a detection runs and over which time: Splunk's in cron and time modifiers, Sentinel's in Every and what follows
// it. Two that are equal say the same.
type Schedule struct {
	Cron             string // five fields: minute, hour, day, month, day of the week
	Earliest, Latest string // time modifiers, such as -70m@m
	Window           string // by how much a run may be late: minutes, or auto
	Disabled         bool   // what its author ships; a scan runs it all the same
	Continuous       bool   // every slot is run, late if need be

	// Every is the time between two runs, Period how far back each looks, and Delay how long before the run the window ends: at T it
	// is from T-Delay-Period, inside, to T-Delay, outside. Ticks of 100 ns. 0: Cron says when the detection runs.
	Every, Period, Delay int64
	Start                int64 // ticks since year 1 of one of the runs; 0: 1970-01-01
	Clock                Clock // what the window is about
}

// Clock is which time of a row decides whether it lies in a window.
type Clock string

// The clocks. The zero Clock is EventTime.
const (
	EventTime   Clock = ""              // when it happened
	ArrivalTime Clock = "arrival"       // when it was ingested, so that each row is in exactly one window however late it is
	EitherTime  Clock = "event-arrival" // it lies in the window if one of the two does
)

// Test is one case that a detection ships with: data, and how many rows the detection gives on it.
type Test struct {
	Name             string
	Data             []TestData
	Earliest, Latest string // the time to search; empty: all of it
	Expect           *int   // the number of rows; nil: at least one
}

// TestData is a file of a Test.
type TestData struct {
	Path       string // below the folder of attack data, with slashes
	URL        string
	Source     string
	Sourcetype string
	Host       string
	Index      string
}
