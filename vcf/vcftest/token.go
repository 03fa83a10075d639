package vcftest

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// token is an access or refresh token that was given out.
type token struct {
	User            string
	Issued, Expires moment
}

// account counts refused logins.
type account struct {
	Refused int
	Locked  bool
	Since   moment
}

type tokenSpec struct {
	Username string `json:"username"`
	Password string `json:"password"`
	APIKey   string `json:"apiKey"`
	IDToken  string `json:"idToken"`
}

type tokenPair struct {
	AccessToken  string  `json:"accessToken"`
	RefreshToken idField `json:"refreshToken"`
}

type idField struct {
	ID string `json:"id"`
}

func (s *Server) postToken(c *call) answer {
	var spec tokenSpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	if spec.Username == "" || spec.Password == "" {
		return failure(http.StatusBadRequest, "TOKEN_CREATION_SPEC_INVALID", "username and password must not be empty")
	}
	if s.ssoDown(spec.Username, c.now) {
		return failure(http.StatusUnauthorized, "IDENTITY_PROVIDER_UNAVAILABLE", "The identity provider could not be reached")
	}
	acc := s.st.Accounts[spec.Username]
	if acc.Locked && s.model.LockFor > 0 && c.now >= acc.Since+s.model.LockFor {
		acc = account{}
	}
	good := spec.Username == s.model.ssoUser() && spec.Password == s.model.ssoPassword() ||
		spec.Username == s.model.localUser() && spec.Password == s.model.localPassword()
	if acc.Locked || !good {
		acc.Refused++
		if !acc.Locked && s.model.LockAfter > 0 && acc.Refused >= s.model.LockAfter {
			acc.Locked, acc.Since = true, c.now
		}
		s.st.Accounts[spec.Username] = acc
		message := "Invalid credentials. Please provide valid username and password"
		if acc.Locked {
			message = "User account is locked. Please contact your administrator"
		}
		return failure(cmp.Or(s.model.BadLoginStatus, http.StatusUnauthorized), "IDENTITY_INVALID_CREDENTIALS", message)
	}
	delete(s.st.Accounts, spec.Username)
	pair := tokenPair{AccessToken: s.newAccessToken(spec.Username, c.now), RefreshToken: idField{s.st.newID("refresh-token")}}
	s.st.Refresh[pair.RefreshToken.ID] = token{User: spec.Username, Issued: c.now,
		Expires: c.now + cmp.Or(s.model.RefreshLifetime, defaultRefreshLifetime)}
	return answer{status: cmp.Or(s.model.LoginStatus, http.StatusOK), body: pair}
}

func (s *Server) refreshToken(c *call) answer {
	id, a := s.bareID(c)
	if a != nil {
		return *a
	}
	t, known := s.st.Refresh[id]
	if !known || !s.alive(t, c.now) {
		return failure(http.StatusNotFound, "TOKEN_NOT_FOUND", "Refresh token is invalid or has expired")
	}
	if s.ssoDown(t.User, c.now) {
		return failure(http.StatusInternalServerError, "IDENTITY_PROVIDER_UNAVAILABLE", "The identity provider could not be reached")
	}
	access := s.newAccessToken(t.User, c.now)
	switch s.model.RefreshAnswer {
	case "quoted":
		return ok(access)
	case "object":
		return ok(map[string]string{"accessToken": access})
	}
	return answer{status: http.StatusOK, raw: []byte(access)}
}

// deleteRefreshToken answers 204 whatever it is sent: both specs list nothing else.
func (s *Server) deleteRefreshToken(c *call) answer {
	if id, a := s.bareID(c); a == nil {
		delete(s.st.Refresh, id)
	}
	return answer{status: http.StatusNoContent}
}

// bareID reads a body that is just an id, quoted or not. The content type is needed all the same.
func (s *Server) bareID(c *call) (string, *answer) {
	id := strings.Trim(strings.TrimSpace(string(c.body)), `"`)
	if id == "" || strings.ContainsAny(id, "{} ") || !strings.HasPrefix(c.header.Get("Content-Type"), "application/json") {
		a := failure(http.StatusBadRequest, "INVALID_REQUEST_BODY", "The body must be the id of the refresh token")
		return "", &a
	}
	return id, nil
}

// newAccessToken makes a JWT whose exp a client can read. Its signature is not one.
func (s *Server) newAccessToken(user string, now moment) string {
	t := token{User: user, Issued: now, Expires: now + cmp.Or(s.model.TokenLifetime, defaultTokenLifetime)}
	said := map[string]any{
		"iss": "vcf-auth", "aud": "sddc-services", "sub": user, "name": user, "scope": []string{s.role()},
		"iat": s.wall(t.Issued).Unix(), "exp": s.wall(t.Expires).Unix(), "jti": s.st.newID("access-token"),
	}
	if s.model.NoIssuedAt {
		delete(said, "iat")
	}
	claims, _ := json.Marshal(said) // strings and numbers always encode
	enc := base64.RawURLEncoding.EncodeToString
	text := enc([]byte(`{"alg":"HS256"}`)) + "." + enc(claims)
	sum := sha256.Sum256([]byte(text))
	text += "." + enc(sum[:])
	s.st.Access[text] = t
	return text
}

func (s *Server) role() string {
	if s.model.ReadOnly {
		return "VIEWER"
	}
	return "ADMIN"
}

// authorize refuses a request without a token that lives, or beyond the role.
func (s *Server) authorize(c *call) *answer {
	refused := unauthorized()
	text, found := strings.CutPrefix(c.header.Get("Authorization"), "Bearer ")
	t, known := s.st.Access[text]
	if !found || !known || !s.alive(t, c.now) || s.ssoDown(t.User, c.now) {
		return &refused
	}
	if s.model.ReadOnly && c.method != http.MethodGet {
		refused = failure(http.StatusForbidden, "FORBIDDEN", "User "+t.User+" has the role VIEWER and may not do this")
		return &refused
	}
	return nil
}

// alive tells whether a token is neither too old nor died with a restart.
func (s *Server) alive(t token, now moment) bool {
	if now >= t.Expires {
		return false
	}
	for _, u := range s.st.Upgrades {
		for _, w := range u.Windows {
			if w.Revokes && t.Issued < w.From && w.From <= now && !(u.Cancelled && u.Ended <= w.From) {
				return false
			}
		}
	}
	return true
}

// ssoDown tells whether the account lives in a vCenter that is being upgraded: the middle eight tenths of the management vCenter's.
func (s *Server) ssoDown(user string, now moment) bool {
	if !s.model.LoginDownDuringVCenter || user == s.model.localUser() {
		return false
	}
	for _, u := range s.st.Upgrades {
		d := s.st.domain(u.Domain)
		if u.Component == VCenter && d != nil && d.Type == "MANAGEMENT" && u.started() && !u.Applied &&
			now >= u.Start+u.Lasts/10 && now < u.Start+u.Lasts*9/10 {
			return true
		}
	}
	return false
}

// RevokeTokens kills every access token, and the refresh tokens too if asked.
func (s *Server) RevokeTokens(refresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.st.Access)
	if refresh {
		clear(s.st.Refresh)
	}
}

// Unlock unlocks all accounts.
func (s *Server) Unlock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.st.Accounts)
}
