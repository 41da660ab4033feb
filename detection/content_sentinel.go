package detection

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The roles of Sentinel's and Defender's content. What a file is shows by its keys, wherever it lies.
const (
	RoleAnalyticRule    Role = "analytic rule"
	RoleHunt            Role = "hunting query"
	RoleCustomDetection Role = "custom detection" // of Defender XDR
	RoleFunction        Role = "function"         // a parser of ASIM, or an older function
	RoleSummaryRule     Role = "summary rule"
	RoleWatchlist       Role = "watchlist"
	RoleAutomationRule  Role = "automation rule"
	RoleExport          Role = "export" // JSON as the service gives it, with detections among its resources
	RoleParts           Role = "parts"  // such JSON without detections
)

// SentinelRoles returns all roles of Sentinel's content.
func SentinelRoles() []Role {
	return []Role{RoleAnalyticRule, RoleHunt, RoleCustomDetection, RoleFunction, RoleSummaryRule, RoleWatchlist, RoleAutomationRule, RoleExport, RoleParts, RoleQuery, RoleTable}
}

// kindLine finds the kind of an analytic rule.
var kindLine = regexp.MustCompile(`(?i)\Akind[ \t]*:[ \t]*["']?([A-Za-z]+)`)

// sentinelKinds are the kinds that an analytic rule may have, those that nobody can write a query for included.
var sentinelKinds = []string{string(Scheduled), string(NRT), "Fusion", "MLBehaviorAnalytics", "MicrosoftSecurityIncidentCreation", "ThreatIntelligence"}

// sentinelRole tells the role of YAML of Sentinel's content by the keys that only files of that role have.
func sentinelRole(keys keySet, text string) Role {
	kind := ""
	if m := lineLike(kindLine, "kind", text); m != nil {
		kind = m[1]
	}
	analytic := keys.has("triggerOperator") || keys.has("triggerThreshold")
	for _, known := range sentinelKinds {
		analytic = analytic || strings.EqualFold(kind, known) && (keys.has("query") || keys.has("name") || keys.has("displayName"))
	}
	switch {
	case keys.has("queryCondition"), kind == string(CustomDetection), keys.has("resourceType") && strings.Contains(text, "Microsoft.Security/detectionRules"):
		return RoleCustomDetection
	case keys.has("ParserQuery"), keys.has("FunctionQuery"):
		return RoleFunction
	case keys.has("destinationTable") && (keys.has("binSize") || keys.has("query")):
		return RoleSummaryRule
	case keys.has("itemsSearchKey"):
		return RoleWatchlist
	case keys.has("triggeringLogic") && keys.has("actions"):
		return RoleAutomationRule
	case analytic:
		return RoleAnalyticRule
	case keys.has("query") && keys.has("id"):
		return RoleHunt
	}
	return ""
}

// exportedType finds the types of resources of JSON that Sentinel's content is kept in.
var exportedType = regexp.MustCompile(`(?i)"(?:[a-z0-9.]+/)*(alertRules|automationRules|savedSearches|watchlists|summaryLogs)"|"(queryCondition)"\s*:|"(itemsSearchKey)"\s*:`)

// recogniseJSON tells what JSON holds. The files of Sentinel's repository that describe its connectors, workbooks and playbooks are
// not worth a word.
func recogniseJSON(text string) look {
	m := exportedType.FindAllStringSubmatch(text, -1)
	if m == nil {
		return look{reason: "JSON without rules, saved searches, watchlists or other content of Sentinel", foreign: true}
	}
	found := map[string]bool{}
	var root any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(text, "\ufeff")), &root); err == nil {
		exported(root, 0, found)
	} else { // broken, or with remarks in it: by what its text shows
		for _, types := range m {
			for _, name := range types[1:] {
				found[strings.ToLower(name)] = name != ""
			}
		}
	}
	switch {
	case found["alertrules"], found["querycondition"], found["savedsearches"] && !found["function"], found["hunt"]:
		return look{language: KQL, role: RoleExport}
	case found["automationrules"], found["savedsearches"], found["watchlists"], found["summarylogs"], found["itemssearchkey"]:
		return look{language: KQL, role: RoleParts}
	}
	return look{reason: "JSON without rules, saved searches, watchlists or other content of Sentinel", foreign: true}
}

