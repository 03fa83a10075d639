// Package hass is a client of Home Assistant: commands and events over its WebSocket
// API, states over its REST API, and what is built of the two: helpers, presses of
// them, notifications, dashboards.
//
//	client, err := hass.New(hass.Config{URL: "http://127.0.0.1:8123", Token: token})
//	...
//	err = client.Run(ctx, func(ctx context.Context) error {
//		// Connected, and Home Assistant is RUNNING. ctx ends with this connection.
//		entities, err := client.EnsureHelpers(ctx, helpers)
//		if err != nil {
//			return err
//		}
//		if _, err := client.Watch(ctx, hass.Watching{Helpers: entities}, handle); err != nil {
//			return err
//		}
//		publisher.Reset() // states written over REST vanish when Home Assistant restarts
//		_, err = publisher.Publish(ctx, states, nil)
//		return err
//	})
//
// Run reconnects for ever; only a refused token ends it.
//
// Protocol facts are from Home Assistant 2026.11.0, its source and a running one;
// where 2025.1.4 differs, that is said.
package hass
