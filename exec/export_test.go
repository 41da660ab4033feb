package exec

// PlainWindows returns the options with windows that gather every frame from nothing.
func (o Options) PlainWindows() Options {
	o.plainWindows = true
	return o
}
