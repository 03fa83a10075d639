package latency_test

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"net/http"
	"slices"
	"time"
)

// message is one of what went between the program and Home Assistant.
type message struct {
	at    time.Time
	sent  bool   // by the program
	frame bool   // of the websocket; else a request or its answer over REST
	call  string // of a request or its answer: method and path
	body  []byte
	size  int // on the wire
}

// messages are all that went over the links so far, in order.
func (r *relay) messages() []message {
	r.mu.Lock()
	links := slices.Clone(r.links)
	r.mu.Unlock()
	var all []message
	for _, k := range links {
		k.mu.Lock()
		all = append(all, k.messages()...)
		k.mu.Unlock()
	}
	slices.SortStableFunc(all, func(a, b message) int { return a.at.Compare(b.at) })
	return all
}

func (k *link) messages() []message {
	sent, requests, begun := k.up.requests()
	answered, rest := k.down.answers(requests)
	all := append(sent, answered...)
	if begun >= 0 && rest >= 0 {
		all = append(all, k.up.frames(begun, true)...)
		all = append(all, k.down.frames(rest, false)...)
	}
	return all
}

// reader reads a flow and knows how far it is.
type reader struct {
	*bufio.Reader
	left  *bytes.Reader
	whole int
}

func newReader(data []byte) reader {
	left := bytes.NewReader(data)
	return reader{bufio.NewReader(left), left, len(data)}
}

func (r reader) offset() int { return r.whole - r.left.Len() - r.Buffered() }

// requests reads what was sent over REST. begun is where frames begin; -1: nowhere.
func (f *flow) requests() (all []message, requests []*http.Request, begun int) {
	r := newReader(f.data)
	for {
		from := r.offset()
		req, err := http.ReadRequest(r.Reader)
		if err != nil {
			return all, requests, -1
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return all, requests, -1
		}
		requests = append(requests, req)
		all = append(all, message{at: f.at(r.offset()), sent: true, call: req.Method + " " + req.URL.Path, body: body, size: r.offset() - from})
		if req.Header.Get("Upgrade") != "" {
			return all, requests, r.offset()
		}
	}
}

// answers reads what came back. rest is where frames begin; -1: nowhere.
func (f *flow) answers(requests []*http.Request) (all []message, rest int) {
	r := newReader(f.data)
	for _, req := range requests {
		from := r.offset()
		res, err := http.ReadResponse(r.Reader, req)
		if err != nil {
			return all, -1
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			return all, r.offset()
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return all, -1
		}
		all = append(all, message{at: f.at(r.offset()), call: req.Method + " " + req.URL.Path, body: body, size: r.offset() - from})
	}
	return all, -1
}

// frames reads the text frames of a websocket, of which neither side splits any.
func (f *flow) frames(from int, sent bool) (all []message) {
	const text = 1
	for data := f.data; len(data)-from >= 2; {
		head, length := 2, int(data[from+1]&0x7f)
		switch length {
		case 126:
			head = 4
		case 127:
			head = 10
		}
		masked := data[from+1]&0x80 != 0
		mask := head
		if masked {
			head += 4
		}
		if len(data)-from < head {
			break
		}
		switch mask {
		case 4:
			length = int(binary.BigEndian.Uint16(data[from+2:]))
		case 10:
			length = int(binary.BigEndian.Uint64(data[from+2:]))
		}
		if len(data)-from < head+length {
			break
		}
		body := slices.Clone(data[from+head : from+head+length])
		if masked {
			for i := range body {
				body[i] ^= data[from+mask+i%4]
			}
		}
		if data[from]&0x0f == text {
			all = append(all, message{at: f.at(from + head + length), sent: sent, frame: true, body: body, size: head + length})
		}
		from += head + length
	}
	return all
}

// span is a piece of time.
type span struct{ from, to time.Time }

// covered is how much of whole the spans cover, overlaps once.
func covered(whole span, spans ...span) time.Duration {
	spans = slices.SortedFunc(slices.Values(spans), func(a, b span) int { return cmp.Compare(a.from.UnixNano(), b.from.UnixNano()) })
	var sum time.Duration
	at := whole.from
	for _, s := range spans {
		from, to := s.from, s.to
		if from.Before(at) {
			from = at
		}
		if to.After(whole.to) {
			to = whole.to
		}
		if to.After(from) {
			sum += to.Sub(from)
			at = to
		}
	}
	return sum
}
