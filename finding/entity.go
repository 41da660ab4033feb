package finding

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"goshawk/detection"
	"goshawk/event"
)

// Entity is an account, a host, an address or another thing that an alert of Sentinel names.
type Entity struct {
	Type        string       // as detection.EntityTypes spells it
	Identifiers []Identifier // those that have a value, each once, in the order of the type
}

// Identifier is one thing by which an entity is told.
type Identifier struct{ Name, Value string }

// Get returns the value of an identifier; empty if there is none.
func (e *Entity) Get(name string) string {
	for _, i := range e.Identifiers {
		if i.Name == name {
			return i.Value
		}
	}
	return ""
}

func (e *Entity) set(name, value string) {
	if value = strings.TrimSpace(value); value != "" && e.Get(name) == "" {
		e.Identifiers = append(e.Identifiers, Identifier{name, value})
	}
}

// Strong says whether the identifiers tell the entity from all others.
func (e *Entity) Strong() bool { return len(e.strongKeys()) > 0 }

// wellKnown are domains that every machine has.
var wellKnown = map[string]bool{"workgroup": true, "nt authority": true, "builtin": true}

// strongKeys returns texts that are equal for two descriptions of one entity, whatever their case.
func (e *Entity) strongKeys() []string {
	kind, ok := detection.EntityTypeOf(e.Type)
	if !ok {
		return nil
	}
	var keys []string
	for _, set := range kind.Strong {
		key := strings.Builder{}
		key.WriteString(e.Type)
		for _, name := range set {
			value := event.Fold(e.Get(name))
			switch {
			case name == "Sid" && !strings.HasPrefix(value, "s-1-5-21-") && !strings.HasPrefix(value, "s-1-12-1-"), // the same on every machine
				name == "NTDomain" && wellKnown[value]:
				value = ""
			}
			if value == "" {
				key.Reset()
				break
			}
			key.WriteString("\x00" + name + "\x00" + value)
		}
		if key.Len() > 0 {
			keys = append(keys, key.String())
		}
	}
	return keys
}

// keys returns the strong keys, or else one of everything that is known.
func (e *Entity) keys() []string {
	if keys := e.strongKeys(); keys != nil {
		return keys
	}
	var parts []string
	for _, i := range e.Identifiers {
		parts = append(parts, i.Name+"\x00"+event.Fold(i.Value))
	}
	slices.Sort(parts)
	return []string{e.Type + "\x01" + strings.Join(parts, "\x00")}
}

// Same says whether two descriptions are of one entity: a strong identity that both have is equal or, where neither has one,
// everything is. Case does not count.
func (e *Entity) Same(o *Entity) bool {
	if e.Type != o.Type {
		return false
	}
	others := o.keys()
	return slices.ContainsFunc(e.keys(), func(key string) bool { return slices.Contains(others, key) })
}

// MergeEntities returns each entity once, with everything that any of its descriptions says; where they disagree the first counts.
func MergeEntities(list []Entity) []Entity {
	var out []Entity
	at := map[string]int{}
	for _, e := range list {
		place := -1
		for _, key := range e.keys() {
			if i, ok := at[key]; ok {
				place = i
				break
			}
		}
		if place < 0 {
			place = len(out)
			out = append(out, Entity{Type: e.Type, Identifiers: slices.Clone(e.Identifiers)})
		} else {
			for _, i := range e.Identifiers {
				out[place].set(i.Name, i.Value)
			}
			out[place].sort()
		}
		for _, key := range out[place].keys() {
			if _, ok := at[key]; !ok {
				at[key] = place
			}
		}
	}
	return out
}

// sort puts the identifiers into the order of the type; those that the type does not have come last.
func (e *Entity) sort() {
	kind, ok := detection.EntityTypeOf(e.Type)
	if !ok {
		return
	}
	rank := func(i Identifier) int {
		if n := slices.Index(kind.Identifiers, i.Name); n >= 0 {
			return n
		}
		return len(kind.Identifiers)
	}
	slices.SortStableFunc(e.Identifiers, func(a, b Identifier) int { return rank(a) - rank(b) })
}

// EntitiesOf returns the entities that a row names, each once: those of the alert's mappings and of its columns of entities; and, for
// a hunt or where the alert maps nothing, those that the names of columns tell: AccountCustomEntity and its like, Account_0_Name and
// its like. A mapping all of whose columns are empty gives none; a column that holds a list gives one for each of its elements.
func EntitiesOf(a *detection.Alert, row *event.Record) []Entity {
	var list []Entity
	for _, m := range a.Entities {
		values := make(map[string][]string, len(m.Fields))
		var names []string
		for _, f := range m.Fields {
			if texts := elements(row.Get(f.Column.Name)); len(texts) > 0 && len(values[f.Identifier]) == 0 {
				if values[f.Identifier] == nil {
					names = append(names, f.Identifier)
				}
				values[f.Identifier] = texts
			}
		}
		list = append(list, expand(m.Type, names, values)...)
	}
	for _, c := range a.EntityColumns {
		list = append(list, entitiesIn(row.Get(c.Name))...)
	}
	if a.Kind == detection.HuntingQuery || len(a.Entities) == 0 && len(a.EntityColumns) == 0 {
		list = append(list, byColumnNames(row)...)
	}
	return MergeEntities(list)
}

// elements returns the texts of a value that are not blank: those of the elements of a list, or its own.
func elements(v event.Value) []string {
	var out []string
	for _, text := range values(v) {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, text)
		} else if v.Kind() == event.List {
			out = append(out, "") // it stands beside another list's element
		}
	}
	if !slices.ContainsFunc(out, func(s string) bool { return s != "" }) {
		return nil
	}
	return out
}

