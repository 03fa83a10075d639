package hasstest

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// ServeHTTP answers /api/websocket and the REST API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.isClosed {
		s.mu.Unlock()
		http.Error(w, "closed", http.StatusServiceUnavailable)
		return
	}
	s.tasks.Add(1)
	s.requests++
	userID, known := s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	user, _ := s.user(userID)
	s.mu.Unlock()
	defer s.tasks.Done()

	path, under := strings.CutPrefix(r.URL.Path, s.options.Path)
	if !under { // the proxy's own pages
		http.Error(w, "<html>404</html>", http.StatusNotFound)
		return
	}
	if path != r.URL.Path {
		r = r.Clone(r.Context())
		r.URL.Path = path
	}
	if r.URL.Path == "/api/websocket" {
		s.serveSocket(w, r)
		return
	}
	f := s.fault(r.Method+" "+r.URL.Path, r.Method)
	if f.Drop && !f.Done {
		panic(http.ErrAbortHandler)
	}
	switch {
	case f.Status != 0:
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body) // the client sees if it is cut
	case !strings.HasPrefix(r.URL.Path, "/api/"):
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!DOCTYPE html><html><title>Home Assistant</title></html>")
	case !known:
		s.unauthorized(w)
	default:
		s.serveAPI(w, r, user, f)
	}
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, user User, f Fault) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<20))
	if err != nil {
		http.Error(w, "413: Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	}
	s.mu.Lock()
	code, answer := s.api(r, user, body)
	s.mu.Unlock()
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	if code == http.StatusUnauthorized {
		s.unauthorized(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(encode(answer)) // the client sees if it is cut
}

func (s *Server) unauthorized(w http.ResponseWriter) {
	s.mu.Lock()
	s.refusals++
	s.touch()
	s.mu.Unlock()
	http.Error(w, "401: Unauthorized", http.StatusUnauthorized)
}

func said(message string) any { return map[string]string{"message": message} }

func (s *Server) api(r *http.Request, user User, body []byte) (int, any) {
	path := strings.TrimPrefix(r.URL.Path, "/api/")
	switch {
	case path == "" && r.Method == http.MethodGet:
		return http.StatusOK, said("API running.")
	case path == "config" && r.Method == http.MethodGet:
		return http.StatusOK, s.configuration()
	case path == "states" && r.Method == http.MethodGet:
		list := []any{}
		for _, st := range s.states {
			list = append(list, st.wire())
		}
		return http.StatusOK, list
	case strings.HasPrefix(path, "states/"):
		return s.stateAPI(r.Method, strings.TrimPrefix(path, "states/"), user, body)
	case strings.HasPrefix(path, "services/") && r.Method == http.MethodPost:
		domain, service, _ := strings.Cut(strings.TrimPrefix(path, "services/"), "/")
		var data map[string]json.RawMessage
		_ = json.Unmarshal(body, &data) // none
		switch err := s.call(s.newContext(user.ID), domain, service, data); err {
		case nil:
			return http.StatusOK, []any{}
		case errUnauthorized:
			return http.StatusUnauthorized, nil
		default:
			return http.StatusBadRequest, said(err.Error())
		}
	}
	return http.StatusNotFound, said("Not Found")
}

var validID = regexp.MustCompile(`^[a-z0-9_]+\.[a-z0-9_]+$`)

func (s *Server) stateAPI(method, id string, user User, body []byte) (int, any) {
	if method != http.MethodGet && !user.admin() {
		return http.StatusUnauthorized, nil
	}
	switch method {
	case http.MethodGet:
		if st := s.states[id]; st != nil {
			return http.StatusOK, st.wire()
		}
		return http.StatusNotFound, said("Entity not found.")
	case http.MethodDelete:
		if s.remove(id) {
			return http.StatusOK, said("Entity removed.")
		}
		return http.StatusNotFound, said("Entity not found.")
	case http.MethodPost:
		return s.postState(id, user, body)
	}
	return http.StatusMethodNotAllowed, said("Method Not Allowed")
}

func (s *Server) postState(id string, user User, body []byte) (int, any) {
	var data struct {
		State      *string        `json:"state"`
		Attributes map[string]any `json:"attributes"`
	}
	switch {
	case json.Unmarshal(body, &data) != nil:
		return http.StatusBadRequest, said("Invalid JSON specified.")
	case data.State == nil:
		return http.StatusBadRequest, said("No state specified.")
	case !validID.MatchString(id):
		return http.StatusBadRequest, said("Invalid entity ID specified.")
	case utf8.RuneCountInString(*data.State) > 255:
		return http.StatusBadRequest, said("Invalid state specified.")
	}
	s.posts = append(s.posts, Post{Time: time.Now(), Entity: id, State: *data.State, Attributes: data.Attributes})
	created := s.set(id, *data.State, data.Attributes, s.newContext(user.ID))
	s.touch()
	if created {
		return http.StatusCreated, s.states[id].wire()
	}
	return http.StatusOK, s.states[id].wire()
}
