// Command homeassistant is a simulated Home Assistant for the benchmark of the process, where no real one can be had: in
// a process of its own, so that what it needs is not counted as the service's.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"vcf-assistant/hass/hasstest"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "listen on `ADDRESS`")
	flag.Parse()
	server := hasstest.New(hasstest.Options{})
	url, err := server.Listen(*address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(url, server.Token())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	server.Close()
}
