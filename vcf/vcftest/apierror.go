package vcftest

import (
	"crypto/sha256"
	"net/http"
)

// apiError is the vendor's error shape.
type apiError struct {
	ErrorCode          string            `json:"errorCode,omitempty"`
	ErrorType          string            `json:"errorType,omitempty"`
	Arguments          []string          `json:"arguments,omitempty"`
	Context            map[string]string `json:"context,omitempty"`
	Message            string            `json:"message,omitempty"`
	RemediationMessage string            `json:"remediationMessage,omitempty"`
	Causes             []errorCause      `json:"causes,omitempty"`
	NestedErrors       []apiError        `json:"nestedErrors,omitempty"`
	ReferenceToken     string            `json:"referenceToken,omitempty"`
}

type errorCause struct {
	Type    string `json:"type,omitempty"`
	Message string `json:"message,omitempty"`
}

// failure is an error answer.
func failure(status int, code, message string, remediation ...string) answer {
	e := apiError{ErrorCode: code, Message: message, ReferenceToken: referenceToken(code + message), Arguments: []string{}}
	if len(remediation) > 0 {
		e.RemediationMessage = remediation[0]
	}
	return answer{status: status, body: e}
}

// unauthorized is the one body known for 401.
func unauthorized() answer {
	return answer{status: http.StatusUnauthorized,
		body: apiError{ErrorCode: "Unauthorized", Message: "Authorization Header is missing or not in correct format"}}
}

// referenceToken makes the short code under which the server's log tells more: six capitals and digits, the same for the same text.
func referenceToken(text string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	sum := sha256.Sum256([]byte(text))
	out := make([]byte, 6)
	for i := range out {
		out[i] = letters[int(sum[i])%len(letters)]
	}
	return string(out)
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

func accepted(body any) answer { return answer{status: http.StatusAccepted, body: body} }

// page is a list answer.
type page struct {
	Elements any       `json:"elements"`
	Metadata *pageMeta `json:"pageMetadata,omitempty"`
}

type pageMeta struct {
	PageNumber    int `json:"pageNumber"`
	PageSize      int `json:"pageSize"`
	TotalElements int `json:"totalElements"`
	TotalPages    int `json:"totalPages"`
}

// list is a page with everything on it.
func list[T any](s *Server, elements []T) answer {
	if elements == nil {
		elements = []T{}
	}
	p := page{Elements: elements}
	if !s.model.Sparse {
		p.Metadata = &pageMeta{PageNumber: 0, PageSize: len(elements), TotalElements: len(elements), TotalPages: 1}
	}
	return ok(p)
}
