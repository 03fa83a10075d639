// Command simulator is an SDDC Manager for the benchmark of the process: in a process of its own, so that what it
// needs is not counted as the service's.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"vcf-assistant/vcf/vcftest"
)

func main() {
	address := flag.String("listen", "127.0.0.1:0", "listen on `ADDRESS`")
	domains := flag.Int("domains", 2, "simulate `N` domains")
	hosts := flag.Int("hosts", 7, "with `N` hosts together")
	faster := flag.Float64("faster", 1, "everything takes a share of the time, 1/`N`")
	findings := flag.Int("findings", 4, "prechecks find `N` errors and warnings")
	ca := flag.String("ca", "", "write the certificate to `FILE`")
	flag.Parse()

	server := vcftest.New(model(*domains, *hosts, *findings).Scale(1 / *faster))
	endpoint, err := server.Listen(*address)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(*ca, endpoint.CA, 0o644); err != nil {
		log.Fatal(err)
	}
	fmt.Println(endpoint.URL)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	forget := time.NewTicker(time.Minute)
	defer forget.Stop()
	requests := 0
	for {
		select {
		case <-forget.C: // what was recorded would grow for an hour
			requests += server.Count("", "")
			server.Reset()
		case <-ctx.Done():
			fmt.Println("requests", requests+server.Count("", ""))
			endpoint.Close()
			return
		}
	}
}

// model is a system with so many domains and hosts, spread evenly, in clusters of at most 16.
func model(domains, hosts, findings int) vcftest.Model {
	m := vcftest.Model52()
	m.Swing, m.CertificateExpires = 8, time.Now().AddDate(0, 0, 97)
	management, workload := m.Domains[0], m.Domains[1]
	m.Domains = nil
	for n := range domains {
		d := workload
		d.Name = fmt.Sprintf("w%02d", n)
		if n == 0 {
			d = management
		}
		share := hosts / domains
		if n < hosts%domains {
			share++
		}
		d.Clusters = nil
		for left := max(share, 1); left > 0; left -= 16 {
			d.Clusters = append(d.Clusters, vcftest.Cluster{Name: fmt.Sprintf("%s-cl%02d", d.Name, len(d.Clusters)+1), Hosts: min(left, 16)})
		}
		m.Domains = append(m.Domains, d)
	}
	for n := range findings {
		kind := []string{vcftest.SDDCManager, vcftest.NSX, vcftest.VCenter, vcftest.Host}[n%4]
		severity := []string{"WARNING", "ERROR"}[n%2]
		m.Findings = append(m.Findings, vcftest.Finding{Resource: kind, Severity: severity, Importance: map[string]string{"ERROR": "CRITICAL", "WARNING": "WARNING"}[severity],
			Name:        fmt.Sprintf("Check %d of %s", n, kind),
			Message:     fmt.Sprintf("The last backup of component %d is %d days old; a younger one is needed before an upgrade can begin.", n, 3+n%40),
			Remediation: "Back it up before it is upgraded, then run the prechecks again. See KB 379388."})
	}
	return m
}
