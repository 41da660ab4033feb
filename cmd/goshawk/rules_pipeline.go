package main

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"goshawk/diag"
	"goshawk/lang/sigma"
)

// pipelineFlags name processing pipelines for Sigma rules.
type pipelineFlags struct {
	paths    pathList
	files    bool
	http     bool
	commands bool
}

func (f *pipelineFlags) bind(c *cobra.Command) {
	c.Flags().Var(&f.paths, "pipeline", "pySigma processing pipeline that changes Sigma rules before they run: a YAML file, or a folder of them; may be repeated")
	c.Flags().BoolVar(&f.files, "pipeline-files", false, "let pipelines read the files that they name (file_placeholders, templates)")
	c.Flags().BoolVar(&f.http, "pipeline-http", false, "let pipelines ask the addresses that they name (http_placeholders)")
	c.Flags().BoolVar(&f.commands, "pipeline-commands", false, "let pipelines run the commands that they name (command_placeholders)")
}

// read reads all pipelines, those of a folder in the order of their names.
func (f *pipelineFlags) read(p program) ([]*sigma.Pipeline, error) {
	var list []*sigma.Pipeline
	for _, path := range f.paths.values {
		names, err := pipelineNames(path)
		if err != nil {
			return nil, fail(exitUsage, "--pipeline: cannot read %s: %w", path, cause(err))
		}
		if len(names) == 0 {
			return nil, fail(exitUsage, "--pipeline: %s holds no pipeline; pipelines are files that end in .yml or .yaml", path)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, fail(exitUsage, "--pipeline: cannot read %s: %w", name, cause(err))
			}
			options := sigma.PipelineOptions{}
			if f.files {
				options.ReadFile = filesBeside(name)
			}
			if f.http {
				options.Request = func(r sigma.HTTPRequest) ([]byte, error) { return request(context.Background(), r) }
			}
			if f.commands {
				options.Run = func(c sigma.ShellCommand) ([]byte, error) { return command(context.Background(), c) }
			}
			pipe, complaints := sigma.ReadPipeline(&diag.Source{Name: name, Text: string(text)}, options)
			if complaints.Failed() {
				return nil, refusal("--pipeline: "+name+" is wrong", complaints)
			}
			for _, d := range complaints {
				if _, err := p.stderr.Write([]byte(d.Render())); err != nil {
					return nil, err
				}
			}
			list = append(list, pipe)
		}
	}
	return list, nil
}

// pipelineNames returns a file, or the YAML files at and below a folder.
func pipelineNames(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	var names []string
	err = filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains([]string{".yml", ".yaml"}, filepath.Ext(name)) {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

// filesBeside reads files by their paths from the folder of a pipeline.
func filesBeside(pipeline string) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(pipeline), path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, cause(err)
		}
		return data, nil
	}
}
