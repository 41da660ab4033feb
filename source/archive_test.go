package source_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"goshawk/event"
	"goshawk/source"
)

// oneEvent is a Windows event of a given number.
func oneEvent(n int) string {
	return fmt.Sprintf("<Event><System><EventID>1</EventID><EventRecordID>%d</EventRecordID></System></Event>\n", n)
}

// bzip2Event is oneEvent(7), packed by bzip2, for which Go has no writer.
const bzip2Event = "QlpoOTFBWSZTWdJTuVsAAAXfgAAQAACghQYgGAAOA50gIABQo0ZA0aZGglNRlDQxDEiATPEnTY3LpKXIUoJKdhNKdz4sQZGcD0waMjaMjaPxdyRThQkNJTuVsA=="

// file is a member of an archive.
type file struct{ name, text string }

func zipOf(t testing.TB, files ...file) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		m, err := w.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(m, f.text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func tarOf(t testing.TB, files ...file) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o600, Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, f.text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func pack(t testing.TB, text string, open func(io.Writer) (io.WriteCloser, error)) string {
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipOf(t testing.TB, text string) string {
	return pack(t, text, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func xzOf(t testing.TB, text string) string {
	return pack(t, text, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
}

func zstdOf(t testing.TB, text string) string {
	return pack(t, text, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

// lzmaOf returns text as raw LZMA, with the properties that its reader must know.
func lzmaOf(t testing.TB, text string) (properties, packed string) {
	packed = pack(t, text, func(w io.Writer) (io.WriteCloser, error) {
		return lzma.WriterConfig{Size: int64(len(text)), SizeInHeader: true, DictCap: 1 << 16}.NewWriter(w)
	})
	return packed[:5], packed[13:]
}

// sevenzipOf writes a 7z archive with all members in one LZMA stream; count, if not 0, is what its header claims of them.
// Its header is packed as well if it should be.
func sevenzipOf(t testing.TB, count uint32, packHeader bool, files ...file) string {
	var text string
	for _, f := range files {
		text += f.text
	}
	properties, packed := lzmaOf(t, text)

	number := func(n int) []byte { return append([]byte{0xff}, binary.LittleEndian.AppendUint64(nil, uint64(n))...) }
	var h bytes.Buffer
	put := func(parts ...any) {
		for _, p := range parts {
			switch p := p.(type) {
			case int:
				h.WriteByte(byte(p))
			case []byte:
				h.Write(p)
			case string:
				h.WriteString(p)
			}
		}
	}
	put(1, 4)                                                // header, streams
	put(6, 0, 1, 9, number(len(packed)), 0)                  // packed: at 0, one stream, its size
	put(7, 11, 1, 0, 1, 0x23, "\x03\x01\x01", 5, properties) // one folder with one coder, LZMA
	put(12, number(len(text)), 0)                            // unpacked size
	put(8, 13, len(files), 9)                                // members in the folder, and the sizes of all but the last
	for _, f := range files[:len(files)-1] {
		put(number(len(f.text)))
	}
	put(10, 1) // checksums, of all
	for _, f := range files {
		put(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(f.text))))
	}
	put(0, 0) // end of streams
	put(5)
	if count == 0 {
		put(len(files))
	} else {
		put(number(int(count)))
	}
	var names []byte
	for _, f := range files {
		for _, u := range append(utf16.Encode([]rune(f.name)), 0) {
			names = binary.LittleEndian.AppendUint16(names, u)
		}
	}
	put(17, number(len(names)+1), 0, names, 0, 0)

	if packHeader {
		plain := h.String()
		properties, body := lzmaOf(t, plain)
		h.Reset()
		put(0x17, 6, number(len(packed)), 1, 9, number(len(body)), 0, 7, 11, 1, 0, 1, 0x23, "\x03\x01\x01", 5, properties,
			12, number(len(plain)), 0, 0)
		packed += body
	}

	start := append(binary.LittleEndian.AppendUint64(nil, uint64(len(packed))), binary.LittleEndian.AppendUint64(nil, uint64(h.Len()))...)
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(h.Bytes()))
	return "7z\xbc\xaf\x27\x1c\x00\x04" + string(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(start))) + string(start) + packed + h.String()
}

// story reads paths in a folder and writes down in order what is visited and which events come out of it.
func story(t testing.TB, folder string, o source.Options, paths ...string) string {
	t.Helper()
	var lines []string
	current := 0
	short := func(name string) string {
		return strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(name, folder), string(os.PathSeparator)), "\\", "/")
	}
	if paths == nil {
		paths = []string{folder}
	}
	for i := range paths {
		if paths[i] != folder && paths[i] != "-" {
			paths[i] = filepath.Join(folder, paths[i])
		}
	}
	err := source.ForEach(context.Background(), paths, o, func(ev *event.Event) bool {
		lines[current] += fmt.Sprintf(" %d", ev.Origin.Record)
		if in, _, _ := strings.Cut(lines[current], ": "); short(ev.Origin.Source) != in {
			t.Errorf("event of %s while reading %s", ev.Origin.Source, in)
		}
		return true
	}, func(in *source.Input) {
		name, line := short(in.Name), in.Skipped
		if in.Format != nil {
			line = in.Format.Name
		}
		current = len(lines)
		lines = append(lines, name+": "+line)
	}, func(p source.Problem) {
		lines = append(lines, fmt.Sprintf("%s: problem %s: %s", short(p.Source), p.Code, strings.ReplaceAll(p.Reason, folder, "")))
	})
	if err != nil {
		lines = append(lines, "error: "+strings.ReplaceAll(err.Error(), folder, ""))
	}
	return strings.Join(lines, "\n") + "\n"
}

func write(t testing.TB, folder, name, text string) {
	t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestArchives(t *testing.T) {
	bz, _ := base64.StdEncoding.DecodeString(bzip2Event)
	three := []file{{"a.xml", oneEvent(1)}, {"d/b.xml", oneEvent(2) + oneEvent(3)}, {"c.xml", oneEvent(4)}}
	encryptedZip := []byte(zipOf(t, file{"secret.xml", oneEvent(1)}))
	encryptedZip[6] |= 1                                                 // in the member's own header
	encryptedZip[bytes.Index(encryptedZip, []byte("PK\x01\x02"))+8] |= 1 // and in the directory
	many := zipOf(t, file{"many.xml", strings.Repeat(oneEvent(1), 4000)})
	tests := []struct{ name, data, want string }{
		{"zip", zipOf(t, three...), "x!a.xml: windows-xml 1\nx!d/b.xml: windows-xml 2 3\nx!c.xml: windows-xml 4\n"},
		{"tar", tarOf(t, three...), "x!a.xml: windows-xml 1\nx!d/b.xml: windows-xml 2 3\nx!c.xml: windows-xml 4\n"},
		{"tar.gz", gzipOf(t, tarOf(t, three...)), "x!a.xml: windows-xml 1\nx!d/b.xml: windows-xml 2 3\nx!c.xml: windows-xml 4\n"},
		{"tar.xz", xzOf(t, tarOf(t, three...)), "x!a.xml: windows-xml 1\nx!d/b.xml: windows-xml 2 3\nx!c.xml: windows-xml 4\n"},
		{"7z", sevenzipOf(t, 0, false, three...), "x!a.xml: windows-xml 1\nx!d/b.xml: windows-xml 2 3\nx!c.xml: windows-xml 4\n"},
		{"7z with a packed header", sevenzipOf(t, 0, true, three...), "x!a.xml: windows-xml 1\nx!d/b.xml: windows-xml 2 3\nx!c.xml: windows-xml 4\n"},
		{"gz", gzipOf(t, oneEvent(5)), "x: windows-xml 5\n"},
		{"gz of several parts", gzipOf(t, oneEvent(5)) + gzipOf(t, oneEvent(6)), "x: windows-xml 5 6\n"},
		{"xz", xzOf(t, oneEvent(5)), "x: windows-xml 5\n"},
		{"zst", zstdOf(t, oneEvent(5)), "x: windows-xml 5\n"},
		{"bz2", string(bz), "x: windows-xml 7\n"},
		{"three deep", zipOf(t, file{"1.tar.gz", gzipOf(t, tarOf(t, file{"2.gz", gzipOf(t, oneEvent(5))}))}), "x!1.tar.gz!2.gz: windows-xml 5\n"},
		{"four deep", gzipOf(t, gzipOf(t, gzipOf(t, gzipOf(t, oneEvent(5))))), "x: gzip that lies in 3 others already\n"},
		{"zip in tar", tarOf(t, file{"z.zip", zipOf(t, three[0])}), "x!z.zip!a.xml: windows-xml 1\n"},
		{"backslashes", zipOf(t, file{`logs\win\a.xml`, oneEvent(1)}, file{`empty\`, ""}), "x!logs/win/a.xml: windows-xml 1\n"},
		{"shadows of macOS", zipOf(t, file{"__MACOSX/._a.xml", "\x00\x05\x16\x07"}, file{"._b", "\x00\x05\x16\x07"}, three[0]), "x!a.xml: windows-xml 1\n"},
		{"names that climb", tarOf(t, file{"../../etc/passwd", oneEvent(1)}, file{"/abs", oneEvent(2)}, file{"a\x1b[31m\nb", oneEvent(3)}, file{"..", "x"}),
			"x!etc/passwd: windows-xml 1\nx!abs: windows-xml 2\nx!a\ufffd[31m\ufffdb: windows-xml 3\nx!unnamed: no format finds records in it; tried " + tried() + "\n"},
		{"encrypted", string(encryptedZip), "x!secret.xml: encrypted\n"},
		{"empty member", zipOf(t, file{"e", ""}), "x!e: empty\n"},
		{"cut gzip", gzipOf(t, strings.Repeat(oneEvent(1), 3))[:40], "x: windows-xml 1\nx: problem xml-cut: event is cut off before its end; " +
			"what stands before the cut is read\nx: problem read-failed: reading /x failed: breaks off before its end\n"},
		{"cut zip", many[:len(many)/2], "x: zip archive is damaged: zip: not a valid zip file\n"},
		{"false gzip", "\x1f\x8b\x08nothing of the kind", "x: gzip data: breaks off before its end\n"},
		{"members that a 7z archive does not have", sevenzipOf(t, 1<<31, false, three...), "x: 7z archive is damaged: claims more members than its header can describe\n"},
		{"the same with a packed header", sevenzipOf(t, 1<<31, true, three...), "x: 7z archive is damaged: claims more members than its header can describe\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, folder, "x", test.data)
			if got := story(t, folder, source.Options{}); got != test.want {
				t.Errorf("got:\n%swant:\n%s", got, test.want)
			}
			// The same from a stream that cannot be read in any order but its own.
			got := story(t, folder, source.Options{Stdin: strings.NewReader(test.data)}, "-")
			if want := strings.ReplaceAll(strings.ReplaceAll("\n"+test.want, "\nx", "\n-"), "reading /x", "reading -")[1:]; got != want {
				t.Errorf("from standard input:\n%swant:\n%s", got, want)
			}
		})
	}
}

// tried lists the formats as messages do.
func tried() string {
	var names []string
	for _, f := range source.Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// TestBombs reads archives that grow beyond what they may: reading stops, says so, and goes on with the next file.
func TestBombs(t *testing.T) {
	spaces := strings.Repeat(" ", 64<<20)
	bomb := oneEvent(1) + spaces + oneEvent(2)
	wide := make([]byte, 64)
	copy(wide, xzOf(t, "x"))
	wide[16] = 40 // the size of the dictionary: 4 GiB
	tests := []struct{ name, data, want string }{
		{"gzip", gzipOf(t, bomb), "a: windows-xml 1\na: problem read-failed: reading /a failed: decompresses to more than 200 times its size\n"},
		{"zstd", zstdOf(t, bomb), "a: windows-xml 1\na: problem read-failed: reading /a failed: decompresses to more than 200 times its size\n"},
		{"zip", zipOf(t, file{"m", bomb}, file{"n", oneEvent(3)}),
			"a!m: windows-xml 1\na!m: problem read-failed: reading /a!m failed: decompresses to more than 200 times its size\n" +
				"a: the rest of the archive is not read: decompresses to more than 200 times its size\n"},
		{"zip in zip", zipOf(t, file{"inner.zip", zipOf(t, file{"m", bomb})}),
			"a!inner.zip!m: windows-xml 1\na!inner.zip!m: problem read-failed: reading /a!inner.zip!m failed: decompresses to more than 200 times its size\n"},
		{"xz window", string(wide), "a: xz data: asks for 4095 MiB of memory, more than the 256 MiB it may have\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			write(t, folder, "a", test.data)
			write(t, folder, "b", oneEvent(9))
			want := test.want + "b: windows-xml 9\n"
			if got := story(t, folder, source.Options{}); got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
		})
	}
	t.Run("members", func(t *testing.T) {
		folder := t.TempDir()
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for range 100_003 {
			w.WriteHeader(&tar.Header{Name: "e", Format: tar.FormatUSTAR})
		}
		w.Close()
		write(t, folder, "a", b.String())
		visited, last := 0, ""
		source.Walk(context.Background(), []string{folder}, source.Options{}, func(in *source.Input) error {
			visited++
			last = in.Skipped
			return nil
		})
		if visited != 100_001 || !strings.Contains(last, "holds more than 100000 members") {
			t.Errorf("%d visits, the last says %q", visited, last)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		folder := t.TempDir()
		write(t, folder, "a", gzipOf(t, strings.Repeat(oneEvent(1), 1000)))
		got := story(t, folder, source.Options{MaxBytes: 10_000})
		if !strings.Contains(got, "decompresses to more bytes than allowed") {
			t.Error(got)
		}
	})
}
