package hass

import (
	"io"

	"github.com/gorilla/websocket"
)

const (
	firstFrame = 4 << 10

	// keptFrame bounds what is kept for the next frame whatever that will be. Most arrays of
	// a storm fit: Home Assistant sends when 256 messages wait, some 120 KiB.
	keptFrame = 256 << 10

	// keptStorm bounds what is kept as long as frames need it: a Home Assistant that is
	// behind sends up to 4,096 messages in one. It is given back after smallFrames that did
	// not; the answers to pings alone are so many in half a minute.
	keptStorm   = 4 << 20
	smallFrames = 8
)

// frameReader reads messages of a socket, one after another, into the same memory.
type frameReader struct {
	ws    *websocket.Conn
	buf   []byte // empty
	small int    // frames in succession that keptFrame was enough for
}

// next is the next message. It is good until next is called again.
func (f *frameReader) next() ([]byte, error) {
	_, r, err := f.ws.NextReader()
	if err != nil {
		return nil, err
	}
	frame := f.buf
	for {
		if len(frame) == cap(frame) {
			grown := make([]byte, len(frame), max(firstFrame, 2*cap(frame)))
			copy(grown, frame)
			frame = grown
		}
		n, err := r.Read(frame[len(frame):cap(frame)])
		frame = frame[:len(frame)+n]
		if err == io.EOF {
			f.keep(frame)
			return frame, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// keep makes the memory of a frame the next one's, unless it is too much.
func (f *frameReader) keep(frame []byte) {
	if f.small++; len(frame) > keptFrame {
		f.small = 0
	}
	f.buf = nil
	if n := cap(frame); n <= keptFrame || n <= keptStorm && f.small < smallFrames {
		f.buf = frame[:0]
	}
}
