package yamltext

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// everyday reads the YAML that people write by hand: maps and lists in blocks, scalars in all styles, lists in brackets that fit
// on a line, comments. It gives the nodes that the YAML library gives, comments apart, at a fraction of the cost. At whatever else
// it meets (anchors, tags, tabs, braces, anything odd, anything wrong) it gives up, and the library has the word.
type everyday struct {
	text  string // of the chunk
	place        // of what comes next
	ascii bool
	depth int
	open  []*yaml.Node // the entries of the maps and lists that are not complete
	nodes []yaml.Node  // to be used
	out   []byte
	// room are the nodes of texts read before that nobody holds any more, and those of this text, which are the first used of them. A
	// text whose nodes may be held has none.
	room     [][]yaml.Node
	held     []*yaml.Node // the entries of maps and lists of such a text
	used     int
	fleeting bool
}

// place is one in a text.
type place struct {
	at    int // offset
	begin int // offset of the line
	line  int // of the source, counted from 0
}

const (
	// maxEverydayDepth is how deep people nest by hand.
	maxEverydayDepth = 40
	// maxKey is the length up to which YAML takes a text for a key.
	maxKey = 1024
	// nodesAtOnce are made at a time, and maxRoom bounds how often they are kept for other texts.
	nodesAtOnce, maxRoom = 32, 256
	// maxHeld bounds the places of entries that are kept for other texts.
	maxHeld = nodesAtOnce * maxRoom
	// maxOut bounds the bytes that are kept for other texts.
	maxOut = 1 << 16
)

// readEveryday calls read with the root of the document that a chunk of text is; line is that of its beginning. It returns false where
// the library must read the chunk. Fleeting says that nodes are gone once read has returned.
func readEveryday(text string, line int, ascii, fleeting bool, read func(root *yaml.Node)) bool {
	if !isEveryday(text, ascii) {
		return false
	}
	pool := &everydays
	if fleeting {
		pool = &fleetings
	}
	r := pool.Get().(*everyday)
	*r = everyday{text: text, place: place{line: line}, ascii: ascii, open: r.open[:0], nodes: r.nodes, out: r.out, room: r.room, held: r.held, fleeting: fleeting}
	defer func() {
		r.release()
		pool.Put(r)
	}()
	root := r.document()
	if root == nil {
		return false
	}
	read(root)
	return true
}

// document returns the root of the text; nil where the library must read it.
func (r *everyday) document() *yaml.Node {
	column := r.next()
	if column == 0 && strings.HasPrefix(r.text[r.at:], "---\n") {
		r.at += len("---")
	}
	if column != 0 || r.marked() {
		return nil
	}
	if column = r.next(); column != 0 {
		return nil
	}
	var root *yaml.Node
	if r.dash() {
		root = r.list(0)
	} else {
		root = r.mapOrScalar(-1, true)
	}
	if root == nil || root.Kind == yaml.ScalarNode || r.next() >= 0 {
		return nil
	}
	return root
}

// everydays and fleetings are those not at work. One that begins has the nodes that the last one left: most documents are small.
var (
	everydays = sync.Pool{New: func() any { return &everyday{} }}
	fleetings = sync.Pool{New: func() any { return &everyday{} }}
)

func (r *everyday) release() {
	clear(r.open[:cap(r.open)])
	r.text = ""
	if cap(r.out) > maxOut {
		r.out = nil
	}
	if !r.fleeting {
		return
	}
	r.nodes = nil
	for _, nodes := range r.room[:r.used] {
		clear(nodes)
	}
	clear(r.held)
	if r.held = r.held[:0]; cap(r.held) > maxHeld {
		r.held = nil
	}
	if len(r.room) > maxRoom {
		r.room = r.room[:maxRoom:maxRoom]
	}
}

// isEveryday says whether a text ends in a line feed and holds only characters that mean the same everywhere.
func isEveryday(text string, ascii bool) bool {
	if !strings.HasSuffix(text, "\n") {
		return false
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' && c != '\n' || c == 0x7f {
			return false
		}
	}
	if !ascii {
		for i, c := range text {
			switch {
			case c < 0x80:
			case c < 0xa0, c == 0x2028, c == 0x2029, c == 0xfeff, c == 0xfffe, c == 0xffff:
				return false
			case c == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd"):
				return false
			}
		}
	}
	return true
}

