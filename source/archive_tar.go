package source

import (
	"archive/tar"
	"io"
)

// tar visits the members of a tar archive as they come.
func (w *walker) tar(s stream) error {
	c := &counter{r: s.r}
	archive := tar.NewReader(c)
	out := new(int64)
	for {
		var head *tar.Header
		err := guard(func() (err error) {
			head, err = archive.Next()
			return err
		})
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return w.giveUp(&s, err)
		}
		name := memberName(s.name, head.Name)
		switch head.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse, tar.TypeCont:
		case tar.TypeDir:
			continue
		default:
			if err := w.skip(name, "a link or a special file in an archive"); err != nil {
				return err
			}
			continue
		}
		quiet, err := w.member(&s, head.Name)
		if err != nil {
			return w.giveUp(&s, err)
		}
		if quiet {
			continue
		}
		m := s
		m.name, m.modified, m.at, m.size = name, head.ModTime, nil, head.Size
		m.r = &layer{r: guarded{archive}, taken: c.taken, out: out, budget: s.budget, again: true}
		if err := w.stream(m); err != nil {
			return err
		}
	}
}
