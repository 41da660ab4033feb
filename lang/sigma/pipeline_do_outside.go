package sigma

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// http_placeholders and command_placeholders ask the world beyond the pipeline for the values of placeholders, once, when the pipeline is
// read. Neither is done unless whoever reads it allows it: a pipeline may come from strangers.

// HTTPRequest is what http_placeholders asks.
type HTTPRequest struct {
	URL, Method string
	Headers     map[string]string
	Params      map[string]string // of the query, beside those in URL
	Form        map[string]string // the body, as a form; nil: none
	JSON        []byte            // the body, as JSON; nil: none
	Timeout     time.Duration
	MaxBody     int64 // bytes of the answer
}

// ShellCommand is what command_placeholders runs.
type ShellCommand struct {
	Line      string   // for /bin/sh; empty if there are Args
	Args      []string // a program and what it is given
	Timeout   time.Duration
	MaxOutput int64 // bytes
}

// maxOutside is how many bytes an answer or output may have, unless the pipeline says otherwise.
const maxOutside = 10 << 20

var (
	_ = defineTransformation("http_placeholders", "resolves placeholders by the answer of an address, if asking is allowed", func(p *params) transformation {
		url := p.name("url")
		r := HTTPRequest{URL: url.Text, Method: strings.ToUpper(p.optional("method", "GET")), Headers: p.texts("headers"), Params: p.texts("params"), Form: p.texts("form_data"),
			JSON: p.json("json_body"), Timeout: p.seconds("timeout", 10), MaxBody: p.whole("max_body_size", maxOutside)}
		return p.outside(url, func() ([]byte, error) {
			if p.options.Request == nil {
				p.errorf(p.typePlace(), "sigma-pipeline-refused", "http_placeholders asks %s, which pipelines may not do unless they are allowed to", url.Text).
					Hint = "allow it with --pipeline-http, if you trust the pipeline, or save the answer and read it with file_placeholders"
				return nil, errRefused
			}
			return p.options.Request(r)
		})
	})
	_ = defineTransformation("command_placeholders", "resolves placeholders by the output of a command, if running commands is allowed", func(p *params) transformation {
		c := ShellCommand{Timeout: p.seconds("timeout", 30), MaxOutput: p.whole("max_stdout", maxOutside)}
		of := Word{Span: p.typePlace()}
		switch cmd := p.get("cmd"); {
		case cmd == nil:
			p.missing("cmd")
		case cmd.value.Kind == yaml.SequenceNode:
			for _, w := range p.names("cmd") {
				c.Args = append(c.Args, w.Text)
			}
			of = Word{Text: strings.Join(c.Args, " "), Span: cmd.span}
		default:
			of = p.name("cmd")
			c.Line = of.Text
		}
		return p.outside(of, func() ([]byte, error) {
			if p.options.Run == nil {
				p.errorf(p.typePlace(), "sigma-pipeline-refused", "command_placeholders runs %s, which pipelines may not do unless they are allowed to", of.Text).
					Hint = "allow it with --pipeline-commands, if you trust the pipeline, or save the output and read it with file_placeholders"
				return nil, errRefused
			}
			if c.Line == "" && len(c.Args) == 0 {
				return nil, errRefused // it was said
			}
			return p.options.Run(c)
		})
	})
)

// texts reads a map of texts; nil if there is none.
func (p *params) texts(name string) map[string]string {
	e := p.get(name)
	if e == nil || isNull(e.value) {
		return nil
	}
	if e.value.Kind != yaml.MappingNode {
		p.errorf(e.key.Span, "sigma-pipeline-parameter", "%s must be a map of texts", name)
		return nil
	}
	out := map[string]string{}
	for _, each := range p.pairs(e.value) {
		out[each.key.Text] = p.text(&each).Text
	}
	return out
}

// json reads a value as JSON; nil if there is none.
func (p *params) json(name string) []byte {
	e := p.get(name)
	if e == nil || isNull(e.value) {
		return nil
	}
	var value any
	if err := e.value.Decode(&value); err != nil {
		p.errorf(e.key.Span, "sigma-pipeline-parameter", "%s cannot be written as JSON: %v", name, err)
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		p.errorf(e.key.Span, "sigma-pipeline-parameter", "%s cannot be written as JSON: %v", name, err)
	}
	return text
}

// whole reads a number above 0.
func (p *params) whole(name string, otherwise int64) int64 {
	e := p.get(name)
	if e == nil {
		return otherwise
	}
	n, err := strconv.ParseInt(p.text(e).Text, 10, 64)
	if err != nil || n <= 0 {
		p.errorf(e.span, "sigma-pipeline-parameter", "%s must be a whole number above 0", name)
		return otherwise
	}
	return n
}

// maxSeconds bounds how long a pipeline may have something wait.
const maxSeconds = 3600

func (p *params) seconds(name string, otherwise int64) time.Duration {
	return time.Duration(min(p.whole(name, otherwise), maxSeconds)) * time.Second
}
