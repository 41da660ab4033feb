package main

import (
	"bytes"
	"encoding/json"

	"goshawk/event"
)

// jsonText is a text that is written as JSON by the one function that knows what a terminal must not see.
type jsonText string

// MarshalJSON returns the text as a string of JSON.
func (t jsonText) MarshalJSON() ([]byte, error) { return event.AppendQuoted(nil, string(t)), nil }

// jsonOf returns a value, whose texts are jsonTexts, as JSON in one line.
func jsonOf(value any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err) // values are our own structs of texts and numbers
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// jsonLines returns a JSON array with one element a line.
func jsonLines(elements [][]byte) []byte {
	if len(elements) == 0 {
		return []byte("[]")
	}
	return append(append([]byte("[\n"), bytes.Join(elements, []byte(",\n"))...), "\n]"...)
}
