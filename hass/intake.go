package hass

import (
	"bytes"
	"encoding/json"
)

// intake decides what of a frame is worth decoding. A Home Assistant whose automations
// storm sends every call of every service, and next to none of them is ours: those are
// dropped as bytes. Dropped is only what is proven to be an event that nobody wants, down
// to its last byte; all else goes through decodeMessages, which a frame that can not be
// proven at all reaches whole. Messages and errors are those of decodeMessages, less the
// events that route would drop.
type intake struct {
	unwanted func(id int64, event []byte) bool // of the subscription id
}

// decode does not keep the frame: it may be overwritten afterwards.
func (in intake) decode(frame []byte) ([]message, error) {
	if len(frame) > 0 && frame[0] == '[' {
		if messages, proven := in.array(frame); proven {
			return messages, nil
		}
		return decodeMessages(frame)
	}
	if id, event, end := scanEvent(frame, 0); end == len(frame) {
		if in.unwanted(id, event) {
			return nil, nil
		}
		return []message{newEvent(id, event)}, nil
	}
	return decodeMessages(frame)
}

// array needs all of it to be proven: of an array that is broken at its end nothing is
// told.
func (in intake) array(frame []byte) (messages []message, proven bool) {
	i := 1
	for {
		if id, event, end := scanEvent(frame, i); end > 0 {
			if !in.unwanted(id, event) {
				messages = append(messages, newEvent(id, event))
			}
			i = end
		} else {
			end := scanValue(frame, i)
			if end < 0 {
				return nil, false
			}
			var m message
			if json.Unmarshal(frame[i:end], &m) == nil { // else it is no message, as in decodeMessages
				messages = append(messages, m)
			}
			i = end
		}
		if i >= len(frame) {
			return nil, false
		}
		switch frame[i] {
		case ',':
			i++
		case ']':
			return messages, i+1 == len(frame)
		default:
			return nil, false
		}
	}
}

// newEvent copies the event out of the frame.
func newEvent(id int64, event []byte) message {
	return message{ID: id, Type: "event", Event: bytes.Clone(event)}
}

// scanEvent reads the message that begins at i, if it is an event in one of the two shapes
// that Home Assistant writes, with these members and no other: events of its bus, which
// clients share, have the id behind, those that are for one client have it before.
// 2025.1.4 and 2026.11.0 do. end is where it ends; -1: not proven.
func scanEvent(b []byte, i int) (id int64, event []byte, end int) {
	if from := scanWord(b, i, `{"type":"event","event":`); from > 0 {
		to := scanObject(b, from)
		id, end = scanID(b, scanWord(b, to, `,"id":`))
		if end = scanWord(b, end, `}`); end > 0 {
			event = b[from:to]
		}
		return id, event, end
	}
	id, from := scanID(b, scanWord(b, i, `{"id":`))
	if from = scanWord(b, from, `,"type":"event","event":`); from < 0 {
		return 0, nil, -1
	}
	to := scanObject(b, from)
	if end = scanWord(b, to, `}`); end > 0 {
		event = b[from:to]
	}
	return id, event, end
}

// scanObject is scanValue of an object.
func scanObject(b []byte, i int) int {
	if i < 0 || i >= len(b) || b[i] != '{' {
		return -1
	}
	return scanValue(b, i)
}

// scanID reads a number that is certain to be an int64.
func scanID(b []byte, i int) (id int64, end int) {
	if i < 0 {
		return 0, -1
	}
	end = scanDigits(b, i)
	if n := end - i; n == 0 || n > 18 || n > 1 && b[i] == '0' {
		return 0, -1
	}
	for _, c := range b[i:end] {
		id = id*10 + int64(c-'0')
	}
	return id, end
}
