package hass

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// message is what Home Assistant sends, all types in one.
type message struct {
	ID      int64           `json:"id"`
	Type    string          `json:"type"` // result, event, pong, auth_required, auth_ok, auth_invalid
	Success bool            `json:"success"`
	Result  json.RawMessage `json:"result"`
	Event   json.RawMessage `json:"event"`
	Error   *struct {
		Code    json.RawMessage `json:"code"` // a string, or a number in old versions
		Message string          `json:"message"`
	} `json:"error"`
	Message string `json:"message"`    // auth_invalid
	Version string `json:"ha_version"` // auth_required, auth_ok
}

// decodeMessages reads one frame: a message, or an array of them once
// coalesce_messages was agreed on. A member that is no message is left out, since a
// later version may send what we do not know; a frame that is no JSON is an error.
func decodeMessages(frame []byte) ([]message, error) {
	frame = bytes.TrimLeft(frame, " \t\r\n")
	if len(frame) == 0 || frame[0] != '[' {
		var m message
		if err := json.Unmarshal(frame, &m); err != nil {
			if wrongType(err) {
				return nil, nil
			}
			return nil, fmt.Errorf("reading a message of home assistant: %w", err)
		}
		return []message{m}, nil
	}
	var members []json.RawMessage
	if err := json.Unmarshal(frame, &members); err != nil {
		return nil, fmt.Errorf("reading messages of home assistant: %w", err)
	}
	messages := make([]message, 0, len(members))
	for _, member := range members {
		var m message
		if json.Unmarshal(member, &m) == nil {
			messages = append(messages, m)
		}
	}
	return messages, nil
}

func wrongType(err error) bool {
	var te *json.UnmarshalTypeError
	return errors.As(err, &te)
}

// refusal is the error of a result without success.
func (m message) refusal(command string, line func(string) string) error {
	e := &CommandError{Command: command, Code: "unknown_error", Message: "no reason given"}
	if m.Error != nil {
		var s string
		if json.Unmarshal(m.Error.Code, &s) == nil && s != "" {
			e.Code = line(s)
		} else if len(m.Error.Code) > 0 {
			e.Code = line(string(m.Error.Code))
		}
		if text := line(m.Error.Message); text != "" {
			e.Message = text
		}
	}
	return e
}

// command is an outgoing message before it has an id.
type command struct {
	name string // the type
	body []byte // a JSON object without id
}

func newCommand(msg any) (command, error) {
	body, err := json.Marshal(msg)
	if err != nil {
		return command{}, fmt.Errorf("writing a command for home assistant: %w", err)
	}
	var head struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &head) != nil || head.Type == "" || body[0] != '{' {
		return command{}, errors.New("a command for home assistant must be a JSON object with a type")
	}
	return command{name: head.Type, body: body}, nil
}

// frame is the command with its id, which comes first.
func (c command) frame(id int64) []byte {
	frame := make([]byte, 0, len(c.body)+24)
	frame = append(frame, `{"id":`...)
	frame = strconv.AppendInt(frame, id, 10)
	frame = append(frame, ',')
	return append(frame, c.body[1:]...)
}
