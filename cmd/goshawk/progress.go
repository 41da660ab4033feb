package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"goshawk/diag"
	"goshawk/engine"
)

// progressBar shows how far a scan is, on a terminal. Without a writer it shows nothing.
type progressBar struct {
	w     io.Writer
	width int  // columns of the terminal
	plain bool // of a query, which has no findings
	drawn bool
}

func (p program) progressBar(off bool) *progressBar {
	if off || !isTerminal(p.stderr) {
		return &progressBar{}
	}
	return &progressBar{w: p.stderr, width: p.width(p.stderr)}
}

const barCells = 24

func (b *progressBar) show(x engine.Progress) {
	if b.w == nil {
		return
	}
	b.drawn = true
	fmt.Fprintf(b.w, "\r\x1b[K%s", b.line(x))
}

// line returns what the bar shows, which must not be longer than a line of the terminal.
func (b *progressBar) line(x engine.Progress) string {
	seconds := max(x.Elapsed.Seconds(), 0.001)
	found := plural(x.Findings, "finding") + "  "
	if b.plain {
		found = ""
	}
	line := fmt.Sprintf("%s events  %s/s  %s%.1f MB/s", count(x.Events), count(int64(float64(x.Events)/seconds)), found, float64(x.Bytes)/1e6/seconds)
	if x.Total > 0 {
		done := min(float64(x.Bytes)/float64(x.Total), 1)
		full := int(done * barCells)
		eta := ""
		if done > 0.01 && done < 1 {
			eta = "  ETA " + (time.Duration(seconds*(1-done)/done) * time.Second).String()
		}
		line = fmt.Sprintf("[%s%s] %3.0f %%  %s%s", strings.Repeat("#", full), strings.Repeat(" ", barCells-full), done*100, line, eta)
	}
	room := 40
	if b.width > 0 {
		room = b.width - 1 - len(line) - 2
	}
	if name := []rune(diag.Printable(x.Input)); room > 8 {
		if len(name) > room {
			name = append([]rune("…"), name[len(name)-room+1:]...)
		}
		return line + "  " + string(name)
	}
	if b.width > 0 && len(line) >= b.width {
		line = line[:b.width-1]
	}
	return line
}

func (b *progressBar) clear() {
	if b.drawn {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
