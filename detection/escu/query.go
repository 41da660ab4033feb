package escu

import (
	"crypto/sha256"
	"fmt"
	"path"
	"strings"

	"goshawk/detection"
	"goshawk/diag"
)

// query reads a file that holds one search and nothing else. It is called like the file, and is a hunt: its rows are a report.
func (f *File) query() {
	text := f.Source.Text
	begin := len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	search := &diag.TextBuilder{}
	search.AddExact(f.Source, diag.Span{Start: begin, End: begin + len(strings.TrimRight(text[begin:], " \t\r\n"))})
	name := strings.TrimSuffix(path.Base(f.Path), path.Ext(f.Path))
	sum := sha256.Sum256([]byte("spl " + name))
	f.Detections = append(f.Detections, &detection.Detection{
		ID: fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]), Name: Stem(name), Title: name, Language: detection.SPL,
		Path: f.Source.Name, Query: f.Source, Span: diag.Span{End: len(text)}, Search: search.Text(),
		Type: string(detection.Hunting), Answer: &detection.Answer{Kind: detection.Hunting, Severity: "informational"},
	})
}
