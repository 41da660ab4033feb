package source

import (
	"slices"
	"strings"

	"goshawk/event"
)

// maxAuditGap is how many missing arguments a list shows one by one.
const maxAuditGap = 64

// auditArguments gathers the arguments of a program from its EXECVE records. A long argument comes in parts, over several
// records; parts and arguments may be lost.
type auditArguments struct {
	any      bool
	argc     int
	pieces   []auditPiece
	lengths  map[int]int // what the records announce
	unsorted bool

	list []event.Value
	line []byte
}

// reset forgets everything but its memory.
func (a *auditArguments) reset() {
	*a = auditArguments{pieces: a.pieces[:0], list: a.list[:0], line: a.line[:0]}
}

type auditPiece struct {
	arg, part int // part is -1 for a whole argument
	text      string
}

// read takes the arguments of a record.
func (a *auditArguments) read(fields []event.Field) {
	a.any = true
	for i := range fields {
		f := &fields[i]
		name := f.Name.Text
		if !strings.HasPrefix(name, "a") {
			continue
		}
		if f.Name == auditFieldArgc {
			if n, ok := digits(f.Value.Text()); ok {
				a.argc = max(a.argc, int(min(n, 1<<24)))
			}
			continue
		}
		if arg, part, ok := auditArg(name); ok {
			p := auditPiece{arg, part, f.Value.Text()}
			if n := len(a.pieces); n > 0 && a.pieces[n-1].compare(p) > 0 {
				a.unsorted = true
			}
			a.pieces = append(a.pieces, p)
		} else if figure, ok := strings.CutSuffix(name, "_len"); ok {
			arg, _, okArg := auditArg(figure)
			length, okLen := digits(f.Value.Text())
			if okArg && okLen {
				if a.lengths == nil {
					a.lengths = map[int]int{}
				}
				a.lengths[arg] = int(length)
			}
		}
	}
}

func (p auditPiece) compare(o auditPiece) int {
	if p.arg != o.arg {
		return p.arg - o.arg
	}
	return p.part - o.part
}

// join returns the command line, the arguments, and whether nothing is missing. Both are lent until reset.
func (a *auditArguments) join() (line string, list []event.Value, whole bool) {
	if a.unsorted {
		slices.SortStableFunc(a.pieces, auditPiece.compare)
	}
	whole = true
	next := 0
	gap := func(to int) {
		if to <= next {
			return
		}
		whole = false
		for range min(to-next, maxAuditGap) {
			a.list = append(a.list, event.NullValue())
		}
		a.blank(next)
		a.line = append(a.line, missingArguments(next, to-1)...)
		next = to
	}
	for i := 0; i < len(a.pieces); {
		arg := a.pieces[i].arg
		gap(arg)
		text, complete, n := a.argument(a.pieces[i:])
		whole = whole && complete
		a.list = append(a.list, event.TextValue(text))
		a.blank(arg)
		a.line = append(a.line, text...)
		next = arg + 1
		i += n
	}
	gap(a.argc)
	return view(a.line), a.list, whole
}

// blank puts a blank before every argument but the first.
func (a *auditArguments) blank(arg int) {
	if arg > 0 {
		a.line = append(a.line, ' ')
	}
}

// argument puts the argument that the first pieces belong to together, and says whether it is complete and how many pieces
// it took.
func (a *auditArguments) argument(pieces []auditPiece) (text string, complete bool, n int) {
	arg := pieces[0].arg
	for n < len(pieces) && pieces[n].arg == arg {
		n++
	}
	want, announced := a.lengths[arg]
	if n == 1 && pieces[0].part <= 0 && (!announced || len(pieces[0].text)*2 >= want) {
		return pieces[0].text, true, 1
	}
	var b strings.Builder
	complete = true
	length, next := 0, 0
	for i, p := range pieces[:n] {
		if i > 0 && p.part == pieces[i-1].part {
			continue // the same part again
		}
		if p.part > next {
			b.WriteString("(part missing)")
			complete = false
		}
		b.WriteString(p.text)
		length += len(p.text)
		next = p.part + 1
	}
	if complete && announced && length*2 < want { // the length may count hexadecimal digits
		b.WriteString("(part missing)")
		complete = false
	}
	return b.String(), complete, n
}
