package hass

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// wire is a socket to a server that authenticates it and then writes whatever bytes serve
// does.
func wire(t *testing.T, serve func(net.Conn)) (*Client, *socket) {
	t.Helper()
	served := make(chan struct{})
	client, err := New(Config{URL: "http://home.test", Token: "x", NetDial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer close(served)
			defer there.Close()
			buffered := bufio.NewReader(there)
			req, err := http.ReadRequest(buffered)
			if err != nil {
				return
			}
			ws, err := upgrader.Upgrade(&hijacked{conn: there, header: http.Header{}, rw: bufio.NewReadWriter(buffered, bufio.NewWriter(there))}, req, nil)
			if err != nil || ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"auth_required"}`)) != nil {
				return
			}
			if _, _, err := ws.ReadMessage(); err != nil || ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"auth_ok"}`)) != nil {
				return
			}
			go io.Copy(io.Discard, there)
			serve(there)
		}()
		return here, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	ws, _, err := client.dial(t.Context(), client.credential())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ws.Close()
		<-served
	})
	return client, ws
}

// wired is a connection over a wire.
func wired(t *testing.T, serve func(net.Conn)) *connection {
	t.Helper()
	client, ws := wire(t, serve)
	c := newConnection(ws, client.config, client.log, line)
	t.Cleanup(func() {
		c.close(ErrDisconnected)
		c.wait()
	})
	return c
}

// textFrame is a message as a server sends it.
func textFrame(message string) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{0x81, 127}, uint64(len(message))), message...)
}

// A storm of events that are none of ours costs at most two allocations each, one by one
// as in arrays.
func TestIgnoredEventsCostNoMemory(t *testing.T) {
	const events = 20_000
	for name, block := range map[string][]byte{
		"one by one": bytes.Repeat(textFrame(lightCall), 100),
		"in arrays":  textFrame("[" + strings.Repeat(lightCall+",", 99) + lightCall + "]"),
	} {
		t.Run(name, func(t *testing.T) {
			begin, end := make(chan struct{}), make(chan struct{})
			c := wired(t, func(conn net.Conn) {
				<-begin
				for range events / 100 {
					if _, err := conn.Write(block); err != nil {
						t.Error(err)
					}
				}
				_, _ = conn.Write(textFrame(pressCall))
				<-end
			})
			defer close(end)
			heard := make(chan struct{})
			c.mu.Lock()
			c.subs[3] = &subscription{ctx: t.Context(), wants: ourCall, handle: func(json.RawMessage) { close(heard) }}
			c.mu.Unlock()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			close(begin)
			<-heard
			runtime.ReadMemStats(&after)
			if n := after.Mallocs - before.Mallocs; n > 2*events {
				t.Errorf("%d allocations for %d events", n, events)
			}
		})
	}
}

// A message is whole whatever came before it. The memory of small ones is kept, that of
// large ones for as long as such come, that of a registry not at all.
func TestFrameReader(t *testing.T) {
	sizes := []int{10, firstFrame - 1, firstFrame, firstFrame + 1, 3, keptFrame, keptFrame + 1, 0, keptStorm + 1, 7}
	storm := len(sizes) // from here on large ones, not all of them, then small ones
	sizes = append(sizes, 1<<20, 5, 1<<20, 1<<20, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	_, ws := wire(t, func(conn net.Conn) {
		for i, n := range sizes {
			_, _ = conn.Write(textFrame(strings.Repeat(string(rune('a'+i)), n)))
		}
		// One message of three frames, with a ping between them.
		_, _ = conn.Write([]byte{0x01, 1, 'o', 0x89, 0, 0x00, 1, 'n', 0x80, 1, 'e'})
		_, _ = conn.Write([]byte{0x81, 100, 'x'}) // it is cut off
	})
	frames := frameReader{ws: ws.Conn}
	for i, n := range sizes {
		frame, err := frames.next()
		if want := strings.Repeat(string(rune('a'+i)), n); string(frame) != want || err != nil {
			t.Errorf("%d: %d bytes of %d: %v", i, len(frame), n, err)
		}
		kept := cap(frames.buf)
		if kept > keptStorm || n <= keptFrame && kept < n && i < storm {
			t.Errorf("%d: %d bytes are kept after a message of %d", i, kept, n)
		}
		if large := i >= storm && i < storm+4+smallFrames-1; large && kept < 1<<20 || !large && i >= storm && kept > keptFrame {
			t.Errorf("%d: %d bytes are kept in a storm", i, kept)
		}
	}
	if frame, err := frames.next(); string(frame) != "one" || err != nil {
		t.Errorf("in three frames: %q, %v", frame, err)
	}
	if frame, err := frames.next(); err == nil {
		t.Errorf("cut off: %q", frame)
	}
}

// Nothing that came is nothing: the connection ends, whole messages having been missed
// for that long.
func TestSilenceIsFoundInTime(t *testing.T) {
	for name, drip := range map[string]bool{"silent": false, "a byte now and then": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stop atomic.Bool
				c := wired(t, func(conn net.Conn) {
					for range 100 {
						time.Sleep(time.Second)
						_, _ = conn.Write(textFrame(lightCall))
					}
					frame := textFrame(lightCall)
					for i := 0; !stop.Load(); i++ {
						time.Sleep(time.Second)
						if drip {
							_, _ = conn.Write(frame[i : i+1])
						}
					}
				})
				began := time.Now()
				<-c.done
				stop.Store(true)
				if lived, want := time.Since(began), 100*time.Second+c.pingAfter+pongWait; lived != want {
					t.Errorf("ended after %s, want %s", lived, want)
				}
				if want := "reading from home assistant: nothing came, not even an answer to a ping"; c.cause.Error() != want {
					t.Errorf("ended with %q", c.cause)
				}
			})
		})
	}
}
