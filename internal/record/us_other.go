//go:build !linux

package record

import "errors"

// whoWeAre fails: without the start time of a process its pid does not name it.
func whoWeAre() (header, error) { return header{}, errors.ErrUnsupported }
