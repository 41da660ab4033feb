package report

import (
	"io"

	"goshawk/engine"
	"goshawk/finding"
)

var _ = register(format{
	name: "json", doc: "one JSON array of all findings",
	open: func(w io.Writer, _ Options) Writer { return &jsonArray{w: w} },
})

type jsonArray struct {
	w      io.Writer
	count  int
	buffer []byte
}

func (j *jsonArray) Finding(f *finding.Finding) error {
	lead := ",\n"
	if j.count == 0 {
		lead = "[\n"
	}
	j.count++
	j.buffer = f.AppendJSON(append(j.buffer[:0], lead...))
	_, err := j.w.Write(j.buffer)
	return err
}

func (j *jsonArray) Close(*engine.Report) error {
	end := "\n]\n"
	if j.count == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(j.w, end)
	return err
}
