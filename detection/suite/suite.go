// Package suite reads what lies beside detections to prove them: tests, scenarios, and the events that both are about.
//
// In goes a YAML file, docs/tests.md being its description and docs/schemas/tests.schema.json its shape; out comes a Suite with
// a place on every word, and every complaint about it. What the words mean for an event is prove's affair: here nothing is
// looked up and nothing is run.
package suite

import (
	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// Word is a text with its place.
type Word struct {
	Text string
	Span diag.Span
}

// Suite is the tests and scenarios of one file.
type Suite struct {
	Source *diag.Source
	// Rule is the detection that tests are about unless they name another, by id, name or title.
	Rule      Word
	Sets      []*Set
	Tests     []*Test
	Scenarios []*Scenario
	Hunts     []*Hunt
}

// Set is data under a name, for several tests.
type Set struct {
	Name Word
	Data []Data
	Span diag.Span
}

// Data is events: those of a file, of a set, or written out.
type Data struct {
	Set  Word // a set of the suite, or a test of it, whose data is meant
	File Word // below the suite's folder, else below a folder that the user names
	// Records are the numbers of the events that are meant; none: all. An event's number is its own (EventRecordID) or its line.
	Records []Number
	Events  []Event
	Format  Word // the name of a format, where the bytes do not show it
	// Source and Sourcetype are what Splunk would be told of the input.
	Source, Sourcetype string
	Span               diag.Span
}

// Number is a whole number with its place.
type Number struct {
	Value uint64
	Span  diag.Span
}

// Event is one event that is written out: as the object that a log would hold, as a line of a log, or as a template with some
// fields filled in.
type Event struct {
	Template Word
	Line     Word
	Object   *yaml.Node // JSON or the fields of a template; nil for a line
	Span     diag.Span
}

// Test is one case: events, and what the detection makes of them.
type Test struct {
	Name   Word
	Rule   Word
	Text   string
	Data   []Data
	Expect Expect
	// Same is the detection that must give the same events; empty for a test of one detection.
	Same Word
	// Translation is the target of a translation of the detection that must give the same events, as translate knows it; with
	// Strict it carries the product of the log source.
	Translation Word
	Strict      bool
	Except      []Except
	Span        diag.Span
}

// Pair says that the test compares the detection with another, or with its translation.
func (t *Test) Pair() bool { return t.Same.Text != "" || t.Translation.Text != "" }

// Negative says that the test wants silence.
func (t *Test) Negative() bool { return t.Expect.Most != nil && t.Expect.Most.Value == 0 }

// Expect is what a test wants. What is not said is not asked, but a test that says nothing of numbers wants at least one
// finding.
type Expect struct {
	Least, Most *Number
	Records     []Number // the findings rest on exactly these events
	HasRecords  bool
	Fields      []Field // some finding has all of them
	Message     Word    // of some finding
	Risk        []Risk  // each is raised by some finding
	Span        diag.Span
}

// Field is a field of a finding, and the values of which it must have one; * stands for any text.
type Field struct {
	Name   Word
	Values []Word
}

// Risk is what some finding must add to the score of an entity.
type Risk struct {
	Object, Type Word
	Score        *Number
}

// Except is a difference between two detections that is known and right.
type Except struct {
	Records []Number
	Only    Word // which of the two gives them: "this" or "other"
	Why     string
	Span    diag.Span
}

// Verdict is what becomes of a scenario, beyond pass and fail.
type Verdict string

// The verdicts, in the order in which they weigh. A scenario may have several; Sound is that of one that has no other.
const (
	Sound          Verdict = "ok"              // benign events are silenced, attacks are not
	Unsafe         Verdict = "unsafe"          // an attack is silenced
	NotExpressible Verdict = "not expressible" // no field of the events holds what the exclusion looks for
	Partial        Verdict = "partly expressible"
	Overbroad      Verdict = "over-broad" // it silences more of what matches than benign events
	Dead           Verdict = "dead"       // it silences none of the benign events, though it could see them
	Abusable       Verdict = "abusable"   // an attack silences itself by borrowing what the benign events have
	Unbound        Verdict = "unbound"    // it never ends
)

// Verdicts returns all of them.
func Verdicts() []Verdict {
	return []Verdict{Sound, Unsafe, NotExpressible, Partial, Overbroad, Dead, Abusable, Unbound}
}

// Scenario is a benign cause with the exclusion that shall silence it.
type Scenario struct {
	Name Word
	Rule Word
	Text string
	Why  string // the argument for the verdict
	Data []Data // the benign events
	// Exclusion is the id of the exclusion; Exclude are those that are written out, and not in force elsewhere: one, or several that
	// are judged together.
	Exclusion Word
	Exclude   []*yaml.Node
	Attack    []Data // what must still be found; empty: the data of all tests of the rule that want findings
	History   []Data // what usually matches; empty: everything of the suite
	Most      *float64
	Verdicts  []Word // as they should be; empty: ok
	Span      diag.Span
}

// Hunt is a question about data that can be refuted.
type Hunt struct {
	ID, Name   Word
	Hypothesis string
	Techniques []Word
	Text       string
	Author     string
	Date       string
	Requires   []Telemetry
	Queries    []Query
	Supports   string // what would be seen if it were so
	Refutes    string // what must hold so that seeing nothing means something
	References []Word
	State      HuntState  // what those who hunt have come to; New where the document does not say
	Notes      []HuntNote // how they came to it, the newest first
	Span       diag.Span
}

// Telemetry is a kind of record that a hunt needs, by the log source of Sigma, and the fields that must be filled.
type Telemetry struct {
	Category, Product, Service Word
	Fields                     []Word
	Why                        string
	Span                       diag.Span
}

// Query is a question of a hunt: a detection by id, name or title, or a text of its own.
type Query struct {
	Rule     Word
	Name     Word // of a text
	Language Word // sigma, spl or kql
	Text     *diag.Text
	Span     diag.Span
}
