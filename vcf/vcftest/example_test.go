package vcftest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"vcf-assistant/vcf/vcftest"
)

// A server needs no socket: a client with its transport talks to it in memory.
func ExampleNew() {
	server := vcftest.New(vcftest.Model52())
	client := &http.Client{Transport: server.Transport()}

	res, err := client.Get("https://sddc-manager.lab.example/v1/domains")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	fmt.Println(res.Status)
	fmt.Println(string(body))
	fmt.Println(server.Release("m01"), server.Count("GET", "/v1/domains"))
	// Output:
	// 401 Unauthorized
	// {"errorCode":"Unauthorized","message":"Authorization Header is missing or not in correct format"}
	// 5.2.0.0 1
}

// Faults are data: this one lets the first login take effect and loses its answer.
func ExampleServer_Fault() {
	server := vcftest.New(vcftest.Model52())
	server.Fault(vcftest.Fault{Method: "POST", Path: "/v1/tokens", After: true, Times: 1})
	client := &http.Client{Transport: server.Transport()}

	for range 2 {
		res, err := client.Post("https://sddc-manager.lab.example/v1/tokens", "application/json",
			strings.NewReader(`{"username":"administrator@vsphere.local","password":"VMw@re1!VMw@re1!"}`))
		if err != nil {
			fmt.Println(err)
			continue
		}
		res.Body.Close()
		fmt.Println(res.Status)
	}
	// Output:
	// Post "https://sddc-manager.lab.example/v1/tokens": read tcp sddc-manager.lab.example: read: connection reset by peer
	// 200 OK
}

// Scale compresses hours for a demonstration; the lifetimes of tokens stay.
func ExampleModel_Scale() {
	m := vcftest.Model52().Scale(1.0 / 1200)
	fmt.Println(m.Outage, m.NSX, m.TokenLifetime)
	// Output: 3s 4.5s 1h0m0s
}
