package escu

import (
	"math"
	"sort"
	"strings"

	"goshawk/detection"
)

// statuses, domains and the like are the words that Splunk's tool takes.
var (
	statuses        = []string{"production", "experimental", "deprecated", "removed"}
	securityDomains = []string{"endpoint", "network", "threat", "identity", "access", "audit"}
)

// The text of a finding where a deployment gives none.
const (
	defaultTitle       = "%name%"
	defaultDescription = "%description%"
)

// severityOf returns the severity of a risk score.
func severityOf(score int) string {
	switch {
	case score <= 20:
		return "informational"
	case score <= 40:
		return "low"
	case score <= 60:
		return "medium"
	case score <= 80:
		return "high"
	}
	return "critical"
}

// severityFor returns the severity of an answer by its score. The findings of what says nothing about risk are of high severity.
func severityFor(a *detection.Answer) string {
	if a.RiskScore == 0 && len(a.RiskObjects) == 0 && (a.Kind == detection.Correlation || a.Kind == detection.TTP) {
		return "high"
	}
	return severityOf(a.RiskScore)
}

// scoreOf returns the risk score of an impact and a confidence. A half goes to the even neighbour, as in Splunk's tool.
func scoreOf(impact, confidence int) int {
	return int(math.RoundToEven(float64(impact*confidence) / 100))
}

// levelOf returns the level of a detection: the severity of its findings. A hunt is for a person to read, a baseline finds nothing.
func levelOf(a *detection.Answer) detection.Level {
	if a.Kind == detection.Hunting || a.Kind == detection.Baseline {
		return detection.Informational
	}
	level, err := detection.LevelOf(a.Severity)
	if err != nil {
		return detection.Informational
	}
	return level
}

// FilterName returns the name of the macro that a detection of a name ends in.
func FilterName(name string) string { return Stem(name) + "_filter" }

// Stem returns the file name, without its ending, of content of a name.
func Stem(name string) string {
	return strings.ToLower(separators.Replace(strings.TrimSpace(name)))
}

var separators = strings.NewReplacer(" ", "_", "-", "_", ".", "_", "/", "_")

// annotations are the properties that findings and risk events carry. What the file spells out goes before what is computed.
type annotations map[string][]string

// ordered returns the annotations by name, without empty ones.
func (a annotations) ordered() []detection.Annotation {
	var list []detection.Annotation
	for name, values := range a {
		if len(values) > 0 {
			list = append(list, detection.Annotation{Name: name, Values: values})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// controlsOf returns the CIS control of a security domain.
func controlsOf(domain string) []string {
	if domain == "network" {
		return []string{"CIS 13"}
	}
	return []string{"CIS 10"}
}

// nistOf returns the category of the NIST framework of a kind of detection.
func nistOf(kind detection.Kind) []string {
	if kind == detection.TTP {
		return []string{"DE.CM"}
	}
	return []string{"DE.AE"}
}

// killChain maps the tactics of ATT&CK to the phases of the kill chain.
var killChain = map[string]string{
	"reconnaissance":       "Reconnaissance",
	"resource-development": "Weaponization",
	"initial-access":       "Delivery",
	"execution":            "Installation",
	"persistence":          "Installation",
	"privilege-escalation": "Exploitation",
	"defense-evasion":      "Exploitation",
	"defense-impairment":   "Exploitation",
	"stealth":              "Exploitation",
	"credential-access":    "Exploitation",
	"discovery":            "Exploitation",
	"lateral-movement":     "Exploitation",
	"collection":           "Exploitation",
	"command-and-control":  "Command and Control",
	"exfiltration":         "Actions on Objectives",
	"impact":               "Actions on Objectives",
}

// phasesOf returns the phases of the kill chain that techniques belong to, in the order of their names.
func phasesOf(techniques []string, o Options) []string {
	if o.Tactics == nil {
		return nil
	}
	seen := map[string]bool{}
	var phases []string
	for _, technique := range techniques {
		for _, tactic := range o.Tactics(technique) {
			slug := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(tactic)), " ", "-")
			if phase := killChain[slug]; phase != "" && !seen[phase] {
				seen[phase] = true
				phases = append(phases, phase)
			}
		}
	}
	sort.Strings(phases)
	return phases
}
