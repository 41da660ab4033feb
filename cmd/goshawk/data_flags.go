package main

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"goshawk/compile"
	"goshawk/detection/sentinel"
)

// dataFlags name what queries read besides events: copies of files on the network, tables, places of addresses.
type dataFlags struct {
	external   pathList
	watchlists pathList
	geo        string
}

func (f *dataFlags) bind(c *cobra.Command) {
	flags := c.Flags()
	flags.Var(&f.external, "external", "folder with local copies of what externaldata of KQL reads, each at host/path of its address or listed in urls.csv; may be repeated")
	flags.Var(&f.watchlists, "watchlist", "CSV file that is a watchlist of its name, before those of content; FILE.csv#COLUMN names its search key; may be repeated")
	flags.StringVar(&f.geo, "geo", "", "`FILE` of networks and their places, for geo_info_from_ip_address and iplocation: a database of cities or countries (.mmdb), or CSV")
}

// apply puts what the flags name into the options of the compiler.
func (f *dataFlags) apply(p program, o *compile.Options) error {
	if len(f.external.values) > 0 {
		copies, err := newCopies(p, f.external.values)
		if err != nil {
			return err
		}
		o.External = copies.get
	}
	for _, name := range f.watchlists.values {
		pack, err := readWatchlist(name)
		if err != nil {
			return err
		}
		o.Own = append(o.Own, pack)
	}
	if f.geo != "" {
		var err error
		if o.Geo, err = readPlaces(p, f.geo); err != nil {
			return err
		}
	}
	return nil
}

// readWatchlist reads the table of --watchlist, behind which its key may stand.
func readWatchlist(name string) (*sentinel.Pack, error) {
	path, key := name, ""
	if _, err := os.Stat(path); err != nil {
		if at := strings.LastIndexByte(name, '#'); at > 0 {
			path, key = name[:at], name[at+1:]
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fail(exitUsage, "--watchlist: cannot read %s: %w", path, cause(err))
	}
	pack, _, err := sentinel.LoadParts(path, sentinel.Options{})
	if err != nil {
		return nil, fail(exitUsage, "--watchlist: cannot read %s: %w", path, cause(err))
	}
	for _, file := range pack.Files {
		if file.Diagnostics.Failed() {
			return nil, failure{exitUsage, refusal("--watchlist: "+file.Source.Name+" is wrong", file.Diagnostics)}
		}
	}
	if len(pack.Watchlists) == 0 || info.IsDir() && key != "" {
		return nil, fail(exitUsage, "--watchlist: %s is no table; write a CSV file with a head", path)
	}
	if key == "" {
		return pack, nil
	}
	w := pack.Watchlists[0]
	if !slices.Contains(w.Columns, key) {
		return nil, fail(exitUsage, "--watchlist: %s has no column %q%s (it has %s)", path, key, didYouMean(key, w.Columns), strings.Join(w.Columns, ", "))
	}
	w.Key = key
	return pack, nil
}
