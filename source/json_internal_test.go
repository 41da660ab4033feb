package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"goshawk/event"
)

// SecondOpinion compares what the parser reads of one object with what encoding/json does, and says where they differ.
func SecondOpinion(text []byte) string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var want map[string]any
	if err := decoder.Decode(&want); err != nil || want == nil || decoder.More() {
		return ""
	}
	var p jsonParser
	p.begin(text)
	p.pos = jsonGap(text)
	fields, ok := p.object()
	if !ok {
		switch p.fault.code {
		case "json-too-deep", "json-too-many-fields", "json-long-number":
			return ""
		}
		return fmt.Sprintf("%s at %d of %.200q, which encoding/json reads", p.fault.reason, p.fault.pos, text)
	}
	return opinion("", &event.Record{Fields: fields}, want)
}

func opinion(path string, r *event.Record, want map[string]any) string {
	if len(r.Fields) != len(want) {
		// Invalid bytes in names become equal in encoding/json.
		for _, f := range r.Fields {
			if !utf8.ValidString(f.Name.Text) || strings.Contains(f.Name.Text, "\ufffd") {
				return ""
			}
		}
		return fmt.Sprintf("%s has %d fields, want %d", path, len(r.Fields), len(want))
	}
	for _, f := range r.Fields {
		if !utf8.ValidString(f.Name.Text) {
			continue
		}
		v, there := want[f.Name.Text]
		if !there {
			return fmt.Sprintf("%s.%s is not there", path, f.Name.Text)
		}
		if diff := opinionOf(path+"."+f.Name.Text, f.Value, v); diff != "" {
			return diff
		}
	}
	return ""
}

func opinionOf(path string, got event.Value, want any) string {
	same := false
	switch want := want.(type) {
	case nil:
		same = got.IsNull() && !got.IsAbsent()
	case bool:
		same = got.Kind() == event.Bool && got.Bool() == want
	case string:
		text := strings.ToValidUTF8(got.Text(), "\ufffd")
		same = got.Kind() == event.Text && (text == want || !utf8.ValidString(got.Text()))
	case json.Number:
		switch got.Kind() {
		case event.Int:
			n, err := strconv.ParseInt(string(want), 10, 64)
			same = err == nil && n == got.Int()
		case event.Float:
			f, err := strconv.ParseFloat(string(want), 64)
			same = err == nil && f == got.Float()
		case event.Decimal:
			same = got.Text() == string(want)
		}
	case []any:
		if got.Kind() != event.List || len(got.List()) != len(want) {
			break
		}
		for i, e := range got.List() {
			if diff := opinionOf(fmt.Sprintf("%s[%d]", path, i), e, want[i]); diff != "" {
				return diff
			}
		}
		same = true
	case map[string]any:
		if r := got.Object(); r != nil {
			return opinion(path, r, want)
		}
	}
	if !same {
		return fmt.Sprintf("%s is %s %q, want %v", path, got.Kind(), got.Text(), want)
	}
	return ""
}

// JSONInPieces decodes text that is framed in blocks of size bytes, or in a single block if size is 0.
func JSONInPieces(text []byte, size int, give func(*event.Event), problem func(Problem)) {
	in := &Input{Name: "in"}
	var d jsonDecoder
	decode := func(b Block) error {
		d.Decode(b, func(ev *event.Event) bool { give(ev); return true }, problem)
		return nil
	}
	if size == 0 {
		decode(Block{Input: in, Bytes: text, Line: 1})
		return
	}
	f := jsonFramer{in: in, r: bytes.NewReader(text), emit: decode, problem: problem, size: size, block: Block{Input: in, Line: 1}}
	f.run()
}

// EveryShape reads an object as each shape that does not rule it out, and gives what came of it.
func EveryShape(text []byte, give func(shape string, ev *event.Event)) {
	var p jsonParser
	p.begin(text)
	p.pos = jsonGap(text)
	if p.pos == len(text) || text[p.pos] != '{' {
		return
	}
	fields, ok := p.object()
	if !ok {
		return
	}
	var o jsonObject
	for _, rows := range []bool{false, true} {
		for _, shape := range jsonShapes {
			s := shaper{rows: rows}
			o.load(fields)
			ev := event.Event{Raw: text}
			if shape.certainty(&o) > 0 && shape.read(&s, &o, &ev) {
				give(shape.name, &ev)
			}
		}
	}
}
