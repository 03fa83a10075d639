package vcf

import (
	"context"
	"strings"
)

// AdminRole is the role that may do everything, upgrades too (both specs name roles
// only by what the server lists; ADMIN, OPERATOR and VIEWER are the vendor's).
const AdminRole = "ADMIN"

// RoleOf is the name of the role that a user has in SDDC Manager. Empty: the user is not
// listed, as one who has the role through a group, or the local account.
func (c *Client) RoleOf(ctx context.Context, username string) (string, error) {
	type user struct {
		Name   string    `json:"name"`
		Domain string    `json:"domain"`
		Type   string    `json:"type"` // USER, GROUP or SERVICE
		Role   Reference `json:"role"`
	}
	users, err := list[user](ctx, c, "/v1/users", nil)
	if err != nil {
		return "", err
	}
	id := ""
	for _, u := range users {
		if Normal(u.Type) != "GROUP" && sameUser(username, u.Name, u.Domain) {
			id = u.Role.ID
		}
	}
	if id == "" {
		return "", nil
	}
	type role struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	roles, err := list[role](ctx, c, "/v1/roles", nil)
	if err != nil {
		return "", err
	}
	for _, r := range roles {
		if r.ID == id {
			return clean(r.Name), nil
		}
	}
	return "", nil
}

// sameUser compares a login with a listed name, whose domain stands in it or beside it.
// An account is written user@domain, domain\user, in any case.
func sameUser(login, name, domain string) bool {
	canonical := func(s string) string {
		s = strings.ToLower(strings.TrimSpace(s))
		if d, u, ok := strings.Cut(s, `\`); ok {
			s = u + "@" + d
		}
		return s
	}
	login, name = canonical(login), canonical(name)
	return login == name || domain != "" && login == name+"@"+canonical(domain)
}
