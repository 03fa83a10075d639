package vcf

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile is a server on a socket that logs in everybody and answers the rest as told.
func hostile(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/tokens" {
			fmt.Fprint(w, (&wire{}).pair(time.Hour))
			return
		}
		answer(w, r)
	}))
	t.Cleanup(ts.Close)
	cfg := testConfig(nil)
	cfg.URL, cfg.Insecure = ts.URL, true
	return newTest(t, cfg)
}

// raw writes bytes that net/http would not, and closes the connection.
func raw(t *testing.T, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, text)
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	}
}

// allocated is how much memory a function took, whether it gave it back or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// mostMemory is what reading an answer of the largest size may take: its buffer, which
// grows, a copy in parts, and what becomes of maxValues.
const mostMemory = 8 * maxBody

// endless writes the same piece until its reader goes away.
func endless(piece string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		block := []byte(strings.Repeat(piece, 1+(64<<10)/len(piece)))
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

// TestHostileSize: what does not end, what unpacks to more than was sent, and what is
// small on the wire and large in memory is refused, with bounded memory.
func TestHostileSize(t *testing.T) {
	packed := func(head, piece, tail string, n int) http.HandlerFunc {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		block := []byte(strings.Repeat(piece, 1000))
		_, _ = io.WriteString(z, head)
		for range n / 1000 {
			_, _ = z.Write(block)
		}
		_, _ = io.WriteString(z, tail)
		_ = z.Close()
		if b.Len() > maxBody/50 {
			t.Fatalf("a bomb of %d bytes", b.Len())
		}
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Accept-Encoding") != "gzip" {
				t.Errorf("Accept-Encoding %q", r.Header.Get("Accept-Encoding"))
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(b.Bytes())
		}
	}
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{"a list without end", endless("[{},"), "the answer is larger than 32 MiB and is not read; look in SDDC Manager"},
		{"a gzip bomb", packed("[", strings.Repeat(" ", 100), "]", maxBody/100+1000), "the answer is larger than 32 MiB"},
		{"many empty objects in gzip", packed("[", "{},", "{}]", maxParts+1000), "the answer has more than 262144 elements or 1048576 values and is not read; look in SDDC Manager"},
		{"a length of 8 EiB", raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n[]"), "the answer is larger than 32 MiB"},
		{"many values in gzip", packed("{", "\"a\":0,", `"a":0}`, maxValues+1000), "the answer has more than 262144 elements or 1048576 values and"},
		{"an error of many values", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			_, _ = io.WriteString(w, `{"message":"m","nestedErrors":[`+strings.Repeat("{},", maxParts)+`{}]}`)
		}, `500 Internal Server Error: {"message":"m","nestedErrors":[{},{},`},
	} {
		c := hostile(t, tc.answer)
		if err := c.Login(t.Context()); err != nil {
			t.Fatal(err)
		}
		var got []Domain
		var err error
		took := allocated(func() { got, err = c.Domains(t.Context()) })
		if err == nil || !strings.HasPrefix(err.Error(), "GET /v1/domains: "+tc.want) || got != nil || len(err.Error()) > 400 {
			t.Errorf("%s: %v, %.400v", tc.name, got, err)
		}
		if took > mostMemory {
			t.Errorf("%s: took %d MiB, at most %d are allowed", tc.name, took>>20, mostMemory>>20)
		}
		t.Logf("%s: %d MiB in all", tc.name, took>>20)
	}
}

// TestHostileHeaders: headers without end, and lines that are no headers.
func TestHostileHeaders(t *testing.T) {
	var many strings.Builder
	for i := range 8000 {
		fmt.Fprintf(&many, "X-Header-%d: %s\r\n", i, strings.Repeat("a", 40))
	}
	for name, text := range map[string]string{
		"a long header":        "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("a", 300<<10) + "\r\n\r\n[]",
		"many headers":         "HTTP/1.1 200 OK\r\n" + many.String() + "\r\n[]",
		"many early answers":   strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 20_000),
		"no headers":           "SSH-2.0-OpenSSH_9.6\r\n",
		"a header of one word": "HTTP/1.1 200 OK\r\nX\r\n\r\n[]",
		"two lengths":          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[] ",
		"a negative length":    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n[]",
		"an unknown encoding":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n[]",
	} {
		c := hostile(t, raw(t, text))
		got, err := c.Domains(t.Context())
		if err == nil || got != nil || !strings.HasPrefix(err.Error(), "GET /v1/domains: ") || !strings.HasSuffix(err.Error(), "; SDDC Manager may be restarting") ||
			!Transient(err) || Unsent(err) || len(err.Error()) > 400 {
			t.Errorf("%s: %v, %.400v", name, got, err)
		}
		if _, err = c.StartUpgrade(t.Context(), UpgradeSpec{}); err == nil || Unsent(err) || Refused(err) {
			t.Errorf("%s: a POST: %v", name, err)
		}
	}
}

