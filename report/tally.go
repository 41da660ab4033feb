package report

import (
	"cmp"
	"slices"

	"goshawk/detection"
	"goshawk/finding"
)

// maxHosts bounds the names of hosts that are kept apart, for they come from the logs; the findings of further hosts are
// counted together.
const maxHosts = 10_000

// levelCount is the number of levels.
const levelCount = int(detection.Critical) + 1

// tally counts findings by level, rule and host as they come. Its zero value is ready.
type tally struct {
	findings    int
	first, last int64 // ticks, 0 if no finding has a time
	levels      [levelCount]int
	rules       []*ruleTally // in the order of their first finding
	hosts       []*hostTally // likewise
	noHost      int          // findings that name no host
	otherHosts  int          // findings of hosts beyond maxHosts

	byRule map[*detection.Detection]*ruleTally
	byHost map[string]*hostTally
}

type ruleTally struct {
	detection   *detection.Detection
	findings    int
	first, last int64
	hosts       map[*hostTally]int
	order       int
}

type hostTally struct {
	name        string
	findings    int
	first, last int64
	levels      [levelCount]int
	rules       int
}

// add counts a finding and returns its rule.
func (t *tally) add(f *finding.Finding) *ruleTally {
	if t.byRule == nil {
		t.byRule, t.byHost = map[*detection.Detection]*ruleTally{}, map[string]*hostTally{}
	}
	rule := t.byRule[f.Detection]
	if rule == nil {
		rule = &ruleTally{detection: f.Detection, hosts: map[*hostTally]int{}, order: len(t.rules)}
		t.byRule[f.Detection], t.rules = rule, append(t.rules, rule)
	}
	level := f.Detection.Level
	t.findings++
	t.levels[level]++
	rule.findings++
	extend(&t.first, &t.last, f.Time)
	extend(&rule.first, &rule.last, f.Time)
	if f.Host == "" {
		t.noHost++
		return rule
	}
	host := t.byHost[f.Host]
	if host == nil {
		if len(t.hosts) == maxHosts {
			t.otherHosts++
			return rule
		}
		host = &hostTally{name: f.Host}
		t.byHost[f.Host], t.hosts = host, append(t.hosts, host)
	}
	host.findings++
	host.levels[level]++
	extend(&host.first, &host.last, f.Time)
	if rule.hosts[host] == 0 {
		host.rules++
	}
	rule.hosts[host]++
	return rule
}

func extend(first, last *int64, ticks int64) {
	if ticks == 0 {
		return
	}
	if *first == 0 || ticks < *first {
		*first = ticks
	}
	if *last == 0 || ticks > *last {
		*last = ticks
	}
}

// ofLevel returns how many rules and hosts have findings of a level.
func (t *tally) ofLevel(level detection.Level) (rules, hosts int) {
	for _, r := range t.rules {
		if r.detection.Level == level {
			rules++
		}
	}
	for _, h := range t.hosts {
		if h.levels[level] > 0 {
			hosts++
		}
	}
	return rules, hosts
}

// languages returns in how many languages the rules that found something are written.
func (t *tally) languages() int {
	seen := map[detection.Language]bool{}
	for _, r := range t.rules {
		seen[r.detection.Language] = true
	}
	return len(seen)
}

// rank returns the rules as a reader wants them: the gravest first, then those with most findings, then by title.
func (t *tally) rank() []*ruleTally {
	list := slices.Clone(t.rules)
	slices.SortStableFunc(list, func(a, b *ruleTally) int {
		return cmp.Or(
			cmp.Compare(b.detection.Level, a.detection.Level), cmp.Compare(b.findings, a.findings),
			cmp.Compare(a.detection.Title, b.detection.Title), cmp.Compare(a.detection.Path, b.detection.Path), cmp.Compare(a.order, b.order))
	})
	return list
}

// rankHosts returns the hosts with the gravest findings first, counted level by level.
func (t *tally) rankHosts() []*hostTally {
	list := slices.Clone(t.hosts)
	slices.SortStableFunc(list, func(a, b *hostTally) int {
		for level := levelCount - 1; level >= 0; level-- {
			if c := cmp.Compare(b.levels[level], a.levels[level]); c != 0 {
				return c
			}
		}
		return cmp.Compare(a.name, b.name)
	})
	return list
}

// falling returns all levels, the gravest first.
func falling() []detection.Level {
	list := detection.Levels()
	slices.Reverse(list)
	return list
}
