// The clients of other people that the tests of compat run. They have a module
// of their own, so that the product does not depend on them.
module github.com/watchkeeper-go/watchkeeper/compat/testdata/clients/go

go 1.26

require (
	github.com/kolo/xmlrpc v0.0.0-20220921171641-a4b6fa1dd06b
	github.com/mattn/go-xmlrpc v0.0.3
)
