package evtx

// Kind says how much a Problem costs.
type Kind uint8

// The kinds of problems, from the harmless to the costly.
const (
	Note          Kind = iota // Note is an oddity that cost nothing.
	DamagedValue              // DamagedValue is a value, or several, of a record that was otherwise read.
	DamagedRecord             // DamagedRecord is a record that could not be read.
	DamagedChunk              // DamagedChunk is a chunk, or the rest of one, that could not be walked.
)

// String returns the kind in one or two words.
func (k Kind) String() string {
	switch k {
	case Note:
		return "note"
	case DamagedValue:
		return "damaged value"
	case DamagedRecord:
		return "damaged record"
	case DamagedChunk:
		return "damaged chunk"
	}
	return "unknown"
}

// Reason says in one lower-case sentence what was wrong. Reasons are a closed
// set of constants, so that reports can count them.
type Reason string

// Reasons of notes.
const (
	ReasonHeaderCRC    Reason = "checksum of the chunk header does not match"
	ReasonDataCRC      Reason = "checksum of the chunk's records does not match"
	ReasonFreeSpace    Reason = "free-space offset lies outside the chunk"
	ReasonSizeCopy     Reason = "the two copies of the record size differ"
	ReasonUnaligned    Reason = "record size is not a multiple of eight"
	ReasonRecordIDs    Reason = "record ids do not match the chunk header"
	ReasonEarlyEnd     Reason = "records end before the free-space offset"
	ReasonNameHash     Reason = "hash of a name does not match"
	ReasonFileCRC      Reason = "checksum of the file header does not match"
	ReasonFileCutShort Reason = "file ends inside its header block"
)

// Reasons of damage.
const (
	ReasonValue         Reason = "value does not fit its type"
	ReasonChunkMagic    Reason = "chunk does not begin with its magic"
	ReasonChunkCut      Reason = "chunk is cut off by the end of the file"
	ReasonNoRecord      Reason = "no record where one should begin"
	ReasonRecordSize    Reason = "record size is impossible"
	ReasonRecordCut     Reason = "record is cut off by the end of the file"
	ReasonEmptyRecord   Reason = "record holds no event"
	ReasonToken         Reason = "unknown token"
	ReasonTruncated     Reason = "content ends in the middle of a token"
	ReasonName          Reason = "name lies outside the chunk or is too long"
	ReasonElementSize   Reason = "element size does not fit its content"
	ReasonAttributes    Reason = "attribute list does not fit its element"
	ReasonUnbalanced    Reason = "elements do not close in order"
	ReasonDepth         Reason = "elements or templates nest too deeply"
	ReasonDefinition    Reason = "template definition lies outside the chunk or behind its use"
	ReasonTemplateID    Reason = "template definition bears another id than its instance"
	ReasonNested        Reason = "template definition contains a template instance"
	ReasonValueCount    Reason = "too many values for the record"
	ReasonValueOverflow Reason = "values reach beyond the record"
	ReasonTooManyFields Reason = "record has too many fields"
	ReasonTooMuchText   Reason = "record has too much text"
	ReasonPathTooLong   Reason = "path of a field is too long"
	ReasonBudget        Reason = "chunk takes too much work to read"
)

// Reasons a record was carved rather than read.
const (
	CarvedBehindFree   Reason = "found behind the free-space offset"
	CarvedBehindDamage Reason = "found behind the damage that ended the chunk"
	CarvedNoHeader     Reason = "found in a chunk without its header"
)

// Problem is something wrong with a chunk and where it is.
type Problem struct {
	Kind     Kind
	Chunk    int    // index of the chunk as given to Reset, -1 for the file header
	Offset   int    // offset of the record in the chunk, or of the field concerned in a header
	RecordID uint64 // 0 where no record is concerned
	Reason   Reason
}

// ChunkReport tells what became of one chunk.
type ChunkReport struct {
	Index     int
	Blank     bool // the chunk holds no data and was skipped
	Foreign   bool // the chunk lacks its magic and was skipped
	Cut       bool // the chunk is shorter than ChunkSize
	Dirty     bool // the chunk's own dirty flag
	HeaderCRC bool // the header checksum is wrong
	DataCRC   bool // the data checksum is wrong
	Records   int  // live records read
	Damaged   int  // live records that could not be read
	Carved    int  // records found by carving
	Faded     int  // records found by carving that cannot be read any more
	Problems  []Problem
}

// FileReport tells what became of a file. The zero value is ready for Add.
type FileReport struct {
	Header    Header
	Dirty     bool // the file header says so
	Truncated bool // the file ends inside its header or inside a chunk
	Chunks    int  // chunks with records, good or not
	Blank     int  // chunks without data
	Foreign   int  // chunks without their magic
	HeaderCRC int  // chunks with a wrong header checksum
	DataCRC   int  // chunks with a wrong data checksum
	Records   int  // live records read
	Damaged   int  // live records that could not be read
	Carved    int  // records found by carving
	Faded     int  // records found by carving that cannot be read any more
	Problems  []Problem
	Unlisted  int // problems beyond those listed
}

// maxProblems bounds the list of a file; the counts stay exact.
const maxProblems = 10000

// Add counts a finished chunk into the report of its file. Chunks must be added
// in file order for Problems to be in order. The chunk's list is copied.
func (f *FileReport) Add(c *ChunkReport) {
	switch {
	case c.Blank:
		f.Blank++
	case c.Foreign:
		f.Foreign++
	default:
		f.Chunks++
	}
	if c.Cut {
		f.Truncated = true
	}
	if c.HeaderCRC {
		f.HeaderCRC++
	}
	if c.DataCRC {
		f.DataCRC++
	}
	f.Records += c.Records
	f.Damaged += c.Damaged
	f.Carved += c.Carved
	f.Faded += c.Faded
	f.list(c.Problems...)
}

func (f *FileReport) list(ps ...Problem) {
	room := min(maxProblems-len(f.Problems), len(ps))
	f.Problems = append(f.Problems, ps[:room]...)
	f.Unlisted += len(ps) - room
}
