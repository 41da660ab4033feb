package sentinel

import (
	"regexp"
	"slices"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// split are tactics that later versions of ATT&CK have under other names.
var split = map[string][]string{"defenseevasion": {"stealth", "defenseimpairment"}, "preattack": {"reconnaissance", "resourcedevelopment"}}

var techniqueForm = regexp.MustCompile(`^T[0-9]{4}(\.[0-9]{3})?$`)

// squeeze returns the name of a tactic in lower case and without what may stand between its words.
func squeeze(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "_", "").Replace(name))
}

// slug returns a tactic as tags have it: credential-access.
func slug(tactic string) string {
	var b strings.Builder
	for i, c := range tactic {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				b.WriteByte('-')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// attack reads tactics and techniques, and holds one against the other.
func (d *draft) attack(tacticWords, techniqueWords []word) {
	a := d.Alert
	claimed := map[string]bool{}
	for _, w := range tacticWords {
		name, ok := detection.TacticOf(w.Text)
		if !ok {
			c := d.r.warnf(d.r.span(w), "sentinel-tactic", "unknown tactic %q", w.Text)
			suggest(c, w.Text, detection.TacticNames())
			continue
		}
		if !claimed[squeeze(name)] {
			a.Tactics = append(a.Tactics, name)
			d.Tags = append(d.Tags, "attack."+slug(name))
		}
		claimed[squeeze(name)] = true
		for _, other := range split[squeeze(name)] {
			claimed[other] = true
		}
	}
	for _, w := range techniqueWords {
		id := strings.ToUpper(w.Text)
		if !techniqueForm.MatchString(id) {
			d.r.warnf(d.r.span(w), "sentinel-technique", "%q is no technique of ATT&CK", w.Text).Hint = "it is written T1053 or T1053.002"
			continue
		}
		if slices.Contains(a.Techniques, id) {
			continue
		}
		a.Techniques = append(a.Techniques, id)
		d.Tags = append(d.Tags, "attack."+strings.ToLower(id))
		d.technique(w, id, claimed)
	}
}

// technique holds a technique against what is known of it. Those of industrial control systems (T0…) are not.
func (d *draft) technique(w word, id string, claimed map[string]bool) {
	if d.r.o.Tactics == nil || strings.HasPrefix(id, "T0") {
		return
	}
	of := d.r.o.Tactics(id)
	if len(of) == 0 {
		d.r.warnf(d.r.span(w), "sentinel-technique", "ATT&CK has no technique %s", id)
		return
	}
	if d.r.o.Current != nil {
		if now := d.r.o.Current(id); now != id {
			d.r.notef(d.r.span(w), "sentinel-technique-retired", "ATT&CK has replaced the technique %s by %s", id, now)
		}
	}
	var names []string
	for _, tactic := range of {
		if claimed[squeeze(tactic)] {
			return
		}
		name, ok := detection.TacticOf(tactic)
		if !ok {
			name = tactic
		}
		names = append(names, name)
	}
	d.r.complain(diag.Warning, d.r.span(w), "sentinel-technique-tactic", "the technique %s belongs to none of the tactics of the rule", id).Hint = "it belongs to " + strings.Join(names, ", ")
}
