package report

import "goshawk/detection/suite"

// state is what those who hunt have come to, beside what this run says.
func (h *Hunt) state() facts {
	doc := h.report.Hunt
	var f facts
	text := string(doc.State)
	if n, ok := doc.Since(); ok {
		text += " since " + n.Date
		if n.By != "" {
			text += ", " + n.By
		}
	}
	if doc.State != suite.HuntNew {
		f.add("Recorded as", plain(text))
	}
	if doc.State.Concluded() && string(doc.State) != string(h.report.Conclusion) {
		f.add("Look again", plain("this data says "+string(h.report.Conclusion)+", where "+string(doc.State)+" is recorded"))
	}
	return f
}

// notes is the journal of the hunt.
func (h *Hunt) notes() grid {
	g := grid{head: []string{"Date", "State", "By", "Note"}}
	for _, n := range h.report.Hunt.Notes {
		g.rows = append(g.rows, []phrase{{text: n.Date}, {text: string(n.State)}, {text: n.By}, {text: n.Text}})
	}
	return g
}
