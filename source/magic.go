package source

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// magic is what some bytes turn out to be before any format is asked.
type magic struct {
	at    int
	bytes string
	what  string    // for people
	open  opener    // how to look inside; nil if that cannot be done
	kind  container // whether the inside is one stream or a list of members
}

// container is what an opener makes of a stream.
type container uint8

const (
	notContainer container = iota
	compressed             // one stream inside
	archived               // members inside
)

// magics are tried in order.
var magics = []magic{
	{0, "\x1f\x8b", "gzip", openGzip, compressed},
	{0, "\x28\xb5\x2f\xfd", "zstd", openZstd, compressed},
	{0, "BZh", "bzip2", openBzip2, compressed},
	{0, "\xfd7zXZ\x00", "xz", openXz, compressed},
	{0, "PK\x03\x04", "zip archive", nil, archived},
	{0, "PK\x05\x06", "empty zip archive", nil, notContainer},
	{0, "PK\x07\x08", "part of a split zip archive", nil, notContainer},
	{0, "7z\xbc\xaf\x27\x1c", "7z archive", nil, archived},
	{257, "ustar", "tar archive", nil, archived},

	{0, "version https://git-lfs.github.com/spec/", "Git LFS pointer", nil, notContainer},
	{0, "PAR1", "Parquet file", nil, notContainer},
	{0, "\x04\x22\x4d\x18", "LZ4 file", nil, notContainer},
	{0, "Rar!\x1a\x07", "RAR archive", nil, notContainer},
	{0, "MSCF", "Windows cabinet", nil, notContainer},
	{0, "\x1f\x9d", "compress (.Z) file", nil, notContainer},
	{0, "\xd4\xc3\xb2\xa1", "packet capture (PCAP)", nil, notContainer},
	{0, "\xa1\xb2\xc3\xd4", "packet capture (PCAP)", nil, notContainer},
	{0, "\x4d\x3c\xb2\xa1", "packet capture (PCAP)", nil, notContainer},
	{0, "\x0a\x0d\x0d\x0a", "packet capture (PCAPNG)", nil, notContainer},
	{0, "\x89PNG\r\n\x1a\n", "PNG image", nil, notContainer},
	{0, "\xff\xd8\xff", "JPEG image", nil, notContainer},
	{0, "GIF87a", "GIF image", nil, notContainer},
	{0, "GIF89a", "GIF image", nil, notContainer},
	{0, "%PDF-", "PDF document", nil, notContainer},
	{0, "{\\rtf", "RTF document", nil, notContainer},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office document or MSI package", nil, notContainer},
	{0, "SQLite format 3\x00", "SQLite database", nil, notContainer},
	{0, "regf", "Windows registry hive", nil, notContainer},
	{0, "LfLe", "Windows event log of the old kind (EVT)", nil, notContainer},
	{4, "LfLe", "Windows event log of the old kind (EVT)", nil, notContainer},
	{0, "\x7fELF", "ELF executable", nil, notContainer},
	{0, "MZ", "Windows executable", nil, notContainer},
	{0, "\xcf\xfa\xed\xfe", "Mach-O executable", nil, notContainer},
	{0, "\xca\xfe\xba\xbe", "Java class or Mach-O executable", nil, notContainer},
	{0, "\x00asm", "WebAssembly module", nil, notContainer},
	{0, "LPKSHHRH", "systemd journal in binary (export it with journalctl -o json)", nil, notContainer},
	{0, "\x00\x05\x16\x07", "AppleDouble file", nil, notContainer},
	{0, "bplist00", "Apple property list", nil, notContainer},
}

// magicOf returns what head begins with; nil if it is nothing in particular.
func magicOf(head []byte) *magic {
	for i := range magics {
		m := &magics[i]
		if len(head) >= m.at+len(m.bytes) && string(head[m.at:m.at+len(m.bytes)]) == m.bytes && m.plausible(head) {
			return m
		}
	}
	return nil
}

// plausible looks a second time where the bytes of a magic could be text.
func (m *magic) plausible(head []byte) bool {
	switch m.bytes {
	case "MZ", "regf", "MSCF", "PAR1", "LfLe":
		return bytes.IndexByte(head[:min(len(head), 128)], 0) >= 0
	case "BZh":
		return len(head) >= 10 && '1' <= head[3] && head[3] <= '9' && (string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90")
	case "\x1f\x8b":
		return len(head) >= 3 && head[2] == 8
	}
	return true
}

// seems says what text is that no format takes for records, as far as that shows; "" if it does not. The name of the file
// only confirms what the text suggests.
func seems(head []byte, name string) string {
	text := bytes.TrimSpace(head)
	ext := strings.ToLower(path.Ext(strings.ReplaceAll(name, "\\", "/")))
	first, _, _ := bytes.Cut(text, newline)
	lower := bytes.ToLower(text[:min(len(text), 512)])
	switch {
	case len(text) == 0:
		return "white space only"
	case bytes.HasPrefix(text, []byte("#!")):
		return "a script"
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "an HTML page"
	case bytes.HasPrefix(lower, []byte("-----begin ")):
		return "PEM-encoded keys or certificates"
	case ext == ".md" || ext == ".markdown":
		return "a Markdown text"
	case ext == ".yml" || ext == ".yaml":
		if looksLikeYAML(text) {
			return "a YAML document"
		}
	case bytes.HasPrefix(text, []byte("---")) && looksLikeYAML(text):
		return "a YAML document"
	case text[0] == '<' && len(text) > 1 && (text[1] == '?' || 'a' <= text[1]|0x20 && text[1]|0x20 <= 'z'):
		if i := bytes.IndexByte(first, '>'); i > 0 {
			return fmt.Sprintf("XML of another kind (%s)", printable(first[:min(i+1, 60)]))
		}
		return "XML of another kind"
	}
	return ""
}

// looksLikeYAML says whether most lines are what a YAML document has: keys, items, comments, indented text.
func looksLikeYAML(text []byte) bool {
	fits, all := 0, 0
	for _, line := range bytes.SplitN(text, newline, 64) {
		trimmed := bytes.TrimSpace(line)
		if len(trimmed) == 0 {
			continue
		}
		all++
		key, _, colon := bytes.Cut(trimmed, []byte(":"))
		switch {
		case line[0] == ' ' || trimmed[0] == '#' || bytes.HasPrefix(trimmed, []byte("- ")) || bytes.HasPrefix(trimmed, []byte("---")):
			fits++
		case colon && !bytes.ContainsAny(key, " \t"):
			fits++
		}
	}
	return fits*10 >= all*9
}

// isBinary says whether bytes are no text in any encoding that is read.
func isBinary(head []byte) bool {
	head = head[:min(len(head), 4096)]
	odd := 0
	for _, c := range head {
		if c == 0 {
			return true
		}
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != 0x1b && c != 0x1d {
			odd++
		}
	}
	return odd*10 > len(head)
}

// printable returns text that may stand in a message or as part of a name: without control characters, as valid UTF-8.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0, r == 0x2028 || r == 0x2029,
			0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069:
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(string(text), string(utf8.RuneError)))
}
