// Command web is the program of the container example: it greets on port 8080.
package main

import (
	"fmt"
	"log"
	"net/http"
	"time"
)

func main() {
	log.SetFlags(0)
	log.Print("listening on port 8080")
	s := &http.Server{
		Addr: ":8080", ReadHeaderTimeout: 5 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello", r.URL.Path) }),
	}
	log.Fatal(s.ListenAndServe())
}
