package plan

import "slices"

// simplifyMatch says with the operator what a pattern says with wildcards at its ends, so that a Match of "*x" is one of the
// suffix "x"; joins neighbouring runs of text and neighbouring Manys; and drops patterns that stand there twice.
func simplifyMatch(e Expr) Expr {
	m, ok := e.(*Match)
	if !ok || m.Op == Regexp || m.Op == CIDR || isSimple(m) {
		return e
	}
	out := *m
	out.Patterns = make([]Pattern, 0, len(m.Patterns))
	seen := make(map[string]bool, len(m.Patterns))
	for _, p := range m.Patterns {
		p = tidy(p)
		if key := patternKey(p); !seen[key] {
			seen[key] = true
			out.Patterns = append(out.Patterns, p)
		}
	}
	if m.Op != Word && len(m.Patterns) > 0 {
		out.Op = loosest(m.Op, out.Patterns)
		for i, p := range out.Patterns {
			out.Patterns[i] = Pattern{Pieces: trimMany(p.Pieces, out.Op)}
		}
	}
	if out.Op == m.Op && slices.EqualFunc(out.Patterns, m.Patterns, samePattern) {
		return e
	}
	return &out
}

// isSimple says whether a glance shows that a match has nothing to simplify: a few patterns, all tidy, different, and without a Many at
// their ends.
func isSimple(m *Match) bool {
	if len(m.Patterns) > fewExprs {
		return false
	}
	for i, p := range m.Patterns {
		if n := len(p.Pieces); n == 0 || p.Source != "" || p.Pieces[0].Kind == Many || p.Pieces[n-1].Kind == Many {
			return false
		}
		for j, piece := range p.Pieces {
			if piece.Kind == Run && piece.Text == "" || j > 0 && piece.Kind == p.Pieces[j-1].Kind && (piece.Kind == Run || piece.Kind == Many) {
				return false
			}
		}
		if slices.ContainsFunc(m.Patterns[:i], func(o Pattern) bool { return samePattern(o, p) }) {
			return false
		}
	}
	return true
}

// patternKey returns a text that two tidy patterns share only if they are the same.
func patternKey(p Pattern) string {
	if text, plain := p.IsPlain(); plain {
		return "=" + text
	}
	return "*" + p.String()
}

// tidy joins neighbouring runs and neighbouring Manys and drops empty runs.
func tidy(p Pattern) Pattern {
	if len(p.Pieces) == 1 && p.Pieces[0].Text != "" {
		return p
	}
	var out []Piece
	for _, piece := range p.Pieces {
		n := len(out)
		switch {
		case piece.Kind == Run && piece.Text == "":
		case n > 0 && piece.Kind == Run && out[n-1].Kind == Run:
			out[n-1].Text += piece.Text
		case n > 0 && piece.Kind == Many && out[n-1].Kind == Many:
		default:
			out = append(out, piece)
		}
	}
	return Pattern{Pieces: out, Source: p.Source}
}

// loosest returns the operator that says what all the patterns say at their ends: Suffix for Equals if each begins with a
// Many, and so on.
func loosest(op MatchOp, patterns []Pattern) MatchOp {
	start, end := op == Suffix || op == Contains, op == Prefix || op == Contains
	starts, ends := true, true
	for _, p := range patterns {
		n := len(p.Pieces)
		starts = starts && n > 0 && p.Pieces[0].Kind == Many
		ends = ends && n > 0 && p.Pieces[n-1].Kind == Many
	}
	start, end = start || starts, end || ends
	switch {
	case start && end:
		return Contains
	case start:
		return Suffix
	case end:
		return Prefix
	}
	return Equals
}

// trimMany leaves out the Manys that the operator says already.
func trimMany(pieces []Piece, op MatchOp) []Piece {
	if (op == Suffix || op == Contains) && len(pieces) > 0 && pieces[0].Kind == Many {
		pieces = pieces[1:]
	}
	if n := len(pieces); (op == Prefix || op == Contains) && n > 0 && pieces[n-1].Kind == Many {
		pieces = pieces[:n-1]
	}
	if len(pieces) == 0 {
		return nil
	}
	return pieces
}
