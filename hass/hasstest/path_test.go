package hasstest

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestPath(t *testing.T) {
	t.Parallel()
	s := New(Options{Path: "/ha"})
	defer s.Close()
	for path, want := range map[string]int{"/ha/api/": 200, "/ha/api/states/sensor.none": 404, "/api/": 404, "/ha/": 200} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Authorization", "Bearer "+s.Token())
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}
