package yamltext

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// JSON calls read with the root of the one value of a JSON text, as the tree that YAML would be, so that whoever reads one reads the
// other. Remarks (// and /* */) are nothing, as in the templates of Azure.
func (p *Places) JSON(limits Limits, read func(root *yaml.Node), complain func(Problem)) {
	text := p.source.Text
	if len(text) > limits.Text {
		complain(Problem{What: "too-large", Message: fmt.Sprintf("text of %d bytes is larger than %d", len(text), limits.Text)})
		return
	}
	begin := len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	plain := withoutRemarks(text[begin:])
	j := &jsonReader{places: p, begin: begin, text: plain, decoder: json.NewDecoder(strings.NewReader(plain)), limits: limits, nodes: limits.Nodes, line: 1, column: 1}
	j.decoder.UseNumber()
	root, err := j.value(0)
	if err == nil {
		if _, more := j.decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the value")
		}
	}
	switch problem := (*Problem)(nil); {
	case errors.As(err, &problem):
		complain(*problem)
	case errors.Is(err, io.EOF) && strings.TrimSpace(plain) == "":
		complain(Problem{What: "empty", Message: "text holds no document"})
	case err != nil:
		at := begin + int(j.decoder.InputOffset())
		var syntax *json.SyntaxError
		if whole := json.Unmarshal([]byte(plain), new(any)); errors.As(whole, &syntax) { // it knows the place better
			at, err = begin+max(int(syntax.Offset)-1, 0), whole
			if strings.HasPrefix(syntax.Error(), "unexpected end") {
				at, err = len(text), errors.New("it ends too early")
			}
		}
		at = min(at, len(text))
		complain(Problem{What: "json", Span: diag.Span{Start: at, End: min(at+1, len(text))}, Message: "text is no JSON: " + strings.TrimPrefix(err.Error(), "json: ")})
	default:
		read(root)
	}
}

// Error makes a Problem an error, for use within the package.
func (p *Problem) Error() string { return p.Message }

// jsonReader makes a tree of JSON.
type jsonReader struct {
	places  *Places
	begin   int // of text in the source
	text    string
	decoder *json.Decoder
	limits  Limits
	nodes   int
	// done is how much of the text is counted in line and column.
	done         int
	line, column int
}

// token returns the next token and a node that stands where it begins.
func (j *jsonReader) token() (json.Token, *yaml.Node, error) {
	from := int(j.decoder.InputOffset())
	token, err := j.decoder.Token()
	if err != nil {
		return nil, nil, err
	}
	for from < len(j.text) && strings.IndexByte(" \t\r\n,:", j.text[from]) >= 0 {
		from++
	}
	for j.done < from { // lines as YAML counts them
		if n := breakAt(j.text, j.done); n > 0 {
			j.line, j.column = j.line+1, 1
			j.done += n
			continue
		}
		_, size := utf8.DecodeRuneInString(j.text[j.done:])
		j.done += size
		j.column++
	}
	return token, &yaml.Node{Line: j.line, Column: j.column}, nil
}

func (j *jsonReader) value(depth int) (*yaml.Node, error) {
	token, n, err := j.token()
	if err != nil {
		return nil, err
	}
	at := diag.Span{Start: j.begin + j.done, End: j.begin + j.done}
	if j.nodes--; j.nodes < 0 {
		return nil, &Problem{What: "too-large", Span: at, Message: fmt.Sprintf("document has more than %d nodes", j.limits.Nodes)}
	}
	if depth > j.limits.Depth {
		return nil, &Problem{What: "too-deep", Span: at, Message: fmt.Sprintf("document is nested more than %d deep", j.limits.Depth)}
	}
	n.Kind = yaml.ScalarNode
	switch v := token.(type) {
	case json.Delim:
		n.Kind, n.Tag, n.Style = yaml.SequenceNode, "!!seq", yaml.FlowStyle
		if v == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		for j.decoder.More() { // of a map: a key, then its value
			child, err := j.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		if _, _, err := j.token(); err != nil {
			return nil, err
		}
	case string:
		n.Tag, n.Style, n.Value = "!!str", yaml.DoubleQuotedStyle, v
	case json.Number:
		n.Tag, n.Value = "!!float", v.String()
		if strings.Trim(n.Value, "-0123456789") == "" {
			n.Tag = "!!int"
		}
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(v)
	default:
		n.Tag, n.Value = "!!null", "null"
	}
	return n, nil
}

// withoutRemarks replaces remarks by blanks, byte for byte.
func withoutRemarks(text string) string {
	if !strings.Contains(text, "//") && !strings.Contains(text, "/*") {
		return text
	}
	out := []byte(text)
	blank := func(from, to int) {
		for ; from < to; from++ {
			if out[from] != '\n' && out[from] != '\r' {
				out[from] = ' '
			}
		}
	}
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case strings.HasPrefix(text[i:], "//"):
			end := i
			for end < len(text) && text[end] != '\n' {
				end++
			}
			blank(i, end)
			i = end
		case strings.HasPrefix(text[i:], "/*"):
			end := len(text)
			if n := strings.Index(text[i+2:], "*/"); n >= 0 {
				end = i + 2 + n + 2
			}
			blank(i, end)
			i = end - 1
		}
	}
	return string(out)
}
