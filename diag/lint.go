package diag

// Lint describes a kind of remark about what is legal and perhaps not meant: what tables, reports and configurations know of it.
type Lint struct {
	Code     string
	Set      string   // one of LintSets
	Severity Severity // the gravest that it comes with
	Doc      string   // what it remarks on, in a few words
	Help     string   // why that matters and what to do instead, in sentences
	Fixes    bool     // some of what it remarks on can be put right without asking
	// Validators are the names that pySigma's configuration files have for it.
	Validators []string
	Params     []Param
}

// Param is something about a lint that a configuration can change: a number, or a list of words.
type Param struct {
	Name   string
	Number int
	Words  []string // not nil: the parameter is a list
}

// The sets of lints.
const (
	CoreLints    = "core"    // what the validators of pySigma itself check
	SigmaHQLints = "sigmahq" // the conventions of the publisher SigmaHQ
	GoshawkLints = "goshawk" // our own
)

// LintSets returns the names of the sets in the order in which documents list them.
func LintSets() []string { return []string{CoreLints, SigmaHQLints, GoshawkLints} }
