package sigma

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"goshawk/plan"
)

// file_placeholders: the values of placeholders from a file. http_placeholders and command_placeholders get theirs in other ways and
// read them alike.

const maxFileValues = 100_000 // values that a file may give placeholders

var _ = defineTransformation("file_placeholders", "resolves placeholders by the values in a file, if reading files is allowed", func(p *params) transformation {
	path := p.name("path")
	return p.outside(path, func() ([]byte, error) {
		if p.options.ReadFile == nil {
			p.errorf(p.typePlace(), "sigma-pipeline-refused", "file_placeholders reads the file %s, which pipelines may not do unless they are allowed to", path.Text).
				Hint = "allow it with --pipeline-files, if you trust the pipeline"
			return nil, errRefused
		}
		return p.options.ReadFile(path.Text)
	})
})

// errRefused says that a complaint was made about what a pipeline may not do.
var errRefused = errors.New("refused")

// outside is a transformation that resolves placeholders by values from beyond the pipeline, which are got when the pipeline is read; of
// is where they come from.
func (p *params) outside(of Word, get func() ([]byte, error)) transformation {
	chosen := p.chosen()
	format := p.choice("format", "plaintext", "plaintext", "csv", "json", "yaml")
	header, column, query := p.bool("csv_has_header", true), p.get("csv_column"), p.optional("jq_expression", "")
	filter := func(string) bool { return true }
	if p.get("filter") != nil {
		if re := p.pattern("filter", false); re != nil {
			filter = re.MatchString
		}
	}
	data, err := get()
	if err == errRefused {
		return nil
	} else if err != nil {
		p.errorf(of.Span, "sigma-pipeline-file", "cannot read %s: %v", of.Text, err)
		return action(func(*processing, *step) {})
	}
	var values []string
	switch format {
	case "plaintext":
		for line := range strings.Lines(string(data)) {
			if line = strings.TrimSpace(line); line != "" {
				values = append(values, line)
			}
		}
	case "csv":
		values, err = csvValues(data, column, header)
	default:
		values, err = treeValues(data, query)
	}
	if err != nil {
		p.errorf(of.Span, "sigma-pipeline-file", "%s as %s: %v", of.Text, format, err)
	}
	var list [][]plan.Piece
	for _, v := range values {
		if filter(v) {
			list = append(list, pieces(v))
		}
	}
	if err == nil && (len(list) == 0 || len(list) > maxFileValues) {
		p.errorf(of.Span, "sigma-pipeline-file", "%s gives %d values; there must be at least one and at most %d", of.Text, len(list), maxFileValues)
	}
	return resolving(chosen, func(*processing, *step, meaning, string) ([][]plan.Piece, bool) { return list, true })
}

// csvValues returns the values of a column, which is a name or a number from 0.
func csvValues(data []byte, column *pair, header bool) ([]string, error) {
	if column == nil || column.value.Kind != yaml.ScalarNode {
		return nil, fmt.Errorf("csv_column must say which column, by its name or its number from 0")
	}
	r := csv.NewReader(strings.NewReader(string(data)))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	at := -1
	if kind, _ := kindOf(column.value); kind == NumberValue {
		if at, err = strconv.Atoi(column.value.Value); err != nil || at < 0 {
			return nil, fmt.Errorf("there is no column %s", column.value.Value)
		}
	} else if !header {
		return nil, fmt.Errorf("a column can be named only where the first line has names")
	} else if len(rows) > 0 {
		for i, name := range rows[0] {
			if name == column.value.Value && at < 0 {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("there is no column %q; there are %s", column.value.Value, strings.Join(rows[0], ", "))
		}
	}
	if header && len(rows) > 0 {
		rows = rows[1:]
	}
	var values []string
	for _, row := range rows {
		if at < len(row) {
			values = append(values, row[at])
		}
	}
	return values, nil
}

// treeValues returns the values at the end of a path in JSON or YAML, which is YAML too: .a.b, .a[], .a[0], ."a b".
func treeValues(data []byte, query string) ([]string, error) {
	if query == "" {
		return nil, fmt.Errorf("jq_expression must say where the values are, such as .items[]")
	}
	if len(data) > maxDocument {
		return nil, fmt.Errorf("the file is larger than %d bytes", maxDocument)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, err
	}
	if len(root.Content) == 0 {
		return nil, nil
	}
	path, err := treePath(query)
	if err != nil {
		return nil, err
	}
	list := []*yaml.Node{follow(root.Content[0])}
	for _, step := range path {
		var next []*yaml.Node
		for _, n := range list {
			switch {
			case step.all && (n.Kind == yaml.SequenceNode || n.Kind == yaml.MappingNode):
				for i, e := range n.Content {
					if n.Kind == yaml.SequenceNode || i%2 == 1 {
						next = append(next, follow(e))
					}
				}
			case step.name == "" && !step.all && n.Kind == yaml.SequenceNode:
				if step.index < len(n.Content) {
					next = append(next, follow(n.Content[step.index]))
				}
			case step.name != "" && n.Kind == yaml.MappingNode:
				for i := 0; i+1 < len(n.Content); i += 2 {
					if follow(n.Content[i]).Value == step.name {
						next = append(next, follow(n.Content[i+1]))
					}
				}
			case isNull(n):
			default:
				return nil, fmt.Errorf("%s does not fit: there is a %s on the way", query, shape(n))
			}
		}
		if list = next; len(list) > maxFileValues {
			return nil, fmt.Errorf("more than %d values", maxFileValues)
		}
	}
	var values []string
	for _, n := range list {
		if n.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("%s gives a %s, not single values; write [] for the entries of a list", query, shape(n))
		}
		if !isNull(n) {
			values = append(values, n.Value)
		}
	}
	return values, nil
}

// treeStep is one step of a path: a name, an index, or all entries.
type treeStep struct {
	name  string
	index int
	all   bool
}

func treePath(query string) ([]treeStep, error) {
	wrong := fmt.Errorf("only paths such as .items[].name or .[0] are read, not %q", query)
	var path []treeStep
	for rest := strings.TrimSpace(query); rest != ""; {
		switch {
		case strings.HasPrefix(rest, "[]"):
			path, rest = append(path, treeStep{all: true}), rest[2:]
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if end < 0 {
				return nil, wrong
			}
			n, err := strconv.Atoi(rest[1:end])
			if err != nil || n < 0 {
				return nil, wrong
			}
			path, rest = append(path, treeStep{index: n}), rest[end+1:]
		case strings.HasPrefix(rest, `."`):
			end := strings.IndexByte(rest[2:], '"')
			if end < 1 {
				return nil, wrong
			}
			path, rest = append(path, treeStep{name: rest[2 : 2+end]}), rest[3+end:]
		case rest[0] == '.':
			end := 1
			for end < len(rest) && (rest[end] == '_' || isWord(rune(rest[end]))) {
				end++
			}
			if end > 1 {
				path = append(path, treeStep{name: rest[1:end]})
			} else if rest != "." && rest[1] != '[' {
				return nil, wrong
			}
			rest = rest[end:]
		default:
			return nil, wrong
		}
	}
	return path, nil
}
