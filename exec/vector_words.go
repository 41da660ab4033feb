package exec

import "goshawk/event"

// Words holds texts that repeat: each row is the number of a word of a dictionary. Whatever depends on one such column only
// is computed once for each word.
type Words struct {
	codes []uint32
	words []string // without repetition
	gaps  gaps
	made  made
}

func (v *Words) Len() int { return len(v.codes) }

func (v *Words) At(i int) event.Value {
	if v.gaps.at(i) != filled {
		return v.gaps.value(i)
	}
	return event.TextValue(v.words[v.codes[i]])
}

func (v *Words) IsNull(i int) bool { return v.gaps.at(i) != filled }

func (v *Words) pick(rows []int32) Vector {
	if len(v.words) > wordsPerRow*len(rows) {
		out := &Texts{vals: make([]string, len(rows)), gaps: v.gaps.pick(rows)}
		for i, r := range rows {
			if r >= 0 && v.gaps.at(int(r)) == filled {
				out.vals[i] = v.words[v.codes[r]]
			}
		}
		return out
	}
	return &Words{codes: pickFrom(v.codes, rows), words: v.words, gaps: v.gaps.pick(rows)}
}

// wordsPerRow is how many words for each row a dictionary may have that is kept when rows are picked: what is known of its words
// is worth more than its memory.
const wordsPerRow = 4

func (v *Words) size() int64 {
	n := int64(4*len(v.codes)+len(v.gaps)+textSize*len(v.words)) + v.made.size()
	for _, word := range v.words {
		n += int64(len(word))
	}
	return n
}