// marked says whether a line from here on begins or ends a document, or speaks about it.
func (r *everyday) marked() bool {
	rest := r.text[r.at:]
	for _, marker := range []string{"\n---", "\n...", "\n%"} {
		if strings.HasPrefix(rest, marker[1:]) || strings.Contains(rest, marker) {
			return true
		}
	}
	return false
}

// next goes to the next character that is no blank and no comment, and returns its column; -1 at the end.
func (r *everyday) next() int {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; {
		case c == ' ':
			r.at++
		case c == '\n':
			r.newline()
		case c == '#' && (r.at == r.begin || r.text[r.at-1] == ' '):
			r.at = r.lineEnd()
		default:
			return r.at - r.begin
		}
	}
	return -1
}

// newline steps over a line feed.
func (r *everyday) newline() {
	r.at++
	r.begin = r.at
	r.line++
}

func (r *everyday) lineEnd() int {
	return r.at + strings.IndexByte(r.text[r.at:], '\n')
}

// rest goes to the next character of the line; it says whether there is one before a comment.
func (r *everyday) rest() bool {
	for r.text[r.at] == ' ' {
		r.at++
	}
	return r.text[r.at] != '\n' && !(r.text[r.at] == '#' && r.text[r.at-1] == ' ')
}

// gap says whether a blank or line feed stands at an offset.
func (r *everyday) gap(i int) bool { return r.text[i] == ' ' || r.text[i] == '\n' }

// dash says whether an entry of a list begins here.
func (r *everyday) dash() bool { return r.text[r.at] == '-' && r.gap(r.at+1) }

// node returns a new node that stands here.
func (r *everyday) node(kind yaml.Kind, tag string) *yaml.Node {
	if len(r.nodes) == 0 {
		r.nodes = r.more()
	}
	n := &r.nodes[0]
	r.nodes = r.nodes[1:]
	column := r.at - r.begin
	if !r.ascii {
		column = utf8.RuneCountInString(r.text[r.begin:r.at])
	}
	n.Kind, n.Tag, n.Line, n.Column = kind, tag, r.line+1, column+1
	return n
}

// more returns nodes to be used.
func (r *everyday) more() []yaml.Node {
	if !r.fleeting {
		return make([]yaml.Node, nodesAtOnce)
	}
	if r.used == len(r.room) {
		r.room = append(r.room, make([]yaml.Node, nodesAtOnce))
	}
	r.used++
	return r.room[r.used-1]
}

// nothing returns the node of a value that is not there.
func (r *everyday) nothing() *yaml.Node { return r.node(yaml.ScalarNode, "!!null") }

// close gives a map or list the entries that were opened since there were so many.
func (r *everyday) close(n *yaml.Node, since int) *yaml.Node {
	if r.fleeting {
		from := len(r.held)
		r.held = append(r.held, r.open[since:]...)
		n.Content = slices.Clip(r.held[from:])
	} else {
		n.Content = slices.Clone(r.open[since:])
	}
	r.open = r.open[:since]
	r.depth--
	return n
}

// deeper says whether one more map or list may begin.
func (r *everyday) deeper() bool {
	r.depth++
	return r.depth <= maxEverydayDepth
}

// list returns the list whose first dash stands here, at a column.
func (r *everyday) list(column int) *yaml.Node {
	if !r.deeper() {
		return nil
	}
	n, since := r.node(yaml.SequenceNode, "!!seq"), len(r.open)
	for here := column; here == column && r.dash(); here = r.next() {
		r.at++
		empty := r.place
		var entry *yaml.Node
		if r.rest() {
			entry = r.value(column, true)
		} else if below := r.next(); below > column {
			entry = r.value(column, true)
		} else {
			entry = r.nothingAt(empty)
		}
		if entry == nil {
			return nil
		}
		r.open = append(r.open, entry)
	}
	return r.close(n, since)
}

// nothingAt is nothing at a place that was passed.
func (r *everyday) nothingAt(passed place) *yaml.Node {
	now := r.place
	r.place = passed
	n := r.nothing()
	r.place = now
	return n
}

