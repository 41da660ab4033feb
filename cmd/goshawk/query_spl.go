package main

import (
	"errors"
	"io/fs"
	"os"

	"goshawk/compile"
	"goshawk/detection/escu"
	"goshawk/diag"
	"goshawk/engine"
	"goshawk/lang/spl"
)

// readSPL reads a search.
func (f *queryFlags) readSPL(text *diag.Source, o compile.Options, q *engine.Query) ([]*question, diag.List, error) {
	if f.original {
		o.Limits = spl.Original
	}
	env, err := f.environment(o)
	if err != nil {
		return nil, nil, err
	}
	env.Earliest, env.Latest = q.From, q.To
	var read func(now int64) *question
	read = func(now int64) *question {
		at := env
		at.Now = now
		search, complaints := spl.Read(diag.NewText(text), at)
		one := &question{plan: search.Plan, complaints: complaints, timed: search.TimeDependent, again: read}
		if search.Plan != nil {
			one.pipes = pipesOf(text, search)
		}
		return one
	}
	one := read(env.Now)
	return []*question{one}, one.complaints, nil
}

// environment returns what a search may assume: the macros, lookups and saved searches of the content that -r names, and of the
// built-in pack.
func (f *queryFlags) environment(o compile.Options) (spl.Env, error) {
	overrides, err := readOverrides(f.macros.values)
	if err != nil {
		return spl.Env{}, err
	}
	o.Overrides = overrides
	own, err := builtinContent()
	if err != nil {
		return spl.Env{}, err
	}
	var content []*escu.Pack
	for _, path := range f.paths.values {
		if _, err := os.Stat(path); path == builtin && errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return spl.Env{}, fail(exitUsage, "cannot read the rules %s: %w", path, cause(err))
		}
		found, _, err := escu.Load([]string{path}, escu.Options{})
		if err != nil {
			return spl.Env{}, fail(exitUsage, "cannot read the rules %s: %w", path, cause(err))
		}
		if len(found) == 0 {
			return spl.Env{}, fail(exitUsage, "there are no macros or lookups of Splunk in %s", path)
		}
		content = append(content, found...)
	}
	content = append(content, own...)
	escu.Join(content)
	for _, by := range overrides {
		content[0].Override(by)
	}
	return compile.Env(content[0], o), nil
}
