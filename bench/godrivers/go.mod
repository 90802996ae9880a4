module drivers

go 1.26.0

require (
	github.com/robfig/cron/v3 v3.0.1
	github.com/watchkeeper-go/watchkeeper v0.0.0
	schedbench v0.0.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/redis/go-redis/v9 v9.23.0 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace (
	github.com/watchkeeper-go/watchkeeper => ../..
	schedbench => ../gosched
)