// maxExportDepth bounds how deep templates may stand in templates.
const maxExportDepth = 12

// exported notes the types of the resources of a template, or of what the API gives: one resource, or a list of them.
func exported(value any, depth int, found map[string]bool) {
	if depth > maxExportDepth {
		return
	}
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			exported(one, depth+1, found)
		}
	case map[string]any:
		typ, _ := v["type"].(string)
		properties, _ := v["properties"].(map[string]any)
		kind := strings.ToLower(typ[strings.LastIndexByte(typ, '/')+1:])
		if kind == "savedsearches" {
			isFunction := false
			for key, alias := range properties {
				text, _ := alias.(string)
				isFunction = isFunction || strings.EqualFold(key, "functionAlias") && text != ""
			}
			if isFunction {
				found["function"] = true
			} else {
				found["hunt"] = true
			}
		}
		if kind != "" && properties != nil {
			found[kind] = true
		}
		if _, ok := v["queryCondition"]; ok {
			found["querycondition"] = true
		}
		if _, ok := v["itemsSearchKey"]; ok {
			found["itemssearchkey"] = true
		}
		for _, key := range []string{"resources", "value"} {
			exported(v[key], depth+1, found)
		}
		if template, ok := properties["template"].(map[string]any); ok {
			exported(template["resources"], depth+1, found)
		}
	}
}

// solutionFolders are the folders of a solution or of a whole repository, in lower case and without blanks; contextual are those
// whose files others refer to.
var (
	solutionFolders = map[string]bool{"analyticrules": true, "analyticalrules": true, "huntingqueries": true, "xdrdetections": true, "summaryrules": true, "watchlists": true, "watchlist": true, "parsers": true, "parser": true, "functions": true}
	contextual      = map[string]bool{"parsers": true, "parser": true, "functions": true, "watchlists": true, "watchlist": true, "summaryrules": true}
)

// squeezed returns the name of a folder in lower case and without blanks.
func squeezed(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "")) }

// solutionAbove returns the solution that a file or folder on disk lies in, or nil: the folder that holds the nearest of the folders
// of a solution around it.
func solutionAbove(name string) *root {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil
	}
	known := filepath.Clean(name)
	for folder := absolute; folder != filepath.Dir(folder); {
		inner := filepath.Base(folder)
		folder, known = filepath.Dir(folder), parent(known)
		if !solutionFolders[squeezed(inner)] {
			continue
		}
		if _, err := os.Stat(known); err != nil {
			return nil
		}
		inside, err := filepath.Rel(folder, absolute)
		if err != nil {
			return nil
		}
		return &root{tree: onDisk(known), folder: ".", inside: filepath.ToSlash(inside)}
	}
	return nil
}

// home returns the content that a file of a tree belongs to, and its path there: the solution around the tree, or else the tree.
func (r *root) home(t tree, rel string) (*root, string) {
	if r == nil {
		return &root{tree: t, folder: "."}, rel
	}
	return r, r.inside + "/" + rel
}

// surroundSolution adds what lies in the folders of a solution that its rules refer to.
func (f *finder) surroundSolution(c *located, t tree) {
	entries, err := fs.ReadDir(t.fsys, ".")
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !entry.IsDir() || !contextual[squeezed(entry.Name())] {
			continue
		}
		_ = fs.WalkDir(t.fsys, entry.Name(), func(rel string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !nameOfRule(rel) || c.paths[rel] {
				return nil
			}
			source, found, err := f.read(t, rel)
			if err != nil {
				f.skip(t.file(rel), err)
				return nil
			}
			if found.language == KQL && found.reason == "" && !found.role.Asks() {
				c.add(Part{Source: source, Path: rel, Role: found.role, Context: true})
			}
			return nil
		})
	}
}
