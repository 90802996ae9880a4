package client

import (
	"context"
	"fmt"
)

// ProcessInfo is what getProcessInfo tells. Times are seconds since 1970, 0
// for never.
type ProcessInfo struct {
	Name, Group, Description string
	Start, Stop, Now         int
	State                    int
	StateName, SpawnErr      string
	ExitStatus, PID          int
	StdoutLogfile            string
	StderrLogfile            string
}

// Result is what became of one process in a call that concerned several:
// Status is Success or the code of a Fault, Description its text.
type Result struct {
	Name, Group string
	Status      int
	Description string
}

// AllProcesses lists every process, sorted by group, then name.
func (c *Client) AllProcesses(ctx context.Context) ([]ProcessInfo, error) {
	v, err := c.Call(ctx, "supervisor.getAllProcessInfo")
	if err != nil {
		return nil, err
	}
	return ParseProcesses(v)
}

// Process tells of one process, named "name" or "group:name".
func (c *Client) Process(ctx context.Context, name string) (ProcessInfo, error) {
	v, err := c.Call(ctx, "supervisor.getProcessInfo", name)
	if err != nil {
		return ProcessInfo{}, err
	}
	return ParseProcess(v)
}

// Start starts one process and, if wait is set, returns when it is RUNNING or
// has failed.
func (c *Client) Start(ctx context.Context, name string, wait bool) error {
	_, err := c.Call(ctx, "supervisor.startProcess", name, wait)
	return err
}

// Stop stops one process and, if wait is set, returns when it has ended.
func (c *Client) Stop(ctx context.Context, name string, wait bool) error {
	_, err := c.Call(ctx, "supervisor.stopProcess", name, wait)
	return err
}

// ParseProcesses reads the result of getAllProcessInfo.
func ParseProcesses(v any) ([]ProcessInfo, error) { return parseList(v, ParseProcess) }

// ParseResults reads the result of a method such as startAllProcesses.
func ParseResults(v any) ([]Result, error) { return parseList(v, parseResult) }

// ParseProcess reads the result of getProcessInfo.
func ParseProcess(v any) (ProcessInfo, error) {
	f := fieldsOf(v)
	info := ProcessInfo{
		Name: f.text("name"), Group: f.text("group"), Description: f.text("description"),
		Start: f.number("start"), Stop: f.number("stop"), Now: f.number("now"),
		State: f.number("state"), StateName: f.text("statename"), SpawnErr: f.text("spawnerr"),
		ExitStatus: f.number("exitstatus"), PID: f.number("pid"),
		StdoutLogfile: f.text("stdout_logfile"), StderrLogfile: f.text("stderr_logfile"),
	}
	return info, f.err
}

func parseResult(v any) (Result, error) {
	f := fieldsOf(v)
	r := Result{
		Name: f.text("name"), Group: f.text("group"),
		Status: f.number("status"), Description: f.text("description"),
	}
	return r, f.err
}

func parseList[T any](v any, one func(any) (T, error)) ([]T, error) {
	values, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("unexpected answer: %T instead of an array", v)
	}
	list := make([]T, len(values))
	for i, v := range values {
		var err error
		if list[i], err = one(v); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fields takes members out of a Struct and keeps the first error.
type fields struct {
	members Struct
	err     error
}

func fieldsOf(v any) *fields {
	s, ok := v.(Struct)
	if !ok {
		return &fields{err: fmt.Errorf("unexpected answer: %T instead of a struct", v)}
	}
	return &fields{members: s}
}

func (f *fields) text(name string) string { return field[string](f, name) }
func (f *fields) number(name string) int  { return field[int](f, name) }

func field[T any](f *fields, name string) T {
	v, ok := f.members.Get(name)
	t, right := v.(T)
	if f.err == nil && !ok {
		f.err = fmt.Errorf("unexpected answer: no %s in it", name)
	}
	if f.err == nil && !right {
		f.err = fmt.Errorf("unexpected answer: %s is a %T", name, v)
	}
	return t
}
