package detection

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"goshawk/diag"
)

// Content is what lies together in one folder of a product's content, Splunk's or Sentinel's: detections, and the macros, functions,
// tables and the rest that they refer to.
//
// The folder of Splunk's is a checkout of ESCU or of content laid out like it (detections/ beside macros/, lookups/, stories/,
// data_sources/ …), an app of Splunk (default/savedsearches.conf, local/ over it), or whatever folder holds such files. That of
// Sentinel's is what the user named; see content_sentinel.go. A folder may be that of two contents, one of each language.
type Content struct {
	Root     string   // the folder, as the user knows it
	Language Language // SPL or KQL
	FS       fs.FS    // of the folder; tables are read from it
	Parts    []Part   // what was found, in the order of paths

	prefix bool // Root is a prefix of names, not a folder on disk
}

// Name returns the name of a file of the content as the user knows it.
func (c *Content) Name(below string) string {
	if !c.prefix {
		return filepath.Join(c.Root, filepath.FromSlash(below))
	}
	if strings.HasSuffix(c.Root, ":") || strings.HasSuffix(c.Root, "/") || c.Root == "" {
		return c.Root + below
	}
	return c.Root + "/" + below
}

// Part is one file of a Content.
type Part struct {
	Source *diag.Source
	Path   string // below the root, with slashes
	Role   Role
	// Context says that nobody asked for the file: it is there because others may refer to what it holds.
	Context bool
}

// Role is what a file of a content holds.
type Role string

// The roles of both, in the words that a person reads.
const (
	RoleQuery Role = "query" // one search as text, or several
	RoleTable Role = "table" // of a lookup or watchlist
)

// The roles of Splunk's content.
const (
	RoleDetection  Role = "detection"
	RoleBaseline   Role = "baseline"
	RoleMacro      Role = "macro"
	RoleLookup     Role = "lookup"
	RoleStory      Role = "story"
	RoleDataSource Role = "data source"
	RoleDeployment Role = "deployment" // a schedule, too
	RoleSearches   Role = "saved searches"
	RoleMacros     Role = "macros"
	RoleTransforms Role = "transforms"
)

// Roles returns all roles of Splunk's content.
func Roles() []Role {
	return []Role{RoleDetection, RoleBaseline, RoleMacro, RoleLookup, RoleStory, RoleDataSource, RoleDeployment, RoleQuery, RoleSearches, RoleMacros, RoleTransforms, RoleTable}
}

// Asks says whether files of the role hold questions, not only what questions refer to.
func (r Role) Asks() bool {
	switch r {
	case RoleDetection, RoleBaseline, RoleQuery, RoleSearches, RoleAnalyticRule, RoleHunt, RoleCustomDetection, RoleExport:
		return true
	}
	return false
}

// folders are those of a checkout, with the role of a file in them that does not show by itself what it is.
var folders = map[string]Role{
	"detections": RoleDetection, "baselines": RoleBaseline, "macros": RoleMacro, "lookups": RoleLookup, "stories": RoleStory,
	"data_sources": RoleDataSource, "deployments": RoleDeployment, "schedules": RoleDeployment, "removed": "",
}

// contextFolders are those whose files others refer to.
var contextFolders = []string{"baselines", "data_sources", "default", "deployments", "local", "lookups", "macros", "schedules", "stories"}

// confFiles are the configuration files of an app that hold content.
var confFiles = map[string]Role{"savedsearches.conf": RoleSearches, "macros.conf": RoleMacros, "transforms.conf": RoleTransforms}

var (
	sigmaKey    = regexp.MustCompile(`(?m)^\s{0,3}["']?(detection|correlation|filter|logsource)["']?\s*:`)
	nameMap     = regexp.MustCompile(`(?m)\Aname[ \t]*:[ \t]*\r?\n[ \t]+[A-Za-z_]+[ \t]*:(?:[ \t\r\n]|$)`)
	typeLine    = regexp.MustCompile(`\Atype[ \t]*:[ \t]*["']?([A-Za-z]+)`)
	confSearch  = regexp.MustCompile(`(?m)^search[ \t]*=`)
	confMacro   = regexp.MustCompile(`(?m)^definition[ \t]*=`)
	confLookup  = regexp.MustCompile(`(?m)^(?:filename|collection|external_type|external_cmd)[ \t]*=`)
	confSection = regexp.MustCompile(`(?m)^\[`)
)

// nameOfRule says whether a file is looked at when a folder is searched for rules.
func nameOfRule(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yml", ".yaml", ".spl", ".json", ".kql", ".csl", ".kusto":
		return true
	}
	return confFiles[path.Base(name)] != ""
}

// isTable says whether a file is a table of a lookup, if it lies where such are.
func isTable(name string) bool { return strings.EqualFold(path.Ext(name), ".csv") }

// look is what a text was found to be.
type look struct {
	language Language
	role     Role   // of Splunk's or Sentinel's content
	reason   string // why it is no rule; empty if it is one
	unknown  bool   // it may still be a rule, one that is badly broken
	foreign  bool   // nobody would take it for a rule: not worth a word if it lies among some
}

