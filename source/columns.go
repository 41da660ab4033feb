package source

import (
	"bytes"
	"fmt"

	"goshawk/event"
)

// columnLog is a log whose lines are columns that nothing in the text names.
//
// Fields are the columns under the names of the log's manual, as texts; - is absent. The time is the event's own.
type columnLog struct {
	format  Format // without what reads it
	class   event.Class
	columns []string
	// tabs says that tabs stand between the columns; else blanks do, and brackets or quotes hold them together.
	tabs bool
	// least is how many columns a line must have.
	least int
	// fits judges a line by its columns.
	fits func(columns [][]byte) bool
	// time returns the time of a line.
	time func(columns [][]byte) (ticks int64, ok bool)
	// heading says whether a line names the columns instead.
	heading func(line []byte) bool
}

// registerColumns registers the format of a log of columns.
func registerColumns(l columnLog) *Format {
	f := l.format
	f.Sniff = l.sniff
	f.Frame = frameLines
	names := make([]*event.Name, len(l.columns))
	for i, text := range l.columns {
		names[i] = event.NameOf(text)
	}
	class := event.ClassOf(l.class)
	f.NewDecoder = func(Options) Decoder { return &columnsDecoder{log: &l, names: names, class: class} }
	return register(f)
}

func (l *columnLog) sniff(head []byte) Guess {
	found, lines := 0, 0
	var cells [][]byte
	eachHeadLine(head, func(line []byte) {
		if l.heading != nil && l.heading(line) {
			return
		}
		lines++
		if cells = l.split(cells[:0], line); len(cells) >= l.least && l.fits(cells) {
			found++
		}
	})
	if lines == 0 {
		return Guess{}
	}
	return shareGuess(found, lines, 92, fmt.Sprintf("%d of %d lines have the columns of the log", found, lines))
}

// split adds the columns of a line.
func (l *columnLog) split(cells [][]byte, line []byte) [][]byte {
	for len(line) > 0 && len(cells) < maxColumns {
		var cell []byte
		switch {
		case l.tabs:
			cell, line, _ = bytes.Cut(line, []byte{'\t'})
			cells = append(cells, cell)
			continue
		case line[0] == ' ':
			line = line[1:]
			continue
		case line[0] == '"':
			cell, line, _ = accessQuoted(line)
		case line[0] == '[':
			shut := bytes.IndexByte(line, ']')
			if shut < 0 {
				shut = len(line)
			}
			cell, line = line[1:shut], line[min(shut+1, len(line)):]
		default:
			cell, line, _ = bytes.Cut(line, []byte{' '})
		}
		cells = append(cells, cell)
	}
	return cells
}

type columnsDecoder struct {
	log   *columnLog
	names []*event.Name
	class *event.Class
	cells [][]byte
	ev    event.Event
}

func (d *columnsDecoder) Decode(b Block, give func(*event.Event) bool, problem func(Problem)) {
	b.lines(func(line []byte, number uint64, offset int64) bool {
		if len(bytes.TrimSpace(line)) == 0 || d.log.heading != nil && d.log.heading(line) {
			return true
		}
		d.cells = d.log.split(d.cells[:0], line)
		if len(d.cells) < d.log.least || !d.log.fits(d.cells) {
			problem(Problem{Source: b.Input.Name, Offset: offset, Record: number, Code: "columns-syntax",
				Reason: "line does not have the columns of the log", Lost: true})
			return true
		}
		ev := &d.ev
		ev.Reset()
		ev.Class, ev.Raw = d.class, line
		ev.Origin = event.Origin{Source: b.Input.Name, Record: number, Offset: offset}
		if ticks, ok := d.log.time(d.cells); ok {
			ev.Logged = ticks
		}
		for i, cell := range d.cells {
			name := accessExtra
			if i < len(d.names) {
				name = d.names[i]
			}
			if len(cell) > 0 && string(cell) != "-" {
				ev.Record.Add(name, event.TextValue(view(cell)))
			}
		}
		return give(ev)
	})
}

// isNumber says whether a column is digits and nothing else.
func isNumber(cell []byte) bool {
	_, ok := digits(view(cell))
	return ok
}
