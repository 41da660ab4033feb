package fn

import (
	"strconv"
	"strings"

	"goshawk/event"
)

// The sed scripts of rex mode=sed: s/expression/replacement/flags, of which the flags are g, i and the number of the match, and
// y/characters/characters/. Several may follow each other, parted by blanks or semicolons.

// Sed is a script.
type Sed struct {
	steps []sedStep
}

type sedStep struct {
	re     *PCRE
	by     string
	nth    int // the match that is replaced; 0: all
	letter map[rune]rune
}

// ParseSed reads a script. The error is a *PCREError.
func ParseSed(script string) (*Sed, error) {
	sed := &Sed{}
	for at := 0; ; {
		for at < len(script) && strings.IndexByte(" ;\t\r\n", script[at]) >= 0 {
			at++
		}
		if at == len(script) {
			break
		}
		step, end, err := sedCommand(script, at)
		if err != nil {
			return nil, err
		}
		sed.steps = append(sed.steps, step)
		at = end
	}
	if len(sed.steps) == 0 {
		return nil, &PCREError{0, "the sed script is empty"}
	}
	return sed, nil
}

func sedCommand(script string, at int) (sedStep, int, error) {
	if kind := script[at]; kind != 's' && kind != 'y' || at+1 == len(script) {
		return sedStep{}, 0, &PCREError{at, "a sed script is made of s/expression/replacement/ and y/characters/characters/"}
	}
	mark := script[at+1 : at+2]
	from, next, ok := sedPart(script, at+2, mark)
	to, end, ok2 := sedPart(script, next, mark)
	if !ok || !ok2 {
		return sedStep{}, 0, &PCREError{at, "a sed command needs its three " + mark}
	}
	if script[at] == 'y' {
		a, b := []rune(sedCharacters(from)), []rune(sedCharacters(to))
		if len(a) != len(b) {
			return sedStep{}, 0, &PCREError{at, "both sides of y must have as many characters"}
		}
		step := sedStep{letter: map[rune]rune{}}
		for i, r := range a {
			if _, again := step.letter[r]; !again {
				step.letter[r] = b[i]
			}
		}
		return step, end, nil
	}
	step := sedStep{by: to, nth: 1}
	flags := ""
	for end < len(script) && strings.IndexByte(" ;\t\r\n", script[end]) < 0 {
		c := script[end]
		switch {
		case c == 'g':
			step.nth = 0
		case c == 'i' || c == 'I':
			flags = "(?i)"
		case c >= '1' && c <= '9':
			digits := end
			for end+1 < len(script) && script[end+1] >= '0' && script[end+1] <= '9' {
				end++
			}
			nth, err := strconv.Atoi(script[digits : end+1])
			if err != nil {
				return sedStep{}, 0, &PCREError{digits, "the number of the match is too great"}
			}
			step.nth = nth
		default:
			return sedStep{}, 0, &PCREError{end, "the flags of s are g, i and a number, not " + script[end:end+1]}
		}
		end++
	}
	re, err := ParsePCRE(flags + from)
	if err != nil {
		return sedStep{}, 0, err
	}
	step.re = re
	return step, end, nil
}

// sedPart reads up to the next mark that has no backslash before it.
func sedPart(script string, at int, mark string) (part string, next int, ok bool) {
	var b strings.Builder
	for ; at < len(script); at++ {
		switch {
		case script[at] == mark[0]:
			return b.String(), at + 1, true
		case script[at] == '\\' && at+1 < len(script):
			at++
			if script[at] != mark[0] || strings.IndexByte(`.|()[]{}^$*+?\`, mark[0]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(script[at])
		default:
			b.WriteByte(script[at])
		}
	}
	return "", at, false
}

func sedCharacters(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(s)
}

// Apply runs the script on a text; it reports false where an expression takes too many steps.
func (s *Sed) Apply(text string) (string, bool) {
	for _, step := range s.steps {
		if step.letter != nil {
			text = strings.Map(func(r rune) rune {
				if to, ok := step.letter[r]; ok {
					return to
				}
				return r
			}, text)
			continue
		}
		most := -1
		if step.nth > 0 {
			most = step.nth
		}
		found, ok := step.re.find(text, most)
		if !ok {
			return "", false
		}
		if step.nth > 0 {
			if len(found) < step.nth {
				continue
			}
			found = found[step.nth-1:]
		}
		if text, ok = step.re.substitute(text, step.by, found); !ok {
			return "", false
		}
	}
	return text, true
}

var _ = define(Func{
	Name: "spl_sed", Doc: "The text as a sed script of s/expression/replacement/flags and y/characters/characters/ leaves it, each of several values; unchanged where the script cannot be read or takes too many steps.",
	Params: []Param{required("text", "any"), required("script", "string")}, Result: "any", Strict: true,
	Eval: func(args []event.Value) event.Value {
		sed, err := ParseSed(args[1].Text())
		if err != nil {
			return args[0]
		}
		return splEach(args[0], func(v event.Value) event.Value {
			if s, ok := sed.Apply(splText(v)); ok {
				return text(s)
			}
			return v
		})
	},
	Examples: []Example{
		example(text("XXXX-XXXX-4444"), text("1111-2222-4444"), text(`s/\d{4}-/XXXX-/g`)), example(text("b-a"), text("a-b"), text("y/ab/ba/")), example(text("a.b"), text("a/b"), text(`s/\//./`)),
		example(text("aXa"), text("aaa"), text("s/a/X/2")), example(text("x y"), text("A B"), text("s/a/x/i s/b/y/i")), example(text("a"), text("a"), text("nonsense")),
		example(text("b=a"), text("a=b"), text(`s|(\w)=(\w)|\2=\1|`)), example(texts("x", "x"), texts("a", "a"), text("s/a/x/")),
	},
})
