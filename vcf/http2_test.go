package vcf

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Types of frames (RFC 9113).
const (
	frameData, frameHeaders, frameReset, frameSettings, framePing, frameGoAway = 0, 1, 3, 4, 6, 7
)

func frame(kind, flags byte, stream uint32, payload ...byte) []byte {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

// brokenServer speaks as much HTTP/2 as it takes to break a request: answer gets the
// stream of each and what to write; false closes the connection. mute answers nothing, not
// even a ping.
type brokenServer struct {
	answer   func(stream uint32, w io.Writer) bool
	mute     bool
	requests atomic.Int32
}

func (b *brokenServer) serve(c *tls.Conn) {
	defer c.Close()
	preface := make([]byte, 24)
	if _, err := io.ReadFull(c, preface); err != nil {
		return
	}
	_, _ = c.Write(frame(frameSettings, 0, 0))
	for head := make([]byte, 9); ; {
		if _, err := io.ReadFull(c, head); err != nil {
			return
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(c, payload); err != nil {
			return
		}
		ack := head[4]&1 != 0
		switch kind := head[3]; {
		case kind == frameHeaders:
			b.requests.Add(1)
			if !b.mute && !b.answer(binary.BigEndian.Uint32(head[5:]), c) {
				return
			}
		case kind == frameSettings && !ack:
			_, _ = c.Write(frame(frameSettings, 1, 0))
		case kind == framePing && !ack && !b.mute:
			_, _ = c.Write(frame(framePing, 1, 0, payload...))
		}
	}
}

// TestHTTP2_Broken: whatever ends a read over HTTP/2 is worth asking again later, as over
// HTTP/1.1, and is asked again once at once, and no proof that nothing was sent. A
// connection whose other side is gone is found by its silence. What is said holds no
// number that is another one each time.
func TestHTTP2_Broken(t *testing.T) {
	const good = 0x88 // :status 200
	for _, c := range []struct {
		name     string
		answer   func(stream uint32, w io.Writer) bool
		requests int32
		want     string
	}{
		{"reset", func(stream uint32, w io.Writer) bool {
			_, _ = w.Write(frame(frameReset, 0, stream, 0, 0, 0, 2))
			return true
		}, 2, "the server cut the answer off"},
		{"given up and closed", func(stream uint32, w io.Writer) bool {
			_, _ = w.Write(frame(frameGoAway, 0, 0, append(binary.BigEndian.AppendUint32(nil, stream), 0, 0, 0, 0, 's', 'h', 'u', 't')...))
			return false
		}, 2, "the server gave it up (GOAWAY)"},
		{"closed", func(uint32, io.Writer) bool { return false }, 2, "the connection was closed before the answer was complete"},
		{"nonsense", func(stream uint32, w io.Writer) bool {
			_, _ = w.Write(frame(frameData, 0, 0, 1, 2, 3))
			return true
		}, 2, "the server does not keep to HTTP/2"},
		{"silence", nil, 2, ""},
		{"reset in the answer", func(stream uint32, w io.Writer) bool {
			_, _ = w.Write(frame(frameHeaders, 4, stream, good))
			_, _ = w.Write(frame(frameData, 0, stream, []byte(`{"elements":[`)...))
			_, _ = w.Write(frame(frameReset, 0, stream, 0, 0, 0, 2))
			return true
		}, 1, "the server cut the answer off"}, // an answer that has begun is not asked for again here
	} {
		synctest.Test(t, func(t *testing.T) {
			pair, _ := selfSigned(t, time.Now().Add(24*time.Hour), "vcf.lab.example")
			b := &brokenServer{answer: c.answer, mute: c.answer == nil}
			listener := newPipes()
			var serving sync.WaitGroup
			serving.Go(func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					serving.Go(func() {
						b.serve(tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}}))
					})
				}
			})
			f := newTransport(Config{Insecure: true}, time.Minute, "", nil, func(tls.ConnectionState) {})
			f.reads.DialContext, f.reads.Proxy = listener.dial, nil
			client := newTest(t, testConfig(f))
			began := time.Now()
			a, err := client.exchange(context.Background(), "GET", "/v1/domains", nil, nil, "token")
			if err == nil || !Transient(err) || Unsent(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %+v, %v", c.name, a, err)
			} else if strings.Contains(err.Error(), "shut") || strings.Contains(strings.ToLower(err.Error()), "stream") {
				t.Errorf("%s: %v", c.name, err)
			}
			if n := b.requests.Load(); n != c.requests {
				t.Errorf("%s: asked %d times, want %d", c.name, n, c.requests)
			}
			if took := time.Since(began); c.answer == nil && took > time.Minute {
				t.Errorf("%s: found after %s", c.name, took)
			}
			f.reads.CloseIdleConnections()
			listener.Close()
			time.Sleep(2 * time.Minute)
			serving.Wait()
		})
	}
}

// TestHTTP2_Limits: headers and bodies are bounded over HTTP/2 as over HTTP/1.1.
func TestHTTP2_Limits(t *testing.T) {
	pair, _ := selfSigned(t, time.Now().Add(24*time.Hour), "127.0.0.1")
	for _, two := range []bool{true, false} {
		var proto atomic.Value
		ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			proto.Store(r.Proto)
			switch r.URL.Path {
			case "/v1/headers":
				for range 40 {
					w.Header().Add("X-Long", strings.Repeat("x", 8<<10))
				}
			case "/v1/body":
				piece := make([]byte, 1<<20)
				for range maxBody>>20 + 1 {
					if _, err := w.Write(piece); err != nil {
						return
					}
				}
			}
		}))
		ts.EnableHTTP2 = two
		ts.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
		ts.StartTLS()
		cfg := testConfig(nil)
		cfg.URL, cfg.Insecure = ts.URL, true
		c := newTest(t, cfg)
		for path, want := range map[string]string{"/v1/headers": "", "/v1/body": "larger than 32 MiB"} {
			a, err := c.exchange(t.Context(), "GET", path, nil, nil, "token")
			if err == nil || !strings.Contains(err.Error(), want) || len(a.body) > maxBody || Transient(err) != (path == "/v1/headers") {
				t.Errorf("HTTP/2 %v, %s: %d bytes, %v", two, path, len(a.body), err)
			}
		}
		if got := proto.Load(); (got == "HTTP/2.0") != two {
			t.Errorf("HTTP/2 %v: %s", two, got)
		}
		c.Close()
		ts.Close()
	}
}
