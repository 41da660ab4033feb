package sigma

import (
	"regexp"
	"strings"

	"goshawk/diag"
)

// Tags. What ATT&CK knows is asked by whoever knows the rule's world as well.

// namespaces are those that the specification gives tags, with the form of what follows.
var namespaces = []string{"attack", "car", "cve", "d3fend", "detection", "stp", "tlp"}

var _ = lints(diag.CoreLints,
	lint{Lint: diag.Lint{Code: "sigma-tag-namespace", Severity: diag.Warning, Doc: "a tag of an unknown namespace",
		Help:       "The specification has attack, car, cve, d3fend, detection, stp and tlp. Tags of your own are fine where only you read the rule.",
		Validators: []string{"namespace_tag"}},
		check: func(c *linter) {
			c.tags(func(tag Word, space, _ string) {
				if !contains(namespaces, space) {
					r := c.say(tag.Span, "unknown namespace %q of a tag", space)
					if near := diag.Nearest(space, namespaces); near != "" {
						r.hint("did you mean %s?", near)
					}
				}
			})
		}},
	tagForm("car", "cartag", `^\d{4}-\d{2}-\d{3}$`, "the year, month and number of an analytic of MITRE's repository, as in car.2016-04-002"),
	tagForm("cve", "cvetag", `^\d{4}-\d{4,}$`, "the year and number of a vulnerability, as in cve.2021-44228"),
	tagForm("detection", "detection_tag", `^(dfir|emerging-threats|threat-hunting)$`, "one of dfir, emerging-threats and threat-hunting"),
	tagForm("stp", "stptag", `^[1-5][auk]?$`, "a level of Summiting the Pyramid, 1 to 5, and perhaps a, u or k for where it is seen, as in stp.3k"),
	tagForm("tlp", "tlptag", `^(white|clear|green|amber|amber-strict|red)$`, "a colour of the Traffic Light Protocol: clear (formerly white), green, amber, amber-strict or red",
		"tlpv1_tag", "tlpv2_tag"),
	tagForm("d3fend", "d3_fendtag", `^(d3f?-[a-z0-9]+(-[a-z0-9]+)*|model|harden|detect|isolate|deceive|evict|restore|d3f:[a-z0-9]+|[a-z][a-z0-9]+)$`,
		"a technique of MITRE D3FEND such as d3-psa, a tactic or an artefact; whether it exists is not checked"),
)

// tagForm is the lint for the form of the tags of one namespace.
func tagForm(space, validator, form, what string, more ...string) lint {
	fits := regexp.MustCompile(form)
	return lint{Lint: diag.Lint{Code: "sigma-tag-" + space, Severity: diag.Warning, Doc: "a tag of the namespace " + space + " that has not its form",
		Help: "Behind `" + space + ".` comes " + what + ".", Validators: append([]string{validator}, more...)},
		check: func(c *linter) {
			c.tags(func(tag Word, of, name string) {
				if of == space && !fits.MatchString(name) {
					c.say(tag.Span, "%q is no tag of the namespace %s", tag.Text, space).hint("it is %s", what)
				}
			})
		}}
}

// tags calls visit with every tag that has a namespace.
func (c *linter) tags(visit func(tag Word, space, name string)) {
	for _, tag := range c.meta.Tags {
		if space, name, ok := strings.Cut(strings.ToLower(tag.Text), "."); ok {
			visit(tag, space, name)
		}
	}
}

var _ = lints(diag.SigmaHQLints,
	lint{Lint: diag.Lint{Code: "sigmahq-tag-unique", Severity: diag.Warning, Doc: "several tags of a namespace that allows one",
		Help:       "A rule is for one kind of use (`detection.`) and has one colour (`tlp.`).",
		Validators: []string{"sigmahq_tags_unique_detection", "sigmahq_tags_unique_tlp"}},
		check: func(c *linter) {
			seen := map[string]bool{}
			c.tags(func(tag Word, space, _ string) {
				if (space == "detection" || space == "tlp") && seen[space] {
					c.say(tag.Span, "rule has another tag of the namespace %s already", space)
				}
				seen[space] = true
			})
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-tag-tlp", Severity: diag.Warning, Doc: "a colour that keeps a published rule from being shared",
		Help: "What is published is for everybody.", Validators: []string{"sigmahq_tags_tlp"}, Params: []diag.Param{{Name: "allowed_tlp", Words: []string{"clear"}}}},
		check: func(c *linter) {
			c.tags(func(tag Word, space, name string) {
				if space == "tlp" && !contains(c.words("allowed_tlp"), name) {
					c.say(tag.Span, "a published rule cannot be tlp.%s", name)
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-tag-folder", Severity: diag.Warning, Doc: "a rule without the detection tag of its folder",
		Help:       "Rules in `rules-dfir`, `rules-emerging-threats` and `rules-threat-hunting` say so in a tag, because they leave their folder.",
		Validators: []string{"sigmahq_tags_detection"}},
		check: func(c *linter) {
			for _, use := range []string{"dfir", "emerging-threats", "threat-hunting"} {
				if c.below("rules-"+use) && !hasTag(c.meta.Tags, "detection."+use) {
					c.say(c.title(), "rule in rules-%s has not the tag detection.%s", use, use)
				}
			}
		}},
)

func hasTag(tags []Word, want string) bool {
	for _, tag := range tags {
		if strings.EqualFold(tag.Text, want) {
			return true
		}
	}
	return false
}
