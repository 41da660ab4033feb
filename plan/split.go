package plan

// Split takes a plan apart at its scan: into the condition that single events must meet, the table that they are of, and
// the plan that remains, which reads the events that passed from a Scan of the same table and columns. The condition is nil
// where every event passes; rest is nil where a row that passed is an answer as it stands. It reports false for a plan that
// does not start in one Scan.
func Split(n Node) (perEvent Expr, table string, rest Node, ok bool) {
	scan := soleScan(n)
	if scan == nil {
		return nil, "", nil, false
	}
	readers := map[Node]Node{}
	Walk(n, func(n Node) bool {
		for _, in := range n.Inputs() {
			readers[in] = n
		}
		return true
	})
	var conditions []Expr
	passed := Node(scan)
	for {
		f, isFilter := readers[passed].(*Filter)
		if !isFilter {
			break
		}
		conditions = append(conditions, f.Where)
		passed = f
	}
	switch len(conditions) {
	case 0:
	case 1:
		perEvent = conditions[0]
	default:
		perEvent = &And{List: conditions}
	}
	if passed == n {
		return perEvent, scan.Table, nil, true
	}
	return perEvent, scan.Table, replace(n, passed, scan), true
}

// replace returns the plan with one node of it replaced by another.
func replace(n, old, by Node) Node {
	if n == old {
		return by
	}
	inputs := append([]Node(nil), n.Inputs()...)
	for i, in := range inputs {
		inputs[i] = replace(in, old, by)
	}
	return WithInputs(n, inputs)
}

// soleScan returns the scan of a plan that reads events in one place only; nil for any other plan.
func soleScan(n Node) *Scan {
	var scan *Scan
	count := 0
	Walk(n, func(n Node) bool {
		if s, ok := n.(*Scan); ok {
			scan = s
			count++
		}
		return true
	})
	if count != 1 {
		return nil
	}
	return scan
}

// Class says when a plan can be answered.
type Class uint8

const (
	// PerEvent plans answer each event as it comes.
	PerEvent Class = iota
	// Windowed plans find rows that belong together within a span of time, and can follow a stream.
	Windowed
	// Scheduled plans need all rows of a period before they can answer.
	Scheduled
)

var classes = [...]string{"per-event", "windowed", "scheduled"}

func (c Class) String() string { return classes[c] }

// Mode says when a plan can be answered, and which part of it is the reason. Rows that are written in the plan are there
// from the start: what is done with them alone, or with them beside each event, makes no plan wait.
func Mode(n Node) (class Class, reason string) {
	if !reads(n) {
		return Scheduled, "no events are read"
	}
	class, reason = PerEvent, "each row is an answer for one event"
	Walk(n, func(n Node) bool {
		if !reads(n) {
			return false
		}
		if c, why := classOf(n); c > class {
			class, reason = c, why
		}
		return true
	})
	return class, reason
}

func classOf(n Node) (Class, string) {
	switch n := n.(type) {
	case *Aggregate:
		return Scheduled, "aggregate needs all rows of a group"
	case *Window:
		if n.Frame.ByTime && n.Frame.Following == 0 && n.Frame.Preceding >= 0 {
			return Windowed, "window looks back over a span of time"
		}
		return Scheduled, "window needs all rows of its partition"
	case *Sort:
		return Scheduled, "sort needs all rows"
	case *Limit:
		return Scheduled, "limit counts the rows of a period"
	case *Join:
		switch n.Kind {
		case Inner, LeftOuter, LeftSemi, LeftAnti:
			if !reads(n.Right) {
				return PerEvent, ""
			}
		}
		return Scheduled, "join needs the rows of both inputs"
	case *Sequence:
		return Windowed, "sequence follows events over a span of time"
	case *Trace:
		return Scheduled, "trace needs all rows of a group in their order"
	case *Correlate:
		return Windowed, "correlation looks back over a span of time"
	}
	return PerEvent, ""
}

// reads says whether a plan reads events.
func reads(n Node) bool {
	return anyNode(n, func(n Node) bool {
		_, scan := n.(*Scan)
		return scan
	})
}
