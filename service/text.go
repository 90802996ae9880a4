package service

import "unicode/utf8"

// wholeCharacters takes off data what belongs to a character that a range of
// bytes has cut: at the end the beginning of one, and, when data does not
// begin where the file does, at the start the rest of one. What is not UTF-8
// stays: it looks as if it were cut only where it would not be readable anyway.
func wholeCharacters(data []byte, startMayBeCut bool) []byte {
	if startMayBeCut {
		data = data[restOfCharacter(data):]
	}
	return data[:len(data)-beginOfCharacter(data)]
}

// restOfCharacter is how many bytes at the start of data continue a
// character. A longer run of such bytes is no UTF-8.
func restOfCharacter(data []byte) int {
	n := 0
	for n < len(data) && !utf8.RuneStart(data[n]) {
		n++
	}
	if n >= utf8.UTFMax {
		return 0
	}
	return n
}

// beginOfCharacter is how many bytes at the end of data begin a character
// that does not end there.
func beginOfCharacter(data []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		tail := data[len(data)-n:]
		if !utf8.RuneStart(tail[0]) {
			continue
		}
		if utf8.FullRune(tail) {
			return 0
		}
		return n
	}
	return 0
}
