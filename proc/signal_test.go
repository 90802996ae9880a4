package proc_test

import (
	"runtime"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// The expectations are what Supervisor's signal_number answers on Linux under
// Python 3.11.
func TestParseSignal(t *testing.T) {
	for _, c := range []struct {
		value string
		want  syscall.Signal
		err   string
	}{
		{value: "TERM", want: syscall.SIGTERM},
		{value: "sigterm", want: syscall.SIGTERM},
		{value: " Hup\n", want: syscall.SIGHUP},
		{value: "15", want: 15},
		{value: " +9 ", want: 9},
		{value: "1_0", want: 10},
		{value: "0", want: 0},
		{value: "SIG_IGN", want: 1},
		{value: "_ign", want: 1},
		{value: "SIG_BLOCK", want: 0},
		{value: "SIG_SETMASK", want: 2},
		{value: "IOT", want: syscall.SIGABRT},
		{value: "ABRT", want: syscall.SIGABRT},
		{value: "IO", want: syscall.SIGIO},
		{value: "", err: "value '' is not a valid signal name"},
		{value: "SIG", err: "value 'SIG' is not a valid signal name"},
		{value: "FOO", err: "value 'FOO' is not a valid signal name"},
		{value: "sigsigterm", err: "value 'sigsigterm' is not a valid signal name"},
		{value: "it's", err: `value "it's" is not a valid signal name`},
		{value: `a"'b`, err: `value 'a"\'b' is not a valid signal name`},
		{value: "9_", err: "value '9_' is not a valid signal name"},
		{value: "1__0", err: "value '1__0' is not a valid signal name"},
		{value: "-1", err: "value '-1' is not a valid signal number"},
		{value: "999", err: "value '999' is not a valid signal number"},
	} {
		checkParse(t, c.value, c.want, c.err)
	}
}

func TestParseSignalOnLinux(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the numbers are Linux's")
	}
	checkParse(t, "RTMIN", 34, "")
	checkParse(t, "rtmax", 64, "")
	checkParse(t, "64", 64, "")
	checkParse(t, "CLD", syscall.SIGCHLD, "")
	checkParse(t, "POLL", syscall.SIGIO, "")
	checkParse(t, "RTMIN+1", 0, "value 'RTMIN+1' is not a valid signal name")
	checkParse(t, "32", 0, "value '32' is not a valid signal number")
	checkParse(t, "35", 0, "value '35' is not a valid signal number")
}

func checkParse(t *testing.T, value string, want syscall.Signal, wantErr string) {
	t.Helper()
	got, err := proc.ParseSignal(value)
	text := ""
	if err != nil {
		text = err.Error()
	}
	if got != want || text != wantErr {
		t.Errorf("ParseSignal(%q) = %d, %q, want %d, %q", value, got, text, want, wantErr)
	}
}

func TestSignalName(t *testing.T) {
	for sig, want := range map[syscall.Signal]string{
		syscall.SIGTERM: "SIGTERM",
		syscall.SIGABRT: "SIGABRT",
		syscall.SIGCHLD: "SIGCHLD",
		200:             "signal 200",
	} {
		if got := proc.SignalName(sig); got != want {
			t.Errorf("SignalName(%d) = %q, want %q", int(sig), got, want)
		}
	}
}
