package exec

import (
	"weak"

	"goshawk/event"
	"goshawk/plan/eval"
)

// wordMemo is what an expression over one column gave for the words of a dictionary. One that later batches are likely to have too
// is remembered for them by the expression; a run that works at the same time then just has none.
type wordMemo struct {
	at     weak.Pointer[string] // the first word of the last dictionary, which may come again
	n      int                  // how many words it has
	words  []string             // of the dictionary that is remembered; nil before it has come again
	truths []eval.Verdict
	values *byWord
}

// A dictionary must have so many words to be worth remembering, and may have so many.
const (
	leastRemembered = 32
	mostRemembered  = 1 << 14
)

// unseen stands for a word of which the truth is not known.
const unseen = eval.True + 1

// recall returns what is known of the words of a column of which so many rows are asked for; nil where asking row by row is
// better. The memo is the caller's alone, until keep.
func (x *expr) recall(v *Words, rows int) *wordMemo {
	few := 2*len(v.words) <= rows
	fresh := &wordMemo{n: len(v.words)}
	if !few {
		fresh = nil
	}
	if len(v.words) < leastRemembered || len(v.words) > mostRemembered {
		return fresh
	}
	memo := x.memo.Swap(nil)
	if memo != nil && sameWords(memo.words, v.words) {
		return memo
	}
	at := weak.Make(&v.words[0])
	if memo != nil && memo.at == at && memo.n == len(v.words) {
		return &wordMemo{n: len(v.words), words: v.words}
	}
	x.memo.Store(&wordMemo{at: at, n: len(v.words)})
	return fresh
}

// keep gives back what recall returned. It must not be called where a program gave up.
func (x *expr) keep(memo *wordMemo) {
	if memo.words != nil {
		x.memo.Store(memo)
	}
}

// verdicts returns, for each word, the truth or unseen.
func (m *wordMemo) verdicts() []eval.Verdict {
	if m.truths == nil {
		m.truths = make([]eval.Verdict, m.n)
		for i := range m.truths {
			m.truths[i] = unseen
		}
	}
	return m.truths
}

// results returns the values of the words, for no rows so far.
func (m *wordMemo) results() *byWord {
	if m.values == nil {
		m.values = &byWord{codes: make([]int32, m.n)}
	}
	m.values.rows = m.values.rows[:0]
	return m.values
}

// byWord gathers what an expression gives for the words of a column.
type byWord struct {
	codes []int32           // for each word, the place of its result, counted from 1; 0: it has not come yet
	gaps  [absent + 1]int32 // the same for each gap
	known []event.Value     // the results
	rows  []int32           // for each row, the place of its result, counted from 0
	made  Vector            // of the results, as many as there were then
}

// add notes the result of a row, whose place stands at code, if its word has come before.
func (w *byWord) add(code *int32, result func() event.Value) {
	if *code == 0 {
		w.known = append(w.known, result())
		*code = int32(len(w.known))
	}
	w.rows = append(w.rows, *code-1)
}

// vector returns the results of all rows.
func (w *byWord) vector() Vector {
	if w.made == nil || w.made.Len() < len(w.known) {
		var one Builder
		for _, v := range w.known {
			one.Append(v)
		}
		w.made = one.Finish()
		if texts, ok := w.made.(*Texts); ok {
			w.made = texts.words()
		}
	}
	return w.made.pick(w.rows)
}
