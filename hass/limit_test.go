package hass

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"vcf-assistant/hass/hasstest"
)

// Both APIs take TLS 1.2 and nothing older.
func TestLimits_TLS(t *testing.T) {
	home := hasstest.New(hasstest.Options{})
	defer home.Close()
	for version, want := range map[uint16]string{tls.VersionTLS11: "speaks no TLS 1.2 or later", tls.VersionTLS12: "", tls.VersionTLS13: ""} {
		s := httptest.NewUnstartedServer(home)
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		s.StartTLS()
		defer s.Close()
		c, err := New(Config{URL: s.URL, Token: home.Token()})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.tls.RootCAs = s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
		ws, _, dialErr := c.dial(t.Context(), c.credential())
		if dialErr == nil {
			ws.Close()
		}
		_, _, restErr := c.State(t.Context(), "sensor.x")
		for _, err := range []error{dialErr, restErr} {
			if want == "" && err != nil || want != "" && !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("%s: %v, want %q", tls.VersionName(version), err, want)
			}
		}
	}
}

// stubborn is a client whose every connection is served by a function, in a bubble.
func stubborn(t *testing.T, serve func(r *bufio.Reader, conn net.Conn), f func(c *Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var served sync.WaitGroup
		c, err := New(Config{URL: "http://home.test", Token: "secret", NetDial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			served.Go(func() {
				defer theirs.Close()
				r := bufio.NewReader(theirs)
				if _, err := http.ReadRequest(r); err == nil {
					serve(r, theirs)
				}
			})
			return ours, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		f(c)
		c.Close()
		served.Wait()
	})
}

// endless writes until nobody reads, and returns how much was taken.
func endless(conn net.Conn, begin, chunk string) (taken int) {
	_, err := io.WriteString(conn, begin)
	for err == nil {
		var n int
		n, err = io.WriteString(conn, chunk)
		taken += n
	}
	return taken
}

// Whatever never ends is not read to its end.
func TestLimits_Size(t *testing.T) {
	header := "X-A: " + strings.Repeat("a", 32<<10) + "\r\n"
	for name, test := range map[string]struct {
		begin, chunk string
		want         string
		most         int
		call         func(*Client) error
	}{
		"headers of the websocket": {"HTTP/1.1 101 Switching Protocols\r\n", header, "more than 1 MiB of headers", maxOpening, dials},
		"one header line":          {"HTTP/1.1 101 Switching Protocols\r\nX-A: ", strings.Repeat("a", 32<<10), "more than 1 MiB of headers", maxOpening, dials},
		"headers over REST":        {"HTTP/1.1 200 OK\r\n", header, "more than 1 MiB of headers", maxOpening, reads},
		"informational answers":    {"", "HTTP/1.1 103 Early Hints\r\n" + header + "\r\n", "home assistant", maxOpening, reads},
		"a body over REST":         {"HTTP/1.1 200 OK\r\n\r\n", strings.Repeat("x", 32<<10), "larger than 4 MiB", maxBody, reads},
		"an error over REST":       {"HTTP/1.1 500 No\r\n\r\n", strings.Repeat("x", 32<<10), "larger than 4 MiB", maxBody, reads},
	} {
		t.Run(name, func(t *testing.T) {
			taken := 0
			stubborn(t, func(_ *bufio.Reader, conn net.Conn) { taken = endless(conn, test.begin, test.chunk) }, func(c *Client) {
				if err := test.call(c); !strings.Contains(fmt.Sprint(err), test.want) || len(err.Error()) > 600 {
					t.Errorf("%v, want %q", err, test.want)
				}
			})
			if most := test.most + 128<<10; taken > most || taken == 0 {
				t.Errorf("%d bytes were taken, want at most %d", taken, most)
			}
		})
	}
	t.Run("compressed", func(t *testing.T) { // 1000 times smaller on the wire
		stubborn(t, func(_ *bufio.Reader, conn net.Conn) {
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
			z := gzip.NewWriter(conn)
			endless(discardErrors{z, conn}, "", strings.Repeat("x", 1<<20))
		}, func(c *Client) {
			if err := reads(c); !strings.Contains(fmt.Sprint(err), "larger than 4 MiB") {
				t.Error(err)
			}
		})
	})
	t.Run("the first message", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil); err == nil {
				defer ws.Close()
				_ = ws.WriteMessage(websocket.TextMessage, make([]byte, maxMessage+1))
				_, _, _ = ws.ReadMessage()
			}
		}))
		defer s.Close()
		c, err := New(Config{URL: s.URL, Token: "secret"})
		if err != nil {
			t.Fatal(err)
		}
		if err := dials(c); !strings.Contains(fmt.Sprint(err), "larger than 16 MiB") {
			t.Error(err)
		}
	})
}

// discardErrors writes through another writer to a connection.
type discardErrors struct {
	io.Writer
	net.Conn
}

func (d discardErrors) Write(b []byte) (int, error) { return d.Writer.Write(b) }

func dials(c *Client) error {
	ws, _, err := c.dial(context.Background(), c.credential())
	if err == nil {
		ws.Close()
	}
	return err
}

func reads(c *Client) error {
	_, _, err := c.State(context.Background(), "sensor.x")
	return err
}

// A server that says nothing, or a byte now and then, holds nobody up.
func TestLimits_Time(t *testing.T) {
	drip := func(begin string) func(*bufio.Reader, net.Conn) {
		return func(_ *bufio.Reader, conn net.Conn) {
			_, err := io.WriteString(conn, begin)
			for err == nil {
				time.Sleep(time.Second)
				_, err = io.WriteString(conn, "x")
			}
		}
	}
	silent := func(_ *bufio.Reader, conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }
	for name, test := range map[string]struct {
		serve func(*bufio.Reader, net.Conn)
		call  func(*Client) error
		want  time.Duration
	}{
		"silent":              {silent, dials, dialWait},
		"drips headers":       {drip("HTTP/1.1 101 Switching Protocols\r\n"), dials, dialWait},
		"silent over REST":    {silent, reads, 30 * time.Second},
		"drips REST headers":  {drip("HTTP/1.1 200 OK\r\nX: "), reads, 30 * time.Second},
		"drips a REST answer": {drip("HTTP/1.1 200 OK\r\n\r\n"), reads, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			stubborn(t, test.serve, func(c *Client) {
				began := time.Now()
				if err := test.call(c); err == nil || time.Since(began) != test.want {
					t.Errorf("%v after %s, want an error after %s", err, time.Since(began), test.want)
				}
			})
		})
	}
	t.Run("authentication", func(t *testing.T) {
		bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
			h.home.AddFault(hasstest.Fault{On: "auth", Delay: time.Hour})
			c, err := New(Config{URL: "http://home.test", Token: "secret", NetDial: h.home.Dial})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := dials(c); err == nil || errors.Is(err, ErrAuthInvalid) || time.Since(began) != authWait {
				t.Errorf("%v after %s", err, time.Since(began))
			}
			h.home.Close()
		})
	})
	t.Run("a command", func(t *testing.T) {
		bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
			h.run(Config{PingAfter: 5 * time.Minute}, nil)
			h.home.AddFault(hasstest.Fault{On: "lovelace/config", Delay: time.Hour, Count: 1})
			began := time.Now()
			if err := h.client.Command(t.Context(), map[string]any{"type": "lovelace/config"}, nil); !strings.Contains(fmt.Sprint(err), "no answer within 30s") || time.Since(began) != 30*time.Second {
				t.Errorf("%v after %s", err, time.Since(began))
			}
		})
	})
}