// recognise tells what a text is by its content: of which language, and for Splunk's and Sentinel's content in which role.
func recognise(name, text string) look {
	switch {
	case strings.TrimSpace(text) == "":
		return look{reason: "the file is empty"}
	case strings.ContainsRune(text[:min(len(text), 4096)], 0):
		return look{reason: "binary, not a rule"}
	}
	ending := strings.ToLower(path.Ext(name))
	switch ending {
	case ".json":
		return recogniseJSON(text)
	case ".kql", ".csl", ".kusto":
		return look{language: KQL, role: RoleQuery}
	case ".csv":
		return look{language: SPL, role: RoleTable}
	case ".spl":
		return look{language: SPL, role: RoleQuery}
	case ".conf":
		if role := confRole(name, text); role != "" {
			return look{language: SPL, role: role}
		}
		return look{reason: "no saved searches, macros or lookups"}
	}
	var room [32]string
	keys := topKeys(text, room[:0])
	if keys.has("scope") && keys.has("reason") && (keys.has("where") || keys.has("sigma") || keys.has("spl") || keys.has("kql")) {
		return look{reason: "an exclusion, which says what detections leave out"}
	}
	if keys.has("detection") || keys.has("correlation") || keys.has("filter") || keys.has("logsource") {
		return look{language: Sigma}
	}
	if (keys.has("tests") || keys.has("scenarios") || keys.has("hunt")) && !keys.has("search") && !keys.has("query") {
		return look{reason: "tests of detections; name the rules that they are about, or their folder", foreign: true}
	}
	if role, reason := yamlRole(keys, text); role != "" || reason != "" {
		return look{language: SPL, role: role, reason: reason}
	}
	if role := sentinelRole(keys, text); role != "" {
		return look{language: KQL, role: role}
	}
	if sigmaKey.MatchString(text) {
		return look{language: Sigma}
	}
	return look{reason: "no detection: none of the keys detection, correlation, filter, logsource (Sigma), search (Splunk), query (Sentinel)",
		unknown: ending == ".yml" || ending == ".yaml"}
}

// keySet is the keys of a text; most have few.
type keySet []string

func (s keySet) has(key string) bool { return slices.Contains(s, key) }

// topKeys appends the keys of YAML that begin in the first column.
func topKeys(text string, keys keySet) keySet {
	for text != "" {
		line := text
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if line == "" || line[0] == ' ' || line[0] == '-' || line[0] == '#' {
			continue
		}
		if key := keyOf(line); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// keyOf returns the key that a line of YAML begins with, if it is a word.
func keyOf(line string) string {
	line = unquoted(line)
	n := 0
	for n < len(line) && (isLetter(line[n]) || n > 0 && '0' <= line[n] && line[n] <= '9') {
		n++
	}
	rest, ok := strings.CutPrefix(strings.TrimLeft(unquoted(line[n:]), " \t"), ":")
	if !ok || rest != "" && !strings.Contains(" \t\r", rest[:1]) {
		return ""
	}
	return line[:n]
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }

// unquoted returns a text without the quote that it may begin with.
func unquoted(text string) string {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		return text[1:]
	}
	return text
}

// lineLike returns what a form finds at the beginning of the first line where it finds anything. The line begins with a word.
func lineLike(form *regexp.Regexp, word, text string) []string {
	for {
		if strings.HasPrefix(text, word) {
			if m := form.FindStringSubmatch(text); m != nil {
				return m
			}
		}
		at := strings.Index(text, "\n"+word)
		if at < 0 {
			return nil
		}
		text = text[at+1:]
	}
}

// yamlRole tells the role of YAML of Splunk's content by the keys that only files of that role have.
func yamlRole(keys keySet, text string) (Role, string) {
	if keys.has("name") && lineLike(nameMap, "name", text) != nil {
		return "", "its name is a map: it describes a format"
	}
	switch {
	case keys.has("search") && keys.has("name"):
		kind := ""
		if m := lineLike(typeLine, "type", text); m != nil {
			kind = m[1]
		}
		switch kind {
		case "Investigation":
			return "", "an investigation, which a person runs"
		case string(Baseline):
			return RoleBaseline, ""
		}
		return RoleDetection, ""
	case keys.has("definition") && keys.has("name"):
		return RoleMacro, ""
	case keys.has("narrative") && keys.has("name"):
		return RoleStory, ""
	case keys.has("sourcetype") && keys.has("source"):
		return RoleDataSource, ""
	case keys.has("scheduling"), keys.has("cron_schedule"):
		return RoleDeployment, ""
	case keys.has("name") && (keys.has("filename") || keys.has("collection") || keys.has("lookup_type") || keys.has("fields_list") || keys.has("match_type") || keys.has("default_match")):
		return RoleLookup, ""
	}
	return "", ""
}

// confRole tells the role of a configuration file by its name, else by what is in it.
func confRole(name, text string) Role {
	if role := confFiles[path.Base(name)]; role != "" {
		return role
	}
	switch {
	case !confSection.MatchString(text):
	case confSearch.MatchString(text):
		return RoleSearches
	case confMacro.MatchString(text):
		return RoleMacros
	case confLookup.MatchString(text):
		return RoleTransforms
	}
	return ""
}

// isCheckout says whether a folder is laid out like ESCU.
func isCheckout(fsys fs.FS, folder string) bool {
	known := 0
	for name := range folders {
		if info, err := fs.Stat(fsys, path.Join(folder, name)); err == nil && info.IsDir() {
			if name == "detections" {
				return true
			}
			known++
		}
	}
	return known > 1
}

// belongs says whether a file at a path below a folder is one of the folder's content, if the folder is a checkout or an app;
// app says that it is one for a file there.
func belongs(rel string) (checkout, app bool) {
	first, rest, ok := strings.Cut(rel, "/")
	if !ok {
		return false, false
	}
	_, checkout = folders[first]
	app = (first == "default" || first == "local") && confFiles[rest] != ""
	return checkout, app
}
