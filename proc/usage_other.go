//go:build !linux

package proc

// UsageOf knows nothing here: ok is false.
func UsageOf(int) (u Usage, ok bool) { return Usage{}, false }
