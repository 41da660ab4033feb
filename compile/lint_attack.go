package compile

import (
	"regexp"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/lang/sigma"
	"goshawk/taxonomy/attack"
)

// Tags of ATT&CK, compared with the matrix.

var attackLints = []diag.Lint{
	{Code: "attack-unknown", Set: diag.CoreLints, Severity: diag.Warning, Doc: "a tag of ATT&CK that the matrix does not have",
		Help: "Behind `attack.` comes a tactic with dashes, a technique (t1053.005), a group (g0016), software (s0002), a data source (ds0009) or a mitigation (m1036). " +
			"Techniques and tactics are looked up in ATT&CK for Enterprise, version " + attack.Version + "; of the others only the form is checked.",
		Validators: []string{"attacktag"}},
	{Code: "attack-revoked", Set: diag.CoreLints, Severity: diag.Warning, Doc: "a technique that another one has replaced", Fixes: true,
		Help:       "Coverage is counted by the ids of the matrix of today; the old id is in none of its cells.",
		Validators: []string{"attacktag"}},
	{Code: "attack-spelling", Set: diag.GoshawkLints, Severity: diag.Warning, Doc: "a tactic with underscores", Fixes: true,
		Help: "Since version 2 of the specification tactics are written with dashes: attack.lateral-movement."},
	{Code: "attack-tactic-mismatch", Set: diag.GoshawkLints, Severity: diag.Info, Doc: "a technique that serves none of the tactics beside it",
		Help: "Either the technique or the tactics are wrong. A tactic without a technique, beside others, is fine."},
	{Code: "sigmahq-tactic", Set: diag.SigmaHQLints, Severity: diag.Warning, Doc: "a technique without the tags of its tactics",
		Help: "Published rules name all tactics that a technique serves beside it.", Validators: []string{"sigmahq_tags_techniques_without_tactics"}},
}

var (
	techniqueShape = regexp.MustCompile(`^t\d{4}(\.\d{3})?$`)
	otherShape     = regexp.MustCompile(`^(g\d{4}|s\d{4}|ds\d{4}|m\d{4}|c\d{4}|det\d{4}|an\d{4}|dc\d{4})$`)
)

// lintAttack compares the tags of a Sigma document with the matrix.
func lintAttack(document sigma.Document) (list diag.List) {
	m := document.Meta()
	tagged := map[string]bool{} // tactics
	for _, tag := range m.Tags {
		name, _ := strings.CutPrefix(strings.ToLower(tag.Text), "attack.")
		if slug := strings.ReplaceAll(name, "_", "-"); name != tag.Text {
			if _, ok := attack.TacticName(slug); ok {
				tagged[slug] = true
			}
		}
	}
	missing := map[string]bool{}
	for _, tag := range m.Tags {
		name, ok := strings.CutPrefix(strings.ToLower(tag.Text), "attack.")
		if !ok {
			continue
		}
		if d := lintAttackTag(name); d != nil {
			d.Source, d.Span = m.Source, tag.Span
			if now := d.Hint; d.Code != "attack-unknown" {
				d.Hint, d.Fix = "write attack."+now, replaceTag(m.Source, tag, "attack."+now)
			}
			list.Add(*d)
		}
		_, tactics, _ := attack.Technique(name)
		if len(tagged) > 0 && len(tactics) > 0 && !slices.ContainsFunc(tactics, func(tactic string) bool { return tagged[tactic] }) {
			list.Warnf(m.Source, tag.Span, "attack-tactic-mismatch", "%s serves %s, and not the tactics that are tagged", name, strings.Join(tactics, " and ")).Severity = diag.Info
		}
		for _, tactic := range tactics {
			if !tagged[tactic] && !missing[tactic] {
				missing[tactic] = true
				list.Warnf(m.Source, tag.Span, "sigmahq-tactic", "%s serves the tactic %s, which has no tag", name, tactic).Hint = "add attack." + tactic
			}
		}
	}
	return list
}

// lintAttackTag returns what is wrong with what stands behind attack. in a tag; its hint is then what replaces it, if that is known.
func lintAttackTag(name string) *diag.Diagnostic {
	dashed := strings.ReplaceAll(name, "_", "-")
	_, isTactic := attack.TacticName(dashed)
	_, _, isTechnique := attack.Technique(name)
	switch now := strings.ToLower(attack.Current(name)); {
	case techniqueShape.MatchString(name) && isTechnique && now != name:
		return &diag.Diagnostic{Code: "attack-revoked", Severity: diag.Warning, Message: "ATT&CK has replaced " + strings.ToUpper(name), Hint: now}
	case isTechnique || otherShape.MatchString(name) || isTactic && name == dashed:
		return nil
	case isTactic:
		return &diag.Diagnostic{Code: "attack-spelling", Severity: diag.Warning, Message: "a tactic is written with dashes", Hint: dashed}
	}
	d := &diag.Diagnostic{Code: "attack-unknown", Severity: diag.Warning, Message: "version " + attack.Version + " of ATT&CK has no " + strings.ToUpper(name)}
	if !techniqueShape.MatchString(name) {
		d.Message = "version " + attack.Version + " of ATT&CK has no tactic " + dashed
		var slugs []string
		for _, t := range attack.Tactics() {
			slugs = append(slugs, t.Slug)
		}
		if near := diag.Nearest(dashed, slugs); near != "" {
			d.Hint = "did you mean attack." + near + "?"
		} else if dashed == "defense-evasion" {
			d.Hint = "it was divided into attack.stealth and attack.defense-impairment"
		}
	}
	return d
}

// replaceTag returns the fix that writes another tag in the place of one; nil where that is not spelled as it is.
func replaceTag(src *diag.Source, old sigma.Word, tag string) *diag.Fix {
	at := old.Part(src, 0, len(old.Text))
	if at.End > len(src.Text) || src.Text[at.Start:at.End] != old.Text {
		return nil
	}
	return &diag.Fix{Doc: "write " + tag, Edits: []diag.Edit{{Span: at, Text: tag}}}
}

// lintAttackTags compares the techniques of a detection of another language with the matrix. Names of tactics are not its author's: each
// product has its own.
func (r *Rule) lintAttackTags() {
	for _, tag := range r.Detection.Tags {
		name, ok := strings.CutPrefix(strings.ToLower(tag), "attack.")
		if !ok || !techniqueShape.MatchString(name) {
			continue
		}
		if d := lintAttackTag(name); d != nil {
			if d.Source, d.Span = r.Detection.Query, r.Detection.Span; d.Source != nil {
				d.Span = wordIn(d.Source.Text, d.Span, strings.ToUpper(name))
			}
			if d.Hint != "" {
				d.Hint = "write " + strings.ToUpper(d.Hint)
			}
			r.Diagnostics.Add(*d)
		}
	}
}

// wordIn returns where a word first stands in a part of a text, by itself; the beginning of the part if nowhere.
func wordIn(text string, part diag.Span, word string) diag.Span {
	part.End = min(part.End, len(text))
	for at := part.Start; at < part.End; {
		i := strings.Index(text[at:part.End], word)
		if i < 0 {
			break
		}
		start, end := at+i, at+i+len(word)
		if end == len(text) || text[end] != '.' && (text[end] < '0' || text[end] > '9') {
			return diag.Span{Start: start, End: end}
		}
		at = end
	}
	return diag.Span{Start: part.Start, End: part.Start}
}
