// Command kolo calls with kolo/xmlrpc, and reads what monitoring agents read
// into the structures that they have for it.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/kolo/xmlrpc"
)

// process is what agents want to know of a process: each member as narrow as
// they have it.
type process struct {
	Name          string `xmlrpc:"name" json:"name"`
	Group         string `xmlrpc:"group" json:"group"`
	Description   string `xmlrpc:"description" json:"description"`
	Start         int32  `xmlrpc:"start" json:"start"`
	Stop          int32  `xmlrpc:"stop" json:"stop"`
	Now           int32  `xmlrpc:"now" json:"now"`
	State         int16  `xmlrpc:"state" json:"state"`
	StateName     string `xmlrpc:"statename" json:"statename"`
	StdoutLogfile string `xmlrpc:"stdout_logfile" json:"stdout_logfile"`
	StderrLogfile string `xmlrpc:"stderr_logfile" json:"stderr_logfile"`
	SpawnErr      string `xmlrpc:"spawnerr" json:"spawnerr"`
	ExitStatus    int8   `xmlrpc:"exitstatus" json:"exitstatus"`
	PID           int32  `xmlrpc:"pid" json:"pid"`
	Logfile       string `xmlrpc:"logfile" json:"logfile"`
}

// state is that of the daemon.
type state struct {
	Code int8   `xmlrpc:"statecode" json:"statecode"`
	Name string `xmlrpc:"statename" json:"statename"`
}

// result is where the answer of a method goes.
func result(method string) any {
	switch method {
	case "supervisor.getAllProcessInfo":
		return new([]process)
	case "supervisor.getProcessInfo":
		return new(process)
	case "supervisor.getState":
		return new(state)
	case "supervisor.readProcessStdoutLog":
		return new(string) // in an any, an empty text is none
	}
	return new(any)
}

func main() {
	client, err := xmlrpc.NewClient(os.Args[1], nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var call []any
		if err := in.Decode(&call); err != nil {
			return // the end
		}
		for n, param := range call {
			if number, ok := param.(float64); ok {
				call[n] = int(number)
			}
		}
		method := call[0].(string)
		value := result(method)
		answer := map[string]any{"value": value}
		if err := client.Call(method, call[1:], value); err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
