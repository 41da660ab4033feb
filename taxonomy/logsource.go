package taxonomy

import (
	"maps"
	"slices"
	"strings"

	"goshawk/diag"
	"goshawk/event"
	"goshawk/plan"
)

// LogSource is a log source as Sigma names it. In a rule an empty part is not stated; of a record it says that the record
// is of no such category, product or service.
type LogSource struct {
	Category, Product, Service string
	// When is the condition over the Fields of a record under which it is of this log source; nil: always.
	When plan.Expr
	// Stated names a part that a rule must state to see the record: "category" for records that repeat what other records
	// say, so that a rule for a whole product does not see the same thing twice. Empty: none.
	Stated string
}

func (l LogSource) String() string {
	return strings.Join([]string{orAny(l.Category), orAny(l.Product), orAny(l.Service)}, "/")
}

func orAny(part string) string {
	if part == "" {
		return "*"
	}
	return part
}

// covers says whether a record of this log source is one that a rule asks for: all that the rule states is equal.
func (l LogSource) covers(rule LogSource) bool {
	if l.Stated == "category" && rule.Category == "" || l.Stated == "service" && rule.Service == "" {
		return false
	}
	return contains(rule, l)
}

// contains says whether everything that general states is equal in special.
func contains(general, special LogSource) bool {
	same := func(general, special string) bool { return general == "" || strings.EqualFold(general, special) }
	return same(general.Category, special.Category) && same(general.Product, special.Product) && same(general.Service, special.Service)
}

// knownSource is a log source that rules may name, whether or not anything feeds it.
type knownSource struct {
	LogSource
	doc string
}

// KnownLogSource says whether a rule may state this log source: some map feeds records of it, or it is listed as one that
// Sigma's rules use.
func (t *Taxonomy) KnownLogSource(category, product, service string) bool {
	rule := LogSource{Category: category, Product: product, Service: service}
	for _, k := range t.known {
		if contains(rule, k.LogSource) {
			return true
		}
	}
	return false
}

// NearestLogSource returns the known log source that is most like an unknown one, as Sigma spells it ("category:
// process_creation, product: windows"); empty if nothing is near.
func (t *Taxonomy) NearestLogSource(category, product, service string) string {
	spell := func(l LogSource) string {
		var parts []string
		for _, part := range [][2]string{{"category", l.Category}, {"product", l.Product}, {"service", l.Service}} {
			if part[1] != "" {
				parts = append(parts, part[0]+": "+part[1])
			}
		}
		return strings.Join(parts, ", ")
	}
	values := func(l LogSource) string { return strings.Trim(l.Category+" "+l.Product+" "+l.Service, " ") }
	spelled := map[string]string{} // by values, so that likeness is theirs alone
	for _, k := range t.known {
		cut := k.LogSource // reduced to the parts that the rule states
		if category == "" {
			cut.Category = ""
		}
		if product == "" {
			cut.Product = ""
		}
		if service == "" {
			cut.Service = ""
		}
		if v := values(cut); v != "" && spelled[v] == "" {
			spelled[v] = spell(cut)
		}
	}
	candidates := slices.Sorted(maps.Keys(spelled))
	return spelled[diag.Nearest(values(LogSource{Category: category, Product: product, Service: service}), candidates)]
}

// KnownLogSources returns all log sources that rules may name, in order, each with a sentence on what it is.
func (t *Taxonomy) KnownLogSources() []KnownSource {
	list := make([]KnownSource, 0, len(t.known))
	for _, k := range t.known {
		list = append(list, KnownSource{k.LogSource, k.doc, t.Feeds(k.Category, k.Product, k.Service)})
	}
	return list
}

// KnownSource is a log source that rules may name.
type KnownSource struct {
	LogSource
	Doc   string // one sentence; empty where the maps say it all
	Feeds []Feed
}

// Feed is a kind of record that a log source gets records from: lists of values that a Class must meet, where an empty
// list does not restrict and * stands for any text.
type Feed struct {
	Map                            string // the file of the map
	Title                          string // what these records are
	Product, Channel, Provider, ID []string
	When                           plan.Expr // nil: all of them
}

// Feeds returns the kinds of record that a rule with this log source sees; none means that no source feeds it.
func (t *Taxonomy) Feeds(category, product, service string) []Feed {
	rule := LogSource{Category: category, Product: product, Service: service}
	var feeds []Feed
	for _, b := range t.blocks {
		for _, entry := range b.logsources {
			if entry.mayCover(b.match, rule) {
				feeds = append(feeds, Feed{b.file, b.title, b.match.product, b.match.channel, b.match.provider, b.match.id, entry.When})
				break
			}
		}
	}
	return feeds
}

// sourceEntry is a log source as a map writes it: parts may name a part of the class in braces.
type sourceEntry struct {
	LogSource
	parse bool // the class's channel spells category/product/service
}

// of returns the log source that records of a class have by the entry.
func (e sourceEntry) of(c *event.Class) LogSource {
	l := e.LogSource
	if e.parse {
		parts := append(strings.Split(strings.ToLower(c.Channel), "/"), "", "", "")
		l.Category, l.Product, l.Service = parts[0], parts[1], parts[2]
		return l
	}
	fill := strings.NewReplacer("{product}", strings.ToLower(c.Product), "{channel}", strings.ToLower(c.Channel), "{id}", strings.ToLower(c.ID))
	l.Category, l.Product, l.Service = fill.Replace(l.Category), fill.Replace(l.Product), fill.Replace(l.Service)
	return l
}

// mayCover says whether some class that meets m has a log source of this entry that the rule asks for.
func (e sourceEntry) mayCover(m match, rule LogSource) bool {
	if e.parse {
		return false // made for tests, not by a producer
	}
	may := func(wanted, part string) bool {
		if wanted == "" || strings.EqualFold(wanted, part) {
			return true
		}
		values := map[string][]string{"{product}": m.product, "{channel}": m.channel, "{id}": m.id}
		list, template := values[part]
		return template && len(list) > 0 && anyLike(list, wanted) // nobody promises what an open list may hold
	}
	if e.Stated == "category" && rule.Category == "" || e.Stated == "service" && rule.Service == "" {
		return false
	}
	return may(rule.Category, e.Category) && may(rule.Product, e.Product) && may(rule.Service, e.Service)
}
