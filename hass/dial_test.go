package hass

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gorilla/websocket"

	"vcf-assistant/hass/hasstest"
)

func TestConfig(t *testing.T) {
	for url, want := range map[string]string{
		"":                            "is empty",
		"home:8123":                   "scheme must be http or https",
		"ws://home:8123":              "scheme must be http or https",
		"http://":                     "has no host",
		"http://:8123":                "has no host",
		"http://home:8123/lovelace/0": `lovelace/0": leave out the page: write http://home:8123`,
		"http://home:8123/ha/config/": "leave out the page: write http://home:8123/ha",
		"http://home:8123/ha/../x":    "its path cannot be read",
		"http://home:8123/ha//x":      "its path cannot be read",
		"http://home:8123/?x=1":       "leave out what follows ? or #: write http://home:8123",
		"http://home:8123/ha?":        "leave out what follows ? or #: write http://home:8123/ha",
		"http://home:8123/ha#x":       "leave out what follows ? or #: write http://home:8123/ha",
		"http://olga:geheim@home/":    "leave it out",
		"http://ho me\x00/":           "cannot be read",
	} {
		_, err := New(Config{URL: url, Token: "x"})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v, want %q", url, err, want)
		}
	}
	for token, want := range map[string]string{"": "is empty", " \n": "is empty", "geheim geheim": "copy it again", "gehäim": "copy it again"} {
		_, err := New(Config{URL: "http://home:8123", Token: token})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geh") {
			t.Errorf("token %q: %v, want %q", token, err, want)
		}
	}
	empty := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{empty: empty + " holds no certificate", empty + "x": "no such file"} {
		if _, err := New(Config{URL: "https://home", Token: "x", CAFile: file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
	for url, want := range map[string]string{" https://home:8123/ ": "https://home:8123", "https://home/ha/": "https://home/ha", "http://home/a/b c": "http://home/a/b%20c"} {
		if c, err := New(Config{URL: url, Token: "x\n"}); err != nil || c.URL() != want {
			t.Errorf("%q: %v, %v", url, c.URL(), err)
		}
	}
}

// Each refusal is one line that names the url and the next move, over both APIs alike
// where both can tell.
func TestConnectErrors(t *testing.T) {
	home := hasstest.New(hasstest.Options{})
	defer home.Close()
	quiet := log.New(io.Discard, "", 0)
	serve := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	secure := httptest.NewUnstartedServer(home)
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	t.Cleanup(secure.Close)
	closed := httptest.NewServer(home)
	closed.Close()
	answer := func(status int, body string) string {
		return serve(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) })
	}
	says := func(first string) string {
		return serve(func(w http.ResponseWriter, r *http.Request) {
			ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
			if err != nil {
				return
			}
			defer ws.Close()
			ws.WriteMessage(websocket.TextMessage, []byte(first))
		})
	}
	for name, c := range map[string]struct{ url, want string }{
		"refused":           {closed.URL, "nothing listens there: is home assistant running"},
		"html":              {answer(200, "<html>"), "this is not home assistant"},
		"not found":         {answer(404, "<html>"), "answers 404 instead of a websocket"},
		"proxy":             {answer(502, "<html>"), "home assistant behind it is not"},
		"banned":            {answer(403, ""), "ip_bans.yaml"},
		"redirect":          {serve(http.RedirectHandler("https://elsewhere/api/websocket", http.StatusMovedPermanently).ServeHTTP), "redirects to https://elsewhere"},
		"https on http":     {strings.Replace(secure.URL, "https", "http", 1), "write https:// in the url"},
		"http on https":     {strings.Replace(answer(200, ""), "http", "https", 1), "write http:// in the url"},
		"untrusted":         {secure.URL, "give the certificate of its CA as the ca file"},
		"tls garbage":       {raw(t, "\x15\x03\x01\x00\x02\x02\x28"), "write https:// in the url"},
		"hangs up":          {raw(t, ""), "closed the connection without an answer"},
		"another websocket": {says(`{"hello":1}`), "does not begin as home assistant does"},
		"no json":           {says("<html>"), "does not speak as home assistant does"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := New(Config{URL: c.url, Token: "geheim"})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = client.dial(t.Context(), client.credential())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want %q", err, c.want)
			}
			if text := err.Error(); strings.Contains(text, "\n") || strings.Contains(text, "geheim") || !strings.Contains(text, "connecting to home assistant at "+c.url+": ") {
				t.Errorf("error %q", text)
			}
			if errors.Is(err, ErrAuthInvalid) {
				t.Error("it is taken for a refused token")
			}
		})
	}
}

func TestUnknownHostAndSilentHost(t *testing.T) {
	for want, cause := range map[string]error{
		"no address is known for home: check the name":                     &net.DNSError{Err: "no such host", Name: "home", IsNotFound: true},
		"no answer: is the host up, and does a firewall let this through?": &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded},
		"network is unreachable":                                           &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ENETUNREACH},
	} {
		c, err := New(Config{URL: "http://home:8123", Token: "x", NetDial: func(context.Context, string, string) (net.Conn, error) { return nil, cause }})
		if err != nil {
			t.Fatal(err)
		}
		_, _, dialErr := c.dial(t.Context(), c.credential())
		setErr := c.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"})
		for _, err := range []error{dialErr, setErr} {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "http://home:8123") {
				t.Errorf("%v: %v, want %q", cause, err, want)
			}
		}
	}
}

// raw is a server that answers with some bytes and hangs up.
func raw(t *testing.T, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 4096))
			io.WriteString(c, answer)
			c.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestCAFile(t *testing.T) {
	home := hasstest.New(hasstest.Options{})
	defer home.Close()
	s := httptest.NewTLSServer(home)
	defer s.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{URL: s.URL, Token: home.Token(), CAFile: file})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ws, version, err := c.dial(t.Context(), c.credential())
	if err != nil || version != "2026.11.0" {
		t.Fatal(version, err)
	}
	ws.Close()
	if err := c.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"}); err != nil {
		t.Error(err)
	}
	// The right CA, another name.
	c.base.Host = strings.Replace(c.base.Host, "127.0.0.1", "localhost", 1)
	if _, _, err := c.dial(t.Context(), c.credential()); err == nil || !strings.Contains(err.Error(), "for another name") {
		t.Errorf("another name: %v", err)
	}
	if c.tls.InsecureSkipVerify || c.tls.MinVersion < tls.VersionTLS12 {
		t.Error("TLS is weak")
	}
}

func TestListen(t *testing.T) {
	home := hasstest.New(hasstest.Options{})
	defer home.Close()
	url, err := home.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{URL: url, Token: home.Token()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetState(t.Context(), Entity{ID: "sensor.x", State: "1"}); err != nil {
		t.Error(err)
	}
	if _, err := home.Listen(strings.TrimPrefix(url, "http://")); err == nil {
		t.Error("a used port was listened on")
	}
}
