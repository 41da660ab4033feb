// Package packs holds the detections that come with Goshawk.
package packs

import "embed"

// Core is the pack that is used where the user names no rules.
//
//go:embed core
var Core embed.FS
