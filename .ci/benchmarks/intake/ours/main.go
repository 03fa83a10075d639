// ours is the project's client, watching helpers as the panel does.
package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"sync"

	"vcf-assistant/hass"

	"benchmarks/intake/gauge"
)

func main() {
	var ids []string
	if err := json.Unmarshal([]byte(os.Getenv("HELPERS")), &ids); err != nil {
		gauge.Fail(err)
	}
	watching := hass.Watching{Helpers: map[string]string{}, Updates: []string{"update.vcf_domain1"}}
	for _, id := range ids {
		watching.Helpers[id] = id
	}
	client, err := hass.New(hass.Config{URL: os.Getenv("HASS_URL"), Token: os.Getenv("HASS_TOKEN"),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		gauge.Fail(err)
	}
	var (
		mu    sync.Mutex
		meter *gauge.Meter
		told  = map[string]bool{} // contexts
	)
	heard := func(contextID string) {
		mu.Lock()
		defer mu.Unlock()
		told[contextID] = true
		if strings.HasPrefix(contextID, "end") && meter != nil {
			meter.Done(len(told))
			meter = nil
		}
	}
	go func() {
		gauge.Fail(client.Run(context.Background(), func(ctx context.Context) error {
			_, err := client.Watch(ctx, watching, func(e hass.Event) {
				switch e := e.(type) {
				case hass.Press:
					heard(e.ContextID)
				case hass.Broadcast:
					heard(e.ContextID)
				}
			})
			if err == nil {
				gauge.Say("ready")
			}
			return err
		}))
	}()
	gauge.Listen(func(gauge.Flood) {
		mu.Lock()
		defer mu.Unlock()
		clear(told)
		meter = gauge.Start()
	})
}
