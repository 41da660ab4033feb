package fn

// Sizer is a State that holds more the more rows it gathers; executors ask it to keep to their bounds of memory.
type Sizer interface {
	State
	// Size returns the number of bytes that the state holds, roughly. It must be cheap.
	Size() int64
}
