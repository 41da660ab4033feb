package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"goshawk/diag"
	"goshawk/exec"
	"goshawk/lang/spl"
	"goshawk/plan"
)

// pipe is one pipe of a query as its author wrote it, with the stages that it stands for: one, unless a macro of SPL has several.
type pipe struct {
	text   string
	start  int
	stages []pipeStage
}

// pipeStage is the plan that ends in a pipe.
type pipeStage struct {
	text string
	node plan.Node
}

// pipesOf cuts the author's text into pipes and gives each its stages.
func pipesOf(source *diag.Source, search *spl.Search) []pipe {
	var list []pipe
	cuts := append(cutsOf(source.Text), len(source.Text))
	start := 0
	for _, end := range cuts {
		if text := strings.Join(strings.Fields(source.Text[start:end]), " "); text != "" {
			list = append(list, pipe{text: text, start: start})
		}
		start = end
	}
	for _, s := range search.Stages {
		at := 0
		if from, span := search.Text.Place(s.Span).Outermost(); from == source {
			at = span.Start
		}
		owner := 0
		for i := range list {
			if list[i].start <= at {
				owner = i
			}
		}
		if len(list) > 0 {
			list[owner].stages = append(list[owner].stages, pipeStage{s.Text, s.Node})
		}
	}
	return list
}

// cutsOf returns the offsets of the pipes of the outermost pipeline of a search whose macros are not expanded.
func cutsOf(text string) []int {
	var list []int
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '`':
			mark := "`"
			if strings.HasPrefix(text[i:], "```") {
				mark = "```"
			}
			end := strings.Index(text[i+len(mark):], mark)
			if end < 0 {
				return list
			}
			i += end + 2*len(mark) - 1
		case '[':
			depth++
		case ']':
			depth--
		case '|':
			if depth == 0 {
				list = append(list, i)
			}
		}
	}
	return list
}

// stageLine is a line of what showStages tells.
type stageLine struct{ rows, text, note string }

// showStages tells the rows behind each pipe, and which of them dropped the record that was asked for.
func (p program) showStages(pipes []pipe, summary *exec.Summary, f *queryFlags) {
	stats := map[plan.Node]exec.Stat{}
	var met int64
	for _, s := range summary.Stats {
		stats[s.Node] = s
		if _, ok := s.Node.(*plan.Scan); ok {
			met = max(met, s.WatchedIn)
		}
	}
	number := f.record.String()
	var drops *pipeStage
	if f.record.set && met > 0 {
		drops = dropOf(pipes, stats)
	}
	line := func(s *pipeStage, text string) stageLine {
		stat, known := stats[s.node]
		if !known {
			return stageLine{rows: "?", text: text}
		}
		l := stageLine{rows: count(stat.Out), text: text}
		if s == drops {
			l.note = "   <- drops record " + number
		}
		return l
	}
	var lines []stageLine
	for _, one := range pipes {
		switch len(one.stages) {
		case 0:
			lines = append(lines, stageLine{text: one.text})
		case 1:
			lines = append(lines, line(&one.stages[0], one.text))
		default:
			lines = append(lines, stageLine{text: one.text})
			for i := range one.stages {
				s := &one.stages[i]
				lines = append(lines, line(s, "    | "+strings.TrimPrefix(strings.Join(strings.Fields(s.text), " "), "| ")))
			}
		}
	}
	width := len("ROWS")
	for _, l := range lines {
		width = max(width, len(l.rows))
	}
	room := p.width(p.stderr)
	if room == 0 {
		room = 160
	}
	fmt.Fprintf(p.stderr, "%*s  BEHIND\n", width, "ROWS")
	for _, l := range lines {
		fmt.Fprintf(p.stderr, "%*s  %s%s\n", width, l.rows, clipped(diag.Printable(l.text), max(room-width-2-len(l.note), 20)), l.note)
	}
	switch {
	case summary.Partial:
		fmt.Fprintln(p.stderr, "the query was not finished: these are the rows until then")
	case !f.record.set:
	case met == 0:
		fmt.Fprintf(p.stderr, "no record has the number %s\n", number)
	case drops == nil:
		fmt.Fprintf(p.stderr, "record %s went into the result\n", number)
	}
	if met > 1 {
		fmt.Fprintf(p.stderr, "%s have the number %s; a pipe drops it when none of them is left\n", plural(met, "record"), number)
	}
}

// dropOf returns the stage behind which nothing of the watched records is left; nil if something reaches the end. What one stage drops may
// come back in another, by a join or a union, so that the last one counts that still has some.
func dropOf(pipes []pipe, stats map[plan.Node]exec.Stat) *pipeStage {
	var drops *pipeStage
	for i := range pipes {
		for j := range pipes[i].stages {
			s := &pipes[i].stages[j]
			stat, known := stats[s.node]
			switch {
			case known && stat.WatchedOut > 0:
				drops = nil
			case known && drops == nil:
				drops = s
			}
		}
	}
	return drops
}

// clipped shortens printable text to n characters.
func clipped(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)
	return string(runes[:max(n-1, 0)]) + "…"
}
