package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"goshawk/event"
	"goshawk/plan"
)

// mmdbOf returns a database of the form of MaxMind, of which text says what is in it as JSON: networks and their records, written as the
// specification of the format has it, without pointers ("MaxMind DB File Format Specification"). Numbers with a point are doubles.
func mmdbOf(kind string, version int, text string) ([]byte, error) {
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	var networks map[string]any
	if err := in.Decode(&networks); err != nil {
		return nil, err
	}
	var data []byte
	const none = -1
	nodes := [][2]int{{none, none}}
	at := map[int]int{} // the record of a leaf → its offset
	for i, name := range sorted(networks) {
		prefix, err := netip.ParsePrefix(name)
		if err != nil {
			return nil, err
		}
		bits, address := prefix.Bits(), prefix.Addr().AsSlice()
		if version == 6 && prefix.Addr().Is4() { // IPv4 lies at ::/96
			bits, address = bits+96, append(make([]byte, 12), address...)
		}
		at[i] = len(data)
		if data, err = appendMMDB(data, networks[name]); err != nil {
			return nil, err
		}
		node := 0
		for b := range bits {
			side := address[b/8] >> (7 - b%8) & 1
			if b == bits-1 {
				nodes[node][side] = none - 1 - i
				break
			}
			if nodes[node][side] < 0 {
				nodes = append(nodes, [2]int{none, none})
				nodes[node][side] = len(nodes) - 1
			}
			node = nodes[node][side]
		}
	}
	var out []byte
	for _, n := range nodes {
		for _, to := range n {
			switch {
			case to == none:
				to = len(nodes)
			case to < none:
				to = len(nodes) + 16 + at[none-1-to]
			}
			out = append(out, byte(to>>16), byte(to>>8), byte(to))
		}
	}
	out = append(append(append(out, make([]byte, 16)...), data...), markerMMDB...)
	return appendMMDB(out, map[string]any{
		"node_count": json.Number(fmt.Sprint(len(nodes))), "record_size": json.Number("24"), "ip_version": json.Number(fmt.Sprint(version)),
		"database_type": kind, "languages": []any{"en"}, "binary_format_major_version": json.Number("2"), "binary_format_minor_version": json.Number("0"),
		"build_epoch": json.Number("1"), "description": map[string]any{"en": "a test"},
	})
}

func sorted(m map[string]any) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// appendMMDB writes a value.
func appendMMDB(b []byte, v any) ([]byte, error) {
	head := func(kind, size int) {
		control := kind << 5
		if kind > 7 {
			control = 0
		}
		if size < 29 {
			b = append(b, byte(control|size))
		} else {
			b = append(b, byte(control|29))
		}
		if kind > 7 {
			b = append(b, byte(kind-7))
		}
		if size >= 29 {
			b = append(b, byte(size-29))
		}
	}
	var err error
	switch v := v.(type) {
	case string:
		head(2, len(v))
		b = append(b, v...)
	case json.Number:
		if f, bad := v.Float64(); bad == nil && strings.Contains(string(v), ".") {
			head(3, 8)
			return binary.BigEndian.AppendUint64(b, math.Float64bits(f)), nil
		}
		n, bad := v.Int64()
		head(6, 4)
		return binary.BigEndian.AppendUint32(b, uint32(n)), bad
	case map[string]any:
		head(7, len(v))
		for _, k := range sorted(v) {
			if b, err = appendMMDB(b, k); err == nil {
				b, err = appendMMDB(b, v[k])
			}
			if err != nil {
				return nil, err
			}
		}
	case []any:
		head(11, len(v))
		for _, one := range v {
			if b, err = appendMMDB(b, one); err != nil {
				return nil, err
			}
		}
	default:
		return nil, fmt.Errorf("%T is not written", v)
	}
	return b, nil
}

// mmdbFile is a command of scripts: mmdb FILE KIND JSON.
func mmdbFile(ts *testscript.TestScript, _ bool, args []string) {
	out, err := mmdbOf(args[1], 6, ts.ReadFile(args[2]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), out, 0o600))
}

const someCities = `{
"203.0.113.0/24": {"country": {"names": {"en": "Atlantis", "de": "Atlantis (de)"}}, "continent": {"names": {"en": "Ocean"}}, "location": {"latitude": 17.5, "longitude": -20.25}},
"198.51.100.128/25": {"country": {"names": {"en": "Atlantis"}}, "city": {"names": {"en": "Inner"}}, "subdivisions": [{"names": {"en": "North"}}, {"names": {"en": "North of it"}}],
  "location": {"latitude": 18.0, "longitude": 0.5, "metro_code": 819, "time_zone": "Etc/UTC"}},
"2001:db8::/32": {"country": {"names": {"en": "Sixland"}}}
}`

