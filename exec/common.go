package exec

import (
	"sync"

	"goshawk/plan"
	"goshawk/plan/eval"
)

// What several patterns of a plan are matched against, such as a column in lower case, is computed once for a column: the vector
// remembers it, so that each operator on its way finds it there.

// common is a call whose value several patterns of a plan are matched against.
type common struct {
	subject
	base int // the slot of the only column that it reads
	slot int // where its value stands in a row, behind those of the columns
	expr *expr
}

// commonCalls returns the calls of one column that more than one Match of a plan has for its subject, by their texts.
func commonCalls(n plan.Node) map[string]bool {
	var seen, common map[string]bool
	plan.Walk(n, func(n plan.Node) bool {
		plan.Exprs(n, func(e plan.Expr) {
			plan.WalkExpr(e, func(e plan.Expr) bool {
				m, ok := e.(*plan.Match)
				if !ok || columnOfCall(m.Subject) == nil {
					return true
				}
				if seen == nil {
					seen, common = map[string]bool{}, map[string]bool{}
				}
				text := plan.ExprString(m.Subject)
				common[text] = seen[text]
				seen[text] = true
				return true
			})
		})
		return true
	})
	return common
}

// columnOfCall returns the column of an expression that is a function of one column and of literals, and always has an answer; nil for
// another.
func columnOfCall(e plan.Expr) *plan.Column {
	call, ok := e.(*plan.Call)
	if !ok || call.Func == nil || call.Func.Eval == nil || call.Func.Fails != nil {
		return nil
	}
	var column *plan.Column
	for _, a := range call.Args {
		switch a := a.(type) {
		case *plan.Literal:
		case *plan.Ref:
			if column != nil {
				return nil
			}
			column = a.Column
		default:
			return nil
		}
	}
	return column
}

// takeOut returns an expression that reads the values of common calls as if they were columns.
func (s *scope) takeOut(e plan.Expr) (plan.Expr, error) {
	if len(s.common) == 0 {
		return e, nil
	}
	if m, ok := e.(*plan.Match); ok {
		column, text := columnOfCall(m.Subject), ""
		if column != nil {
			text = plan.ExprString(m.Subject)
		}
		if !s.common[text] || s.slot(column) < 0 {
			return e, nil
		}
		value, err := s.commonColumn(text, column, m.Subject)
		if err != nil {
			return nil, err
		}
		taken := *m
		taken.Subject = &plan.Ref{Column: value}
		return &taken, nil
	}
	old := plan.Children(e)
	children, changed := make([]plan.Expr, len(old)), false
	for i, child := range old {
		var err error
		if children[i], err = s.takeOut(child); err != nil {
			return nil, err
		}
		changed = changed || children[i] != child
	}
	if !changed {
		return e, nil
	}
	return plan.WithChildren(e, children), nil
}

// commonColumn returns the column that stands for a common call.
func (s *scope) commonColumn(text string, column *plan.Column, call plan.Expr) (*plan.Column, error) {
	base := s.slot(column)
	for _, c := range s.calls {
		if c.call == text && c.base == base {
			return s.standIns[c.slot-s.width], nil
		}
	}
	program, err := eval.Compile(call, s.slot)
	if err != nil {
		return nil, err
	}
	x, err := s.build(call, program)
	if err != nil {
		return nil, err
	}
	value := &plan.Column{Name: text}
	s.calls = append(s.calls, &common{subject: subject{column, text}, base: base, slot: s.width + len(s.calls), expr: x})
	s.standIns = append(s.standIns, value)
	return value, nil
}

// fill puts the value of a row where a program reads it; the row has the column already.
func (c *common) fill(row *eval.Row, b *Batch, r int) {
	if made := madeOf(b.Cols[c.base]); made != nil {
		row.Columns[c.slot] = c.values(made, b).At(r)
		return
	}
	c.ask(row)
}

// values returns the values of the call for a column that remembers them.
func (c *common) values(made *made, b *Batch) Vector {
	return made.of(c.call, func() Vector { return c.expr.value(b) })
}

// ask computes the value for the column as it stands in the row.
func (c *common) ask(row *eval.Row) { row.Columns[c.slot] = owned(c.expr.program.Value(row)) }

// made is what functions gave for the values of a vector. Several goroutines may ask it.
type made struct {
	asking sync.Mutex
	list   []madeVector
	found  *found // by the last Sieve
}

type madeVector struct {
	text   string
	values Vector
}

// mostMade bounds the vectors that one remembers.
const mostMade = 2

// madeOf returns what a vector remembers; nil for one that remembers nothing.
func madeOf(v Vector) *made {
	switch v := v.(type) {
	case *Texts:
		return &v.made
	case *Words:
		return &v.made
	}
	return nil
}

// of returns the values of a call, which are computed if they are not remembered.
func (m *made) of(text string, compute func() Vector) Vector {
	m.asking.Lock()
	defer m.asking.Unlock()
	for _, one := range m.list {
		if one.text == text {
			return one.values
		}
	}
	v := compute()
	if len(m.list) == mostMade {
		m.list = m.list[1:]
	}
	m.list = append(m.list, madeVector{text, v})
	return v
}

// size returns the bytes of what is remembered.
func (m *made) size() int64 {
	m.asking.Lock()
	defer m.asking.Unlock()
	n := m.found.size()
	for _, one := range m.list {
		n += one.values.size()
	}
	return n
}
