package exec

// PlainWindows returns the options with windows that gather every frame from nothing.
func (o Options) PlainWindows() Options {
	o.plainWindows = true
	return o
}

// NewWords returns a column of words of a dictionary, which must not repeat any.
func NewWords(codes []uint32, words []string) Vector { return &Words{codes: codes, words: words} }
