package source_test

import (
	"context"
	"testing"

	"goshawk/internal/shared"
	"goshawk/source"
)

// BenchmarkJSON decodes the JSON of NXLog, of a Logstash pipeline and of Winlogbeat; NXLog's also with every text decoded,
// and what cutting it into blocks takes.
func BenchmarkJSON(b *testing.B) {
	datasets := []string{"data", "winlog-json", "security-datasets", "atomic", "windows"}
	nxlog := shared.Dir(b, "data", "winlog-json", "attack_data", "T1053.005", "attack_data.tar.gz")
	flat := shared.Dir(b, append(datasets, "persistence", "host", "proxylogon_ssrf_rce_poc.zip")...)
	beat := shared.Dir(b, append(datasets, "privilege_escalation", "host", "empire_invoke_runas.tar.gz")...)
	for _, c := range []struct {
		name, path string
		texts      bool
	}{{"nxlog", nxlog, false}, {"nxlog-texts", nxlog, true}, {"flat", flat, false}, {"winlogbeat", beat, false}} {
		b.Run(c.name, func(b *testing.B) {
			list, size := archivedBlocks(b, c.path)
			benchmarkDecode(b, list, size, c.texts)
		})
	}
}

// archivedBlocks cuts the members of an archive into blocks.
func archivedBlocks(b *testing.B, path string) (list []source.Block, size int64) {
	err := source.Walk(context.Background(), []string{path}, source.Options{}, func(in *source.Input) error {
		return in.ReadBlocks(func(block source.Block) error {
			list = append(list, block)
			size += int64(len(block.Bytes))
			return nil
		}, func(source.Problem) {})
	})
	if err != nil {
		b.Fatal(err)
	}
	return list, size
}