// TestHostileBody: bodies that end too early or go on too long, by their own account. No
// part of them is believed.
func TestHostileBody(t *testing.T) {
	const whole = `{"id":"t-1","elements":[{"id":"d-1"}]}`
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	chunked := head + "Transfer-Encoding: chunked\r\n\r\n"
	for _, tc := range []struct{ name, text, want string }{
		{"cut in a chunk", chunked + "100\r\n" + whole, "the connection was closed before the answer was complete; SDDC Manager may be restarting"},
		{"cut between chunks", chunked + "26\r\n" + whole + "\r\n", "the connection was closed before the answer was complete; SDDC Manager may be restarting"},
		{"a chunk of no size", chunked + "26\r\n" + whole + "\r\nzz\r\n", "invalid byte in chunk length; SDDC Manager may be restarting"},
		{"a chunk that is too long", chunked + "8\r\n" + whole + "\r\n0\r\n\r\n", "malformed chunked encoding; SDDC Manager may be restarting"},
		{"a huge chunk", chunked + "fffffffffffffff\r\n" + whole, "the connection was closed before the answer was complete; SDDC Manager may be restarting"},
		{"less than its length", head + "Content-Length: 1000\r\n\r\n" + whole, "the connection was closed before the answer was complete; SDDC Manager may be restarting"},
		{"more than its length", head + "Connection: close\r\nContent-Length: 20\r\n\r\n" + whole, `not JSON, or cut off (application/json, "{\"id\":\"t-1\",\"element"); SDDC Manager may be restarting`},
		{"no gzip", head + "Content-Encoding: gzip\r\nContent-Length: 38\r\n\r\n" + whole, "gzip: invalid header; SDDC Manager may be restarting"},
		{"another compression", head + "Content-Encoding: br\r\nContent-Length: 5\r\n\r\n\x0b\x02\x80[]", `compressed as "br", which was not asked for; is there a proxy before SDDC Manager? Check vcf.url`},
		{"gzip twice", head + "Content-Encoding: gzip, gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00", `compressed as "gzip, gzip", which was not asked for; is there a proxy before SDDC Manager? Check vcf.url`},
	} {
		c := hostile(t, raw(t, tc.text))
		got, err := c.Domains(t.Context())
		if err == nil || got != nil || !Transient(err) || Unsent(err) || !strings.HasPrefix(err.Error(), "GET /v1/domains: ") || !strings.HasSuffix(err.Error(), tc.want) {
			t.Errorf("%s: %v, %v; want %s", tc.name, got, err, tc.want)
		}
		task, err := c.StartUpgrade(t.Context(), UpgradeSpec{})
		if err == nil || task.ID != "" || !Transient(err) || Unsent(err) || Refused(err) {
			t.Errorf("%s: a POST: %v, %v", tc.name, task, err)
		}
	}
}

// TestHostileDrip: a body that goes on for ever, slowly, ends with our own limit.
func TestHostileDrip(t *testing.T) {
	over := make(chan struct{})
	c := hostile(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"elements":[`)
		w.(http.Flusher).Flush()
		select {
		case <-over:
		case <-r.Context().Done():
		}
	})
	defer close(over)
	if err := c.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.timeout = 30 * time.Millisecond
	got, err := c.Domains(t.Context())
	if want := "GET /v1/domains: no answer within 30ms; SDDC Manager is busy or cannot be reached"; err == nil || err.Error() != want || got != nil || !Transient(err) {
		t.Errorf("%v, %v; want %s", got, err, want)
	}
}
