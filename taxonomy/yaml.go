package taxonomy

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// document is one YAML file being read.
type document struct {
	src   *diag.Source
	diags *diag.List
}

// syntaxLine finds the line in the decoder's complaints.
var syntaxLine = regexp.MustCompile(`line (\d+): (.*)`)

// root parses the file; nil if it is no mapping.
func (d *document) root() *yaml.Node {
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(d.src.Text), &n); err != nil {
		span, message := diag.Span{}, err.Error()
		var typeError *yaml.TypeError
		if errors.As(err, &typeError) && len(typeError.Errors) > 0 {
			message = typeError.Errors[0]
		}
		if m := syntaxLine.FindStringSubmatch(message); m != nil {
			line, _ := strconv.Atoi(m[1])
			at := d.src.Offset(line, 1)
			span, message = diag.Span{Start: at, End: at}, m[2]
		}
		d.diags.Errorf(d.src, span, "taxonomy-yaml", "the file is not YAML: %s", message)
		return nil
	}
	if len(n.Content) != 1 || n.Content[0].Kind != yaml.MappingNode {
		d.diags.Errorf(d.src, diag.Span{}, "taxonomy-shape", "the file must be one mapping")
		return nil
	}
	return n.Content[0]
}

func (d *document) span(n *yaml.Node) diag.Span {
	start := d.src.Offset(n.Line, n.Column)
	return diag.Span{Start: start, End: start + len(n.Value)}
}

func (d *document) errorf(n *yaml.Node, code, format string, args ...interface{}) *diag.Diagnostic {
	return d.diags.Errorf(d.src, d.span(n), code, format, args...)
}

// keys are the keys that a mapping may have, with what to do with the value of each.
type keys map[string]func(*yaml.Node)

// mapping reads a mapping with known keys.
func (d *document) mapping(n *yaml.Node, known keys) {
	d.pairs(n, func(key, value *yaml.Node) {
		read := known[key.Value]
		if read == nil {
			names := make([]string, 0, len(known))
			for name := range known {
				names = append(names, name)
			}
			complaint := d.errorf(key, "taxonomy-unknown-key", "unknown key `%s`", key.Value)
			if near := diag.Nearest(key.Value, names); near != "" {
				complaint.Hint = fmt.Sprintf("did you mean `%s`?", near)
			}
			return
		}
		read(value)
	})
}

// pairs reads a mapping of any keys, each once. What << merges into it is read in its place, but for keys that the mapping
// itself has.
func (d *document) pairs(n *yaml.Node, read func(key, value *yaml.Node)) {
	d.pairsBut(n, nil, read)
}

func (d *document) pairsBut(n *yaml.Node, own map[string]bool, read func(key, value *yaml.Node)) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		d.errorf(n, "taxonomy-shape", "a mapping must stand here")
		return
	}
	all := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		all[n.Content[i].Value] = true
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.errorf(key, "taxonomy-shape", "a key must be a text")
			continue
		}
		if key.Tag == "!!merge" {
			d.items(value, func(item *yaml.Node) { d.pairsBut(item, all, read) })
			continue
		}
		if own[key.Value] {
			continue
		}
		if seen[key.Value] {
			d.errorf(key, "taxonomy-double-key", "the key `%s` stands here twice", key.Value)
			continue
		}
		seen[key.Value] = true
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		read(key, value)
	}
}

// items reads a list; a single value counts as a list of one.
func (d *document) items(n *yaml.Node, read func(*yaml.Node)) {
	if n.Kind != yaml.SequenceNode {
		read(n)
		return
	}
	for _, item := range n.Content {
		if item.Kind == yaml.AliasNode {
			item = item.Alias
		}
		read(item)
	}
}

// text reads a scalar.
func (d *document) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.errorf(n, "taxonomy-shape", "a text must stand here")
		return ""
	}
	return n.Value
}

// texts reads a scalar or a list of scalars.
func (d *document) texts(n *yaml.Node) []string {
	list := []string{}
	d.items(n, func(item *yaml.Node) { list = append(list, d.text(item)) })
	return list
}

// word reads a scalar that must be one of a few words.
func (d *document) word(n *yaml.Node, words ...string) string {
	text := d.text(n)
	for _, w := range words {
		if text == w {
			return text
		}
	}
	complaint := d.errorf(n, "taxonomy-unknown-word", "`%s` cannot stand here", text)
	complaint.Hint = fmt.Sprintf("one of %q", words)
	return ""
}

// flag reads true or false.
func (d *document) flag(n *yaml.Node) bool { return d.word(n, "true", "false") == "true" }
