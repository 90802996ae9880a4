// Package arch holds the structure of the project as tests: who may import
// whom (the table in docs/design.md), and how large functions, files, structs
// and interfaces may get (STYLE.md). It has no code of its own.
package arch
