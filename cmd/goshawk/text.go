package main

import (
	"slices"
	"strconv"
	"strings"

	"goshawk/diag"
)

// listedReasons is how many reasons a complaint lists before it counts the rest.
const listedReasons = 10

// count writes a number with commas.
func count[T int | int64](n T) string {
	text := strconv.FormatInt(int64(n), 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// plural writes a number and what is counted, with an s unless there is one of it.
func plural[T int | int64](n T, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}

// counts names things with their numbers, those of most first.
func counts(n map[string]int) string {
	list := sortedKeys(n)
	slices.SortStableFunc(list, func(a, b string) int { return n[b] - n[a] })
	for i, name := range list {
		list[i] = diag.Printable(name) + " " + count(n[name])
	}
	return strings.Join(list, ", ")
}

// be returns the verb for a number of things.
func be[T int | int64](n T) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return diag.Printable(text)
}
