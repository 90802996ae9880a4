// Command mattn calls with mattn/go-xmlrpc.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattn/go-xmlrpc"
)

func main() {
	client := xmlrpc.NewClient(os.Args[1])
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
		value, err := client.Call(call[0].(string), call[1:]...)
		answer := map[string]any{"value": value}
		if err != nil {
			answer = map[string]any{"error": err.Error()}
		}
		if err := out.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
