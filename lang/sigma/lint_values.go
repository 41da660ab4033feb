package sigma

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// Values and what their texts say: wildcards, escapes, numbers, repetitions.

var _ = lints(diag.CoreLints,
	lint{Lint: diag.Lint{Code: "sigma-double-wildcard", Severity: diag.Info, Doc: "two stars side by side",
		Help: "One star stands for any number of characters already.", Fixes: true, Validators: []string{"double_wildcard"}},
		check: func(c *linter) { c.texts(func(_ *Item, v Value) { checkStars(c, v) }) }},
	lint{Lint: diag.Lint{Code: "sigma-number-as-text", Severity: diag.Info, Doc: "a number between quotes",
		Help:       "Goshawk compares both alike, but some converters give a text to a store that has numbers.",
		Validators: []string{"number_as_string"}},
		check: func(c *linter) {
			c.texts(func(item *Item, v Value) {
				if wholeNumber.MatchString(v.Text) && !item.has("contains", "startswith", "endswith", "base64", "base64offset", "windash", "wide", "utf16", "utf16be") {
					c.say(v.Span, "number %s is written as a text", v.Text).hint("leave the quotes out, unless the field is a text")
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigma-control-character", Severity: diag.Warning, Doc: "a control character in a value",
		Help:       "Between double quotes YAML makes a tab of `\\t` and a line break of `\\n`, also in a path. Use single quotes.",
		Validators: []string{"control_character"}},
		check: func(c *linter) {
			c.texts(func(_ *Item, v Value) {
				if i := strings.IndexFunc(v.Text, func(r rune) bool { return r < 0x20 }); i >= 0 && !c.block(v.Word) {
					c.say(v.Part(c.src, i, i+1), "value holds the control character %q", v.Text[i:i+1]).hint("write the value between single quotes, where a backslash is one")
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigma-escaped-wildcard", Severity: diag.Info, Doc: "a star or question mark that is escaped",
		Help:       "`\\*` and `\\?` are a plain star and question mark. Make sure that this is meant.",
		Validators: []string{"escaped_wildcard"}},
		check: func(c *linter) {
			c.texts(func(_ *Item, v Value) {
				if i := escapedWildcard(v.Text); i >= 0 {
					c.say(v.Part(c.src, i, i+2), "%s is a plain %s", v.Text[i:i+2], v.Text[i+1:i+2])
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigma-wildcard-edge", Severity: diag.Info, Doc: "wildcards at the edges of values in place of a modifier",
		Help: "`contains`, `startswith` and `endswith` say more plainly where a text must be.", Fixes: true,
		Validators: []string{"wildcards_instead_of_modifiers"}},
		check: func(c *linter) { c.items(func(item *Item, beside []*Item) { checkEdges(c, item, beside) }) }},
	lint{Lint: diag.Lint{Code: "sigma-modifiers", Severity: diag.Warning, Doc: "modifiers that do not go together",
		Help:       "A field is hardly equal to several texts at once (`all` without `contains`); what `base64offset` makes is part of a longer text, so `contains` belongs to it; a modifier twice says no more than once. Some converters link the spellings of `windash` with and, too, where it stands beside `all`; Goshawk does not.",
		Fixes:      true,
		Validators: []string{"invalid_modifier_combinations"}},
		check: func(c *linter) { c.items(func(item *Item, beside []*Item) { checkModifiers(c, item, beside) }) }},
)

var wholeNumber = regexp.MustCompile(`^[-+]?[0-9]+$`)

// block says whether a word is written in lines of its own, where line breaks are no accident.
func (c *linter) block(w Word) bool {
	spelled := c.src.Text[w.Span.Start:w.Span.End]
	return strings.HasPrefix(spelled, "|") || strings.HasPrefix(spelled, ">")
}

// checkStars looks for stars side by side.
func checkStars(c *linter, v Value) {
	t := v.Text
	for i := 0; i < len(t); i++ {
		if t[i] == '\\' && i+1 < len(t) && strings.IndexByte(`*?\`, t[i+1]) >= 0 {
			i++
			continue
		}
		end := i
		for end < len(t) && t[end] == '*' {
			end++
		}
		if end-i > 1 {
			c.say(v.Part(c.src, i, end), "one star says the same as %d", end-i).fix(c.replace(v.Word, i+1, end, "", "write one star"))
			return
		}
	}
}

// escapedWildcard returns where a text escapes a wildcard first; negative if nowhere.
func escapedWildcard(t string) int {
	for i := 0; i+1 < len(t); i++ {
		if t[i] != '\\' || strings.IndexByte(`*?\`, t[i+1]) < 0 {
			continue
		}
		if t[i+1] != '\\' {
			return i
		}
		i++
	}
	return -1
}

// edgeNames are the modifiers that say where a text must be.
var edgeNames = map[plan.MatchOp]string{plan.Contains: "contains", plan.Prefix: "startswith", plan.Suffix: "endswith"}

// checkEdges looks for items all of whose values have a star at the same edge and none elsewhere.
func checkEdges(c *linter, item *Item, beside []*Item) {
	if item.IsKeyword() || len(item.Values) == 0 {
		return
	}
	for _, m := range item.Modifiers {
		switch modifiers[m.Text].name {
		case "all", "cased", "neq":
		default:
			return
		}
	}
	name := ""
	for i, v := range item.Values {
		op, p := settled(pieces(v.Text))
		if _, plain := p.IsPlain(); v.Kind != TextValue || !plain || len(p.Pieces) == 0 || edgeNames[op] == "" || i > 0 && edgeNames[op] != name {
			return
		}
		name = edgeNames[op]
	}
	place := item.Values[0].Span
	c.say(place, "a wildcard at the edge says what the modifier %s is for", name).fix(c.edgeFix(item, beside, name))
}

// edgeFix writes a modifier in place of the stars of all values.
func (c *linter) edgeFix(item *Item, beside []*Item, name string) *diag.Fix {
	field := len(item.Field.Text)
	key := item.Key.Text[:field] + "|" + name + item.Key.Text[field:]
	at := item.Key.Part(c.src, field, field)
	if taken(beside, item, key) || at.Start != at.End || field > at.Start || c.src.Text[at.Start-field:at.Start] != item.Field.Text {
		return nil
	}
	fix := &diag.Fix{Doc: "write " + name, Edits: []diag.Edit{{Span: at, Text: "|" + name}}}
	for _, v := range item.Values {
		front, back := strings.HasPrefix(v.Text, "*"), strings.HasSuffix(v.Text, "*")
		if v.Span.Start < item.Span.Start || v.Span.End > item.Span.End || !c.canLose(v, front, back) {
			return nil
		}
		if front {
			fix.Edits = append(fix.Edits, diag.Edit{Span: v.Part(c.src, 0, 1)})
		}
		if back {
			fix.Edits = append(fix.Edits, diag.Edit{Span: v.Part(c.src, len(v.Text)-1, len(v.Text))})
		}
	}
	return fix
}

// unquoted matches what YAML reads as the same text without quotes, whatever stands around it.
var unquoted = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_\\/.-]*[A-Za-z0-9_\\/]$`)

// canLose says whether stars can be taken from the edges of a value as it is written.
func (c *linter) canLose(v Value, front, back bool) bool {
	spelled := c.src.Text[v.Span.Start:v.Span.End]
	if strings.HasPrefix(v.Text, "**") || strings.HasSuffix(v.Text, "**") {
		return false // first to be made one star
	}
	for _, edge := range []struct {
		is       bool
		from, to int
	}{{front, 0, 1}, {back, len(v.Text) - 1, len(v.Text)}} {
		if at := v.Part(c.src, edge.from, edge.to); edge.is && (at.End-at.Start != 1 || c.src.Text[at.Start] != '*') {
			return false
		}
	}
	inner := v.Text
	if front {
		inner = inner[1:]
	}
	if back {
		inner = inner[:len(inner)-1]
	}
	switch {
	case len(spelled) == len(v.Text)+2 && (spelled[0] == '\'' || spelled[0] == '"'), strings.HasPrefix(spelled, "'"):
		return true
	}
	return spelled == v.Text && unquoted.MatchString(inner) && !yamlOldBool.MatchString(inner) && !isYAMLWord(inner)
}

// isYAMLWord says whether a text without quotes is null or a bool to YAML.
func isYAMLWord(text string) bool {
	switch strings.ToLower(text) {
	case "null", "true", "false", "y", "n":
		return true
	}
	return false
}

// checkModifiers looks for modifiers that do not go together.
func checkModifiers(c *linter, item *Item, beside []*Item) {
	seen := map[string]bool{}
	for i, m := range item.Modifiers {
		name := modifiers[m.Text].name
		if seen[name] && name != "base64" {
			r := c.say(m.Span, "modifier %s stands there twice", m.Text)
			switch name {
			case "contains", "startswith", "endswith", "all", "cased":
				r.fix(c.removeModifier(item, beside, i, "leave the second one out"))
			}
			return
		}
		seen[name] = true
	}
	last := func(name string) diag.Span {
		for _, m := range item.Modifiers {
			if modifiers[m.Text].name == name {
				return m.Span
			}
		}
		return item.Key.Span
	}
	if seen["base64offset"] && !seen["contains"] {
		c.say(last("base64offset"), "base64offset without contains finds a value only if nothing is around it").hint("write base64offset|contains")
	}
	if seen["all"] && !item.IsKeyword() && len(item.Values) > 1 && !item.has("contains", "re", "expand", "cidr", "exists", "fieldref", "lt", "lte", "gt", "gte") && everyPlain(item) {
		c.say(last("all"), "no value is all of these at once").hint("write contains|all, or leave all out")
	}
	if seen["windash"] && seen["all"] {
		c.say(last("windash"), "some converters link the spellings that windash makes with and, beside all").Severity = diag.Info
	}
}

// everyPlain says whether no value has a wildcard.
func everyPlain(item *Item) bool {
	for _, v := range item.Values {
		if v.Kind == TextValue && hasWildcard(pieces(v.Text)) {
			return false
		}
	}
	return true
}

var _ = lints(diag.SigmaHQLints,
	lint{Lint: diag.Lint{Code: "sigmahq-duplicate-value", Severity: diag.Warning, Doc: "a value that occurs twice in a list",
		Help: "Values are compared without regard to case, unless `cased` or an expression says otherwise.", Validators: []string{"sigmahq_field_duplicate_value"}},
		check: func(c *linter) { c.items(func(item *Item, _ []*Item) { checkDuplicateValues(c, item) }) }},
	lint{Lint: diag.Lint{Code: "sigmahq-localised-user", Severity: diag.Info, Doc: "the name of a system account in one language",
		Help:       "`NT AUTHORITY` is `AUTORITE NT` elsewhere. Published rules look for `AUTHORI` and `AUTORI` in the value.",
		Validators: []string{"sigmahq_field_user"}},
		check: func(c *linter) {
			c.items(func(item *Item, _ []*Item) {
				if !strings.Contains(strings.ToLower(item.Field.Text), "user") || len(item.Values) != 1 {
					return
				}
				if v := item.Values[0]; strings.Contains(v.Text, "AUTHORI") || strings.Contains(v.Text, "AUTORI") {
					c.say(v.Span, "the name of the account is written in one language").hint("write contains: with both AUTHORI and AUTORI")
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-hash", Severity: diag.Warning, Doc: "a value of Hashes that is no ALGORITHM=HASH",
		Help:       "Sysmon writes MD5=…, SHA1=…, SHA256=… and IMPHASH=…, with hashes of 32, 40, 64 and 32 hexadecimal digits.",
		Validators: []string{"sigmahq_invalid_hash_kv"}},
		check: func(c *linter) {
			c.texts(func(item *Item, v Value) {
				if item.Field.Text == "Hashes" || item.Field.Text == "Hash" {
					checkHash(c, v)
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-field-blank", Severity: diag.Warning, Doc: "a field name with a blank",
		Help: "Attributes of an event are joined to their element with an underscore, as in Provider_Name.", Validators: []string{"sigmahq_space_field_name"}},
		check: func(c *linter) {
			c.items(func(item *Item, _ []*Item) {
				if strings.Contains(item.Field.Text, " ") {
					c.say(item.Field.Span, "field name %q has a blank", item.Field.Text)
				}
			})
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-regex", Severity: diag.Warning, Doc: "an expression that looks ahead or behind",
		Help:       "Few stores can do that; Goshawk refuses it.",
		Validators: []string{"sigmahq_unsupported_regex_group_construct"}},
		check: func(c *linter) {
			c.items(func(item *Item, _ []*Item) {
				for _, v := range item.Values {
					for _, group := range []string{"(?=", "(?!", "(?<=", "(?<!", "(?>"} {
						if i := strings.Index(v.Text, group); i >= 0 && item.has("re") {
							c.say(v.Part(c.src, i, i+len(group)), "%s is not understood everywhere", group)
							break
						}
					}
				}
			})
		}},
)

func checkDuplicateValues(c *linter, item *Item) {
	exact := item.has("re", "cased", "base64", "base64offset")
	seen := map[string]bool{}
	for _, v := range item.Values {
		key := fmt.Sprint(v.Kind, " ", v.Text)
		if !exact {
			key = event.Fold(key)
		}
		if seen[key] {
			c.say(v.Span, "value %q occurs twice", v.Text)
		}
		seen[key] = true
	}
}

// digitsOf are the numbers of digits of the hashes that Sysmon writes.
var digitsOf = map[string]int{"MD5": 32, "SHA1": 40, "SHA256": 64, "IMPHASH": 32}

func checkHash(c *linter, v Value) {
	text := strings.Trim(v.Text, "*,")
	if text == "" || strings.ContainsAny(text, "*?") {
		return
	}
	name, hash, ok := strings.Cut(text, "=")
	length, known := digitsOf[strings.ToUpper(name)]
	switch {
	case !ok:
		c.say(v.Span, "%q is no ALGORITHM=HASH", v.Text).hint("write MD5=…, SHA1=…, SHA256=… or IMPHASH=…")
	case hash == "" && known: // it asks whether there is such a hash
	case !known:
		c.say(v.Span, "%s is no algorithm that Sysmon uses", name).hint("it is MD5, SHA1, SHA256 or IMPHASH")
	case len(hash) != length || strings.Trim(strings.ToLower(hash), "0123456789abcdef") != "":
		c.say(v.Span, "a hash by %s has %d hexadecimal digits", name, length)
	}
}

var _ = lints(diag.GoshawkLints,
	lint{Lint: diag.Lint{Code: "sigma-contained-value", Severity: diag.Info, Doc: "a value that another of the list covers",
		Help: "With `contains`, whatever holds the longer text holds the shorter one too: one of the two says nothing."},
		check: func(c *linter) { c.items(func(item *Item, _ []*Item) { checkContained(c, item) }) }},
	lint{Lint: diag.Lint{Code: "sigma-redundant-wildcard", Severity: diag.Info, Doc: "a star where a modifier puts one anyway",
		Help: "`contains` looks anywhere, `startswith` does not ask for the end of the value, nor `endswith` for its beginning.", Fixes: true},
		check: func(c *linter) { c.items(func(item *Item, _ []*Item) { checkRedundantStars(c, item) }) }},
	lint{Lint: diag.Lint{Code: "sigma-cased-without-letters", Severity: diag.Info, Doc: "`cased` on values without letters",
		Help: "There is no case to regard."},
		check: func(c *linter) { c.items(func(item *Item, _ []*Item) { checkCased(c, item) }) }},
	lint{Lint: diag.Lint{Code: "sigma-field-value", Severity: diag.Warning, Doc: "a value that the field never has",
		Help: "Some fields have a handful of values: Initiated is true or false, IntegrityLevel is Low, Medium, High or System, EventType of a registry event is one of a few words."},
		check: func(c *linter) { c.items(func(item *Item, _ []*Item) { checkFieldValues(c, item) }) }},
	lint{Lint: diag.Lint{Code: "sigma-empty-text", Severity: diag.Warning, Doc: "an empty text under `contains`, `startswith` or `endswith`",
		Help: "It is in every value, so that the field only has to be there. `exists: true` says that more plainly."},
		check: func(c *linter) {
			c.texts(func(item *Item, v Value) {
				if v.Text == "" && item.has("contains", "startswith", "endswith") && !item.IsKeyword() {
					c.say(v.Span, "an empty text is in every value").hint("write %s|exists: true if the field must be there", item.Field.Text)
				}
			})
		}},
)

// maxCompared is the number of values of a list that are compared with each other.
const maxCompared = 200

func checkContained(c *linter, item *Item) {
	if item.has("all", "re", "cidr", "fieldref", "windash", "base64", "base64offset", "wide", "expand", "neq") || len(item.Values) > maxCompared {
		return
	}
	for _, edge := range []struct {
		name, verb string
		covers     func(long, short string) bool
	}{{"contains", "holds", strings.Contains}, {"startswith", "begins with", strings.HasPrefix}, {"endswith", "ends in", strings.HasSuffix}} {
		if !item.has(edge.name) || len(item.Modifiers) > 1 {
			continue
		}
		folded := make([]string, len(item.Values))
		for i, v := range item.Values {
			text, plain := plan.Pattern{Pieces: pieces(v.Text)}.IsPlain()
			if !plain || v.Kind != TextValue {
				return
			}
			folded[i] = event.Fold(text)
		}
		for i, long := range folded {
			for j, short := range folded {
				if i != j && long != short && short != "" && edge.covers(long, short) {
					c.say(item.Values[i].Span, "whatever %s this %s %q as well", edge.verb, edge.verb, item.Values[j].Text).
						hint("leave one of the two out, or make the shorter one longer")
					break
				}
			}
		}
	}
}

// checkRedundantStars looks for stars at the edges that contains, startswith or endswith open.
func checkRedundantStars(c *linter, item *Item) {
	front, back := item.has("contains", "endswith"), item.has("contains", "startswith")
	if item.has("re", "fieldref", "base64", "base64offset", "wide", "utf16", "utf16be", "expand", "cidr", "windash") {
		return
	}
	for _, v := range item.Values {
		list := pieces(v.Text)
		if v.Kind != TextValue || len(list) < 2 {
			continue
		}
		first, last := front && list[0].Kind == plan.Many, back && list[len(list)-1].Kind == plan.Many
		if !first && !last {
			continue
		}
		r := c.say(v.Span, "the star at the edge is there anyway, by the modifier")
		if v.Span.Start < item.Span.Start || v.Span.End > item.Span.End || !c.canLose(v, first, last) {
			continue
		}
		fix := &diag.Fix{Doc: "leave the star out"}
		if first {
			fix.Edits = append(fix.Edits, diag.Edit{Span: v.Part(c.src, 0, 1)})
		}
		if last {
			fix.Edits = append(fix.Edits, diag.Edit{Span: v.Part(c.src, len(v.Text)-1, len(v.Text))})
		}
		r.fix(fix)
	}
}

func checkCased(c *linter, item *Item) {
	for _, m := range item.Modifiers {
		if modifiers[m.Text].name != "cased" || item.has("re", "fieldref", "expand", "base64", "base64offset") {
			continue
		}
		for _, v := range item.Values {
			if strings.IndexFunc(v.Text, unicode.IsLetter) >= 0 {
				return
			}
		}
		c.say(m.Span, "no value has a letter whose case could matter")
	}
}

// fieldValues are the fields that have a handful of values, by category ("" for all) and name, in lower case.
var fieldValues = map[[2]string][]string{
	{"network_connection", "initiated"}:         {"true", "false"},
	{"network_connection", "sourceisipv6"}:      {"true", "false"},
	{"network_connection", "destinationisipv6"}: {"true", "false"},
	{"image_load", "signed"}:                    {"true", "false"},
	{"driver_load", "signed"}:                   {"true", "false"},
	{"process_creation", "integritylevel"}:      {"untrusted", "low", "medium", "medium+", "mediumplus", "high", "system", "protected", "appcontainer", "s-1-16-0", "s-1-16-4096", "s-1-16-8192", "s-1-16-8448", "s-1-16-12288", "s-1-16-16384"},
	{"registry_event", "eventtype"}:             {"createkey", "deletekey", "createvalue", "deletevalue", "setvalue", "renamekey", "renamevalue"},
	{"registry_set", "eventtype"}:               {"setvalue", "createvalue"},
	{"registry_add", "eventtype"}:               {"createkey", "createvalue"},
	{"registry_delete", "eventtype"}:            {"deletekey", "deletevalue"},
}

func checkFieldValues(c *linter, item *Item) {
	known := fieldValues[[2]string{c.logSource().Category, strings.ToLower(item.Field.Text)}]
	if known == nil || len(item.Modifiers) > 0 {
		return
	}
	for _, v := range item.Values {
		if text := strings.ToLower(v.Text); v.Kind != NullValue && text != "" && text != "-" && !strings.ContainsAny(text, "*?%") && !contains(known, text) {
			r := c.say(v.Span, "%s is never %q", item.Field.Text, v.Text)
			if near := diag.Nearest(text, known); near != "" {
				r.hint("did you mean %s?", near)
			} else {
				r.hint("it is one of %s", strings.Join(known, ", "))
			}
		}
	}
}
