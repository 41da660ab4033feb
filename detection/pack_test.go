package detection_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goshawk/detection"
)

const rule = "title: x\nlogsource: {product: windows}\ndetection: {s: {a: 1}, condition: s}\n"

func TestFind(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"b/rule.yml": rule, "a.YAML": rule, "notes.yml": "just: notes\n", "empty.yml": " \n", "read.me": rule, ".git/x.yml": rule,
	} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{folder, link, folder + string(filepath.Separator)} {
		files, skipped, err := detection.Find([]string{root})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range files {
			rel, _ := filepath.Rel(root, f.Source.Name)
			names = append(names, filepath.ToSlash(rel))
		}
		if got := strings.Join(names, " "); got != "a.YAML b/rule.yml" || len(skipped) != 2 {
			t.Errorf("%s: found %s, skipped %v", root, got, skipped)
		}
	}
	for _, name := range []string{"notes.yml", "empty.yml", "absent.yml"} {
		if _, _, err := detection.Find([]string{filepath.Join(folder, name)}); err == nil {
			t.Errorf("%s, named by the user, is taken without complaint", name)
		}
	}
}

func TestLevels(t *testing.T) {
	for _, l := range detection.Levels() {
		if got, err := detection.LevelOf(strings.ToUpper(l.String())); err != nil || got != l {
			t.Errorf("%s reads as %s, %v", l, got, err)
		}
	}
	if _, err := detection.LevelOf("severe"); err == nil {
		t.Error("severe is a level")
	}
}

func TestTechniques(t *testing.T) {
	d := detection.Detection{Tags: []string{"attack.execution", "attack.t1053.002", "attack.T1059", "car.2013", "attack.t12", "attack.t1059.", "attack.t1059.0a1", "attack.t10591", "attack.g0001", "t1059"}}
	if got := strings.Join(d.Techniques(), " "); got != "T1053.002 T1059" {
		t.Error(got)
	}
}
