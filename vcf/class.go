package vcf

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

func apiError(err error) (*APIError, bool) {
	var e *APIError
	ok := errors.As(err, &e)
	return e, ok
}

// StatusOf is the HTTP status of an error answer; 0 for every other error, and nil.
func StatusOf(err error) int {
	if e, ok := apiError(err); ok {
		return e.Status
	}
	return 0
}

// NotFound tells whether SDDC Manager itself said 404. A page, or any other text that is
// not the vendor's, is no such word: that is what a proxy or a gateway answers while
// services restart.
func NotFound(err error) bool {
	e, ok := apiError(err)
	return ok && e.Status == http.StatusNotFound && !e.HTML && !e.foreign
}

// IsHTML tells whether a page came where JSON was due, whatever the status.
func IsHTML(err error) bool {
	if e, ok := apiError(err); ok {
		return e.HTML
	}
	var f *FormatError
	return errors.As(err, &f) && f.HTML
}

// CodeOf is the server's errorCode; empty when there is none.
func CodeOf(err error) string {
	if e, ok := apiError(err); ok {
		return clean(e.Err.Code)
	}
	return ""
}

// Remediation is the server's advice: of the error, else of the first nested one that
// has any.
func Remediation(err error) string {
	e, ok := apiError(err)
	if !ok {
		return ""
	}
	return e.Err.remediation()
}

func (e Error) remediation() string {
	if s := clean(e.Remediation); s != "" {
		return s
	}
	for _, n := range e.Nested {
		if s := n.remediation(); s != "" {
			return s
		}
	}
	return ""
}

// SameTarget tells whether the server refused because the target is the release that
// is there: 400 with a code SAME_SOURCE_AND_TARGET... anywhere in the error (lab).
func SameTarget(err error) bool {
	e, ok := apiError(err)
	return ok && e.Status == http.StatusBadRequest && e.Err.hasCode("SAME_SOURCE_AND_TARGET")
}

func (e Error) hasCode(prefix string) bool {
	if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(e.Code)), prefix) {
		return true
	}
	for _, n := range e.Nested {
		if n.hasCode(prefix) {
			return true
		}
	}
	return false
}

// Unsent tells whether it is proved that the server executed nothing of the call: no
// connection came about, or there was no login to send it with.
func Unsent(err error) bool { return err != nil && isUnsent(err) }

// Refused tells whether SDDC Manager itself declined the call for good: a 4xx with
// its own error body, other than those that ask for another try. Nothing was started.
func Refused(err error) bool {
	e, ok := apiError(err)
	return ok && e.Status >= 400 && e.Status < 500 && !e.HTML && (e.Err.Code != "" || e.Err.Message != "") && !Transient(err)
}

// Transient tells whether the call is worth making again later: the network, TLS, no
// login, a page instead of JSON, an answer cut off, 401, 408, 425, 429, 5xx without
// 501, a 404 that is not SDDC Manager's own, and the 409 of a GET (9.0.2: a cache that
// is not filled yet). The end of the caller's context is not.
func Transient(err error) bool {
	var credentials *CredentialsError
	if errors.As(err, &credentials) {
		return true
	}
	if e, ok := apiError(err); ok {
		switch e.Status {
		case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
			return true
		case http.StatusNotFound:
			return e.HTML || e.foreign
		case http.StatusConflict:
			return e.HTML || e.Method == http.MethodGet
		case http.StatusNotImplemented:
			return e.HTML
		}
		return e.HTML || e.Status >= 500
	}
	var f *FormatError
	if errors.As(err, &f) {
		return f.again
	}
	var call *CallError
	return errors.As(err, &call) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}
