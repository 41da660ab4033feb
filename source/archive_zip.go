package source

import (
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zip"
	"github.com/klauspost/compress/zstd"
)

// zip visits the members of a zip archive, in the order of its directory.
func (w *walker) zip(s stream) error {
	c := &counterAt{r: s.at}
	var archive *zip.Reader
	err := guard(func() (err error) {
		archive, err = zip.NewReader(c, s.size)
		return err
	})
	if err != nil {
		return w.skip(s.name, fmt.Sprintf("zip archive is damaged: %v", plainError(err)))
	}
	archive.RegisterDecompressor(zstd.ZipMethodWinZip, zstd.ZipDecompressor(zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow)))
	out := new(int64)
	for _, f := range archive.File {
		if f.FileInfo().IsDir() || strings.HasSuffix(f.Name, "\\") {
			continue
		}
		quiet, err := w.member(&s, f.Name)
		if err != nil {
			return w.giveUp(&s, err)
		}
		if quiet {
			continue
		}
		name := memberName(s.name, f.Name)
		if f.Flags&1 != 0 {
			err = w.skip(name, "encrypted")
		} else {
			err = w.zipMember(s, c, f, name, out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) zipMember(s stream, c *counterAt, f *zip.File, name string, out *int64) error {
	var r io.ReadCloser
	err := guard(func() (err error) {
		r, err = f.Open()
		return err
	})
	if err != nil {
		return w.skip(name, fmt.Sprintf("cannot be read: %v", plainError(err)))
	}
	defer r.Close()
	s.name, s.modified, s.at, s.size = name, f.Modified, nil, -1
	if f.UncompressedSize64 < 1<<62 {
		s.size = int64(f.UncompressedSize64)
	}
	s.r = &layer{r: guarded{r}, taken: c.taken, out: out, budget: s.budget}
	return w.stream(s)
}
