package source

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// cutLines cuts a stream into lines by way of blocks, and checks that the blocks follow each other without a gap.
func cutLines(t *testing.T, r io.Reader, size int64) (lines []string, problems []Problem, err error) {
	in := &Input{Name: "x", Size: size}
	var offset, number, index = int64(0), uint64(1), 0
	err = frameLines(in, r, func(b Block) error {
		if b.Index != index || b.Input != in {
			t.Errorf("block %d of %v has number %d", index, b.Input, b.Index)
		}
		index++
		if len(problems) == 0 && (b.Offset != offset || b.Line != number) {
			t.Errorf("block at offset %d, line %d, want %d and %d", b.Offset, b.Line, offset, number)
		}
		offset = b.Offset + int64(len(b.Bytes))
		number = b.Line + uint64(bytes.Count(b.Bytes, newline))
		b.lines(func(line []byte, n uint64, at int64) bool {
			if at < b.Offset || n < b.Line || n != uint64(len(lines)+1) {
				t.Errorf("line %d at %d has number %d, offset %d", len(lines)+1, b.Offset, n, at)
			}
			lines = append(lines, string(line))
			return true
		})
		return nil
	}, func(p Problem) { problems = append(problems, p) })
	return lines, problems, err
}

func TestFrameLines(t *testing.T) {
	var many []string
	for i := range 40_000 {
		many = append(many, strings.Repeat("x", i%300))
	}
	for _, test := range []struct {
		name  string
		text  string
		lines []string
	}{
		{"nothing", "", nil},
		{"one", "a", []string{"a"}},
		{"ended", "a\n", []string{"a"}},
		{"CRLF", "a\r\n\r\nb\rc\r\n", []string{"a", "", "b\rc"}},
		{"others that some take for line ends", "a\x1db\x0bc\u2028d\x85\n", []string{"a\x1db\x0bc\u2028d\x85"}},
		{"many", strings.Join(many, "\n"), many},
		{"longer than a block", "a\n" + strings.Repeat("y", 3*blockSize) + "\nb", []string{"a", strings.Repeat("y", 3*blockSize), "b"}},
	} {
		for _, size := range []int64{-1, int64(len(test.text)), 0} {
			lines, problems, err := cutLines(t, iotest.HalfReader(strings.NewReader(test.text)), size)
			if err != nil || problems != nil || strings.Join(lines, "\n") != strings.Join(test.lines, "\n") || len(lines) != len(test.lines) {
				t.Errorf("%s: %d lines, want %d; %v %v", test.name, len(lines), len(test.lines), problems, err)
			}
		}
	}
}

func TestFrameLongLine(t *testing.T) {
	long := strings.Repeat("z", maxRecord+blockSize+7)
	lines, problems, err := cutLines(t, strings.NewReader("a\n"+long+"\nb\n"), -1)
	if err != nil || len(lines) != 3 || lines[0] != "a" || len(lines[1]) != maxRecord || lines[2] != "b" {
		t.Errorf("%d lines, %v", len(lines), err)
	}
	if len(problems) != 1 || problems[0].Code != "line-too-long" || problems[0].Record != 2 || problems[0].Offset != 2 {
		t.Errorf("problems %v", problems)
	}
	lines, problems, err = cutLines(t, strings.NewReader(long), -1)
	if err != nil || len(lines) != 1 || len(problems) != 1 {
		t.Errorf("%d lines, %v, %v", len(lines), problems, err)
	}
}

func TestFrameErrors(t *testing.T) {
	broken := errors.New("broken")
	var cut bool
	err := frameLines(&Input{Size: -1}, io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), func(b Block) error {
		cut = b.Cut
		return nil
	}, nil)
	if err != broken || !cut {
		t.Errorf("error %v, cut %v", err, cut)
	}
	stop := errors.New("stop")
	calls := 0
	err = frameLines(&Input{Size: -1}, strings.NewReader(strings.Repeat("a\n", blockSize)), func(Block) error {
		calls++
		return stop
	}, nil)
	if err != stop || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
	err = frameLines(&Input{Size: -1}, iotest.ErrReader(io.ErrUnexpectedEOF), nil, nil)
	if err != io.ErrUnexpectedEOF {
		t.Errorf("a stream that breaks off gives %v", err)
	}
	if err := (&Input{}).ReadBlocks(nil, nil); err != nil {
		t.Error(err)
	}
}
