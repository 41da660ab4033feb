package report

import "goshawk/detection"

// style is a way to show text on a terminal, as the parameters of its escape sequence.
type style string

const (
	styleBold style = "1"
	styleDim  style = "2"
	styleMark style = "1;4"
	styleWarn style = "33"
)

// levelStyle returns the colour of a level. The word always stands beside it.
func levelStyle(level detection.Level) style {
	switch level {
	case detection.Critical:
		return "1;97;41"
	case detection.High:
		return "1;31"
	case detection.Medium:
		return "33"
	case detection.Low:
		return "36"
	}
	return ""
}

// painter returns a function that adds colours, or leaves text as it is.
func painter(color bool) func(style, string) string {
	if !color {
		return func(_ style, text string) string { return text }
	}
	return func(s style, text string) string {
		if s == "" || text == "" {
			return text
		}
		return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
	}
}
