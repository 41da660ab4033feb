package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"goshawk/prove"
	"goshawk/source"
)

// session is one command of a console block with what the block shows behind it.
type session struct {
	line    int
	command string
	shown   []string
}

// sessions returns the commands of a document's console blocks. A line that begins with "$ " is a command; what stands behind
// it, up to the next, is what it says on both streams.
func sessions(text string) []session {
	var list []session
	inside := false
	for i, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = line == "```console"
			if inside {
				list = append(list, session{}) // so that nothing is added to the last of another block
			}
		case !inside:
		case strings.HasPrefix(line, "$ "):
			list = append(list, session{line: i + 1, command: line[2:]})
		default:
			last := &list[len(list)-1]
			last.shown = append(last.shown, line)
		}
	}
	var commands []session
	for _, s := range list {
		if s.command != "" {
			commands = append(commands, s)
		}
	}
	return commands
}

// shellWords splits a command as a shell does, as far as the documents need it.
func shellWords(command string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(command, -1) {
		list = append(list, m[1]+m[2])
	}
	return list
}

// agrees says whether an output is what a document shows. In that, a line that is just … stands for any number of lines, and …
// within a line for any text.
func agrees(shown []string, output string) bool {
	pattern := ""
	for _, line := range shown {
		switch line {
		case "…":
			pattern += `(?:.*\n)*?`
		default:
			pattern += strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + `\n`
		}
	}
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(strings.ReplaceAll(output, "\r\n", "\n"))
}

// askStatus shows the exit status of the command before.
const askStatus = "echo $?"

// TestDocuments runs every command of README.md and docs, from a copy of the repository's root, and compares what it says
// with what the document shows.
func TestDocuments(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	documents, _ := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	commands := 0
	for _, path := range append(documents, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list := sessions(string(text))
		commands += len(list)
		if len(list) == 0 {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Chdir(mirror(t, root))
			status := 0
			for i, s := range list {
				output := ""
				words := shellWords(s.command)
				if s.command == askStatus {
					output = fmt.Sprintf("%d\n", status)
				} else if words, ok := ours(words); ok {
					var both bytes.Buffer
					p := program{name: "goshawk", args: words, stdin: strings.NewReader(""), stdout: &both, stderr: &both, env: func(string) (string, bool) { return "", false }}
					status = p.run(t.Context())
					output = both.String()
				} else {
					t.Errorf("line %d: only goshawk itself can be run here: %s", s.line, s.command)
					continue
				}
				if len(s.shown) > 0 && !agrees(s.shown, output) {
					t.Errorf("line %d: $ %s\nsays (exit status %d):\n%sbut the document shows:\n%s", s.line, s.command, status, output, strings.Join(s.shown, "\n"))
				}
				asked := i+1 < len(list) && list[i+1].command == askStatus
				if len(s.shown) == 0 && status != exitFine && !asked {
					t.Errorf("line %d: $ %s\nexits with status %d:\n%s", s.line, s.command, status, output)
				}
			}
		})
	}
	if commands == 0 {
		t.Error("no document shows a command")
	}
}

// ours returns the arguments of a command that runs goshawk.
func ours(words []string) ([]string, bool) {
	for _, start := range [][]string{{"goshawk"}, {"go", "run", "./cmd/goshawk"}} {
		if len(words) >= len(start) && strings.Join(words[:len(start)], " ") == strings.Join(start, " ") {
			return words[len(start):], true
		}
	}
	return nil, false
}

// mirror returns a folder in which everything of another is there by link, so that commands can write beside it.
func mirror(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.Symlink(filepath.Join(root, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			t.Skip("links need rights here:", err)
		}
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "cmd", "goshawk", "testdata", "docs"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// generated compares the generated sections of a document with what they should be, or with -update writes them anew.
func generated(t *testing.T, name string, sections map[string]string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, section := range sections {
		begin := "<!-- generated: " + name + " -->\n"
		head, rest, ok := strings.Cut(want, begin)
		_, tail, ok2 := strings.Cut(rest, "<!-- end -->")
		if !ok || !ok2 {
			t.Fatalf("%s has no place for the %s", path, name)
		}
		want = head + begin + section + "<!-- end -->" + tail
	}
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("docs/%s is out of date; run go test ./cmd/goshawk -run Documented -update", name)
	}
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFlagsAreDocumented compares the tables in docs/cli.md with the flags that there are.
func TestFlagsAreDocumented(t *testing.T) {
	sections := map[string]string{}
	each(program{}.root(), func(c *cobra.Command) {
		if !c.HasFlags() || c.HasSubCommands() || c.Parent().Name() == "completion" {
			return
		}
		var b strings.Builder
		b.WriteString("| flag | meaning |\n|---|---|\n")
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Hidden || f.Name == "help" {
				return
			}
			name := "--" + f.Name
			if f.Shorthand != "" {
				name = "-" + f.Shorthand + ", " + name
			}
			value, usage := pflag.UnquoteUsage(f)
			if value != "" {
				name += " " + value
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", name, strings.ReplaceAll(usage, "|", `\|`))
		})
		sections["flags "+strings.TrimPrefix(c.CommandPath(), "goshawk ")] = b.String()
	})
	generated(t, "cli.md", sections)
}

// TestTemplatesAreDocumented compares the table in docs/tests.md with the templates that there are.
func TestTemplatesAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("| template | what it is |\n|---|---|\n")
	for _, one := range prove.Templates() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", one.Name, one.Doc)
	}
	generated(t, "tests.md", map[string]string{"templates": b.String()})
}

// each calls do for a command and all below it.
func each(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		each(sub, do)
	}
}

// TestExamplesOfHelp reads the examples that --help shows as the program would.
func TestExamplesOfHelp(t *testing.T) {
	examples := 0
	each(program{}.root(), func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			for part := range strings.SplitSeq(line, "|") {
				words, ok := ours(shellWords(part))
				if !ok {
					continue
				}
				examples++
				root := program{}.root()
				command, rest, err := root.Find(words)
				if err == nil {
					err = command.ParseFlags(rest)
				}
				if err == nil {
					err = command.ValidateArgs(command.Flags().Args())
				}
				if err != nil {
					t.Errorf("%s: %v", strings.TrimSpace(line), err)
				}
			}
		}
	})
	if examples == 0 {
		t.Error("there are no examples")
	}
}

// TestSourcesAreDocumented compares docs/sources.md with what there is to read.
func TestSourcesAreDocumented(t *testing.T) {
	var formats, shapes strings.Builder
	formats.WriteString("| format | what it is |\n|---|---|\n")
	for _, f := range source.Formats() {
		fmt.Fprintf(&formats, "| `%s` | %s |\n", f.Name, strings.ReplaceAll(f.Doc, "|", `\|`))
	}
	shapes.WriteString("| shape | what it is |\n|---|---|\n")
	for _, s := range source.Shapes() {
		fmt.Fprintf(&shapes, "| `%s` | %s |\n", s.Name, strings.ReplaceAll(s.Doc, "|", `\|`))
	}
	compressed, archives := source.Containers()
	containers := fmt.Sprintf("Compressed files: %s. Archives: %s.\n", strings.Join(compressed, ", "), strings.ReplaceAll(strings.Join(archives, ", "), " archive", ""))

	generated(t, "sources.md", map[string]string{"formats": formats.String(), "shapes": shapes.String(), "containers": containers})
}