// value returns the node that begins here in a map or list at a column; blocks says whether it may be a map or list in a block.
func (r *everyday) value(parent int, blocks bool) *yaml.Node {
	switch r.text[r.at] {
	case '|', '>':
		return r.block(parent)
	case '[':
		return r.brackets()
	case '-':
		if r.dash() {
			if !blocks {
				return nil
			}
			return r.list(r.at - r.begin)
		}
	}
	return r.mapOrScalar(parent, blocks)
}

// mapOrScalar returns the scalar that begins here, or the map whose first key it is.
func (r *everyday) mapOrScalar(parent int, blocks bool) *yaml.Node {
	column := r.at - r.begin
	n, key := r.scalar(parent)
	if n == nil || !key {
		return n
	}
	if !blocks || !r.deeper() {
		return nil
	}
	m, since := r.node(yaml.MappingNode, "!!map"), len(r.open)
	m.Line, m.Column = n.Line, n.Column
	for {
		if r.open = append(r.open, n); !r.entry(column) {
			return nil
		}
		if r.next() != column || r.text[r.at] == '-' && r.dash() {
			return r.close(m, since)
		}
		if n, key = r.scalar(column); n == nil || !key {
			return nil
		}
	}
}

// entry reads the value of a key of a map at a column, from the colon on.
func (r *everyday) entry(column int) bool {
	r.at++
	empty := r.place
	var n *yaml.Node
	if r.rest() {
		n = r.value(column, false)
	} else {
		switch below := r.next(); {
		case below > column && r.text[r.at] != '|' && r.text[r.at] != '>':
			n = r.value(column, true)
		case below > column:
		case below == column && r.dash():
			n = r.list(column)
		default:
			n = r.nothingAt(empty)
		}
	}
	r.open = append(r.open, n)
	return n != nil
}

// scalar returns the plain or quoted scalar that begins here, in a map or list at a column; key says that a colon stands behind it.
func (r *everyday) scalar(parent int) (n *yaml.Node, key bool) {
	start, line := r.at, r.line
	switch c := r.text[r.at]; {
	case c == '"' || c == '\'':
		n = r.quoted()
	case strings.IndexByte(",[]{}#&*!|>%@`?:-", c) < 0, c == '-' && !r.gap(r.at+1):
		return r.plain(parent)
	}
	if n == nil {
		return nil, false
	}
	behind := r.at
	if !r.rest() {
		return n, false
	}
	if r.text[r.at] != ':' || !r.gap(r.at+1) || r.line != line || behind-start > maxKey {
		return nil, false
	}
	return n, true
}

// word returns the offset behind the plain text that begins at an offset, up to a colon, a comment or the end of the line, without
// blanks at its end.
func (r *everyday) word(i int) (end, stop int) {
	for end = i; ; i++ {
		switch r.text[i] {
		case '\n':
			return end, i
		case ' ':
			if r.text[i+1] == '#' {
				return end, i
			}
			continue
		case ':':
			if r.gap(i + 1) {
				return end, i
			}
		}
		end = i + 1
	}
}

// plain returns the plain scalar that begins here.
func (r *everyday) plain(parent int) (n *yaml.Node, key bool) {
	n = r.node(yaml.ScalarNode, "")
	start := r.at
	end, stop := r.word(r.at)
	n.Value = r.text[start:end]
	r.at = stop
	if r.text[stop] == ':' {
		tag(n)
		return n, end-start <= maxKey
	}
	if r.text[stop] == ' ' || !r.goesOn(parent) { // a comment, or the end
		tag(n)
		return n, false
	}
	r.out = r.out[:0]
	r.out = append(r.out, n.Value...)
	for line := n.Line; ; {
		r.breaks(r.line + 1 - line)
		line = r.line + 1
		end, stop = r.word(r.at)
		r.out = append(r.out, r.text[r.at:end]...)
		r.at = stop
		switch {
		case r.text[stop] == ':':
			return nil, false
		case r.text[stop] == '\n' && r.goesOn(parent):
			continue
		}
		n.Value = string(r.out)
		n.Tag = "!!str"
		return n, false
	}
}

