package xmlrpc_test

import (
	"fmt"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// info writes itself as getProcessInfo answers.
type info struct {
	name, description, logfile string
	start, now, pid            int64
}

func (p info) AppendXMLRPC(dst []byte) []byte {
	dst = xmlrpc.OpenStruct(dst)
	dst = xmlrpc.AppendStringMember(dst, "name", p.name)
	dst = xmlrpc.AppendStringMember(dst, "group", p.name)
	dst = xmlrpc.AppendIntMember(dst, "start", p.start)
	dst = xmlrpc.AppendIntMember(dst, "stop", 0)
	dst = xmlrpc.AppendIntMember(dst, "now", p.now)
	dst = xmlrpc.AppendIntMember(dst, "state", 20)
	dst = xmlrpc.AppendStringMember(dst, "statename", "RUNNING")
	dst = xmlrpc.AppendStringMember(dst, "spawnerr", "")
	dst = xmlrpc.AppendIntMember(dst, "exitstatus", 0)
	dst = xmlrpc.AppendStringMember(dst, "logfile", p.logfile)
	dst = xmlrpc.AppendStringMember(dst, "stdout_logfile", p.logfile)
	dst = xmlrpc.AppendStringMember(dst, "stderr_logfile", "")
	dst = xmlrpc.AppendIntMember(dst, "pid", p.pid)
	dst = xmlrpc.AppendStringMember(dst, "description", p.description)
	return xmlrpc.CloseStruct(dst)
}

// infos is an Appender of n programs; values is the same as plain values.
type infos []info

func (l infos) AppendXMLRPC(dst []byte) []byte {
	dst = xmlrpc.OpenArray(dst)
	for _, p := range l {
		dst = p.AppendXMLRPC(dst)
	}
	return xmlrpc.CloseArray(dst)
}

func programs(n int) infos {
	list := make(infos, n)
	for i := range list {
		name := fmt.Sprintf("program_%04d", i)
		list[i] = info{
			name:        name,
			description: fmt.Sprintf("pid %d, uptime 0:12:%02d", 10000+i, i%60),
			logfile:     "/var/log/supervisor/" + name + "-stdout.log",
			start:       1795622465, now: 1795623217, pid: int64(10000 + i),
		}
	}
	return list
}

func BenchmarkEncodeAllProcessInfo(b *testing.B) {
	list := programs(1000)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = xmlrpc.AppendResponse(buf[:0], list); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkEncodeAllProcessInfoAsValues(b *testing.B) {
	value := decoded(b, programs(1000))
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = xmlrpc.AppendResponse(buf[:0], value); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecodeAllProcessInfo(b *testing.B) {
	body, err := xmlrpc.AppendResponse(nil, programs(1000))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := xmlrpc.DecodeResponse(body); err != nil {
			b.Fatal(err)
		}
	}
}

func decoded(tb testing.TB, a xmlrpc.Appender) any {
	tb.Helper()
	body, err := xmlrpc.AppendResponse(nil, a)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := xmlrpc.DecodeResponse(body)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}
