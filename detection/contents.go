package detection

import (
	"runtime"
	"slices"
	"sort"
	"sync"

	"goshawk/diag"
)

// What the readers of contents have in common, whatever product they are of.

// FindContents finds the contents of a language at and below paths: first those that files belong to which ask something, together, since
// several paths may belong to one content; then those of paths that only hold what others refer to, as ContentIn returns them. A path
// with neither is an error. Files of other languages are not returned; what else was skipped is.
func FindContents(paths []string, language Language) (list []*Content, skipped []Skipped, err error) {
	var asking []string
	var parts []*Content
	for _, path := range paths {
		files, passed, err := Find([]string{path})
		if err == nil && slices.ContainsFunc(files, func(f File) bool { return f.Language == language }) {
			asking, skipped = append(asking, path), append(skipped, passed...)
			continue
		}
		part, passed, partErr := ContentIn(path, language)
		if partErr != nil {
			if err == nil {
				err = partErr
			}
			return nil, nil, err
		}
		parts, skipped = append(parts, part), append(skipped, passed...)
	}
	if len(asking) > 0 {
		files, _, err := Find(asking)
		if err != nil {
			return nil, nil, err
		}
		list = Contents(files, language)
	}
	return append(list, parts...), skipped, nil
}

// Contents returns the contents of a language that files belong to, each once, in the order of the files.
func Contents(files []File, language Language) []*Content {
	var list []*Content
	seen := map[*Content]bool{}
	for _, f := range files {
		if f.Content != nil && f.Language == language && !seen[f.Content] {
			seen[f.Content] = true
			list = append(list, f.Content)
		}
	}
	return list
}

// ReadPart is a part of a Content with what became of it.
type ReadPart struct {
	Part
	Detections  []*Detection // in the order of their places, once Finish was called
	Diagnostics diag.List

	spans []diag.Span // of the detections, in their order
}

// Finish notes what is wrong with the part, and where its detections stand; both are complete.
func (p *ReadPart) Finish(list diag.List) {
	p.spans = nil
	for _, d := range p.Detections {
		p.spans = append(p.spans, d.Span)
	}
	sort.Slice(p.spans, func(i, j int) bool { return p.spans[i].Start < p.spans[j].Start })
	p.Diagnostics = list
	p.Diagnostics.Sort()
}

// DiagnosticsOf returns the diagnostics that concern one of the part's detections: those about its piece of the text, and those about
// what belongs to none of them.
func (p *ReadPart) DiagnosticsOf(d *Detection) diag.List {
	if len(p.Detections) == 1 {
		return p.Diagnostics
	}
	var list diag.List
	for _, one := range p.Diagnostics {
		if d.Span.Start <= one.Span.Start && one.Span.Start < d.Span.End || !p.within(one.Span.Start) {
			list.Add(one)
		}
	}
	return list
}

// within says whether an offset lies in some detection of the part.
func (p *ReadPart) within(offset int) bool {
	i := sort.Search(len(p.spans), func(i int) bool { return p.spans[i].End > offset })
	return i < len(p.spans) && p.spans[i].Start <= offset
}

// ForEach calls do for each of n numbers, several at a time: as many as there are threads, or cores if threads is 0.
func ForEach(n, threads int, do func(i int)) {
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	var next sync.Mutex
	i := 0
	var workers sync.WaitGroup
	for range min(threads, n) {
		workers.Go(func() {
			for {
				next.Lock()
				mine := i
				i++
				next.Unlock()
				if mine >= n {
					return
				}
				do(mine)
			}
		})
	}
	workers.Wait()
}
