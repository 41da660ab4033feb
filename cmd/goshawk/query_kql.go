package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"goshawk/compile"
	"goshawk/detection/sentinel"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/lang/kql"
)

// readKQL reads the queries of a text.
func (f *queryFlags) readKQL(source *diag.Source, o compile.Options, _ *engine.Query) ([]*question, diag.List, error) {
	pack, err := f.workspace(o)
	if err != nil {
		return nil, nil, err
	}
	env := compile.Workspace(pack, o)
	text := diag.NewText(source)
	read := func(now int64) ([]*kql.Query, diag.List) {
		at := env
		at.Now = now
		return kql.ReadAll(text, at)
	}
	queries, complaints := read(env.Now)
	var list []*question
	for i, query := range queries {
		one := asked(query, complaints)
		one.again = func(now int64) *question {
			queries, complaints := read(now)
			if i >= len(queries) { // it is wrong at that time, and the others with it
				return &question{complaints: complaints}
			}
			return asked(queries[i], complaints)
		}
		list = append(list, one)
	}
	return list, complaints, nil
}

// asked is a query of KQL as a question.
func asked(q *kql.Query, complaints diag.List) *question {
	one := &question{plan: q.Plan, complaints: complaints, kusto: q, timed: q.TimeDependent}
	for _, s := range q.Stages {
		text := strings.Join(strings.Fields(s.Text), " ")
		if len(one.pipes) > 0 {
			text = "| " + text
		}
		one.pipes = append(one.pipes, pipe{text: text, stages: []pipeStage{{text, s.Node}}})
	}
	return one
}

// workspace returns the functions and watchlists of the content that -r names, the user's own before them.
func (f *queryFlags) workspace(o compile.Options) (*sentinel.Pack, error) {
	var content []*sentinel.Pack
	for _, path := range f.paths.values {
		if _, err := os.Stat(path); path == builtin && errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, fail(exitUsage, "cannot read the rules %s: %w", path, cause(err))
		}
		found, _, err := sentinel.Load([]string{path}, sentinel.Options{})
		if err != nil {
			return nil, fail(exitUsage, "cannot read the rules %s: %w", path, cause(err))
		}
		found = slices.DeleteFunc(found, func(p *sentinel.Pack) bool { return len(p.Functions)+len(p.Watchlists)+len(p.Detections) == 0 })
		if len(found) == 0 {
			return nil, fail(exitUsage, "there are no functions or watchlists of Sentinel in %s", path)
		}
		content = append(content, found...)
	}
	if len(content) == 0 {
		content = []*sentinel.Pack{{}}
	}
	sentinel.Join(content)
	for _, own := range o.Own {
		content[0].Override(own)
	}
	return content[0], nil
}

// functions binds each function of the content that -r names by itself.
func (f *queryFlags) functions(o compile.Options) ([]*compile.StoredFunction, error) {
	var packs []*sentinel.Pack
	for _, path := range f.paths.values {
		pack, _, err := sentinel.LoadParts(path, sentinel.Options{})
		if err != nil {
			return nil, fail(exitUsage, "cannot read the parsers %s: %w", path, cause(err))
		}
		packs = append(packs, pack)
	}
	return compile.Functions(packs, o), nil
}
