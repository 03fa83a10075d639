package latency_test

import (
	"net"
	"net/url"
	"sync"
	"testing"
	"time"
)

// relay stands between the program and Home Assistant, passes bytes on as they come, and
// notes when: what the program is sent before it is passed on, what it sends when it has
// come. So nothing of the relay's own time is taken for Home Assistant's.
type relay struct {
	url string

	mu    sync.Mutex
	links []*link
}

// link is a connection of the program.
type link struct {
	mu       sync.Mutex
	up, down flow
}

// flow is one direction of a link.
type flow struct {
	data   []byte
	chunks []chunk
}

type chunk struct {
	at  time.Time
	end int // of the data so far
}

// at is when the byte before an offset came.
func (f *flow) at(end int) time.Time {
	for _, c := range f.chunks {
		if c.end >= end {
			return c.at
		}
	}
	return time.Time{}
}

func newRelay(t *testing.T, target string) *relay {
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	r := &relay{url: "http://" + l.Addr().String()}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", u.Host)
			if err != nil {
				near.Close()
				continue
			}
			k := &link{}
			r.mu.Lock()
			r.links = append(r.links, k)
			r.mu.Unlock()
			go k.pass(far, near, &k.up)
			go k.pass(near, far, &k.down)
		}
	}()
	return r
}

func (k *link) pass(to, from net.Conn, f *flow) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			at := time.Now()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
			k.mu.Lock()
			f.data = append(f.data, buffer[:n]...)
			f.chunks = append(f.chunks, chunk{at, len(f.data)})
			k.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}
