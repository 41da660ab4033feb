package evtx_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"goshawk/source/evtx"
)

// benchChunks returns the chunks of all shared samples whose live records reach
// at least up to free, or where there are no samples a synthesised chunk.
func benchChunks(b *testing.B, free uint32) (chunks [][]byte) {
	b.Helper()
	if os.Getenv("GOSHAWK_SHARED") == "" {
		if _, err := os.Stat(filepath.Join("..", "..", "..", "shared", "data", "evtx")); err != nil {
			return [][]byte{sampleLog(100).chunk(0)}
		}
	}
	dir := shared(b)
	for name := range expectations(b, dir) {
		file, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			b.Fatal(err)
		}
		for at := evtx.HeaderSize; at+evtx.ChunkSize <= len(file); at += evtx.ChunkSize {
			if c := file[at : at+evtx.ChunkSize]; string(c[:7]) == "ElfChnk" && le.Uint32(c[48:]) >= free {
				chunks = append(chunks, c)
			}
		}
	}
	return chunks
}

// benchmark reads chunks over and over. "all" are those of the samples, many of
// which hold a record or two, so that reading definitions weighs heavily; "full"
// are chunks as a log in service has them.
func benchmark(b *testing.B, each func(*evtx.Record)) {
	for _, set := range []struct {
		name string
		free uint32
	}{{"all", 0}, {"full", 60000}} {
		b.Run(set.name, func(b *testing.B) {
			chunks := benchChunks(b, set.free)
			if len(chunks) == 0 {
				b.Skip("no such chunks")
			}
			d := evtx.NewDecoder(nil)
			records, live := 0, 0
			pass := func() {
				for i, c := range chunks {
					d.Reset(c, i, false)
					for rec, ok := d.Next(); ok; rec, ok = d.Next() {
						records++
						live += rec.Size
						each(rec)
					}
				}
			}
			pass() // fill the cache
			records, live = 0, 0
			var m0, m1 runtime.MemStats
			runtime.ReadMemStats(&m0)
			b.ResetTimer()
			for b.Loop() {
				pass()
			}
			s := b.Elapsed().Seconds()
			runtime.ReadMemStats(&m1)
			b.ReportMetric(float64(records)/s, "records/s")
			b.ReportMetric(float64(live)/s/1e6, "liveMB/s")
			b.ReportMetric(float64(m1.Mallocs-m0.Mallocs)/float64(records), "allocs/record")
		})
	}
}

// BenchmarkLocate finds every field of every record and decodes none.
func BenchmarkLocate(b *testing.B) {
	fields := 0
	benchmark(b, func(r *evtx.Record) { fields += len(r.Fields) })
}

// BenchmarkDecodeAllFields makes the text of every field of every record.
func BenchmarkDecodeAllFields(b *testing.B) {
	var text []byte
	n := 0
	benchmark(b, func(r *evtx.Record) {
		text = text[:0]
		for i := range r.Fields {
			text = r.Fields[i].AppendText(text)
		}
		n += len(text)
	})
}
