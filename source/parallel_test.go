package source_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"goshawk/event"
	"goshawk/internal/shared"
	"goshawk/source"
)

// TestParallel decodes the blocks of a stream by several workers at once: the events of the blocks put together in order
// must be those that one worker gives.
func TestParallel(t *testing.T) {
	xml, err := os.ReadFile(shared.Dir(t, "data", "synthetic", "at", "sysmon", "xmlwineventlog.log"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(shared.Dir(t, "data", "evtx", "omerbenamram-evtx", "2-vss_7-System.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"xml": bytes.Repeat(xml, 60), "evtx": log} {
		in := source.NewInput(name, bytes.NewReader(data), int64(len(data)), source.Options{})
		var list []source.Block
		if err := in.ReadBlocks(func(b source.Block) error { list = append(list, b); return nil }, func(p source.Problem) { t.Error(p) }); err != nil {
			t.Fatal(err)
		}
		decode := func(workers int) string {
			parts := make([]strings.Builder, len(list))
			next := make(chan int)
			var group sync.WaitGroup
			for range workers {
				group.Go(func() {
					decoder := in.Format.NewDecoder(source.Options{})
					for i := range next {
						decoder.Decode(list[i], func(ev *event.Event) bool {
							fmt.Fprintf(&parts[i], "%v %v %s\n", *ev.Class, ev.Origin, ev.Record.AppendJSON(nil))
							return true
						}, func(p source.Problem) { fmt.Fprintln(&parts[i], p) })
					}
				})
			}
			for i := range list {
				next <- i
			}
			close(next)
			group.Wait()
			var all strings.Builder
			for i := range parts {
				all.WriteString(parts[i].String())
			}
			return all.String()
		}
		one := decode(1)
		if four := decode(4); four != one {
			t.Errorf("%s: four workers give something else than one", name)
		}
		if len(list) < 5 {
			t.Errorf("%s: only %d blocks", name, len(list))
		}
	}
}
