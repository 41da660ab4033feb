package source

import (
	"bytes"
	"fmt"
	"io"
	"sort"
	"strings"
)

// headSize is how much of a stream is looked at to find out what it is.
const headSize = 64 << 10

// NewInput finds out what a stream of bytes is, as Walk does for each file, and returns it ready to be read. It looks at the
// encoding of the text and asks every format; it does not look into archives or compressed data. The size is -1 if unknown.
func NewInput(name string, r io.Reader, size int64, o Options) *Input {
	in := &Input{Name: name, Size: size, Options: o, Label: o.labelOf(name)}
	head := make([]byte, headSizeFor(size))
	n, err := fill(r, head)
	in.identify(head[:n], after(r, err))
	return in
}

func headSizeFor(size int64) int {
	if 0 <= size && size < headSize {
		return int(size) + 1 // so that the end is seen with the rest
	}
	return headSize
}

// after returns what follows a head whose reading gave err.
func after(r io.Reader, err error) io.Reader {
	if err != nil {
		return failing{err}
	}
	return r
}

// failing is a reader that has come to its end, or to an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// identify decides the format of the input, whose bytes are head and then rest, and makes them its stream.
func (in *Input) identify(head []byte, rest io.Reader) {
	if f, is := rest.(failing); is && len(head) == 0 {
		if in.Skipped = "empty"; f.err != io.EOF {
			in.Skipped = fmt.Sprintf("cannot be read: %v", plainError(f.err))
		}
		return
	}
	text, textRest, problem := asText(head, rest)
	if in.Options.Format != "" {
		in.Format, in.Guess = FormatByName(in.Options.Format), Guess{100, "the user said so"}
		if in.Format == nil {
			in.Skipped = fmt.Sprintf("there is no format %q", in.Options.Format)
			return
		}
	} else {
		in.judge(head, text, problem)
		if in.Format == nil {
			return
		}
	}
	if in.Format.Binary {
		in.stream = io.MultiReader(bytes.NewReader(head), rest)
	} else {
		in.stream = io.MultiReader(bytes.NewReader(text), textRest)
	}
}

// asText returns the head and the rest of a stream in UTF-8, without a byte order mark, and why that cannot be had.
func asText(head []byte, rest io.Reader) (text []byte, textRest io.Reader, problem string) {
	switch e, mark := encodingOf(head); e {
	case utf16LittleEndian, utf16BigEndian:
		u := newUTF16Reader(io.MultiReader(bytes.NewReader(head[mark:]), rest), e)
		text = make([]byte, len(head)+1)
		n, err := fill(u, text)
		return text[:n], after(u, err), ""
	case utf32Text:
		return head, rest, "text in UTF-32"
	default:
		return head[mark:], rest, ""
	}
}

const (
	// sure is what a format is at least that knows what it sees; one less certain only sees that there are lines, objects
	// or columns.
	sure = 50
	// said is how certain it is that any text which is said to be something holds lines of it: more than that it is a broken
	// object, or that a single line is the header of a table.
	said = 41
)

// labelled is the guess of a format in which the sourcetype that the input is said to have is written: what the bytes say
// for it counts more than what they say for others. If they say nothing for it, the word does not either.
func (g Guess) labelled(sourcetype string) Guess {
	if g.Certainty == 0 {
		return g
	}
	return Guess{max(g.Certainty, 97), g.Why + fmt.Sprintf(", and is said to be %.60q", sourcetype)}
}

// judge asks the formats, and says why the input is skipped if it is.
func (in *Input) judge(head, text []byte, problem string) {
	type opinion struct {
		format *Format
		Guess
	}
	var all []opinion
	var tried []string
	certain := false
	for _, binary := range []bool{true, false} {
		for _, f := range formats {
			if f.Binary != binary || certain || !binary && problem != "" {
				continue
			}
			bytes := text
			if binary {
				bytes = head
			}
			tried = append(tried, f.Name)
			g := f.Sniff(bytes)
			if in.Label.Sourcetype != "" && f.writes(in.Label.Sourcetype) {
				g = g.labelled(in.Label.Sourcetype)
			}
			if f == textFormat && in.Label.Sourcetype != "" && g.Certainty < said {
				g = Guess{said, fmt.Sprintf("is text that is said to be %.60q", in.Label.Sourcetype)}
			}
			if g.Certainty > 0 {
				all = append(all, opinion{f, g})
				certain = binary && g.Certainty == 100
			}
		}
	}
	sort.Strings(tried)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Certainty > all[j].Certainty })
	certainty := 0
	if len(all) > 0 {
		certainty = all[0].Certainty
	}
	known := magicOf(head)
	switch {
	case certainty >= sure:
	case problem != "":
		in.Skipped = problem + " is not read"
	case known != nil:
		in.Skipped = known.what + " is not read"
		if known.what == "Git LFS pointer" {
			in.Skipped = "Git LFS pointer: the data itself is missing; fetch it with git lfs pull"
		}
	case isBinary(text):
		in.Skipped = "binary data of no known kind; tried " + strings.Join(tried, ", ")
	default:
		if what := seems(text, in.Name); what != "" && in.Label.Sourcetype == "" {
			in.Skipped = fmt.Sprintf("seems to be %s; no format finds records in it", what)
		} else if len(all) == 0 {
			in.Skipped = "no format finds records in it; tried " + strings.Join(tried, ", ")
		}
	}
	if in.Skipped != "" {
		return
	}
	in.Format, in.Guess = all[0].format, all[0].Guess
	for _, o := range all[1:] {
		in.Others = append(in.Others, fmt.Sprintf("%s (%d: %s)", o.format.Name, o.Certainty, o.Why))
	}
}
