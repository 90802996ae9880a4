// Package record keeps note, in <pidfile>.children, of the children that a
// daemon started, so that the next one finds those that a killed daemon left.
package record
