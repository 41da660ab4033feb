package spl

// refusals are the commands of the original that are known and not run, with the reason.
var refusals = map[string]string{
	"abstract":       "it cuts the text of events for display",
	"analyzefields":  "how well fields predict each other is not computed",
	"anomalies":      "its score of how unexpected an event is is not published",
	"anomalousvalue": "its score of how unusual a value is is not published",
	"apply":          "the model is a trained object of the machine learning toolkit that only its own program can read",
	"arules":         "association rules between fields are not computed",
	"associate":      "correlations between fields are not computed",
	"audit":          "there is no audit index whose entries could be checked",
	"cluster":        "its measure of how alike two events are is not published",
	"collect":        "there is no summary index to write to",
	"crawl":          "it looks for files to be indexed, which is not what a search does here",
	"cyberchef":      "it is a program of an app, with a language of recipes of its own",
	"dbinspect":      "there are no index buckets to look at",
	"delete":         "events that were read are never deleted",
	"dnstwist":       "it is a program of an app that asks the network",
	"dump":           "a search writes no files",
	"eventcount":     "there are no indexes whose events were counted",
	"findtypes":      "event types are not suggested",
	"fit":            "models are not trained",
	"folderize":      "it groups rows for display",
	"gauge":          "it shapes a row for a dial",
	"geom":           "shapes of countries are not drawn",
	"geomfilter":     "shapes of countries are not drawn",
	"history":        "there is no list of searches that were run",
	"iconify":        "it gives values icons for display",
	"input":          "it changes what the original reads, which is not what a search does here",
	"inputcsv":       "a search reads no files but lookup tables",
	"kmeans":         "its choice of the first centres is random",
	"loadjob":        "there are no finished searches whose rows were kept",
	"mcollect":       "there is no metric index to write to",
	"meventcollect":  "there is no metric index to write to",
	"metadata":       "there are no indexes whose hosts and sources were counted",
	"metasearch":     "there is no index that could be searched without its events",
	"outputcsv":      "a search writes no files but lookup tables",
	"outputtext":     "it puts the text of events into a field for display",
	"pivot":          "its words for tables of a data model are not read",
	"predict":        "its forecasts are not published in enough detail to be the same",
	"relevancy":      "its score of how well an event fits the search is not published",
	"rest":           "there is no server with endpoints to ask",
	"runshellscript": "a search starts no programs",
	"sample":         "which rows it picks is random",
	"score":          "it measures models of the machine learning toolkit, which are not run",
	"script":         "a search starts no programs",
	"scrub":          "it makes events anonymous with word lists of the original",
	"searchtxn":      "there are no kinds of transactions that were defined beforehand",
	"sendalert":      "a search sends nothing",
	"sendemail":      "a search sends nothing",
	"sendsnow":       "it is a program of an app, and a search sends nothing",
	"summary":        "the model is a trained object of the machine learning toolkit that only its own program can read",
	"tscollect":      "there are no time series files to write to",
	"typeahead":      "there is no index whose terms could be listed",
	"walklex":        "there is no index whose terms could be listed",
	"x11":            "its smoothing is not published in enough detail to be the same",
}

var _ = defineRefusals()

func defineRefusals() bool {
	for _, name := range sortedNames(refusals) {
		define(spec{name: name, refused: refusals[name]})
	}
	return true
}