// goesOn goes from the end of a line to the next one with text; it says whether a plain scalar in a map or list at a column goes
// on there. If not, it stays.
func (r *everyday) goesOn(parent int) bool {
	was := r.place
	for r.at < len(r.text) && r.gap(r.at) {
		if r.text[r.at] == '\n' {
			r.newline()
		} else {
			r.at++
		}
	}
	if r.at < len(r.text) && r.at-r.begin > parent && r.text[r.at] != '#' {
		return true
	}
	r.place = was
	return false
}

// breaks folds so many line feeds.
func (r *everyday) breaks(n int) {
	if n == 1 {
		r.out = append(r.out, ' ')
	}
	for range n - 1 {
		r.out = append(r.out, '\n')
	}
}

// tag says what a plain scalar on one line is.
func tag(n *yaml.Node) {
	if n.Value != "" {
		const longest = len("false") // of the words that are no text
		begin := n.Value[0]
		word := strings.IndexByte("yYnNtTfFoO", begin) >= 0
		if word && len(n.Value) > longest || !word && strings.IndexByte("0123456789+-.~<", begin) < 0 {
			n.Tag = "!!str"
			return
		}
	}
	if n.Value == "<<" {
		n.Tag = "!!merge"
		return
	}
	if isCount(n.Value) {
		n.Tag = "!!int"
		return
	}
	if isDay(n.Value) {
		n.Tag = "!!timestamp"
		return
	}
	if dash := strings.IndexByte(n.Value, '-'); dash > 0 && dash != len("2006") && strings.IndexByte(n.Value[dash+1:], '-') >= 0 {
		n.Tag = "!!str" // neither a number nor a day, such as an id
		return
	}
	n.Tag = n.ShortTag()
}

// isDay says whether a word is a day such as 2026-03-28, and not a late one of its month.
func isDay(word string) bool {
	if len(word) != len("2026-03-28") || word[4] != '-' || word[7] != '-' {
		return false
	}
	for i := range len(word) {
		if i != 4 && i != 7 && (word[i] < '0' || word[i] > '9') {
			return false
		}
	}
	return "01" <= word[5:7] && word[5:7] <= "12" && "01" <= word[8:] && word[8:] <= "28"
}

// isCount says whether a word is a whole number as people write one, and not a large one.
func isCount(word string) bool {
	const digits = 18 // that any number of fits into 64 bits
	if word == "" || len(word) > digits || word[0] == '0' && len(word) > 1 {
		return false
	}
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
	}
	return true
}

// quoted returns the quoted scalar that begins here.
func (r *everyday) quoted() *yaml.Node {
	n := r.node(yaml.ScalarNode, "!!str")
	quote := r.text[r.at]
	stops := "'\n"
	if n.Style = yaml.SingleQuotedStyle; quote == '"' {
		n.Style, stops = yaml.DoubleQuotedStyle, "\"\\\n"
	}
	r.at++
	r.out = r.out[:0]
	for from := r.at; ; from = r.at {
		i := strings.IndexAny(r.text[r.at:], stops)
		if i < 0 {
			return nil
		}
		r.at += i
		piece := r.text[from:r.at]
		switch c := r.text[r.at]; {
		case c == '\n':
			r.out = append(r.out, strings.TrimRight(piece, " ")...)
			r.foldLines()
		case c == '\'' && r.text[r.at+1] == '\'':
			r.out = append(r.out, r.text[from:r.at+1]...)
			r.at += 2
		case c == quote:
			r.at++
			if n.Value = piece; len(r.out) > 0 {
				r.out = append(r.out, piece...)
				n.Value = string(r.out)
			}
			return n
		default:
			decoded, size := unescape(r.text[r.at:])
			if size == 0 || decoded == "/" || decoded == "\ufffd" { // an escaped line feed, too
				return nil
			}
			r.out = append(r.out, piece...)
			r.out = append(r.out, decoded...)
			r.at += size
		}
	}
}

// foldLines folds the line feed that stands here, those that follow and the blanks between them.
func (r *everyday) foldLines() {
	from := r.line
	for r.at < len(r.text) && r.gap(r.at) {
		if r.text[r.at] == '\n' {
			r.newline()
		} else {
			r.at++
		}
	}
	r.breaks(r.line - from)
}