// expand makes entities of identifiers that have one value or several: the first of each belong together, then the second. One that
// has a single value has it for all.
func expand(kind string, names []string, values map[string][]string) []Entity {
	count := 0
	for _, name := range names {
		count = max(count, len(values[name]))
	}
	var list []Entity
	for i := range count {
		e := Entity{Type: kind}
		full := ""
		for _, name := range names {
			value := ""
			if texts := values[name]; len(texts) == 1 {
				value = texts[0]
			} else if i < len(texts) {
				value = texts[i]
			}
			if name == "FullName" {
				full = value
				continue
			}
			e.set(name, value)
		}
		e.splitFullName(full)
		if len(e.Identifiers) > 0 {
			e.sort()
			list = append(list, e)
		}
	}
	return list
}

// splitFullName takes a name of an account or host apart: DOMAIN\name, name@suffix, host.domain. What is known by itself counts more.
func (e *Entity) splitFullName(full string) {
	if full == "" {
		return
	}
	switch e.Type {
	case "Account":
		if domain, name, ok := strings.Cut(full, `\`); ok {
			e.set("NTDomain", domain)
			e.set("Name", name)
		} else if at := strings.LastIndexByte(full, '@'); at > 0 && at < len(full)-1 {
			e.set("Name", full[:at])
			e.set("UPNSuffix", full[at+1:])
		} else {
			e.set("Name", full)
		}
	case "Host":
		name, domain, _ := strings.Cut(full, ".")
		if _, err := netip.ParseAddr(full); err == nil || name == "" {
			name, domain = full, ""
		}
		e.set("HostName", name)
		e.set("DnsDomain", domain)
	default:
		e.set("FullName", full)
	}
}

// customEntities are the columns by which rules named entities before there were mappings.
var customEntities = []struct{ column, kind, identifier string }{
	{"AccountCustomEntity", "Account", "FullName"}, {"HostCustomEntity", "Host", "FullName"}, {"IPCustomEntity", "IP", "Address"},
	{"URLCustomEntity", "URL", "Url"}, {"FileHashCustomEntity", "FileHash", "Value"},
}

// numbered is the name of a column of a hunt that is an identifier: Account_0_Name.
var numbered = regexp.MustCompile(`^([A-Za-z]+)_([0-9]{1,3})_([A-Za-z]+)$`)

// byColumnNames returns the entities that the names of columns tell.
func byColumnNames(row *event.Record) []Entity {
	var list []Entity
	for _, c := range customEntities {
		list = append(list, expand(c.kind, []string{c.identifier}, map[string][]string{c.identifier: elements(row.Get(c.column))})...)
	}
	type group struct{ kind, number string }
	values := map[group]map[string][]string{}
	names := map[group][]string{}
	var order []group
	for _, f := range row.Fields {
		m := numbered.FindStringSubmatch(f.Name.Text)
		if m == nil {
			continue
		}
		kind, ok := detection.EntityTypeOf(m[1])
		if !ok {
			continue
		}
		identifier, ok := kind.Identifier(m[3])
		if !ok {
			continue
		}
		g := group{kind.Name, m[2]}
		if values[g] == nil {
			values[g] = map[string][]string{}
			order = append(order, g)
		}
		if texts := elements(f.Value); texts != nil && values[g][identifier] == nil {
			values[g][identifier] = texts
			names[g] = append(names[g], identifier)
		}
	}
	for _, g := range order {
		list = append(list, expand(g.kind, names[g], values[g])...)
	}
	return list
}

// entitiesIn returns the entities of a column that holds them: objects with a Type and identifiers, or the JSON of such.
func entitiesIn(v event.Value) []Entity {
	switch v.Kind() {
	case event.List:
		var list []Entity
		for _, one := range v.List() {
			list = append(list, entitiesIn(one)...)
		}
		return list
	case event.Object:
		return entityOfJSON(v.AppendJSON(nil))
	case event.Text:
		return entityOfJSON([]byte(v.Text()))
	}
	return nil
}

func entityOfJSON(text []byte) []Entity {
	var many []map[string]any
	if json.Unmarshal(text, &many) != nil {
		var one map[string]any
		if json.Unmarshal(text, &one) != nil {
			return nil
		}
		many = []map[string]any{one}
	}
	var list []Entity
	for _, object := range many {
		name, _ := object["Type"].(string)
		kind, ok := detection.EntityTypeOf(name)
		if !ok {
			continue
		}
		var names []string
		values := map[string][]string{}
		for _, identifier := range kind.Identifiers {
			for key, value := range object {
				if text := scalar(value); text != "" && strings.EqualFold(key, identifier) && values[identifier] == nil {
					names = append(names, identifier)
					values[identifier] = []string{text}
				}
			}
		}
		list = append(list, expand(kind.Name, names, values)...)
	}
	return list
}

// scalar returns the text of a scalar of JSON; empty for lists and objects, which are references to other entities.
func scalar(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// AppendEntities adds entities as JSON in the form of the column Entities of a Sentinel alert: each with its number as $id, its Type
// as an alert spells it, and its identifiers.
func AppendEntities(dst []byte, list []Entity) []byte {
	dst = append(dst, '[')
	for i, e := range list {
		dst = comma(dst, i)
		dst = append(dst, `{"$id":"`...)
		dst = strconv.AppendInt(dst, int64(i+1), 10)
		dst = append(dst, `","Type":`...)
		name := e.Type
		if kind, ok := detection.EntityTypeOf(e.Type); ok {
			name = kind.JSON
		}
		dst = event.AppendQuoted(dst, name)
		for _, one := range e.Identifiers {
			dst = append(event.AppendQuoted(append(dst, ','), one.Name), ':')
			dst = event.AppendQuoted(dst, one.Value)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
