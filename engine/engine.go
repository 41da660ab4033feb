// Package engine asks the detections of the events. It is the only room with a clock and a log.
//
// A scan reads files block by block in order, has every block decoded and matched by whichever worker is free, and puts the
// results back into the order of the input: what comes out does not depend on the number of workers.
package engine
