package output

// Mark is a place in a log: so far it had got when something happened. It is good
// as long as the file is not rotated, cleared or truncated.
type Mark struct {
	file   uint64 // its number in the lineage
	Offset int64
}

// Mark is the end of the file, as far as it is known.
func (f *File) Mark() Mark {
	f.mu.Lock()
	defer f.mu.Unlock()
	return Mark{f.lineage.now, f.size}
}

// Has reports whether the file at the path is still the one of the mark.
func (f *File) Has(m Mark) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lineage.now == m.file
}

// Mark is the end of what was logged, the zero Mark where there is no file.
func (l *Log) Mark() Mark {
	if f := l.readable(); f != nil {
		return f.Mark()
	}
	return Mark{}
}

// Has reports whether what stood before the mark still stands there.
func (l *Log) Has(m Mark) bool {
	f := l.readable()
	return f != nil && f.Has(m)
}
