package intake_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
)

const (
	start = "input_button.vcf_domain1_start_upgrade"
	ack   = "input_button.vcf_domain1_acknowledge_alerts"
	user  = "018d453f7bb34d19a6df813a3faf41ba"

	eventBytes = 458 // of a message of the storm, as the issue has it
)

var helpers = []string{start, ack, "input_button.vcf_domain1_cancel_upgrade", "input_boolean.vcf_domain1_ignore_alerts"}

// storm are calls of services as an automation storm has them, in the very shape and
// order of keys that Home Assistant 2026.11.0 and 2025.1.4 send: the id comes last.
func storm(subscription int) [][]byte {
	calls := []string{
		`"domain":"light","service":"turn_on","service_data":{"brightness_pct":62,"color_temp_kelvin":3200,"transition":1.5,"entity_id":["light.%s"]}`,
		`"domain":"switch","service":"turn_off","service_data":{"entity_id":["switch.%s"]}`,
		`"domain":"input_boolean","service":"toggle","service_data":{"entity_id":["input_boolean.%s"]}`,
		`"domain":"climate","service":"set_temperature","service_data":{"temperature":21.5,"hvac_mode":"heat","entity_id":"climate.%s"}`,
		`"domain":"notify","service":"mobile_app","service_data":{"title":"Café","message":"It says \"%s\"\nand more","data":{"tag":null,"ttl":0,"push":{"sound":[]}}}`,
		`"domain":"homeassistant","service":"update_entity","service_data":{"entity_id":["sensor.%s","sensor.other"]}`,
		`"domain":"media_player","service":"volume_set","service_data":{"volume_level":0.35,"entity_id":"media_player.%s"}`,
	}
	events := make([][]byte, 0, 4096)
	for i := range cap(events) {
		call := func(name string) string {
			return fmt.Sprintf(`{"type":"event","event":{"event_type":"call_service","data":{%s},"origin":"LOCAL","time_fired":"2026-11-23T22:03:%02d.%06d+00:00","context":{"id":"01M856ZENSJSX6VYV%09d","parent_id":null,"user_id":"%s"}},"id":%d}`,
				fmt.Sprintf(calls[i%len(calls)], name), i%60, i, i, user, subscription)
		}
		name := strings.Repeat("ground_floor_living_room_ceiling_lamp_over_the_table_", 8)
		events = append(events, []byte(call(name[:eventBytes-len(call(""))])))
	}
	return events
}

// press are the two messages of the press of a button: the call and the button's change.
// The ways take turns, so that all are in a flood.
func press(n int, contextID string, calls, states int) [][]byte {
	target := []string{
		`"entity_id":"` + start + `"`, `"entity_id":["light.x","` + start + `"]`, `"entity_id":"all"`, `"area_id":["cellar"]`,
		`"device_id":["d1"]`, `"label_id":["vcf"]`, `"floor_id":["ground"]`,
	}[n%7]
	at := fmt.Sprintf("2026-11-23T22:%02d:%02d.%06d+00:00", n/1000%60, n/17%60, n)
	return [][]byte{
		fmt.Appendf(nil, `{"type":"event","event":{"event_type":"call_service","data":{"domain":"input_button","service":"press","service_data":{%s}},"origin":"LOCAL","time_fired":"%s","context":{"id":"%s","parent_id":null,"user_id":"%s"}},"id":%d}`, target, at, contextID, user, calls),
		fmt.Appendf(nil, `{"type":"event","event":{"c":{"%s":{"+":{"s":"%s","lc":%d.5,"c":{"user_id":"%s","id":"%s"}}}}},"id":%d}`, start, at, 1795471424+n, user, contextID, states),
	}
}

// array is how Home Assistant joins messages.
func array(messages [][]byte) []byte {
	whole := []byte{'['}
	for i, m := range messages {
		if i > 0 {
			whole = append(whole, ',')
		}
		whole = append(whole, m...)
	}
	return append(whole, ']')
}

// frame is a WebSocket text message as a server sends it.
func frame(b, message []byte) []byte {
	switch n := len(message); {
	case n < 126:
		b = append(b, 0x81, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x81, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x81, 127), uint64(n))
	}
	return append(b, message...)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
