package prove

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"goshawk/detection/suite"
	"goshawk/event"
	"goshawk/source"
)

// Suite is a suite with the folder that its data lies in.
type Suite struct {
	*suite.Suite
	Folder fs.FS
	Name   string // of the folder, as the user knows it
	// Asked says that the user named the suite or a folder that it lies in, so that a detection that is not there is a fault; other
	// suites are read because they lie beside a rule.
	Asked bool
}

// material is the events that a test is about, read once and shared: they must not be changed.
type material struct {
	events []*event.Event
	names  []string // of the files that they are from
	lost   int      // records that could not be read
}

// stock reads data, each file once. It is safe for concurrent use.
type stock struct {
	folders []string // in which files are looked for that do not lie beside the suite
	options source.Options
	lock    sync.Mutex
	files   map[string]*loading
}

type loading struct {
	once     sync.Once
	material material
	err      error
}

// maxDataBytes bounds a file of events that a test names: tests are about few events.
const maxDataBytes = 256 << 20

// of returns the events of data. A name of data that is being looked up must not come up again below it.
func (s *stock) of(ctx context.Context, in *Suite, data []suite.Data, within ...string) (material, error) {
	var all material
	for i := range data {
		d := &data[i]
		var one material
		var err error
		switch {
		case d.Set.Text != "":
			if slices.Contains(within, d.Set.Text) {
				return all, placed(in, d.Span.Start, fmt.Errorf("the data %q is made of itself", d.Set.Text))
			}
			one, err = s.of(ctx, in, in.DataOf(d.Set.Text), append(within, d.Set.Text)...)
		case d.File.Text != "":
			one, err = s.file(ctx, in, d)
		default:
			one, err = s.written(ctx, in, d)
		}
		if err != nil {
			return all, err
		}
		if len(d.Records) > 0 {
			if one, err = pick(in, d, one); err != nil {
				return all, err
			}
		}
		all.events = append(all.events, one.events...)
		all.names = append(all.names, one.names...)
		all.lost += one.lost
	}
	return all, nil
}

// placed puts a place before an error.
func placed(in *Suite, offset int, err error) error {
	at := in.Source.Position(offset)
	return fmt.Errorf("%s:%d:%d: %w", in.Source.Name, at.Line, at.Column, err)
}

// pick returns the events that data asks for by their numbers.
func pick(in *Suite, d *suite.Data, m material) (material, error) {
	out := material{names: m.names, lost: m.lost}
	for _, n := range d.Records {
		found := false
		for _, ev := range m.events {
			if ev.Origin.Record == n.Value {
				out.events, found = append(out.events, ev), true
			}
		}
		if !found {
			return out, placed(in, n.Span.Start, fmt.Errorf("the data has no record %d", n.Value))
		}
	}
	return out, nil
}

// file reads a file beside the suite, or below one of the folders.
func (s *stock) file(ctx context.Context, in *Suite, d *suite.Data) (material, error) {
	name := path.Clean(filepath.ToSlash(d.File.Text))
	if path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../") {
		return material{}, placed(in, d.File.Span.Start, fmt.Errorf("a file is named by its path below the folder of the tests, not as %s", d.File.Text))
	}
	if in.Folder != nil && fs.ValidPath(name) {
		if info, err := fs.Stat(in.Folder, name); err == nil && info.Mode().IsRegular() {
			if info.Size() > maxDataBytes {
				return material{}, placed(in, d.File.Span.Start, fmt.Errorf("%s is larger than %d MiB; a test is about few events", name, maxDataBytes>>20))
			}
			return s.once(ctx, in.Name+"\x00"+name+"\x00"+labelKey(d), func() (material, error) {
				text, err := fs.ReadFile(in.Folder, name)
				if err != nil {
					return material{}, err
				}
				return s.read(ctx, path.Join(in.Name, name), text, d)
			})
		}
	}
	for _, folder := range s.folders {
		file := filepath.Join(folder, filepath.FromSlash(name))
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Size() <= maxDataBytes {
			return s.once(ctx, file+"\x00"+labelKey(d), func() (material, error) {
				text, err := os.ReadFile(file)
				if err != nil {
					return material{}, err
				}
				return s.read(ctx, file, text, d)
			})
		}
	}
	return material{}, &absent{name}
}

func labelKey(d *suite.Data) string {
	return d.Format.Text + "\x00" + d.Source + "\x00" + d.Sourcetype
}

// absent is data that is not here.
type absent struct{ name string }

func (a *absent) Error() string { return "its data is not here: " + a.name }

// once reads a file the first time that it is asked for.
func (s *stock) once(_ context.Context, key string, read func() (material, error)) (material, error) {
	s.lock.Lock()
	if s.files == nil {
		s.files = map[string]*loading{}
	}
	l := s.files[key]
	if l == nil {
		l = &loading{}
		s.files[key] = l
	}
	s.lock.Unlock()
	l.once.Do(func() { l.material, l.err = read() })
	return l.material, l.err
}

// written reads events that stand in the suite itself: those that are objects together, as lines of JSON, and lines one text.
func (s *stock) written(ctx context.Context, in *Suite, d *suite.Data) (material, error) {
	if len(d.Events) == 0 {
		return material{}, nil
	}
	key := fmt.Sprintf("%s\x00%d", in.Source.Name, d.Span.Start)
	return s.once(ctx, key, func() (material, error) {
		var all material
		line := in.Source.Position(d.Span.Start).Line
		name := fmt.Sprintf("%s:%d", in.Source.Name, line)
		for i := 0; i < len(d.Events); {
			var text []byte
			first, objects := i, d.Events[i].Object != nil
			for ; i < len(d.Events) && (d.Events[i].Object != nil) == objects; i++ {
				record, err := record(&d.Events[i], i+1)
				if err != nil {
					return all, placed(in, d.Events[i].Span.Start, err)
				}
				text = append(append(text, strings.TrimRight(record, "\n")...), '\n')
			}
			one, err := s.read(ctx, name, text, d)
			if err != nil {
				return all, err
			}
			if one.lost > 0 || len(one.events) == 0 {
				return all, placed(in, d.Events[first].Span.Start, fmt.Errorf("an event cannot be read as what it looks like"))
			}
			all.events = append(all.events, one.events...)
		}
		all.names = []string{name}
		return all, nil
	})
}

// read gives the events of a text.
func (s *stock) read(ctx context.Context, name string, text []byte, d *suite.Data) (material, error) {
	m := material{names: []string{name}}
	options := s.options
	options.Stdin = bytes.NewReader(text)
	options.Format = d.Format.Text
	options.Label = func(string) source.Label { return source.Label{Source: d.Source, Sourcetype: d.Sourcetype} }
	var skipped string
	err := source.ForEach(ctx, []string{"-"}, options, func(ev *event.Event) bool {
		own := ev.Clone()
		own.Origin.Source = name
		m.events = append(m.events, own)
		return true
	}, func(in *source.Input) {
		if in.Skipped != "" {
			skipped = in.Skipped
		}
	}, func(p source.Problem) {
		if p.Lost {
			m.lost++
		}
	})
	if err == nil && skipped != "" {
		err = fmt.Errorf("%s cannot be read: %s", name, skipped)
	}
	return m, err
}
