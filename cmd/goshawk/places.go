package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"goshawk/event"
	"goshawk/plan"
)

// places says where networks are.
type places struct {
	inside  map[netip.Prefix]int32
	lengths []int // of prefixes, the longest first
	rows    [][]event.Value
}

// placeColumns are what a file of places may say, by the names that its columns may have, with the columns that KQL and SPL know it by.
var placeColumns = []struct {
	names  []string
	given  []string
	number bool
}{
	{names: []string{"country", "country_name"}, given: []string{"country", "Country"}},
	{names: []string{"state", "region", "subdivision", "subdivision_1_name", "stateprov"}, given: []string{"state", "Region"}},
	{names: []string{"city", "city_name"}, given: []string{"city", "City"}},
	{names: []string{"latitude", "lat"}, given: []string{"latitude", "lat"}, number: true},
	{names: []string{"longitude", "lon", "lng"}, given: []string{"longitude", "lon"}, number: true},
	{names: []string{"continent", "continent_name"}, given: []string{"Continent"}},
	{names: []string{"timezone", "time_zone"}, given: []string{"Timezone"}},
	{names: []string{"metro_code", "metrocode"}, given: []string{"MetroCode"}},
}

// readPlaces reads the file of --geo: a database in the form of MaxMind, or CSV with a head, in which network is a network in CIDR
// notation and the rest says where it is. Of several networks that hold an address the smallest counts.
func readPlaces(p program, path string) (*plan.Table, error) {
	if isMMDB(path) {
		table, err := readMMDB(path, func(err error) {
			p.talk("--geo: %s is damaged, and addresses may have no place for that: %v", path, err)
		})
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil, fail(exitUsage, "--geo: cannot read %s: %w", path, cause(err))
		}
		if err != nil {
			return nil, fail(exitUsage, "--geo: cannot read %s as a database of places: %w", path, err)
		}
		return table, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fail(exitUsage, "--geo: cannot read %s: %w", path, cause(err))
	}
	defer f.Close()
	table, err := placesOf(f)
	if err != nil {
		return nil, fail(exitUsage, "--geo: %s: %w", path, err)
	}
	return table, nil
}

// placesOf reads places as a table that can be asked for an address.
func placesOf(r io.Reader) (*plan.Table, error) {
	in := csv.NewReader(r)
	in.ReuseRecord = true
	head, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("it has no head; write network,country,state,city,latitude,longitude")
	}
	head = slices.Clone(head)
	for i := range head {
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(head[i], "\ufeff")))
	}
	network := slices.Index(head, "network")
	if network < 0 {
		return nil, fmt.Errorf("it has no column network; write network,country,state,city,latitude,longitude")
	}
	table := &plan.Table{Name: "geo", Columns: []string{"network"}}
	var from []int // of each column of the table, the column of the file
	var numbers []bool
	for _, c := range placeColumns {
		at := slices.IndexFunc(head, func(name string) bool { return slices.Contains(c.names, name) })
		if at < 0 {
			continue
		}
		for _, name := range c.given {
			table.Columns = append(table.Columns, name)
			from, numbers = append(from, at), append(numbers, c.number)
		}
	}
	if from == nil {
		return nil, fmt.Errorf("it says nothing of networks; write network,country,state,city,latitude,longitude")
	}
	p := &places{inside: map[netip.Prefix]int32{}}
	known := map[string]int32{}
	for {
		line, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		number, _ := in.FieldPos(network)
		prefix, err := netip.ParsePrefix(strings.TrimSpace(line[network]))
		if err != nil {
			return nil, fmt.Errorf("line %d: %q is no network; write it like 198.51.100.0/24", number, line[network])
		}
		row := make([]event.Value, 1, len(from)+1)
		key := ""
		for i, at := range from {
			v, err := place(line[at], numbers[i])
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			row = append(row, v)
			key += line[at] + "\x00"
		}
		at, ok := known[key] // networks at one place share its row
		if !ok {
			at = int32(len(p.rows))
			known[strings.Clone(key)] = at
			p.rows = append(p.rows, row)
		}
		prefix = prefix.Masked()
		if !slices.Contains(p.lengths, prefix.Bits()) {
			p.lengths = append(p.lengths, prefix.Bits())
		}
		if _, again := p.inside[prefix]; !again { // the first counts
			p.inside[prefix] = at
		}
	}
	slices.Sort(p.lengths)
	slices.Reverse(p.lengths)
	table.Find = p.find
	return table, nil
}

// place returns a value of the file; what is empty is not known.
func place(text string, number bool) (event.Value, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return event.NullValue(), nil
	case !number:
		return event.TextValue(strings.Clone(text)), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return event.Value{}, fmt.Errorf("%q is no number", text)
	}
	return event.FloatValue(f), nil
}

// find returns the place of an address.
func (p *places) find(keys []event.Value) [][]event.Value {
	address, err := netip.ParseAddr(strings.TrimSpace(keys[0].Text()))
	if err != nil {
		return nil
	}
	address = address.Unmap().WithZone("")
	for _, bits := range p.lengths {
		prefix, err := address.Prefix(bits)
		if err != nil {
			continue
		}
		if at, ok := p.inside[prefix]; ok {
			return [][]event.Value{p.rows[at]}
		}
	}
	return nil
}
