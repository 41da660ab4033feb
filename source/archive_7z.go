package source

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bodgit/sevenzip"
)

// sevenzip visits the members of a 7z archive, in its order: members share compressed streams, which are read once that way.
func (w *walker) sevenzip(s stream) error {
	c := &counterAt{r: s.at}
	var archive *sevenzip.Reader
	err := guard(func() (err error) {
		if err = check7z(c, s.size); err == nil {
			archive, err = sevenzip.NewReader(c, s.size)
		}
		return err
	})
	if err != nil {
		if err == err7zEncrypted || encrypted(err) {
			return w.skip(s.name, "7z archive is encrypted")
		}
		return w.skip(s.name, fmt.Sprintf("7z archive is damaged: %v", plainError(err)))
	}
	out := new(int64)
	for _, f := range archive.File {
		if f.FileInfo().IsDir() || strings.HasSuffix(f.Name, "/") {
			continue
		}
		quiet, err := w.member(&s, f.Name)
		if err != nil {
			return w.giveUp(&s, err)
		}
		if quiet {
			continue
		}
		if err := w.sevenzipMember(s, c, f, out); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) sevenzipMember(s stream, c *counterAt, f *sevenzip.File, out *int64) error {
	name := memberName(s.name, f.Name)
	var r io.ReadCloser
	err := guard(func() (err error) {
		r, err = f.Open()
		return err
	})
	if err != nil {
		if encrypted(err) {
			return w.skip(name, "encrypted")
		}
		return w.skip(name, fmt.Sprintf("cannot be read: %v", plainError(err)))
	}
	defer r.Close()
	s.name, s.modified, s.at, s.size = name, f.Modified, nil, -1
	if f.UncompressedSize < 1<<62 {
		s.size = int64(f.UncompressedSize)
	}
	s.r = &layer{r: guarded{r}, taken: c.taken, out: out, budget: s.budget}
	return w.stream(s)
}

func encrypted(err error) bool {
	var read *sevenzip.ReadError
	return errors.As(err, &read) && read.Encrypted
}