func placesIn(t *testing.T, content []byte) (*plan.Table, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "places.mmdb")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return readPlaces(program{stderr: &bytes.Buffer{}}, path)
}

// TestPlacesOfMMDB asks databases of cities and of countries, of both versions of addresses, also from several goroutines.
func TestPlacesOfMMDB(t *testing.T) {
	for _, c := range []struct {
		kind    string
		version int
		text    string
		address string
		want    string // the columns that are known
	}{
		{"GeoLite2-City", 6, someCities, "203.0.113.7", "country=Atlantis Country=Atlantis Continent=Ocean latitude=17.5 lat=17.5 longitude=-20.25 lon=-20.25"},
		{"GeoIP2-City", 6, someCities, " ::ffff:198.51.100.200 ", "country=Atlantis Country=Atlantis state=North Region=North city=Inner City=Inner latitude=18 lat=18 longitude=0.5 lon=0.5 Timezone=Etc/UTC MetroCode=819"},
		{"DBIP-City-Lite", 6, someCities, "2001:db8::1", "country=Sixland Country=Sixland"},
		{"GeoLite2-City", 6, someCities, "198.51.100.1", "nowhere"},
		{"GeoLite2-City", 6, someCities, "10.1.2.3", "nowhere"},
		{"GeoLite2-City", 6, someCities, "nonsense", "nowhere"},
		{"GeoLite2-Country", 6, someCities, "198.51.100.200", "country=Atlantis Country=Atlantis"},
		{"GeoLite2-Country", 4, `{"203.0.113.0/24": {"country": {"names": {"en": "Atlantis"}}}}`, "203.0.113.7", "country=Atlantis Country=Atlantis"},
		{"GeoLite2-Country", 4, `{"203.0.113.0/24": {"country": {"names": {"en": "Atlantis"}}}}`, "2001:db8::1", "nowhere"},
	} {
		content, err := mmdbOf(c.kind, c.version, c.text)
		if err != nil {
			t.Fatal(err)
		}
		table, err := placesIn(t, content)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				var got []string
				for _, row := range table.Find([]event.Value{event.TextValue(c.address)}) {
					if len(row) != len(table.Columns) {
						t.Errorf("%d values of %d columns", len(row), len(table.Columns))
						return
					}
					for i, v := range row {
						if i > 0 && !v.IsNull() {
							got = append(got, table.Columns[i]+"="+v.Text())
						}
					}
				}
				if got == nil {
					got = []string{"nowhere"}
				}
				if text := strings.Join(got, " "); text != c.want {
					t.Errorf("%s, version %d, %s:\n%s, want\n%s", c.kind, c.version, c.address, text, c.want)
				}
			})
		}
		all.Wait()
	}
}

// TestDamagedMMDB: what is no database of places is refused with a reason, and one that is damaged further in is told of when it shows.
func TestDamagedMMDB(t *testing.T) {
	good, err := mmdbOf("GeoLite2-City", 6, someCities)
	if err != nil {
		t.Fatal(err)
	}
	asn, err := mmdbOf("GeoLite2-ASN", 6, `{"203.0.113.0/24": {"autonomous_system_organization": "Somebody"}}`)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":       {nil, "as a database of places"},
		"a text":        {[]byte("network,country\n203.0.113.0/24,Atlantis\n"), "as a database of places"},
		"the beginning": {good[:len(good)/2], "as a database of places"},
		"numbers":       {asn, `it is a database of the kind "GeoLite2-ASN", which does not say where addresses are; give one of cities or countries`},
	} {
		if _, err := placesIn(t, c.content); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "places.mmdb") {
			t.Errorf("%s: %v", what, err)
		}
	}
	at := bytes.Index(good, []byte("latitude"))
	good[at+len("latitude")] = 0xff // a value of a kind that there is not
	path := filepath.Join(t.TempDir(), "places")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	table, err := readPlaces(program{stderr: &said}, path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, address := range []string{"203.0.113.1", "198.51.100.200"} {
			table.Find([]event.Value{event.TextValue(address)})
		}
	}
	if strings.Count(said.String(), "is damaged") != 1 {
		t.Errorf("said: %s", said.String())
	}
}
