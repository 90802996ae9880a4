package rpc

import (
	"math"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// apiVersion is what getAPIVersion answers; supervisorctl insists on it.
const apiVersion = "3.0"

// processInfo is the struct of getProcessInfo. It writes itself, since
// status pages and monitors ask for a thousand of them at a time.
type processInfo service.ProcessInfo

// AppendXMLRPC implements xmlrpc.Appender.
func (i processInfo) AppendXMLRPC(dst []byte) []byte {
	return appendProcessInfo(dst, (*service.ProcessInfo)(&i))
}

func appendProcessInfo(dst []byte, i *service.ProcessInfo) []byte {
	dst = xmlrpc.OpenStruct(dst)
	dst = xmlrpc.AppendStringMember(dst, "name", i.Name)
	dst = xmlrpc.AppendStringMember(dst, "group", i.Group)
	dst = xmlrpc.AppendIntMember(dst, "start", seconds(i.Status.Start))
	dst = xmlrpc.AppendIntMember(dst, "stop", seconds(i.Status.Stop))
	dst = xmlrpc.AppendIntMember(dst, "now", seconds(i.Now))
	dst = xmlrpc.AppendIntMember(dst, "state", int64(i.Status.State))
	dst = xmlrpc.AppendStringMember(dst, "statename", i.Status.State.String())
	dst = xmlrpc.AppendStringMember(dst, "spawnerr", i.Status.SpawnErr)
	dst = xmlrpc.AppendIntMember(dst, "exitstatus", int64(i.Status.ExitStatus))
	dst = xmlrpc.AppendStringMember(dst, "logfile", i.StdoutLogfile)
	dst = xmlrpc.AppendStringMember(dst, "stdout_logfile", i.StdoutLogfile)
	dst = xmlrpc.AppendStringMember(dst, "stderr_logfile", i.StderrLogfile)
	dst = xmlrpc.AppendIntMember(dst, "pid", int64(i.Status.PID))
	dst = xmlrpc.AppendStringMember(dst, "description", i.Description)
	return xmlrpc.CloseStruct(dst)
}

// processInfos is the array of getAllProcessInfo.
type processInfos []service.ProcessInfo

// AppendXMLRPC implements xmlrpc.Appender.
func (all processInfos) AppendXMLRPC(dst []byte) []byte {
	dst = xmlrpc.OpenArray(dst)
	for i := range all {
		dst = appendProcessInfo(dst, &all[i])
	}
	return xmlrpc.CloseArray(dst)
}

// seconds is a moment in Unix seconds, 0 for none, and within the 32 bits
// that XML-RPC has for an int (as capped_int).
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return min(max(t.Unix(), math.MinInt32), math.MaxInt32)
}

// resultStructs is the array of an operation on several processes.
func resultStructs(results []service.Result, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	structs := make([]any, len(results))
	for i, r := range results {
		status, description := statusSuccess, "OK"
		if r.Err != nil {
			f := faultOf(r.Err)
			status, description = f.Code, f.String
		}
		structs[i] = xmlrpc.Struct{
			{Name: "name", Value: r.Name},
			{Name: "group", Value: r.Group},
			{Name: "status", Value: status},
			{Name: "description", Value: description},
		}
	}
	return structs, nil
}

func configInfos(all []service.ConfigInfo) []any {
	structs := make([]any, len(all))
	for i := range all {
		structs[i] = configInfo(&all[i])
	}
	return structs
}

// configInfo has the members that Supervisor 4.3.0 has, in its order.
func configInfo(c *service.ConfigInfo) xmlrpc.Struct {
	p := &c.Program
	return xmlrpc.Struct{
		{Name: "autostart", Value: p.Start.Auto},
		{Name: "directory", Value: orNone(p.Child.Directory)},
		{Name: "uid", Value: uid(p)},
		{Name: "command", Value: p.Command},
		{Name: "exitcodes", Value: ints(p.Start.ExitCodes)},
		{Name: "group", Value: p.Group},
		{Name: "group_prio", Value: c.GroupPriority},
		{Name: "inuse", Value: c.InUse},
		{Name: "killasgroup", Value: p.Stop.KillAsGroup},
		{Name: "name", Value: p.Name},
		{Name: "process_prio", Value: p.Priority},
		{Name: "redirect_stderr", Value: p.RedirectStderr},
		{Name: "startretries", Value: p.Start.Retries},
		{Name: "startsecs", Value: wholeSeconds(p.Start.Secs)},
		{Name: "stdout_capture_maxbytes", Value: p.Stdout.CaptureMax},
		{Name: "stdout_events_enabled", Value: p.Stdout.Events},
		{Name: "stdout_logfile", Value: logfile(p.Stdout)},
		{Name: "stdout_logfile_backups", Value: p.Stdout.Backups},
		{Name: "stdout_logfile_maxbytes", Value: p.Stdout.MaxBytes},
		{Name: "stdout_syslog", Value: p.Stdout.Syslog},
		{Name: "stopsignal", Value: int(p.Stop.Signal)},
		{Name: "stopwaitsecs", Value: wholeSeconds(p.Stop.Wait)},
		{Name: "stderr_capture_maxbytes", Value: p.Stderr.CaptureMax},
		{Name: "stderr_events_enabled", Value: p.Stderr.Events},
		{Name: "stderr_logfile", Value: stderrLogfile(p)},
		{Name: "stderr_logfile_backups", Value: p.Stderr.Backups},
		{Name: "stderr_logfile_maxbytes", Value: p.Stderr.MaxBytes},
		{Name: "stderr_syslog", Value: p.Stderr.Syslog},
		{Name: "serverurl", Value: serverURL(p)},
	}
}

// none stands for Python's None, for which XML-RPC has no form there.
const none = "none"

func orNone(s string) string {
	if s == "" {
		return none
	}
	return s
}

func uid(p *supervise.Program) any {
	if p.Child.User == nil {
		return none
	}
	return int64(p.Child.User.UID)
}

func logfile(l supervise.LogSpec) string {
	if l.File == "" && l.Auto {
		return "auto"
	}
	return orNone(l.File)
}

func stderrLogfile(p *supervise.Program) string {
	if p.RedirectStderr {
		return none
	}
	return logfile(p.Stderr)
}

// serverURL is what the section says, not what is computed without it.
func serverURL(p *supervise.Program) string {
	if !p.Child.ServerURLGiven {
		return none
	}
	return p.Child.ServerURL
}

func wholeSeconds(d time.Duration) int64 { return int64(d / time.Second) }

func ints(list []int) []any {
	values := make([]any, len(list))
	for i, n := range list {
		values[i] = n
	}
	return values
}
