package source_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

func TestWalkOrder(t *testing.T) {
	folder := t.TempDir()
	for i, name := range []string{"b/2.xml", "a.xml", "b/10.xml", "c/d/e.xml", "Z.xml"} {
		write(t, folder, name, oneEvent(i+1))
	}

	want := "Z.xml: windows-xml 5\na.xml: windows-xml 2\nb/10.xml: windows-xml 3\nb/2.xml: windows-xml 1\nc/d/e.xml: windows-xml 4\n"
	if got := story(t, folder, source.Options{}); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	want = "c/d/e.xml: windows-xml 4\na.xml: windows-xml 2\n"
	if got := story(t, folder, source.Options{}, "c", "a.xml", "c/d/e.xml", "a.xml"); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestWalkLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need rights there")
	}
	folder := t.TempDir()
	write(t, folder, "real/a.xml", oneEvent(1))
	for link, target := range map[string]string{"file.xml": "real/a.xml", "real/up": "..", "folder": "real", "nowhere": "gone"} {
		if err := os.Symlink(target, filepath.Join(folder, filepath.FromSlash(link))); err != nil {
			t.Fatal(err)
		}
	}
	// folder/a.xml is the file that file.xml was a link to: a file is read once.
	want := "file.xml: windows-xml 1\nfolder/up: this folder was read already, under another name\n" +
		"nowhere: cannot be read: no such file or directory\nreal: this folder was read already, under another name\n"
	if got := story(t, folder, source.Options{}); got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestWalkRefuses(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.xml", oneEvent(1))
	for _, test := range []struct {
		paths []string
		o     source.Options
		want  string
	}{
		{[]string{filepath.Join(folder, "a.xml"), filepath.Join(folder, "gone")}, source.Options{}, "cannot read"},
		{[]string{filepath.Join(folder, "a.xml")}, source.Options{Format: "telex"}, `there is no format "telex"`},
	} {
		visits := 0
		err := source.Walk(context.Background(), test.paths, test.o, func(*source.Input) error {
			visits++
			return nil
		})
		if visits != 0 || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %d visits, error %v, want none and %q", test.paths, visits, err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := source.Walk(ctx, []string{folder}, source.Options{}, func(*source.Input) error { return nil }); err != context.Canceled {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestWalkProgress(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "a.xml", strings.Repeat(oneEvent(1), 9000))
	write(t, folder, "b.gz", gzipOf(t, strings.Repeat(oneEvent(1), 9000)))
	write(t, folder, "c.zip", zipOf(t, file{"x", strings.Repeat(oneEvent(1), 9000)}, file{"y", oneEvent(2)}))
	write(t, folder, "d.png", "\x89PNG\r\n\x1a\n"+strings.Repeat("x", 100_000))
	var done int64
	calls := 0
	o := source.Options{Progress: func(n int64) {
		if n <= 0 {
			t.Errorf("progress of %d", n)
		}
		done += n
		calls++
	}}
	story(t, folder, o)
	if total := source.Total([]string{folder}); done != total || calls < 5 {
		t.Errorf("%d bytes in %d calls, want %d", done, calls, total)
	}
}

// TestSkipped looks at files that hold no records.
func TestSkipped(t *testing.T) {
	for _, test := range []struct{ name, data, want string }{
		{"empty", "", "empty"},
		{"a.png", "\x89PNG\r\n\x1a\n\x00\x00", "PNG image is not read"},
		{"a.pcap", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "packet capture (PCAP) is not read"},
		{"a.exe", "MZ\x90\x00\x03\x00\x00\x00", "Windows executable is not read"},
		{"a.evtx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1118208\n", "Git LFS pointer: the data itself is missing; fetch it with git lfs pull"},
		{"README.md", "# Logs\n\nSome text about `logs`.\n", "seems to be a Markdown text; no format finds records in it"},
		{"a.yaml", "title: x\nlogsource:\n  product: windows\n", "seems to be a YAML document; no format finds records in it"},
		{"a.html", "<!DOCTYPE html>\n<html></html>", "seems to be an HTML page; no format finds records in it"},
		{"a.xml", "<?xml version='1.0'?><plist></plist>", "seems to be XML of another kind (<?xml version='1.0'?>); no format finds records in it"},
		{"a.bin", strings.Repeat("\x00\x01\x02\x03\x80\xff", 50), "binary data of no known kind; tried "},
		{"utf32", "\xff\xfe\x00\x00a\x00\x00\x00", "text in UTF-32 is not read"},
		{"blank", " \n\n", "seems to be white space only; no format finds records in it"},
	} {
		in := source.NewInput(test.name, strings.NewReader(test.data), int64(len(test.data)), source.Options{})
		if in.Format != nil || !strings.HasPrefix(in.Skipped, test.want) {
			t.Errorf("%s: %v, skipped %q, want %q", test.name, in.Format, in.Skipped, test.want)
		}
		if err := source.ReadAll(in, func(*event.Event) bool { t.Error("an event"); return true }, func(source.Problem) {}); err != nil {
			t.Error(err)
		}
	}
}

func utf16Of(text string, order binary.AppendByteOrder, mark bool) []byte {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

func TestEncodings(t *testing.T) {
	var text strings.Builder
	for i := range 5000 { // characters of two, three and four bytes at all places of a buffer
		fmt.Fprintf(&text, "<Event><System><EventID>1</EventID><EventRecordID>%d</EventRecordID></System><EventData><Data Name='x'>%sé€𝄞</Data></EventData></Event>\r\n", i+1, strings.Repeat("a", i%7))
	}
	want, problems := dump(t, "x", []byte(text.String()))
	if problems != "" || strings.Count(want, "\n") != 5000 {
		t.Fatal(problems)
	}
	offset := func(s string) string { return s[:strings.Index(s, "@")] }
	for name, data := range map[string][]byte{
		"UTF-8 with mark":    append([]byte("\xef\xbb\xbf"), text.String()...),
		"UTF-16LE with mark": utf16Of(text.String(), binary.LittleEndian, true),
		"UTF-16LE without":   utf16Of(text.String(), binary.LittleEndian, false),
		"UTF-16BE with mark": utf16Of(text.String(), binary.BigEndian, true),
		"UTF-16BE without":   utf16Of(text.String(), binary.BigEndian, false),
	} {
		if got, problems := dump(t, "x", data); got != want || problems != "" {
			t.Errorf("%s differs, first in %q; %s", name, offset(got+"@"), problems)
		}
	}
	// Halves of characters, and half a unit at the end.
	broken := utf16Of("<Event><System><EventID>1</EventID></System><EventData><Data Name='x'>", binary.LittleEndian, true)
	broken = append(broken, 0x00, 0xd8, 'a', 0, 0x00, 0xdc, 0x34, 0xd8)
	broken = append(broken, utf16Of("</Data></EventData></Event>", binary.LittleEndian, false)...)
	got, _ := dump(t, "x", append(broken, 'x'))
	if !strings.Contains(got, "\"x\":\"\ufffda\ufffd\ufffd\"") {
		t.Error(got)
	}
}

// TestSharedData reads everything that lies in the shared material: each file is read or skipped with a reason, twice with
// the same result.
func TestSharedData(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long")
	}
	run := func() string {
		var b bytes.Buffer
		events, formats := 0, make(map[string]int)
		err := source.ForEach(context.Background(), []string{shared.Dir(t, "data")}, source.Options{}, func(ev *event.Event) bool {
			if events++; ev.Class == nil || ev.Origin.Source == "" {
				t.Errorf("event without class or origin: %s", ev.Record.AppendJSON(nil))
			}
			return true
		}, func(in *source.Input) {
			if (in.Format == nil) == (in.Skipped == "") {
				t.Errorf("%s: format %v, skipped %q", in.Name, in.Format, in.Skipped)
			}
			if in.Format != nil {
				formats[in.Format.Name]++
				fmt.Fprintf(&b, "%d\n%s: %s, %d: %s %v", events, in.Name, in.Format.Name, in.Guess.Certainty, in.Guess.Why, in.Others)
				return
			}
			formats["-"]++
			fmt.Fprintf(&b, "%d\n%s: %s", events, in.Name, in.Skipped)
		}, func(p source.Problem) { fmt.Fprintln(&b, p) })
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&b, "\n%d events; streams %v\n", events, formats)
		return b.String()
	}
	first := run()
	if second := run(); first != second {
		t.Error("differs the second time")
	}
	lines := strings.Split(strings.TrimSpace(first), "\n")
	t.Log(lines[len(lines)-1])
}
