package service

import (
	"net/url"
	"strings"
)

// WithoutPasswords takes the passwords of all addresses of stores out of what a
// driver says, for all to read.
func (s *Service) WithoutPasswords(text string) string {
	js := s.Jobs()
	if js == nil {
		return "the log of the daemon says why" // whose addresses are not known any more
	}
	for _, store := range js.Stores() {
		text = withoutPassword(text, store.URL)
	}
	return text
}

// Trouble is why the store is away, without the passwords of its address; "" when
// it answers.
func (h StoreHealth) Trouble() string {
	if h.Err == nil {
		return ""
	}
	return withoutPassword(h.Err.Error(), h.URL)
}

// withoutPassword takes the passwords of an address out of what a driver says.
func withoutPassword(text, address string) string {
	for _, password := range passwordsOf(address) {
		for _, form := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
			text = strings.ReplaceAll(text, form, "***")
		}
	}
	return text
}

// passwordsOf are those of an address: that of its user, and parameters such as
// password and sslpassword. Those of an address that is none are not found, and
// no store has such a one.
func passwordsOf(address string) []string {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	var found []string
	if password, ok := u.User.Password(); ok && password != "" {
		found = append(found, password)
	}
	for key, values := range u.Query() {
		if !strings.Contains(strings.ToLower(key), "pass") {
			continue
		}
		for _, value := range values {
			if value != "" {
				found = append(found, value)
			}
		}
	}
	return found
}