// brackets returns the list in brackets that begins here, if it fits on the line and holds scalars only.
func (r *everyday) brackets() *yaml.Node {
	n, since := r.node(yaml.SequenceNode, "!!seq"), len(r.open)
	n.Style = yaml.FlowStyle
	r.depth++
	for r.at++; ; {
		if !r.rest() {
			return nil
		}
		if r.text[r.at] == ']' {
			break
		}
		entry := r.inBrackets()
		if entry == nil || !r.rest() {
			return nil
		}
		r.open = append(r.open, entry)
		if r.text[r.at] == ',' {
			r.at++
		} else if r.text[r.at] != ']' {
			return nil
		}
	}
	r.at++
	if r.rest() {
		return nil
	}
	return r.close(n, since)
}

// inBrackets returns the scalar that begins here.
func (r *everyday) inBrackets() *yaml.Node {
	if c := r.text[r.at]; c == '"' || c == '\'' {
		line := r.line
		n := r.quoted()
		if n == nil || r.line != line {
			return nil
		}
		return n
	}
	i := r.at
	for ; strings.IndexByte(",]\n", r.text[i]) < 0; i++ {
		if strings.IndexByte("[]{}#&*!|>'\"%@`?:", r.text[i]) >= 0 || r.text[i] == '-' && i == r.at {
			return nil
		}
	}
	n := r.node(yaml.ScalarNode, "")
	n.Value = strings.TrimRight(r.text[r.at:i], " ")
	if n.Value == "" || r.text[i] == '\n' {
		return nil
	}
	tag(n)
	r.at += len(n.Value)
	return n
}

// block returns the literal or folded block that begins here, in a map or list at a column.
func (r *everyday) block(parent int) *yaml.Node {
	n := r.node(yaml.ScalarNode, "!!str")
	folded := r.text[r.at] == '>'
	if n.Style = yaml.LiteralStyle; folded {
		n.Style = yaml.FoldedStyle
	}
	r.at++
	chomp := r.text[r.at]
	if chomp == '-' || chomp == '+' {
		r.at++
	}
	if !r.gap(r.at) || r.rest() {
		return nil
	}
	r.at = r.lineEnd()
	r.newline()
	indent, ok := r.indentation(parent)
	if !ok {
		return nil
	}
	r.out = r.out[:0]
	pending, moreIndented, first := 0, false, true // line feeds that are not yet written; whether the last line began with a blank
	for {
		blank, inside := r.blockLine(indent)
		pending += blank
		if !inside {
			break
		}
		more := r.text[r.at] == ' '
		if folded && !first && !moreIndented && !more {
			r.breaks(pending)
		} else {
			for range pending {
				r.out = append(r.out, '\n')
			}
		}
		end := r.lineEnd()
		r.out = append(r.out, r.text[r.at:end]...)
		r.at = end
		r.newline()
		pending, moreIndented, first = 1, more, false
	}
	if first && chomp != '+' || r.at == len(r.text) && pending > 1 {
		return nil
	}
	switch chomp {
	case '-':
		pending = 0
	case '+':
	default:
		pending = min(pending, 1)
	}
	for range pending {
		r.out = append(r.out, '\n')
	}
	n.Value = string(r.out)
	return n
}

// indentation returns that of a block which begins here: that of its first line with text.
func (r *everyday) indentation(parent int) (n int, ok bool) {
	most := 0
	for i := r.at; i < len(r.text); i++ {
		begin := i
		for r.text[i] == ' ' {
			i++
		}
		if r.text[i] != '\n' {
			return i - begin, i-begin > max(parent, 0) && i-begin >= most
		}
		most = max(most, i-begin)
	}
	return 0, false
}

// blockLine goes to the text of the next line of a block. It returns how many lines without text it passed, and whether there is
// one with text, which is not less indented.
func (r *everyday) blockLine(indent int) (blank int, inside bool) {
	for r.at < len(r.text) {
		i := r.at
		for r.text[i] == ' ' && i-r.at < indent {
			i++
		}
		if r.text[i] == '\n' {
			blank++
			r.at = i
			r.newline()
			continue
		}
		inside = i-r.at == indent
		if inside {
			r.at = i
		}
		return blank, inside
	}
	return blank, false
}
