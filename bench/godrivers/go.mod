module drivers

go 1.26.0

require (
	github.com/robfig/cron/v3 v3.0.1
	github.com/watchkeeper-go/watchkeeper v0.0.0
	schedbench v0.0.0
)

require golang.org/x/sys v0.50.0 // indirect

replace (
	github.com/watchkeeper-go/watchkeeper => ../..
	schedbench => ../gosched
)
