package compile

import (
	"bytes"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/detection"
	"goshawk/taxonomy/attack"
)

// sentinelRule is an analytic rule as Sentinel's content has it.
type sentinelRule struct {
	ID               string           `yaml:"id"`
	Name             string           `yaml:"name"`
	Description      string           `yaml:"description,omitempty"`
	Severity         string           `yaml:"severity"`
	Status           string           `yaml:"status"`
	QueryFrequency   string           `yaml:"queryFrequency"`
	QueryPeriod      string           `yaml:"queryPeriod"`
	TriggerOperator  string           `yaml:"triggerOperator"`
	TriggerThreshold int              `yaml:"triggerThreshold"`
	Tactics          []string         `yaml:"tactics,omitempty"`
	Techniques       []string         `yaml:"relevantTechniques,omitempty"`
	Query            yaml.Node        `yaml:"query"`
	Entities         []sentinelEntity `yaml:"entityMappings,omitempty"`
	Version          string           `yaml:"version"`
	Kind             string           `yaml:"kind"`
}

type sentinelEntity struct {
	Type   string          `yaml:"entityType"`
	Fields []sentinelField `yaml:"fieldMappings"`
}

type sentinelField struct {
	Identifier string `yaml:"identifier"`
	Column     string `yaml:"columnName"`
}

// severities are what Sentinel has for levels.
var severities = map[detection.Level]string{
	detection.Informational: "Informational", detection.Low: "Low", detection.Medium: "Medium", detection.High: "High", detection.Critical: "High",
}

// maxEntities is the number of mappings that Sentinel takes.
const maxEntities = 10

// SentinelRule returns a translation to KQL as an analytic rule of Sentinel in YAML, which runs every hour over the hour before. Entities
// are those that the target's file names for the table (more: entities: [type identifier column]).
func (t *Translation) SentinelRule() string {
	d := t.Rule.Detection
	r := sentinelRule{
		ID: d.ID, Name: d.Title, Description: d.Description, Severity: severities[d.Level], Status: "Available", QueryFrequency: "1h", QueryPeriod: "1h",
		TriggerOperator: "gt", Query: yaml.Node{Kind: yaml.ScalarNode, Style: yaml.LiteralStyle, Value: t.Text}, Version: "1.0.0", Kind: "Scheduled",
	}
	for _, tag := range d.Tags {
		if name, isAttack := strings.CutPrefix(strings.ToLower(tag), "attack."); isAttack {
			r.addTactic(name)
		}
	}
	for _, id := range d.Techniques() {
		r.Techniques = append(r.Techniques, attack.Current(id))
	}
	if len(r.Tactics) == 0 {
		for _, id := range r.Techniques {
			_, tactics, _ := attack.Technique(id)
			for _, slug := range tactics {
				r.addTactic(slug)
			}
		}
	}
	if t.Source != nil {
		for _, entry := range t.Source.More["entities"] {
			r.addEntity(strings.Fields(entry))
		}
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(r); err != nil {
		panic(err) // texts and numbers of our own
	}
	return b.String()
}

// addTactic adds a tactic by its slug, as Sentinel spells it: command-and-control is CommandAndControl.
func (r *sentinelRule) addTactic(slug string) {
	slug = strings.ReplaceAll(slug, "_", "-")
	if !slices.ContainsFunc(attack.Tactics(), func(t attack.Tactic) bool { return t.Slug == slug }) {
		return
	}
	var name strings.Builder
	for word := range strings.SplitSeq(slug, "-") {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	if !slices.Contains(r.Tactics, name.String()) {
		r.Tactics = append(r.Tactics, name.String())
	}
}

// addEntity adds a column to the entity of its type.
func (r *sentinelRule) addEntity(words []string) {
	if len(words) != 3 {
		return
	}
	field := sentinelField{words[1], words[2]}
	for i := range r.Entities {
		if r.Entities[i].Type == words[0] && !slices.ContainsFunc(r.Entities[i].Fields, func(f sentinelField) bool { return f.Identifier == field.Identifier }) {
			r.Entities[i].Fields = append(r.Entities[i].Fields, field)
			return
		}
	}
	if len(r.Entities) < maxEntities {
		r.Entities = append(r.Entities, sentinelEntity{words[0], []sentinelField{field}})
	}
}
