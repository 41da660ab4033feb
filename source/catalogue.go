package source

// Shape is one way in which a producer writes its records down as JSON objects or rows of a table.
type Shape struct{ Name, Doc string }

// Shapes returns all shapes in the order of their names.
func Shapes() []Shape {
	list := make([]Shape, len(jsonShapes))
	for i, s := range jsonShapes {
		list[i] = Shape{s.name, s.doc}
	}
	return list
}

// Containers returns the names of what is looked into: of compressed files, and of archives.
func Containers() (compressedFiles, archives []string) {
	for _, m := range magics {
		switch m.kind {
		case compressed:
			compressedFiles = append(compressedFiles, m.what)
		case archived:
			archives = append(archives, m.what)
		}
	}
	return compressedFiles, archives
}
