package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"goshawk/event"
	"goshawk/source"
)

// longLogs makes a text of some megabytes for each format of lines.
func longLogs() map[string]string {
	var audit, syslog, zeek, w3c, access, text, stash, pairs, admon strings.Builder
	zeek.WriteString("#separator \\x09\n#path\tconn\n#fields\tts\tn\ttags\n#types\ttime\tcount\tset[string]\n")
	w3c.WriteString("#Fields: date time cs-uri-stem n\n")
	base := time.Date(2026, 5, 12, 11, 0, 0, 0, time.UTC)
	for i := range 12000 {
		at := base.Add(time.Duration(i) * 20 * time.Millisecond)
		stamp := fmt.Sprintf("msg=audit(%d.%03d:%d):", at.Unix(), at.Nanosecond()/1e6, i)
		before := base.Add(time.Duration(i-1) * 20 * time.Millisecond)
		stampBefore := fmt.Sprintf("msg=audit(%d.%03d:%d):", before.Unix(), before.Nanosecond()/1e6, i-1)
		fmt.Fprintf(&audit, "type=SYSCALL %s arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=%d pid=%d auid=1000 uid=1000 gid=1000 euid=1000 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts0 ses=3 comm=\"x\" exe=\"/usr/bin/x\" key=\"exec\"\n", stamp, i, i+1)
		if i > 0 { // the events interleave
			fmt.Fprintf(&audit, "type=PATH %s item=0 name=\"/usr/bin/x\" inode=125020 dev=08:01 mode=0106755 ouid=1 ogid=1 rdev=00:00 nametype=NORMAL\n", stampBefore)
			fmt.Fprintf(&audit, "type=PROCTITLE %s proctitle=2F7573722F62696E2F78002D66\n", stampBefore)
		}
		fmt.Fprintf(&audit, "type=EXECVE %s argc=2 a0=\"x\" a1=\"%d\"\n", stamp, i)
		fmt.Fprintf(&audit, "type=CWD %s cwd=\"/home/u\"\n", stamp)
		fmt.Fprintf(&syslog, "%s web-%d sshd[%d]: Accepted publickey for user%d from 10.0.0.1 port 4711 ssh2: RSA SHA256:abcdefghijklmnopqrstuvwxyz\n", at.Format(time.Stamp), i%5, i, i)
		fmt.Fprintf(&zeek, "%d.000001\t%d\ta%d,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z\n", at.Unix(), i, i)
		fmt.Fprintf(&w3c, "%s /path/of/some/length/%d/index.html %d\n", at.Format("2006-01-02 15:04:05"), i, i)
		if i == 6000 {
			zeek.WriteString("#path\tdns\n")
			w3c.WriteString("#Fields: date time r-host n\n")
		}
		fmt.Fprintf(&access, "10.0.0.%d - - [%s] \"GET /path/%d?q=1 HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n", i%250, at.Format("02/Jan/2006:15:04:05 -0700"), i)
		fmt.Fprintf(&stash, "%d, search_name=\"R %d\", process=\"a\nb = \\\"%d\\\"\", risk_score=\"50\", risk_score=\"60\", risk_message=\"something happened here\"\n", at.Unix(), i, i)
		fmt.Fprintf(&pairs, "time=\"%s\" src=10.0.0.%d dest=10.0.1.1 action=allowed bytes=%d user=\"user %d\" url=http://example.org/%d\n", at.Format(time.RFC3339), i%250, i, i, i)
		fmt.Fprintf(&admon, "%s\ndcName=dc-1\nadmonEventType=Update\nNames:\n\t\tdistinguishedName=CN=%d\n\t\tmember=a\n\t\tmember=b\n\n", at.Format("01/02/2006 15:04:05.000"), i)
		fmt.Fprintf(&text, "%s INFO something happened to number %d and was noted here\n", at.Format("2006-01-02 15:04:05.000"), i)
	}
	return map[string]string{"auditd": audit.String(), "syslog": syslog.String(), "zeek": zeek.String(), "w3c": w3c.String(), "access-log": access.String(), "text": text.String(),
		"stash": stash.String(), "key-value": pairs.String(), "admon": admon.String()}
}

// TestBlocksStandAlone decodes the blocks of long texts with a decoder of their own each, in reverse, and demands what one
// decoder makes of them in order.
func TestBlocksStandAlone(t *testing.T) {
	for format, text := range longLogs() {
		t.Run(format, func(t *testing.T) {
			in := source.NewInput("long", strings.NewReader(text), int64(len(text)), source.Options{})
			if in.Format == nil || in.Format.Name != format {
				t.Fatalf("format: %+v", in)
			}
			in.ModTime = time.Date(2026, 5, 13, 0, 0, 0, 0, time.UTC)
			var blocks []source.Block
			none := func(p source.Problem) { t.Error(p) }
			if err := in.ReadBlocks(func(b source.Block) error { blocks = append(blocks, b); return nil }, none); err != nil {
				t.Fatal(err)
			}
			if len(blocks) < 3 {
				t.Fatalf("%d blocks are too few to test", len(blocks))
			}
			say := func(into *[]string) func(*event.Event) bool {
				return func(ev *event.Event) bool {
					*into = append(*into, fmt.Sprint(*ev.Class, ev.Marks, ev.Origin, ev.Logged, string(ev.Record.AppendJSON(nil))))
					return true
				}
			}
			var inOrder []string
			decoder := in.Format.NewDecoder(source.Options{})
			for _, b := range blocks {
				decoder.Decode(b, say(&inOrder), none)
			}
			alone := make([][]string, len(blocks))
			for i := len(blocks) - 1; i >= 0; i-- {
				in.Format.NewDecoder(source.Options{}).Decode(blocks[i], say(&alone[i]), none)
			}
			if !slices.Equal(inOrder, slices.Concat(alone...)) {
				t.Error("blocks do not stand alone")
			}
			t.Logf("%d blocks, %d events", len(blocks), len(inOrder))
			if format == "auditd" && len(inOrder) != 12000*6-2 { // four records and a joined event each, PATH and PROCTITLE but for the last
				t.Errorf("%d events", len(inOrder))
			}
		})
	}
}

// BenchmarkLines frames and decodes each format of lines on one core.
func BenchmarkLines(b *testing.B) {
	for format, text := range longLogs() {
		b.Run(format, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			events := 0
			for b.Loop() {
				in := source.NewInput("long", strings.NewReader(text), int64(len(text)), source.Options{Format: format})
				decoder := in.Format.NewDecoder(source.Options{})
				err := in.ReadBlocks(func(block source.Block) error {
					decoder.Decode(block, func(*event.Event) bool { events++; return true }, func(p source.Problem) { b.Error(p) })
					return nil
				}, func(p source.Problem) { b.Error(p) })
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
