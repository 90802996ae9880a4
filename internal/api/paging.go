package api

import "sort"

// Paging is what every list takes.
type Paging struct {
	After string `query:"after" doc:"Where to go on: next of the page before."`
	Limit int    `query:"limit" default:"1000" minimum:"1" maximum:"10000" doc:"How many there are on a page at most."`
}

// page is the part of a sorted list that is asked for, and what stands for its
// last element as next when there are more. The list may change between two
// pages: what stays in it is seen once.
func page[T any](all []T, p Paging, past func(T) bool, name func(T) string) (part []T, next string) {
	if p.After != "" {
		all = all[sort.Search(len(all), func(i int) bool { return past(all[i]) }):]
	}
	if len(all) <= p.Limit {
		return all, ""
	}
	all = all[:p.Limit]
	return all, name(all[p.Limit-1])
}
