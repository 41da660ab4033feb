package sigma

// Rule texts come from strangers: these are the sizes beyond which a text is refused rather than read.
const (
	maxText       = 64 << 20  // bytes of a text
	maxDocument   = 1 << 20   // bytes of one document
	maxNodes      = 200_000   // YAML nodes of one document, aliases expanded
	maxDepth      = 64        // nesting of YAML, of detections and of conditions
	maxCondition  = 64 << 10  // bytes of a condition
	maxReferences = 100_000   // identifiers that the selectors of a detection look at
	maxPatterns   = 500_000   // patterns of a plan, repeated references counted
	maxTemplate   = 2_000_000 // YAML nodes of the rules of a text that are merged with others
	maxVariants   = 10_000    // alternatives that placeholders make of one value
	maxRegexp     = 16 << 10  // bytes of a regular expression
	maxChain      = 32        // modifiers of one item
	maxComplaints = 200       // diagnostics about one document
)
