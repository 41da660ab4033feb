package evtx_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"goshawk/source/evtx"
)

// Bounds that hold for any chunk whatever. The time is generous: it is there to
// tell a loop from slow work on a busy machine.
const (
	maxFuzzAlloc = 48 << 20
	maxFuzzTime  = 5 * time.Second
)

// seeds returns small chunks: synthesised ones and, where they are present, the
// first chunks of the shared samples, cut behind their live records.
func seeds(limit int) (chunks [][]byte) {
	w := sampleLog(3)
	chunks = append(chunks, w.chunk(0)[:len(w.b)], w.chunk(w.records[1])[:len(w.b)])
	forwarded := newChunk()
	forwarded.event(1, embed(func(w *writer) {
		w.fragment()
		w.element(element{name: "UserData", kids: []any{element{name: "P", kids: []any{
			element{name: "A", attrs: []attribute{{"k", []any{"v"}}}, kids: []any{"x"}}}}}}, false)
	}))
	chunks = append(chunks, forwarded.chunk(0)[:len(forwarded.b)])
	dir := os.Getenv("GOSHAWK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	filepath.WalkDir(filepath.Join(dir, "data", "evtx"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".evtx" {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil || len(b) < evtx.HeaderSize+512 {
			return nil
		}
		c := b[evtx.HeaderSize:min(evtx.HeaderSize+evtx.ChunkSize, len(b))]
		if free := int(le.Uint32(c[48:])); free > 512 && free < limit && free < len(c) {
			chunks = append(chunks, c[:free])
		}
		return nil
	})
	return chunks
}

// FuzzDecode reads arbitrary bytes as a chunk.
func FuzzDecode(f *testing.F) {
	for _, c := range seeds(8192) {
		f.Add(c)
	}
	f.Fuzz(checkChunk)
}

// TestMutations does for a moment what the fuzzer does for hours: it changes
// bytes behind the header of every seed, at random but always the same way.
func TestMutations(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	awkward := []uint32{0, 1, 0xFF, 0xFFFF, 0x7FFF, 1 << 31, 1<<32 - 1, 0x10000, 512}
	all := seeds(evtx.ChunkSize)
	rounds := 4000
	if testing.Short() {
		rounds = 400
	}
	for range rounds {
		c := bytes.Clone(all[rng.IntN(len(all))])
		for range 1 + rng.IntN(6) {
			at := 512 + rng.IntN(len(c)-512-4)
			switch rng.IntN(5) {
			case 0:
				c[at] ^= 1 << rng.IntN(8)
			case 1:
				c[at] = byte(rng.IntN(0x10))
			case 2:
				le.PutUint32(c[at:], awkward[rng.IntN(len(awkward))])
			case 3:
				le.PutUint32(c[at:], uint32(512+rng.IntN(len(c)-512)))
			case 4:
				from := 512 + rng.IntN(len(c)-512-4)
				copy(c[at:], c[from:min(from+rng.IntN(64), len(c))])
			}
		}
		checkChunk(t, c)
	}
}

// checkChunk reads a chunk several times and holds the promises of the package
// against it: no panic, bounded time and memory, the same answer every time.
func checkChunk(t *testing.T, chunk []byte) {
	before := bytes.Clone(chunk)
	cache := evtx.NewCache()
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	start := time.Now()
	live, rep := readAll(evtx.NewDecoder(cache), chunk, false)
	took := time.Since(start)
	runtime.ReadMemStats(&m1)
	if took > maxFuzzTime {
		t.Fatalf("took %v", took)
	}
	if n := m1.TotalAlloc - m0.TotalAlloc; n > maxFuzzAlloc {
		t.Fatalf("allocated %d bytes", n)
	}
	if len(live) != rep.Records {
		t.Fatalf("%d records returned, %d reported", len(live), rep.Records)
	}
	d := evtx.NewDecoder(cache) // a warm cache
	carved, _ := readAll(d, chunk, true)
	again, rep2 := readAll(d, chunk, false) // and a used decoder
	if !slices.Equal(live, again) || !slices.Equal(rep.Problems, rep2.Problems) {
		t.Fatalf("the second reading differs from the first:\n%v\n%v", rep.Problems, rep2.Problems)
	}
	if len(carved) < len(live) || !slices.Equal(carved[:len(live)], live) {
		t.Fatal("carving changed the live records")
	}
	if !bytes.Equal(before, chunk) {
		t.Fatal("the chunk was written to")
	}
}

// readAll returns a fingerprint of every record, made of all its texts.
func readAll(d *evtx.Decoder, chunk []byte, carve bool) (prints []uint64, rep evtx.ChunkReport) {
	var text []byte
	d.Reset(chunk, 0, carve)
	for r, ok := d.Next(); ok; r, ok = d.Next() {
		h := r.ID ^ uint64(r.Written) ^ uint64(r.EventID)
		for i := range r.Fields {
			f := &r.Fields[i]
			text = append(text[:0], f.Path.Section...)
			text = append(text, f.Path.Name...)
			text = f.AppendText(text)
			for _, c := range text {
				h = h*1099511628211 ^ uint64(c)
			}
			n, _ := f.Int()
			ticks, _ := f.Time()
			h = h*31 ^ uint64(n) ^ uint64(ticks)
		}
		prints = append(prints, h)
	}
	rep = *d.Report()
	rep.Problems = slices.Clone(rep.Problems)
	return prints, rep
}
