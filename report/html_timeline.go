package report

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// timelineView is the timeline as shapes and as a table.
type timelineView struct {
	Width, Height int // of the drawing, in its own units
	Bars          []barView
	Step          string
	First, Last   string
	Peak          int
	NoTime        int      // findings that are not in it
	Levels        []string // those that occur, the gravest first
}

type barView struct {
	Title    string
	Start    string
	Segments []segmentView
	Counts   []int // parallel to Levels of the timeline
	Total    int
}

type segmentView struct {
	Level      string
	X, Y, W, H string
}

const (
	barWidth      = 10
	leastPlaces   = 40
	drawingHeight = 100
	// leastHeight is what a single finding is drawn with beside very many.
	leastHeight = 2
)

func viewTimeline(t *timeline, findings int) *timelineView {
	bars, step, places := t.bars()
	if len(bars) == 0 {
		return nil
	}
	step *= event.TicksPerSecond
	// Around few bars there is empty time, so that they stay slim.
	before := max(leastPlaces-places, 0) / 2
	places = max(places, leastPlaces)
	begin := bars[0].start - int64(before)*step
	v := &timelineView{
		NoTime: findings,
		Width:  places * barWidth, Height: drawingHeight, Step: stepName(step / event.TicksPerSecond),
		First: second(begin), Last: second(begin + int64(places)*step),
	}
	occurs := [levelCount]bool{}
	for _, b := range bars {
		v.Peak = max(v.Peak, b.total())
		for level, n := range b.levels {
			occurs[level] = occurs[level] || n > 0
		}
	}
	for _, level := range falling() {
		if occurs[level] {
			v.Levels = append(v.Levels, level.String())
		}
	}
	for _, b := range bars {
		view := barView{Start: second(b.start), Total: b.total()}
		place := int((b.start - begin) / step)
		var words []string
		bottom := float64(drawingHeight)
		for _, level := range falling() {
			n := b.levels[level]
			if occurs[level] {
				view.Counts = append(view.Counts, n)
			}
			if n == 0 {
				continue
			}
			words = append(words, count(n)+" "+level.String())
			height := max(float64(n)/float64(v.Peak)*float64(drawingHeight-leastHeight*levelCount), leastHeight)
			bottom -= height
			view.Segments = append(view.Segments, segmentView{
				Level: level.String(), X: strconv.Itoa(place*barWidth + 1), Y: decimal(bottom), W: strconv.Itoa(barWidth - 2), H: decimal(height),
			})
		}
		view.Title = view.Start + ": " + strings.Join(words, ", ")
		v.NoTime -= view.Total
		v.Bars = append(v.Bars, view)
	}
	return v
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
