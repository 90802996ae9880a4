package redis_test

import (
	"strconv"
	"strings"
	"syscall"
	"testing"

	goredis "github.com/redis/go-redis/v9"
)

// cpu is how many seconds the server and this process have used.
func cpu(b *testing.B, c *goredis.Client) float64 {
	b.Helper()
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		b.Fatal(err)
	}
	return seconds(own.Utime) + seconds(own.Stime) + serverCPU(b, c)
}

// serverCPU is how many seconds the server has used.
func serverCPU(b *testing.B, c *goredis.Client) float64 {
	b.Helper()
	info, err := c.Info(b.Context(), "cpu").Result()
	if err != nil {
		b.Fatal(err)
	}
	total := 0.0
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_user" || name == "used_cpu_sys" {
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				b.Fatal(err)
			}
			total += v
		}
	}
	return total
}

func seconds(t syscall.Timeval) float64 { return float64(t.Nano()) / 1e9 }
