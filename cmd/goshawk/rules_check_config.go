package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/compile"
	"goshawk/diag"
)

// lintChoice says which lints are asked about which rules.
type lintChoice struct {
	sets  []string
	names map[string]bool // the validators of a configuration; nil: it does not choose
	off   map[string]bool // codes that it leaves out
	// exclusions are codes that are not asked about rules, by id in lower case; that of rules without an id is empty.
	exclusions map[string]map[string]bool
	params     map[string]map[string]diag.Param
	lints      map[string]diag.Lint
}

func newLintChoice(sets []string) *lintChoice {
	c := &lintChoice{sets: sets, off: map[string]bool{}, exclusions: map[string]map[string]bool{}, params: map[string]map[string]diag.Param{}, lints: map[string]diag.Lint{}}
	switch {
	case len(sets) == 0:
		c.sets = []string{diag.CoreLints, diag.GoshawkLints}
	case slices.Contains(sets, "all"):
		c.sets = diag.LintSets()
	}
	for _, l := range compile.Lints() {
		c.lints[l.Code] = l
	}
	return c
}

// wanted says whether a lint is asked about the rule of an id.
func (c *lintChoice) wanted(code, id string) bool {
	l := c.lints[code]
	switch {
	case c.off[code] || c.exclusions[strings.ToLower(id)][code]:
		return false
	case c.names == nil || len(l.Validators) == 0 && !c.names[code]:
		return slices.Contains(c.sets, l.Set)
	}
	return c.names[code] || slices.ContainsFunc(l.Validators, func(name string) bool { return c.names[name] })
}

// codes returns the lints that a name of a configuration stands for: a code, or the name that pySigma has for validators.
func (c *lintChoice) codes(name string) (codes []string) {
	for _, code := range slices.Sorted(maps.Keys(c.lints)) {
		if code == name || slices.Contains(c.lints[code].Validators, name) {
			codes = append(codes, code)
		}
	}
	return codes
}

func (c *lintChoice) allNames() []string {
	var names []string
	for code, l := range c.lints {
		names = append(append(names, code), l.Validators...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// configure reads a configuration of validators as pySigma has it: validators, exclusions and config.
func (c *lintChoice) configure(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fail(exitUsage, "--lint-config: cannot read %s: %w", path, cause(err))
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil && !errors.Is(err, io.EOF) {
		return fail(exitUsage, "--lint-config: %s is no YAML: %s", path, strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(root.Content) == 0 {
		return nil
	}
	r := configReader{c, path}
	return r.read(root.Content[0])
}

// configReader reads one configuration.
type configReader struct {
	*lintChoice
	path string
}

func (r configReader) wrong(n *yaml.Node, format string, args ...any) error {
	return fail(exitUsage, "--lint-config: %s:%d:%d: %s", r.path, n.Line, n.Column, fmt.Sprintf(format, args...))
}

// entries calls take with the entries of a map.
func (r configReader) entries(n *yaml.Node, what string, take func(key, value *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return r.wrong(n, "%s must be a map", what)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if err := take(n.Content[i], n.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (r configReader) read(root *yaml.Node) error {
	return r.entries(root, "a configuration", func(key, value *yaml.Node) error {
		switch key.Value {
		case "validators":
			return r.validators(value)
		case "exclusions":
			return r.entries(value, "exclusions", r.exclusion)
		case "config":
			return r.entries(value, "config", r.parameters)
		}
		return r.wrong(key, "unknown key %q%s (validators, exclusions or config)", key.Value, didYouMean(key.Value, []string{"validators", "exclusions", "config"}))
	})
}

// known returns the codes of a name, or an error that names the nearest.
func (r configReader) known(n *yaml.Node, name string) ([]string, error) {
	codes := r.codes(name)
	if n.Kind != yaml.ScalarNode || codes == nil {
		return nil, r.wrong(n, "unknown validator %q%s", name, didYouMean(name, r.allNames()))
	}
	return codes, nil
}

// validators reads the list of names: all, a name, or a name that is taken away.
func (r configReader) validators(list *yaml.Node) error {
	if list.Kind != yaml.SequenceNode {
		return r.wrong(list, "validators must be a list of names")
	}
	r.names = map[string]bool{}
	for _, n := range list.Content {
		name, remove := strings.CutPrefix(n.Value, "-")
		if n.Value == "all" {
			for _, name := range r.allNames() {
				r.names[name] = r.names[name] || r.lints[name].Code == ""
			}
			continue
		}
		if _, err := r.known(n, name); err != nil {
			return err
		}
		_, isCode := r.lints[name]
		switch {
		case !remove:
			r.names[name] = true
			delete(r.off, name)
		case isCode:
			r.off[name] = true
		case !r.names[name]:
			return r.wrong(n, "validator %q is not among those before, so it cannot be taken away", name)
		default:
			delete(r.names, name)
		}
	}
	return nil
}

// exclusion reads the names that do not count for the rule of an id.
func (r configReader) exclusion(key, value *yaml.Node) error {
	id := strings.ToLower(key.Value)
	if key.ShortTag() == "!!null" {
		id = ""
	}
	names := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		names = value.Content
	}
	if r.lintChoice.exclusions[id] == nil {
		r.lintChoice.exclusions[id] = map[string]bool{}
	}
	for _, n := range names {
		codes, err := r.known(n, n.Value)
		if err != nil {
			return err
		}
		for _, code := range codes {
			r.lintChoice.exclusions[id][code] = true
		}
	}
	return nil
}

// parameters reads what a validator is given.
func (r configReader) parameters(key, value *yaml.Node) error {
	codes, err := r.known(key, key.Value)
	if err != nil {
		return err
	}
	return r.entries(value, key.Value, func(name, value *yaml.Node) error {
		found := false
		var names []string
		for _, code := range codes {
			for _, p := range r.lints[code].Params {
				if names = append(names, p.Name); p.Name != name.Value {
					continue
				}
				if p, err = r.parameter(p, value); err != nil {
					return err
				}
				if r.params[code] == nil {
					r.params[code] = map[string]diag.Param{}
				}
				r.params[code][p.Name] = p
				found = true
			}
		}
		if !found {
			return r.wrong(name, "%s has no parameter %q%s", key.Value, name.Value, didYouMean(name.Value, names))
		}
		return nil
	})
}

func (r configReader) parameter(p diag.Param, value *yaml.Node) (diag.Param, error) {
	if p.Words == nil {
		number, err := strconv.Atoi(value.Value)
		if err != nil || number < 0 {
			return p, r.wrong(value, "%s must be a number", p.Name)
		}
		p.Number = number
		return p, nil
	}
	p.Words = []string{}
	if err := value.Decode(&p.Words); err != nil {
		return p, r.wrong(value, "%s must be a list of words", p.Name)
	}
	return p, nil
}
