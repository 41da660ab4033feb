package sentinel

import (
	"slices"
	"sort"
	"strings"
)

// Join lets the queries of each pack use the functions and watchlists of the others, where their own pack has none of the name. In the
// service all of them lie in one workspace.
func Join(packs []*Pack) {
	for i, p := range packs {
		p.neighbours = p.neighbours[:0:0]
		for j, other := range packs {
			if i != j {
				p.neighbours = append(p.neighbours, other)
			}
		}
	}
}

// Override puts the functions and watchlists of another pack, the user's own, before those of this one. What is put there last goes
// first.
func (p *Pack) Override(by *Pack) { p.overrides = append([]*Pack{by}, p.overrides...) }

// places are the packs to look for a name in, in order.
func (p *Pack) places() []*Pack {
	return append(append(slices.Clone(p.overrides), p), p.neighbours...)
}

// Function returns the function of a name or alias. Names of functions are told apart by case, as in Kusto.
func (p *Pack) Function(name string) (*Function, bool) {
	for _, in := range p.places() {
		if f, ok := in.functions[name]; ok {
			return f, true
		}
	}
	return nil, false
}

// FunctionNames returns all names and aliases, sorted.
func (p *Pack) FunctionNames() []string {
	known := map[string]bool{}
	for _, in := range p.places() {
		for name := range in.functions {
			known[name] = true
		}
	}
	return sortedKeys(known)
}

// Watchlist returns the watchlist of an alias, whatever its case.
func (p *Pack) Watchlist(alias string) (*Watchlist, bool) {
	for _, in := range p.places() {
		if w, ok := in.watchlists[strings.ToLower(alias)]; ok {
			return w, true
		}
	}
	return nil, false
}

// WatchlistAliases returns the aliases of all watchlists as their authors wrote them, sorted.
func (p *Pack) WatchlistAliases() []string {
	known := map[string]string{}
	places := p.places()
	for i := len(places) - 1; i >= 0; i-- {
		for key, w := range places[i].watchlists {
			known[key] = w.Alias
		}
	}
	var list []string
	for _, alias := range known {
		list = append(list, alias)
	}
	sort.Strings(list)
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
