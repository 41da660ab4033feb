package main

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/oschwald/maxminddb-golang/v2"

	"goshawk/event"
	"goshawk/plan"
)

// markerMMDB begins the description of a database in the form of MaxMind, which stands at the end of its file ("MaxMind DB File Format
// Specification", on the binary tree and the metadata).
const markerMMDB = "\xab\xcd\xefMaxMind.com"

// maxDescription is how far from the end of its file the description of a database may begin, by the same specification.
const maxDescription = 128 << 10

// isMMDB says whether a file is a database in the form of MaxMind, by its name or by what is in it.
func isMMDB(path string) bool {
	if strings.EqualFold(filepath.Ext(path), ".mmdb") {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	end := make([]byte, min(info.Size(), maxDescription))
	if _, err := f.ReadAt(end, info.Size()-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	return bytes.Contains(end, []byte(markerMMDB))
}

// placeRecord is what databases of cities and of countries say of a network. Names of places are by language.
type placeRecord struct {
	Country      placeName   `maxminddb:"country"`
	Continent    placeName   `maxminddb:"continent"`
	City         placeName   `maxminddb:"city"`
	Subdivisions []placeName `maxminddb:"subdivisions"`
	Location     struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		TimeZone  string   `maxminddb:"time_zone"`
		MetroCode uint64   `maxminddb:"metro_code"`
	} `maxminddb:"location"`
}

type placeName struct {
	Names map[string]string `maxminddb:"names"`
}

// countryColumns are what databases of countries say, cityColumns what those of cities say beside it.
var (
	countryColumns = []string{"network", "country", "Country", "Continent"}
	cityColumns    = []string{"state", "Region", "city", "City", "latitude", "lat", "longitude", "lon", "Timezone", "MetroCode"}
)

// values returns a row of all columns.
func (r *placeRecord) values() []event.Value {
	text := func(s string) event.Value {
		if s == "" {
			return event.NullValue()
		}
		return event.TextValue(strings.Clone(s))
	}
	number := func(f *float64) event.Value {
		if f == nil {
			return event.NullValue()
		}
		return event.FloatValue(*f)
	}
	var largest placeName // such as England; the next ones are parts of it
	if len(r.Subdivisions) > 0 {
		largest = r.Subdivisions[0]
	}
	metro := event.NullValue()
	if r.Location.MetroCode != 0 {
		metro = event.TextValue(strconv.FormatUint(r.Location.MetroCode, 10))
	}
	country, state, city := text(r.Country.Names["en"]), text(largest.Names["en"]), text(r.City.Names["en"])
	lat, lon := number(r.Location.Latitude), number(r.Location.Longitude)
	return []event.Value{{}, country, country, text(r.Continent.Names["en"]), state, state, city, city, lat, lat, lon, lon, text(r.Location.TimeZone), metro}
}

// mmdb is a database in the form of MaxMind. Find is called by several goroutines at a time.
type mmdb struct {
	reader  *maxminddb.Reader
	columns int
	rows    sync.Map // the offset of a record → its row, as many networks share one
	damaged func(error)
}

// readMMDB reads a database in the form of MaxMind, GeoLite2-City or -Country say. Records are read as they are asked for; damaged is called
// for the first that cannot be, which has no place then.
func readMMDB(path string, damaged func(error)) (*plan.Table, error) {
	reader, err := maxminddb.Open(path)
	if err != nil {
		return nil, err
	}
	kind := strings.ToLower(reader.Metadata.DatabaseType)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(kind, w) {
				return true
			}
		}
		return false
	}
	columns := countryColumns
	switch {
	case has("city", "enterprise", "insights"):
		columns = append(columns[:len(columns):len(columns)], cityColumns...)
	case !has("country"):
		_ = reader.Close() // nothing was written
		return nil, fail(exitUsage, "it is a database of the kind %q, which does not say where addresses are; give one of cities or countries, such as GeoLite2-City.mmdb", reader.Metadata.DatabaseType)
	}
	var once sync.Once
	db := &mmdb{reader: reader, columns: len(columns), damaged: func(err error) { once.Do(func() { damaged(err) }) }}
	if err := db.reader.Lookup(netip.IPv4Unspecified()).Err(); err != nil {
		_ = reader.Close() // nothing was written
		return nil, err
	}
	return &plan.Table{Name: "geo", Columns: columns, Find: db.find}, nil
}

// find returns the place of an address.
func (db *mmdb) find(keys []event.Value) [][]event.Value {
	address, err := netip.ParseAddr(strings.TrimSpace(keys[0].Text()))
	if err != nil {
		return nil
	}
	address = address.Unmap().WithZone("")
	if address.Is6() && db.reader.Metadata.IPVersion == 4 {
		return nil
	}
	result := db.reader.Lookup(address)
	if err := result.Err(); err != nil {
		db.damaged(err)
		return nil
	}
	if !result.Found() {
		return nil
	}
	if row, known := db.rows.Load(result.Offset()); known {
		return [][]event.Value{row.([]event.Value)}
	}
	var record placeRecord
	if err := result.Decode(&record); err != nil {
		db.damaged(err)
		return nil
	}
	row := record.values()[:db.columns]
	db.rows.Store(result.Offset(), row)
	return [][]event.Value{row}
}
