package workflow

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// holds no more must not come back with the next unfinished run.
func TestLogins_WhatDoesNotHoldIsForgotten(t *testing.T) {
	t.Parallel()
	play(t, swift(), func(w *world) {
		w.shutdown()
		file := filepath.Join(w.dir, loginsFile)
		counted := fmt.Sprintf(`{"administrator@vsphere.local":{"attempts":3,"next":%q}}`, time.Now().Add(9*time.Minute).Format(time.RFC3339))
		if err := os.WriteFile(file, []byte(counted), 0o600); err != nil {
			t.Fatal(err)
		}
		w.boot()
		w.press(Start, 1)
		w.until(1, UpgradingSDDC)
		w.shutdown()
		w.boot()
		if b := w.sup.Snapshot().Backend; !b.Reachable {
			t.Errorf("a login that works is held back: %s", b.Problem)
		}
	})
}
