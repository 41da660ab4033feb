package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// blocks cuts a file into blocks once, so that a benchmark decodes and does not read.
func blocks(b *testing.B, path string, o source.Options) (list []source.Block, size int64) {
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	in := source.NewInput(path, bytes.NewReader(data), int64(len(data)), o)
	if in.Format == nil {
		return nil, 0
	}
	if err := in.ReadBlocks(func(block source.Block) error {
		list = append(list, block)
		return nil
	}, func(source.Problem) {}); err != nil {
		b.Fatal(err)
	}
	return list, int64(len(data))
}

// benchmarkDecode decodes blocks again and again. With texts it decodes every value as well.
func benchmarkDecode(b *testing.B, list []source.Block, size int64, texts bool) {
	decoder := list[0].Input.Format.NewDecoder(source.Options{})
	var records, fields int
	var text []byte
	run := func() {
		records, fields = 0, 0
		for _, block := range list {
			decoder.Decode(block, func(ev *event.Event) bool {
				records++
				fields += len(ev.Record.Fields)
				if texts {
					for i := range ev.Record.Fields {
						text = ev.Record.Fields[i].Value.AppendText(text[:0])
					}
				}
				return true
			}, func(source.Problem) {})
		}
	}
	run()
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		run()
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(fields)/float64(records), "fields/record")
}

func allEVTX(b *testing.B) (list []source.Block, size int64) {
	filepath.WalkDir(shared.Dir(b, "data", "evtx"), func(path string, entry os.DirEntry, _ error) error {
		if filepath.Ext(path) == ".evtx" {
			more, n := blocks(b, path, source.Options{})
			list, size = append(list, more...), size+n
		}
		return nil
	})
	return list, size
}

func BenchmarkEVTX(b *testing.B) {
	list, size := allEVTX(b)
	b.Run("located", func(b *testing.B) { benchmarkDecode(b, list, size, false) })
	b.Run("decoded", func(b *testing.B) { benchmarkDecode(b, list, size, true) })
}

func BenchmarkWindowsXML(b *testing.B) {
	for _, name := range []string{"sysmon", "security4688"} {
		data, err := os.ReadFile(shared.Dir(b, "data", "synthetic", "at", name, "xmlwineventlog.log"))
		if err != nil {
			b.Fatal(err)
		}
		path := filepath.Join(b.TempDir(), name)
		if err := os.WriteFile(path, bytes.Repeat(data, 50), 0o600); err != nil {
			b.Fatal(err)
		}
		list, size := blocks(b, path, source.Options{})
		b.Run(name+"/located", func(b *testing.B) { benchmarkDecode(b, list, size, false) })
		b.Run(name+"/decoded", func(b *testing.B) { benchmarkDecode(b, list, size, true) })
	}
}
