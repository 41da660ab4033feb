package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// collection reads the documents of a text in order. A document with the key action is not a rule of its own but changes how
// others are read: global is a template that is merged under every rule that follows, reset takes it away, repeat is the
// previous rule with some of it replaced.
func (r *reader) collection(file *File) {
	var template, previous []pair
	copied := 0 // nodes of rules that others are merged into
	r.documents(func(root *yaml.Node) {
		if root.Kind != yaml.MappingNode {
			r.errorf(r.at(root), "sigma-type", "document must be a map, not a %s", shape(root))
			return
		}
		before := r.errors
		list := r.pairs(root)
		own, under := spanOf(list), template
		if action := find(list, "action"); action != nil {
			word := r.text(action)
			list = without(list, "action")
			switch word.Text {
			case "global":
				template, previous = list, list
				return
			case "reset":
				template = nil
				return
			case "repeat":
				under = previous
			default:
				d := r.errorf(placeOf(word, list), "sigma-action", "unknown action %q", word.Text)
				d.Hint = "it is global, reset or repeat"
				if near := r.nearest(word.Text, []string{"global", "reset", "repeat"}); near != "" {
					d.Hint = "did you mean " + near + "?"
				}
				return
			}
		}
		document := Document{}
		switch {
		case find(list, "correlation") != nil:
			document.Correlation = r.correlation(list)
		case find(list, "filter") != nil:
			document.Filter = r.filter(list)
		default:
			if len(under) > 0 {
				if copied > maxTemplate {
					r.errorf(own, "sigma-too-large", "rules of this text copy more than %d nodes from others", maxTemplate)
					return
				}
				list = merged(list, under)
				for _, p := range list {
					copied += nodes(p.value)
				}
			}
			previous = list
			document.Rule = r.rule(list)
		}
		meta := document.Meta()
		meta.Span, meta.Broken = own, r.errors > before
		file.Documents = append(file.Documents, document)
		if r.each != nil {
			r.each(document, list)
		}
	})
}

// merged returns the entries of over with those of under that over lacks; maps that both have are merged likewise.
func merged(over, under []pair) []pair {
	if len(under) == 0 {
		return over
	}
	list := append([]pair(nil), over...)
	place := make(map[string]int, len(list))
	for i := range list {
		place[list[i].key.Text] = i
	}
	for _, u := range under {
		i, both := place[u.key.Text]
		switch {
		case !both:
			list = append(list, u)
		case list[i].value.Kind == yaml.MappingNode && u.value.Kind == yaml.MappingNode:
			list[i].value = mergeMaps(list[i].value, u.value, 0)
		}
	}
	return list
}

// mergeMaps returns the map with the entries of over and those of under that over lacks.
func mergeMaps(over, under *yaml.Node, depth int) *yaml.Node {
	both := *over
	both.Content = append([]*yaml.Node(nil), over.Content...)
	place := make(map[string]int, len(over.Content)/2)
	for i := 0; i+1 < len(over.Content); i += 2 {
		place[follow(over.Content[i]).Value] = i + 1
	}
	for i := 0; i+1 < len(under.Content); i += 2 {
		at, known := place[follow(under.Content[i]).Value]
		if !known {
			both.Content = append(both.Content, under.Content[i], under.Content[i+1])
			continue
		}
		o, u := follow(both.Content[at]), follow(under.Content[i+1])
		if depth < maxDepth && o.Kind == yaml.MappingNode && u.Kind == yaml.MappingNode {
			both.Content[at] = mergeMaps(o, u, depth+1)
		}
	}
	return &both
}

// nodes counts the nodes of a tree.
func nodes(n *yaml.Node) int {
	count := 1
	for _, child := range n.Content {
		count += nodes(child)
	}
	return count
}

func without(list []pair, key string) []pair {
	var rest []pair
	for _, p := range list {
		if p.key.Text != key {
			rest = append(rest, p)
		}
	}
	return rest
}

// logSource reads the section that says which events a rule or filter is about.
func (r *reader) logSource(list []pair) LogSource {
	section := find(list, "logsource")
	if section == nil {
		r.errorf(headOf(list), "sigma-logsource", "document has no logsource").
			Hint = "add logsource: with at least one of category, product and service"
		return LogSource{}
	}
	source := LogSource{Span: r.span(section.value)}
	if section.value.Kind != yaml.MappingNode {
		r.errorf(section.key.Span, "sigma-logsource", "logsource must be a map, not a %s", shape(section.value))
		return source
	}
	entries := r.pairs(section.value)
	source.Span = source.Span.Join(spanOf(entries).Join(source.Span))
	word := func(p *pair) string {
		w := r.text(p)
		if w.Text != strings.ToLower(w.Text) {
			r.warnf(w.Span, "sigma-logsource", "%s %q should be lower case", p.key.Text, w.Text)
		}
		return w.Text
	}
	for i := range entries {
		switch p := &entries[i]; p.key.Text {
		case "category":
			source.Category = word(p)
		case "product":
			source.Product = word(p)
		case "service":
			source.Service = word(p)
		case "definition":
			source.Definition = r.text(p).Text
		default:
			source.Custom = append(source.Custom, Custom{p.key, r.any(p.value), r.span(p.value)})
		}
	}
	if source.Category == "" && source.Product == "" && source.Service == "" {
		r.errorf(section.key.Span, "sigma-logsource", "logsource states neither category nor product nor service")
	}
	return source
}
