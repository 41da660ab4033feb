// Package detection is what to look for and what an answer means, whatever language the question is asked in.
//
// In go files and folders of rules; out come texts told apart by language. What is common to detections of all languages
// (identity, level, status, authors, ATT&CK) lives here; how a language says it lives in its room under lang, and compile
// brings the two together.
package detection

import (
	"fmt"
	"strings"

	"goshawk/diag"
)

// Language is the language a detection is written in.
type Language string

// The languages that Goshawk reads.
const (
	Sigma Language = "sigma"
	SPL   Language = "spl"
	KQL   Language = "kql"
)

// Level says how much a finding of the detection matters.
type Level uint8

// The levels, in rising order. A detection without a level is Informational.
const (
	Informational Level = iota
	Low
	Medium
	High
	Critical
)

var levels = [...]string{"informational", "low", "medium", "high", "critical"}

// Levels returns all levels in rising order.
func Levels() []Level { return []Level{Informational, Low, Medium, High, Critical} }

func (l Level) String() string {
	if int(l) < len(levels) {
		return levels[l]
	}
	return fmt.Sprintf("level(%d)", uint8(l))
}

// LevelOf returns the level of a name, in any case; "info" is short for informational.
func LevelOf(name string) (Level, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if name == "info" {
		return Informational, nil
	}
	for i, l := range levels {
		if l == name {
			return Level(i), nil
		}
	}
	return 0, fmt.Errorf("unknown level %q; levels are %s", name, strings.Join(levels[:], ", "))
}

// Detection is one question with its meaning. It must not be changed once it is loaded.
type Detection struct {
	ID          string
	Name        string // a handle that other rules refer to
	Title       string
	Language    Language
	Level       Level
	Status      string // stable, test, experimental, deprecated, unsupported, production …
	Description string
	Author      string
	License     string
	Date        string // as written
	Modified    string
	References  []string
	Tags        []string
	// FalsePositives are the benign causes that the author knows of.
	FalsePositives []string
	// Fields are the ones that the author wants shown with a finding.
	Fields []string
	// DataSource is what the detection needs, in the words of its language ("windows process_creation").
	DataSource string

	// What Splunk's content says besides. Answer, Schedule and Tests are nil where a language has no such thing.
	Answer              *Answer
	Schedule            *Schedule
	Tests               []Test
	Version             int
	Type                string   // as the author spells it: TTP, Anomaly …
	Stories             []string // the stories that it belongs to, by name
	DataSources         []string // each an alternative: one name, or several with " AND " between them
	RequiredFields      []string
	CVE                 []string
	AtomicGUIDs         []string // tests of Atomic Red Team
	Products            []string
	Baselines           []string // what must have run before
	AssetType           string
	HowToImplement      string
	ManualTest          string // why its tests cannot be run
	KnownFalsePositives string
	Deprecated          string // why it should not be used any more, and what replaces it

	// Alert is what Sentinel's and Defender's content says besides; nil for other languages.
	Alert *Alert

	// Related are the detections that the author names as related, and those that name this one as their translation.
	Related []Relation

	Search *diag.Text // the query alone, with its places; nil where the whole file is the query

	Path  string       // the file, as the user gave it; "builtin:…" for the built-in pack
	Query *diag.Source // the text of the file
	Span  diag.Span    // the detection's part of it
}

// Techniques returns the ATT&CK technique ids of the tags, upper case, in the author's order.
func (d *Detection) Techniques() []string {
	var ids []string
	for _, tag := range d.Tags {
		space, id, _ := strings.Cut(tag, ".")
		if strings.EqualFold(space, "attack") && isTechnique(id) {
			ids = append(ids, strings.ToUpper(id))
		}
	}
	return ids
}

// isTechnique says whether a text is written as the id of a technique: T, four digits and, of a part of one, a dot and three more.
func isTechnique(id string) bool {
	if len(id) != len("T0000") && len(id) != len("T0000.000") || id[0]|' ' != 't' {
		return false
	}
	for i := 1; i < len(id); i++ {
		if i == len("T0000") {
			if id[i] != '.' {
				return false
			}
		} else if id[i] < '0' || id[i] > '9' {
			return false
		}
	}
	return true
}
