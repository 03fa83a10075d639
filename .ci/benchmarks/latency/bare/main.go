// Bare does what a press makes the program do between Home Assistant and the PATCH of the
// target, and nothing else: no Home Assistant, no answer is looked at, nothing is decided.
// It is the control of the benchmark of presses: what the machine, the kernel, TLS and
// net/http take. A line on standard input is a press; a line comes back.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

type bare struct {
	url, token, dir string
	http            http.Client
}

// Usage: bare URL CA DIR DOMAIN VERSION
func main() {
	url, ca, dir, domain, version := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	pem, err := os.ReadFile(ca)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	b := &bare{url: url, dir: dir, http: http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 4, ForceAttemptHTTP2: true}}}
	var login struct{ AccessToken string }
	check(json.Unmarshal(b.call("POST", "/v1/tokens", `{"username":"administrator@vsphere.local","password":"VMw@re1!VMw@re1!"}`), &login))
	b.token = login.AccessToken
	reads := strings.Fields(strings.ReplaceAll(`/v1/sddc-managers /v1/domains/{id} /v1/releases?domainId={id} /v1/releases/domains/{id}/future-releases
		/v1/releases/domains/{id} /v1/resource-functionalities/global /v1/upgrades /v1/vcenters`, "{id}", domain))
	b.abreast(reads)
	fmt.Println("ready")
	presses := bufio.NewScanner(os.Stdin)
	for n := 0; presses.Scan(); n++ {
		b.press(fmt.Sprintf("%d.jsonl", n), reads, "/v1/releases/domains/"+domain, `{"targetVersion":"`+version+`"}`)
		fmt.Println("done")
		b.abreast(reads) // warm for the next
	}
}

// press reads while it writes two lines of a new file, writes two more, and calls.
func (b *bare) press(name string, reads []string, path, body string) {
	var reading sync.WaitGroup
	reading.Go(func() { b.abreast(reads) })
	lines := bytes.Repeat([]byte("x"), 2200)
	f, err := os.OpenFile(filepath.Join(b.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	check(err)
	defer f.Close()
	write := func() {
		_, err := f.Write(lines)
		check(err)
		check(f.Sync())
	}
	write()
	folder, err := os.Open(b.dir)
	check(err)
	check(folder.Sync())
	folder.Close()
	reading.Wait()
	write()
	b.call("PATCH", path, body)
}

// abreast reads four at a time.
func (b *bare) abreast(paths []string) {
	var next atomic.Int32
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(paths); i = int(next.Add(1)) - 1 {
				b.call("GET", paths[i], "")
			}
		})
	}
	readers.Wait()
}

func (b *bare) call(method, path, body string) []byte {
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	check(err)
	req.Header.Set("Content-Type", "application/json")
	if b.token != "" {
		req.Header.Set("Authorization", "Bearer "+b.token)
	}
	resp, err := b.http.Do(req)
	check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	check(err)
	if resp.StatusCode >= 300 && resp.StatusCode != http.StatusNotFound { // no target is set
		log.Fatalf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return answer
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
