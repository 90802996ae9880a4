// Package schedule runs jobs when they are due.
package schedule
