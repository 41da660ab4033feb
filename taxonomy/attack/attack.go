// Package attack names the tactics and techniques of MITRE ATT&CK for Enterprise, version 19, for people who read findings.
// In goes an identifier as rules write it, in any case and also one that an earlier version used; out come the technique's
// name and tactics. NOTICE holds MITRE's terms. The package imports the standard library only.
package attack

import (
	_ "embed"
	"sort"
	"strings"
	"sync"
)

// Version is the version of ATT&CK that the tables are of.
const Version = "19"

//go:embed techniques.tsv
var techniquesTSV string

//go:embed replaced.tsv
var replacedTSV string

type technique struct {
	name    string
	tactics []string
}

type tables struct {
	techniques map[string]technique
	replaced   map[string]string
}

var load = sync.OnceValue(func() tables {
	t := tables{map[string]technique{}, map[string]string{}}
	for _, row := range rows(techniquesTSV) {
		t.techniques[row[0]] = technique{row[1], strings.Split(row[2], ",")}
	}
	for _, row := range rows(replacedTSV) {
		t.replaced[row[0]] = row[1]
	}
	return t
})

// rows splits a table, without its head.
func rows(tsv string) [][]string {
	lines := strings.Split(strings.TrimRight(tsv, "\n"), "\n")
	out := make([][]string, 0, len(lines)-1)
	for _, line := range lines[1:] {
		out = append(out, strings.Split(line, "\t"))
	}
	return out
}

// Tactic is one column of the matrix.
type Tactic struct {
	Slug string // as rules tag it: "lateral-movement"
	Name string // for people: "Lateral Movement"
}

// tactics are in the order of the matrix.
var tactics = []Tactic{
	{"reconnaissance", "Reconnaissance"},
	{"resource-development", "Resource Development"},
	{"initial-access", "Initial Access"},
	{"execution", "Execution"},
	{"persistence", "Persistence"},
	{"privilege-escalation", "Privilege Escalation"},
	{"stealth", "Stealth"},
	{"defense-impairment", "Defense Impairment"},
	{"credential-access", "Credential Access"},
	{"discovery", "Discovery"},
	{"lateral-movement", "Lateral Movement"},
	{"collection", "Collection"},
	{"command-and-control", "Command and Control"},
	{"exfiltration", "Exfiltration"},
	{"impact", "Impact"},
}

// Tactics returns the tactics in the order of the matrix.
func Tactics() []Tactic { return append([]Tactic(nil), tactics...) }

// TacticName returns the name of a tactic that a rule tags as slug, such as "lateral-movement" or "lateral_movement".
func TacticName(slug string) (name string, ok bool) {
	slug = strings.ToLower(strings.ReplaceAll(slug, "_", "-"))
	for _, t := range tactics {
		if t.Slug == slug {
			return t.Name, true
		}
	}
	return "", false
}

// Current returns the identifier that version 19 has for a technique: the one that replaced it, or itself in upper case.
func Current(id string) string {
	id = strings.ToUpper(strings.TrimSpace(id))
	if now, ok := load().replaced[id]; ok {
		return now
	}
	return id
}

// Technique returns the name of a technique and the slugs of its tactics in the order of the matrix; the identifier may be
// one of an earlier version, and of any case.
func Technique(id string) (name string, tactics []string, ok bool) {
	t, ok := load().techniques[Current(id)]
	if !ok {
		return "", nil, false
	}
	return t.name, append([]string(nil), t.tactics...), true
}

// Techniques returns the identifiers of all techniques in order.
func Techniques() []string {
	all := load().techniques
	list := make([]string, 0, len(all))
	for id := range all {
		list = append(list, id)
	}
	sort.Strings(list)
	return list
}
