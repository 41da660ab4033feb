package sigma

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"goshawk/diag"
)

// What a rule says to people: title, description, author, references, false positives.

var _ = lints(diag.SigmaHQLints,
	lint{Lint: diag.Lint{Code: "sigmahq-title-length", Severity: diag.Warning, Doc: "a long title",
		Help: "A title has to fit into a line of a list.", Validators: []string{"sigmahq_title_length"}, Params: []diag.Param{{Name: "max_length", Number: 120}}},
		check: func(c *linter) {
			if n := utf8.RuneCountInString(c.meta.Title.Text); n > c.number("max_length") {
				c.say(c.meta.Title.Span, "title has %d characters; %d are enough", n, c.number("max_length"))
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-title-start", Severity: diag.Warning, Doc: "a title that begins with Detect or Detects",
		Help: "Every rule detects; the title says what.", Validators: []string{"sigmahq_title_start"}},
		check: func(c *linter) {
			if first, _, more := strings.Cut(c.meta.Title.Text, " "); more && (first == "Detect" || first == "Detects") {
				c.say(c.meta.Title.Part(c.src, 0, len(first)), "title begins with %s", first).hint("begin with what is detected")
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-title-end", Severity: diag.Info, Doc: "a title that ends in a full stop",
		Help: "A title is no sentence.", Fixes: true, Validators: []string{"sigmahq_title_end"}},
		check: func(c *linter) {
			if t := c.meta.Title; strings.HasSuffix(t.Text, ".") && len(t.Text) > 1 {
				c.say(t.Part(c.src, len(t.Text)-1, len(t.Text)), "title ends in a full stop").fix(c.titleFix())
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-title-case", Severity: diag.Info, Doc: "a title with words in lower case",
		Help: "Words of a title begin with a capital, but for short ones such as and, of, via.", Validators: []string{"sigmahq_title_case"},
		Params: []diag.Param{{Name: "word_list", Words: []string{"a", "an", "and", "as", "at", "by", "for", "from", "in", "new", "of", "on", "or", "over", "the",
			"through", "to", "via", "with", "without"}}}},
		check: checkTitleCase},
	lint{Lint: diag.Lint{Code: "sigmahq-description-length", Severity: diag.Warning, Doc: "a very short description",
		Help: "It says what was seen and why that matters.", Validators: []string{"sigmahq_description_length"}, Params: []diag.Param{{Name: "description_len", Number: 16}}},
		check: func(c *linter) {
			if p := c.key("description"); p != nil && utf8.RuneCountInString(strings.TrimSpace(c.meta.Description)) < c.number("description_len") {
				c.say(c.span(p.value), "description has fewer than %d characters", c.number("description_len"))
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-description-start", Severity: diag.Info, Doc: "a description that begins with Detect",
		Help: "The first word of most descriptions is Detects: what the rule does, not what it shall do.", Fixes: true},
		check: checkDescriptionStart},
	lint{Lint: diag.Lint{Code: "sigmahq-description-link", Severity: diag.Warning, Doc: "a link in the description of a rule without references",
		Help: "Links belong to the references.", Validators: []string{"sigmahq_link_in_description"},
		Params: []diag.Param{{Name: "word_list", Words: []string{"http://", "https://", "internal research"}}}},
		check: func(c *linter) {
			if p := c.key("description"); p != nil && len(c.meta.References) == 0 {
				for _, word := range c.words("word_list") {
					if strings.Contains(strings.ToLower(c.meta.Description), strings.ToLower(word)) {
						c.say(c.span(p.value), "description has %s, and the rule has no references", word).hint("add references: with the link")
						return
					}
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-author-format", Severity: diag.Info, Doc: "authors that are not separated by a comma and a blank",
		Help: "Authors are one text, separated by commas: `Jane Doe, John Roe @roe, Some Company (idea)`."},
		check: checkAuthor},
	lint{Lint: diag.Lint{Code: "sigmahq-reference-link", Severity: diag.Info, Doc: "a reference that is no link",
		Help: "References are addresses that a reader can open, or say `Internal Research`."},
		check: func(c *linter) {
			for _, w := range c.meta.References {
				if t := strings.TrimSpace(w.Text); !link.MatchString(t) && !strings.HasPrefix(strings.ToLower(t), "internal research") {
					c.say(w.Span, "reference is no link")
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-github-link", Severity: diag.Info, Doc: "a link to a file of a branch at GitHub",
		Help:       "A branch changes; a permalink names the commit that was meant (in the browser, press y).",
		Validators: []string{"sigmahq_github_link"}},
		check: func(c *linter) {
			for _, w := range c.meta.References {
				if githubFile.MatchString(w.Text) && !commitPart.MatchString(w.Text) {
					c.say(w.Span, "the file of a branch may change or go").hint("link to a commit: github.com/OWNER/NAME/blob/COMMIT/PATH")
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-mitre-link", Severity: diag.Warning, Doc: "a link to ATT&CK among the references",
		Help: "A tag such as attack.t1053.003 says the same to people and programs.", Validators: []string{"sigmahq_mitre_link"}},
		check: func(c *linter) {
			for _, w := range c.meta.References {
				if strings.HasPrefix(w.Text, "https://attack.mitre.org/") {
					r := c.say(w.Span, "a link to ATT&CK is what tags are for")
					if m := mitreID.FindStringSubmatch(w.Text); m != nil {
						r.hint("tag attack.%s", strings.ToLower(strings.ReplaceAll(m[1], "/", ".")))
					}
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-fp-capital", Severity: diag.Info, Doc: "a false positive that does not begin with a capital",
		Help: "Each entry is a sentence of its own.", Validators: []string{"sigmahq_falsepositives_capital"}},
		check: func(c *linter) {
			for _, w := range c.meta.FalsePositives {
				if first, _ := utf8.DecodeRuneInString(w.Text); unicode.IsLower(first) {
					c.say(w.Span, "false positive begins in lower case")
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-fp-words", Severity: diag.Warning, Doc: "a false positive that says nothing",
		Help:       "No rule is without: write Unknown or Unlikely in place of None. A penetration test is no false positive: the rule is right.",
		Validators: []string{"sigmahq_falsepositives_banned_word"}, Params: []diag.Param{{Name: "word_list", Words: []string{"none", "pentest", "penetration"}}}},
		check: func(c *linter) {
			for _, w := range c.meta.FalsePositives {
				for _, word := range strings.Fields(w.Text) {
					if contains(c.words("word_list"), strings.ToLower(strings.Trim(word, ".,;:"))) {
						c.say(w.Span, "%q is no false positive", word).hint("write Unknown or Unlikely, or what the rule really confuses")
						break
					}
				}
			}
		}},
	lint{Lint: diag.Lint{Code: "sigmahq-fp-typo", Severity: diag.Info, Doc: "a common misspelling in a false positive",
		Help: "Readers search for Unknown.", Fixes: true, Validators: []string{"sigmahq_falsepositives_typo_word"}},
		check: checkTypos},
	lint{Lint: diag.Lint{Code: "sigmahq-fp-critical", Severity: diag.Info, Doc: "a critical rule with likely false positives",
		Help: "Critical is for what somebody is called out of bed for: its false positives are Unlikely, or the level is too high."},
		check: func(c *linter) {
			if c.meta.Level.Text != "critical" {
				return
			}
			for _, w := range c.meta.FalsePositives {
				if t := strings.ToLower(w.Text); strings.Contains(t, "likely") && !strings.Contains(t, "unlikely") {
					c.say(w.Span, "rule is critical, and its false positives are likely").hint("lower the level")
				}
			}
		}},
)

var (
	link       = regexp.MustCompile(`(?i)^(https?|ftp)://\S+`)
	githubFile = regexp.MustCompile(`^https://github\.com/.*\.\w{1,3}$`)
	commitPart = regexp.MustCompile(`/[0-9a-f]{40}/`)
	mitreID    = regexp.MustCompile(`/((?:T\d{4}(?:/\d{3})?)|[GS]\d{4})/?$`)
)

// titleFix takes the full stops at the end of the title away.
func (c *linter) titleFix() *diag.Fix {
	t := c.meta.Title
	kept := len(strings.TrimRight(t.Text, "."))
	if spelled := c.src.Text[t.Span.Start:t.Span.End]; kept == 0 || spelled == t.Text && !unquoted.MatchString(strings.ReplaceAll(t.Text[:kept], " ", "_")) {
		return nil
	}
	return c.replace(t, kept, len(t.Text), "", "leave the full stop out")
}

func checkTitleCase(c *linter) {
	small := c.words("word_list")
	for start, text := 0, c.meta.Title.Text; start < len(text); {
		end := start
		for end < len(text) && text[end] != ' ' {
			end++
		}
		word := text[start:end]
		first, _ := utf8.DecodeRuneInString(word)
		if unicode.IsLower(first) && word == strings.ToLower(word) && !contains(small, word) && !strings.ContainsAny(word, "./_") {
			c.say(c.meta.Title.Part(c.src, start, end), "%q begins in lower case", word)
		}
		start = end + 1
	}
}

func checkDescriptionStart(c *linter) {
	p := c.key("description")
	if p == nil || !strings.HasPrefix(c.meta.Description, "Detect ") {
		return
	}
	w := c.word(p.value)
	at := w.Part(c.src, 0, len("Detect"))
	r := c.say(at, "description begins with Detect").hint("write Detects")
	if p.value.Kind == yaml.ScalarNode && at.End-at.Start == len("Detect") {
		r.fix(c.replace(w, 0, len("Detect"), "Detects", "write Detects"))
	}
}

func checkAuthor(c *linter) {
	p := c.key("author")
	if p == nil {
		return
	}
	at, author := c.span(p.value), strings.TrimSpace(c.meta.Author)
	switch {
	case strings.Contains(author, ";"):
		c.say(at, "authors are separated by semicolons").hint("write a comma and a blank between them")
	case strings.HasSuffix(author, ",") || strings.Contains(author, ",,"):
		c.say(at, "a comma of author stands before nobody")
	case strings.Contains(strings.ReplaceAll(author, ", ", ""), ","):
		c.say(at, "a comma of author is not followed by a blank")
	case strings.Contains(author, "\n"):
		c.say(at, "author has several lines").hint("write all authors in one line, with commas between them")
	}
}

// typos are misspellings that published rules have had.
var typos = []struct{ wrong, right string }{
	{"unkown", "unknown"}, {"unknow", "unknown"}, {"ligitimate", "legitimate"}, {"legitimeate", "legitimate"}, {"legitim", "legitimate"},
	{"legimate", "legitimate"}, {"administator", "administrator"}, {"adminstrator", "administrator"},
}

func checkTypos(c *linter) {
	for _, w := range c.meta.FalsePositives {
		for start := 0; start < len(w.Text); {
			end := start
			for end < len(w.Text) && isASCIILetter(w.Text[end]) {
				end++
			}
			for _, t := range typos {
				if word := w.Text[start:end]; strings.EqualFold(word, t.wrong) {
					right := t.right
					if word[0] < 'a' {
						right = strings.ToUpper(right[:1]) + right[1:]
					}
					c.say(w.Part(c.src, start, end), "%s is misspelt", word).hint("write %s", right).fix(c.replace(w, start, end, right, "write "+right))
				}
			}
			start = end + 1
		}
	}
}

func isASCIILetter(b byte) bool { return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' }
