package report

import (
	"io"

	"goshawk/engine"
	"goshawk/finding"
)

var _ = register(format{
	name: "ndjson", doc: "one JSON object per finding and line",
	open: func(w io.Writer, _ Options) Writer { return &ndjson{w: w} },
})

type ndjson struct {
	w      io.Writer
	buffer []byte
}

func (n *ndjson) Finding(f *finding.Finding) error {
	n.buffer = append(f.AppendJSON(n.buffer[:0]), '\n')
	_, err := n.w.Write(n.buffer)
	return err
}

func (n *ndjson) Close(*engine.Report) error { return nil }
